"""速報・確報・追完: made from the case for each party, each party's own, and filed by a person."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incident_app.domain.deadline import Deadline
from incident_app.domain.errors import BadInput, NotFound, NotPermitted
from incident_app.domain.incident import ESTIMATED, KNOWN, Incident
from incident_app.domain.parties import CLIENT, CONTRACTOR
from incident_app.domain.timeline import entries_of, verify
from incident_app.domain.work import Work
from incident_app.notices.render import to_pdf
from incident_app.services.describing import describe_case, record_fact
from incident_app.services.finding import documents_of, find_document
from incident_app.services.nine_items import nine_items
from incident_app.services.opening import Said
from incident_app.services.publishing import record_prevention
from incident_app.services.reporting import receive_report, record_call, send_first_report
from incident_app.services.statutory_clocks import statutory_lines
from incident_app.services.statutory_reports import (
    draft_statutory_report,
    find_statutory_report,
    own_reports,
    record_filing,
)
from incident_app.services.triaging import decide_reportability, state_legal_facts
from tests.builders import an_incident
from tests.cast import ITO, SUZUKI, TANAKA, YAMADA
from tests.clock import TestClock
from tests.conftest import WorkOf
from tests.services.stories import by
from tests.services.test_triaging import ORDINARY


def a_reportable_case(work: Work, party: str = CONTRACTOR, *, call: bool = True) -> Incident:
    """2,000 persons; 甲 was called; the party has decided that it reports."""
    incident = an_incident(work)
    if call:
        record_call(work, incident, called_at=work.now, channel="phone", ours="田中", theirs="山田")
    state_legal_facts(work, incident, replace(ORDINARY, persons_low=2000, persons_high=2000))
    who = work if party == CONTRACTOR else by(work, YAMADA)
    decide_reportability(
        who, incident, party, reportable=True, days=30, reason="人数による", known_at=incident.known_at
    )
    return incident


def items(said: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["item"]: item for item in said["items"]}


def due(incident: Incident, party: str, name: str) -> Deadline:
    return next(d for d in incident.deadlines if d.statutory and d.party == party and d.name == name)


def test_a_draft_of_the_first_minutes_says_what_nobody_knows_yet(work_of: WorkOf) -> None:
    """速報: only what is known; nothing is guessed, nothing left out."""
    with work_of(TANAKA) as work:
        incident = a_reportable_case(work)
        report = draft_statutory_report(work, incident, "preliminary")
        found = items(report.said)
        assert [item["number"] for item in report.said["items"]] == list(range(1, 10))
        unknown = {name for name, item in found.items() if item["state"] == "under_investigation"}
        assert unknown == {"data", "cause", "damage", "prevention"}
        assert found["persons"]["text"] == "2,000人"
        assert "みなと" in found["outline"]["text"] or "委託先" in found["outline"]["text"]
        assert report.said["draft"] is True and report.said["reference"] == f"{incident.number}-SO1"
        assert json.loads(json.dumps(report.said)) == report.said
        assert [line["what"] for line in report.said["chronology"]] == ["発覚", "甲への口頭連絡を記録"]
        assert report.document.party == CONTRACTOR
        assert "案（未提出）" in report.document.html and "個人情報保護委員会" in report.document.html
        assert "要確認" not in report.document.subject


def test_the_nine_items_grow_with_the_case(work_of: WorkOf) -> None:
    """One set of facts feeds the report to 甲 and the report to the authority."""
    with work_of(TANAKA) as work:
        incident = a_reportable_case(work)
        record_fact(work, incident, "content", Said(KNOWN, "氏名、住所、税額"))
        describe_case(
            work,
            incident,
            concerns_personal=True,
            concerns_confidential=False,
            cause="持出しの承諾を得ていなかった",
            secondary_damage="確認されていない",
            police="遺失届 2026-0123",
        )
        record_prevention(work, incident, "持出しの点検", responsible="田中")
        report = draft_statutory_report(work, incident, "final")
        found = items(report.said)
        assert {item["state"] for item in found.values()} <= {"known", "estimated"}
        assert "持出しの点検" in found["prevention"]["text"] and "予定" in found["prevention"]["text"]
        assert "遺失届" in found["other"]["text"]
        assert "委託先" in found["cause"]["text"]
        pdf = to_pdf(report.document.html, title="確報")
        assert pdf.startswith(b"%PDF")


def test_each_party_has_its_own_drafts_and_never_sees_the_others(work_of: WorkOf) -> None:
    """What the city tells the commission is the city's; the auditor reads 甲's."""
    with work_of(TANAKA) as work:
        incident = a_reportable_case(work)
        decide_reportability(
            by(work, YAMADA),
            incident,
            CLIENT,
            reportable=True,
            days=30,
            reason="人数",
            known_at=incident.known_at,
        )
        ours = draft_statutory_report(work, incident, "preliminary")
        theirs = draft_statutory_report(by(work, YAMADA), incident, "preliminary")
        assert (ours.version, theirs.version) == (1, 1)
        assert ours.document.reference != theirs.document.reference
        assert "第26条第1項" in ours.document.html and "第68条" not in ours.document.html
        assert "第68条第1項" in theirs.document.html
        assert own_reports(work, incident) == [ours]
        assert own_reports(by(work, ITO), incident) == [theirs]
        assert theirs.document not in documents_of(work, incident)
        assert theirs.document in documents_of(by(work, ITO), incident)
        with pytest.raises(NotFound):
            find_document(work, incident, theirs.document.id)
        with pytest.raises(NotFound):
            record_filing(work, incident, theirs, filed_at=work.now)
        with pytest.raises(NotFound):
            find_statutory_report(work, incident, 2)


def test_a_filing_meets_the_date_by_law(work_of: WorkOf, clock: TestClock) -> None:
    """In time or late is read from the filing, not from when somebody wrote it down."""
    with work_of(TANAKA) as work:
        incident = a_reportable_case(work, CLIENT)
        report = draft_statutory_report(by(work, YAMADA), incident, "preliminary")
        filed_at = work.now
    clock.advance(days=9)
    with work_of(YAMADA) as work:
        incident = work.session.get_one(Incident, incident.id)
        report = own_reports(work, incident)[0]
        record_filing(work, incident, report, filed_at=filed_at, filed_as="第123号")
        preliminary, final = (due(incident, CLIENT, n) for n in ("preliminary_report", "final_report"))
        assert preliminary.met_at == filed_at and not preliminary.overdue(work.now)
        assert final.is_open
        entry = entries_of(work.session, incident.id)[-1]
        assert (entry.event, entry.happened_at, entry.facts["filed_as"]) == (
            "record_filing",
            filed_at,
            "第123号",
        )
        with pytest.raises(BadInput):
            record_filing(work, incident, report, filed_at=filed_at)
        assert verify(work.session, incident) == []


def test_a_final_report_that_is_complete_serves_as_the_preliminary_one_too(work_of: WorkOf) -> None:
    """One report can serve as both; nobody files twice for the form."""
    with work_of(TANAKA) as work:
        incident = a_reportable_case(work)
        report = draft_statutory_report(work, incident, "final")
        record_filing(work, incident, report, filed_at=work.now)
        assert not due(incident, CONTRACTOR, "preliminary_report").is_open
        assert not due(incident, CONTRACTOR, "final_report").is_open


def test_a_supplement_names_what_differs_from_what_was_filed(work_of: WorkOf) -> None:
    """追完: before and after, item by item; it meets no date and needs an earlier filing."""
    with work_of(TANAKA) as work:
        incident = a_reportable_case(work)
        with pytest.raises(BadInput) as refusal:
            draft_statutory_report(work, incident, "supplement")
        assert refusal.value.field == "kind"
        first = draft_statutory_report(work, incident, "final")
        record_filing(work, incident, first, filed_at=work.now)
        facts = replace(ORDINARY, persons_low=2000, persons_high=2500)
        state_legal_facts(work, incident, facts)
        record_fact(work, incident, "content", Said(ESTIMATED, "氏名、住所"))
        supplement = draft_statutory_report(work, incident, "supplement")
        changed = {change["item"]: (change["before"], change["after"]) for change in supplement.changes}
        assert changed["3 本人の数"] == ("2,000人", "2,000人～2,500人")
        assert changed["2 漏えい等した個人データ等の項目"] == ("（調査中）", "氏名、住所")
        assert "前回の提出から変わった事項" in supplement.document.html
        assert "前回の提出から変わった事項" not in first.document.html


def test_a_worker_drafts_nothing_and_an_unknown_kind_is_refused(work_of: WorkOf) -> None:
    """Who answers for the party speaks to the authority."""
    with work_of(TANAKA) as work:
        incident = a_reportable_case(work)
        with pytest.raises(NotPermitted):
            draft_statutory_report(by(work, SUZUKI), incident, "preliminary")
        with pytest.raises(BadInput):
            draft_statutory_report(work, incident, "annual")
        assert incident.statutory_reports == []


@pytest.mark.parametrize(
    "filed_at",
    [datetime(2027, 6, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 30)],  # noqa: DTZ001 - a naive time is the point
)
def test_a_filing_lies_between_the_knowledge_and_now(work_of: WorkOf, filed_at: datetime) -> None:
    """A slip of the year would make a late report look early."""
    with work_of(TANAKA) as work:
        incident = a_reportable_case(work)
        report = draft_statutory_report(work, incident, "preliminary")
        with pytest.raises(BadInput) as refusal:
            record_filing(work, incident, report, filed_at=filed_at)
        assert refusal.value.field == "filed_at" and report.filed_at is None


def test_the_client_drafts_nothing_before_it_was_told(work_of: WorkOf) -> None:
    """A report of what one does not know would be invented."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        with pytest.raises(BadInput):
            draft_statutory_report(by(work, YAMADA), incident, "preliminary")


