"""How long a sweep over 1,000 due deadlines takes, and that it does not grow with those that are not due.

The anchor is the least that a database must do for it: 1,000 rows updated by their primary key and 1,000 bare
rows inserted, in one transaction.
"""

import json
import os
import resource
import tempfile
import time
import uuid
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, Engine, delete, event, func, insert, literal, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from incident_app.domain.base import connect_database
from incident_app.domain.deadline import Deadline, Reminder
from incident_app.domain.work import THE_PROGRAM, Work, begin_work
from incident_app.services import schema
from incident_app.services.watching import sweep
from tests.builders import a_bare_incident
from tests.cast import seat

SIZES = (1_000, 10_000, 100_000, 1_000_000)
DUE = 1_000
ROUNDS = 5
NOW = datetime(2026, 11, 30, tzinfo=UTC)
INDEX = "ix_deadline_next_fire"
_INCIDENTS = 100
_BARE = "CREATE TABLE bare (deadline_id INTEGER NOT NULL, told VARCHAR NOT NULL)"


def main(options: Sequence[str] = ()) -> None:
    """Measure SQLite, and PostgreSQL where INCIDENT_TEST_POSTGRES names one."""
    parser = ArgumentParser(prog="./run bench deadlines")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="open deadlines, growing")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    chosen = parser.parse_args(options)
    found = {name: measure(url, chosen.sizes) for name, url in databases()}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory {memory} MB")
    if chosen.json:
        print(json.dumps({"databases": found, "peak_memory_mb": memory}))


def measure(url: str, sizes: Sequence[int]) -> dict[str, Any]:
    """Grow one database from size to size, and time the same sweep at each of them."""
    schema.upgrade(url)
    engine = connect_database(url)
    sessions = sessionmaker(engine)
    try:
        with begin_work(sessions, lambda: NOW, THE_PROGRAM) as work:
            _write_due(work)
        with engine.begin() as connection:
            connection.exec_driver_sql(_BARE)
        _sweep(sessions)  # statements are compiled once; the first size should not pay for it
        _set_back(engine)
        rows = [_at_size(engine, sessions, size) for size in sizes]
        plan = _plan_of_the_claim(engine, sessions)
    finally:
        engine.dispose()
    growth = rows[-1]["sweep_ms"] / rows[0]["sweep_ms"]
    print(f"  growth from {sizes[0]:,} to {sizes[-1]:,} open deadlines: × {growth:.2f}")
    print(f"  {INDEX} is {'used' if INDEX in plan else 'NOT USED'} by the claim:")
    print("\n".join(f"    {line}" for line in plan.splitlines()))
    return {"rows": rows, "growth": round(growth, 2), "index_used": INDEX in plan}


@contextmanager
def _postgres_database(cluster_url: str) -> Iterator[str]:
    name = f"bench_{uuid.uuid4().hex}"
    cluster = connect_database(cluster_url)
    try:
        with cluster.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
            try:
                yield cluster.url.set(database=name).render_as_string(hide_password=False)
            finally:
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        cluster.dispose()


def databases() -> Iterator[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        yield "sqlite", f"sqlite:///{Path(folder) / 'bench.db'}"
    if cluster_url := os.environ.get("INCIDENT_TEST_POSTGRES"):
        with _postgres_database(cluster_url) as url:
            yield "postgresql", url


def _write_due(work: Work) -> None:
    """Write the deadlines that fall overdue at this instant, over some incidents."""
    seat(work.session)
    incidents = [a_bare_incident(work, f"I-2026-{number:04}") for number in range(1, _INCIDENTS + 1)]
    work.session.flush()
    words = {"ja": "甲への第一報（速やかに）", "en": "First report to the client (promptly)"}
    due = {
        **{"name": "prompt_report", "label": words, "because": [words] * 4, "party": "contractor"},
        **{"article": "第16条第1項", "rule": "article16/v1 prompt_report", "statutory": False},
        **{"counted_from": NOW - timedelta(days=1), "due_at": NOW, "next_fire": NOW},
        **{"ladder": ["-4h", "+0h", "+24h", "+72h"], "calendar": "", "dropped_because": ""},
    }
    work.session.execute(
        insert(Deadline), [{**due, "incident_id": incidents[n % _INCIDENTS].id} for n in range(DUE)]
    )


def _at_size(engine: Engine, sessions: sessionmaker[Session], size: int) -> dict[str, Any]:
    with engine.begin() as connection:
        _fill(connection, size)
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE deadline")  # what its own housekeeping does in a while
    # Side by side: whatever else the machine does meanwhile slows both.
    anchors, sweeps = [], []
    for _ in range(ROUNDS):
        anchors.append(_timed(lambda: _anchor(engine)))
        _set_back(engine)
        sweeps.append(_timed(lambda: _sweep(sessions)))
        _set_back(engine)
    sweep_ms, anchor_ms = median(sweeps), median(anchors)
    print(
        f"  {engine.dialect.name} {size:>9,} open, {DUE:,} due: sweep {sweep_ms:7.1f} ms,"
        f" anchor {anchor_ms:6.1f} ms, × {sweep_ms / anchor_ms:.1f}"
    )
    return {
        "open": size,
        "sweep_ms": round(sweep_ms, 2),
        "anchor_ms": round(anchor_ms, 2),
        "times_anchor": round(sweep_ms / anchor_ms, 2),
    }


def _fill(connection: Connection, size: int) -> None:
    """Copy the due ones, with their next reminder in other years, until `size` are open."""
    table = Deadline.__table__
    columns = [column for column in table.columns if column.name != "id"]
    standing = connection.scalar(select(func.count()).select_from(table)) or 0
    for later in range(standing // DUE, size // DUE):
        fire = literal(NOW + timedelta(days=365, minutes=later), table.c.next_fire.type)
        copied = select(*(fire if column.name == "next_fire" else column for column in columns))
        connection.execute(insert(Deadline).from_select(columns, copied.where(table.c.id <= DUE)))


def _set_back(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(delete(Reminder))
        connection.execute(update(Deadline).where(Deadline.id <= DUE).values(next_fire=NOW))


def _sweep(sessions: sessionmaker[Session]) -> None:
    with begin_work(sessions, lambda: NOW, THE_PROGRAM) as work:
        claimed = sweep(work, DUE)
    if claimed != DUE:
        raise RuntimeError(f"{claimed} of {DUE} due deadlines were claimed")


def _anchor(engine: Engine) -> None:
    ids = [{"id": number, "at": str(NOW + timedelta(days=1))} for number in range(1, DUE + 1)]
    with engine.begin() as connection:
        connection.execute(text("UPDATE deadline SET next_fire = :at WHERE id = :id"), ids)
        connection.execute(text("INSERT INTO bare VALUES (:id, :at)"), ids)


def _timed(act: Callable[[], None]) -> float:
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1000


def _plan_of_the_claim(engine: Engine, sessions: sessionmaker[Session]) -> str:
    """Ask the database how it runs the very statement by which the sweep claims what is due."""
    said: list[tuple[str, Any]] = []

    def listen(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        if "next_fire <=" in statement:
            said.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", listen)
    _sweep(sessions)
    event.remove(engine, "before_cursor_execute", listen)
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    with engine.begin() as connection:
        plan = connection.exec_driver_sql(f"{explain} {said[0][0]}", said[0][1]).all()
    return "\n".join(str(row[-1]) for row in plan)
