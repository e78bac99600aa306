"""廃棄・消去 (Article 7): on 甲's instruction the personal data of an incident is destroyed, and the certificate issued.

The key goes first, in one transaction with everything that the database holds: from then on what was sealed is noise,
wherever a copy of it lies. Files and the database's own leftovers follow (`finish`), as often as it takes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from incident_app.config import Clock, Settings
from incident_app.domain.base import scrub
from incident_app.domain.destruction import PROPOSED, proposal_of
from incident_app.domain.document import IssuedDocument
from incident_app.domain.enquiry import Enquiry, EnquiryNote
from incident_app.domain.errors import BadInput
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import IncidentKey
from incident_app.domain.individual import AffectedList, Individual, IndividualMark
from incident_app.domain.instruction import InstructionItem
from incident_app.domain.notice import Notice, PrintRun
from incident_app.domain.work import THE_PROGRAM, Work, begin_reading
from incident_app.engine.machine import take
from incident_app.services.disposal_certificate import issue_certificate
from incident_app.services.instructing import fulfil_item

TABLES = tuple(table.__tablename__ for table in (IncidentKey, IndividualMark, Individual, EnquiryNote))


@dataclass(frozen=True, slots=True)
class Holdings:
    """What there is of an incident's personal data, counted."""

    persons: int
    marks: int
    lists: int
    """Files: the lists as they came."""
    runs: int
    """Files: letters as they were printed."""

    @property
    def files(self) -> int:
        """All files."""
        return self.lists + self.runs


def holdings_of(work: Work, incident: Incident, settings: Settings) -> Holdings:
    """Count what a destruction would destroy; afterwards, what is left."""
    full = select(func.count()).where(_listed(incident), func.length(Individual.sealed) > 0)
    marks = select(func.count()).where(IndividualMark.incident_id == incident.id)
    paths = list(_files_of(settings, incident.id))
    runs = sum(path.is_relative_to(settings.sealed_folder / "runs") for path in paths)
    return Holdings(work.session.scalar(full) or 0, work.session.scalar(marks) or 0, len(paths) - runs, runs)


def propose_destruction(work: Work, incident: Incident, item: InstructionItem) -> None:
    """Somebody of 乙 proposes to carry out 甲's order; a second person does it."""
    _refuse_nothing(work, incident)
    number, place = item.instruction.number, item.number
    take(work, incident, PROPOSED, item=item, instruction=number, item_number=place)


def destroy_personal_data(
    work: Work, incident: Incident, item: InstructionItem, settings: Settings, *, witness: str = ""
) -> IssuedDocument:
    """Destroy the key, what it sealed and what individuals are found by; issue the certificate to 甲.

    `witness` names who of 甲 watched (Article 7(6)), where 甲 asked for it. Call `finish` after the commit. Evidence files
    are left alone. Raises StepRefused while a notice is under way or a need is unmet, BadInput when there is nothing.
    """
    _refuse_nothing(work, incident)
    holdings = holdings_of(work, incident, settings)
    number, place = item.instruction.number, item.number
    take(
        work,
        incident,
        "destroy_personal_data",
        item=item,
        instruction=number,
        item_number=place,
        persons=holdings.persons,
        marks=holdings.marks,
        files=holdings.files,
        witness=witness.strip(),
    )
    _empty(work, incident)
    proposal = proposal_of(work.session, item)
    document = issue_certificate(
        work,
        incident,
        item,
        persons=holdings.persons,
        marks=holdings.marks,
        lists=holdings.lists,
        runs=holdings.runs,
        proposed_by=proposal.actor_name if proposal else "",
        witness=witness.strip(),
    )
    fulfil_item(work, incident, item, f"{document.title} {document.reference}")
    return document


def finish(sessions: sessionmaker[Session], clock: Clock, settings: Settings) -> bool:
    """Delete the files of every incident whose key was destroyed, and the old bytes in the database.

    Safe to repeat, and to be killed: what is left is found again. False when an open transaction was in the way.
    """
    with begin_reading(sessions, clock, THE_PROGRAM) as work:
        gone = list(
            work.session.scalars(select(IncidentKey.incident_id).where(IncidentKey.wrapped.is_(None)))
        )
    for incident_id in gone:
        for path in _files_of(settings, incident_id):
            path.unlink(missing_ok=True)
    return scrub(sessions.kw["bind"], *TABLES) if gone else True


def _empty(work: Work, incident: Incident) -> None:
    """Empty everything sealed, also of lists that were never imported whole; no run waits for letters any more."""
    work.session.execute(
        update(IncidentKey)
        .where(IncidentKey.incident_id == incident.id)
        .values(wrapped=None, destroyed_at=work.now)
    )
    work.session.execute(
        update(Individual)
        .where(_listed(incident))
        .values(sealed=b"")
        .execution_options(synchronize_session=False)
    )
    work.session.execute(delete(IndividualMark).where(IndividualMark.incident_id == incident.id))
    enquiries = select(Enquiry.id).where(Enquiry.incident_id == incident.id)
    work.session.execute(delete(EnquiryNote).where(EnquiryNote.enquiry_id.in_(enquiries)))
    notices = select(Notice.id).where(Notice.incident_id == incident.id)
    work.session.execute(
        update(PrintRun)
        .where(PrintRun.notice_id.in_(notices), PrintRun.printed_at.is_(None), PrintRun.void_at.is_(None))
        .values(void_at=work.now)
        .execution_options(synchronize_session=False)
    )
    work.session.expire_all()


def _listed(incident: Incident) -> ColumnElement[bool]:
    return Individual.list_id.in_(select(AffectedList.id).where(AffectedList.incident_id == incident.id))


def _files_of(settings: Settings, incident_id: int) -> Iterator[Path]:
    """Find every file with personal data of an incident: sealed lists, imported or not, and print runs."""
    for place in settings.sealed_folder.glob(f"*/{incident_id}"):
        yield from (path for path in place.rglob("*") if path.is_file())


def _refuse_nothing(work: Work, incident: Incident) -> None:
    if work.session.get(IncidentKey, incident.id) is None:
        raise BadInput(
            "item",
            "この事案には、消去すべき対象者の個人情報がありません。指示事項の履行として報告してください。",
            "There is no personal data of individuals to destroy. Report the item as fulfilled.",
        )
