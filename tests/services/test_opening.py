"""The first minute: a case is opened with whatever is known, and refused only where something cannot be."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from incident_app.domain.errors import BadInput, NotPermitted
from incident_app.domain.incident import Fact
from incident_app.domain.parties import RoleHolding
from incident_app.domain.timeline import verify
from incident_app.engine.library import newest
from incident_app.services.opening import Opening, Said, open_for_other_client, open_incident
from tests.builders import the_contract
from tests.cast import AOBA, ITO, KIMURA, OGAWA, SATO, SUZUKI, TANAKA, YAMADA
from tests.conftest import WorkOf, only_on_sqlite
from tests.services.stories import by, events_of, last_line, open_case, refused, serve


def test_a_title_and_the_time_of_detection_are_enough(work_of: WorkOf) -> None:
    """At two in the morning nothing else may be known; asking for more would cost the first report its speed."""
    with work_of(TANAKA) as work:
        detected = work.now - timedelta(hours=1)
        opening = Opening(title=" USBメモリの紛失 ", detected_at=detected)
        incident = open_incident(work, the_contract(work.session), opening)
        assert incident.title == "USBメモリの紛失"
        assert incident.known_at == detected, "乙 knew when it was detected, unless a person says otherwise"
        assert incident.occurred_at is None
        assert incident.facts == []
        assert {track.name: track.state for track in incident.tracks} == {
            "report": "due",
            "containment": "open",
            "instruction": "awaited",
            "notification": "not_started",
            "publication": "undecided",
            "closure": "open",
        }
        assert verify(work.session, incident) == []


def test_a_case_is_tied_to_the_rules_it_began_under(work_of: WorkOf) -> None:
    """Later versions of the workflow must not change what was owed in an earlier case."""
    with work_of(TANAKA) as work:
        incident = open_case(work, kinds=frozenset({"loss", "suspected"}))
        workflow = newest("article16")
        assert (incident.workflow_version, incident.workflow_digest) == (workflow.version, workflow.digest)
        facts = last_line(work, incident).facts
        assert facts["workflow_sha256"] == workflow.digest
        assert facts["kinds"] == ["loss", "suspected"]
        assert (incident.leak, incident.damage, incident.loss, incident.suspected) == (
            False,
            False,
            True,
            True,
        )


def test_the_clocks_count_from_knowledge_and_a_contract_may_set_its_own_hours(work_of: WorkOf) -> None:
    """速やかに has no number: the program's target stands until the parties agreed on their own."""
    with work_of(TANAKA) as work:
        known = work.now - timedelta(minutes=30)
        usual = {d.name: d for d in open_case(work, known_at=known).deadlines}
        assert usual["prompt_report"].counted_from == known
        assert usual["prompt_report"].due_at == known + timedelta(hours=24)
        assert usual["first_measure"].due_at == known + timedelta(hours=24)

        the_contract(work.session).agreed_hours = {"prompt_report": 3}
        agreed = next(d for d in open_case(work, known_at=known).deadlines if d.name == "prompt_report")
        assert agreed.due_at == known + timedelta(hours=3)
        assert agreed.rule == "contract prompt_report"


def test_a_worker_may_open_a_case(work_of: WorkOf) -> None:
    """Whoever of 乙 notices it first writes it down."""
    with work_of(SUZUKI) as work:
        assert open_case(work).opened_by is not None


@only_on_sqlite
@pytest.mark.parametrize("outsider", [YAMADA, ITO, KIMURA, OGAWA], ids=lambda member: member.login)
def test_only_people_of_the_contractor_on_this_contract_open_cases(work_of: WorkOf, outsider: Any) -> None:
    """A case speaks for 乙: neither 甲, nor an auditor, nor the people of another contract open it."""
    with work_of(outsider) as work, refused(work, NotPermitted):
        open_case(work)


def test_a_role_that_ended_yesterday_or_begins_tomorrow_opens_nothing(work_of: WorkOf) -> None:
    """Roles hold from a day to a day, in Japanese days."""
    with work_of(TANAKA) as work:
        role = work.session.scalars(
            select(RoleHolding).where(RoleHolding.person_id == work.actor.person_id)
        ).one()
        role.until_on = date(2026, 11, 29)  # it is already the 30th in Japan
        with refused(work, NotPermitted):
            open_case(work)
        role.until_on, role.from_on = None, date(2026, 12, 1)
        with refused(work, NotPermitted):
            open_case(work)
        role.from_on = role.until_on = date(2026, 11, 30)
        open_case(work)


def test_a_case_under_an_ended_contract_is_opened_and_marked(work_of: WorkOf) -> None:
    """Article 2: secrecy outlives the contract."""
    with work_of(TANAKA) as work:
        the_contract(work.session).ends_on = date(2026, 9, 30)
        incident = open_case(work)
        assert last_line(work, incident).facts["contract_ended"] is True
        the_contract(work.session).ends_on = date(2026, 11, 30)  # its last day
        assert last_line(work, open_case(work)).facts["contract_ended"] is False


