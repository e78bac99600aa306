"""Needs: what a step may ask of a case before it is taken, each with its words for people.

A need looks at the case and, where it must, at the subject of the step (the notice, the item, the
consultation). It returns True when met. Workflow definitions call needs by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from incident_app.domain.deadline import REPORTABILITY
from incident_app.domain.destruction import destroyed_at, proposal_of
from incident_app.domain.errors import Unmet
from incident_app.domain.incident import Incident
from incident_app.domain.individual import Individual, on_record
from incident_app.domain.instruction import DESTROY, NOTIFY, SUBSTITUTE, InstructionItem
from incident_app.domain.notice import (
    SENDING,
    SETTLED,
    SUBSTITUTE_NOTICE,
    UNSENT,
    Delivery,
    Notice,
    Posting,
)
from incident_app.domain.parties import day_in_japan
from incident_app.domain.publication import Consultation
from incident_app.domain.work import Work


@dataclass(frozen=True, slots=True)
class Situation:
    """What a need may look at: who asks, the case, the thing the step is about, and what was said."""

    work: Work
    incident: Incident
    item: InstructionItem | None = None
    notice: Notice | None = None
    consultation: Consultation | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """One need: its test, what is missing when it fails, and whether it can be told without a subject."""

    name: str
    is_met: Callable[[Situation], bool]
    ja: str
    en: str
    of_subject: bool

    def unmet(self) -> Unmet:
        """Return this need as something that is missing."""
        return Unmet(self.name, self.ja, self.en)


_needs: dict[str, Need] = {}
NEEDS: Mapping[str, Need] = _needs

Test = Callable[[Situation], bool]


def _need(ja: str, en: str, *, of_subject: bool = False) -> Callable[[Test], Test]:
    def keep(test: Test) -> Test:
        _needs[test.__name__] = Need(test.__name__, test, ja, en, of_subject)
        return test

    return keep


@_need(
    "事案は終結しています。続けるには、まず再開してください。",
    "The case has ended. Reopen it first.",
)
def case_open(s: Situation) -> bool:
    """The case has not ended."""
    return s.incident.track("closure").state in ("open", "no_incident_claimed")


@_need(
    "個人情報を含まない事案のため、通知すべき本人がいません。",
    "No personal information is concerned, so there is nobody to notify.",
)
def personal_information(s: Situation) -> bool:
    """Only personal information has individuals (Article 16(2))."""
    return s.incident.concerns_personal


@_need("有効な指示がありません。", "There is no standing instruction.")
def instruction_stands(s: Situation) -> bool:
    """At least one item binds."""
    return bool(s.incident.items_in_force)


@_need(
    "この通知を命じる有効な指示がありません。甲の指示（方法・文案・名義）を確かめてください。",
    "No standing instruction covers this notice. Check means, text version and name in the instruction.",
    of_subject=True,
)
def instruction_covers(s: Situation) -> bool:
    """The item is in force and orders this kind of notice, this text and this name."""
    if s.item is None or s.notice is None or not s.item.in_force:
        return False
    ordered = SUBSTITUTE if s.notice.kind == SUBSTITUTE_NOTICE else NOTIFY
    return (
        s.item.instruction.incident_id == s.incident.id == s.notice.incident_id
        and s.item.kind == ordered
        and s.item.text_version in (None, s.notice.number)
        and s.item.in_whose_name == s.notice.in_whose_name
    )


@_need(
    "この指示事項は変更又は撤回されました。",
    "This item has been amended away or withdrawn.",
    of_subject=True,
)
def item_in_force(s: Situation) -> bool:
    """The item that orders this act still binds."""
    return s.item is not None and s.item.in_force and s.item.instruction.incident_id == s.incident.id


@_need(
    "文案がまだ甲に提出されていません。",
    "The text has not been submitted to the client.",
    of_subject=True,
)
def text_submitted(s: Situation) -> bool:
    """甲 has this text before it."""
    return s.notice is not None and s.notice.submitted_at is not None


@_need(
    "甲がまだ文案を承認していません。",
    "The client has not approved the text.",
    of_subject=True,
)
def text_approved(s: Situation) -> bool:
    """甲 has approved this very text."""
    return s.notice is not None and s.notice.text_approved_at is not None


@_need(
    "起案した人とは別の人の承認が必要です。",
    "Somebody other than the drafter must approve.",
    of_subject=True,
)
def second_person(s: Situation) -> bool:
    """Four eyes at 乙, unless the contract waives it."""
    if not s.incident.contract.second_person:
        return True
    return s.notice is not None and s.notice.drafted_by_id != s.work.actor.person_id


@_need(
    "まだ通知が届いていない本人がいます。送付・投函・掲示のいずれかを済ませてください。",
    "Some individuals are not yet reached. Send, post or publish a substitute notice for them.",
)
def everyone_accounted_for(s: Situation) -> bool:
    """Each individual has a delivery that went out, or a posting under a standing item speaks to the rest."""
    session, incident = s.work.session, s.incident
    if session.scalar(_running(incident)):
        return False
    postings = select(Posting).join(Notice, Posting.notice_id == Notice.id)
    begun = postings.where(Notice.incident_id == incident.id, Posting.from_on <= day_in_japan(s.work.now))
    if any(posting.item.in_force for posting in session.scalars(begun)):
        return True
    reached = select(Delivery.individual_id).where(
        Delivery.incident_id == incident.id, Delivery.state.in_(SETTLED)
    )
    everyone = select(func.count()).where(on_record(incident.id))
    left = session.scalar(everyone.where(Individual.outcome == "", Individual.id.not_in(reached)))
    return bool(session.scalar(everyone)) and left == 0


def _running(incident: Incident) -> Select[int]:
    return select(func.count()).where(
        Delivery.incident_id == incident.id, Delivery.state.in_((*UNSENT, SENDING))
    )


@_need(
    "通知を命じる指示が有効であるか、個人情報が関わるのに通知を不要とする甲の指示がありません。",
    "An order to notify stands, or personal information is concerned and the client has not ruled a notice out.",
)
def notice_ruled_out(s: Situation) -> bool:
    """No order to notify stands, and nobody is concerned or 甲 ordered that no notice be given."""
    return s.incident.notice_is_ruled_out


@_need(
    "個人情報は消去済みです（第7条）。",
    "The personal data was destroyed (Article 7).",
)
def data_not_destroyed(s: Situation) -> bool:
    """The key that the individuals' data is sealed with still exists, or none was needed yet."""
    return destroyed_at(s.work.session, s.incident.id) is None


