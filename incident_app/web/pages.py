"""What every page has: words of the case in both languages, times in Japan, strict headers."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, g, request
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from incident_app.domain.errors import Refused
from incident_app.domain.parties import TOKYO
from incident_app.domain.timeline import EVENTS
from incident_app.domain.words import Words
from incident_app.engine.definition import Workflow
from incident_app.web.desk import desk
from incident_app.web.language import language

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; script-src 'self'; "
    "form-action 'self'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'"
)


def set_up(app: Flask) -> None:
    """Give every template its words and every answer its headers."""
    app.jinja_env.filters.update(
        moment=moment, day=day, field_moment=field_moment, said=said, distance=distance
    )
    app.jinja_env.globals.update(once=lambda: secrets.token_hex(16), event_label=event_label)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.context_processor(_words)
    app.after_request(_headers)


def said(words: Words | Refused | tuple[str, str]) -> str:
    """Return bilingual words in this person's language."""
    if isinstance(words, tuple):
        return words[1] if language() == "en" else words[0]
    return words.said_in(language())


def event_label(workflow: Workflow, event: str) -> str:
    """Return what a timeline event is called."""
    if event in EVENTS:
        return said(EVENTS[event])
    # A record that was tampered with may name anything; the page must still open and show it.
    return said(workflow.steps[event].label) if event in workflow.steps else event


def moment(instant: datetime | None) -> str:
    """Return an instant as people in Japan read it, to the minute."""
    return instant.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M") if instant else ""


def field_moment(instant: datetime | None) -> str:
    """Return an instant as a datetime-local field takes it."""
    return instant.astimezone(TOKYO).strftime("%Y-%m-%dT%H:%M") if instant else ""


def day(instant: datetime | None) -> str:
    """Return the day of an instant in Japan."""
    return instant.astimezone(TOKYO).strftime("%Y-%m-%d") if instant else ""


def distance(instant: datetime, now: datetime) -> str:
    """Return how far away an instant is, in words."""
    gap = instant - now
    ahead = gap >= timedelta(0)
    minutes = int(abs(gap).total_seconds() // 60)
    if minutes < 2 * 60:
        size = gettext("%(n)s minutes", n=minutes)
    elif minutes < 72 * 60:
        size = gettext("%(n)s hours", n=minutes // 60)
    else:
        size = gettext("%(n)s days", n=minutes // (24 * 60))
    return str(gettext("%(size)s left", size=size) if ahead else gettext("%(size)s late", size=size))


def _words() -> dict[str, Any]:
    # A form that was too large is never read: reading it again would fail again.
    readable = request.method == "POST" and not g.get("too_large")
    typed: MultiDict[str, str] = request.form if readable else MultiDict()
    shown: dict[str, Any] = {
        "typed": typed,
        "refusal": g.get("refusal"),
        "language": language(),
        "settings": desk().settings,
        "now": desk().clock(),
    }
    return shown


def _headers(answer: Response) -> Response:
    set_header: Callable[[str, str], Any] = answer.headers.setdefault
    set_header("Content-Security-Policy", _POLICY)
    set_header("X-Content-Type-Options", "nosniff")
    set_header("Referrer-Policy", "same-origin")
    if request.endpoint != "static":
        set_header("Cache-Control", "no-store")
    return answer
