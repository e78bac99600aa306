"""Taking a step: who may, from where, what must be met, and that a refusal leaves nothing behind."""

from datetime import timedelta

import pytest

from incident_app.domain.errors import BadInput, NotPermitted, Overtaken, Refused, StepRefused
from incident_app.domain.incident import Incident
from incident_app.domain.timeline import entries_of
from incident_app.domain.work import Work
from incident_app.engine.machine import possible_steps, take
from tests.builders import a_bare_incident, a_consultation, a_notice, an_item
from tests.cast import ADMIN, ITO, KIMURA, OGAWA, SATO, SUZUKI, TANAKA, YAMADA, CastMember
from tests.conftest import WorkOf


def places(incident: Incident) -> dict[str, tuple[str, int]]:
    """Where every duty stands, and how often it was changed."""
    return {track.name: (track.state, track.version) for track in incident.tracks}


def assert_untouched(work: Work, incident: Incident, before: dict[str, tuple[str, int]]) -> None:
    """Write out and read again: neither a line, nor a change, nor a counted version."""
    work.session.flush()
    work.session.expire_all()
    assert places(incident) == before
    assert entries_of(work.session, incident.id) == []
    assert incident.deadlines == []


def test_a_step_moves_its_track_and_writes_one_line(work_of: WorkOf) -> None:
    """The record and the place can never tell two stories."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        entry = take(work, incident, "declare_contained", by="回線を遮断")

        assert incident.track("containment").state == "contained"
        assert incident.track("containment").version == 2
        assert entries_of(work.session, incident.id) == [entry]
        assert (entry.event, entry.facts) == ("declare_contained", {"by": "回線を遮断"})
        assert (entry.actor_id, entry.actor_name) == (work.actor.person_id, "田中 一郎")


@pytest.mark.parametrize("member", [SUZUKI, YAMADA, ITO, KIMURA, OGAWA, ADMIN], ids=lambda m: m.login)
def test_a_step_is_refused_to_everybody_without_its_role(work_of: WorkOf, member: CastMember) -> None:
    """A role counts on its contract alone: the same company's responsible person elsewhere has none here."""
    with work_of(member) as work:
        incident = a_bare_incident(work)
        before = places(incident)
        with pytest.raises(NotPermitted) as refusal:
            take(work, incident, "declare_contained")

        assert "措置の完了を宣言" in refusal.value.ja
        assert "Declare contained" in refusal.value.en
        assert_untouched(work, incident, before)


def test_a_deputy_may_do_what_the_responsible_person_may(work_of: WorkOf) -> None:
    """Article 8: at night it is often the deputy who answers."""
    with work_of(SATO) as work:
        incident = a_bare_incident(work)
        take(work, incident, "report_to_client")
        assert incident.track("report").state == "reported"


def test_a_step_from_the_wrong_place_is_refused_in_two_languages(work_of: WorkOf) -> None:
    """The officer reads where the case stands, not the name of a state."""
    with work_of(YAMADA) as work:
        incident = a_bare_incident(work)
        before = places(incident)
        with pytest.raises(StepRefused) as refusal:
            take(work, incident, "acknowledge_no_incident")

        (unmet,) = refusal.value.unmet
        assert unmet.need == "place"
        assert unmet.ja == "「事故に当たらないことを認める」は、終結が「対応中」のときには行えません。"
        assert (
            unmet.en == "“Acknowledge that this is no incident” is not open while Closure stands at “Open”."
        )
        assert_untouched(work, incident, before)


def test_a_refusal_names_every_unmet_need(work_of: WorkOf) -> None:
    """Nobody should have to try six times to learn six reasons."""
    with work_of(YAMADA) as work:
        incident = a_bare_incident(work)
        an_item(work, incident)
        before = places(incident)
        with pytest.raises(StepRefused) as refusal:
            take(work, incident, "close_incident")

        assert [unmet.need for unmet in refusal.value.unmet] == [
            "report_concluded",
            "damage_contained",
            "items_fulfilled",
            "notification_settled",
            "publication_settled",
        ]
        assert all(unmet.ja and unmet.en for unmet in refusal.value.unmet)
        assert "最終報がまだ甲に送られていません。" in refusal.value.ja
        assert "An item of the instruction is not fulfilled." in refusal.value.en
        assert_untouched(work, incident, before)


def test_a_step_dated_in_the_future_changes_nothing(work_of: WorkOf) -> None:
    """The place must not move before the line is sure to be written."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        before = places(incident)
        with pytest.raises(BadInput):
            take(work, incident, "declare_contained", happened_at=work.now + timedelta(minutes=1))
        assert_untouched(work, incident, before)


def test_a_reason_goes_into_the_line_and_a_blank_is_none(work_of: WorkOf) -> None:
    """Withholding, withdrawing and reopening need words that can be read a year later."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        before = places(incident)
        with pytest.raises(StepRefused):
            take(work, incident, "claim_no_incident", reason=" \u3000 ")
        assert_untouched(work, incident, before)

        entry = take(work, incident, "claim_no_incident", reason=" 机の中にあった ")
        assert entry.facts == {"reason": "机の中にあった"}


