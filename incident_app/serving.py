"""Several processes that live and end together: web, worker and, for the demonstration, a mail catcher."""

import multiprocessing
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from sqlalchemy.orm import sessionmaker

from incident_app.app import create_app
from incident_app.config import Settings, system_clock
from incident_app.domain.base import connect_database
from incident_app.domain.errors import Refused
from incident_app.mail.catcher import catch
from incident_app.mail.folder import MailFolder
from incident_app.workers.deliver import Courier

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def serve(settings: Settings) -> int:
    """Serve until told to stop or until one of the processes ends; returns the exit code.

    Raises Refused when an address is taken, or when a demonstration would be seen from outside.
    """
    if settings.demo and settings.host not in LOOPBACK:
        raise Refused(
            "デモは 127.0.0.1 以外では起動しません。--host を外してください。",
            "The demonstration listens on 127.0.0.1 only. Leave --host out.",
        )
    _refuse_taken(settings.host, settings.port, "INCIDENT_PORT")
    parts: list[Callable[[Settings], None]] = [_web, _worker]
    if settings.demo:
        _refuse_taken(settings.smtp_host, settings.smtp_port, "INCIDENT_SMTP_PORT")
        parts.append(_catcher)
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
        process.join(timeout=20)
    if fallen and not stop.is_set():
        sys.stderr.write(f"ended by itself: {', '.join(fallen)}; everything was stopped, start again\n")
        return 1
    return 0


def _refuse_taken(host: str, port: int, setting: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise Refused(
                f"{host}:{port} は使用中です。{setting} に別の番号を設定してください。",
                f"{host}:{port} is taken. Set {setting} to another number.",
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
            "loglevel": "warning",
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return create_app(self._settings)


def _web(settings: Settings) -> None:
    sys.argv = ["incident"]  # gunicorn would read the command line as its own
    _Gunicorn(settings).run()


def _worker(settings: Settings) -> None:
    stop = _told_to_stop()
    engine = connect_database(settings.database)
    Courier(sessionmaker(engine, expire_on_commit=False), system_clock, settings).run(stop)


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
