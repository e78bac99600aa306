"""Refusals become pages: beside the field when the form can be shown again, else on a page of their own."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Flask, current_app, g, redirect, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response

from incident_app.domain.errors import BadInput, NotFound, NotPermitted, Overtaken, Refused, StepRefused
from incident_app.web.desk import AlreadyDone
from incident_app.web.language import language

log = logging.getLogger(__name__)
View = TypeVar("View", bound=Callable[..., Any])

_STATUS: tuple[tuple[type[Refused], int], ...] = (
    (BadInput, 422),
    (NotFound, 404),
    (NotPermitted, 403),
    (StepRefused, 409),
    (Overtaken, 409),
)


def again(page: Callable[..., Any]) -> Callable[[View], View]:
    """Name the page that shows a form again, with what was typed and what was wrong with it."""

    def name_it(view: View) -> View:
        view.page_again = page  # type: ignore[attr-defined]  # a note on the function itself
        return view

    return name_it


def set_up(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(AlreadyDone, lambda done: redirect(done.location, 303))
    app.register_error_handler(StaleDataError, lambda _: refused(Overtaken()))
    app.register_error_handler(Refused, refused)
    app.register_error_handler(CSRFError, lambda _: refused(_stale_page()))
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _mishap)


def refused(refusal: Refused) -> tuple[str | Response, int]:
    """Answer a refusal: with the form and everything typed in it, or with a page."""
    status = next((code for kind, code in _STATUS if isinstance(refusal, kind)), 422)
    view = current_app.view_functions.get(request.endpoint or "")
    page = getattr(view, "page_again", None)
    if page is None or isinstance(refusal, NotFound):
        return _page(refusal.said_in(language()), status), status
    g.refusal = refusal
    return page(**(request.view_args or {})), status


def _page(message: str, status: int) -> str:
    return render_template("error.html", message=message, status=status)


def _too_large(_: RequestEntityTooLarge) -> tuple[str, int]:
    g.too_large = True
    limit = current_app.config["MAX_CONTENT_LENGTH"] // (1024 * 1024)
    message = gettext("The file is too large. At most %(limit)s MB can be sent at once.", limit=limit)
    return _page(message, 413), 413


def _http(error: HTTPException) -> tuple[str, int]:
    status = error.code or 500
    if status == HTTPStatus.NOT_FOUND:
        return _page(NotFound().said_in(language()), 404), 404
    return _page(gettext("This request cannot be carried out. Go back and try again."), status), status


def _mishap(error: Exception) -> tuple[str, int]:
    # The trace names code, never what was typed.
    log.error("unexpected %s at %s", type(error).__name__, request.endpoint, exc_info=error)
    message = gettext("Something went wrong on our side. Nothing was changed. Please try again.")
    return _page(message, 500), 500


def _stale_page() -> Refused:
    return BadInput(
        "once",
        "画面の有効期限が切れました。入力内容は残っています。もう一度送信してください。",
        "This page had expired. What you typed is still here; please send it again.",
    )