@_need(
    "個人情報の廃棄・消去を命じる有効な指示がありません（第7条第2項）。",
    "No standing instruction orders the destruction of the personal data (Article 7(2)).",
    of_subject=True,
)
def destruction_ordered(s: Situation) -> bool:
    """乙 destroys what belongs to 甲 on 甲's word alone (Article 7(1) and (2))."""
    return item_in_force(s) and s.item is not None and s.item.kind == DESTROY


@_need(
    "送信・印刷・投函を待っている通知があります。",
    "Notices still wait to be sent, printed or posted.",
)
def nothing_under_way(s: Situation) -> bool:
    """No delivery is between its start and its outcome."""
    return not s.work.session.scalar(_running(s.incident))


@_need(
    "別の人による廃棄・消去の申出が必要です。",
    "Somebody else must have proposed the destruction first.",
    of_subject=True,
)
def proposed_by_another(s: Situation) -> bool:
    """Four eyes at 乙, always: this cannot be undone."""
    proposal = proposal_of(s.work.session, s.item) if s.item else None
    return proposal is not None and proposal.actor_id != s.work.actor.person_id


@_need("協議の記録がありません。", "No consultation is on record.", of_subject=True)
def consultation_held(s: Situation) -> bool:
    """甲 has answered this consultation (Article 16(3): 甲との協議の上)."""
    consultation = s.consultation
    return (
        consultation is not None
        and consultation.incident_id == s.incident.id
        and consultation.answered_at is not None
    )


@_need("理由を書いてください。", "Please give the reason.", of_subject=True)
def reason_given(s: Situation) -> bool:
    """A reason is stored with the step."""
    return bool(s.reason.strip())


@_need("最終報がまだ甲に送られていません。", "The final report has not been sent.")
def report_concluded(s: Situation) -> bool:
    """Article 16(1) is settled."""
    return s.incident.track("report").state == "concluded"


@_need("被害を最小限にする措置が完了していません。", "The damage is not yet contained.")
def damage_contained(s: Situation) -> bool:
    """Article 16(2), first half, is settled."""
    return s.incident.track("containment").state == "contained"


@_need(
    "乙が書き取った指示のうち、甲が確認していないものがあります。",
    "An instruction written down by the contractor has not been confirmed.",
)
def instructions_confirmed(s: Situation) -> bool:
    """No transcription waits for 甲's word."""
    return not any(i.awaits_confirmation and i.withdrawn_at is None for i in s.incident.instructions)


@_need(
    "履行されていない指示事項があります。",
    "An item of the instruction is not fulfilled.",
)
def items_fulfilled(s: Situation) -> bool:
    """Everything that 甲 ordered and still stands is done."""
    return all(item.fulfilled_at is not None for item in s.incident.items_in_force)


@_need(
    "本人への通知等が終わっていません。",
    "The duty to notify individuals is not settled.",
)
def notification_settled(s: Situation) -> bool:
    """Done, or set aside for a reason that still holds."""
    state = s.incident.track("notification").state
    if state == "done":
        return everyone_accounted_for(s)  # a letter may have come back since
    return state == "not_required" and s.incident.notice_is_ruled_out


@_need(
    "法令上の報告で、提出も判断もされていないものがあります。",
    "A report that the law asks for is neither filed nor decided upon.",
)
def statutory_duties_settled(s: Situation) -> bool:
    """What each party owes the authority is filed, released, or decided not to be due."""
    return not any(d.is_open and (d.statutory or d.name == REPORTABILITY) for d in s.incident.deadlines)


@_need(
    "公表するか、公表しない理由を記録してください。",
    "Publish, or record why publication is withheld.",
)
def publication_settled(s: Situation) -> bool:
    """Published, or withheld with a stored reason."""
    state = s.incident.track("publication").state
    decisions: list[Any] = s.incident.publications
    return state == "published" or (state == "withheld" and bool(decisions and decisions[-1].reason.strip()))
