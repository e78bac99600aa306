"""Reading a list takes as long as writing it, so a large one is read by a process of its own while we write."""

import gc
import os
import pickle
import subprocess
import sys
from collections.abc import Generator
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import IO, cast

from incident_app.domain.errors import Refused
from incident_app.services.listing import KeptList
from incident_app.services.packing import Chunk, read_chunks

LARGE = 1 << 25
"""Bytes of a list that is worth a process, which takes a second to begin."""
_PACKAGES = Path(__file__).parents[2]


def chunks_of(kept: KeptList, on: date, at_once: int) -> Generator[Chunk]:
    """Yield what read_chunks yields. Raises RosterRefused, NotFound, SealBroken, or Refused in their words."""
    return _read_apart(kept, on, at_once) if kept.size > LARGE else read_chunks(kept, on, at_once)


def _read_apart(kept: KeptList, on: date, at_once: int) -> Generator[Chunk]:
    # Not a fork, which would copy locks that other threads of a web server hold; and not multiprocessing, whose
    # processes begin by reading whatever program this one is.
    with subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", __name__],
        env=os.environ | {"PYTHONPATH": str(_PACKAGES)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for us to hear; the reader ends with us
    ) as reader:
        orders, answers = cast(tuple[IO[bytes], IO[bytes]], (reader.stdin, reader.stdout))
        try:
            pickle.dump((kept, on, at_once), orders)  # the key never stands on a command line
            orders.close()
            while answer := pickle.load(answers):  # noqa: S301 - our own process
                if isinstance(answer, Refused):
                    raise answer
                yield answer
        except (EOFError, pickle.UnpicklingError, BrokenPipeError):
            raise Refused(
                "名簿を読む処理が途中で終わりました。メモリの空きを確かめ、もう一度お試しください。",
                "Reading the list ended halfway. Check that there is memory left, then try again.",
            ) from None
        finally:
            reader.kill()


def _show_kind(kind: type[BaseException], _: BaseException, __: TracebackType | None) -> None:
    """The words of a fault may hold a person's name."""
    sys.stderr.write(f"reading a list: {kind.__name__}\n")


def _answer() -> None:
    """Read the list that is asked for on standard input; answer with its chunks, then None or a refusal."""
    sys.excepthook = _show_kind
    gc.disable()  # millions of tuples, none of them in a ring: looking for rings takes a fifth of the time
    kept, on, at_once = pickle.load(sys.stdin.buffer)  # noqa: S301 - from _read_apart
    with suppress(BrokenPipeError):  # whoever asked is gone
        try:
            for chunk in read_chunks(kept, on, at_once):
                pickle.dump(chunk, sys.stdout.buffer)
            pickle.dump(None, sys.stdout.buffer)
        except Refused as refusal:
            pickle.dump(Refused(refusal.ja, refusal.en), sys.stdout.buffer)
        sys.stdout.flush()


if __name__ == "__main__":
    _answer()
