from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from threading import Barrier

import pytest

from incident_app.mail.folder import MailFolder
from tests.mail.conftest import MakeEnvelope


def test_a_kept_mail_reads_back_in_full(tmp_path: Path, envelope: MakeEnvelope) -> None:
    """The mail page shows exactly what an individual would get."""
    folder = MailFolder(tmp_path / "mail")

    folder.keep(envelope(reply_to="desk@city.example.jp").as_bytes())

    (mail,) = folder.read()
    assert mail.name == "000001.eml"
    assert mail.sender == "incident@city.example.jp"
    assert mail.to == "user0000001@example.jp"
    assert mail.subject == "【見本市】個人情報の漏えいに関するお詫びとお知らせ"
    assert mail.date == datetime(2026, 6, 1, 3, 4, 5, tzinfo=UTC)
    assert mail.text == "見本市です。\n髙橋 さくら 様\n"


def test_the_newest_mail_comes_first(tmp_path: Path, envelope: MakeEnvelope) -> None:
    """Also when it is read by another process than wrote it, and after the hundred thousandth."""
    writer = MailFolder(tmp_path)
    for number in range(3):
        writer.keep(envelope(subject=f"第{number}報").as_bytes())
    (tmp_path / "1000000.eml").write_bytes(envelope(subject="第1000000報").as_bytes())

    subjects = [mail.subject for mail in MailFolder(tmp_path).read()]

    assert subjects == ["第1000000報", "第2報", "第1報", "第0報"]


def test_writers_side_by_side_never_replace_each_other(tmp_path: Path, envelope: MakeEnvelope) -> None:
    """The worker and the catcher may write at the same moment; each mail is evidence."""
    for number in range(1, 500):  # a full folder takes long enough to look through for them to meet
        (tmp_path / f"{number:06d}.eml").touch()
    messages = [envelope(subject="", text=str(number)).as_bytes() for number in range(40)]
    together = Barrier(8)

    def keep(message: bytes) -> str:
        together.wait(10)
        return MailFolder(tmp_path).keep(message)

    with ThreadPoolExecutor(8) as pool:
        names = list(pool.map(keep, messages))

    assert len(set(names)) == 40
    kept = islice(MailFolder(tmp_path).read(), 40)
    assert sorted(int(mail.text) for mail in kept) == list(range(40))


def test_no_half_written_mail_is_left_or_shown(tmp_path: Path, envelope: MakeEnvelope) -> None:
    """What a crash leaves behind is not a message."""
    folder = MailFolder(tmp_path)
    folder.keep(envelope().as_bytes())
    (tmp_path / ".new-left-over").write_bytes(b"From: half")

    assert len(list(folder.read())) == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == [".new-left-over", "000001.eml"]


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\xff\xfe\x00junk",
        b"Date: yesterday\r\nSubject: =?utf-8?B?!!?=\r\n\r\nx",
        b"Content-Type: text/plain; charset=nowhere\r\n\r\nx",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
        b"From: \r\nTo: a@, <\r\n\r\n\xff",
    ],
)
def test_junk_in_the_folder_does_not_hide_the_mails(
    tmp_path: Path, envelope: MakeEnvelope, junk: bytes
) -> None:
    """The catcher takes anything; the page must still open."""
    folder = MailFolder(tmp_path)
    folder.keep(junk)
    folder.keep(envelope(subject="本物").as_bytes())

    mails = list(folder.read())

    assert len(mails) == 2
    assert mails[0].subject == "本物"
