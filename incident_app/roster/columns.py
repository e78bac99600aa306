"""Which column of a list is which: recognised by its heading, in the spellings that offices use."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from incident_app.roster.refusals import no_such_column

SPELLINGS = {
    "reference": ("宛名番号", "宛名コード", "住民コード", "個人コード", "対象者番号", "管理番号", "整理番号"),
    "name": ("氏名", "氏名漢字", "漢字氏名", "本人氏名", "対象者氏名", "宛名氏名", "お名前", "名前"),
    "kana": ("フリガナ", "ふりがな", "氏名カナ", "カナ氏名", "氏名フリガナ", "氏名ふりがな", "カナ"),
    "birth_date": ("生年月日", "誕生日"),
    "postal_code": ("郵便番号", "送付先郵便番号", "郵便", "〒"),
    "address": ("住所", "住所1", "現住所", "送付先住所", "所在地"),
    "building": ("方書", "方書き", "住所2", "建物名", "建物名等", "送付先方書"),
    "phone": ("電話番号", "電話", "連絡先電話番号", "tel"),
    "email": (
        "メールアドレス",
        "電子メールアドレス",
        "電子メール",
        "メール",
        "email",
        "mail",
        "emailアドレス",
    ),
    "items": (
        "漏えい項目",
        "漏洩項目",
        "漏えい等項目",
        "漏えいした項目",
        "漏洩した項目",
        "対象項目",
        "情報項目",
    ),
    "remarks": ("備考", "備考欄", "摘要", "メモ"),
    "protected": ("支援措置", "dv等支援措置", "支援措置対象", "支援措置対象者", "支援対象", "支援対象者"),
}
"""Field: its spellings, the best first. When a list holds two of them, the better one counts."""


def recognise(headings: Sequence[str]) -> dict[str, int]:
    """Return field: position, for each field that a heading names.

    Of equal headings the first counts.
    """
    plain = [_plain(heading) for heading in headings]
    found = {}
    for field, spellings in SPELLINGS.items():
        spelling = next((s for s in spellings if s in plain), None)
        if spelling is not None:
            found[field] = plain.index(spelling)
    return found


def corrected(
    found: dict[str, int], headings: Sequence[str], wished: Mapping[str, int | str | None]
) -> dict[str, int]:
    """Put a person's word above what was recognised: a field's heading or position, or None for no column.

    Raises RosterRefused for a field that we do not know and a column that is not there.
    """
    plain = [_plain(heading) for heading in headings]
    places = dict(found)
    for field, column in wished.items():
        place = plain.index(_plain(column)) if isinstance(column, str) and _plain(column) in plain else column
        if field not in SPELLINGS or isinstance(place, str) or not (place is None or 0 <= place < len(plain)):
            raise no_such_column()
        if place is None:
            places.pop(field, None)
        else:
            places = {known: there for known, there in places.items() if there != place} | {field: place}
    return places


def _plain(heading: str) -> str:
    """Width, case, spaces and brackets do not matter: 氏名（ｶﾅ） is 氏名カナ, E-mail is email."""
    return re.sub(r"[\s()\[\]「」【】・_\-]", "", unicodedata.normalize("NFKC", heading).casefold())
