"""The desk: where a request becomes work. One form, one transaction, one result."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import current_app, redirect, request
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.wrappers import Response

from incident_app.config import Clock, Settings
from incident_app.domain.errors import BadInput
from incident_app.domain.outgoing import FormReceipt
from incident_app.domain.work import Actor, Work, begin_reading, begin_work

_SHORTEST_KEY, _LONGEST_KEY = 16, 64


@dataclass(frozen=True, slots=True)
class Desk:
    """What every request needs: the database, the clock and the settings."""

    sessions: sessionmaker[Session]
    clock: Clock
    settings: Settings


class AlreadyDone(Exception):
    """This very form was carried out before; `location` is where it led."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


def desk() -> Desk:
    """Return this application's desk."""
    found: Desk = current_app.extensions["desk"]
    return found


@contextmanager
def work_at_desk() -> Iterator[Work]:
    """Carry out the form that was sent, whole or not at all, and at most once.

    Raises AlreadyDone when the same form arrived before, however often and however close together.
    """
    key = request.form.get("once", "")
    if not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
        raise BadInput(
            "once", "画面を開き直してから送信してください。", "Open the page again, then send the form."
        )
    with begin_work(desk().sessions, desk().clock, actor()) as work:
        receipt = FormReceipt(
            key=key, person_id=work.actor.person_id, location=request.path, received_at=work.now
        )
        try:
            with work.session.begin_nested():
                work.session.add(receipt)
        except IntegrityError:
            raise AlreadyDone(_where_it_led(work, key)) from None
        yield work


def land(work: Work, url: str) -> Response:
    """Return the redirect that ends a form, and remember it for the case that the form comes again."""
    receipt = work.session.get(FormReceipt, request.form["once"])
    if receipt is not None:
        receipt.location = url
    return redirect(url, 303)


@contextmanager
def look_at_desk() -> Iterator[Work]:
    """Look without changing anything."""
    with begin_reading(desk().sessions, desk().clock, actor()) as work:
        yield work


@contextmanager
def print_at_desk() -> Iterator[Work]:
    """Look at a document, and keep its print if this is the first one; there is no form to be sent twice."""
    with begin_work(desk().sessions, desk().clock, actor()) as work:
        yield work


def _where_it_led(work: Work, key: str) -> str:
    earlier = work.session.get(FormReceipt, key)
    if earlier is None or earlier.person_id != work.actor.person_id:
        return "/"
    return earlier.location


def actor() -> Actor:
    """Return who is signed in."""
    return Actor(current_user.person_id, current_user.name)
