"""甲への報告 (Article 16(1)): at once, with whatever is known; each version stays; 甲's receipt fixes its knowledge."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from incident_app.domain.document import IssuedDocument
from incident_app.domain.errors import BadInput, NotPermitted, Overtaken, StepRefused
from incident_app.domain.incident import Incident
from incident_app.domain.outgoing import CaseMail
from incident_app.domain.timeline import digest, entries_of, verify
from incident_app.domain.work import Work
from incident_app.services.closing import close_incident
from incident_app.services.describing import describe_case, record_fact
from incident_app.services.opening import Said
from incident_app.services.reporting import (
    preview_report,
    receive_report,
    record_call,
    send_final_report,
    send_first_report,
    send_follow_up,
)
from tests.builders import the_contract, the_person
from tests.cast import ITO, MINATO, SATO, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import (
    by,
    events_of,
    instructed,
    last_line,
    open_case,
    refused,
    reported,
    serve,
    settled,
)


def mails_about(work: Work, document: IssuedDocument) -> dict[str, CaseMail]:
    chosen = select(CaseMail).where(CaseMail.document_id == document.id)
    return {mail.to: mail for mail in work.session.scalars(chosen)}


def deadline_of(incident: Incident, name: str) -> Any:
    return next(d for d in reversed(incident.deadlines) if d.name == name)


# ------------------------------------------------------------ calls


def call(work: Work, incident: Incident, **changes: Any) -> None:
    said = {"called_at": work.now, "channel": "phone", "ours": "田中", "theirs": "山田", **changes}
    record_call(work, incident, **said)


def test_a_call_is_a_record_of_its_own_and_gives_the_client_its_knowledge(work_of: WorkOf) -> None:
    """ "I phoned them": when, how, and who spoke on both sides; from then on 甲's statutory clocks run."""
    with work_of(SUZUKI) as work:
        incident = open_case(work)
        when = work.now - timedelta(minutes=20)
        call(work, incident, called_at=when, ours=" 鈴木 ", note=" 第一報は書面で ")
        assert incident.client_known_at == when
        assert incident.track("report").state == "due", "a call is not the report"
        (kept,) = incident.calls
        assert (kept.ours, kept.theirs, kept.note) == ("鈴木", "山田", "第一報は書面で")
        line = last_line(work, incident)
        assert (line.happened_at, line.written_at) == (when, work.now)
        assert line.facts["ours"] == "鈴木"


def test_a_later_call_does_not_move_the_knowledge_and_an_earlier_one_does(work_of: WorkOf) -> None:
    """What counts is the first word that reached 甲, in whichever order the calls are written down."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        for minutes, known in ((20, 20), (10, 20), (40, 40)):
            call(work, incident, called_at=work.now - timedelta(minutes=minutes))
            assert incident.client_known_at == work.now - timedelta(minutes=known)


@only_on_sqlite
@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("channel", {"channel": "pigeon"}),
        ("ours", {"ours": " "}),
        ("theirs", {"theirs": ""}),
    ],
)
def test_a_call_that_cannot_be_is_refused_at_its_field(
    work_of: WorkOf, field: str, wrong: dict[str, Any]
) -> None:
    """A record without a name proves nothing."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        with refused(work, BadInput) as refusal:
            call(work, incident, **wrong)
        assert refusal.value.field == field


@only_on_sqlite
@pytest.mark.parametrize("minutes", [-61, 1])
def test_nobody_phoned_before_the_detection_or_after_now(work_of: WorkOf, minutes: int) -> None:
    """A mistyped day would give 甲 a knowledge that it did not have."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        with refused(work, BadInput) as refusal:
            call(work, incident, called_at=work.now + timedelta(minutes=minutes))
        assert refusal.value.field == "called_at"


# ------------------------------------------------------------ the first report


def test_the_first_report_goes_out_with_everything_blank(work_of: WorkOf) -> None:
    """速やかに: the report never waits for facts; what is missing is shown as missing, never guessed."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        report = send_first_report(work, incident)
        assert incident.track("report").state == "reported"
        assert (report.version, report.kind, report.changes) == (1, "first_report", [])
        assert "発生日時" in report.document.missing
        assert "（未記入：発生日時）" in report.document.html
        assert "（未記入：発生日時）" in report.document.text
        assert "調査中" in report.document.html
        assert report.said["quantity"] == "［調査中］"


def test_what_is_known_is_not_called_missing(work_of: WorkOf) -> None:
    """A gap that is shown although it was filled would make the whole list worthless."""
    with work_of(TANAKA) as work:
        facts = {"quantity": Said("estimated", "名簿による", low=1000, high=1200)}
        incident = open_case(work, occurred_at=work.now - timedelta(hours=3), facts=facts)
        document = send_first_report(work, incident, request="通知の要否").document
        assert "発生日時" not in document.missing
        assert "1,000～1,200件 名簿による" in document.text
        assert "通知の要否" in document.text


