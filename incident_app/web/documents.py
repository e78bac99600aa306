"""Issued documents: the page as issued, and the PDF that was printed from it once."""

from flask import Blueprint, make_response
from werkzeug.wrappers import Response

from incident_app.services.documents import printed
from incident_app.services.finding import find_document, find_incident
from incident_app.web.desk import look_at_desk, print_at_desk

bp = Blueprint("documents", __name__, url_prefix="/incidents/<number>/documents")

_PAPER = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


@bp.get("/<int:document_id>")
def show(number: str, document_id: int) -> Response:
    """The page as it was issued."""
    with look_at_desk() as work:
        return as_issued(make_response(find_document(work, find_incident(work, number), document_id).html))


@bp.get("/<int:document_id>.pdf")
def pdf(number: str, document_id: int) -> Response:
    """The PDF: printed at its first reading, the same bytes ever after."""
    with print_at_desk() as work:
        document = find_document(work, find_incident(work, number), document_id)
        answer = make_response(printed(work, document))
    answer.mimetype = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{document.reference}.pdf"'
    answer.set_etag(document.pdf_sha256 or "")
    return answer


def as_issued(answer: Response) -> Response:
    """Let a document bring its own style sheet and nothing else."""
    answer.headers["Content-Security-Policy"] = _PAPER
    return answer
