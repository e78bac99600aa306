"""Delivery status notifications (RFC 3464): what a mail server says of a message that it could not bring."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message

LARGEST_REPORT = 1024 * 1024
"""Bytes. A report quotes headers; whatever is larger is something else."""
FAILED = "failed"
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one message, as a server reports it. Holds no address."""

    message_id: str
    """Of the message that it is about, with angle brackets."""
    action: str
    """failed, delayed, delivered, relayed or expanded."""
    status: str
    """The enhanced status code (RFC 3463), such as 5.1.1."""

    @property
    def is_final(self) -> bool:
        """The message will not arrive."""
        return self.action == FAILED and self.status.startswith("5.")


def read_report(data: bytes) -> Report | None:
    """Return what a mail reports; None when it is no such report, or does not say of which message.

    Holiday replies, complaints, damaged mails and anything too large are no reports.
    """
    if len(data) > LARGEST_REPORT:
        return None
    try:
        mail = message_from_bytes(data)
        if mail.get_content_type() != "multipart/report":
            return None
        found = list(_reports(mail))
    except (MessageError, LookupError, ValueError, TypeError, AttributeError, RecursionError):
        return None  # whatever a stranger's server made of it
    return found[0] if len(found) == 1 else None


def _reports(mail: Message) -> Iterator[Report]:
    """Yield what is said, once for each recipient: our messages have one."""
    quoted = {text for part in mail.walk() if (text := _quoted(part))}
    if len(quoted) != 1:
        return
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks: list[object] = list(part.get_payload())
        for block in blocks:
            if isinstance(block, Message) and (status := _STATUS.match(str(block["Status"] or "").strip())):
                yield Report(min(quoted), str(block["Action"] or "").strip().lower(), status[0])


def _quoted(part: Message) -> str:
    """Return the Message-ID of a message that a part quotes, whole or its headers."""
    kind, inside = part.get_content_type(), part.get_payload()
    if kind == "message/rfc822" and isinstance(inside, list) and isinstance(inside[0], Message):
        headers = inside[0]
    elif kind in ("text/rfc822-headers", "message/rfc822-headers"):
        text = part.get_payload(decode=True)
        headers = message_from_bytes(text if isinstance(text, bytes) else b"")
    else:
        return ""
    found = _MESSAGE_ID.search(str(headers.get("Message-ID", "")))
    return found[0] if found else ""
