"""The nine items of Rule 8(1) (施行規則第8条第1項), filled from the case for one party; what is unknown says so."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incident_app.domain.incident import ESTIMATED, KNOWN, UNDER_INVESTIGATION, Incident
from incident_app.domain.parties import CONTRACTOR
from incident_app.domain.work import Work
from incident_app.notices.japanese import plain
from incident_app.services.sheet import Sheet, fact_words, sheet_of
from incident_app.services.statutory_clocks import release_of

ITEMS = {
    "outline": ("概要", "Outline"),
    "data": ("漏えい等した個人データ等の項目", "Kinds of data"),
    "persons": ("本人の数", "Number of persons"),
    "cause": ("原因", "Cause"),
    "damage": ("二次被害又はそのおそれ", "Secondary damage or its risk"),
    "individuals": ("本人への対応", "What is done for the individuals"),
    "publication": ("公表", "Publication"),
    "prevention": ("再発防止のための措置", "Prevention"),
    "other": ("その他参考となる事項", "Other"),
}
"""The nine, in the rule's order."""


def nine_items(work: Work, incident: Incident, party: str) -> dict[str, Sheet]:
    """Return each item as a fact: state (known, estimated, under_investigation), text, as-of time.

    Holds words of the case and counts; never personal data of affected individuals.
    """
    sheet = sheet_of(work, incident)
    return {
        "outline": _outline(work, incident, party),
        "data": fact_words(incident.fact("content")),
        "persons": sheet["persons"],
        "cause": _cause(work, incident),
        "damage": _said(work, incident.secondary_damage),
        "individuals": _individuals(work, sheet),
        "publication": _publication(work, sheet),
        "prevention": _prevention(work, incident),
        "other": _other(work, incident, party),
    }


def _outline(work: Work, incident: Incident, party: str) -> Sheet:
    known = incident.known_by(party)
    decision = incident.decision(party)
    kinds = {"leak": "漏えい", "damage": "き損", "loss": "滅失", "suspected": "おそれ"}
    lines = {
        "事案": incident.title,
        "区分": "・".join(word for kind, word in kinds.items() if getattr(incident, kind)),
        "発生日時": plain(incident.occurred_at) if incident.occurred_at else "調査中",
        "発覚日時": plain(incident.detected_at),
        "知った日時": plain(known) if known else "",
        "発見者": incident.discovered_by,
        "発生場所": fact_words(incident.fact("place"))["text"],
        "発生状況": fact_words(incident.fact("circumstances"))["text"],
        "該当する事態": "、".join(decision.grounds) if decision else "",
        "委託元": incident.contract.client.name,
        "委託先": incident.contract.contractor.name,
    }
    return _fact(KNOWN if incident.occurred_at else ESTIMATED, _lines(lines), work.now)


def _cause(work: Work, incident: Incident) -> Sheet:
    where = f"発生した者：委託先（{incident.contract.contractor.name}）"
    if not incident.cause:
        return _fact(UNDER_INVESTIGATION, where, work.now)
    return _fact(KNOWN, f"{incident.cause}\n{where}", work.now)


def _individuals(work: Work, sheet: Sheet) -> Sheet:
    counts = sheet["notices"]
    told = (
        f"電子メール {counts['sent']:,}件、書面 {counts['printed']:,}件、代替措置 {counts['substituted']:,}件"
    )
    failed = f"返戻 {counts['returned']:,}件、不達 {counts['bounced']:,}件"
    return _fact(KNOWN, f"{counts['standing']}\n{told}\n{failed}", work.now)


def _publication(work: Work, sheet: Sheet) -> Sheet:
    said = sheet["publication"]
    return _fact(KNOWN, "：".join(filter(None, (said["state"], said["reason"]))), work.now)


def _prevention(work: Work, incident: Incident) -> Sheet:
    done = [measure.text for measure in incident.prevention if measure.done_at]
    planned = [measure.text for measure in incident.prevention if not measure.done_at]
    if not (done or planned):
        return _fact(UNDER_INVESTIGATION, "", work.now)
    return _fact(
        KNOWN, _lines({"実施済": "、".join(done) or "なし", "予定": "、".join(planned) or "なし"}), work.now
    )


def _other(work: Work, incident: Incident, party: str) -> Sheet:
    report = release_of(incident)
    released = (
        ""
        if party != CONTRACTOR or report is None
        else f"第{report.version}報により委託元に通知済み（{plain(report.sent_at)}）"
    )
    lines = {
        "被害を最小限にする措置": "、".join(measure.text for measure in incident.measures),
        "回収・削除の状況": incident.recovery,
        "警察等への届出": incident.police,
        "委託元への通知": released,
    }
    return _fact(KNOWN, _lines(lines) or "なし", work.now)


def _said(work: Work, words: str) -> Sheet:
    return _fact(KNOWN if words else UNDER_INVESTIGATION, words, work.now)


def _lines(lines: Mapping[str, str]) -> str:
    return "\n".join(f"{label}：{words}" for label, words in lines.items() if words)


def _fact(state: str, text: str, as_of: datetime) -> dict[str, Any]:
    return {"state": state, "text": text, "as_of": as_of}
