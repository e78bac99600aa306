"""Issuing documents: rendered once, kept with text and digest; the PDF printed once, then kept too."""

import hashlib

from incident_app.domain.document import IssuedDocument
from incident_app.domain.incident import Incident
from incident_app.domain.timeline import digest
from incident_app.domain.work import Work
from incident_app.notices.catalogue import catalogue
from incident_app.notices.fields import fill
from incident_app.notices.render import Rendered, render, to_pdf
from incident_app.services.sheet import Sheet, document_words, sheet_of

HANDLING = {"public": "", "authority": "案（未提出）"}
"""The mark in the head of every page; 取扱注意 unless the addressee asks for another."""


def preview(
    work: Work,
    incident: Incident,
    template: str,
    *,
    reference: str,
    version: int,
    addressee: str,
    sender: str,
    extra: Sheet,
) -> tuple[Rendered, list[str], Sheet]:
    """Render a document without issuing it; returns it with the labels still missing and its sheet."""
    words = document_words(
        work, incident, reference=reference, version=version, addressee=addressee, sender=sender
    )
    sheet = sheet_of(work, incident) | {"document": words} | extra
    form = catalogue()[template]
    filled = fill(form, sheet)
    handling = HANDLING.get(form.addressed_to, "取扱注意")
    return render(form, filled, header=handling), [field.label for field in filled.missing], sheet


def issue_document(
    work: Work,
    incident: Incident,
    template: str,
    *,
    number: int,
    version: int,
    reference: str,
    addressee: str,
    sender: str,
    party: str | None = None,
    **extra: object,
) -> IssuedDocument:
    """Issue a document: what it says now is what every reprint will say.

    `party` makes it that party's own paper, which the other does not see.
    """
    rendered, missing, sheet = preview(
        work,
        incident,
        template,
        reference=reference,
        version=version,
        addressee=addressee,
        sender=sender,
        extra=extra,
    )
    document = IssuedDocument(
        incident_id=incident.id,
        template=template,
        number=number,
        version=version,
        reference=reference,
        title=catalogue()[template].title,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        html_sha256=digest(rendered.html),
        missing=missing,
        timeline_seal=sheet["document"]["seal"],
        issued_at=work.now,
        issued_by_id=work.actor.person_id,
        party=party,
    )
    work.session.add(document)
    work.session.flush()
    return document


def printed(work: Work, document: IssuedDocument) -> bytes:
    """Return the document's PDF: printed from the stored page the first time, the same bytes ever after."""
    if document.pdf is None:
        document.pdf = to_pdf(document.html, title=f"{document.title} {document.reference}")
        document.pdf_sha256 = hashlib.sha256(document.pdf).hexdigest()
    return document.pdf