BEFORE, NOW = datetime(2026, 11, 29, 16, tzinfo=UTC), datetime(2026, 11, 29, 17, tzinfo=UTC)
LATER = datetime(2026, 11, 29, 17, 1, tzinfo=UTC)


@only_on_sqlite
@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("title", {"title": "  "}),
        ("detected_at", {"detected_at": LATER}),
        ("occurred_at", {"detected_at": BEFORE, "occurred_at": NOW}),
        ("known_at", {"detected_at": NOW, "known_at": BEFORE}),
        ("known_at", {"known_at": LATER}),
        ("kinds", {"kinds": frozenset()}),
        ("kinds", {"kinds": frozenset({"theft"})}),
        ("information", {"concerns_personal": False}),
        ("content", {"facts": {"content": Said("known", "  ")}}),
        ("quantity", {"facts": {"quantity": Said("estimated")}}),
        ("quantity", {"facts": {"quantity": Said("estimated", low=1200, high=1000)}}),
        ("quantity", {"facts": {"quantity": Said("known", low=-1)}}),
        ("quantity", {"facts": {"quantity": Said("known", low=10**12)}}),
        ("place", {"facts": {"place": Said("guessed", "駅")}}),
        ("place", {"facts": {"place": Said("known", "駅", as_of=LATER)}}),
        ("colour", {"facts": {"colour": Said("known", "青")}}),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(work_of: WorkOf, field: str, wrong: dict[str, Any]) -> None:
    """The message belongs beside the field; and no half of a case is left behind."""
    with work_of(TANAKA) as work:
        with refused(work, BadInput) as refusal:
            open_case(work, **wrong)
        assert refusal.value.field == field


def test_everything_may_happen_in_the_same_instant(work_of: WorkOf) -> None:
    """A loss that is noticed at once has the same time for all three."""
    with work_of(TANAKA) as work:
        open_case(work, occurred_at=work.now, detected_at=work.now, known_at=work.now)


def test_facts_are_kept_as_they_were_said(work_of: WorkOf) -> None:
    """Known, a range, an upper end alone, or nothing: each is an answer of its own."""
    with work_of(TANAKA) as work:
        as_of = work.now - timedelta(minutes=5)
        facts = {
            "content": Said("known", " 氏名、住所 ", as_of=as_of),
            "quantity": Said("estimated", high=1000),
            "place": Said(),
        }
        incident = open_case(work, facts=facts)
        content, quantity = incident.fact("content"), incident.fact("quantity")
        assert content is not None
        assert (content.state, content.text, content.as_of) == ("known", "氏名、住所", as_of)
        assert quantity is not None
        assert (quantity.low, quantity.high, quantity.as_of) == (None, 1000, work.now)
        assert incident.fact("place") is None
        assert len(work.session.scalars(select(Fact)).all()) == 2


def test_numbers_count_by_contract(work_of: WorkOf) -> None:
    """No client may learn from its number how many others were struck."""
    with work_of(TANAKA) as work:
        first, second = open_case(work), open_case(work)
        elsewhere = open_case(by(work, OGAWA), AOBA)
        assert [first.number[-2:], second.number[-2:], elsewhere.number[-2:]] == ["01", "02", "01"]
        assert len({first.number, second.number, elsewhere.number}) == 3


def test_the_number_carries_the_japanese_year(work_of: WorkOf, clock: Any) -> None:
    """In London it is still the old year when Japan opens its first case of the new one."""
    clock.now = datetime(2026, 12, 31, 15, 30, tzinfo=UTC)
    with work_of(TANAKA) as work:
        assert open_case(work).number.startswith("2027-")


def test_one_event_has_one_case_for_each_client(work_of: WorkOf) -> None:
    """A print contractor's ransomware strikes fifty clients: one occurrence, a file of its own for each."""
    with work_of(SATO) as work:
        serve(work, SATO, AOBA)
        first = open_case(work, facts={"content": Said("known", "国保の帳票")}, discovered_by="鈴木")
        twin = open_for_other_client(work, first, the_contract(work.session, AOBA))
        assert twin.occurrence_id == first.occurrence_id
        assert twin.number != first.number
        assert twin.detected_at == first.detected_at
        assert (twin.facts, twin.discovered_by) == ([], ""), "what was said to one client stays with it"
        assert events_of(work, twin) == ["incident_opened"]

        with refused(work, BadInput) as refusal:
            open_for_other_client(work, first, the_contract(work.session, AOBA))
        assert refusal.value.field == "contract"


def test_the_other_client_s_case_needs_a_role_on_both_contracts(work_of: WorkOf) -> None:
    """Nobody carries an event from one client to another who does not serve both."""
    with work_of(TANAKA) as work:
        first = open_case(work)
        with refused(work, NotPermitted):
            open_for_other_client(work, first, the_contract(work.session, AOBA))
        with refused(work, NotPermitted):
            open_for_other_client(by(work, OGAWA), first, the_contract(work.session, AOBA))
