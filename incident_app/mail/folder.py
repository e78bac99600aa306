"""A folder of messages: each one a file <number>.eml, numbered in the order of arrival."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

_NAME = re.compile(r"([0-9]{6,})\.eml")


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A message as the demonstration's mail page shows it."""

    name: str
    """Its file in the folder."""
    sender: str
    to: str
    subject: str
    date: datetime | None
    """When it says it was written; None when it does not say so readably."""
    text: str


class MailFolder:
    """Keeps messages as files, and can be read while it fills."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._path.mkdir(parents=True, exist_ok=True)

    def keep(self, message: bytes) -> str:
        """Write a message whole or not at all, safe from a power cut; return its name.

        Raises OSError when the disk does not take it.
        """
        with NamedTemporaryFile(dir=self._path, prefix=".new-", delete=False) as file:
            try:
                file.write(message)
                file.flush()
                os.fsync(file.fileno())
                name = self._link(Path(file.name))
            finally:
                Path(file.name).unlink()
        folder = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return name

    def read(self) -> Iterator[StoredMail]:
        """Yield the messages, newest first; each is parsed when it is asked for."""
        for number in sorted(self._numbers(), reverse=True):
            name = f"{number:06d}.eml"
            # Somebody may empty the folder while it is read.
            with suppress(FileNotFoundError):
                yield _shown(name, (self._path / name).read_bytes())

    def _link(self, file: Path) -> str:
        """Give the file the next number. A link never replaces, so two writers cannot take the same one."""
        number = max(self._numbers(), default=0) + 1
        while True:
            try:
                os.link(file, self._path / f"{number:06d}.eml")
            except FileExistsError:
                number += 1
            else:
                return f"{number:06d}.eml"

    def _numbers(self) -> Iterator[int]:
        return (int(found[1]) for file in self._path.iterdir() if (found := _NAME.fullmatch(file.name)))


def _shown(name: str, message: bytes) -> StoredMail:
    """Return the mail, or what cannot be read as one as bare text.

    The standard library's header parser stumbles over junk with any kind of exception.
    """
    try:
        return _parsed(name, message)
    except Exception:
        return StoredMail(name, "", "", "", None, message.decode(errors="replace"))


def _parsed(name: str, message: bytes) -> StoredMail:
    mail = message_from_bytes(message, _class=EmailMessage, policy=policy.default)
    return StoredMail(
        name=name,
        sender=str(mail["From"] or ""),
        to=str(mail["To"] or ""),
        subject=str(mail["Subject"] or ""),
        date=_date(str(mail["Date"] or "")),
        text=_text(mail),
    )


def _date(header: str) -> datetime | None:
    try:
        return parsedate_to_datetime(header)
    except ValueError:
        return None


def _text(mail: EmailMessage) -> str:
    """Return the plain text; "" when there is none or its character set is unknown."""
    part = mail.get_body(("plain",))
    if not isinstance(part, EmailMessage):
        return ""
    try:
        return str(part.get_content()).replace("\r\n", "\n")
    except LookupError:
        return ""
