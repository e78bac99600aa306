"""The blueprints, one per resource."""

from incident_app.web import (
    calls,
    closure,
    consultations,
    documents,
    evidence,
    facts,
    incidents,
    instructions,
    mail,
    measures,
    notices,
    prevention,
    publications,
    reports,
    roster,
    timeline,
)

BLUEPRINTS = (
    incidents.bp,
    calls.bp,
    facts.bp,
    evidence.bp,
    measures.bp,
    reports.bp,
    documents.bp,
    instructions.bp,
    roster.bp,
    notices.bp,
    consultations.bp,
    publications.bp,
    prevention.bp,
    closure.bp,
    timeline.bp,
    mail.bp,
)
