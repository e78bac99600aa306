"""Where each possible step is taken: on a page of its own, by a bare button, or at the thing it is about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from incident_app.domain.deadline import REPORTABILITY, Deadline
from incident_app.domain.destruction import keeps_data, proposal_of
from incident_app.domain.errors import Unmet
from incident_app.domain.incident import Incident
from incident_app.domain.instruction import DESTROY
from incident_app.domain.notice import INDIVIDUAL, SUBSTITUTE_NOTICE, Notice
from incident_app.domain.parties import party_of, roles_on
from incident_app.domain.work import Work
from incident_app.engine.library import workflow_of
from incident_app.engine.machine import Choice, possible_steps
from incident_app.services.moving import may_move
from incident_app.services.progress import print_runs_of
from incident_app.services.statutory_clocks import NOTIFY_CLIENT

_PAGES = {
    "record_call": "calls.new",
    "record_fact": "facts.new",
    "describe_case": "facts.describe",
    "add_evidence": "evidence.new",
    "correct_record": "timeline.correct_new",
    "record_measure": "measures.new",
    "request_instruction": "instructions.request_form",
    "issue_instruction": "instructions.new",
    "transcribe_instruction": "instructions.new_transcript",
    "draft_notice": "notices.new",
    "record_return": "notices.return_form",
    "propose_consultation": "consultations.new",
    "publish": "publications.new",
    "withhold_publication": "publications.withhold_form",
    "record_prevention": "prevention.new",
    "claim_no_incident": "closure.claim_form",
    "reject_no_incident": "closure.reject_form",
    "reopen_incident": "closure.reopen_form",
    "state_legal_facts": "triage.show",
}
_REPORTS = {
    "report_to_client": "first_report",
    "send_follow_up": "follow_up_report",
    "send_supplement": "follow_up_report",
    "send_final_report": "final_report",
}
_BUTTONS = {
    "declare_contained": "measures.contain",
    "resume_containment": "measures.resume",
    "conclude_notification": "notices.conclude",
    "set_notification_aside": "notices.set_aside",
    "resume_notification": "notices.resume",
    "close_incident": "closure.close",
    "acknowledge_no_incident": "closure.acknowledge",
}
_ASKED_FOR = frozenset(
    {
        "receive_report",
        "confirm_instruction",
        "fulfil_item",
        "submit_text",
        "approve_text",
        "start_deliveries",
        "post_substitute",
        "record_posting",
        "conclude_notification",
        "answer_consultation",
        "acknowledge_no_incident",
        "close_incident",
        "propose_destruction",
        "destroy_personal_data",
    }
)
"""Steps that somebody waits for as soon as they are possible."""


@dataclass(frozen=True, slots=True)
class Door:
    """A step that this person can take now, and where."""

    choice: Choice
    url: str
    button: bool
    """Nothing is to be filled in: the step is taken by pressing."""
    due_at: datetime | None
    """The open deadline that this step meets."""

    @property
    def first(self) -> bool:
        """A deadline runs on it, or somebody waits for it. What a mere press does is not put before people early."""
        return (self.due_at is not None and not self.button) or self.choice.step.name in _ASKED_FOR


@dataclass(frozen=True, slots=True)
class Doors:
    """What this person can do, and what not yet."""

    open: list[Door]
    shut: dict[tuple[Unmet, ...], list[Choice]]
    """Steps that are not possible yet, by what is missing."""

    @property
    def first(self) -> list[Door]:
        """What comes first, by its deadline."""
        asked = [door for door in self.open if door.first]
        return sorted(asked, key=lambda door: (door.due_at is None, door.due_at and door.due_at.timestamp()))

    @property
    def other(self) -> dict[str, list[Door]]:
        """Everything else, by track."""
        found: dict[str, list[Door]] = {}
        for door in self.open:
            if not door.first:
                found.setdefault(door.choice.step.track, []).append(door)
        return found

    @property
    def names(self) -> frozenset[str]:
        """The steps that this person can take now."""
        return frozenset(door.choice.step.name for door in self.open)


def doors_of(work: Work, incident: Incident) -> Doors:
    """Return what the actor can do in this case; steps about a thing appear only when there is that thing."""
    found: list[Door] = []
    shut: dict[tuple[Unmet, ...], list[Choice]] = {}
    party = _party(work, incident)
    for choice in possible_steps(work, incident):
        name = choice.step.name
        url = _url(work, incident, name)
        if url is None:
            continue
        if choice.unmet:
            shut.setdefault(choice.unmet, []).append(choice)
        else:
            found.append(Door(choice, url, name in _BUTTONS, _due_at(incident, name, party)))
    return Doors(found, shut)


def _due_at(incident: Incident, step: str, party: str | None) -> datetime | None:
    """Return when this step is due: the earliest of the open deadlines that it meets."""
    meets = [d.due_at for d in incident.deadlines if d.is_open and _meets(incident, step, party, d)]
    return min(meets, default=None)


def _meets(incident: Incident, step: str, party: str | None, deadline: Deadline) -> bool:
    if step == "fulfil_item":
        return deadline.item_id is not None
    if deadline.name == NOTIFY_CLIENT:
        return step == "report_to_client"  # by this word to 甲 乙 is released from its own report by law
    if step == "decide_reportability":
        return deadline.name == REPORTABILITY and deadline.party == party
    if step in ("draft_statutory_report", "record_filing"):
        return deadline.statutory and deadline.party == party
    rule = workflow_of(incident).deadlines.get(deadline.name)
    return rule is not None and step in rule.met_by


def _url(work: Work, incident: Incident, step: str) -> str | None:
    number = incident.number
    if step in _REPORTS:
        return url_for("reports.new", number=number, kind=_REPORTS[step])
    if step in _PAGES or step in _BUTTONS:
        return url_for(_PAGES.get(step) or _BUTTONS[step], number=number)
    return _SUBJECTS[step](work, incident)


def _unreceived(_: Work, incident: Incident) -> str | None:
    return _part(incident, "reports", [r for r in incident.reports if r.received_at is None])


def _unfulfilled(_: Work, incident: Incident) -> str | None:
    return _part(incident, "instructions", [i for i in incident.items_in_force if i.fulfilled_at is None])


def _prevention_to_come(_: Work, incident: Incident) -> str | None:
    return _part(incident, "publication", [p for p in incident.prevention if p.done_at is None])


def _unconfirmed(_: Work, incident: Incident) -> str | None:
    waiting = [i for i in incident.instructions if i.awaits_confirmation and i.withdrawn_at is None]
    return _instruction(incident, [i.number for i in waiting])


def _standing(_: Work, incident: Incident) -> str | None:
    return _instruction(incident, [item.instruction.number for item in incident.items_in_force][::-1])


def _unanswered(_: Work, incident: Incident) -> str | None:
    for consultation in incident.consultations:
        if consultation.answered_at is None:
            return url_for(
                "consultations.show", number=incident.number, consultation_number=consultation.number
            )
    return None


def _draft(_: Work, incident: Incident) -> str | None:
    return _notice(incident, lambda n: not n.submitted_at and not n.text_approved_at)


def _text_read_by_client(_: Work, incident: Incident) -> str | None:
    return _notice(incident, lambda n: bool(n.submitted_at) and not n.text_approved_at)


def _ready_to_send(_: Work, incident: Incident) -> str | None:
    return _notice(incident, lambda n: n.kind == INDIVIDUAL and _ready(n))


def _ready_to_post(_: Work, incident: Incident) -> str | None:
    return _notice(incident, lambda n: n.kind == SUBSTITUTE_NOTICE and _ready(n))


def _triage(work: Work, incident: Incident) -> str | None:
    return url_for("triage.show", number=incident.number) if _has_known(work, incident) else None


def _statutory(work: Work, incident: Incident) -> str | None:
    return url_for("statutory.index", number=incident.number) if _has_known(work, incident) else None


def _unfiled(work: Work, incident: Incident) -> str | None:
    party = _party(work, incident)
    unfiled = [r for r in incident.statutory_reports if r.party == party and r.filed_at is None]
    return url_for("statutory.index", number=incident.number) if unfiled else None


def _movable(work: Work, incident: Incident) -> str | None:
    return _part(incident, "due", [d for d in incident.deadlines if may_move(work, incident, d)])


def _printed(work: Work, incident: Incident) -> str | None:
    return _notice(
        incident, lambda n: any(run.printed_at and run.posted_at is None for run in print_runs_of(work, n))
    )


def _to_destroy(work: Work, incident: Incident) -> str | None:
    return _disposal(work, incident, proposed=False)


def _destruction_proposed(work: Work, incident: Incident) -> str | None:
    return _disposal(work, incident, proposed=True)


def _disposal(work: Work, incident: Incident, *, proposed: bool) -> str | None:
    """Return where the data that 甲 wants destroyed is destroyed, if the next step there is this one."""
    if not keeps_data(work.session, incident.id):
        return None
    for item in incident.items_in_force:
        if item.kind == DESTROY and (proposal_of(work.session, item) is not None) == proposed:
            return url_for("disposal.show", number=incident.number, item_id=item.id)
    return None


_SUBJECTS: dict[str, Callable[[Work, Incident], str | None]] = {
    "receive_report": _unreceived,
    "confirm_instruction": _unconfirmed,
    "amend_instruction": _standing,
    "withdraw_instruction": _standing,
    "fulfil_item": _unfulfilled,
    "submit_text": _draft,
    "approve_text": _text_read_by_client,
    "send_back_text": _text_read_by_client,
    "start_deliveries": _ready_to_send,
    "post_substitute": _ready_to_post,
    "record_posting": _printed,
    "propose_destruction": _to_destroy,
    "destroy_personal_data": _destruction_proposed,
    "answer_consultation": _unanswered,
    "complete_prevention": _prevention_to_come,
    "decide_reportability": _triage,
    "draft_statutory_report": _statutory,
    "record_filing": _unfiled,
    "move_deadline": _movable,
}


def _party(work: Work, incident: Incident) -> str | None:
    return party_of(roles_on(work.session, work.actor.person_id, incident.contract_id, work.now))


def _has_known(work: Work, incident: Incident) -> bool:
    """A party that has not been told has nothing to decide and nothing to report."""
    party = _party(work, incident)
    return party is not None and incident.known_by(party) is not None


def _ready(notice: Notice) -> bool:
    return notice.text_approved_at is not None and notice.approved_at is None


def _part(incident: Incident, part: str, things: Sequence[object]) -> str | None:
    return url_for("incidents.show", number=incident.number, _anchor=part) if things else None


def _instruction(incident: Incident, numbers: list[int]) -> str | None:
    if not numbers:
        return None
    return url_for("instructions.show", number=incident.number, instruction_number=numbers[0])


def _notice(incident: Incident, fits: Callable[[Notice], bool]) -> str | None:
    for notice in reversed(incident.notices):
        if fits(notice):
            return url_for("notices.show", number=incident.number, notice_number=notice.number)
    return None
