"""指示書: the paper of an instruction, issued anew with every version of it."""

from incident_app.domain.incident import Incident
from incident_app.domain.instruction import Instruction, InstructionItem
from incident_app.domain.work import Work
from incident_app.services.documents import issue_document
from incident_app.services.sheet import (
    CHANNEL_WORDS,
    MEANS_WORDS,
    NAME_WORDS,
    client_name,
    to_contractor,
)
from incident_app.services.telling import tell_client, tell_contractor


def issue_sheet(work: Work, incident: Incident, instruction: Instruction) -> None:
    """Issue the sheet of an instruction as it stands now, and queue it for whom it concerns."""
    sheet = issue_document(
        work,
        incident,
        "instruction_sheet",
        number=instruction.number,
        version=instruction.version,
        reference=f"{incident.number}-I{instruction.number}.{instruction.version}",
        addressee=to_contractor(incident),
        sender=client_name(incident),
        instruction={
            "number": instruction.number,
            "version": instruction.version,
            "issued_at": instruction.issued_at,
            "issued_by": f"{client_name(incident)} {instruction.given_by}",
            "basis": "特記事項第16条第1項",
            "items": [_item_words(item) for item in instruction.items if item.in_force],
            "prohibitions": instruction.prohibitions,
            "how_to_report": instruction.how_to_report,
            "amends": _amends(instruction),
        },
    )
    tell_contractor(work, incident, sheet)
    if instruction.awaits_confirmation:
        tell_client(work, incident, sheet)


def _item_words(item: InstructionItem) -> dict[str, object]:
    return {
        "number": item.number,
        "what": item.what,
        "to_whom": item.to_whom,
        "by_when": item.due_at or "",
        "means": "・".join(MEANS_WORDS[means] for means in item.means),
        "text_version": f"第{item.text_version}案" if item.text_version else "",
        "in_whose_name": NAME_WORDS[item.in_whose_name],
    }


def _amends(instruction: Instruction) -> str:
    if instruction.withdrawn_at:
        return f"この指示は撤回されました。理由：{instruction.withdrawn_reason}"
    if instruction.version > 1:
        return f"第{instruction.version - 1}版を変更する。"
    if instruction.transcribed:
        return f"{CHANNEL_WORDS.get(instruction.channel, instruction.channel)}による指示を乙が書き取ったもの（甲の確認待ち）"
    return ""