def test_each_officer_of_the_contract_gets_the_report_and_nobody_else(work_of: WorkOf) -> None:
    """One officer may be asleep; those of another contract must not hear of it."""
    with work_of(TANAKA) as work:
        serve(work, ITO, MINATO, "client_officer")
        away = the_person(work.session, YAMADA)
        incident = open_case(work)
        document = send_first_report(work, incident).document
        mails = mails_about(work, document)
        assert mails.keys() == {YAMADA.email, ITO.email}
        assert {m.state for m in mails.values()} == {"queued"}
        assert {(m.subject, m.text) for m in mails.values()} == {(document.subject, document.text)}
        assert len({m.message_id for m in mails.values()}) == 2

        away.active = False
        follow_up = send_follow_up(work, incident, reason="")
        assert mails_about(work, follow_up.document).keys() == {ITO.email}


def test_the_report_is_sent_even_when_no_officer_is_on_record(work_of: WorkOf) -> None:
    """The report is never gated; that nobody was told by mail can be seen from the missing mail."""
    with work_of(TANAKA) as work:
        the_person(work.session, YAMADA).active = False
        assert mails_about(work, reported(work).reports[0].document) == {}


def test_a_report_carries_the_seal_of_the_record_so_far(work_of: WorkOf) -> None:
    """甲 then holds an anchor outside this database."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        document = incident.reports[0].document
        assert document.timeline_seal == entries_of(work.session, incident.id)[-1].seal
        assert document.timeline_seal in document.html
        assert document.html_sha256 == digest(document.html)
        assert verify(work.session, incident) == []


def test_the_report_meets_its_deadline_and_starts_the_next_ones(work_of: WorkOf) -> None:
    """What is due when is never kept by hand."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        assert deadline_of(incident, "prompt_report").met_at == work.now
        assert deadline_of(incident, "instruction_answer").due_at == work.now + timedelta(hours=48)
        assert deadline_of(incident, "next_follow_up").due_at == work.now + timedelta(days=7)


def test_the_first_report_is_sent_once(work_of: WorkOf) -> None:
    """The second press of the button, and the colleague who had the same page open, change nothing."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        seen = incident.track("report").version
        send_first_report(work, incident, seen=seen)
        with refused(work, Overtaken):
            send_first_report(by(work, SATO), incident, seen=seen)
        with refused(work, StepRefused):
            send_first_report(work, incident)


@only_on_sqlite
@pytest.mark.parametrize("person", [SUZUKI, YAMADA, ITO], ids=lambda member: member.login)
def test_only_the_responsible_person_reports(work_of: WorkOf, person: Any) -> None:
    """The report binds 乙."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        with refused(work, NotPermitted):
            send_first_report(by(work, person), incident)


# ------------------------------------------------------------ follow-ups


def test_a_follow_up_lists_exactly_what_changed_and_why(work_of: WorkOf) -> None:
    """甲 compares versions at a glance; an unchanged item in the list would hide the changed ones."""
    with work_of(TANAKA) as work:
        incident = reported(work, facts={"place": Said("known", "架空駅")})
        record_fact(work, incident, "quantity", Said("estimated", low=1000))
        record_fact(work, incident, "place", Said("known", "架空駅", as_of=work.now))  # says the same again
        describe(work, incident, cause="鞄の置き忘れ")
        report = send_follow_up(work, incident, reason=" 聞き取りによる ")
        assert report.changes == [
            {
                "item": "数量",
                "before": "［調査中］",
                "after": "［約・範囲］約1,000件",
                "reason": "聞き取りによる",
            },
            {
                "item": "原因",
                "before": "（記載なし）",
                "after": "鞄の置き忘れ",
                "reason": "聞き取りによる",
            },
        ]
        assert (report.version, report.kind, report.reason) == (2, "follow_up_report", "聞き取りによる")
        assert last_line(work, incident).facts["changed"] == ["数量", "原因"]
        for words in ("約1,000件", "鞄の置き忘れ", "聞き取りによる"):
            assert words in report.document.text


def test_what_changed_needs_its_reason(work_of: WorkOf) -> None:
    """A number that moves without a word of why is not trusted again."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        record_fact(work, incident, "quantity", Said("known", low=1000))
        for send in (send_follow_up, send_final_report):
            with refused(work, BadInput) as refusal:
                send(work, incident, reason="  ")
            assert refusal.value.field == "reason"


def test_a_follow_up_without_changes_needs_no_reason(work_of: WorkOf) -> None:
    """ "Nothing new" is a report, too, when one is due."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        later = by(work, TANAKA, hours=24)
        assert send_follow_up(later, incident, reason="").changes == []
        first, second = (d for d in incident.deadlines if d.name == "next_follow_up")
        assert (first.met_at, second.counted_from) == (later.now, later.now)


def test_versions_are_compared_with_the_one_before_not_with_the_first(work_of: WorkOf) -> None:
    """What was explained once is not explained again."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        record_fact(work, incident, "quantity", Said("known", low=1000))
        send_follow_up(work, incident, reason="数え終えた")
        record_fact(work, incident, "quantity", Said("known", low=900))
        (change,) = send_follow_up(work, incident, reason="重複を除いた").changes
        assert (change["before"], change["after"]) == ("［確定］1,000件", "［確定］900件")


def test_of_two_who_follow_up_from_the_same_page_the_second_looks_again(work_of: WorkOf) -> None:
    """Else 甲 gets the same changes twice, with two reasons."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        seen = incident.track("report").version
        send_follow_up(work, incident, reason="", seen=seen)
        with refused(work, Overtaken):
            send_follow_up(by(work, SATO), incident, reason="", seen=seen)


