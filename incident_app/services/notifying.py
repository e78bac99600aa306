"""本人への通知 (Article 16(2), second half): draft, approval by 甲, approval by a second person, delivery."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import func, select

from incident_app.domain.base import canonical
from incident_app.domain.errors import BadInput
from incident_app.domain.incident import Incident
from incident_app.domain.instruction import NAMES, InstructionItem
from incident_app.domain.notice import (
    INDIVIDUAL,
    NOTICE_KINDS,
    SUBSTITUTE_NOTICE,
    Delivery,
    Notice,
    Posting,
)
from incident_app.domain.timeline import digest
from incident_app.domain.work import Work
from incident_app.engine.machine import take
from incident_app.services.documents import issue_document
from incident_app.services.letters import (
    addressee_of,
    notice_sheet,
    reference_of,
    sender_of,
    substitute_sheet,
    unfilled_fields,
)
from incident_app.services.progress import count_individuals
from incident_app.services.reaching import queue_everybody
from incident_app.services.stopping import stop_unsent

NOTICE_FIELDS = (
    "apology",
    "what_happened",
    "cause",
    "secondary_damage",
    "requests",
    "measures",
    "desk_name",
    "desk_phone",
    "desk_hours",
    "desk_email",
    "official_page",
    "not_included",
    "who",
    "items",
    "how_to_check",
)
"""What a draft says; the last three are for a substitute notice alone, `not_included` for an individual one."""


def draft_notice(
    work: Work, incident: Incident, *, kind: str, in_whose_name: str, values: Mapping[str, str]
) -> Notice:
    """Write a text version. A changed text is a new number, so that an approval never moves to other words."""
    if kind not in NOTICE_KINDS or in_whose_name not in NAMES:
        raise BadInput("kind", "この選択はできません。", "There is no such choice.")
    kept = {name: values.get(name, "").strip() for name in NOTICE_FIELDS}
    if not kept["what_happened"]:
        raise BadInput("what_happened", "何が起きたかを書いてください。", "Write what happened.")
    number = len(incident.notices) + 1
    sha256 = digest(canonical({"kind": kind, "in_whose_name": in_whose_name, "values": kept}))
    take(work, incident, "draft_notice", number=number, kind=kind, sha256=sha256)
    notice = Notice(
        number=number,
        kind=kind,
        values=kept,
        in_whose_name=in_whose_name,
        text_sha256=sha256,
        drafted_at=work.now,
        drafted_by_id=work.actor.person_id,
    )
    incident.notices.append(notice)
    return notice


def submit_text(work: Work, incident: Incident, notice: Notice) -> None:
    """Lay the text before 甲. Raises BadInput while something in it would be printed as a gap."""
    if gaps := unfilled_fields(work, incident, notice):
        raise BadInput(
            "text",
            f"未記入の項目があります：{'、'.join(gap.label for gap in gaps)}。文面を変えて起案し直してください。",
            f"These are not filled in: {', '.join(gap.label_en for gap in gaps)}. Draft a changed text.",
        )
    take(work, incident, "submit_text", notice=notice, number=notice.number, sha256=notice.text_sha256)
    notice.submitted_at = work.now
    notice.sent_back_reason = ""


def approve_text(work: Work, incident: Incident, notice: Notice) -> None:
    """甲 approves this very text."""
    take(work, incident, "approve_text", notice=notice, number=notice.number, sha256=notice.text_sha256)
    notice.text_approved_at = work.now
    notice.text_approved_by_id = work.actor.person_id


def send_back_text(work: Work, incident: Incident, notice: Notice, reason: str) -> None:
    """甲 wants other words; the next draft gets the next number."""
    take(work, incident, "send_back_text", notice=notice, reason=reason, number=notice.number)
    notice.submitted_at = None
    notice.text_approved_at = None
    notice.sent_back_reason = reason.strip()
    stop_unsent(work, incident, Delivery.notice_id == notice.id)


def start_deliveries(
    work: Work, incident: Incident, notice: Notice, item: InstructionItem, *, seen: int | None = None
) -> int:
    """The second person at 乙 approves; one delivery arises for each individual who can be reached. Returns how many."""
    _refuse_kind(notice, INDIVIDUAL)
    individuals = count_individuals(work, incident)
    if not individuals:
        raise BadInput("individuals", "対象者名簿がまだありません。", "There is no list of individuals yet.")
    take(
        work,
        incident,
        "start_deliveries",
        notice=notice,
        item=item,
        seen=seen,
        number=notice.number,
        sha256=notice.text_sha256,
        instruction=item.instruction.number,
        item_number=item.number,
        individuals=individuals,
    )
    _approve(work, notice, item)
    return queue_everybody(work, notice, item)


def post_substitute(
    work: Work,
    incident: Incident,
    notice: Notice,
    item: InstructionItem,
    *,
    place: str,
    from_on: date,
    until_on: date | None = None,
    seen: int | None = None,
) -> Posting:
    """Put the facts where the individuals can easily know them (本人が容易に知り得る状態)."""
    _refuse_kind(notice, SUBSTITUTE_NOTICE)
    if not place.strip():
        raise BadInput("place", "掲示場所（ページの場所など）を書いてください。", "Where is it posted?")
    if until_on and until_on < from_on:
        raise BadInput("until_on", "終了日が開始日より前です。", "It would end before it begins.")
    take(
        work,
        incident,
        "post_substitute",
        notice=notice,
        item=item,
        seen=seen,
        number=notice.number,
        sha256=notice.text_sha256,
        instruction=item.instruction.number,
        item_number=item.number,
        place=place.strip(),
    )
    _approve(work, notice, item)
    postings = select(func.count()).where(Posting.notice_id == notice.id)
    earlier = work.session.scalar(postings) or 0
    period = f"{from_on.isoformat()}から{f'{until_on.isoformat()}まで' if until_on else '当分の間'}"
    document = issue_document(
        work,
        incident,
        "substitute_notice",
        number=notice.number,
        version=1 + earlier,
        reference=reference_of(incident, notice),
        addressee=addressee_of(incident),
        sender=sender_of(incident, notice),
        substitute=substitute_sheet(notice, who=item.to_whom, period=period),
        **notice_sheet(incident, notice),
    )
    posting = Posting(
        notice_id=notice.id,
        item_id=item.id,
        document_id=document.id,
        place=place.strip(),
        from_on=from_on,
        until_on=until_on,
        posted_at=work.now,
    )
    work.session.add(posting)
    return posting


def conclude_notification(work: Work, incident: Incident, *, seen: int | None = None) -> None:
    """Everyone was reached, or a posting speaks to those who were not."""
    take(work, incident, "conclude_notification", seen=seen)


def set_notification_aside(work: Work, incident: Incident, *, seen: int | None = None) -> None:
    """Nobody is to be notified."""
    take(work, incident, "set_notification_aside", seen=seen)


def resume_notification(work: Work, incident: Incident, *, seen: int | None = None) -> None:
    """There is somebody to be notified after all."""
    take(work, incident, "resume_notification", seen=seen)


def _approve(work: Work, notice: Notice, item: InstructionItem) -> None:
    notice.approved_at = work.now
    notice.approved_by_id = work.actor.person_id
    notice.item = item


def _refuse_kind(notice: Notice, kind: str) -> None:
    if notice.kind != kind:
        raise BadInput(
            "notice", "この文案は別の種類の通知のものです。", "This text is for another kind of notice."
        )
