"""How the tests stand at a terminal."""

import os
import subprocess
import sys
from collections.abc import Callable

from click.testing import Result

from tests.cast import CITY, CONTRACTOR

Run = Callable[..., Result]
HIRE = ("user", "add", "--login", "hayashi@example.jp", "--name", "林 優子", "--organisation", CONTRACTOR)
PASSWORD = ("--password", "a long enough password")
ROLE = ("--contract", "MN-2027-001", "--role", "worker", "--from", "2027-04-01", "--until", "2027-09-30")
LEASE = (
    *("contract", "add", "--number", "MN-2027-001", "--name", "封入業務委託"),
    *("--client", CITY, "--contractor", CONTRACTOR, "--from", "2027-04-01", "--until", "2028-03-31"),
)


def a_process(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `incident …` as a terminal does."""
    command = [sys.executable, "-c", "from incident_app.cli import main; main()", *arguments]
    return subprocess.run(
        command, env=os.environ | more, capture_output=True, text=True, timeout=60, check=False
    )


def speaks_both(words: str) -> bool:
    ja, _, en = words.strip().partition(" / ")
    return not ja.isascii() and len(en) > 10
