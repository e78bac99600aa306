"""Evidence files: kept under their digest, handed out as attachments only."""

from flask import Blueprint, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from incident_app.domain.errors import BadInput
from incident_app.services.describing import add_evidence
from incident_app.services.finding import find_evidence, find_incident
from incident_app.web.desk import desk, land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form

bp = Blueprint("evidence", __name__, url_prefix="/incidents/<number>/evidence")

_KINDS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"PK\x03\x04", "application/zip"),
)
_LONGEST_NAME = 120


@bp.get("/new")
def new(number: str) -> str:
    """The form for one file."""
    with look_at_desk() as work:
        return render_template("evidence/new.html", incident=find_incident(work, number))


@bp.post("")
@again(new)
def create(number: str) -> Response:
    """Keep one file."""
    form, sent = Form(request.form), request.files.get("file")
    if sent is None or not sent.filename:
        raise BadInput("file", "ファイルを選んでください。", "Please choose a file.")
    data = sent.read()
    with work_at_desk() as work:
        add_evidence(
            work,
            find_incident(work, number),
            desk().settings.evidence_folder,
            name=plain_name(sent.filename),
            data=data,
            media_type=media_type(data),
            note=form.text("note"),
        )
        return land(work, url_for("incidents.show", number=number) + "#evidence")


@bp.get("/<int:evidence_id>")
def download(number: str, evidence_id: int) -> Response:
    """Hand one file out, never to be shown inside a page of ours."""
    with look_at_desk() as work:
        evidence = find_evidence(find_incident(work, number), evidence_id)
        answer = send_file(
            desk().settings.evidence_folder / evidence.sha256,
            mimetype=evidence.media_type,
            as_attachment=True,
            download_name=evidence.name,
        )
        answer.set_etag(evidence.sha256)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def media_type(data: bytes) -> str:
    """Return what the first bytes say a file is; what its name says is not believed."""
    return next((kind for start, kind in _KINDS if data.startswith(start)), "application/octet-stream")


def plain_name(name: str) -> str:
    """Return a file's own name: no folders, no control characters, not too long."""
    last = name.replace("\\", "/").rsplit("/", maxsplit=1)[-1]
    kept = "".join(c for c in last if c.isprintable()).strip()
    return kept[-_LONGEST_NAME:] or "file"
