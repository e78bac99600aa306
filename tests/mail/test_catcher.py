import socket
from pathlib import Path

import pytest

from incident_app.mail.catcher import catch
from incident_app.mail.folder import MailFolder
from incident_app.mail.smtp import SmtpSettings, probe
from tests.mail.conftest import Ledger, MakeEnvelope, send_all


def test_the_catcher_shows_what_the_sender_sent(
    tmp_path: Path, envelope: MakeEnvelope, ledger: Ledger
) -> None:
    """The whole way of the demonstration: sender, SMTP, folder, page."""
    folder = MailFolder(tmp_path)
    with catch("127.0.0.1", 0, folder) as server:
        settings = SmtpSettings("127.0.0.1", server.port, timeout=5)
        send_all(settings, [envelope(subject="第一報"), envelope()], ledger.on_result, ledger.before_each)

    assert ledger.states == ["accepted", "accepted"]
    assert ledger.outcomes[0].reply == "2.0.0 kept as 000001.eml"
    assert [mail.subject for mail in folder.read()][1] == "第一報"


def test_a_full_disk_is_said_to_the_sender(tmp_path: Path, envelope: MakeEnvelope, ledger: Ledger) -> None:
    """A message is accepted only when it lies safely on the disk."""
    folder = MailFolder(tmp_path / "mail")
    (tmp_path / "mail").rmdir()
    with catch("127.0.0.1", 0, folder) as server:
        settings = SmtpSettings("127.0.0.1", server.port, timeout=5)
        send_all(settings, [envelope()], ledger.on_result, ledger.before_each)

    assert (ledger.outcomes[0].state, ledger.outcomes[0].code) == ("temporary", 452)


def test_the_catcher_stops_while_somebody_still_talks(tmp_path: Path) -> None:
    """Ctrl-C ends the demonstration at once; a forgotten connection does not hold it."""
    with catch("127.0.0.1", 0, MailFolder(tmp_path)) as server:
        idle = socket.create_connection(("127.0.0.1", server.port), 5)
        assert idle.recv(100).startswith(b"220")
    with idle:
        assert idle.recv(100) == b""

    assert probe(SmtpSettings("127.0.0.1", server.port, timeout=5)).state == "temporary"


def test_a_taken_port_is_said_at_the_start(tmp_path: Path) -> None:
    """Two demonstrations on one machine: the second says so."""
    folder = MailFolder(tmp_path)
    with catch("127.0.0.1", 0, folder) as first:
        second = catch("127.0.0.1", first.port, folder)

        with pytest.raises(OSError, match="address already in use"):
            second.__enter__()