def test_the_report_to_the_client_tells_what_the_law_asks_of_both(work_of: WorkOf) -> None:
    """法令該当性の見込みと期限: each party, its decision, its dates; 乙's release after the first report."""
    with work_of(TANAKA) as work:
        incident = a_reportable_case(work)
        first = send_first_report(work, incident)
        assert "2026年12月4日" in first.document.html
        assert "未判断" in first.document.html, "甲 has not decided yet"
        receive_report(by(work, YAMADA, minutes=5), incident, first)
        assert not due(incident, CONTRACTOR, "preliminary_report").is_open
        assert not due(incident, CONTRACTOR, "final_report").is_open
        assert due(incident, CONTRACTOR, "notify_client").met_at == first.sent_at
        events = [entry.event for entry in entries_of(work.session, incident.id)]
        assert events.count("contractor_released") == 1
        assert first.sent_at + timedelta(0) == work.now


def test_the_first_report_is_the_notification_that_releases_the_contractor(work_of: WorkOf) -> None:
    """第26条第1項ただし書 asks for what is known of the nine items, so each of them has its place in 第一報."""
    with work_of(TANAKA) as work:
        incident = a_reportable_case(work)
        said = send_first_report(work, incident).document
        for text in (said.text, said.html):
            for heading in (
                "発覚日時",
                "本人の数",
                "発生主体",
                "二次被害",
                "本人への対応",
                "公表の状況",
                "再発防止策",
            ):
                assert heading in text
            assert "2,000人" in text and "未着手" in text and "検討中" in text
            assert "第26条第1項ただし書" in text


def test_a_report_of_confidential_information_alone_speaks_of_no_individuals(work_of: WorkOf) -> None:
    """The act protects persons: without personal information there is nobody to count or to tell."""
    with work_of(TANAKA) as work:
        incident = an_incident(work, concerns_personal=False, concerns_confidential=True)
        said = send_first_report(work, incident).document.text
        assert "第26条" not in said
        assert "本人の数：【確定】対象外" in said and "本人への対応：対象外" in said
        assert statutory_lines(incident) == []


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(None, None, ""), (1200, 1200, "1,200人"), (500, None, "500人～"), (None, 1200, "～1,200人")],
)
def test_the_number_of_persons_is_said_as_far_as_it_is_known(
    work_of: WorkOf, low: int | None, high: int | None, words: str
) -> None:
    """An unknown end of a range stays open; nobody reads a zero that nobody counted."""
    with work_of(TANAKA) as work:
        incident = an_incident(work)
        state_legal_facts(work, incident, replace(ORDINARY, persons_low=low, persons_high=high))
        assert nine_items(work, incident, CONTRACTOR)["persons"]["text"] == words
