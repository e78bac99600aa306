"""Japanese first, English on request; remembered in a cookie."""

from flask import Blueprint, Flask, redirect, request
from flask_babel import Babel, get_locale
from werkzeug.wrappers import Response

from incident_app.domain.errors import NotFound

LANGUAGES = ("ja", "en")

bp = Blueprint("language", __name__)


def set_up(app: Flask) -> None:
    """Choose the language for each request."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "../translations"
    Babel(app, default_locale="ja", default_timezone="Asia/Tokyo", locale_selector=_chosen)
    app.register_blueprint(bp)


def language() -> str:
    """Return "ja" or "en"."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "ja"


@bp.get("/language/<code>")
def choose(code: str) -> Response:
    """Switch the language and go back to where the person was."""
    if code not in LANGUAGES:
        raise NotFound
    target = request.args.get("next", "/")
    # Only a path of this site: never somebody else's address.
    safe = target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"
    answer = redirect(safe, 303)
    answer.set_cookie("language", code, max_age=365 * 24 * 3600, httponly=True, samesite="Lax")
    return answer


def _chosen() -> str:
    chosen = request.cookies.get("language", "")
    return chosen if chosen in LANGUAGES else "ja"
