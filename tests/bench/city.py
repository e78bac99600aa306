"""A whole city's letters: from the sealed database to sealed runs on disk, with two printers side by side.

460,517 is how many persons stood on one USB memory that a contractor lost in 2022. The clock's time, and the memory of
all processes at their peaks.
"""

import json
import multiprocessing
import resource
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence

from sqlalchemy import func, select

from incident_app.config import Settings, read_settings, system_clock
from incident_app.domain.base import connect_database
from incident_app.domain.individual import Particulars
from incident_app.domain.notice import PrintRun
from incident_app.domain.work import open_sessions
from incident_app.services import schema
from incident_app.workers.printing import Printer
from tests.bench._cases import release
from tests.bench.letters import iter_people
from tests.services.stories import LETTERS

CITY = 460_517
PRINTERS = 2


def main(options: Sequence[str] = ()) -> None:
    """Measure on SQLite: planning, then printing."""
    parser = ArgumentParser(prog="./run bench city")
    parser.add_argument("--letters", type=int, default=CITY)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    chosen = parser.parse_args(options)
    spawn = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, spawn.Pool(1) as preparing:
        settings = _settings(folder)
        preparing.apply(_prepare, (folder, chosen.letters))
        preparing.close()
        began = time.perf_counter()
        with spawn.Pool(1) as planning:
            memory = planning.apply(_plan, (folder,))
        planned = time.perf_counter()
        with spawn.Pool(PRINTERS) as printers:
            memories = printers.map(_print, [folder] * PRINTERS, chunksize=1)
        ended = time.perf_counter()
        with open_sessions(connect_database(settings.database), settings.master_key)() as session:
            letters, runs = session.execute(select(func.sum(PrintRun.letters), func.count())).one()
        size = sum(file.stat().st_size for file in settings.sealed_folder.rglob("*") if file.is_file())
    assert letters == chosen.letters, f"{letters} letters were printed"
    peak = max(memory, sum(memories))
    print(f"  {letters:,} letters in {runs:,} runs, {size / letters:,.0f} bytes each")
    print(f"  planned in {planned - began:.1f} s, printed in {ended - planned:.1f} s by {PRINTERS} printers")
    print(
        f"  {letters / (ended - began):,.0f} letters a second over all; peak memory of all processes {peak} MB"
    )
    if chosen.json:
        found = {"letters": letters, "seconds": round(ended - began, 1), "peak_memory_mb": peak}
        print(json.dumps(found))


def _settings(folder: str) -> Settings:
    return read_settings({"INCIDENT_DATA": folder, "INCIDENT_PUBLIC_URL": "https://www.example.lg.jp"})


def _prepare(folder: str, letters: int) -> None:
    settings = _settings(folder)
    schema.upgrade(settings.database)
    engine = connect_database(settings.database)
    release(open_sessions(engine, settings.master_key, settings.public_url), LETTERS, _people(letters))
    engine.dispose()


def _people(count: int) -> Iterator[Particulars]:
    people = iter_people(3)
    for number in range(count):
        (who,) = people(1)
        yield Particulars(
            f"{number:010d}",
            who["name"],
            "カクウ　タロウ",
            None,
            who["postal_code"],
            tuple(who["address_lines"]),
            "",
            None,
            tuple(who["items"]),
            None,
            False,
        )


def _printer(folder: str) -> Printer:
    settings = _settings(folder)
    engine = connect_database(settings.database)
    return Printer(open_sessions(engine, settings.master_key, settings.public_url), system_clock, settings)


def _plan(folder: str) -> int:
    _printer(folder).plan()
    return _memory()


def _print(folder: str) -> int:
    printer = _printer(folder)
    while printer.print_one() is not None:
        pass
    return _memory()


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
