"""How long a city's list takes to be on record: received, validated, sealed row by row, indexed by keyed marks.

The anchor is `.import` of the sqlite3 shell, in C: the same rows in UTF-8 into one table of texts without an index,
nothing validated and nothing sealed.
"""

import csv
import json
import multiprocessing
import random
import shutil
import subprocess
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from incident_app.config import system_clock
from incident_app.domain.base import connect_database
from incident_app.domain.work import Actor, begin_work, open_sessions
from incident_app.services import schema
from incident_app.services.importing import import_list
from incident_app.services.listing import receive_list
from tests.bench.deadlines import databases
from tests.builders import a_bare_incident, the_person
from tests.cast import TANAKA, seat
from tests.roster.city_export import HEADINGS, SPOILERS, a_resident

SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 3
FAULTY = 0.06
_HOW_TO_GET_IT = "sqlite3 is not here: apt-get install sqlite3"
_FAMILIES = dict(
    zip(
        ["架空", "見本", "仮名", "例田", "試村", "模木"],
        ["カクウ", "ミホン", "カメイ", "レイダ", "タメムラ", "モギ"],
        strict=True,
    )
)
_GIVEN = dict(
    zip(
        ["一", "花", "健", "咲", "蓮", "結", "翔", "葵", "凜", "悠"],
        ["ハジメ", "ハナ", "ケン", "サキ", "レン", "ユイ", "ショウ", "アオイ", "リン", "ユウ"],
        strict=True,
    )
)
_ITEMS = ["氏名", "住所", "生年月日", "電話番号", "税額", "口座情報", "性別"]


def main(options: Sequence[str] = ()) -> None:
    """Measure SQLite beside its anchor, and PostgreSQL where INCIDENT_TEST_POSTGRES names one."""
    parser = ArgumentParser(prog="./run bench import")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="rows, growing")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    chosen = parser.parse_args(options)
    if not shutil.which("sqlite3"):
        print(_HOW_TO_GET_IT)
        return
    with tempfile.TemporaryDirectory() as folder:
        rows = [measure(Path(folder), size, chosen.rounds) for size in chosen.sizes]
    growth = rows[-1]["us_per_row"] / rows[0]["us_per_row"]
    print(f"  cost of a row from {chosen.sizes[0]:,} to {chosen.sizes[-1]:,} rows: × {growth:.2f}")
    if chosen.json:
        print(json.dumps({"rows": rows, "growth": round(growth, 2)}))


def measure(folder: Path, size: int, rounds: int) -> dict[str, Any]:
    """Time one size side by side: whatever else the machine does meanwhile slows both."""
    file, utf8 = folder / f"{size}.csv", folder / f"{size}.utf8.csv"
    persons = write_list(file, size)
    utf8.write_bytes(file.read_bytes().decode("cp932").encode())
    anchors: list[float] = []
    found: dict[str, list[dict[str, float]]] = {}
    for _ in range(rounds):
        anchors.append(_anchor(utf8, folder / "anchor.db"))
        for name, url in databases():
            found.setdefault(name, []).append(_in_a_process(url, file, persons))
    anchor = median(anchors)
    row: dict[str, Any] = {"size": size, "anchor_s": round(anchor, 3)}
    for name, times in found.items():
        seconds = median(time["seconds"] for time in times)
        memory = max(time["memory_mb"] for time in times)
        print(
            f"  {name:<10} {size:>9,} rows: {seconds:7.2f} s, {size / seconds:>7,.0f}/s, .import {anchor:6.2f} s,"
            f" 1/{seconds / anchor:.1f}, peak memory {memory:.0f} MB"
        )
        row[name] = {
            "s": round(seconds, 2),
            "memory_mb": round(memory),
            "to_anchor": round(anchor / seconds, 3),
        }
    row["us_per_row"] = row["sqlite"]["s"] / size * 1e6
    return row


def write_list(file: Path, rows: int, seed: int = 1) -> int:
    """Write a city's list in CP932, a few of its rows with the usual faults; returns how many persons are in it."""
    rng = random.Random(seed)  # noqa: S311 -- repeatable, not secret
    broken = 0
    with file.open("w", encoding="cp932", newline="") as out:
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(HEADINGS)
        for number in range(1, rows + 1):
            cells = _somebody(number, rng)
            if rng.random() < FAULTY:
                fault = rng.choice(list(SPOILERS))
                broken += fault == "broken_row"
                cells = SPOILERS[fault](rng, cells)
            writer.writerow(cells)
    return rows - broken


def _somebody(number: int, rng: random.Random) -> list[str]:
    family, kana = rng.choice(list(_FAMILIES.items()))
    (first, first_kana), (second, second_kana) = rng.choices(list(_GIVEN.items()), k=2)
    return a_resident(
        number,
        氏名=f"{family}　{first}{second}",
        フリガナ=f"{kana}　{first_kana}{second_kana}",
        生年月日=f"昭和{rng.randrange(5, 64)}年{rng.randrange(1, 13)}月{rng.randrange(1, 29)}日",
        郵便番号=f"010-{rng.randrange(10_000):04}",
        住所=f"秋田県秋田市見本町{rng.randrange(1, 100)}番{rng.randrange(1, 40)}号",
        方書=f"見本荘{rng.randrange(101, 999)}号" if rng.random() < 0.3 else "",
        電話番号=f"018-000-{rng.randrange(10_000):04}",
        漏えい項目="・".join(rng.sample(_ITEMS, rng.randrange(2, 6))),
    )


def _anchor(utf8: Path, database: Path) -> float:
    database.unlink(missing_ok=True)
    began = time.perf_counter()
    commands = [".mode csv", f".import {utf8} list"]
    subprocess.run(["sqlite3", database, *commands], stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def _in_a_process(url: str, file: Path, persons: int) -> dict[str, float]:
    """Import in a process of its own, so that its memory is its own, and watch what it and its helper take."""
    ours, its = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_import, args=(url, file, its))
    process.start()
    memory = 0.0
    while process.is_alive() and not ours.poll(0.3):
        memory = max(memory, sum(map(_memory, _family(process.pid or 0))))
    seconds, new = ours.recv()
    process.join()
    if new != persons:
        raise RuntimeError(f"{new} of {persons} persons are on record")
    return {"seconds": seconds, "memory_mb": memory / 1024}


def _import(url: str, file: Path, told: Any) -> None:
    schema.upgrade(url)
    engine = connect_database(url)
    sessions = open_sessions(engine, "a key that opens nothing outside the benchmark")
    with sessions.begin() as session:
        seat(session)
        actor = Actor(the_person(session, TANAKA).id, TANAKA.name)
    begin = partial(begin_work, sessions, system_clock, actor)
    with tempfile.TemporaryDirectory() as folder, file.open("rb") as opened:
        with begin() as work:
            incident = a_bare_incident(work)
        began = time.perf_counter()
        with begin() as work:
            list_id = receive_list(work, incident, Path(folder), opened, 1 << 40).id
        new = import_list(begin, list_id, Path(folder))
        told.send((time.perf_counter() - began, new))
    engine.dispose()


def _family(process: int) -> Iterator[int]:
    """Yield a process and those that it started."""
    yield process
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii")
    except OSError:
        return
    yield from map(int, children.split())


def _memory(process: int) -> int:
    """Return what a process takes in kB; what several share counts in parts (PSS)."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0  # gone, or going
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
