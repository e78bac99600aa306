"""Facts, description, evidence, corrections: what becomes known is added, and what was said stays."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from incident_app.domain.errors import BadInput, NotPermitted
from incident_app.domain.incident import Fact
from incident_app.domain.timeline import entries_of, verify
from incident_app.services.closing import close_incident
from incident_app.services.describing import add_evidence, correct_record, describe_case, record_fact
from incident_app.services.opening import Said
from tests.cast import ITO, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import by, events_of, last_line, open_case, refused, settled


def test_a_newer_word_on_a_fact_stands_and_the_older_one_stays(work_of: WorkOf) -> None:
    """Who said 1,000 on the first day must still be seen to have said it."""
    with work_of(SUZUKI) as work:
        incident = open_case(work)
        record_fact(work, incident, "quantity", Said("estimated", low=1000, high=1200))
        record_fact(by(work, TANAKA), incident, "quantity", Said("known", " 名簿で確認 ", low=1035))
        latest = incident.fact("quantity")
        assert latest is not None
        assert (latest.state, latest.low, latest.text) == ("known", 1035, "名簿で確認")
        said = work.session.scalars(select(Fact).order_by(Fact.id)).all()
        assert [fact.low for fact in said] == [1000, 1035]
        assert last_line(work, incident).facts == {
            "fact": "quantity",
            "state": "known",
            "text": "名簿で確認",
            "low": 1035,
            "high": None,
        }


def test_what_was_known_may_turn_out_to_be_unknown(work_of: WorkOf) -> None:
    """Being wrong is no shame; keeping the wrong number would be."""
    with work_of(TANAKA) as work:
        incident = open_case(work, facts={"place": Said("known", "架空駅")})
        record_fact(work, incident, "place", Said("under_investigation"))
        place = incident.fact("place")
        assert place is not None
        assert place.state == "under_investigation"


@only_on_sqlite
@pytest.mark.parametrize(
    "wrong", [Said("known"), Said("estimated", low=2, high=1), Said("sure", "駅"), Said("known", low=-1)]
)
def test_a_fact_that_cannot_be_is_refused(work_of: WorkOf, wrong: Said) -> None:
    """The same rules as on the page that opens a case."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        with refused(work, BadInput) as refusal:
            record_fact(work, incident, "quantity", wrong)
        assert refusal.value.field == "quantity"


@only_on_sqlite
@pytest.mark.parametrize("person", [YAMADA, ITO], ids=lambda member: member.login)
def test_only_the_contractor_says_what_happened(work_of: WorkOf, person: Any) -> None:
    """甲 relies on 乙's word; it must be 乙's."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        with refused(work, NotPermitted):
            record_fact(by(work, person), incident, "content", Said("known", "氏名"))


def test_a_changed_description_keeps_its_former_words_in_the_record(work_of: WorkOf) -> None:
    """The row shows the latest; the record shows every step on the way."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        for cause in ("調査中", " 置き忘れ "):
            describe_case(
                work,
                incident,
                concerns_personal=True,
                concerns_confidential=False,
                cause=cause,
                police="未届",
            )
        assert (incident.cause, incident.police) == ("置き忘れ", "未届")
        assert last_line(work, incident).facts["changes"] == ["cause: 調査中 → 置き忘れ"]


def test_a_case_concerns_at_least_one_kind_of_information(work_of: WorkOf) -> None:
    """Without either there would be nothing that the annex protects."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        with refused(work, BadInput) as refusal:
            describe_case(work, incident, concerns_personal=False, concerns_confidential=False)
        assert refusal.value.field == "information"


def test_only_the_description_can_be_described(work_of: WorkOf) -> None:
    """No form field may reach another column of the case."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        describe_case(
            work, incident, concerns_personal=True, concerns_confidential=False, number="X", title="Y"
        )
        assert (incident.number[-2:], incident.title) == ("01", "USBメモリの紛失")


# ------------------------------------------------------------ evidence


def test_evidence_lies_under_its_digest(work_of: WorkOf, tmp_path: Path) -> None:
    """Whoever holds the file can prove that it is the one on record."""
    with work_of(YAMADA) as work:
        incident = open_case(by(work, TANAKA))
        folder, data = tmp_path / "evidence", b"a photograph of the bag"
        evidence = add_evidence(
            work, incident, folder, name="鞄.jpg", data=data, media_type="image/jpeg", note=" 現場 "
        )
        assert evidence.sha256 == hashlib.sha256(data).hexdigest()
        assert (folder / evidence.sha256).read_bytes() == data
        assert [file.name for file in folder.iterdir()] == [evidence.sha256]
        assert (evidence.size, evidence.note) == (len(data), "現場")
        assert last_line(work, incident).facts["sha256"] == evidence.sha256


