"""Reports of mail servers: which message, whether it is final, and nothing else is believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_app.mail.bounces import LARGEST_REPORT, Report, read_report

OURS = "<12.abcdef@incident-app.invalid>"


def dsn(
    message_id: str = OURS, *, action: str = "failed", status: str = "5.1.1", headers_only: bool = True
) -> bytes:
    """A report as a mail server writes it (RFC 3464)."""
    quoted = f"From: office@example.jp\r\nTo: nobody@example.jp\r\nMessage-ID: {message_id}\r\nSubject: x\r\n"
    kind = "text/rfc822-headers" if headers_only else "message/rfc822"
    return (
        "From: MAILER-DAEMON@example.jp\r\nTo: incident@example.jp\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="B"\r\n\r\n'
        "--B\r\nContent-Type: text/plain\r\n\r\nI could not deliver to nobody@example.jp.\r\n"
        "--B\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.jp\r\n\r\n"
        f"Final-Recipient: rfc822; nobody@example.jp\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 nobody@example.jp unknown\r\n\r\n"
        f"--B\r\nContent-Type: {kind}\r\n\r\n{quoted}\r\n{'' if headers_only else 'body'}\r\n--B--\r\n"
    ).encode()


@pytest.mark.parametrize("headers_only", [True, False])
def test_a_report_names_the_message_that_did_not_arrive(headers_only: bool) -> None:
    """Servers quote the whole message or its headers."""
    report = read_report(dsn(headers_only=headers_only))
    assert report == Report(OURS, "failed", "5.1.1")
    assert report.is_final and "nobody" not in repr(report)


@pytest.mark.parametrize(
    ("action", "status"),
    [("delayed", "4.4.1"), ("delivered", "2.0.0"), ("failed", "4.2.2"), ("relayed", "5.0.0")],
)
def test_only_a_permanent_failure_is_final(action: str, status: str) -> None:
    """A full mailbox may be empty tomorrow; a relay that passes a mail on has not failed."""
    report = read_report(dsn(action=action, status=status))
    assert report is not None and not report.is_final


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\x00\xff" * 50,
        b"Subject: I am on holiday\r\nAuto-Submitted: auto-replied\r\n\r\nBack on Monday.",
        dsn().replace(b"Message-ID", b"X-Other"),
        dsn().replace(b"Status: 5.1.1", b"Status: bad"),
        dsn().replace(b"multipart/report", b"multipart/mixed"),
        dsn().replace(b"--B", b"--C"),
        dsn() + b" " * LARGEST_REPORT,
    ],
)
def test_what_is_no_report_is_none(mail: bytes) -> None:
    """Holiday replies, damaged mails, something huge."""
    assert read_report(mail) is None


def test_a_report_about_two_messages_is_not_guessed_at() -> None:
    """Our messages have one recipient each."""
    part = b"--B\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <13.x@incident-app.invalid>\r\n\r\n--B--"
    assert read_report(dsn().replace(b"--B--", part)) is None


@given(st.binary(max_size=400), st.integers(0, 900), st.integers(0, 60))
def test_no_mail_from_outside_makes_it_stumble(noise: bytes, at: int, cut: int) -> None:
    """Whatever a stranger sends to the office's address."""
    whole = dsn()
    read_report(whole[:at] + noise + whole[at + cut :])
