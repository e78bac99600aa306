"""A case with as many individuals as one likes, released for delivery."""

from collections.abc import Iterable
from itertools import islice

from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from incident_app.config import system_clock
from incident_app.domain.incident_key import ensure_seal
from incident_app.domain.individual import AffectedList, Particulars
from incident_app.domain.notice import SENT
from incident_app.domain.outgoing import CaseMail
from incident_app.domain.work import Actor, begin_work
from incident_app.services.instructing import Order
from incident_app.services.notifying import start_deliveries
from incident_app.services.registering import Register
from tests.builders import the_person
from tests.cast import SATO, TANAKA, seat
from tests.services.stories import approved, by, instructed, item_of

_AT_ONCE = 10_000


def release(sessions: sessionmaker[Session], means: Order, people: Iterable[Particulars]) -> None:
    """Open a case, register the individuals, and let their notices be approved and queued."""
    with sessions.begin() as session:
        seat(session)
        actor = Actor(the_person(session, TANAKA).id, TANAKA.name)
    with begin_work(sessions, system_clock, actor) as work:
        incident = instructed(work, means)
        entry = AffectedList(
            incident_id=incident.id,
            sha256="0" * 64,
            received_at=work.now,
            columns={},
            faults={},
            imported_at=work.now,
        )
        work.session.add(entry)
        work.session.flush()
        register = Register(incident.id, entry.id, ensure_seal(work, incident.id))
        waiting = iter(people)
        while batch := [(somebody, ()) for somebody in islice(waiting, _AT_ONCE)]:
            register.put(work, batch)
        register.close(work)
        start_deliveries(by(work, SATO), incident, approved(work, incident), item_of(incident))
        work.session.execute(update(CaseMail).values(state=SENT))
