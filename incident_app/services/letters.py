"""The words of one notice to one individual, as mail or on paper, and what everybody's copy shares."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from incident_app.domain.destruction import keeps_data
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.individual import Individual, Particulars, on_record
from incident_app.domain.notice import INDIVIDUAL, Notice
from incident_app.domain.parties import day_in_japan
from incident_app.domain.reference import grouped
from incident_app.domain.work import Work
from incident_app.notices.barcode import customer_barcode
from incident_app.notices.catalogue import Field, catalogue
from incident_app.notices.envelope import Envelope, read_envelope
from incident_app.notices.fields import Filled, fill
from incident_app.notices.japanese import honorific, window_lines
from incident_app.notices.render import Rendered, render, render_mail
from incident_app.services.sheet import Sheet, client_name, contractor_name, document_words, sheet_of

LISTS = frozenset({"requests", "measures", "not_included", "items"})
"""Drafted line by line; each line is printed as an item of its own."""
_SAMPLE: Mapping[str, Any] = {
    "name": "見本 花子",
    "postal_code": "000-0000",
    "address_lines": ["○○県○○市○○町1-2-3", "○○マンション405号室"],
    "reference": "A1B2-C3D4-E5F6",
    "honorific": "様",
    "guardian": None,
}
_MOST_FORMS = 2_000
# From the private use area: no name and no text holds them. Of different lengths, and none of them short.
_NAME, _NUMBER = "\U000f0001" * 9, "\U000f0002" * 14
_OTHER_NAME, _OTHER_NUMBER = "\U000f0003" * 23, "\U000f0004" * 17
_SAMPLE_ITEMS = ("氏名", "住所", "（本人ごとの対象項目）")


def case_sheet(work: Work, incident: Incident, notice: Notice) -> Sheet:
    """Return what is the same in every copy of a notice; gathered once for many individuals."""
    words = document_words(
        work,
        incident,
        reference=reference_of(incident, notice),
        version=notice.number,
        addressee=addressee_of(incident),
        sender=sender_of(incident, notice),
    )
    words["issued_on"] = day_in_japan(
        work.now
    )  # a day: all letters of a notice that are made on it are alike
    public = work.session.info["public_url"]
    page = {"genuine_page": f"{public}/genuine" if public else ""}
    envelope = read_envelope(work.session.info["envelope"])
    paper = {"envelope": {"measures": envelope.measures, "itself": envelope}}
    return sheet_of(work, incident) | {"document": words} | page | paper | notice_sheet(incident, notice)


class MailForm:
    """One notice as mail to many: what differs only by name and number is written once.

    The text is rendered with stand-ins for name and number, which are then put in their places. Rendered with other
    stand-ins it must come out the same: a template that looks into a name (its length, its end) is found by that, and
    then every mail is rendered by itself.
    """

    def __init__(self, sheet: Sheet) -> None:
        self._form = catalogue()[INDIVIDUAL]
        self._sheet = sheet
        self._written: dict[Hashable, tuple[str, str] | None] = {}

    def to(self, particulars: Particulars, code: str) -> tuple[str, str]:
        """Return subject and text of the notice to one individual: that person's items only."""
        name, number = particulars.name_on_paper, grouped(code)
        alike = (particulars.items, particulars.organisation, particulars.guardian)
        if alike not in self._written:
            if len(self._written) == _MOST_FORMS:
                self._written.clear()
            self._written[alike] = self._stand_in(particulars)
        written = self._written[alike]
        # A name that ends in 様 gets no second one, so no stand-in can stand for it.
        if written is None or name != honorific(name).removesuffix(" 様") or name != name.strip():
            return self._render(particulars, number)
        subject, text = written
        return subject, text.replace(_NAME, name).replace(_NUMBER, number)

    def _stand_in(self, particulars: Particulars) -> tuple[str, str] | None:
        one, other = (
            self._render(particulars._replace(printed_name=name), number)
            for name, number in ((_NAME, _NUMBER), (_OTHER_NAME, _OTHER_NUMBER))
        )
        same = other[1].replace(_OTHER_NAME, _NAME).replace(_OTHER_NUMBER, _NUMBER)
        return one if (one[0], one[1]) == (other[0], same) and _NAME not in one[0] else None

    def _render(self, particulars: Particulars, number: str) -> tuple[str, str]:
        sheet = self._sheet | {"individual": personal_sheet(particulars, number, self._sheet)}
        return render_mail(self._form, fill(self._form, sheet), header="")


