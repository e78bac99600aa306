"""A deadline is moved by a person, with a reason; how it was counted stays on record and is not counted again."""

from datetime import UTC, date, datetime, time

from incident_app.domain.deadline import REPORTABILITY, Deadline, DeadlineMove
from incident_app.domain.errors import BadInput, NotFound, NotPermitted
from incident_app.domain.incident import Incident
from incident_app.domain.parties import CLIENT_OFFICER, CONTRACTOR, ROLES_OF, TOKYO, roles_on
from incident_app.domain.work import Work
from incident_app.engine.library import workflow_of
from incident_app.engine.machine import take

_END_OF_DAY = time(23, 59, 59)


def find_deadline(incident: Incident, deadline_id: int) -> Deadline:
    """Return one deadline of the incident, open or not. Raises NotFound for another incident's."""
    found = next((d for d in incident.deadlines if d.id == deadline_id), None)
    if found is None:
        raise NotFound
    return found


def may_move(work: Work, incident: Incident, deadline: Deadline) -> bool:
    """Return whether the actor may move this deadline now, be it only to an earlier time."""
    return _is_movable(incident, deadline) and bool(_roles(work, incident) & _movers(deadline))


def only_earlier(work: Work, incident: Incident, deadline: Deadline) -> bool:
    """Return whether the actor may move it to an earlier time only: 乙 gives itself no time that 甲 has not given."""
    return _is_owed_to_client(deadline) and CLIENT_OFFICER not in _roles(work, incident)


def move_deadline(
    work: Work,
    incident: Incident,
    deadline: Deadline,
    *,
    to_day: date | None = None,
    to_instant: datetime | None = None,
    reason: str,
) -> DeadlineMove:
    """Move an open deadline: to the end of a day in Japan where a whole day is due, else to an instant.

    Its anchor, rule, calendar and explanation stay as they are. What the law or the contract asks is not changed
    by it: the date as it was counted remains visible beside the new one. Raises NotPermitted for somebody whose
    deadline it is not, BadInput for a missing reason and for a time that cannot be right.
    """
    _refuse_unmovable(work, incident, deadline)
    # The watch may be writing down at this very moment when it looks at this deadline next.
    work.session.refresh(deadline, with_for_update=True)
    before, after = deadline.due_at, _new_due(deadline, to_day, to_instant)
    _refuse_wrong_time(work, deadline, after)
    if after > before and only_earlier(work, incident, deadline):
        raise NotPermitted(
            "この期限を延ばせるのは甲の担当職員だけです。早める変更はできます。",
            "Only a client officer can extend this deadline. You can make it earlier.",
        )
    if not reason.strip():
        raise BadInput(
            "reason", "期限を変更する理由を書いてください。", "Please say why the deadline is moved."
        )
    take(
        work,
        incident,
        "move_deadline",
        reason=reason,
        deadline=deadline.label["ja"],
        rule=deadline.rule,
        before=_in_japan(before),
        after=_in_japan(after),
    )
    move = DeadlineMove(
        due_before=before,
        due_after=after,
        reason=reason.strip(),
        moved_at=work.now,
        moved_by_id=work.actor.person_id,
    )
    deadline.moves.append(move)
    deadline.due_at = after
    deadline.due_on = to_day if deadline.due_on else None
    deadline.arm(work.now)
    work.session.flush()
    return move


def _refuse_unmovable(work: Work, incident: Incident, deadline: Deadline) -> None:
    if not _roles(work, incident) & _movers(deadline):
        raise NotPermitted(
            "この期限を変更する役割を、この契約で持っていません。",
            "Your role on this contract does not allow you to move this deadline.",
        )
    if not _is_movable(incident, deadline):
        raise BadInput(
            _field(deadline),
            "この期限は履行済み、対象外又は事案の終了により、変更できません。",
            "This deadline is met, no longer counts, or its case has ended; it cannot be moved.",
        )


def _refuse_wrong_time(work: Work, deadline: Deadline, after: datetime) -> None:
    if after == deadline.due_at:
        raise BadInput(_field(deadline), "今の期限と同じです。", "This is the deadline as it stands already.")
    if after <= work.now:
        raise BadInput(
            _field(deadline),
            "新しい期限は、これからの日時にしてください。",
            "The new deadline must be still to come.",
        )


def _new_due(deadline: Deadline, to_day: date | None, to_instant: datetime | None) -> datetime:
    if deadline.due_on and to_day:
        return datetime.combine(to_day, _END_OF_DAY, TOKYO).astimezone(UTC)
    if not deadline.due_on and to_instant:
        return to_instant
    raise BadInput(_field(deadline), "新しい期限を入力してください。", "Please enter the new deadline.")


def _movers(deadline: Deadline) -> frozenset[str]:
    """Return the roles that may move it: who answers for the party that owes it, and 甲 for what is owed to it."""
    answers_for_it = ROLES_OF[deadline.party][0]
    if deadline.item_id is not None:
        return frozenset({CLIENT_OFFICER})  # 甲 set this date
    return frozenset({answers_for_it, CLIENT_OFFICER} if _is_owed_to_client(deadline) else {answers_for_it})


def _is_owed_to_client(deadline: Deadline) -> bool:
    """A date of the contract that 乙 must keep towards 甲, and none that the law sets for 乙 itself."""
    return deadline.party == CONTRACTOR and not deadline.statutory and deadline.name != REPORTABILITY


def _is_movable(incident: Incident, deadline: Deadline) -> bool:
    ended = workflow_of(incident).tracks["closure"].settled
    return deadline.is_open and incident.track("closure").state not in ended


def _roles(work: Work, incident: Incident) -> frozenset[str]:
    return roles_on(work.session, work.actor.person_id, incident.contract_id, work.now)


def _field(deadline: Deadline) -> str:
    return "due_on" if deadline.due_on else "due_at"


def _in_japan(instant: datetime) -> str:
    return instant.astimezone(TOKYO).isoformat(" ", "seconds")
