"""Mails that came back: only our own message bounces, once, and a letter goes instead where one was ordered."""

from pathlib import Path

import pytest
from sqlalchemy import select

from incident_app.domain.incident import Incident
from incident_app.domain.incident_key import IncidentKey, seal_of
from incident_app.domain.instruction import EMAIL, LETTER, NOTIFY
from incident_app.domain.notice import Delivery
from incident_app.domain.work import Work
from incident_app.mail.bounces import Report, read_report
from incident_app.services.bouncing import (
    letters_instead,
    put_away,
    reports_in,
    take_files,
    take_report,
)
from incident_app.services.instructing import Order, withdraw_instruction
from incident_app.services.mailing import message_id
from incident_app.services.notifying import start_deliveries
from incident_app.services.reconciling import reconcile
from tests.builders import an_individual
from tests.cast import SATO, TANAKA, YAMADA
from tests.conftest import WorkOf
from tests.mail.test_bounces import dsn
from tests.services.stories import MAILS, approved, by, instructed, item_of

BOTH = Order(NOTIFY, "本人に電子メール又は書面で通知すること", means=(EMAIL, LETTER))


def sent(work: Work, order: Order = BOTH, people: int = 2) -> Incident:
    """Mails that the relay has taken."""
    incident = instructed(work, order)
    for number in range(people):
        an_individual(work, incident, f"{number:010d}", email=f"person{number}@example.jp")
    start_deliveries(by(work, SATO), incident, approved(work, incident), item_of(incident))
    for delivery in deliveries(work):
        delivery.state, delivery.attempts, delivery.reply = "sent", 1, "250 ok"
        delivery.text_sha256 = "0" * 64
    work.session.flush()
    return incident


def deliveries(work: Work) -> list[Delivery]:
    work.session.flush()
    work.session.expire_all()
    return list(work.session.scalars(select(Delivery).order_by(Delivery.id)))


def id_of(work: Work, delivery: Delivery) -> str:
    return message_id(seal_of(work.session, delivery.incident_id), delivery)


def states(work: Work) -> list[tuple[str, str]]:
    return [(delivery.channel, delivery.state) for delivery in deliveries(work)]


def test_a_mail_that_came_back_is_bounced_and_a_letter_goes_instead(work_of: WorkOf, tmp_path: Path) -> None:
    """The reason on record is the code; the server's words, which name the address, are kept nowhere."""
    with work_of(TANAKA) as work:
        incident = sent(work)
        first = deliveries(work)[0]
        report = read_report(dsn(id_of(work, first)))
        assert report is not None and take_report(work, report) == "bounced"
        assert letters_instead(work) == 1
        assert states(work) == [("email", "bounced"), ("email", "sent"), ("letter", "queued")]
        assert deliveries(work)[0].reply == "5.1.1"
        assert letters_instead(work) == 0, "once"
        assert take_report(work, report) == "known_already"
        assert [it.rule for it in reconcile(work, incident, tmp_path, everything=False)] == []


def test_where_only_mail_was_ordered_no_letter_goes(work_of: WorkOf) -> None:
    """甲 decides by which means; whoever is not reached falls to the substitute."""
    with work_of(TANAKA) as work:
        sent(work, MAILS)
        take_report(work, Report(id_of(work, deliveries(work)[0]), "failed", "5.1.1"))
        assert letters_instead(work) == 0


def test_after_a_withdrawal_no_letter_goes(work_of: WorkOf) -> None:
    """The report may come days later."""
    with work_of(TANAKA) as work:
        incident = sent(work)
        take_report(work, Report(id_of(work, deliveries(work)[0]), "failed", "5.1.1"))
        withdraw_instruction(by(work, YAMADA), incident, incident.instructions[-1], "誤り")
        assert letters_instead(work) == 0


