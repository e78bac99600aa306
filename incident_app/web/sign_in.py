"""Signing in and out (flask-login)."""

from dataclasses import dataclass

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response

from incident_app.domain.errors import BadInput
from incident_app.domain.parties import Person
from incident_app.services.accounts import check_password, find_active_person
from incident_app.web.desk import desk
from incident_app.web.errors import again
from incident_app.web.forms import Form

bp = Blueprint("sign_in", __name__)

OPEN_TO_ALL = frozenset(
    {
        "sign_in.show",
        "sign_in.enter",
        "language.choose",
        "fonts.gothic",
        "calendar_feed.read",
        "genuine.show",
        "genuine.answer",
        "static",
    }
)


@dataclass(eq=False)
class SignedIn(UserMixin):  # type: ignore[misc]  # flask-login publishes no types
    """The person at this desk, as far as every page needs to know."""

    person_id: int
    name: str
    title: str
    organisation: str

    def get_id(self) -> str:
        """Return what the cookie remembers."""
        return str(self.person_id)


def set_up(app: Flask) -> None:
    """Ask everyone to sign in, but for the pages that are open to all."""
    manager = LoginManager(app)
    manager.user_loader(_load)
    app.before_request(_ask_to_sign_in)
    app.register_blueprint(bp)


@bp.get("/sign-in")
def show() -> str | Response:
    """The page to sign in."""
    if current_user.is_authenticated:
        return redirect("/")
    return render_template("sign_in.html")


@bp.post("/sign-in")
@again(lambda: render_template("sign_in.html"))
def enter() -> Response:
    """Sign in."""
    form = Form(request.form)
    with desk().sessions() as session:
        person = check_password(session, form.text("login"), request.form.get("password", ""))
        if person is None:
            raise BadInput(
                "login",
                "メールアドレス又はパスワードが違います。",
                "The address or the password is wrong.",
            )
        login_user(_seat(person))
    target = form.text("next")
    safe = target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"
    return redirect(safe, 303)


@bp.post("/sign-out")
def leave() -> Response:
    """Sign out."""
    logout_user()
    return redirect(url_for("sign_in.show"), 303)


def _load(person_id: str) -> SignedIn | None:
    with desk().sessions() as session:
        person = find_active_person(session, int(person_id)) if person_id.isdecimal() else None
        return _seat(person) if person else None


def _seat(person: Person) -> SignedIn:
    firm = person.organisation.name if person.organisation else ""
    return SignedIn(person.id, person.name, person.title, firm)


def _ask_to_sign_in() -> Response | None:
    if request.endpoint in OPEN_TO_ALL or current_user.is_authenticated:
        return None
    if request.method == "GET":
        return redirect(url_for("sign_in.show", next=request.full_path.rstrip("?")), 303)
    return redirect(url_for("sign_in.show"), 303)