@pytest.mark.parametrize("data", [b"", b"the same"])
def test_an_empty_file_and_one_already_on_record_are_refused(
    work_of: WorkOf, tmp_path: Path, data: bytes
) -> None:
    """Most likely the wrong file was chosen."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        add_evidence(work, incident, tmp_path, name="a", data=b"the same", media_type="text/plain")
        with refused(work, BadInput) as refusal:
            add_evidence(work, incident, tmp_path, name="b", data=data, media_type="text/plain")
        assert refusal.value.field == "file"


def test_the_same_file_can_be_evidence_in_two_cases(work_of: WorkOf, tmp_path: Path) -> None:
    """One log, two clients; each case has its own row."""
    with work_of(TANAKA) as work:
        for incident in (open_case(work), open_case(work)):
            add_evidence(work, incident, tmp_path, name="log", data=b"log", media_type="text/plain")
            assert len(incident.evidence) == 1


def test_an_auditor_adds_no_evidence(work_of: WorkOf, tmp_path: Path) -> None:
    """Auditors read; not even a file may stay behind."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        with refused(work, NotPermitted):
            add_evidence(
                by(work, ITO), incident, tmp_path / "evidence", name="a", data=b"a", media_type="text/plain"
            )
        assert not (tmp_path / "evidence").exists()


# ------------------------------------------------------------ corrections


def test_a_mistake_is_put_right_by_a_new_entry_that_names_it(work_of: WorkOf) -> None:
    """Nothing is ever taken back from the record."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        before = entries_of(work.session, incident.id)[0].sealed_text
        entry = correct_record(work, incident, 1, " 件名の「USB」は「SDカード」の誤り ")
        assert entry.facts == {"corrects": 1, "text": "件名の「USB」は「SDカード」の誤り"}
        assert entries_of(work.session, incident.id)[0].sealed_text == before
        assert verify(work.session, incident) == []


@only_on_sqlite
@pytest.mark.parametrize(("position", "text", "field"), [(7, "誤り", "position"), (1, " ", "text")])
def test_a_correction_of_nothing_or_without_words_is_refused(
    work_of: WorkOf, position: int, text: str, field: str
) -> None:
    """It must be clear what is put right, and how."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        with refused(work, BadInput) as refusal:
            correct_record(work, incident, position, text)
        assert refusal.value.field == field


def test_another_case_s_entry_cannot_be_corrected_here(work_of: WorkOf) -> None:
    """Positions count within a case."""
    with work_of(TANAKA) as work:
        longer, incident = open_case(work), open_case(work)
        record_fact(work, longer, "place", Said("known", "架空駅"))
        with refused(work, BadInput):
            correct_record(work, incident, 2, "誤り")


def test_facts_are_still_added_to_a_closed_case(work_of: WorkOf, tmp_path: Path) -> None:
    """What comes to light later must have a place to be written down at once."""
    with work_of(TANAKA) as work:
        incident = settled(work)
        close_incident(by(work, YAMADA), incident)
        later = by(work, TANAKA, days=30)
        record_fact(later, incident, "place", Said("known", "架空駅", as_of=later.now - timedelta(days=1)))
        add_evidence(later, incident, tmp_path, name="a", data=b"a", media_type="text/plain")
        correct_record(later, incident, 1, "誤記")
        assert events_of(work, incident)[-3:] == ["record_fact", "add_evidence", "correct_record"]


def test_what_was_suspected_becomes_certain(work_of: WorkOf) -> None:
    """The time of occurrence and the kind of incident are often learned later, and the record shows both words."""
    with work_of(TANAKA) as work:
        incident = open_case(work, kinds=frozenset({"suspected"}), occurred_at=None)
        occurred = incident.detected_at - timedelta(hours=2)

        describe_case(
            work,
            incident,
            concerns_personal=True,
            concerns_confidential=False,
            kinds=("leak",),
            occurred_at=occurred,
        )

        assert (incident.leak, incident.suspected, incident.occurred_at) == (True, False, occurred)
        assert any(
            "suspected: True → False" in change for change in last_line(work, incident).facts["changes"]
        )


def test_it_cannot_have_occurred_after_it_was_found(work_of: WorkOf) -> None:
    """The same holds later as at the opening."""
    with work_of(TANAKA) as work:
        incident = open_case(work)
        later = incident.detected_at + timedelta(minutes=1)

        with refused(work, BadInput) as refusal:
            describe_case(
                work, incident, concerns_personal=True, concerns_confidential=False, occurred_at=later
            )

        assert refusal.value.field == "occurred_at"
