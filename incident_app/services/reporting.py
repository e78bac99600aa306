"""甲への報告 (Article 16(1)): calls, the first report, follow-ups, the final report, and their receipt."""

from datetime import datetime
from typing import Any

from incident_app.domain.errors import BadInput
from incident_app.domain.incident import FACTS, Incident
from incident_app.domain.report import CHANNELS, FINAL, FIRST, FOLLOW_UP, ClientCall, Report
from incident_app.domain.work import Work
from incident_app.engine.machine import take
from incident_app.notices.japanese import plain
from incident_app.notices.values import STATES
from incident_app.services.documents import issue_document, preview
from incident_app.services.sheet import client_name, contractor_name, sheet_of, to_client, to_contractor
from incident_app.services.statutory_clocks import release_contractor
from incident_app.services.telling import tell_client, tell_contractor
from incident_app.services.triaging import review

ITEM_WORDS = {
    "content": ("情報の内容", "Content"),
    "quantity": ("数量", "Quantity"),
    "place": ("発生場所", "Place"),
    "circumstances": ("発生状況", "Circumstances"),
    "kinds": ("区分", "Kind"),
    "information": ("情報の種類", "Information"),
    "occurred": ("発生日時", "Occurred"),
    "detected": ("発覚日時", "Detected"),
    "discovered_by": ("発見者・経緯", "Discovered by"),
    "cause": ("原因", "Cause"),
    "secondary_damage": ("二次被害", "Secondary damage"),
    "recovery": ("回収状況", "Recovery"),
    "police": ("警察等への届出", "Report to the police"),
}
"""The items that successive reports are compared by, in both languages."""


def record_call(
    work: Work,
    incident: Incident,
    *,
    called_at: datetime,
    channel: str,
    ours: str,
    theirs: str,
    note: str = "",
) -> ClientCall:
    """ "I phoned them": put it on record. It may be what first gave 甲 its knowledge."""
    if channel not in CHANNELS:
        raise BadInput("channel", "連絡手段を選んでください。", "Choose a channel.")
    if not incident.detected_at <= called_at <= work.now:
        raise BadInput(
            "called_at",
            "連絡の日時は、発覚から現在までの間でなければなりません。",
            "The call must lie between detection and now.",
        )
    for field, who in (("ours", ours), ("theirs", theirs)):
        if not who.strip():
            raise BadInput(field, "氏名を書いてください。", "Please give the name.")
    take(
        work,
        incident,
        "record_call",
        happened_at=called_at,
        channel=channel,
        ours=ours.strip(),
        theirs=theirs.strip(),
        note=note.strip(),
    )
    call = ClientCall(
        called_at=called_at,
        channel=channel,
        ours=ours.strip(),
        theirs=theirs.strip(),
        note=note.strip(),
        recorded_at=work.now,
        recorded_by_id=work.actor.person_id,
    )
    incident.calls.append(call)
    _client_knows(work, incident, called_at)
    return call


def send_first_report(
    work: Work,
    incident: Incident,
    *,
    request: str = "",
    next_report: datetime | None = None,
    seen: int | None = None,
) -> Report:
    """Send 第一報 with whatever is known; nothing else is asked for."""
    return _send(
        work, incident, "report_to_client", FIRST, request=request, next_report=next_report, seen=seen
    )


def send_follow_up(
    work: Work,
    incident: Incident,
    *,
    reason: str,
    request: str = "",
    next_report: datetime | None = None,
    seen: int | None = None,
) -> Report:
    """Send 続報 with what changed since the last version and why; after the final report, a supplement."""
    concluded = incident.track("report").state == "concluded"
    step = "send_supplement" if concluded else "send_follow_up"
    return _send(
        work, incident, step, FOLLOW_UP, reason=reason, request=request, next_report=next_report, seen=seen
    )


def send_final_report(work: Work, incident: Incident, *, reason: str = "", seen: int | None = None) -> Report:
    """Send 最終報."""
    return _send(work, incident, "send_final_report", FINAL, reason=reason, seen=seen)


