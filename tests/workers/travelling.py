"""A watch and a courier in a process of their own, which read the time from standard input and live at that time."""

import sys

import time_machine

from incident_app.config import read_settings, system_clock
from incident_app.domain.base import connect_database
from incident_app.domain.work import open_sessions
from incident_app.workers.deliver import Courier
from incident_app.workers.watch import Watch

DONE = "done"


def main() -> None:
    settings = read_settings()
    sessions = open_sessions(connect_database(settings.database), settings.master_key)
    watch = Watch(sessions, system_clock, settings)
    courier = Courier(sessions, system_clock, settings)
    for instant in sys.stdin:
        with time_machine.travel(instant.strip(), tick=False):
            watch.round()
            courier.round()
        print(DONE, flush=True)  # noqa: T201 - the other end of the pipe waits for it


if __name__ == "__main__":
    main()
