"""Several processes that live and end together: web, courier, watch and, for the demonstration, a mail catcher."""

import multiprocessing
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication

from incident_app.app import create_app
from incident_app.config import Settings, system_clock
from incident_app.domain.base import connect_database
from incident_app.domain.errors import Refused
from incident_app.domain.work import THE_PROGRAM, begin_work, open_sessions
from incident_app.mail.catcher import catch
from incident_app.mail.folder import MailFolder
from incident_app.mail.message import check_address
from incident_app.notices.envelope import read_envelope
from incident_app.services import demo, schema
from incident_app.workers.deliver import Courier
from incident_app.workers.nightly import Nightly
from incident_app.workers.printing import Printer
from incident_app.workers.watch import Watch

LOOPBACK = frozenset({"127.0.0.1", "localhost"})
_PATIENCE = 20
"""Seconds that a process gets to finish what it has begun."""


def prepare(settings: Settings) -> None:
    """Look whether everything can start; then bring the database up to date and seat the demonstration.

    Raises Refused when an address is taken, when a demonstration would be seen from outside, or when no letter fits
    the envelope.
    """
    if settings.demo and not {settings.host, settings.smtp_host} <= LOOPBACK:
        raise Refused(
            "デモは 127.0.0.1 以外では起動しません。--host と INCIDENT_SMTP_HOST を外してください。",
            "The demonstration listens on 127.0.0.1 only. Leave --host and INCIDENT_SMTP_HOST out.",
        )
    check_address("差出人（INCIDENT_SENDER）", "sender (INCIDENT_SENDER)", settings.sender)
    read_envelope(settings.envelope)
    _refuse_taken(settings.host, settings.port, "INCIDENT_PORT")
    if settings.demo:
        _refuse_taken(settings.smtp_host, settings.smtp_port, "INCIDENT_SMTP_PORT")
    schema.upgrade(settings.database)
    if settings.demo:
        engine = connect_database(settings.database)
        with begin_work(
            open_sessions(engine, settings.master_key, settings.public_url, settings.envelope),
            system_clock,
            THE_PROGRAM,
        ) as work:
            demo.seat_demo(work)
        engine.dispose()
        settings.data.mkdir(parents=True, exist_ok=True)
        settings.demo_list.write_bytes(demo.demo_list())


def serve(settings: Settings) -> int:
    """Serve what was prepared until told to stop or until one of the processes ends; returns the exit code."""
    parts: list[Callable[[Settings], None]] = [_courier, *[_printer] * settings.printers, _watch, _web]
    if settings.demo:
        parts.insert(0, _catcher)
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=part, args=(settings,), name=part.__name__) for part in parts]
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    for process in processes:
        process.start()
    while not stop.wait(0.5) and all(process.is_alive() for process in processes):
        pass
    fallen = [process.name.strip("_") for process in processes if not process.is_alive()]
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(_PATIENCE)
        if process.is_alive():
            process.kill()  # whatever it was doing is taken up again at the next start
    if fallen and not stop.is_set():
        sys.stderr.write(f"ended by itself: {', '.join(fallen)}; everything was stopped, start again\n")
        return 1
    return 0


def _refuse_taken(host: str, port: int, setting: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise Refused(
                f"{host}:{port} は使えません（使用中など）。{setting} に別の番号を設定してください。",
                f"{host}:{port} cannot be used ({fault.strerror}). Set {setting} to another number.",
            ) from None


class _Gunicorn(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        sqlite = self._settings.database.startswith("sqlite")
        chosen: dict[str, Any] = {
            "bind": f"{self._settings.host}:{self._settings.port}",
            "worker_class": "gthread",
            "workers": 1 if sqlite else multiprocessing.cpu_count() + 1,
            "threads": 4,
            "timeout": 120,
            "graceful_timeout": _PATIENCE // 2,
            "loglevel": "warning",
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return create_app(self._settings)


def _web(settings: Settings) -> None:
    sys.argv = ["incident"]  # gunicorn would read the command line as its own
    _Gunicorn(settings).run()


def _courier(settings: Settings) -> None:
    stop = _told_to_stop()
    sessions = open_sessions(
        connect_database(settings.database), settings.master_key, settings.public_url, settings.envelope
    )
    Courier(sessions, system_clock, settings, stop).run()


def _printer(settings: Settings) -> None:
    stop = _told_to_stop()
    sessions = open_sessions(
        connect_database(settings.database), settings.master_key, settings.public_url, settings.envelope
    )
    Printer(sessions, system_clock, settings, stop).run()


def _watch(settings: Settings) -> None:
    # A process of its own: ten thousand letters in the press must not delay a reminder.
    stop = _told_to_stop()
    sessions = open_sessions(
        connect_database(settings.database), settings.master_key, settings.public_url, settings.envelope
    )
    night = Nightly(sessions, system_clock, settings, stop)
    threading.Thread(target=night.run, daemon=True).start()
    Watch(sessions, system_clock, settings, stop).run()


def _catcher(settings: Settings) -> None:
    stop = _told_to_stop()
    with catch(settings.smtp_host, settings.smtp_port, MailFolder(settings.mail_folder)):
        stop.wait()


def _told_to_stop() -> threading.Event:
    stop = threading.Event()
    # Ctrl-C reaches every process of the terminal; the one that started this one says when.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    return stop
