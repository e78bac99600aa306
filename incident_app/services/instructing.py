"""甲の指示 (Article 16(1)): issued, written down for 甲, confirmed, amended, withdrawn, fulfilled."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from incident_app.domain.destruction import keeps_data
from incident_app.domain.errors import BadInput
from incident_app.domain.incident import Incident
from incident_app.domain.instruction import (
    CONTRACTOR,
    DESTROY,
    ITEM_KINDS,
    MEANS,
    NAMES,
    NO_NOTICE,
    NOTIFY,
    SUBSTITUTE,
    Instruction,
    InstructionItem,
)
from incident_app.domain.report import CHANNELS
from incident_app.domain.timeline import TimelineEntry
from incident_app.domain.work import Work
from incident_app.engine.machine import take
from incident_app.services.instruction_sheet import issue_sheet
from incident_app.services.item_clocks import start_item_clock
from incident_app.services.stopping import stop_what_ended

SPOKEN_OR_WRITTEN = (*CHANNELS, "paper")
"""How an instruction reaches 乙 outside the program."""


@dataclass(frozen=True, slots=True)
class Order:
    """One item as 甲 states it. `by_when` is the item's own due instant."""

    kind: str
    what: str
    to_whom: str = ""
    by_when: datetime | None = None
    means: tuple[str, ...] = ()
    text_version: int | None = None
    in_whose_name: str = CONTRACTOR


def request_instruction(work: Work, incident: Incident, text: str) -> None:
    """乙 asks 甲 what it is to do; without an instruction no individual can be told."""
    if not text.strip():
        raise BadInput("text", "何について指示を求めるか書いてください。", "Write what you ask for.")
    take(work, incident, "request_instruction", text=text.strip())


def issue_instruction(
    work: Work,
    incident: Incident,
    orders: Sequence[Order],
    *,
    prohibitions: str = "",
    how_to_report: str = "",
    seen: int | None = None,
) -> Instruction:
    """Put the client's instruction on record and bind the incident to it."""
    _check(incident, orders, work.now)
    number = len(incident.instructions) + 1
    # The step comes first: a refused step leaves nothing behind.
    entry = take(work, incident, "issue_instruction", seen=seen, instruction=number, items=len(orders))
    instruction = Instruction(
        number=number,
        version=1,
        issued_at=work.now,
        given_by=work.actor.name,
        prohibitions=prohibitions.strip(),
        how_to_report=how_to_report.strip(),
        recorded_by_id=work.actor.person_id,
    )
    return _put_on_record(work, incident, instruction, orders, entry)


def transcribe_instruction(
    work: Work,
    incident: Incident,
    orders: Sequence[Order],
    *,
    given_by: str,
    given_at: datetime,
    channel: str,
    prohibitions: str = "",
    how_to_report: str = "",
    seen: int | None = None,
) -> Instruction:
    """乙 writes down what 甲 said by phone or on paper. It binds, and waits for 甲's confirmation."""
    _check(incident, orders, given_at)
    if not given_by.strip():
        raise BadInput("given_by", "指示をした方の氏名を書いてください。", "Who gave the instruction?")
    if channel not in SPOKEN_OR_WRITTEN:
        raise BadInput("channel", "連絡手段を選んでください。", "Choose a channel.")
    if not incident.detected_at <= given_at <= work.now:
        raise BadInput(
            "given_at",
            "指示の日時は、発覚から現在までの間でなければなりません。",
            "The instruction must lie between detection and now.",
        )
    number = len(incident.instructions) + 1
    entry = take(
        work,
        incident,
        "transcribe_instruction",
        seen=seen,
        happened_at=given_at,
        instruction=number,
        items=len(orders),
        given_by=given_by.strip(),
        channel=channel,
    )
    instruction = Instruction(
        number=number,
        version=1,
        issued_at=given_at,
        given_by=given_by.strip(),
        prohibitions=prohibitions.strip(),
        how_to_report=how_to_report.strip(),
        transcribed=True,
        channel=channel,
        recorded_by_id=work.actor.person_id,
    )
    return _put_on_record(work, incident, instruction, orders, entry)


def confirm_instruction(
    work: Work, incident: Incident, instruction: Instruction, *, seen: int | None = None
) -> None:
    """甲 says that what 乙 wrote down is what it ordered."""
    _refuse_withdrawn(instruction)
    if not instruction.awaits_confirmation:
        raise BadInput(
            "instruction", "確認を待つ指示ではありません。", "Nothing waits for confirmation here."
        )
    take(work, incident, "confirm_instruction", seen=seen, instruction=instruction.number)
    instruction.confirmed_at = work.now