@pytest.mark.parametrize(
    ("action", "status", "state"), [("delayed", "4.4.1", "sent"), ("failed", "5.1.1", "queued")]
)
def test_what_is_not_given_up_or_was_not_sent_stays_as_it_is(
    work_of: WorkOf, action: str, status: str, state: str
) -> None:
    """A delay is no failure; a mail that still waits has not come back."""
    with work_of(TANAKA) as work:
        sent(work)
        first = deliveries(work)[0]
        first.state = state
        assert take_report(work, Report(id_of(work, first), action, status)) == "not_final"
        assert states(work)[0] == ("email", state)


def test_nobody_makes_a_delivery_bounce_by_guessing(work_of: WorkOf) -> None:
    """A forged report, one of another installation, one after the key's destruction, a letter's number."""
    with work_of(TANAKA) as work:
        incident = sent(work)
        first, second = deliveries(work)
        own = id_of(work, first)
        forged = own.replace(f"<{first.id}.", f"<{second.id}.")
        no_key = "00000000000000000000@incident-app.invalid>"
        # The larger numbers are more than PostgreSQL can look for: it would end the whole work.
        numbered = [f"<{row}.{no_key}" for row in (0, 1, 2**31, 10**18 - 1)]
        for wrong in (forged, *numbered, "<x@example.jp>", "<９.aé@x>"):
            assert take_report(work, Report(wrong, "failed", "5.1.1")) == "unknown"
        work.session.get_one(IncidentKey, incident.id).wrapped = None
        work.session.flush()
        assert take_report(work, Report(own, "failed", "5.1.1")) == "unknown"
        assert states(work) == [("email", "sent")] * 2


def test_a_report_that_overtakes_the_relays_answer_waits_for_it(work_of: WorkOf, tmp_path: Path) -> None:
    """A quick server reports before our own worker has written that the mail is sent; the report is not lost."""
    place = tmp_path / "came back"
    place.mkdir()
    with work_of(TANAKA) as work:
        sent(work)
        first = deliveries(work)[0]
        (place / "a").write_bytes(dsn(id_of(work, first)))
        for state, outcome in (("sending", "too_early"), ("sent", "bounced")):
            first.state = state
            work.session.flush()
            taken = take_files(work, reports_in(place))
            assert put_away(place, taken) == {outcome: 1}
        assert states(work)[0] == ("email", "bounced")
        assert [str(file.relative_to(place)) for file in place.rglob("a")] == ["seen/a"]


@pytest.mark.parametrize("maildir", [True, False])
def test_a_folder_is_read_and_nothing_in_it_is_lost(work_of: WorkOf, tmp_path: Path, maildir: bool) -> None:
    """Reports go to `seen`, everything else to `unknown`, half-written files stay; a second look changes nothing."""
    place = tmp_path / "came back"
    arrivals = place / "new" if maildir else place
    arrivals.mkdir(parents=True)
    with work_of(TANAKA) as work:
        sent(work)
        report = dsn(id_of(work, deliveries(work)[0]))
        for name, content in (("a", report), ("b", report), ("c", b"holiday"), (".d", report), ("e", dsn())):
            (arrivals / name).write_bytes(content)
        taken = take_files(work, reports_in(place))
        assert [taken[arrivals / name] for name in "abce"] == [
            "bounced",
            "known_already",
            "unreadable",
            "unknown",
        ]
        (place / "seen").mkdir()
        (place / "seen" / "a").write_bytes(b"an earlier one of that name")
        assert take_files(work, [place / "gone"]) == {}, "another courier was quicker"
        assert put_away(place, taken)["bounced"] == 1
        put_away(place, taken)
        kept = sorted(str(file.relative_to(place)) for file in place.rglob("*") if file.is_file())
        arrived = "new/.d" if maildir else ".d"
        assert kept == sorted([arrived, "seen/a", "seen/a_", "seen/b", "unknown/c", "unknown/e"])
        assert reports_in(place) == [] and reports_in(place / "seen" / "a_") == [place / "seen" / "a_"]
