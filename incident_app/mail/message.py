"""One text mail to one person (domain rule: one message per person, text only, nothing attached)."""

import base64
import hmac
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from incident_app.domain.errors import Refused

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_MESSAGE_ID = re.compile(rf"<{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*>")
_BROKEN = re.compile(r"[\ud800-\udfff]")  # half of a surrogate pair: no encoding carries it
_LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_LONGEST_MESSAGE_ID = 250
_LONGEST_PLAIN_SUBJECT = 60
_BYTES_IN_A_WORD = 39  # gives a word of 64, so that "Subject: " and a word stay within the 76 of RFC 2047


class BadAddress(Refused):
    """A mail address cannot be used. The message names the field and never repeats the address."""


class BadHeader(Refused):
    """A header or the text cannot be written. The message names which and never repeats the value."""


@dataclass(frozen=True, slots=True, repr=False)
class Envelope:
    """A mail that is ready to go. It shows no content in logs and tracebacks (no repr).

    Raises BadAddress and BadHeader on construction, so that whatever exists can be sent.
    """

    sender: str
    to: str
    subject: str
    text: str
    message_id: str
    """With its angle brackets; the same for every attempt to send this mail."""
    date: datetime
    """When it was written; aware."""
    reply_to: str | None = None
    automatic: bool = True
    """Written by a machine: holiday replies and the like then stay away (RFC 3834)."""

    def __post_init__(self) -> None:
        check_address("差出人", "sender", self.sender)
        check_address("宛先", "recipient", self.to)
        if self.reply_to is not None:
            check_address("返信先", "reply address", self.reply_to)
        if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in self.subject):
            raise BadHeader(
                "件名に改行などの制御文字があります。取り除いてください。",
                "The subject holds a line break or another control character. Remove it.",
            )
        if _BROKEN.search(self.text):
            raise BadHeader("本文に壊れた文字があります。", "The text holds a broken character.")
        if len(self.message_id) > _LONGEST_MESSAGE_ID or not _MESSAGE_ID.fullmatch(self.message_id):
            raise BadHeader("Message-IDの形が正しくありません。", "The Message-ID is malformed.")
        if self.date.utcoffset() is None:
            raise BadHeader("日時に時差の情報がありません。", "The date says no time zone.")

    def as_bytes(self) -> bytes:
        """Return the message as it goes over the wire: 7-bit, CRLF, no line over 998 octets."""
        headers = [
            f"From: {self.sender}",
            f"To: {self.to}",
            f"Subject: {_encoded(self.subject)}",
            f"Date: {format_datetime(self.date)}",
            f"Message-ID: {self.message_id}",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
        ]
        if self.reply_to is not None:
            headers.append(f"Reply-To: {self.reply_to}")
        if self.automatic:
            headers.append("Auto-Submitted: auto-generated")
        text = re.sub(r"\r\n|\r|\n", "\r\n", self.text).encode()
        body = base64.encodebytes(text).replace(b"\n", b"\r\n")
        return "\r\n".join([*headers, "", ""]).encode("ascii") + body


def message_id(secret: bytes, *parts: str | int) -> str:
    """Return the Message-ID that belongs to `parts`, such as an incident, a person and a text version.

    The same parts give the same id, so a copy sent twice after a crash is recognisable;
    without the secret nobody can tell what it stands for.
    """
    # Each part with its length: ("ab", "c") and ("a", "bc") must differ.
    named = b"".join(b"%d:%b" % (len(part), part) for part in (str(p).encode() for p in parts))
    # The domain is reserved (RFC 2606) and fixed: a new sender address must not change old ids.
    return f"<{hmac.digest(secret, named, 'sha256')[:16].hex()}@incident-app.invalid>"


def check_address(ja: str, en: str, address: str) -> None:
    """Raise BadAddress, naming whose it is, when no mail can go to or from an address."""
    if len(address) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        raise BadAddress(
            f"{ja}のメールアドレスの形が正しくありません。確かめてください。",
            f"The {en} is not a valid mail address. Please check it.",
        )


def _encoded(subject: str) -> str:
    """Return the subject as it stands, or as RFC 2047 words, one a line."""
    plain = subject.isascii() and subject == subject.strip() and "=?" not in subject
    if plain and len(subject) <= _LONGEST_PLAIN_SUBJECT:
        return subject
    return "\r\n ".join(f"=?utf-8?B?{base64.b64encode(word).decode()}?=" for word in _words(subject))


def _words(subject: str) -> Iterator[bytes]:
    """Cut between characters, never within one: each word is decoded by itself."""
    word = b""
    for char in subject:
        octets = char.encode()
        if len(word) + len(octets) > _BYTES_IN_A_WORD:
            yield word
            word = b""
        word += octets
    yield word
