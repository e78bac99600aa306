"""The nouns and rules of the annex. Knows SQLAlchemy; never Flask, mail or the clock."""

# Importing any of them maps all of them, because they name each other.
from incident_app.domain import (
    containment,
    deadline,
    document,
    enquiry,
    evidence,
    incident,
    incident_key,
    individual,
    instruction,
    notice,
    outgoing,
    parties,
    publication,
    report,
    statute,
    timeline,
)

__all__ = [
    "containment",
    "deadline",
    "document",
    "enquiry",
    "evidence",
    "incident",
    "incident_key",
    "individual",
    "instruction",
    "notice",
    "outgoing",
    "parties",
    "publication",
    "report",
    "statute",
    "timeline",
]
