"""A list of individuals waits here between being looked at and being imported or thrown away.

It is full of personal data: one folder for each incident, readable by the program alone, gone after a day.
"""

import hashlib
import os
import re
from datetime import datetime, timedelta
from pathlib import Path

from incident_app.domain.errors import BadInput, NotFound
from incident_app.domain.incident import Incident

LONGEST_WAIT = timedelta(hours=24)
_DIGEST = re.compile(r"[0-9a-f]{64}")


def keep_upload(data_folder: Path, incident: Incident, data: bytes) -> str:
    """Keep a file until somebody decides; returns its SHA-256. Raises BadInput for an empty one."""
    if not data:
        raise BadInput("file", "ファイルを選んでください。", "Choose a file.")
    sha256 = hashlib.sha256(data).hexdigest()
    path = _path(data_folder, incident, sha256)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    part.replace(path)
    return sha256


def waiting_upload(data_folder: Path, incident: Incident, sha256: str) -> bytes:
    """Return a file that waits; raises NotFound when it does not (any more)."""
    try:
        return _path(data_folder, incident, sha256).read_bytes()
    except FileNotFoundError:
        raise NotFound(
            "この名簿はもう残っていません。もう一度選んでください。",
            "This list is no longer here. Please choose it again.",
        ) from None


def discard_upload(data_folder: Path, incident: Incident, sha256: str) -> None:
    """Delete a waiting file; nothing happens when it is gone."""
    _path(data_folder, incident, sha256).unlink(missing_ok=True)


def discard_old_uploads(data_folder: Path, now: datetime) -> None:
    """Delete what nobody came back for within a day, in all incidents."""
    oldest = (now - LONGEST_WAIT).timestamp()
    for path in (data_folder / "uploads").glob("*/*"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def folder_of(data_folder: Path, incident_id: int) -> Path:
    """Return where the lists of an incident wait."""
    return data_folder / "uploads" / str(incident_id)


def _path(data_folder: Path, incident: Incident, sha256: str) -> Path:
    if not _DIGEST.fullmatch(sha256):
        raise NotFound
    return folder_of(data_folder, incident.id) / sha256
