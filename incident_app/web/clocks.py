"""Two parties, two clocks: when each knew, what it decided, and what the law asks of it by when."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from incident_app.domain.deadline import SUPERSEDED
from incident_app.domain.incident import Incident
from incident_app.domain.parties import CLIENT, CONTRACTOR, PARTIES
from incident_app.domain.report import Report
from incident_app.domain.statute import ReportabilityDecision
from incident_app.services.proposing import awaits_decision
from incident_app.services.statutory_clocks import NOTIFY_CLIENT, release_of
from incident_app.web.standing import Due, due_of

PROVISO = "個人情報の保護に関する法律第26条第1項ただし書、同法施行規則第9条"
"""By which 乙 is released before anybody has decided that it had to report."""


@dataclass(frozen=True, slots=True)
class PartyClock:
    """What one party's knowledge has started."""

    party: str
    known_at: datetime | None
    known_by: str
    """By what it knew, in words."""
    decision: ReportabilityDecision | None
    awaits_decision: bool
    dues: list[Due]
    """Its dates by law, met, released and ended ones too, but for those that a later decision replaced."""
    release: Report | None
    """The report by which 乙 was released from its own."""
    released_under: list[str]
    """The articles of that release."""


def clocks_of(incident: Incident) -> list[PartyClock]:
    """Return 乙's clock, then 甲's."""
    return [_clock(incident, party) for party in PARTIES]


def _clock(incident: Incident, party: str) -> PartyClock:
    by_law = [d for d in incident.deadlines if d.statutory and d.party == party]
    shown = sorted((d for d in by_law if d.dropped_because != SUPERSEDED), key=lambda d: (d.due_at, d.id))
    told = {d.article for d in by_law if d.name == NOTIFY_CLIENT and d.met_at}
    return PartyClock(
        party=party,
        known_at=incident.known_by(party),
        known_by=_known_by(incident, party),
        decision=incident.decision(party),
        awaits_decision=awaits_decision(incident, party),
        dues=[due_of(incident, deadline) for deadline in shown],
        release=release_of(incident) if party == CONTRACTOR and incident.concerns_personal else None,
        released_under=sorted(told) or [PROVISO],
    )


def _known_by(incident: Incident, party: str) -> str:
    if party == CLIENT:
        if incident.client_known_at is None:
            return str(gettext("not yet told"))
        if any(call.called_at == incident.client_known_at for call in incident.calls):
            return str(gettext("by a recorded call"))
        for report in incident.reports:
            if report.received_at == incident.client_known_at:
                return str(gettext("by receipt of report %(n)s", n=report.version))
    return ""
