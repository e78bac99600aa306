"""A list of affected individuals between its arrival and its import: kept sealed, read to its end, looked at.

It is full of personal data. What nobody imports within a day is deleted.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from io import BufferedReader
from pathlib import Path
from typing import IO, Any

from sqlalchemy import delete, or_, select

from incident_app.domain.errors import BadInput, NotFound
from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import ensure_seal, seal_of
from incident_app.domain.individual import AffectedList, Hold, Individual
from incident_app.domain.parties import day_in_japan
from incident_app.domain.sealed_file import BLOCK, SealedReader, write_sealed
from incident_app.domain.sealing import Seal
from incident_app.domain.work import Work
from incident_app.roster.gathering import Gathering, gather
from incident_app.roster.reading import Roster, open_roster
from incident_app.roster.refusals import too_large

LONGEST_WAIT = timedelta(hours=24)
LOST_AFTER = timedelta(minutes=10)
"""An import that has written nothing for as long is gone: a crash, a power cut."""
MOST_LINES = 100_000
"""A report names so many rows; the counts name all."""
_PIECE = 1 << 20


def receive_list(work: Work, incident: Incident, folder: Path, file: IO[bytes], limit: int) -> AffectedList:
    """Keep a file sealed until somebody decides. Raises BadInput for an empty one, RosterRefused beyond the limit."""
    seal = ensure_seal(work, incident.id)
    entry = AffectedList(
        incident_id=incident.id, sha256="", received_at=work.now, columns={}, faults={}, report=b""
    )
    work.session.add(entry)
    work.session.flush()
    digest = hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        size = 0
        while piece := file.read(_PIECE):
            size += len(piece)
            if size > limit:
                raise too_large(limit)
            digest.update(piece)
            yield piece

    if not write_sealed(file_of_list(folder, entry), seal, place_of_list(entry), pieces()):
        file_of_list(folder, entry).unlink()
        raise BadInput("file", "ファイルを選んでください。", "Choose a file.")
    entry.sha256 = digest.hexdigest()
    return entry


@dataclass(frozen=True, slots=True)
class KeptList:
    """A list that lies sealed, and all that it takes to read it, in this process or another."""

    path: Path
    key: bytes = field(repr=False)
    place: str
    columns: Mapping[str, Any]

    @property
    def size(self) -> int:
        """About as many bytes as the list has. Raises NotFound."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            raise _gone() from None

    def open(self) -> Roster:
        """Return the list as its headings, or somebody's corrections, say. Raises RosterRefused, NotFound."""
        try:
            reader = SealedReader(self.path, Seal(self.key), self.place)
        except FileNotFoundError:
            raise _gone() from None
        return open_roster(BufferedReader(reader, BLOCK), limit=reader.size, columns=self.columns)


def kept_list(work: Work, entry: AffectedList, folder: Path) -> KeptList:
    """Return what it takes to read a list. Raises KeyDestroyed."""
    seal = seal_of(work.session, entry.incident_id)
    return KeptList(file_of_list(folder, entry), seal.key, place_of_list(entry), entry.columns)


def open_list(work: Work, entry: AffectedList, folder: Path) -> Roster:
    """Return the list as its headings, or somebody's corrections, say. Raises RosterRefused, NotFound."""
    return kept_list(work, entry, folder).open()


@dataclass(frozen=True, slots=True)
class Findings:
    """What a list that was read to its end holds, without a personal word."""

    rows: int
    persons: int
    rejected: int
    faults: Mapping[str, int]
    report: str = ""


def read_findings(work: Work, entry: AffectedList, folder: Path) -> Findings:
    """Read a list to its end, as an import would, and store nothing. Raises RosterRefused."""
    with open_list(work, entry, folder) as roster:
        gathering = gather(roster, on=day_in_japan(work.now))
        lines: list[str] = []
        for finding in gathering:
            if finding.codes and len(lines) < MOST_LINES:
                lines.append(f"{finding.line}\t{' '.join(finding.codes)}\n")
    return replace(findings_of(gathering), report="".join(lines))


def findings_of(gathering: Gathering) -> Findings:
    """Return the counts of what was read so far."""
    return Findings(gathering.rows, gathering.persons, gathering.rejected, gathering.faults)


def note_findings(entry: AffectedList, found: Findings) -> None:
    """Put on record what a list holds."""
    entry.rows, entry.persons, entry.rejected = found.rows, found.persons, found.rejected
    entry.faults = dict(found.faults)
    entry.report = found.report.encode() or entry.report


def find_list(work: Work, incident: Incident, list_id: int) -> AffectedList:
    """Return a list of this incident that waits; raises NotFound when it does not (any more)."""
    entry = work.session.get(AffectedList, list_id)
    if entry is None or entry.incident_id != incident.id or entry.imported_at is not None:
        raise _gone()
    return entry


def discard_list(work: Work, entry: AffectedList, folder: Path) -> None:
    """Delete a list that waits. Raises BadInput while somebody imports it."""
    refuse_while_importing(work, entry)
    unstage(work, entry.id)
    file_of_list(folder, entry).unlink(missing_ok=True)
    work.session.delete(entry)


def discard_old_lists(work: Work, folder: Path) -> None:
    """Delete what nobody came back for within a day, in all incidents."""
    waiting = select(AffectedList).where(
        AffectedList.imported_at.is_(None),
        or_(AffectedList.importing_at.is_(None), AffectedList.importing_at < work.now - LOST_AFTER),
        AffectedList.received_at < work.now - LONGEST_WAIT,
    )
    for entry in work.session.scalars(waiting):
        discard_list(work, entry, folder)


def refuse_while_importing(work: Work, entry: AffectedList) -> None:
    """Raise BadInput when a list is imported, or somebody's import of it goes on."""
    goes_on = entry.importing_at is not None and entry.importing_at >= work.now - LOST_AFTER
    if goes_on or entry.imported_at is not None:
        raise BadInput(
            "file",
            "この名簿はすでに取り込まれたか、取込み中です。",
            "This list is imported, or being imported.",
        )


def unstage(work: Work, list_id: int) -> None:
    """Delete what an import left of a list that nobody sees yet. Marks come last, so such rows have none."""
    staged = select(Individual.id).where(Individual.list_id == list_id)
    work.session.execute(delete(Hold).where(Hold.individual_id.in_(staged)))
    work.session.execute(delete(Individual).where(Individual.list_id == list_id))


def file_of_list(folder: Path, entry: AffectedList) -> Path:
    """Return where a list lies, sealed."""
    return folder / "lists" / str(entry.incident_id) / str(entry.id)


def place_of_list(entry: AffectedList) -> str:
    """Return what the seal of a list is bound to."""
    return f"affected_list|{entry.incident_id}|{entry.id}"


def _gone() -> NotFound:
    return NotFound(
        "この名簿はもう残っていません。もう一度選んでください。",
        "This list is no longer here. Please choose it again.",
    )
