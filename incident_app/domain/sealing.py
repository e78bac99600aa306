"""Personal data at rest: sealed with a key of its incident, and unreadable for ever once that key is gone.

AES-256-GCM with a random nonce for every value; the additional data names the table, the incident, the row and the
column set, so that a value that was moved elsewhere does not open. One data key for each incident, wrapped (RFC 3394)
by the installation's master key, which never enters the database. Look-ups go through keyed hashes (BLAKE2b, RFC 7693) under the same data key:
without it nobody can even tell that two of them stand for the same words.
"""

import hashlib
import hmac
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from incident_app.domain.errors import Refused

NONCE = 12
MARK = 16
_KEY = 32


class SealBroken(Refused):
    """A sealed value does not open: it was changed, moved to another row, or its key is another one."""

    def __init__(self) -> None:
        super().__init__(
            "封をしたデータが開けません（改変又は鍵の不一致）。「incident check」を実行し、管理者に連絡してください。",
            "Sealed data does not open: it was altered, or the key is another. Run `incident check` and tell the administrator.",
        )


@dataclass(frozen=True, slots=True)
class MasterKey:
    """The installation's key, which wraps the keys of the incidents."""

    secret: bytes = field(repr=False)
    """32 bytes."""

    @classmethod
    def from_words(cls, words: str) -> "MasterKey":
        """Make the key from a kept secret of any length."""
        return cls(hashlib.sha256(b"incident-app master key\0" + words.encode()).digest())

    @property
    def name(self) -> str:
        """Says which master key wrapped something, and nothing about the key."""
        return hmac.digest(self.secret, b"name", "sha256")[:8].hex()

    def wrap(self, key: bytes) -> bytes:
        """Return the key of an incident as the database keeps it."""
        return aes_key_wrap(self.secret, key)

    def unwrap(self, wrapped: bytes) -> "Seal":
        """Open the key of an incident. Raises SealBroken when another master key wrapped it."""
        try:
            return Seal(aes_key_unwrap(self.secret, wrapped))
        except InvalidUnwrap:
            raise SealBroken from None


@dataclass(frozen=True)
class Seal:
    """What an incident's key can do, for as long as it exists."""

    key: bytes = field(repr=False)

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(_derived(self.key, b"sealing"))

    @cached_property
    def _marks(self) -> bytes:
        return _derived(self.key, b"marks")

    def seal(self, value: bytes, place: bytes) -> bytes:
        """Close a value for one place, such as b"individual|7|1204|v1"."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, value, place)

    def seal_many(self, values: Sequence[bytes], places: Sequence[bytes]) -> list[bytes]:
        """Close many values, each for its place; half the time of doing it one by one."""
        encrypt, nonces = self._cipher.encrypt, os.urandom(NONCE * len(values))
        starts = range(0, len(nonces), NONCE)
        return [
            (nonce := nonces[start : start + NONCE]) + encrypt(nonce, value, place)
            for start, value, place in zip(starts, values, places, strict=True)
        ]

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Return the value that was closed for this place. Raises SealBroken."""
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], place)
        except (InvalidTag, ValueError):
            raise SealBroken from None

    def mark(self, kind: str, value: str) -> bytes:
        """Return the keyed hash by which a value is found again: 16 bytes, the same for the same words."""
        return self.mark_many(kind, [value.encode()])[0]

    def mark_many(self, kind: str, values: Iterable[bytes]) -> list[bytes]:
        """Return the marks of many values in UTF-8; half the time of doing it one by one."""
        begun = blake2b(f"{kind}\0".encode(), key=self._marks, digest_size=MARK)
        marks = []
        for value in values:
            state = begun.copy()
            state.update(value)
            marks.append(state.digest())
        return marks


def new_key() -> bytes:
    """Return a fresh key for one incident."""
    return os.urandom(_KEY)


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=_KEY, info=b"incident-app " + purpose).derive(key)
