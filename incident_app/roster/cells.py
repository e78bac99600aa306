"""What one cell says: its value in one form, and what had to be remarked about it."""

import re
import unicodedata
from datetime import date

from incident_app.roster.findings import Codes
from incident_app.roster.mending import (
    birth_date_or_none,
    composed,
    email_or_none,
    has_half_width_kana,
    has_lost_characters,
    looks_like_a_formula,
    mended_kana,
    mended_postal_code,
    postal_code_is_wide,
    postal_code_lost_zeros,
)

NONE: Codes = ()
_ADULT_AGE = 18  # Civil Code, Article 4
_LONGEST_NAME = 100
_LONGEST_ADDRESS = 200
_LONGEST_PHONE = 40
_ORGANISATION = re.compile(
    r"(?:株式|有限|合同|合名|合資|相互)会社|[㈱㈲]|[(（][株有][)）]|法人|協同組合|自治会|町内会|協会"
)
_DECEASED = re.compile(r"故人|死亡|逝去")
_GUARDIAN = re.compile(r"保護者\s*[：:]\s*([^、。,\r\n]+)")
_PROTECTED = re.compile("支援措置")
_DO_NOT_CONTACT = re.compile(r"(?:連絡|送付)不要")
_NOT_PROTECTED = re.compile(
    r"|0|無|[無な]し|無効|非該当|該当(?:[無な]し|せず)|対象外|非対象|いいえ|no?|false|[-‐−ー×✕]"
).fullmatch


def read_reference(cell: str) -> str:
    """Return a number in plain digits; empty when there is none."""
    return unicodedata.normalize("NFKC", cell).strip()


def read_name(cell: str) -> tuple[str, Codes]:
    """Return a name as it was written."""
    name = composed(cell)
    codes = _printed(name, _LONGEST_NAME)
    return name, (*codes, "organisation") if _ORGANISATION.search(name) else codes


def bare_name(name: str) -> str:
    """Return a name without what differs between two ways of writing it down: width and spaces."""
    return "".join(unicodedata.normalize("NFKC", name).split())


def read_address(cell: str, building: str) -> tuple[tuple[str, ...], Codes]:
    """Return the address, then 方書; nothing when only 方書 is there, since no letter finds that."""
    if not cell.strip():
        return (), ("no_address",)
    lines = (*cell.splitlines(), *building.splitlines())
    found = tuple(composed(line) for line in lines if line.strip())
    return found, _printed("".join(found), _LONGEST_ADDRESS)


def read_kana(cell: str) -> tuple[str, Codes]:
    """Return kana in full width."""
    return mended_kana(cell), ("kana_halfwidth",) if has_half_width_kana(cell) else NONE


def read_postal_code(cell: str) -> tuple[str, Codes]:
    """Return NNN-NNNN, or "" with "zip_missing"."""
    code = mended_postal_code(cell)
    if not code:
        return "", ("zip_missing",)
    lost: Codes = ("zip_lost_zero",) if postal_code_lost_zeros(cell) else NONE
    return code, (*lost, "zip_fullwidth") if postal_code_is_wide(cell) else lost


def read_phone(cell: str) -> str:
    """Return a number in plain digits; it is compared, never dialled."""
    return unicodedata.normalize("NFKC", cell).strip()[:_LONGEST_PHONE]


def read_email(cell: str) -> tuple[str | None, Codes]:
    """Return the address, or None."""
    email = email_or_none(cell)
    return email, NONE if email or not cell.strip() else ("bad_email",)


def read_birth_date(cell: str, on: date) -> tuple[date | None, Codes]:
    """Return the date of birth, and whether that makes a minor on the day `on`."""
    born = birth_date_or_none(cell)
    if born is None or born > on:
        return None, ("bad_birth_date",) if cell.strip() else NONE
    return born, ("minor",) if _age(born, on) < _ADULT_AGE else NONE


def read_protected(cell: str) -> Codes:
    """Tell whether 支援措置 protects this person: any mark does that does not clearly say no."""
    mark = unicodedata.normalize("NFKC", cell).strip().casefold()
    return NONE if _NOT_PROTECTED(mark) else ("protected",)


def read_remarks(cell: str) -> tuple[str | None, Codes]:
    """Return the guardian whom the remarks name, and what else they say about the person."""
    found = _GUARDIAN.search(cell)
    guardian = (found and composed(found[1])) or None
    codes = (
        *(("protected",) if _PROTECTED.search(cell) else NONE),
        *(("deceased",) if _DECEASED.search(cell) else NONE),
        *(("do_not_contact",) if _DO_NOT_CONTACT.search(cell) else NONE),
        *(_printed(guardian, _LONGEST_NAME) if guardian else NONE),
    )
    return guardian, codes


def _printed(text: str, longest: int) -> Codes:
    """Return why a text cannot be printed on an envelope just so."""
    found = {
        "gaiji": has_lost_characters(text),
        "formula": looks_like_a_formula(text),
        "too_long": len(text) > longest,
    }
    return tuple(code for code, here in found.items() if here)


def _age(born: date, on: date) -> int:
    """Return completed years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