def test_a_report_can_be_read_before_it_is_sent(work_of: WorkOf) -> None:
    """The page shown is the page sent, and looking at it sends nothing."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        record_fact(work, incident, "quantity", Said("known", low=1000))
        lines = events_of(work, incident)
        page = preview_report(work, incident, "follow_up_report", reason="数え終えた", request="文案の確認")
        assert "数え終えた" in page
        assert "文案の確認" in page
        assert (len(incident.reports), events_of(work, incident)) == (1, lines)


def test_after_the_final_report_a_supplement_is_still_possible(work_of: WorkOf) -> None:
    """Another was first told "no leak", and later the opposite: the duty to say so does not end."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        send_final_report(work, incident)
        assert incident.track("report").state == "concluded"
        with refused(work, StepRefused):
            send_final_report(work, incident)
        record_fact(work, incident, "content", Said("known", "氏名、住所"))
        supplement = send_follow_up(work, incident, reason="追加の調査で判明")
        assert (supplement.version, supplement.kind) == (3, "follow_up_report")
        assert last_line(work, incident).event == "send_supplement"
        assert incident.track("report").state == "concluded"


def test_the_report_goes_on_in_a_closed_case(work_of: WorkOf) -> None:
    """Nothing may ever stand between 乙 and a report to 甲, not even an ended case."""
    with work_of(TANAKA) as work:
        incident = settled(work)
        close_incident(by(work, YAMADA), incident)
        record_fact(work, incident, "content", Said("known", "氏名、住所"))
        call(work, incident)
        send_follow_up(work, incident, reason="追加の調査で判明")
        receive_report(by(work, YAMADA), incident, incident.reports[-1])
        assert incident.track("closure").state == "closed"


# ------------------------------------------------------------ receipt


def test_the_receipt_fixes_what_the_client_knew_and_when(work_of: WorkOf) -> None:
    """From this instant 甲's own three to five days run; the receipt proves which text it had."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        report = incident.reports[0]
        assert incident.client_known_at is None, "a mail that was sent is not a mail that was read"
        officer = by(work, YAMADA, hours=7)
        receive_report(officer, incident, report)
        assert incident.client_known_at == report.received_at == officer.now
        assert report.received_by is not None
        assert report.received_by.login == YAMADA.login
        assert last_line(work, incident).facts == {"report": 1, "sha256": report.document.html_sha256}


def test_an_earlier_call_goes_before_the_receipt(work_of: WorkOf) -> None:
    """Knowledge by phone is knowledge; whether written down before or after the receipt."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        receive_report(by(work, YAMADA, hours=7), incident, incident.reports[0])
        call(work, incident, called_at=work.now)
        assert incident.client_known_at == work.now
        send_follow_up(work, incident, reason="")
        receive_report(by(work, YAMADA, hours=8), incident, incident.reports[1])
        assert incident.client_known_at == work.now


def test_the_receipt_names_the_digest_and_reaches_every_responsible_person(work_of: WorkOf) -> None:
    """乙's proof that the report arrived."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        receive_report(by(work, YAMADA), incident, incident.reports[0])
        receipt = work.session.scalars(
            select(IssuedDocument).where(IssuedDocument.template == "receipt")
        ).one()
        assert incident.reports[0].document.html_sha256 in receipt.text
        assert mails_about(work, receipt).keys() == {TANAKA.email, SATO.email}


def test_a_receipt_is_given_once(work_of: WorkOf) -> None:
    """The second one could not move the knowledge, and would only blur the first."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        receive_report(by(work, YAMADA), incident, incident.reports[0])
        with refused(work, BadInput):
            receive_report(by(work, YAMADA, hours=1), incident, incident.reports[0])


def test_the_contractor_cannot_give_itself_a_receipt(work_of: WorkOf) -> None:
    """Knowledge is 甲's own to state."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        with refused(work, NotPermitted):
            receive_report(work, incident, incident.reports[0])


def test_a_follow_up_says_how_the_instructions_stand(work_of: WorkOf) -> None:
    """甲 reads what became of its orders in the report, not by asking."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        text = send_follow_up(work, incident, reason="").document.text
        assert "本人に書面で通知すること" in text
        assert "対応中" in text


def test_the_contract_s_own_days_set_the_next_follow_up(work_of: WorkOf) -> None:
    """The parties may agree on a rhythm."""
    with work_of(TANAKA) as work:
        the_contract(work.session).agreed_hours = {"next_follow_up": 24}
        assert deadline_of(reported(work), "next_follow_up").due_at == work.now + timedelta(days=1)


def describe(work: Work, incident: Incident, **words: Any) -> None:
    describe_case(work, incident, concerns_personal=True, concerns_confidential=False, **words)
