"""The instruction form's rows: empty ones closed up, and one more with first words when somebody asks for it."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from werkzeug.datastructures import MultiDict

from incident_app.domain.instruction import DESTROY, NO_NOTICE, NOTIFY, SUBSTITUTE
from incident_app.domain.parties import TOKYO
from incident_app.services.instructing import Order
from incident_app.web.forms import Form

FEWEST_ROWS = 3
MOST_ROWS = 30
FIELDS = ("kind", "what", "to_whom", "by_when", "means", "text_version", "in_whose_name")
_FILLED_BY_HAND = ("kind", "what", "to_whom", "by_when", "means", "text_version")
"""A row in which nothing but the name stands was not used: the name has no empty choice."""


@dataclass(frozen=True, slots=True)
class Starter:
    """First words for one kind of item; the officer changes them. `days` from today, at five in the afternoon."""

    what: str
    days: int
    to_whom: str = ""
    means: tuple[str, ...] = ()


STARTERS = {
    NOTIFY: Starter(
        "対象となる本人全員に、事故の概要、対象となった本人の情報、原因、二次被害のおそれ、対応及び問合せ窓口を通知すること。",
        7,
        "名簿に記載された本人の全員",
        ("letter", "email"),
    ),
    SUBSTITUTE: Starter(
        "通知が届かない本人のため、事故の概要、対象となり得る情報及び確認の方法をホームページに掲示すること。",
        7,
        "住所不明等により通知が届かない本人",
    ),
    NO_NOTICE: Starter("本人への通知は行わないこと。理由：", 0),
    "investigate": Starter(
        "原因、対象となる情報の項目と件数、二次被害の有無を調査し、続報で報告すること。", 3
    ),
    "contain": Starter("被害の拡大を防ぐため、次の措置を直ちに講じ、結果を報告すること。\n・", 1),
    "report": Starter("対応の状況を続報で報告すること。", 3),
    DESTROY: Starter(
        "本人への通知が終わった後、この事案の対象者の個人情報を復元できない方法で消去し、証明書を提出すること（第7条）。",
        14,
    ),
    "other": Starter("", 0),
}


def arranged(typed: MultiDict[str, str], now: datetime) -> MultiDict[str, str]:
    """Return the form with its used rows numbered from 1, and one more where `add` names its kind.

    The number of rows to show stands under "rows": at least one of them is empty.
    """
    used = [
        row
        for row in range(1, MOST_ROWS + 1)
        if any(_filled(typed, f"{name}-{row}") for name in _FILLED_BY_HAND)
    ]
    fixed = [(key, value) for key, value in typed.items(multi=True) if key.partition("-")[0] not in FIELDS]
    shown = MultiDict(fixed)
    for place, row in enumerate(used, 1):
        for name in FIELDS:
            shown.setlist(f"{name}-{place}", typed.getlist(f"{name}-{row}"))
    place = len(used) + 1
    starter = STARTERS.get(typed.get("add", ""))
    if starter is not None and place <= MOST_ROWS:
        shown.update(_first_words(typed["add"], starter, place, now))
        place += 1
    shown["rows"] = str(min(max(place, FEWEST_ROWS), MOST_ROWS))
    return shown


def orders_of(form: Form) -> list[Order]:
    """Return the items of an arranged form. Raises BadInput naming the field with its row, such as by_when-2."""
    rows = range(1, int(form.text("rows")) + 1)
    used = [row for row in rows if any(_filled(form.sent, f"{name}-{row}") for name in _FILLED_BY_HAND)]
    return [
        Order(
            kind=form.text(f"kind-{row}"),
            what=form.text(f"what-{row}"),
            to_whom=form.text(f"to_whom-{row}"),
            by_when=form.moment(f"by_when-{row}"),
            means=tuple(form.texts(f"means-{row}")),
            text_version=form.number(f"text_version-{row}"),
            in_whose_name=form.text(f"in_whose_name-{row}"),
        )
        for row in used
    ]


def _filled(typed: MultiDict[str, str], name: str) -> bool:
    return any(value.strip() for value in typed.getlist(name))


def _first_words(kind: str, starter: Starter, place: int, now: datetime) -> MultiDict[str, str]:
    due = datetime.combine(now.astimezone(TOKYO).date() + timedelta(days=starter.days), time(17))
    words = MultiDict(
        {
            f"kind-{place}": kind,
            f"what-{place}": starter.what,
            f"to_whom-{place}": starter.to_whom,
            f"by_when-{place}": due.strftime("%Y-%m-%dT%H:%M") if starter.days else "",
        }
    )
    words.setlist(f"means-{place}", list(starter.means))
    return words
