"""What is put right in the data of one individual, and where the right words came from.

The record says which fields were corrected and never what stood or stands in them.
"""

import html
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from incident_app.domain.errors import BadInput
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.individual import (
    FORMULA,
    GAIJI,
    LETTER_HOLDS,
    NO_ADDRESS,
    TOO_LONG,
    ZIP_MISSING,
    Individual,
)
from incident_app.domain.instruction import EMAIL, LETTER
from incident_app.domain.notice import QUEUED, RETURNED, Delivery
from incident_app.domain.parties import CONTRACTOR
from incident_app.domain.timeline import record
from incident_app.domain.work import Work
from incident_app.notices.fonts import GlyphMissing, refuse_missing_glyphs
from incident_app.roster.mending import (
    composed,
    email_or_none,
    has_lost_characters,
    looks_like_a_formula,
    mended_kana,
    mended_postal_code,
)
from incident_app.services.holding import CORRECTED, PRINTED_AS, open_kinds, refuse_unless, settle
from incident_app.services.stopping import stop_unsent

SOURCES = ("resident_record", "the_person", "own_records")
"""Where a correction comes from: 甲's 住民票, the individual, the contractor's own records."""
LONGEST_NAME, LONGEST_ADDRESS = 100, 200
"""Characters; as in the lists."""
_SECOND_COPY = 2


def correct_address(
    work: Work, incident: Incident, individual: Individual, *, postal_code: str, address: str, source: str
) -> bool:
    """Put the address right; returns whether a letter that came back is queued again, which happens once."""
    refuse_unless(work, incident, individual, CONTRACTOR)
    if source not in SOURCES:
        raise BadInput("source", "どこで確かめたかを選んでください。", "Say where this comes from.")
    code = mended_postal_code(postal_code)
    if not code:
        raise BadInput("postal_code", "郵便番号は7桁で入力してください。", "A postal code has seven digits.")
    lines = tuple(line for line in map(composed, address.splitlines()) if line)
    if not lines:
        raise BadInput("address", "住所を入力してください。", "Enter the address.")
    _refuse_unprintable("address", lines, LONGEST_ADDRESS)
    _refuse_formulas("address", lines)
    seal = seal_of(work.session, incident.id)
    individual.rewrite(seal, individual.particulars(seal)._replace(postal_code=code, address_lines=lines))
    _record(work, incident, individual, "postal_code", "address", source=source)
    _settle_mended(work, incident, individual, (NO_ADDRESS, ZIP_MISSING), CORRECTED)
    return _send_again(work, incident, individual)


def decide_printed_name(work: Work, incident: Incident, individual: Individual, printed: str) -> None:
    """Decide how the name is printed; empty: as the list writes it. Settles what kept it from being printed."""
    refuse_unless(work, incident, individual, CONTRACTOR)
    seal = seal_of(work.session, incident.id)
    stands = individual.particulars(seal)
    printed = composed(printed)
    wanted = stands._replace(printed_name="" if printed == stands.name else printed)
    _refuse_unprintable("printed_name", (wanted.name_on_paper, wanted.guardian or ""), LONGEST_NAME)
    _refuse_unprintable("address", stands.address_lines, LONGEST_ADDRESS)
    _refuse_formulas("printed_name", (wanted.name_on_paper,))
    individual.rewrite(seal, wanted)
    _record(work, incident, individual, "printed_name")
    _settle_mended(work, incident, individual, (GAIJI, TOO_LONG), PRINTED_AS)


def print_in_kana(work: Work, incident: Incident, individual: Individual) -> None:
    """Print the name as kana in brackets. Raises BadInput when the list has no kana for it."""
    refuse_unless(work, incident, individual, CONTRACTOR)
    kana = mended_kana(individual.particulars(seal_of(work.session, incident.id)).kana)
    if not kana:
        raise BadInput("printed_name", "名簿にフリガナがありません。", "The list has no kana for this name.")
    decide_printed_name(work, incident, individual, f"（{kana}）")


def correct_email(work: Work, incident: Incident, individual: Individual, email: str, *, source: str) -> None:
    """Put the mail address right, or take it away; what waits for an address that is gone is stopped."""
    refuse_unless(work, incident, individual, CONTRACTOR)
    if source not in SOURCES:
        raise BadInput("source", "どこで確かめたかを選んでください。", "Say where this comes from.")
    address = email_or_none(email)
    if email.strip() and address is None:
        raise BadInput("email", "メールアドレスの形になっていません。", "This is not a mail address.")
    seal = seal_of(work.session, incident.id)
    individual.rewrite(seal, individual.particulars(seal)._replace(email=address))
    _record(work, incident, individual, "email", source=source)
    if address is None:
        stop_unsent(work, incident, (Delivery.individual_id == individual.id) & (Delivery.channel == EMAIL))


def _refuse_unprintable(field: str, texts: Sequence[str], longest: int) -> None:
    text = "".join(texts)
    if len(text) > longest:
        raise BadInput(field, f"{longest}文字までです。", f"At most {longest} characters.")
    try:
        refuse_missing_glyphs(html.escape(text))
    except GlyphMissing as missing:
        raise BadInput(field, missing.ja, missing.en) from None
    if has_lost_characters(text):
        raise BadInput(
            field, "失われた文字（〓や?）が残っています。", "A lost character (〓 or ?) is still there."
        )


def _refuse_formulas(field: str, texts: Sequence[str]) -> None:
    if any(map(looks_like_a_formula, texts)):
        raise BadInput(
            field,
            "表計算の式の形をしています。印字するとおりの表記にしてください。",
            "This looks like a spreadsheet's formula. Write what is to be printed.",
        )


def _settle_mended(
    work: Work, incident: Incident, individual: Individual, mended: Sequence[str], way: str
) -> None:
    """Settle what was mended; a formula only when none is left in the name or the address."""
    stands = individual.particulars(seal_of(work.session, incident.id))
    gone = not any(map(looks_like_a_formula, (stands.name_on_paper, *stands.address_lines)))
    for kind in open_kinds(individual):
        if kind in mended or (kind == FORMULA and gone):
            settle(work, incident, individual, kind, way)


def _record(
    work: Work, incident: Incident, individual: Individual, *fields: str, source: str | None = None
) -> None:
    said: dict[str, Any] = {"individual": individual.id, "fields": list(fields)}
    if source is not None:
        said["source"] = source
    record(work, incident, "individual_corrected", **said)


def _send_again(work: Work, incident: Incident, individual: Individual) -> bool:
    """Queue a letter that came back once more, under the same item if that still stands."""
    if individual.outcome or set(open_kinds(individual)) & set(LETTER_HOLDS):
        return False
    letters = select(Delivery).where(Delivery.individual_id == individual.id, Delivery.channel == LETTER)
    newest = work.session.scalars(letters.order_by(Delivery.id.desc()).limit(1)).first()
    if newest is None or newest.state != RETURNED or newest.copy >= _SECOND_COPY or not newest.item.in_force:
        return False
    work.session.add(
        Delivery(
            incident_id=incident.id,
            notice_id=newest.notice_id,
            individual_id=individual.id,
            item_id=newest.item_id,
            channel=LETTER,
            copy=_SECOND_COPY,
            state=QUEUED,
            changed_at=work.now,
        )
    )
    return True
