"""How many notices a second leave by mail, the whole way: sealed rows, template, strict ledger, relay.

The anchor is `smtp-source`, a sender in C that makes one message up and keeps no ledger, with as many connections and
messages of the same size, to the same `smtp-sink` on this machine. The other end of the scale is the textbook:
EmailMessage and aiosmtplib's send_message over one connection, with a commit for each message.
"""

import asyncio
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from socket import create_connection, socket
from statistics import median

from aiosmtplib import SMTP
from sqlalchemy import Engine, func, select

from incident_app.config import Settings, read_settings, system_clock
from incident_app.domain.base import connect_database
from incident_app.domain.individual import Particulars
from incident_app.domain.notice import SENT, Delivery
from incident_app.domain.work import open_sessions
from incident_app.services import schema
from incident_app.workers.deliver import Courier
from tests.bench._cases import release
from tests.services.stories import MAILS

CONNECTIONS = 16
ROUNDS = 3
TEXTBOOK = 300
_HOW_TO_GET_IT = "smtp-source and smtp-sink are not here: apt-get install postfix (it need not run)"


def main(options: Sequence[str] = ()) -> None:
    """Measure on SQLite, side by side."""
    parser = ArgumentParser(prog="./run bench mail")
    parser.add_argument("--mails", type=int, default=5_000, help="in each round")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    chosen = parser.parse_args(options)
    if not _tool("smtp-source"):
        print(_HOW_TO_GET_IT)
        return
    anchors, ours, textbook = [], [], []
    with tempfile.TemporaryDirectory() as folder, _sink() as port:
        for number in range(ROUNDS):
            place = Path(folder) / str(number)
            place.mkdir()
            rate, size = _the_whole_way(place, port, chosen.mails)
            ours.append(rate)
            anchors.append(_anchor(port, chosen.mails, size))
            textbook.append(_by_the_book(place, port, size))
    rate, anchor, book = median(ours), median(anchors), median(textbook)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"  {CONNECTIONS} connections, messages of {size:,} bytes, SQLite with synchronous=FULL")
    print(f"  smtp-source {anchor:,.0f}/s, ours {rate:,.0f}/s, textbook {book:,.0f}/s")
    print(f"  × {rate / anchor:.2f} of smtp-source, × {rate / book:.1f} of the textbook")
    print(f"peak memory {memory} MB")
    if chosen.json:
        found = {"smtp_source": anchor, "ours": rate, "textbook": book, "peak_memory_mb": memory}
        print(json.dumps({name: round(value) for name, value in found.items()}))


def _the_whole_way(place: Path, port: int, mails: int) -> tuple[float, int]:
    """Return messages a second, and the size of one."""
    settings = read_settings(
        {
            "INCIDENT_DATA": str(place),
            "INCIDENT_SENDER": "incident@example.jp",
            "INCIDENT_SMTP_PORT": str(port),
            "INCIDENT_SMTP_CONNECTIONS": str(CONNECTIONS),
        }
    )
    schema.upgrade(settings.database)
    engine = connect_database(settings.database)
    try:
        return _timed_courier(engine, settings, mails)
    finally:
        engine.dispose()


def _timed_courier(engine: Engine, settings: Settings, mails: int) -> tuple[float, int]:
    sessions = open_sessions(engine, settings.master_key, settings.public_url)
    release(sessions, MAILS, map(_somebody, range(mails)))
    began = time.perf_counter()
    Courier(sessions, system_clock, settings).round()
    rate = mails / (time.perf_counter() - began)
    with sessions() as session:
        sent = session.scalar(select(func.count()).where(Delivery.state == SENT))
    assert sent == mails, f"{sent} of {mails} went out"
    return rate, 3_200


def _somebody(number: int) -> Particulars:
    return Particulars(
        f"{number:010d}",
        f"架空　{number}子",
        f"カクウ　{number}コ",
        None,
        "100-0001",
        ("架空県架空市中央1-1",),
        "",
        f"user{number:07d}@example.jp",
        ("氏名", "住所", "税額"),
        None,
        False,
    )


def _anchor(port: int, mails: int, size: int) -> float:
    command = [_tool("smtp-source"), "-s", str(CONNECTIONS), "-m", str(mails), "-l", str(size), "-d"]
    where = ["-f", "incident@example.jp", "-t", "user@example.jp", f"127.0.0.1:{port}"]
    began = time.perf_counter()
    subprocess.run([*command, *where], check=True)
    return mails / (time.perf_counter() - began)


def _by_the_book(place: Path, port: int, size: int) -> float:
    ledger = sqlite3.connect(place / "book.db", isolation_level=None)
    ledger.execute("PRAGMA journal_mode=WAL")
    ledger.execute("PRAGMA synchronous=FULL")
    ledger.execute("CREATE TABLE sent (id INTEGER PRIMARY KEY, state TEXT)")

    async def send() -> None:
        async with SMTP(hostname="127.0.0.1", port=port) as client:
            for number in range(TEXTBOOK):
                mail = EmailMessage()
                mail["From"], mail["To"] = "incident@example.jp", f"user{number:07d}@example.jp"
                mail["Subject"] = "個人情報の漏えい等に関するお詫びとお知らせ"
                mail.set_content("架空の通知です。" * (size // 24))
                await client.send_message(mail)
                ledger.execute("INSERT INTO sent (state) VALUES ('sent')")

    began = time.perf_counter()
    asyncio.run(send())
    ledger.close()
    return TEXTBOOK / (time.perf_counter() - began)


@contextmanager
def _sink() -> Iterator[int]:
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    sink = subprocess.Popen([_tool("smtp-sink"), *user, f"127.0.0.1:{port}", "1000"])
    try:
        for _ in range(100):
            try:
                create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        sink.terminate()
        sink.wait()


def _tool(name: str) -> str:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/lib/postfix/sbin") or ""
