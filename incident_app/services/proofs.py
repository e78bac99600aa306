"""The proof set (見本・試し刷り): a few letters as they will be, for 乙 and 甲 to look at before a whole city is printed.

First and last in the order of printing, the longest name and address, each variant, and one of each hold as it would
look. Never a protected person. The letters are handed out and kept nowhere; the record keeps their digest.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, exists, select

from incident_app.domain.destruction import keeps_data
from incident_app.domain.errors import BadInput, NotPermitted
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import seal_of
from incident_app.domain.individual import (
    HOLDS,
    LETTER_HOLDS,
    PROTECTED,
    Hold,
    Individual,
    Particulars,
    on_record,
    open_particulars,
)
from incident_app.domain.notice import INDIVIDUAL, Notice
from incident_app.domain.parties import CLIENT_OFFICER, CONTRACTOR_ROLES, roles_on
from incident_app.domain.reference import grouped
from incident_app.domain.sealing import Seal
from incident_app.domain.timeline import TimelineEntry, record
from incident_app.domain.work import Work
from incident_app.notices.catalogue import catalogue
from incident_app.notices.press import Press
from incident_app.services.letters import case_sheet, personal_sheet
from incident_app.services.printing import sort_number
from incident_app.services.reaching import held_by
from incident_app.services.sheet import Sheet

MOST = 40
MARK = "見本・試し刷り"
_EVENT = "proofs_printed"
_MOST_VARIANTS = 2_000
"""Sets of leaked items that are counted; a list with more of them has no variants worth the name."""
_SHOWN_FOR = {
    "deceased": "亡くなられた方",
    "do_not_contact": "連絡不要",
    "maybe_same": "同一人の疑い",
    "gaiji": "外字",
    "formula": "数式",
    "too_long": "長すぎる",
    "no_address": "住所なし",
    "zip_missing": "郵便番号なし",
}
"""What a sheet says about a hold, in its lower left corner."""


@dataclass(slots=True, repr=False)
class Proof:
    """One letter of the set and what it is shown for. Shows no content (no repr)."""

    individual_id: int
    code: str
    particulars: Particulars
    shown_for: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, repr=False)
class ProofJob:
    """All that printing a proof set takes."""

    title: str
    sheet: Sheet
    proofs: Sequence[Proof]


@dataclass(frozen=True, slots=True, repr=False)
class ProofSet:
    """What came off the press. Shows no content (no repr)."""

    pdf: bytes
    letters: int


def may_see_letters(work: Work, incident: Incident) -> bool:
    """Return whether the actor may have a proof set: 乙's people and 甲's officers, not auditors."""
    held = roles_on(work.session, work.actor.person_id, incident.contract_id, work.now)
    return bool(held & {*CONTRACTOR_ROLES, CLIENT_OFFICER})


def choose_proofs(work: Work, incident: Incident, notice: Notice) -> ProofJob:
    """Choose the letters of a proof set; opens every individual's seal once.

    Raises NotPermitted for all but 乙's people and 甲's officers, BadInput when there is nobody to write to.
    """
    if not may_see_letters(work, incident):
        raise NotPermitted(
            "試し刷りを見られるのは、乙の業務責任者・業務従事者と甲の担当職員です。",
            "A proof set is for the contractor's people and the client's officers.",
        )
    proofs: list[Proof] = []
    if notice.kind == INDIVIDUAL and keeps_data(work.session, incident.id):
        seal = seal_of(work.session, incident.id)
        found = [*_of_the_run(work, incident.id, seal), *_of_each_hold(work, incident.id, seal)]
        proofs = _merged(found)[:MOST]
    if not proofs:
        raise BadInput(
            "proofs", "通知書を送る対象者がまだいません。", "There is nobody yet to whom a letter would go."
        )
    title = f"{incident.number}-N{notice.number} {MARK}"
    return ProofJob(title, case_sheet(work, incident, notice), proofs)


def print_proofs(job: ProofJob) -> ProofSet:
    """Print the set; takes its time, and no transaction. Who cannot be printed for want of a glyph is left out."""
    press = Press(catalogue()[INDIVIDUAL], job.sheet, header=MARK)
    letters = [
        personal_sheet(proof.particulars, grouped(proof.code), job.sheet)
        | {"sequence": f"{place} {'・'.join(proof.shown_for)}"}
        for place, proof in enumerate(job.proofs, start=1)
    ]
    run = press.print_run(letters, title=job.title)
    return ProofSet(run.pdf, sum(made is not None for made in run.letters))


def record_proofs(work: Work, incident: Incident, notice: Notice, proofs: ProofSet) -> None:
    """Put on record that this set was handed out."""
    digest = hashlib.sha256(proofs.pdf).hexdigest()
    record(work, incident, _EVENT, notice=notice.number, letters=proofs.letters, sha256=digest)


def proofs_of(work: Work, notice: Notice) -> list[TimelineEntry]:
    """Return the lines that say when proof sets of this text were printed, and by whom."""
    lines = select(TimelineEntry).where(
        TimelineEntry.incident_id == notice.incident_id, TimelineEntry.event == _EVENT
    )
    in_order = work.session.scalars(lines.order_by(TimelineEntry.position))
    return [line for line in in_order if line.facts["notice"] == notice.number]


def _of_the_run(work: Work, incident_id: int, seal: Seal) -> Iterator[tuple[Proof, str]]:
    """Yield those of whom a letter goes out, as far as something is remarkable about them."""
    best: dict[str, tuple[tuple[int, int], Proof]] = {}
    variants: dict[tuple[str, ...], Proof] = {}
    counts: Counter[tuple[str, ...]] = Counter()
    for proof in _opened(work, incident_id, seal, ~held_by(LETTER_HOLDS)):
        it = proof.particulars
        place = sort_number(it), proof.individual_id
        ranks = {
            "先頭": (-place[0], -place[1]),
            "末尾": place,
            "最長の氏名": (len(it.name_on_paper), 0),
            "最長の住所": (sum(map(len, it.address_lines)), 0),
        }
        if it.guardian:
            ranks["保護者あて"] = (0, 0)
        if it.organisation:
            ranks["団体あて"] = (0, 0)
        for why, rank in ranks.items():
            if why not in best or rank > best[why][0]:
                best[why] = rank, proof
        if it.items in variants or len(variants) < _MOST_VARIANTS:
            variants.setdefault(it.items, proof)
            counts[it.items] += 1
    yield from ((proof, why) for why, (_, proof) in best.items())
    for number, (items, _) in enumerate(counts.most_common(), start=1):
        yield variants[items], f"項目{number}"


def _of_each_hold(work: Work, incident_id: int, seal: Seal) -> Iterator[tuple[Proof, str]]:
    for kind in HOLDS:
        if kind != PROTECTED:
            for proof in _opened(work, incident_id, seal, held_by([kind]), most=1):
                yield proof, f"保留（{_SHOWN_FOR[kind]}）"


def _opened(
    work: Work, incident_id: int, seal: Seal, which: ColumnElement[bool], most: int | None = None
) -> Iterator[Proof]:
    """Yield individuals to whom something of ours may go, and who never were protected."""
    protected = exists().where(Hold.individual_id == Individual.id, Hold.kind == PROTECTED)
    rows = (
        select(Individual.id, Individual.code, Individual.sealed)
        .where(on_record(incident_id), Individual.outcome == "", ~protected, which)
        .order_by(Individual.id)
        .limit(most)
        .execution_options(yield_per=5_000)
    )
    for row_id, code, sealed in work.session.execute(rows):
        yield Proof(row_id, code, open_particulars(seal, incident_id, row_id, sealed))


def _merged(found: Iterable[tuple[Proof, str]]) -> list[Proof]:
    """Bring together what one letter is shown for."""
    proofs: dict[int, Proof] = {}
    for proof, why in found:
        proofs.setdefault(proof.individual_id, proof).shown_for.append(why)
    return list(proofs.values())
