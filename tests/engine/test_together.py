"""Two people, one step, the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from incident_app.domain.errors import Overtaken, StepRefused
from incident_app.domain.incident import Incident
from incident_app.domain.instruction import InstructionItem
from incident_app.domain.timeline import entries_of, verify
from incident_app.engine.machine import take
from tests.builders import a_bare_incident, an_item
from tests.cast import SATO, SUZUKI, TANAKA, YAMADA, CastMember
from tests.conftest import WorkOf, only_on_postgresql


@pytest.mark.parametrize(
    ("step", "seen", "refusal"),
    [
        ("declare_contained", 1, Overtaken),
        ("declare_contained", None, StepRefused),
        ("send_follow_up", 1, Overtaken),
    ],
)
def test_of_two_who_take_the_same_step_one_wins(
    work_of: WorkOf, step: str, seen: int | None, refusal: type[Exception]
) -> None:
    """The other is told to look again; the record has one line, and nothing is half done."""
    with work_of(TANAKA) as work:
        incident_id = a_bare_incident(work, states={"report": "reported"}).id
    start = Barrier(2)

    def try_it(member: CastMember) -> type[Exception] | None:
        start.wait(timeout=30)
        try:
            with work_of(member) as work:
                take(work, work.session.get_one(Incident, incident_id), step, seen=seen)
        except (Overtaken, StepRefused) as refused:
            return type(refused)
        return None

    with ThreadPoolExecutor(2) as pool:
        outcomes = set(pool.map(try_it, (TANAKA, SATO)))

    assert outcomes == {None, refusal}
    with work_of(TANAKA) as work:
        assert [entry.event for entry in entries_of(work.session, incident_id)] == [step]
        assert verify(work.session, work.session.get_one(Incident, incident_id)) == []


@only_on_postgresql
def test_an_item_withdrawn_while_somebody_was_looking_no_longer_carries_a_step(work_of: WorkOf) -> None:
    """What was read before the lock is read again behind it: 甲's word counts from the moment it is given."""
    with work_of(YAMADA) as work:
        incident = a_bare_incident(work, states={"instruction": "received"})
        incident_id, item_id = incident.id, an_item(work, incident).id

    with work_of(SUZUKI) as looking:
        incident = looking.session.get_one(Incident, incident_id)
        item = looking.session.get_one(InstructionItem, item_id)
        assert item.in_force
        with work_of(YAMADA) as work:
            theirs = work.session.get_one(Incident, incident_id)
            take(work, theirs, "withdraw_instruction", reason="対象者の範囲に誤りがあったため")
            theirs.instructions[0].withdrawn_at = work.now

        with pytest.raises(StepRefused, match="amended away or withdrawn"):
            take(looking, incident, "fulfil_item", item=item)
