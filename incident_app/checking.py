"""Is everything there that this installation needs? Each finding says what to do when it is not."""

import ctypes.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from incident_app.config import Settings, system_clock
from incident_app.domain.base import connect_database
from incident_app.domain.guards import missing_guards
from incident_app.domain.work import THE_PROGRAM, begin_reading, open_sessions
from incident_app.engine.library import shelf
from incident_app.mail.smtp import probe
from incident_app.notices.catalogue import catalogue
from incident_app.notices.envelope import read_envelope
from incident_app.notices.render import to_pdf
from incident_app.rulesets.closed_days import closed_days
from incident_app.rulesets.library import rulesets
from incident_app.services.keys import LOST, states_of_keys
from incident_app.services.schema import is_current
from incident_app.services.watching import last_beat, something_is_watched, watch_is_silent
from incident_app.workers.deliver import smtp_settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    detail: str


def findings(settings: Settings) -> list[Finding]:
    """Look at everything; never raises, because a broken part is what is being looked for."""
    return [
        _tried("workflows", lambda: f"{len(shelf())} definitions"),
        _tried("rulesets", lambda: f"{len(rulesets())} rulesets; {closed_days().reference}"),
        _tried("notice templates", lambda: f"{len(catalogue())} templates"),
        _tried("envelope", lambda: _envelope(settings)),
        _tried("fonts and PDF", _pdf),
        _subsetter(),
        *_database(settings),
        _relay(settings),
    ]


def _tried(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, look())
    except Exception as fault:
        return Finding(what, False, f"{type(fault).__name__}: {fault}")


def _pdf() -> str:
    pdf = to_pdf("<!doctype html><html lang='ja'><title>検査</title><p>髙﨑𠮷</p></html>", title="検査")
    return f"{len(pdf)} bytes printed"


def _envelope(settings: Settings) -> str:
    width, height = read_envelope(settings.envelope).safe
    return f"{width:g} x {height:g} mm always show; print: incident notices test-sheet"


def _subsetter() -> Finding:
    found = ctypes.util.find_library("harfbuzz-subset")
    advice = "apt install libharfbuzz-subset0 (letters print ten times slower without it)"
    return Finding("libharfbuzz-subset", found is not None, found or advice)


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        engine = connect_database(settings.database)
    except SQLAlchemyError as fault:
        yield Finding("database", False, f"{type(fault).__name__}: check INCIDENT_DATABASE")
        return
    try:
        current = is_current(engine)
        yield Finding("database", current, "at the newest schema" if current else "run: incident db upgrade")
        if current:
            with engine.connect().execution_options(reading=True) as connection:
                missing = missing_guards(connection)
            detail = (
                f"missing: {', '.join(missing)}" if missing else "timeline and facts can only be added to"
            )
            yield Finding("guards", not missing, detail)
            yield _watch(engine, settings)
            yield _keys(engine, settings)
    except SQLAlchemyError as fault:
        yield Finding("database", False, f"{type(fault).__name__}: check INCIDENT_DATABASE")
    finally:
        engine.dispose()


def _watch(engine: Engine, settings: Settings) -> Finding:
    with begin_reading(
        open_sessions(engine, settings.master_key, settings.public_url, settings.envelope),
        system_clock,
        THE_PROGRAM,
    ) as work:
        last = last_beat(work.session)
        silent = watch_is_silent(work) and something_is_watched(work)
    detail = f"last ran {last:%Y-%m-%d %H:%M} UTC" if last else "has never run"
    return Finding("watch over deadlines", not silent, f"{detail}; run: incident serve" if silent else detail)


def _keys(engine: Engine, settings: Settings) -> Finding:
    with begin_reading(
        open_sessions(engine, settings.master_key, settings.public_url, settings.envelope),
        system_clock,
        THE_PROGRAM,
    ) as work:
        states = states_of_keys(work.session)
    lost = [number for number, state in states.items() if state == LOST]
    advice = f"another master key sealed {', '.join(lost)}; check INCIDENT_MASTER_KEY_FILE"
    return Finding("incident keys", not lost, advice if lost else f"{len(states)} keys")


def _relay(settings: Settings) -> Finding:
    outcome = probe(smtp_settings(settings))
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    ok = outcome.state == "accepted"
    return Finding(
        "mail relay", ok, where if ok else f"{where} does not answer; check INCIDENT_SMTP_*: {outcome.reply}"
    )
