"""A pause holds what waits, finishes what is in hand, and stops nothing."""

from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from incident_app.domain.errors import NotPermitted
from incident_app.domain.incident import Incident
from incident_app.domain.notice import Delivery, Notice
from incident_app.domain.work import Work
from incident_app.services.mailing import Ledger
from incident_app.services.notifying import start_deliveries
from incident_app.services.pausing import may_pause, pause, resume
from incident_app.services.printing import claim_run, letters_to_plan, plan_run
from incident_app.services.progress import progress_of_notice
from tests.builders import an_individual
from tests.cast import ITO, OGAWA, SATO, TANAKA, YAMADA, CastMember
from tests.conftest import WorkOf
from tests.services.ledgers import print_next_run
from tests.services.stories import LETTERS, MAILS, approved, by, events_of, instructed, item_of, refused


def started(work: Work, order: object = MAILS, people: int = 3) -> tuple[Incident, Notice]:
    incident = instructed(work, order)  # type: ignore[arg-type]  # one of the stories' orders
    for number in range(people):
        an_individual(
            work, incident, f"{number:010d}", email=f"person{number}@example.jp", postal_code="100-0001"
        )
    notice = approved(work, incident)
    start_deliveries(by(work, SATO), incident, notice, item_of(incident))
    return incident, notice


def states(work: Work) -> list[str]:
    work.session.flush()
    work.session.expire_all()
    return list(work.session.scalars(select(Delivery.state).order_by(Delivery.id)))


def test_mails_that_wait_stay_until_somebody_resumes(work_of: WorkOf) -> None:
    """Also those that a worker has written out ahead; none is stopped."""
    with work_of(TANAKA) as work:
        incident, notice = started(work)
        ledger = Ledger(lambda: nullcontext(work), "incident@example.jp")
        assert len([it for it in ledger.claim(work, 1) if it.row is Delivery]) <= 1
        while states(work).count("sending") == 0:
            ledger.claim(work, 1)
        pause(work, incident, notice)
        work.session.flush()
        assert [it for it in ledger.claim(work, 10) if it.row is Delivery] == []
        fresh = Ledger(lambda: nullcontext(work), "incident@example.jp")
        assert [it for it in fresh.claim(work, 10) if it.row is Delivery] == []
        assert sorted(states(work)) == ["queued", "queued", "sending"]
        resume(work, incident, notice)
        work.session.flush()
        assert len([it for it in fresh.claim(work, 10) if it.row is Delivery]) == 2
        assert events_of(work, incident)[-2:] == ["deliveries_paused", "deliveries_resumed"]


def test_letters_are_neither_planned_nor_printed_during_a_pause(work_of: WorkOf, tmp_path: Path) -> None:
    """A run that was planned before waits too."""
    with work_of(TANAKA) as work:
        incident, notice = started(work, LETTERS)
        waiting = letters_to_plan(work)
        assert waiting is not None
        pause(work, incident, notice)
        work.session.flush()
        assert letters_to_plan(work) is None
        plan_run(work, *waiting)
        assert claim_run(work) is None
        resume(work, incident, notice)
        work.session.flush()
        assert claim_run(work) is not None


@pytest.mark.parametrize("who", [TANAKA, SATO, YAMADA])
def test_either_party_may_pause_and_go_on(work_of: WorkOf, who: CastMember) -> None:
    """Whoever sees that something is wrong stops it at once; twice is once."""
    with work_of(TANAKA) as work:
        incident, notice = started(work)
        actor = by(work, who)
        assert may_pause(actor, incident)
        before = len(events_of(work, incident))
        for act in (pause, pause, resume, resume):
            act(actor, incident, notice)
        assert len(events_of(work, incident)) == before + 2


@pytest.mark.parametrize("who", [ITO, OGAWA])
def test_nobody_else_does(work_of: WorkOf, who: CastMember) -> None:
    """An auditor reads; another contract's people have nothing to do with it."""
    with work_of(TANAKA) as work:
        incident, notice = started(work)
        for act in (pause, resume):
            with refused(work, NotPermitted):
                act(by(work, who), incident, notice)


def test_the_pace_is_what_went_out_lately_and_says_how_long_the_rest_takes(
    work_of: WorkOf, tmp_path: Path
) -> None:
    """Ten in two minutes, twenty wait: four minutes. Nothing is promised while nothing moves, or during a pause."""
    with work_of(TANAKA) as work:
        incident, notice = started(work, LETTERS, people=30)
        assert progress_of_notice(work, incident, notice).pace.a_minute == 0
        ids = list(work.session.scalars(select(Delivery.id).order_by(Delivery.id)))
        long_ago, lately = work.now - timedelta(hours=1), work.now - timedelta(minutes=2)
        work.session.execute(update(Delivery).values(changed_at=long_ago))
        printed = update(Delivery).where(Delivery.id.in_(ids[:10]))
        work.session.execute(printed.values(state="printed", changed_at=lately))
        progress = progress_of_notice(work, incident, notice)
        assert (progress.started, progress.waiting, progress.pace.a_minute) == (30, 20, 5)
        assert progress.pace.minutes_left(progress.waiting) == 4
        pause(work, incident, notice)
        work.session.flush()
        assert progress_of_notice(work, incident, notice).pace.minutes_left(20) is None
        resume(work, incident, notice)
        print_next_run(work, tmp_path)
        assert progress_of_notice(work, incident, notice).waiting == 0
