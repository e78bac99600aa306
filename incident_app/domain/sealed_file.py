"""Files full of personal data, sealed block by block: the list as it came, and the print runs.

A file is written beside its place and appears there whole or not at all. Every block is bound to the file, to its
number and to whether it is the last, so that no block can be moved, left out or cut off unseen.
"""

import io
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from incident_app.domain.sealing import NONCE, Seal, SealBroken

BLOCK = 1 << 20
_TAG = 16
_STEP = NONCE + BLOCK + _TAG


def write_sealed(path: Path, seal: Seal, place: str, parts: Iterable[bytes]) -> int:
    """Seal the parts into a file, safe from a power cut; returns how many bytes went in.

    Raises OSError when the disk does not take it; nothing is left behind then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)  # mode 600
    try:
        with os.fdopen(handle, "wb") as file:
            size = 0
            for number, (block, last) in enumerate(_blocks(parts)):
                file.write(seal.seal(block, _place(place, number, last)))
                size += len(block)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    _sync_folder(path.parent)
    return size


class SealedReader(io.RawIOBase):
    """A sealed file, read as what went in; seekable. Raises SealBroken where it was altered."""

    def __init__(self, path: Path, seal: Seal, place: str) -> None:
        super().__init__()
        self._file = path.open("rb")
        self._seal = seal
        self._place = place
        length = os.fstat(self._file.fileno()).st_size
        self._blocks = max(1, -(-length // _STEP))
        self.size = length - self._blocks * (NONCE + _TAG)
        self._at = 0
        self._number = -1
        self._block = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Return the position within what went in."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a position within what went in."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # any writable buffer
        """Fill the buffer from the block that holds the position."""
        if self._at >= self.size:
            self._load(self._blocks - 1)  # a file cut off behind this block would otherwise pass for whole
            return 0
        number, start = divmod(self._at, BLOCK)
        self._load(number)
        piece = self._block[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        """Close the file below."""
        self._file.close()
        super().close()

    def _load(self, number: int) -> None:
        if number != self._number:
            self._file.seek(number * _STEP)
            last = number == self._blocks - 1
            self._block = self._seal.open(self._file.read(_STEP), _place(self._place, number, last))
            self._number = number


def read_sealed(path: Path, seal: Seal, place: str) -> bytes:
    """Return all that went into a sealed file. Raises SealBroken, FileNotFoundError."""
    with SealedReader(path, seal, place) as reader:
        content = reader.readall()
    if len(content) != reader.size:
        raise SealBroken
    return content


def _blocks(parts: Iterable[bytes]) -> Iterable[tuple[bytes, bool]]:
    waiting = bytearray()
    for part in parts:
        waiting += part
        while len(waiting) > BLOCK:  # not >=: what is left may be the last block
            yield bytes(waiting[:BLOCK]), False
            del waiting[:BLOCK]
    yield bytes(waiting), True


def _place(place: str, number: int, last: bool) -> bytes:
    return f"{place}|{number}|{'last' if last else 'more'}".encode()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
