"""The Gothic that documents are printed with, for browsers on machines without any Japanese font."""

from flask import Blueprint, send_file
from werkzeug.wrappers import Response

from incident_app.notices.fonts import faces

bp = Blueprint("fonts", __name__)


@bp.get("/fonts/gothic.otf")
def gothic() -> Response:
    """Fetched only by a browser that can draw the characters with nothing else; see style.css."""
    answer = send_file(faces()[0], mimetype="font/otf", conditional=True)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer
