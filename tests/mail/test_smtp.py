import socket
import threading
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from aiosmtpd.smtp import AuthResult

from incident_app.mail.sending import Outcome
from incident_app.mail.smtp import SmtpSettings, probe
from tests.mail.conftest import Certificate, Ledger, MakeEnvelope, Relay, Start, send_all

THREE = [f"user{number}@example.jp" for number in (1, 2, 3)]


def start_encrypted(start: Start, certificate: Certificate, way: str) -> tuple[Relay, SmtpSettings]:
    if way == "tls":
        relay, plain = start(tls=certificate.context)
        return relay, replace(plain, tls="tls")
    relay, plain = start(tls_context=certificate.context, require_starttls=True)
    return relay, replace(plain, tls="starttls")


def test_the_relay_gets_each_mail_once_over_one_connection(
    start: Start, envelope: MakeEnvelope, ledger: Ledger
) -> None:
    """One recipient a message, the Japanese subject intact, and one greeting for all."""
    relay, settings = start()

    send_all(settings, [envelope(to=to) for to in THREE], ledger.on_result, ledger.before_each)

    assert [taken.rcpt_tos for taken in relay.taken] == [[to] for to in THREE]
    assert relay.greetings == 1
    assert isinstance(relay.taken[0].content, bytes)
    mail = message_from_bytes(relay.taken[0].content, policy=policy.default)
    assert mail["Subject"] == "【見本市】個人情報の漏えいに関するお詫びとお知らせ"
    assert mail["Message-ID"] == envelope(to=THREE[0]).message_id
    assert ledger.outcomes[0].code == 250
    assert "queued" in ledger.outcomes[0].reply


def test_the_intent_is_written_before_a_mail_goes_and_the_result_before_the_next(
    start: Start, envelope: MakeEnvelope, ledger: Ledger
) -> None:
    """Only so is at most one message in doubt after a crash."""
    _, settings = start()

    send_all(settings, [envelope(to=to) for to in THREE[:2]], ledger.on_result, ledger.before_each)

    assert ledger.lines == [
        ("sending", THREE[0]),
        ("accepted", THREE[0]),
        ("sending", THREE[1]),
        ("accepted", THREE[1]),
    ]


def test_what_was_withdrawn_meanwhile_is_not_sent(
    start: Start, envelope: MakeEnvelope, ledger: Ledger
) -> None:
    """甲 can withdraw an instruction while mails are going out: the rest stays."""
    relay, settings = start()
    ledger.withdrawn = {THREE[1]}

    send_all(settings, [envelope(to=to) for to in THREE], ledger.on_result, ledger.before_each)

    assert [taken.rcpt_tos[0] for taken in relay.taken] == [THREE[0], THREE[2]]
    assert ledger.states == ["accepted", "accepted"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("450 4.2.1 mailbox busy", Outcome("temporary", 450, "4.2.1 mailbox busy")),
        ("452 4.2.2 mailbox full", Outcome("temporary", 452, "4.2.2 mailbox full")),
        ("550 5.1.1 no such user", Outcome("permanent", 550, "5.1.1 no such user")),
    ],
)
def test_a_refused_recipient_does_not_hold_up_the_others(
    start: Start, envelope: MakeEnvelope, ledger: Ledger, answer: str, outcome: Outcome
) -> None:
    """4xx is tried again, 5xx becomes a letter (domain 5.6); both concern one person only."""
    relay, settings = start()
    relay.answers[THREE[1]] = answer

    send_all(settings, [envelope(to=to) for to in THREE], ledger.on_result, ledger.before_each)

    assert ledger.states == ["accepted", outcome.state, "accepted"]
    assert ledger.outcomes[1] == outcome


def test_a_reply_does_not_repeat_the_address(start: Start, envelope: MakeEnvelope, ledger: Ledger) -> None:
    """Replies are shown and logged; whose mailbox it was stays with the person's row."""
    relay, settings = start()
    relay.answers[THREE[0]] = "550 5.1.1 <USER1@example.jp>: no User1 here, superuser1"

    send_all(settings, [envelope(to=THREE[0])], ledger.on_result, ledger.before_each)

    assert ledger.outcomes[0].reply == "5.1.1 <(address)>: no (address) here, superuser1"


def test_a_relay_that_refuses_our_sender_writes_nobody_off(
    start: Start, envelope: MakeEnvelope, ledger: Ledger
) -> None:
    """A wrong setting of ours must not turn a thousand mails into letters."""
    relay, settings = start()
    relay.answer_to_sender = "553 5.7.1 sender not owned by you"

    send_all(settings, [envelope()], ledger.on_result, ledger.before_each)

    assert (ledger.outcomes[0].state, ledger.outcomes[0].code) == ("temporary", 553)


def test_a_relay_that_will_not_talk_to_us_writes_nobody_off(
    start: Start, envelope: MakeEnvelope, ledger: Ledger
) -> None:
    """Some relays refuse the greeting of hosts that they do not know: our host's matter, not a recipient's."""
    relay, settings = start()
    relay.answer_to_greeting = "550 5.7.1 go away"

    send_all(settings, [envelope(to=to) for to in THREE[:2]], ledger.on_result, ledger.before_each)

    assert [(outcome.state, outcome.code) for outcome in ledger.outcomes] == [("temporary", 550)]
    assert len(ledger.lines) == 2, "the second was not even begun"


def test_mails_wait_when_the_relay_is_down(envelope: MakeEnvelope, ledger: Ledger) -> None:
    """Nothing is lost and nothing raises: they stay queued."""
    # Bound but not listening: nobody answers there, and no other test can take the port.
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings = SmtpSettings("127.0.0.1", nobody.getsockname()[1], timeout=5)
        reached = probe(settings)

        send_all(settings, [envelope(to=to) for to in THREE], ledger.on_result, ledger.before_each)

    assert ledger.states == ["temporary"] and ledger.outcomes[0].code == 0
    assert len(ledger.lines) == 2, "one message pays for the others, which were not begun"
    assert reached.state == "temporary"


