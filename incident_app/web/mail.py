"""The mail that went out, as the demonstration's catcher keeps it. Elsewhere there is no such page."""

from collections.abc import Iterator
from itertools import islice

from flask import Blueprint, render_template

from incident_app.domain.errors import NotFound
from incident_app.mail.folder import MailFolder, StoredMail
from incident_app.web.desk import desk

NEWEST = 200

bp = Blueprint("mail", __name__, url_prefix="/mail")


@bp.get("")
def index() -> str:
    """The newest messages."""
    return render_template("mail/index.html", mails=list(islice(_mails(), NEWEST)), most=NEWEST)


@bp.get("/<name>")
def show(name: str) -> str:
    """One message."""
    found = next((mail for mail in _mails() if mail.name == name), None)
    if found is None:
        raise NotFound
    return render_template("mail/show.html", mail=found)


def _mails() -> Iterator[StoredMail]:
    if not desk().settings.demo:
        raise NotFound
    return MailFolder(desk().settings.mail_folder).read()