def test_whoever_saw_an_older_state_is_told_to_look_again(work_of: WorkOf) -> None:
    """Of two people who looked at the same page one wins, even when the step leaves the track in place."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work, states={"report": "reported"})
        seen = incident.track("report").version
        take(work, incident, "send_follow_up", seen=seen)
        with pytest.raises(Overtaken) as refusal:
            take(work, incident, "send_follow_up", seen=seen)

        assert "ほかの人" in refusal.value.ja
        assert "Somebody else" in refusal.value.en
        assert len(entries_of(work.session, incident.id)) == 1


def test_steps_that_exclude_nobody_may_be_taken_from_an_old_page(work_of: WorkOf) -> None:
    """Two people adding facts on the same night must both get through."""
    with work_of(SUZUKI) as work:
        incident = a_bare_incident(work)
        for _ in range(2):
            take(work, incident, "record_measure", seen=1)
        assert incident.track("containment").version == 1
        assert len(entries_of(work.session, incident.id)) == 2


def test_nothing_goes_out_before_an_instruction_that_covers_it(work_of: WorkOf) -> None:
    """甲の指示により: kind, text, name and standing must all fit."""
    with work_of(SATO) as work:
        incident = a_bare_incident(work)
        elsewhere = a_bare_incident(work, "I-2026-0002")
        notice = a_notice(work, incident)
        misfits = [
            None,
            an_item(work, incident, kind="substitute_notice"),
            an_item(work, incident, in_whose_name="client"),
            an_item(work, incident, text_version=7),
            an_item(work, incident, ended_in=2),
            an_item(work, elsewhere),
        ]
        for item in misfits:
            with pytest.raises(StepRefused) as refusal:
                take(work, incident, "start_deliveries", notice=notice, item=item)
            assert [unmet.need for unmet in refusal.value.unmet] == ["instruction_covers"]

        take(work, incident, "start_deliveries", notice=notice, item=an_item(work, incident))
        assert incident.track("notification").state == "under_way"


@pytest.mark.parametrize(("drafter", "refused"), [(TANAKA, True), (SUZUKI, False)], ids=["self", "other"])
def test_a_notice_needs_a_second_person(work_of: WorkOf, drafter: CastMember, *, refused: bool) -> None:
    """A letter to a thousand people is read by four eyes, unless the contract waives it."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work)
        notice, item = a_notice(work, incident, drafter), an_item(work, incident)
        if refused:
            with pytest.raises(StepRefused, match="Somebody other than the drafter"):
                take(work, incident, "start_deliveries", notice=notice, item=item)
            incident.contract.second_person = False
        take(work, incident, "start_deliveries", notice=notice, item=item)


def test_confidential_information_has_no_individuals_to_notify(work_of: WorkOf) -> None:
    """Article 16(2) speaks of 本人, and a company secret has none."""
    with work_of(SATO) as work:
        incident = a_bare_incident(work, concerns_personal=False, concerns_confidential=True)
        notice, item = a_notice(work, incident), an_item(work, incident)
        with pytest.raises(StepRefused, match="nobody to notify"):
            take(work, incident, "start_deliveries", notice=notice, item=item)
        item.ended_in = 2  # 甲 takes back an order that cannot be carried out
        take(work, incident, "set_notification_aside")


def test_nothing_is_published_before_the_client_has_answered(work_of: WorkOf) -> None:
    """甲との協議の上: a proposal alone is no consultation, and another case's is none either."""
    with work_of(TANAKA) as work:
        incident = a_bare_incident(work, states={"publication": "consulted"})
        elsewhere = a_bare_incident(work, "I-2026-0002")
        for consultation in (
            None,
            a_consultation(work, incident, outcome=None),
            a_consultation(work, elsewhere),
        ):
            with pytest.raises(StepRefused, match="No consultation is on record"):
                take(work, incident, "publish", consultation=consultation)
        take(work, incident, "publish", consultation=a_consultation(work, incident))


def test_possible_steps_show_what_is_missing(work_of: WorkOf) -> None:
    """The page says why a button is grey before anybody presses it."""
    with work_of(YAMADA) as work:
        incident = a_bare_incident(work)
        choices = {choice.step.name: choice for choice in possible_steps(work, incident)}

        assert choices["issue_instruction"].unmet == ()
        assert choices["issue_instruction"].seen == 1
        assert "damage_contained" in [unmet.need for unmet in choices["close_incident"].unmet]
        assert "report_to_client" not in choices


def test_an_auditor_sees_and_does_nothing(work_of: WorkOf) -> None:
    """Article 17 gives eyes, not hands."""
    with work_of(ITO) as work:
        incident = a_bare_incident(work)
        assert possible_steps(work, incident) == []


def test_every_refusal_speaks_both_languages(work_of: WorkOf) -> None:
    """Whoever is refused reads it in the language of the page."""
    with work_of(ITO) as work:
        incident = a_bare_incident(work)
        with pytest.raises(Refused) as refusal:
            take(work, incident, "publish")
        assert refusal.value.said_in("ja") != refusal.value.said_in("en")
        assert str(refusal.value) == f"{refusal.value.ja} / {refusal.value.en}"
