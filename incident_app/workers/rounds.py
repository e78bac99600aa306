"""Rounds without end: one that fails is logged and followed by the next."""

import logging
import threading
import traceback
from collections.abc import Callable


def go_on(stop: threading.Event, every: float, one_round: Callable[[], object], log: logging.Logger) -> None:
    """Begin a round every so many seconds until told to stop."""
    while not stop.wait(every):
        try:
            one_round()
        except Exception as fault:
            log_fault(log, "a round", fault)


def log_fault(log: logging.Logger, what: str, fault: Exception) -> None:
    """Log the kind of a fault and where, never its words: they may hold an address."""
    where = traceback.extract_tb(fault.__traceback__)[-1]
    log.error("%s failed: %s at %s:%s", what, type(fault).__name__, where.filename, where.lineno)
