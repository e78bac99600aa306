"""Files full of personal data: whole or absent, unreadable to others, and every change is noticed."""

import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_app.domain import sealed_file
from incident_app.domain.sealed_file import BLOCK, SealedReader, read_sealed, write_sealed
from incident_app.domain.sealing import Seal, SealBroken

SEAL = Seal(b"k" * 32)
STEP = BLOCK + 28


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "file"


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
def test_what_went_in_comes_out(file: Path, size: int) -> None:
    """At the edges of the blocks, too."""
    content = os.urandom(size)
    assert write_sealed(file, SEAL, "run|1", [content[:7], content[7:]]) == size
    assert read_sealed(file, SEAL, "run|1") == content
    assert file.stat().st_mode & 0o777 == 0o600
    assert [kept.name for kept in file.parent.iterdir()] == ["file"]


@given(st.lists(st.tuples(st.integers(0, 70), st.integers(0, 30)), max_size=10))
def test_any_piece_can_be_read_by_itself(seeks: list[tuple[int, int]]) -> None:
    """A spreadsheet is read from its end, so the reader goes back and forth."""
    content = bytes(range(64))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed_file, "BLOCK", 10)
        patch.setattr(sealed_file, "_STEP", 10 + 28)
        path = Path(tempfile.mkdtemp()) / "file"
        write_sealed(path, SEAL, "x", [content])
        plain = io.BytesIO(content)
        with SealedReader(path, SEAL, "x") as reader:
            for position, length in seeks:
                assert reader.seek(position) == plain.seek(position)
                buffered = b""
                while len(buffered) < length and (piece := reader.read(length - len(buffered))):
                    buffered += piece
                assert buffered == plain.read(length)
            assert reader.seek(-4, os.SEEK_END) == 60 and reader.read(4) == content[-4:]
        shutil.rmtree(path.parent)


def cut_tail(data: bytes) -> bytes:
    return data[:STEP]


def swap_blocks(data: bytes) -> bytes:
    return data[STEP : 2 * STEP] + data[:STEP] + data[2 * STEP :]


def leave_out(data: bytes) -> bytes:
    return data[:STEP] + data[2 * STEP :]


def one_bit(data: bytes) -> bytes:
    return data[:100] + bytes([data[100] ^ 1]) + data[101:]


@pytest.mark.parametrize("damage", [cut_tail, swap_blocks, leave_out, one_bit])
def test_a_file_that_was_touched_does_not_open(file: Path, damage: object) -> None:
    """A run that lacks its last letters must not pass for whole."""
    assert callable(damage)
    write_sealed(file, SEAL, "run|1", [bytes(2 * BLOCK + 5)])
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(SealBroken):
        read_sealed(file, SEAL, "run|1")


def test_a_file_in_another_s_place_does_not_open(file: Path) -> None:
    """The letters of one run under the name of another."""
    write_sealed(file, SEAL, "run|1", [b"letters"])
    with pytest.raises(SealBroken):
        read_sealed(file, SEAL, "run|2")


def test_a_failure_in_the_middle_leaves_nothing_and_keeps_what_was_there(file: Path) -> None:
    """The disk is full, or the process is told to stop: whole or absent."""
    write_sealed(file, SEAL, "run|1", [b"first"])

    def parts() -> Iterator[bytes]:
        yield bytes(2 * BLOCK)
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_sealed(file, SEAL, "run|1", parts())
    assert read_sealed(file, SEAL, "run|1") == b"first"
    assert [kept.name for kept in file.parent.iterdir()] == ["file"]