def amend_instruction(
    work: Work,
    incident: Incident,
    instruction: Instruction,
    *,
    end: Collection[int],
    add: Sequence[Order],
    reason: str = "",
    seen: int | None = None,
) -> Instruction:
    """Issue the next version: some items end, others are added, and the rest go on untouched.

    `end` holds item numbers. What was started under an ended item stops.
    """
    _refuse_withdrawn(instruction)
    ending = [item for item in instruction.items if item.in_force and item.number in end]
    if not ending and not add:
        raise BadInput("items", "変更する事項がありません。", "Nothing is changed.")
    if add:
        _check(incident, add, work.now)
    version = instruction.version + 1
    entry = take(
        work,
        incident,
        "amend_instruction",
        seen=seen,
        reason=reason,
        instruction=instruction.number,
        version=version,
        ended=[item.number for item in ending],
        added=len(add),
    )
    instruction.version = version
    for item in ending:
        item.ended_in = version
    _add_items(work, incident, instruction, add, entry)
    stop_what_ended(work, incident)
    issue_sheet(work, incident, instruction)
    return instruction


def withdraw_instruction(
    work: Work, incident: Incident, instruction: Instruction, reason: str, *, seen: int | None = None
) -> None:
    """甲 takes its instruction back; whatever was started under it stops."""
    _refuse_withdrawn(instruction)
    take(work, incident, "withdraw_instruction", seen=seen, reason=reason, instruction=instruction.number)
    instruction.withdrawn_at = work.now
    instruction.withdrawn_reason = reason.strip()
    instruction.version += 1
    stop_what_ended(work, incident)
    issue_sheet(work, incident, instruction)


def fulfil_item(work: Work, incident: Incident, item: InstructionItem, note: str) -> None:
    """乙 reports an item as done."""
    if item.fulfilled_at is not None:
        raise BadInput("item", "この事項はすでに履行済みです。", "This item is already fulfilled.")
    if item.kind == DESTROY and keeps_data(work.session, incident.id):
        raise BadInput(
            "item",
            "個人情報がまだ残っています。「個人情報の廃棄・消去」の画面で消去してください。",
            "The personal data is still here. Destroy it on the page for that.",
        )
    take(
        work,
        incident,
        "fulfil_item",
        item=item,
        instruction=item.instruction.number,
        number=item.number,
        note=note.strip(),
    )
    item.fulfilled_at = work.now
    item.fulfilled_note = note.strip()
    for deadline in incident.deadlines:
        if deadline.item_id == item.id and deadline.is_open:
            deadline.meet(work.now)


def _refuse_withdrawn(instruction: Instruction) -> None:
    if instruction.withdrawn_at is not None:
        raise BadInput("instruction", "この指示はすでに撤回されています。", "It was already withdrawn.")


def _check(incident: Incident, orders: Sequence[Order], given_at: datetime) -> None:
    if not orders:
        raise BadInput("items", "指示事項を一つ以上書いてください。", "Write at least one item.")
    for place, order in enumerate(orders, 1):
        _check_order(incident, order, place, given_at)
    kinds = {order.kind for order in orders}
    if NO_NOTICE in kinds and kinds & {NOTIFY, SUBSTITUTE}:
        raise BadInput(
            "items",
            "「通知しない」と「通知する」を同時に指示することはできません。",
            "An instruction cannot order a notice and forbid it.",
        )


def _check_order(incident: Incident, order: Order, place: int, given_at: datetime) -> None:
    """Check one item; a refusal names the field with the item's place, such as "what-2"."""
    if order.kind not in ITEM_KINDS or order.in_whose_name not in NAMES or set(order.means) - set(MEANS):
        raise BadInput(f"kind-{place}", "指示の種類を選んでください。", "Choose what kind of item this is.")
    if not order.what.strip():
        raise BadInput(f"what-{place}", "指示の内容を書いてください。", "Write what is to be done.")
    if order.kind in (NOTIFY, SUBSTITUTE) and not incident.concerns_personal:
        raise BadInput(
            f"kind-{place}",
            "個人情報を含まない事案のため、本人への通知は指示できません。",
            "No personal information is concerned, so there is nobody to notify.",
        )
    if order.kind == NOTIFY and not order.means:
        raise BadInput(
            f"means-{place}", "通知の方法（郵送・電子メール）を選んでください。", "Choose letter or e-mail."
        )
    if order.by_when is not None and order.by_when < given_at:
        raise BadInput(
            f"by_when-{place}",
            "期限が指示の日時より前です。",
            "This is due before the instruction was given.",
        )
    known = {notice.number for notice in incident.notices}
    if order.text_version is not None and order.text_version not in known:
        raise BadInput(
            f"text_version-{place}", "この番号の文案はありません。", "There is no text with this number."
        )


def _put_on_record(
    work: Work, incident: Incident, instruction: Instruction, orders: Sequence[Order], entry: TimelineEntry
) -> Instruction:
    incident.instructions.append(instruction)
    _add_items(work, incident, instruction, orders, entry)
    issue_sheet(work, incident, instruction)
    return instruction


def _add_items(
    work: Work, incident: Incident, instruction: Instruction, orders: Sequence[Order], entry: TimelineEntry
) -> None:
    for order in orders:
        item = InstructionItem(
            number=len(instruction.items) + 1,
            kind=order.kind,
            what=order.what.strip(),
            to_whom=order.to_whom.strip(),
            due_at=order.by_when,
            means=list(order.means),
            text_version=order.text_version,
            in_whose_name=order.in_whose_name,
            added_in=instruction.version,
        )
        instruction.items.append(item)
        work.session.flush()
        start_item_clock(work, incident, item, entry)
