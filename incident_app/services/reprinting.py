"""Spoiled sheets: single letters of a print run, printed again as they were, with the same numbers.

The run's manifest says what each letter was. A letter that would come out otherwise today, because a person's data or
the text was changed, is not the same letter and is refused: it goes out by a new run, or not at all.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from incident_app.domain.errors import BadInput
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.notice import INDIVIDUAL, PRINTED, Delivery, Notice, PrintRun
from incident_app.domain.timeline import TimelineEntry, record
from incident_app.domain.work import Work
from incident_app.notices.catalogue import catalogue
from incident_app.notices.press import LETTERS_PER_RUN, Press
from incident_app.services.importing import refuse_outsiders
from incident_app.services.letters import case_sheet
from incident_app.services.printing import Job, letters_of, print_job, title_of_run

_EVENT = "letters_reprinted"
_SPAN = re.compile(r"([0-9]{1,6})(?:-([0-9]{1,6}))?").fullmatch
_BETWEEN = re.compile("[,、，\\s]+")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー〜～~", "-"))
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True, repr=False)
class Reprint:
    """Letters of a run, printed again. Shows no content (no repr)."""

    numbers: Sequence[int]
    pdf: bytes


def read_numbers(words: str) -> list[int]:
    """Read sequence numbers such as "3, 17, 40-45"; each comes once, in order.

    Raises BadInput for the field `numbers`.
    """
    numbers: set[int] = set()
    text = unicodedata.normalize("NFKC", words).translate(_DASHES)
    for part in filter(None, _BETWEEN.split(re.sub(r"\s*-\s*", "-", text))):
        span = _SPAN(part)
        first, last = (int(span[1]), int(span[2] or span[1])) if span else (0, 0)
        if not 1 <= first <= last <= LETTERS_PER_RUN:
            raise BadInput(
                "numbers",
                f"番号は1から{LETTERS_PER_RUN}までで「3, 17, 40-45」のように入力してください。",
                f"Enter numbers from 1 to {LETTERS_PER_RUN}, such as 3, 17, 40-45.",
            )
        numbers |= set(range(first, last + 1))
    if not numbers:
        raise BadInput(
            "numbers", "刷り直す番号を入力してください。", "Which numbers are to be printed again?"
        )
    return sorted(numbers)


def plan_reprint(
    work: Work, incident: Incident, notice: Notice, run: PrintRun, numbers: Sequence[int]
) -> Job:
    """Gather what printing these letters of a run again takes, as the case stood when the run was printed.

    Raises NotPermitted, and BadInput for a run that is not printed and for numbers that are not waiting to be posted.
    """
    refuse_outsiders(work, incident)
    _refuse_unprinted(work, run, numbers)
    seal = seal_of(work.session, incident.id)
    # The day that stands on the letter is the one on which the run was taken up.
    then = replace(work, now=run.claimed_at or work.now)
    return Job(
        run_id=run.id,
        notice_id=notice.id,
        incident_id=incident.id,
        title=title_of_run(incident, notice, run),
        sheet=case_sheet(then, incident, notice),
        letters=letters_of(work, run, incident.id, seal, Delivery.sequence.in_(numbers)),
        seal=seal,
    )


def print_again(job: Job, manifest: str) -> Reprint:
    """Print; takes its time, and no transaction. Raises BadInput for letters that the manifest knows otherwise."""
    printed = print_job(job, Press(catalogue()[INDIVIDUAL], job.sheet))
    same = set(printed.manifest.splitlines()) & set(manifest.splitlines())
    numbers = [letter.sequence for letter in job.letters]
    changed = set(numbers) - {int(line.partition(",")[0]) for line in same}
    if changed:
        raise BadInput(
            "numbers",
            f"{_named(changed)}番は、印刷後に本人のデータ又は文面が変わったため、同じ通知書になりません。刷り直さず、"
            "新しい印刷分で送ってください。",
            f"{_named(changed)}: data of the person or the text was changed since; it would not be the same letter. "
            "Send it with a new run.",
        )
    return Reprint(numbers, printed.pdf)


def record_reprint(work: Work, incident: Incident, notice: Notice, run: PrintRun, reprint: Reprint) -> None:
    """Put on record that these sheets replace spoiled ones. Raises BadInput when some were stopped meanwhile."""
    refuse_outsiders(work, incident)
    _refuse_unprinted(work, run, reprint.numbers)
    record(
        work,
        incident,
        _EVENT,
        notice=notice.number,
        run=run.number,
        letters=len(reprint.numbers),
        numbers=list(reprint.numbers),
        sha256=hashlib.sha256(reprint.pdf).hexdigest(),
    )


def reprints_of(work: Work, incident: Incident, notice: Notice, run: PrintRun) -> list[TimelineEntry]:
    """Return the lines that say which sheets of a run were printed again."""
    lines = select(TimelineEntry).where(
        TimelineEntry.incident_id == incident.id, TimelineEntry.event == _EVENT
    )
    in_order = work.session.scalars(lines.order_by(TimelineEntry.position))
    wanted = (notice.number, run.number)
    return [line for line in in_order if (line.facts["notice"], line.facts["run"]) == wanted]


def _refuse_unprinted(work: Work, run: PrintRun, numbers: Sequence[int]) -> None:
    if run.printed_at is None or run.void_at is not None:
        raise BadInput("numbers", "この印刷分はまだ印刷されていません。", "This run is not printed yet.")
    waiting = select(Delivery.sequence).where(
        Delivery.print_run_id == run.id, Delivery.state == PRINTED, Delivery.sequence.in_(numbers)
    )
    missing = set(numbers) - set(work.session.scalars(waiting))
    if missing:
        raise BadInput(
            "numbers",
            f"{_named(missing)}番は刷り直せません。この印刷分にないか、投函済み又は送付を中止した通知書です。",
            f"{_named(missing)} cannot be printed again: not in this run, posted already, or stopped.",
        )


def _named(numbers: Collection[int]) -> str:
    """Return numbers for a message, the first of them where there are many."""
    named = ", ".join(map(str, sorted(numbers)[:_MOST_NAMED]))
    return f"{named} …" if len(numbers) > _MOST_NAMED else named
