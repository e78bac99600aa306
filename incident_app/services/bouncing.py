"""Mails that came back: the delivery is bounced, and a letter goes instead where the instruction allows one."""

import hmac
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import KeyDestroyed, seal_of
from incident_app.domain.instruction import EMAIL, LETTER, InstructionItem
from incident_app.domain.notice import BOUNCED, SENDING, SENT, Delivery, Notice
from incident_app.domain.timeline import lock_record
from incident_app.domain.work import Work
from incident_app.mail.bounces import LARGEST_REPORT, Report, read_report
from incident_app.services.mailing import message_id
from incident_app.services.reaching import queue_everybody

UNREADABLE, UNKNOWN, KNOWN_ALREADY = "unreadable", "unknown", "known_already"
NOT_FINAL, TOO_EARLY = "not_final", "too_early"
OUTCOMES = (BOUNCED, KNOWN_ALREADY, NOT_FINAL, TOO_EARLY, UNKNOWN, UNREADABLE)
"""What may come of a report: a delivery bounced; one that had bounced before; not given up yet; the relay's own answer
is not on record yet, so that the report is read again later; about no message of ours; no report at all."""
AT_ONCE = 500
"""Mails that one transaction takes."""
# Nine digits: a number that does not fit the database's integers would end the whole work on PostgreSQL.
_OURS = re.compile(r"<([0-9]{1,9})\.[0-9a-f]{16,128}@incident-app\.invalid>").fullmatch
_LATIN = "latin-1"


def take_report(work: Work, report: Report) -> str:
    """Write a report into the ledger; returns one of OUTCOMES."""
    delivery = _delivery_of(work, report)
    if delivery is None:
        return UNKNOWN
    if delivery.state == BOUNCED:
        return KNOWN_ALREADY
    if report.is_final and delivery.state == SENDING:
        return TOO_EARLY
    if not report.is_final or delivery.state != SENT:
        return NOT_FINAL
    lock_record(work.session, work.session.get_one(Incident, delivery.incident_id))
    # The code alone: a server's words may name the address.
    delivery.state, delivery.reply, delivery.changed_at = BOUNCED, report.status, work.now
    return BOUNCED


def _delivery_of(work: Work, report: Report) -> Delivery | None:
    """Return the delivery that a report is about; None when it is none of ours.

    The Message-ID is keyed with the incident's key: nobody outside can make a delivery bounce that was never sent.
    """
    ours = _OURS(report.message_id)
    delivery = work.session.get(Delivery, int(ours[1])) if ours else None
    if delivery is None or delivery.channel != EMAIL:
        return None
    try:
        own = message_id(seal_of(work.session, delivery.incident_id), delivery)
    except KeyDestroyed:
        return None
    same = hmac.compare_digest(own.encode(), report.message_id.encode(_LATIN, "replace"))
    return delivery if same else None


def take_files(work: Work, files: Sequence[Path]) -> dict[Path, str]:
    """Read files, a mail each, and write what they report into the ledger; returns what came of each.

    A file that another courier has put away meanwhile is left out. Raises OSError when the disk does not give one.
    """
    found = {}
    for file in files:
        with suppress(FileNotFoundError):
            report = read_report(_content(file))
            found[file] = take_report(work, report) if report is not None else UNREADABLE
    return found


def take_mail(work: Work, mail: bytes) -> str:
    """Write what a mail reports into the ledger; returns one of OUTCOMES."""
    report = read_report(mail)
    return take_report(work, report) if report is not None else UNREADABLE


def _content(file: Path) -> bytes:
    """Return a file's bytes; nothing of one that is too large, or that we may not read."""
    try:
        return file.read_bytes() if file.stat().st_size <= LARGEST_REPORT else b""
    except PermissionError:
        return b""


def reports_in(place: Path) -> list[Path]:
    """Return the mails in a Maildir's `new`, or in a folder; or the file itself. Those half written stay."""
    if place.is_file():
        return [place]
    folder = place / "new" if (place / "new").is_dir() else place
    return [file for file in sorted(folder.iterdir()) if file.is_file() and not file.name.startswith(".")]


def put_away(place: Path, taken: dict[Path, str]) -> Counter[str]:
    """Move what was read to `seen` or, where it told nothing, to `unknown`: nothing is deleted; returns the counts.

    What came too early stays, and is read again.
    After the ledger is written. Whoever is stopped in between reads the same report again, which changes nothing.
    """
    for file, outcome in taken.items():
        if outcome == TOO_EARLY:
            continue
        folder = place / ("unknown" if outcome in (UNKNOWN, UNREADABLE) else "seen")
        folder.mkdir(exist_ok=True)
        target = folder / file.name
        while target.exists():
            target = target.with_name(f"{target.name}_")
        with suppress(FileNotFoundError):
            file.rename(target)
    return Counter(taken.values())


def letters_instead(work: Work) -> int:
    """Queue a letter to whomever a mail did not reach, under the item that orders both; returns to how many."""
    letter = aliased(Delivery)
    unreached = (
        select(Delivery.notice_id, Delivery.item_id)
        .where(
            Delivery.channel == EMAIL,
            Delivery.state == BOUNCED,
            ~exists().where(
                letter.notice_id == Delivery.notice_id,
                letter.individual_id == Delivery.individual_id,
                letter.channel == LETTER,
            ),
        )
        .distinct()
    )
    queued = 0
    for notice_id, item_id in work.session.execute(unreached).all():
        notice = work.session.get_one(Notice, notice_id)
        lock_record(work.session, work.session.get_one(Incident, notice.incident_id))
        item = work.session.get_one(InstructionItem, item_id)
        if LETTER in item.means and item.in_force and notice.text_approved_at is not None:
            bounced = select(Delivery.individual_id).where(
                Delivery.notice_id == notice_id, Delivery.channel == EMAIL, Delivery.state == BOUNCED
            )
            queued += queue_everybody(work, notice, item, among=bounced)
    return queued