def test_mails_wait_when_the_relay_hangs_up_after_the_second(
    start: Start, envelope: MakeEnvelope, ledger: Ledger
) -> None:
    """What was accepted stays accepted; what was on the line is tried later, not lost and not doubled."""
    relay, settings = start()
    relay.hangs_up_after = 2

    def slowly(one: object, outcome: object) -> None:
        ledger.on_result(one, outcome)  # type: ignore[arg-type]
        if len(ledger.outcomes) == 2:
            threading.Event().wait(0.1)

    send_all(settings, [envelope(to=to) for to in [*THREE, "user4@example.jp"]], slowly, ledger.before_each)

    assert ledger.states == ["accepted", "accepted", "temporary", "accepted"]
    assert len(relay.taken) == 3, "the fourth went over a new connection"


def test_a_silent_relay_is_given_up_after_the_timeout(envelope: MakeEnvelope, ledger: Ledger) -> None:
    """A relay that accepts connections and says nothing must not hold the worker for ever."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = SmtpSettings("127.0.0.1", silent.getsockname()[1], timeout=0.2)

        send_all(settings, [envelope()], ledger.on_result, ledger.before_each)

    assert ledger.states == ["temporary"]


def test_a_late_answer_is_not_taken_for_that_to_the_next_mail(
    start: Start, envelope: MakeEnvelope, ledger: Ledger
) -> None:
    """Else a mail counts as accepted that the relay never saw."""
    relay, settings = start()
    relay.thinks_for = 0.3

    send_all(
        replace(settings, timeout=0.2),
        [envelope(to=to) for to in THREE],
        ledger.on_result,
        ledger.before_each,
    )

    assert ledger.outcomes == [Outcome("temporary", 0, "Timed out waiting for server response")] * 3
    assert len(relay.taken) == 3, "each over a line of its own"


def test_a_host_name_that_cannot_be_one_is_an_outcome_too(envelope: MakeEnvelope, ledger: Ledger) -> None:
    """A typing error in a setting shows as a reply on the page, not as a dead worker."""
    settings = SmtpSettings("relay..example", 25, timeout=1)

    send_all(settings, [envelope()], ledger.on_result, ledger.before_each)

    assert ledger.states == ["temporary"]


def test_an_error_of_the_ledger_ends_the_run(start: Start, envelope: MakeEnvelope, ledger: Ledger) -> None:
    """Without a ledger nothing may be sent: the error goes up, the mail stays."""
    relay, settings = start()

    def broken(_: object) -> bool:
        raise RuntimeError("database gone")

    with pytest.raises(RuntimeError, match="database gone"):
        send_all(settings, [envelope()], ledger.on_result, broken)

    assert relay.taken == []


@pytest.mark.parametrize("way", ["starttls", "tls"])
def test_mail_is_encrypted_for_a_relay_whose_certificate_is_trusted(
    start: Start, envelope: MakeEnvelope, ledger: Ledger, trusted_certificate: Certificate, way: str
) -> None:
    """Both ways work; an office's own authority is named by SSL_CERT_FILE."""
    _, settings = start_encrypted(start, trusted_certificate, way)

    send_all(settings, [envelope()], ledger.on_result, ledger.before_each)

    assert ledger.states == ["accepted"], ledger.outcomes


@pytest.mark.parametrize("way", ["starttls", "tls"])
def test_nothing_goes_to_a_relay_whose_certificate_nobody_vouches_for(
    start: Start, envelope: MakeEnvelope, ledger: Ledger, certificate: Certificate, way: str
) -> None:
    """A notice sent to whoever answers would be the next leak."""
    relay, settings = start_encrypted(start, certificate, way)

    send_all(settings, [envelope()], ledger.on_result, ledger.before_each)

    assert ledger.states == ["temporary"]
    assert relay.taken == []


def test_a_relay_without_starttls_gets_nothing_when_it_is_asked_for(
    start: Start, envelope: MakeEnvelope, ledger: Ledger
) -> None:
    """Encryption that was chosen is never dropped in silence."""
    relay, plain = start()

    send_all(
        replace(plain, tls="starttls"),
        [envelope()],
        ledger.on_result,
        ledger.before_each,
    )

    assert ledger.states == ["temporary"]
    assert relay.taken == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_wrong_password_makes_mails_wait(start: Start, envelope: MakeEnvelope, ledger: Ledger) -> None:
    """535 is a 5xx, yet about our setting: nobody's mail becomes undeliverable by it."""

    def known(server: object, session: object, received: object, mechanism: str, data: object) -> AuthResult:
        right = (data.login, data.password) == (b"city", b"right")  # type: ignore[attr-defined]
        return AuthResult(success=right, handled=False)

    _, plain = start(authenticator=known, auth_required=True, auth_require_tls=False)
    wrong = replace(plain, username="city", password="wrong")
    right = replace(plain, username="city", password="right")

    send_all(wrong, [envelope()], ledger.on_result, ledger.before_each)
    send_all(right, [envelope()], ledger.on_result, ledger.before_each)

    assert [(outcome.state, outcome.code) for outcome in ledger.outcomes] == [
        ("temporary", 535),
        ("accepted", 250),
    ]
    assert probe(wrong).code == 535
    assert "wrong" not in repr(wrong)


def test_a_probe_reaches_the_relay_and_sends_nothing(start: Start) -> None:
    """`incident check` may be run at any time."""
    relay, settings = start()

    assert probe(settings).state == "accepted"
    assert relay.taken == []
