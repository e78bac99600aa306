from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_app.mail.message import BadAddress, BadHeader, Envelope, message_id
from tests.mail.conftest import MakeEnvelope


def parsed(message: bytes) -> EmailMessage:
    mail = message_from_bytes(message, _class=EmailMessage, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def text_of(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n")


def test_a_japanese_mail_reads_back_as_it_was_written(envelope: MakeEnvelope) -> None:
    """The individual reads what was approved: not a box, not a changed name (U+FA19, 髙, 𠮷)."""
    mail = parsed(envelope(subject="見本市からのお知らせ", text="髙橋 \ufa19一 様\n𠮷田様方\n").as_bytes())

    assert mail["Subject"] == "見本市からのお知らせ"
    assert mail["To"] == "user0000001@example.jp"
    assert mail.get_content_type() == "text/plain"
    assert text_of(mail) == "髙橋 \ufa19一 様\n𠮷田様方\n"
    assert not mail.defects


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=200))
def test_any_subject_survives_and_no_line_is_too_long(subject: str) -> None:
    """Relays cut or refuse long header lines; RFC 2047 allows 76 characters where words are encoded."""
    message = Envelope(
        "a@example.jp", "b@example.jp", subject, "", "<1@example.jp>", datetime(2026, 6, 1, tzinfo=UTC)
    ).as_bytes()
    head = message.partition(b"\r\n\r\n")[0]

    assert parsed(message)["Subject"] == subject.strip() or parsed(message)["Subject"] == subject
    assert max(map(len, head.split(b"\r\n"))) <= 76
    assert message.isascii()


@pytest.mark.parametrize("text", ["", "一行\r\n二行\n三行\r四行", "あ" * 5000], ids=["empty", "ends", "long"])
def test_the_body_fits_every_relay(envelope: MakeEnvelope, text: str) -> None:
    """Lines over 998 octets and bare line feeds are what relays break mails at."""
    message = envelope(text=text).as_bytes()

    assert max(map(len, message.split(b"\r\n"))) <= 76
    assert b"\n" not in message.replace(b"\r\n", b"")
    assert text_of(parsed(message)) == text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("mark", ["\r\n", "\n", "\r", "\0", "\u2028", "\x85"])
def test_a_subject_cannot_smuggle_in_a_header(envelope: MakeEnvelope, mark: str) -> None:
    """A line break in a subject would let anybody add recipients to an official mail."""
    with pytest.raises(BadHeader) as refused:
        envelope(subject=f"お知らせ{mark}Bcc: everybody@example.jp")

    assert "件名" in refused.value.ja
    assert "everybody" not in str(refused.value)


@pytest.mark.parametrize("field", ["sender", "to", "reply_to"])
@pytest.mark.parametrize(
    "address",
    [
        "",
        "なし",
        "user＠example.jp",
        "user@@example.jp",
        "a b@example.jp",
        "a@example.jp, b@example.jp",
        "a@example.jp\r\nBcc: b@example.jp",
        "a@example.jp\n",
        "a@example.jp\0",
        "<a@example.jp>",
        "a..b@example.jp",
        "a@-example.jp",
        "a@見本.jp",
        "a" * 65 + "@example.jp",
        "a@" + "b." * 130 + "jp",
    ],
)
def test_only_one_plain_address_is_accepted(envelope: MakeEnvelope, field: str, address: str) -> None:
    """One message per person; and what is refused is a person's address, so it is not repeated."""
    with pytest.raises(BadAddress) as refused:
        envelope(**{field: address, "message_id": "<1@example.jp>"})

    assert not address or address not in str(refused.value)
    assert refused.value.ja
    assert refused.value.en


def test_a_mailbox_on_this_machine_is_an_address(envelope: MakeEnvelope) -> None:
    """The demonstration sends from incident-app@localhost."""
    assert b"From: incident-app@localhost\r\n" in envelope(sender="incident-app@localhost").as_bytes()


@pytest.mark.parametrize("value", ["", "1@example.jp", "<1@example.jp>\r\nBcc: x@example.jp", "<a b@c>"])
def test_a_malformed_message_id_is_refused(envelope: MakeEnvelope, value: str) -> None:
    """By its Message-ID a second copy is recognised, so it must arrive as it was made."""
    with pytest.raises(BadHeader):
        envelope(message_id=value)


def test_a_text_that_no_encoding_carries_is_refused_at_once(envelope: MakeEnvelope) -> None:
    """Found while sending, it would stop the mails of everybody behind it."""
    with pytest.raises(BadHeader):
        envelope(text="見本\ud842")


def test_a_date_without_time_zone_is_refused(envelope: MakeEnvelope) -> None:
    """The hour of a notice is evidence; nine hours' doubt is not."""
    with pytest.raises(BadHeader):
        envelope(date=datetime(2026, 6, 1))  # noqa: DTZ001 -- that is what is refused


def test_the_headers_say_when_by_whom_and_that_a_machine_wrote(envelope: MakeEnvelope) -> None:
    """Answers go to the enquiry desk, and holiday replies go nowhere."""
    tokyo = timezone(timedelta(hours=9))
    mail = parsed(
        envelope(reply_to="desk@city.example.jp", date=datetime(2026, 6, 1, 9, tzinfo=tokyo)).as_bytes()
    )

    assert mail["Date"] == "Mon, 01 Jun 2026 09:00:00 +0900"
    assert mail["Reply-To"] == "desk@city.example.jp"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Bcc"] is None
    assert "Auto-Submitted" not in parsed(envelope(automatic=False).as_bytes())


def test_the_same_mail_keeps_its_message_id() -> None:
    """After a crash the message in doubt goes again; the copy must be recognisable as one."""
    assert message_id(b"secret", "2026-0001", 17) == message_id(b"secret", "2026-0001", 17)


def test_another_mail_has_another_message_id() -> None:
    """And two persons' mails must never be taken for copies of each other."""
    ids = {
        message_id(b"secret", "ab", "c"),
        message_id(b"secret", "a", "bc"),
        message_id(b"secret", "abc"),
        message_id(b"secret", "ab", "c", ""),
        message_id(b"other", "ab", "c"),
    }

    assert len(ids) == 5


def test_a_message_id_can_be_sent(envelope: MakeEnvelope) -> None:
    """What message_id makes, Envelope takes, and the wire carries in one line."""
    made = message_id(b"secret", "2026-0001", "0000000001", "v1")

    assert parsed(envelope(message_id=made).as_bytes())["Message-ID"] == made


def test_an_envelope_does_not_show_its_content_in_logs(envelope: MakeEnvelope) -> None:
    """A traceback in a log must not hold an affected individual's address."""
    assert "user0000001" not in repr(envelope())