def personal_sheet(particulars: Particulars, number: str, sheet: Sheet) -> Sheet:
    """Return what stands in one individual's copy alone."""
    page = sheet["genuine_page"]
    lines = window_lines(particulars.address_lines)
    return {
        "name": particulars.name_on_paper,
        "postal_code": particulars.postal_code,
        "address_lines": lines,
        "barcode": _barcode(particulars, len(lines), sheet["envelope"]["itself"]),
        "items": list(particulars.items),
        "reference": number,
        "verify_url": _verify_url(page, number),
        "honorific": "御中" if particulars.organisation else "様",
        "guardian": particulars.guardian,
        "not_included": sheet["notice"].get("not_included"),
    }


def preview_notice(work: Work, incident: Incident, notice: Notice) -> tuple[Rendered, list[Field]]:
    """Return the notice as somebody invented would read it, and the fields that nobody has filled yet."""
    filled = _filled_for_nobody(work, incident, notice)
    return render(catalogue()[notice.kind], filled, header="見本"), filled.missing


def unfilled_fields(work: Work, incident: Incident, notice: Notice) -> list[Field]:
    """Return the fields that nobody has filled yet: they would be printed as gaps."""
    return _filled_for_nobody(work, incident, notice).missing


def _filled_for_nobody(work: Work, incident: Incident, notice: Notice) -> Filled:
    form = catalogue()[notice.kind]
    sheet = case_sheet(work, incident, notice)
    page = sheet["genuine_page"]
    sample = {
        **_SAMPLE,
        "verify_url": _verify_url(page, _SAMPLE["reference"]),
        "items": _some_items(work, incident),
        "not_included": sheet["notice"].get("not_included"),
    }
    posted = substitute_sheet(notice, who="", period="（掲示するときに決まります）")
    return fill(form, sheet | {"individual": sample, "substitute": posted})


def _barcode(particulars: Particulars, lines: int, envelope: Envelope) -> str | None:
    """Return the bars for an address; None where the envelope has no room for them, or the address has none."""
    if not envelope.has_room_for_barcode(lines, guardian=bool(particulars.guardian)):
        return None
    return customer_barcode(particulars.postal_code, " ".join(particulars.address_lines))


def _verify_url(page: str, number: str) -> str | None:
    """Return the address that answers for this number; None where the public has no such page."""
    return f"{page}/{number.replace('-', '')}" if page else None


def notice_sheet(incident: Incident, notice: Notice) -> Sheet:
    """Return the drafted words under the names that the templates use."""
    return {"notice": words_sheet(notice.values, sender_of(incident, notice))}


def substitute_sheet(notice: Notice, *, who: str, period: str) -> Sheet:
    """Return what only a posting says; `who` stands in when the draft does not say who may be concerned."""
    words = words_sheet(notice.values, "")
    return {
        "who": words.get("who") or who,
        "items": words.get("items"),
        "apology": words.get("apology"),
        "how_to_check": words.get("how_to_check"),
        "period": period,
    }


def words_sheet(values: Mapping[str, str], in_name_of: str) -> Sheet:
    """Return drafted words as templates take them: the desk apart, and lists line by line."""
    words: Sheet = {name: _lines(text) if name in LISTS else text for name, text in values.items()}
    desk = {name: words.pop(f"desk_{name}", "") for name in ("name", "phone", "hours", "email")}
    return words | {"desk": desk, "in_name_of": in_name_of}


def reference_of(incident: Incident, notice: Notice) -> str:
    """Return the 文書番号 of a notice."""
    return f"{incident.number}-N{notice.number}"


def sender_of(incident: Incident, notice: Notice) -> str:
    """Return in whose name the notice speaks."""
    client, contractor = client_name(incident), contractor_name(incident)
    return {"client": client, "contractor": contractor, "joint": f"{client}・{contractor}"}[
        notice.in_whose_name
    ]


def addressee_of(incident: Incident) -> str:
    """Return whom a posting speaks to."""
    return f"{incident.contract.client.name}の業務に関係する皆様"


def _lines(text: str) -> list[str] | str:
    """Split into lines; an empty text stays one, for it is a gap and not an empty list."""
    return [line.strip() for line in text.splitlines() if line.strip()] or ""


def _some_items(work: Work, incident: Incident) -> Sequence[str]:
    """Return what leaked of the first individual: names of items, which say nothing about who it is."""
    first = select(Individual).where(on_record(incident.id)).order_by(Individual.id).limit(1)
    individual = work.session.scalar(first)
    if individual is None or not keeps_data(work.session, incident.id):
        return _SAMPLE_ITEMS
    return individual.particulars(seal_of(work.session, incident.id)).items or _SAMPLE_ITEMS
