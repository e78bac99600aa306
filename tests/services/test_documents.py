"""Issued documents: what was sent is what every reprint shows, byte for byte."""

import hashlib
from datetime import timedelta

from incident_app.domain.timeline import digest
from incident_app.services.describing import record_fact
from incident_app.services.documents import printed
from incident_app.services.finding import documents_of, find_document, find_incident
from incident_app.services.opening import Said
from incident_app.services.reporting import receive_report, record_call
from tests.builders import the_contract
from tests.cast import SATO, TANAKA, YAMADA
from tests.conftest import WorkOf
from tests.services.stories import by, instructed, open_case, reported


def test_a_reprint_is_byte_for_byte_the_first_print(work_of: WorkOf) -> None:
    """甲 compares its paper with ours a year later; a second rendering could differ in a comma."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        number, document = incident.number, incident.reports[0].document
        first, document_id = printed(work, document), document.id
        assert first.startswith(b"%PDF-")
        assert document.pdf_sha256 == hashlib.sha256(first).hexdigest()
    with work_of(YAMADA) as work:
        again = find_document(work, find_incident(work, number), document_id)
        again.title = "以前と違う題"  # a later version of the program may well print otherwise
        assert printed(by(work, YAMADA, days=365), again) == first
        assert again.pdf_sha256 == hashlib.sha256(first).hexdigest()


def test_later_facts_do_not_change_what_was_issued(work_of: WorkOf) -> None:
    """The report says what was known then."""
    with work_of(TANAKA) as work:
        incident = reported(work)
        document = incident.reports[0].document
        html, text = document.html, document.text
        record_fact(work, incident, "quantity", Said("known", low=1035603))
        incident.title = "別の件名"
        the_contract(work.session).name = "別の契約"
        work.session.flush()
        work.session.expire_all()
        assert (document.html, document.text, document.html_sha256) == (html, text, digest(html))


def test_every_paper_names_the_parties_the_case_and_the_seal(work_of: WorkOf) -> None:
    """A page that lies alone on a desk must say where it belongs."""
    with work_of(TANAKA) as work:
        incident = instructed(work)
        receive_report(by(work, YAMADA), incident, incident.reports[0])
        papers = documents_of(work, incident)
        assert [paper.template for paper in papers] == ["first_report", "instruction_sheet", "receipt"]
        for paper in papers:
            for words in (paper.reference, paper.timeline_seal, "架空市", "みなと情報サービス株式会社"):
                assert words in paper.html
            assert "取扱注意" in paper.html
            assert "\n" not in paper.subject
        assert len({paper.timeline_seal for paper in papers}) == 3


def test_a_paper_shows_japanese_time(work_of: WorkOf) -> None:
    """Two in the morning of the 30th is still the 29th in London; 甲 reads Japanese clocks."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        record_call(
            work,
            incident,
            called_at=work.now - timedelta(minutes=30),
            channel="phone",
            ours="田中",
            theirs="山田",
        )
        text = reported(work).reports[0].document.text
        assert "2026年11月30日 1時" in text


def test_words_of_the_case_cannot_become_markup(work_of: WorkOf) -> None:
    """A title is words, whatever somebody types."""
    with work_of(TANAKA) as work:
        document = reported(work, title="<script>alert(1)</script>").reports[0].document
        assert "<script>" not in document.html
        assert "&lt;script&gt;" in document.html


def test_the_contact_is_the_responsible_person_who_reports(work_of: WorkOf) -> None:
    """甲 calls back whoever wrote, not whoever comes first in the list."""
    with work_of(SATO) as work:
        text = reported(work).reports[0].document.text
        assert "業務責任者代理 佐藤 次郎" in text
        assert "sato@example.jp" in text
