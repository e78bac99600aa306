"""Random people take random steps, ten thousand of them, and no forbidden order ever comes about.

The shadow below keeps, in a few plain sets, what Article 16 itself cares about. It knows nothing of
the engine, so that a mistake in a workflow definition shows here as a step that should not have
been possible.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from incident_app.domain.base import connect_database
from incident_app.domain.deadline import REPORTABILITY, Deadline
from incident_app.domain.errors import Refused
from incident_app.domain.incident import Incident
from incident_app.domain.instruction import InstructionItem
from incident_app.domain.notice import INDIVIDUAL, SUBSTITUTE_NOTICE, Delivery
from incident_app.domain.parties import PARTIES, day_in_japan
from incident_app.domain.statute import STATUTORY_KINDS
from incident_app.domain.timeline import TimelineEntry, verify
from incident_app.domain.work import Actor, Work, begin_work, open_sessions
from incident_app.engine import library, machine
from incident_app.services import (
    closing,
    containing,
    describing,
    instructing,
    moving,
    notifying,
    publishing,
    reporting,
    statutory_reports,
    triaging,
)
from incident_app.services.instructing import Order
from incident_app.services.opening import Said
from incident_app.services.proposing import counts_from, legal_facts_of
from tests.builders import a_bare_incident, an_individual, the_person
from tests.cast import ITO, KIMURA, OGAWA, SATO, SUZUKI, TANAKA, YAMADA, CastMember
from tests.clock import TestClock
from tests.conftest import MASTER_KEY
from tests.services.stories import TEXT

CONTRACTOR_PEOPLE = (TANAKA, SUZUKI, SATO)
RESPONSIBLE = (TANAKA, SATO)
PEOPLE = st.sampled_from((TANAKA, SUZUKI, SATO, YAMADA, ITO, KIMURA, OGAWA))
# Mostly the side whose step it is, now and then somebody else.
OURS = st.sampled_from((TANAKA, TANAKA, TANAKA, SATO, SATO, SUZUKI, YAMADA))
THEIRS = st.sampled_from((YAMADA, YAMADA, YAMADA, YAMADA, TANAKA, SUZUKI, ITO))
SELDOM = st.integers(0, 5).map(lambda n: n == 0)
WORDS = st.sampled_from(("", "  ", "理由あり"))
ORDERS = {
    "notify": Order("notify_individuals", "本人に通知すること", means=("letter", "email")),
    "notify_as_city": Order("notify_individuals", "甲の名で通知", means=("letter",), in_whose_name="client"),
    "post": Order("substitute_notice", "ホームページに掲示すること"),
    "none": Order("no_notice", "通知は不要とする"),
    "investigate": Order("investigate", "原因を調べること"),
}


class RandomPeople(RuleBasedStateMachine):
    """One case, seven people, and a shadow of what the clause allows."""

    template: Path
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="people"))
        shutil.copy(self.template, self.folder / "incident.db")
        self.engine = connect_database(f"sqlite:///{self.folder / 'incident.db'}")
        self.sessions = open_sessions(self.engine, MASTER_KEY)
        self.clock = TestClock()
        self.standing: set[int] = set()
        self.fulfilled: set[int] = set()
        self.unconfirmed: set[int] = set()
        self.approved_texts: set[int] = set()
        self.answered: set[int] = set()
        self.personal = True
        self.report, self.contained, self.closed = "due", False, ""
        self.notification, self.publication = "not_started", "undecided"

    def teardown(self) -> None:
        with self.work(TANAKA) as work:
            assert verify(work.session, self.incident(work)) == []
        self.engine.dispose()
        shutil.rmtree(self.folder)

    @initialize(personal=st.sampled_from((True, True, False)), under_way=st.booleans())
    def a_case(self, personal: bool, under_way: bool) -> None:
        with self.work(TANAKA) as work:
            incident = a_bare_incident(work, concerns_personal=personal, concerns_confidential=not personal)
            self.number, self.id = incident.number, incident.id
            for key in ("1", "2"):
                an_individual(work, incident, key)
        self.personal = personal
        with self.sessions() as session:
            self.persons = {
                member.login: Actor(the_person(session, member).id, member.name)
                for member in (TANAKA, SUZUKI, SATO, YAMADA, ITO, KIMURA, OGAWA)
            }

        if under_way:
            self.report_first(TANAKA)
            self.instruct(YAMADA, "investigate")
            self.draft(SUZUKI, INDIVIDUAL)
            self.propose(TANAKA)

    # ------------------------------------------------------------ never gated

    @rule(person=PEOPLE)
    def contain(self, person: CastMember) -> None:
        done = self.attempt(person, lambda w, i: containing.record_measure(w, i, "回収した"), even_ended=True)
        assert done == (person in CONTRACTOR_PEOPLE), "containment waits for nobody"

    @rule(person=PEOPLE)
    def declare_contained(self, person: CastMember) -> None:
        done = self.attempt(person, containing.declare_contained, even_ended=True)
        assert done == (person in RESPONSIBLE and not self.contained), "containment waits for nobody"
        self.contained |= done

    @rule(person=PEOPLE)
    def contain_again(self, person: CastMember) -> None:
        if self.attempt(person, containing.resume_containment, even_ended=True):
            self.contained = False

    @rule(person=PEOPLE)
    def learn_more(self, person: CastMember) -> None:
        said = Said("known", "氏名、住所")
        done = self.attempt(
            person, lambda w, i: describing.record_fact(w, i, "content", said), even_ended=True
        )
        assert done == (person in CONTRACTOR_PEOPLE), "facts can always be added"

    @rule(person=PEOPLE)
    def report_first(self, person: CastMember) -> None:
        done = self.attempt(person, reporting.send_first_report, even_ended=True)
        assert done == (person in RESPONSIBLE and self.report == "due"), "the report waits for nobody"
        self.report = "reported" if done else self.report

    @rule(person=PEOPLE)
    def report_again(self, person: CastMember) -> None:
        done = self.attempt(
            person, lambda w, i: reporting.send_follow_up(w, i, reason="調査の進展"), even_ended=True
        )
        assert done == (person in RESPONSIBLE and self.report != "due"), "the report waits for nobody"

    @rule(person=OURS)
    def report_last(self, person: CastMember) -> None:
        done = self.attempt(
            person, lambda w, i: reporting.send_final_report(w, i, reason="調査の終了"), even_ended=True
        )
        assert done == (person in RESPONSIBLE and self.report == "reported"), "the report waits for nobody"
        self.report = "concluded" if done else self.report

    # ------------------------------------------------------------ 甲 instructs

    @rule(person=THEIRS, what=st.sampled_from(sorted(ORDERS)))
    def instruct(self, person: CastMember, what: str) -> None:
        if self.attempt(person, lambda w, i: instructing.issue_instruction(w, i, [ORDERS[what]])):
            assert person is YAMADA, "only 甲 instructs"
            self.standing.add(self.newest_item())

    @rule(person=OURS, what=st.sampled_from(sorted(ORDERS)))
    def write_down_instruction(self, person: CastMember, what: str) -> None:
        def act(work: Work, incident: Incident) -> object:
            return instructing.transcribe_instruction(
                work, incident, [ORDERS[what]], given_by="山田", given_at=work.now, channel="phone"
            )

        if self.attempt(person, act):
            self.standing.add(self.newest_item())
            self.unconfirmed.add(self.newest_item())

    @rule(person=THEIRS)
    def confirm(self, person: CastMember) -> None:
        chosen = min(self.unconfirmed & self.standing, default=None)

        def act(work: Work, incident: Incident) -> None:
            instructing.confirm_instruction(work, incident, the_item(work, chosen).instruction)

        if chosen is not None and self.attempt(person, act):
            assert person is YAMADA, "only 甲 confirms"
            self.unconfirmed.discard(chosen)

    @rule(person=THEIRS, reason=WORDS, index=st.integers(0, 1))
    def withdraw(self, person: CastMember, reason: str, index: int) -> None:
        chosen = self.some(self.standing, index)

        def act(work: Work, incident: Incident) -> None:
            instructing.withdraw_instruction(work, incident, the_item(work, chosen).instruction, reason)

        if chosen is not None and self.attempt(person, act):
            assert person is YAMADA and reason.strip(), "only 甲 withdraws, and says why"
            self.standing.discard(chosen)

    @rule(person=THEIRS, index=st.integers(0, 1))
    def amend(self, person: CastMember, index: int) -> None:
        chosen = self.some(self.standing, index)

        def act(work: Work, incident: Incident) -> object:
            instruction = the_item(work, chosen).instruction
            ends = [item.number for item in instruction.items]
            return instructing.amend_instruction(
                work, incident, instruction, end=ends, add=[ORDERS["investigate"]]
            )

        if chosen is not None and self.attempt(person, act):
            assert person is YAMADA, "only 甲 amends"
            self.standing.discard(chosen)
            self.standing.add(self.newest_item())
            if chosen in self.unconfirmed:
                self.unconfirmed.add(self.newest_item())

    @rule(person=OURS, index=st.integers(0, 2))
    def fulfil(self, person: CastMember, index: int) -> None:
        chosen = index + 1

        def act(work: Work, incident: Incident) -> None:
            instructing.fulfil_item(work, incident, the_item(work, chosen), "実施した")

        if self.known_item(chosen) and self.attempt(person, act):
            assert chosen in self.standing, "an item that no longer stands cannot be fulfilled"
            self.fulfilled.add(chosen)

    # ------------------------------------------------------------ the individuals

    @rule(person=OURS, kind=st.sampled_from((INDIVIDUAL, SUBSTITUTE_NOTICE)))
    def draft(self, person: CastMember, kind: str) -> None:
        def act(work: Work, incident: Incident) -> object:
            values = TEXT
            notice = notifying.draft_notice(
                work, incident, kind=kind, in_whose_name="contractor", values=values
            )
            notifying.submit_text(work, incident, notice)
            return notice

        if self.attempt(person, act):
            assert self.personal, "no notice without personal information"

    @rule(person=THEIRS, index=st.integers(0, 1))
    def approve_text(self, person: CastMember, index: int) -> None:
        def act(work: Work, incident: Incident) -> None:
            notifying.approve_text(work, incident, incident.notices[index % len(incident.notices)])

        if self.notices and self.attempt(person, act):
            assert person is YAMADA, "only 甲 approves the text"
            self.approved_texts.add(index % self.notices)

    @rule(person=OURS, text=st.integers(0, 1), index=st.integers(0, 2))
    def send_or_post(self, person: CastMember, text: int, index: int) -> None:
        chosen = index + 1

        def act(work: Work, incident: Incident) -> object:
            notice = incident.notices[text % len(incident.notices)]
            item = the_item(work, chosen)
            if notice.kind == INDIVIDUAL:
                return notifying.start_deliveries(work, incident, notice, item)
            today = day_in_japan(work.now)
            return notifying.post_substitute(
                work, incident, notice, item, place="トップページ", from_on=today
            )

        if self.notices and self.known_item(chosen) and self.attempt(person, act):
            assert chosen in self.standing, "no notice before a standing instruction that covers it"
            assert self.personal, "no notice where only confidential information is concerned"
            assert text % self.notices in self.approved_texts, "no notice whose text 甲 has not approved"
            with self.work(TANAKA) as work:
                notice = self.incident(work).notices[text % self.notices]
                item = the_item(work, chosen)
                assert notice.drafted_by_id != notice.approved_by_id, "four eyes"
                ordered = {INDIVIDUAL: "notify_individuals", SUBSTITUTE_NOTICE: "substitute_notice"}
                assert (item.kind, item.in_whose_name) == (ordered[notice.kind], notice.in_whose_name)
            self.notification = "under_way"

    @rule()
    def the_relay_and_the_post_take_everything(self) -> None:
        with self.work(TANAKA) as work:
            waiting = select(Delivery.item_id).where(Delivery.state == "queued")
            assert set(work.session.scalars(waiting)) <= self.standing, "what was withdrawn stops"
            work.session.execute(update(Delivery).where(Delivery.state == "queued").values(state="posted"))

    @rule(person=OURS)
    def conclude(self, person: CastMember) -> None:
        if self.attempt(person, notifying.conclude_notification):
            self.notification = "done"

    @rule(person=OURS)
    def set_aside(self, person: CastMember) -> None:
        if self.attempt(person, notifying.set_notification_aside):
            assert self.ruled_out(), "personal information needs 甲's word before nobody is told"
            self.notification = "not_required"

    @rule(person=OURS)
    def resume(self, person: CastMember) -> None:
        if self.attempt(person, notifying.resume_notification):
            self.notification = "not_started"

    @rule(person=OURS, personal=st.booleans())
    def find_out_what_it_was(self, person: CastMember, personal: bool) -> None:
        def act(work: Work, incident: Incident) -> None:
            describing.describe_case(
                work, incident, concerns_personal=personal, concerns_confidential=not personal
            )

        if self.attempt(person, act, even_ended=True):
            self.personal = personal

    # ------------------------------------------------------------ publication

    @rule(person=OURS)
    def propose(self, person: CastMember) -> None:
        self.attempt(
            person, lambda w, i: publishing.propose_consultation(w, i, proposal="publish", points="時期")
        )

    @rule(person=THEIRS, index=st.integers(0, 1))
    def answer(self, person: CastMember, index: int) -> None:
        def act(work: Work, incident: Incident) -> None:
            chosen = incident.consultations[index % len(incident.consultations)]
            publishing.answer_consultation(work, incident, chosen, outcome="publish", answer="異議なし")

        if self.consultations and self.attempt(person, act):
            assert person is YAMADA, "only 甲 answers"
            self.answered.add(index % self.consultations)
            self.publication = "consulted"

    @rule(person=OURS, index=st.integers(0, 1))
    def publish(self, person: CastMember, index: int) -> None:
        def act(work: Work, incident: Incident) -> object:
            chosen = incident.consultations[index % len(incident.consultations)]
            values = {"what_happened": "紛失しました。"}
            return publishing.publish(work, incident, chosen, place="市ホームページ", values=values)

        if self.consultations and self.attempt(person, act):
            assert index % self.consultations in self.answered, "no publication before a consultation"
            self.publication = "published"

    @rule(person=OURS, index=st.integers(0, 1), reason=WORDS)
    def withhold(self, person: CastMember, index: int, reason: str) -> None:
        def act(work: Work, incident: Incident) -> object:
            chosen = incident.consultations[index % len(incident.consultations)]
            return publishing.withhold_publication(work, incident, chosen, reason)

        if self.consultations and self.attempt(person, act):
            assert reason.strip(), "no withholding without a reason"
            assert index % self.consultations in self.answered, "no decision before a consultation"
            self.publication = "withheld"

    # ------------------------------------------------------------ what the law asks of each party

    @rule(person=PEOPLE, persons=st.sampled_from((1, 101, 1001)))
    def count_the_persons(self, person: CastMember, persons: int) -> None:
        def act(work: Work, incident: Incident) -> object:
            facts = replace(legal_facts_of(incident), persons_low=persons, persons_high=persons)
            return triaging.state_legal_facts(work, incident, facts)

        if self.attempt(person, act, even_ended=True):
            assert person in (*CONTRACTOR_PEOPLE, YAMADA), "only who works on the case states facts"

    @rule(person=PEOPLE, party=st.sampled_from(PARTIES), reportable=st.booleans(), reason=WORDS)
    def decide(self, person: CastMember, party: str, reportable: bool, reason: str) -> None:
        def act(work: Work, incident: Incident) -> object:
            known = counts_from(incident, party, work.now) or work.now
            return triaging.decide_reportability(
                work, incident, party, reportable=reportable, days=30, reason=reason, known_at=known
            )

        if self.attempt(person, act, even_ended=True):
            assert reason.strip(), "no decision without a reason"
            assert person in (RESPONSIBLE if party == "contractor" else (YAMADA,)), (
                "each party decides for itself"
            )

    @rule(person=PEOPLE, kind=st.sampled_from(STATUTORY_KINDS), filed=st.booleans())
    def report_to_the_authority(self, person: CastMember, kind: str, filed: bool) -> None:
        def act(work: Work, incident: Incident) -> None:
            report = statutory_reports.draft_statutory_report(work, incident, kind)
            if filed:
                statutory_reports.record_filing(work, incident, report, filed_at=work.now)
                met = statutory_reports.MEETS[kind]
                assert not [d for d in self.by_law(incident, report.party) if d.name in met]

        if self.attempt(person, act, even_ended=True):
            assert person in (*RESPONSIBLE, YAMADA), "only who answers for a party reports for it"

    @rule(person=PEOPLE, index=st.integers(0, 5), days=st.sampled_from((-1, 3)), reason=WORDS)
    def move_a_date(self, person: CastMember, index: int, days: int, reason: str) -> None:
        def act(work: Work, incident: Incident) -> None:
            deadline = incident.deadlines[index % len(incident.deadlines)]
            due = deadline.due_at + timedelta(days=days)
            by_law, party = deadline.statutory, deadline.party
            moving.move_deadline(
                work,
                incident,
                deadline,
                to_day=day_in_japan(due) if deadline.due_on else None,
                to_instant=None if deadline.due_on else due,
                reason=reason,
            )
            assert reason.strip(), "no move without a reason"
            if by_law:
                assert (person is YAMADA) == (party == "client"), "each party moves its own dates by law"
            elif party == "contractor" and days > 0 and deadline.name != REPORTABILITY:
                assert person is YAMADA, "乙 gives itself no time"

        if self.has_deadlines():
            self.attempt(person, act)

    # ------------------------------------------------------------ closure

    @rule(person=THEIRS)
    def close(self, person: CastMember) -> None:
        if self.attempt(person, closing.close_incident):
            assert person is YAMADA, "only 甲 closes"
            assert self.report == "concluded" and self.contained, "an open duty cannot be closed over"
            assert self.standing <= self.fulfilled, "nor an unfulfilled item"
            assert not self.unconfirmed & self.standing, "nor an unconfirmed instruction"
            assert self.publication in ("published", "withheld"), "nor an undecided publication"
            told = self.notification == "done" or (self.notification == "not_required" and self.ruled_out())
            assert told, "nor an unsettled notification"
            with self.work(YAMADA) as work:
                owed = [d for party in PARTIES for d in self.by_law(self.incident(work), party)]
            assert owed == [], "nor a report by law that is neither filed nor decided upon"
            self.closed = "closed"

    @rule(person=OURS, reason=WORDS, today=SELDOM)
    def claim_no_incident(self, person: CastMember, reason: str, today: bool) -> None:
        if today and self.attempt(person, lambda w, i: closing.claim_no_incident(w, i, reason)):
            assert reason.strip() and not self.closed, "a claim has a reason"
            self.closed = "claimed"

    @rule(person=THEIRS)
    def acknowledge(self, person: CastMember) -> None:
        if self.attempt(person, closing.acknowledge_no_incident):
            assert person is YAMADA and self.closed == "claimed", "only 甲 ends a case as no incident"
            self.closed = "none"

    @rule(person=OURS, reason=WORDS)
    def reopen(self, person: CastMember, reason: str) -> None:
        if self.attempt(person, lambda w, i: closing.reopen_incident(w, i, reason), even_ended=True):
            assert reason.strip() and self.closed in ("closed", "none"), "only an ended case is reopened"
            self.closed = ""

    # ------------------------------------------------------------ always

    @invariant()
    def a_delivery_stands_on_an_item(self) -> None:
        if not hasattr(self, "id"):
            return
        type(self).steps += 1
        with self.sessions() as session:
            unsent = select(Delivery.item_id).where(Delivery.state.in_(("queued", "printed")))
            assert set(session.scalars(unsent)) <= self.standing

    # ------------------------------------------------------------ helpers

    @contextmanager
    def work(self, person: CastMember) -> Iterator[Work]:
        actor = self.persons[person.login] if hasattr(self, "persons") else Actor(None, person.name)
        with begin_work(self.sessions, self.clock, actor) as work:
            yield work

    def incident(self, work: Work) -> Incident:
        return work.session.scalars(select(Incident)).one()

    def attempt(
        self, person: CastMember, act: Callable[[Work, Incident], Any], *, even_ended: bool = False
    ) -> bool:
        """Try it; a refusal must leave the record as it was."""
        self.clock.advance(minutes=1)
        before = self.lines()
        try:
            with self.work(person) as work:
                act(work, self.incident(work))
                self.notices = len(self.incident(work).notices)
                self.consultations = len(self.incident(work).consultations)
        except Refused:
            assert self.lines() == before, "a refusal changes nothing"
            return False
        assert self.lines() > before, "what is done is on record"
        assert even_ended or self.closed not in ("closed", "none"), "an ended case rests"
        return True

    notices = 0
    consultations = 0

    def lines(self) -> int:
        with self.sessions() as session:
            return session.scalar(select(func.count(TimelineEntry.id))) or 0

    def newest_item(self) -> int:
        with self.sessions() as session:
            return session.scalar(select(func.max(InstructionItem.id))) or 0

    def known_item(self, item_id: int) -> bool:
        return item_id <= self.newest_item()

    def some(self, chosen: set[int], index: int) -> int | None:
        return sorted(chosen)[index % len(chosen)] if chosen else None

    def has_deadlines(self) -> bool:
        with self.sessions() as session:
            return bool(session.scalar(select(func.count(Deadline.id))))

    def by_law(self, incident: Incident, party: str) -> list[Deadline]:
        """What a party still owes by law, its own decision included."""
        return [
            d
            for d in incident.deadlines
            if (d.statutory or d.name == REPORTABILITY)
            and d.party == party
            and d.met_at is None
            and d.dropped_at is None
        ]

    def ruled_out(self) -> bool:
        with self.sessions() as session:
            kinds = set(
                session.scalars(select(InstructionItem.kind).where(InstructionItem.id.in_(self.standing)))
            )
        if kinds & {"notify_individuals", "substitute_notice"}:
            return False
        return not self.personal or "no_notice" in kinds


def the_item(work: Work, item_id: int | None) -> InstructionItem:
    item = work.session.get(InstructionItem, item_id)
    assert item is not None
    return item


def walk(template: Path, examples: int, phases: tuple[Phase, ...] = tuple(Phase)) -> int:
    """Let people walk through this many cases of fifty steps; returns how many steps they took."""

    class Walk(RandomPeople):
        pass

    Walk.template = template
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=examples,
            stateful_step_count=50,
            deadline=None,
            database=None,
            phases=phases,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
    return Walk.steps


@pytest.mark.parametrize("part", range(4))
def test_no_order_of_steps_breaks_the_clause(sqlite_template: Path, part: int) -> None:
    """Ten thousand steps in four walks: what Article 16 forbids never happens, and what it frees is free."""
    assert walk(sqlite_template, examples=75) >= 2_500


@pytest.mark.parametrize(
    "step",
    ["start_deliveries", "withhold_publication", "close_incident", "set_notification_aside", "publish"],
)
def test_a_workflow_broken_by_hand_is_found_out(
    sqlite_template: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The walk above can fail: open one step to any place and without its needs, and it does."""
    whole = library.newest("article16")
    rule = whole.steps[step]
    anywhere = replace(rule, needs=("case_open",), sources=tuple(whole.tracks[rule.track].states))
    broken = replace(whole, steps={**whole.steps, step: anywhere})
    shelf = {(whole.name, whole.version): broken}
    for module in (library, machine):
        monkeypatch.setattr(module, "shelf", lambda: shelf)
    machine._machine.cache_clear()

    try:
        with pytest.raises((AssertionError, IntegrityError)):
            walk(sqlite_template, examples=800, phases=(Phase.generate,))
    finally:
        machine._machine.cache_clear()
