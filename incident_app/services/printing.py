"""Letters into print runs: rendered with no transaction open, then kept with digest and count."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import func, select, update

from incident_app.domain.incident import Incident
from incident_app.domain.individual import Individual
from incident_app.domain.instruction import LETTER
from incident_app.domain.notice import PRINTED, QUEUED, STOPPED, Delivery, Notice, PrintRun
from incident_app.domain.timeline import digest, lock_record, record
from incident_app.domain.work import Work
from incident_app.notices.fonts import GlyphMissing, refuse_missing_glyphs
from incident_app.notices.press import LETTERS_PER_FILE, letters_pdf
from incident_app.notices.render import Rendered
from incident_app.services.letters import case_sheet, write_to

NO_GLYPH = "no_glyph"


@dataclass(frozen=True, slots=True)
class Batch:
    """Letters of one notice that go into one run, sorted by postal code."""

    notice_id: int
    title: str
    letters: dict[int, Rendered]
    """Delivery id → its letter."""
    unprintable: tuple[int, ...]
    """Deliveries whose letter holds a character that no font has: never printed as a box."""


def next_batch(work: Work) -> Batch | None:
    """Return the next letters to be printed, or None when nothing waits."""
    waiting = select(Delivery).where(Delivery.state == QUEUED, Delivery.channel == LETTER)
    first = work.session.scalars(waiting.order_by(Delivery.id).limit(1)).first()
    if first is None:
        return None
    incident = work.session.get_one(Incident, first.incident_id)
    together = (
        waiting.where(Delivery.notice_id == first.notice_id)
        .join(Individual, Delivery.individual_id == Individual.id)
        .order_by(Individual.postal_code, Delivery.id)
        .limit(LETTERS_PER_FILE)
    )
    sheet = case_sheet(work, incident, first.notice)
    letters, unprintable = {}, []
    for delivery in work.session.scalars(together):
        letter = write_to(delivery.individual, sheet)
        try:
            refuse_missing_glyphs(letter.html)
        except GlyphMissing:
            unprintable.append(delivery.id)
        else:
            letters[delivery.id] = letter
    return Batch(first.notice_id, f"{incident.number}-N{first.notice.number}", letters, tuple(unprintable))


def print_batch(batch: Batch) -> bytes:
    """Return the PDF of a batch; takes its time, and no transaction."""
    return letters_pdf(list(batch.letters.values()), title=batch.title)


def keep_run(work: Work, batch: Batch, pdf: bytes) -> PrintRun | None:
    """Keep a printed run; None when its instruction was withdrawn meanwhile, and the paper is void."""
    notice = work.session.get_one(Notice, batch.notice_id)
    incident = work.session.get_one(Incident, notice.incident_id)
    lock_record(work.session, incident)
    still = select(func.count()).where(Delivery.id.in_(batch.letters), Delivery.state == QUEUED)
    if work.session.scalar(still) != len(batch.letters):
        return None
    earlier = select(func.count()).where(PrintRun.notice_id == notice.id)
    run = PrintRun(
        notice_id=notice.id,
        number=(work.session.scalar(earlier) or 0) + 1,
        letters=len(batch.letters),
        pdf=pdf,
        pdf_sha256=hashlib.sha256(pdf).hexdigest(),
        printed_at=work.now,
    )
    work.session.add(run)
    work.session.flush()
    for delivery_id, letter in batch.letters.items():
        row = update(Delivery).where(Delivery.id == delivery_id)
        work.session.execute(
            row.values(
                state=PRINTED, print_run_id=run.id, text_sha256=digest(letter.html), changed_at=work.now
            )
        )
    record(
        work,
        incident,
        "letters_printed",
        notice=notice.number,
        run=run.number,
        letters=run.letters,
        sha256=run.pdf_sha256,
    )
    return run


def set_aside_unprintable(work: Work, batch: Batch) -> None:
    """Stop the letters that cannot be printed; their individuals stay unreached until somebody acts."""
    stop = update(Delivery).where(Delivery.id.in_(batch.unprintable), Delivery.state == QUEUED)
    work.session.execute(stop.values(state=STOPPED, reply=NO_GLYPH, changed_at=work.now))
