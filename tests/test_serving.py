"""`incident serve`: several processes that begin together and end together."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import sessionmaker

from incident_app.domain.base import connect_database
from incident_app.domain.parties import Person
from incident_app.services.demo import PASSWORD

PATIENCE = 60
INCIDENT = [sys.executable, "-c", "from incident_app.cli import main; main()"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A machine of one's own, with two free ports."""
    chosen = {
        "INCIDENT_DATA": str(tmp_path / "data"),
        "INCIDENT_PORT": str(free_port()),
        "INCIDENT_SMTP_PORT": str(free_port()),
    }
    return os.environ | chosen


def refused(environment: dict[str, str], *options: str) -> str:
    """Start in vain; return what was said."""
    told = subprocess.run(
        [*INCIDENT, "serve", *options],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert told.returncode == 2, told.stderr
    assert "Traceback" not in told.stderr and PASSWORD not in told.stdout
    return told.stderr


@contextmanager
def serving(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The demonstration, from its first answer until the end of the block."""
    with log.open("wb") as file:
        server = subprocess.Popen([*INCIDENT, "serve", "--demo"], env=environment, stdout=file, stderr=file)
    try:
        give_up = time.monotonic() + PATIENCE
        while status(environment) != 200 or not catches_mail(environment):
            assert server.poll() is None and time.monotonic() < give_up, log.read_text(encoding="utf-8")
            time.sleep(0.1)
        yield server
    finally:
        server.terminate()
        server.wait(PATIENCE)


def status(environment: dict[str, str], path: str = "/sign-in") -> int:
    try:
        address = f"http://127.0.0.1:{environment['INCIDENT_PORT']}{path}"
        with urllib.request.urlopen(address, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return refusal.code
    except OSError:
        return 0


def children_of(process: int) -> list[int]:
    """All processes that descend from this one, in the order in which they began (Linux)."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        if (fields := fields_of(stat)) is not None:
            parents[int(stat.parent.name)] = int(fields[1])
    found = {process}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found - {process})


def catches_mail(environment: dict[str, str]) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", int(environment["INCIDENT_SMTP_PORT"])), 5) as mail:
            return mail.recv(4) == b"220 "
    except OSError:
        return False


def fields_of(stat: Path) -> list[str] | None:
    """Return state, parent … of a process; None when it has ended."""
    try:
        fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return fields if fields[0] != "Z" else None  # ended, and nobody has asked for its exit code


def parts_of(server: int) -> list[int]:
    """The mail catcher, the courier, the watch and the web server, without what they started themselves."""
    return [
        child
        for child in children_of(server)
        if (fields := fields_of(Path(f"/proc/{child}/stat"))) is not None
        and int(fields[1]) == server
        and b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def people_in(environment: dict[str, str]) -> int:
    engine = connect_database(f"sqlite:///{environment['INCIDENT_DATA']}/incident.db")
    try:
        with sessionmaker(engine)() as session:
            return session.scalar(select(func.count(Person.id))) or 0
    finally:
        engine.dispose()


def test_the_demonstration_starts_stops_and_starts_again(environment: dict[str, str], tmp_path: Path) -> None:
    """One command: pages, courier, watch and mail catcher; one signal: nothing of it is left."""
    log = tmp_path / "log"
    with serving(environment, log) as server:
        assert status(environment, "/") in (200, 302, 303)
        children = children_of(server.pid)
        assert len(children) >= 4
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0, log.read_text(encoding="utf-8")
        time.sleep(0.5)  # Python's own helper of all of them goes last
        assert [child for child in children if fields_of(Path(f"/proc/{child}/stat"))] == []
    said = log.read_text(encoding="utf-8")
    assert PASSWORD in said and f"http://127.0.0.1:{environment['INCIDENT_PORT']}" in said
    assert "Traceback" not in said and "Warning" not in said
    assert (Path(environment["INCIDENT_DATA"]) / "demo_list.csv").exists()

    seated = people_in(environment)
    with serving(environment, log):
        assert people_in(environment) == seated


def test_when_one_process_falls_all_end_and_the_reason_is_said(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """Pages without a worker would look well while no mail goes out."""
    log = tmp_path / "log"
    with serving(environment, log) as server:
        catcher, *_others = parts_of(server.pid)
        os.kill(catcher, signal.SIGKILL)
        assert server.wait(30) == 1
    assert "ended by itself: catcher" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", ["INCIDENT_PORT", "INCIDENT_SMTP_PORT"])
def test_a_port_that_is_taken_is_named_with_what_to_do(environment: dict[str, str], setting: str) -> None:
    """Before anything is written or printed that looks like a start."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        said = refused(environment | {setting: str(port)}, "--demo")
    assert f"127.0.0.1:{port}" in said and setting in said
    assert not (Path(environment["INCIDENT_DATA"]) / "incident.db").exists()


@pytest.mark.parametrize(
    ("options", "more"),
    [
        (("--demo", "--host", "0.0.0.0"), {}),  # noqa: S104 - refused
        (("--demo",), {"INCIDENT_HOST": "0.0.0.0"}),  # noqa: S104 - is refused
        (("--demo",), {"INCIDENT_SMTP_HOST": "0.0.0.0"}),  # noqa: S104 - is refused
        (("--host", "0.0.0.0"), {"INCIDENT_DEMO": "1"}),  # noqa: S104 - is refused
    ],
    ids=["option", "setting", "mail", "demo-by-setting"],
)
def test_a_demonstration_is_seen_from_nowhere_else(
    environment: dict[str, str], options: tuple[str, ...], more: dict[str, str]
) -> None:
    """Its passwords are printed in its own manual."""
    said = refused(environment | more, *options)
    assert "127.0.0.1" in said
    assert not (Path(environment["INCIDENT_DATA"]) / "incident.db").exists()
