"""The WSGI application."""

from datetime import timedelta

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from incident_app.config import Clock, Settings, system_clock
from incident_app.domain.base import connect_database
from incident_app.domain.work import open_sessions
from incident_app.engine.library import shelf
from incident_app.notices.catalogue import catalogue
from incident_app.notices.envelope import read_envelope
from incident_app.rulesets.closed_days import closed_days
from incident_app.rulesets.library import rulesets
from incident_app.web import errors, language, pages, sign_in
from incident_app.web.desk import Desk
from incident_app.web.resources import BLUEPRINTS


def create_app(settings: Settings, clock: Clock = system_clock) -> Flask:
    """Put the application together.

    Raises WorkflowMistake, TemplateMistake, RulesetMistake or EnvelopeMistake when a definition, a template,
    a ruleset or the envelope cannot be used: better at start-up than at night.
    """
    shelf()
    catalogue()
    rulesets()
    closed_days()
    read_envelope(settings.envelope)
    app = Flask("incident_app.web")
    app.config.update(
        SECRET_KEY=settings.secret,
        MAX_CONTENT_LENGTH=settings.upload_limit,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https:"),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=None,
    )
    engine = connect_database(settings.database)
    app.extensions["desk"] = Desk(
        open_sessions(engine, settings.master_key, settings.public_url, settings.envelope), clock, settings
    )
    CSRFProtect(app)
    language.set_up(app)
    sign_in.set_up(app)
    errors.set_up(app)
    pages.set_up(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if settings.base_url.startswith("https:"):
        app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]  # Flask documents this assignment
    return app