def receive_report(work: Work, incident: Incident, report: Report) -> Report:
    """甲 acknowledges a version: a receipt is issued, and 甲 knows at the latest now."""
    if report.received_at is not None:
        raise BadInput("report", "この報告はすでに受領されています。", "This report was already received.")
    take(work, incident, "receive_report", report=report.version, sha256=report.document.html_sha256)
    report.received_at = work.now
    report.received_by_id = work.actor.person_id
    _client_knows(work, incident, work.now)
    receipt = issue_document(
        work,
        incident,
        "receipt",
        number=report.version,
        version=1,
        reference=f"{incident.number}-K{report.version}",
        addressee=to_contractor(incident),
        sender=client_name(incident),
        receipt={
            "document": f"{report.document.title}（{report.document.reference}）",
            "version": report.version,
            "digest": report.document.html_sha256,
            "received_at": work.now,
            "received_by": work.actor.name,
            "means": "本システム",
        },
    )
    tell_contractor(work, incident, receipt)
    return report


def preview_report(work: Work, incident: Incident, kind: str, *, reason: str = "", request: str = "") -> str:
    """Return the page that the next report would be, so that it can be read before it is sent."""
    version = len(incident.reports) + 1
    rendered, _, _ = preview(
        work,
        incident,
        kind,
        reference=_reference(incident, version),
        version=version,
        addressee=to_client(incident),
        sender=contractor_name(incident),
        extra={"request_to_client": request, "changes": changes_since_last(work, incident, reason)},
    )
    return rendered.html


def what_is_said(work: Work, incident: Incident) -> dict[str, str]:
    """Return the case item by item, in the words that go on paper."""
    sheet = sheet_of(work, incident)
    said = {name: _fact_text(sheet["facts"][name]) for name in FACTS}
    for item in ITEM_WORDS:
        if item not in said:
            said[item] = _plain(sheet["incident"][item])
    return said


def changes_since_last(work: Work, incident: Incident, reason: str) -> list[dict[str, Any]]:
    """Return what differs from the last version, item by item, with the reason."""
    if not incident.reports:
        return []
    before, now = incident.reports[-1].said, what_is_said(work, incident)
    return [
        {
            "item": words[0],
            "before": before.get(item) or "（記載なし）",
            "after": now[item] or "（記載なし）",
            "reason": reason.strip(),
        }
        for item, words in ITEM_WORDS.items()
        if before.get(item, "") != now[item]
    ]


def _send(
    work: Work,
    incident: Incident,
    step: str,
    kind: str,
    *,
    reason: str = "",
    request: str = "",
    next_report: datetime | None = None,
    seen: int | None = None,
) -> Report:
    changes = changes_since_last(work, incident, reason)
    if changes and not reason.strip():
        raise BadInput(
            "reason", "前回から変わった理由を書いてください。", "Say why this differs from the last report."
        )
    version = len(incident.reports) + 1
    take(work, incident, step, seen=seen, report=version, changed=[change["item"] for change in changes])
    document = issue_document(
        work,
        incident,
        kind,
        number=version,
        version=1,
        reference=_reference(incident, version),
        addressee=to_client(incident),
        sender=contractor_name(incident),
        request_to_client=request.strip(),
        next_report=next_report,
        changes=changes,
    )
    report = Report(
        version=version,
        kind=kind,
        said=what_is_said(work, incident),
        changes=changes,
        reason=reason.strip(),
        document=document,
        sent_at=work.now,
        sent_by_id=work.actor.person_id,
    )
    incident.reports.append(report)
    tell_client(work, incident, document)
    release_contractor(work, incident)
    return report


def _reference(incident: Incident, version: int) -> str:
    return f"{incident.number}-R{version}"


def _client_knows(work: Work, incident: Incident, when: datetime) -> None:
    """甲's knowledge is fixed by the earliest word that reached it; its clock runs from there."""
    if incident.client_known_at is None or when < incident.client_known_at:
        incident.client_known_at = when
        review(work, incident)


def _fact_text(words: dict[str, Any]) -> str:
    return f"［{STATES[words['state']]}］{words['text']}"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return plain(value)
    if isinstance(value, list):
        return "・".join(value)
    return str(value or "")
