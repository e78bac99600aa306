"""What may be put right in a cell, and what may not.

Postal codes, dates and kana are rewritten into one form. Names and addresses are not: a name is how
its bearer writes it, and 髙 is not 高. They are only composed (NFC: one character, the same look),
and even that leaves out the CJK compatibility ideographs, which NFC would turn into other characters
(U+FA19 into U+795E). NFKC is for kana, digits and headings only.
"""

import re
import unicodedata
from datetime import date, timedelta

_NOT_COMPATIBILITY = re.compile(r"[^\uf900-\ufaff\U0002f800-\U0002fa1f]+")
# 〓 and ? stand for characters that an export could not write; private use areas hold office-made ones;
# the rest has no shape in print.
_LOST = re.compile(
    r"[〓?\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff0-\uffff"
    r"\ue000-\uf8ff\U000f0000-\U0010ffff]"
)
# What a spreadsheet would compute, and what it leaves where it could not.
_FORMULA = re.compile(r"[=+@-]|#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)")
_HALF_WIDTH_KANA = re.compile(r"[\uff61-\uff9f]")
_POSTAL_CODE = re.compile(r"([0-9]{3})[-‐‒–—―−ー]?([0-9]{4})")
_WITHOUT_ZEROS = re.compile(r"[1-9][0-9]{4,5}")
_EMAIL = re.compile(
    r"(?=.{3,254}\Z)(?=[^@]{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_ERAS = dict(zip("明大昭平令MTSHR", (1867, 1911, 1925, 1988, 2018) * 2, strict=True))
"""The year before the era's first."""
_DATE = re.compile(
    r"(?P<era>明治?|大正?|昭和?|平成?|令和?|[MTSHR])?(?P<year>元|[0-9]{1,4})[年./-](?P<month>[0-9]{1,2})[月./-]"
    r"(?P<day>[0-9]{1,2})日?"
)
_COMPACT_DATE = re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_EXCEL_SERIAL = re.compile(r"[0-9]{5}")  # from 1927 on; four digits could be a mere year
_EXCEL_DAY_ZERO = date(1899, 12, 30)
_FIRST_WESTERN_YEAR = 1868


def composed(text: str) -> str:
    """Return a name or address as it was written: trimmed, composed, otherwise untouched."""
    return _NOT_COMPATIBILITY.sub(lambda run: unicodedata.normalize("NFC", run[0]), text.strip())


def has_lost_characters(text: str) -> bool:
    """Tell whether a character is missing or cannot be printed (外字), so that somebody must look."""
    return _LOST.search(text) is not None


def looks_like_a_formula(text: str) -> bool:
    """Tell whether a name or address begins as formulas do, so that somebody must look; none is computed."""
    return _FORMULA.match(text) is not None


def mended_kana(cell: str) -> str:
    """Return kana in full width, with one ideographic space between names."""
    return "\u3000".join(unicodedata.normalize("NFKC", cell).split())


def has_half_width_kana(cell: str) -> bool:
    """Tell whether mended_kana had to change its width."""
    return _HALF_WIDTH_KANA.search(cell) is not None


def mended_postal_code(cell: str) -> str:
    """Return NNN-NNNN, or "" when the cell cannot be a postal code.

    Five or six digits without a hyphen are what a spreadsheet leaves of a code that begins with 0
    (Hokkaido, Tohoku). With a hyphen they are codes from before 1998, which nothing can mend.
    """
    text = re.sub(r"[\s〒]", "", unicodedata.normalize("NFKC", cell))
    if _WITHOUT_ZEROS.fullmatch(text):
        text = text.zfill(7)
    found = _POSTAL_CODE.fullmatch(text)
    return f"{found[1]}-{found[2]}" if found else ""


def postal_code_lost_zeros(cell: str) -> bool:
    """Tell whether mended_postal_code had to put zeros in front."""
    return _WITHOUT_ZEROS.fullmatch(re.sub(r"[\s〒]", "", unicodedata.normalize("NFKC", cell))) is not None


def postal_code_is_wide(cell: str) -> bool:
    """Tell whether digits or hyphen are not the plain ones."""
    return not cell.replace("〒", "").strip().isascii()


def email_or_none(cell: str) -> str | None:
    """Return the address, or None when the cell is none. A guess could reach a stranger."""
    address = cell.strip()
    return address if _EMAIL.fullmatch(address) else None


def birth_date_or_none(cell: str) -> date | None:
    """Read 昭和56年3月4日, 昭56.3.4, S56/3/4, 令和元年…, 1981/3/4, 19810304 or a spreadsheet's day number."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", cell)).upper()
    if _EXCEL_SERIAL.fullmatch(text):
        return _EXCEL_DAY_ZERO + timedelta(days=int(text))
    found = _COMPACT_DATE.fullmatch(text) or _DATE.fullmatch(text)
    if found is None:
        return None
    parts = found.groupdict()
    year = 1 if parts["year"] == "元" else int(parts["year"])
    era = parts.get("era")
    if (era is None and year < _FIRST_WESTERN_YEAR) or year == 0:
        return None
    try:
        return date(year + (_ERAS[era[0]] if era else 0), int(parts["month"]), int(parts["day"]))
    except ValueError:
        return None


def separate_items(cell: str) -> tuple[str, ...]:
    """Return the leaked items of a cell such as 氏名・住所・税額, each once, in its order."""
    items = (composed(item) for item in re.split(r"[・、,，;；/／\r\n]", cell))
    return tuple(dict.fromkeys(item for item in items if item))
