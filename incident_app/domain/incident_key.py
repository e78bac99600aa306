"""The key of an incident: made with the first list, wrapped by the master key, destroyed when all is over (Article 7)."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, Session, mapped_column

from incident_app.domain.base import Model
from incident_app.domain.errors import Refused
from incident_app.domain.sealing import MasterKey, Seal, new_key
from incident_app.domain.work import Work


class KeyDestroyed(Refused):
    """The personal data of this incident is no more; nobody can read it again."""

    def __init__(self) -> None:
        super().__init__(
            "この事案の個人情報は消去済みです（第7条第5項）。",
            "The personal data of this incident was destroyed (Article 7(5)).",
        )


class IncidentKey(Model):
    """One incident's data key. Without `wrapped` everything that it sealed is noise."""

    __tablename__ = "incident_key"

    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), primary_key=True)
    wrapped: Mapped[bytes | None]
    """40 bytes, RFC 3394; None once destroyed."""
    master: Mapped[str]
    """Name of the master key that wrapped it."""
    made_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]


def seal_of(session: Session, incident_id: int) -> Seal:
    """Return the seal of an incident that has one.

    Raises KeyDestroyed, SealBroken (another master key), and NoResultFound where nothing was ever sealed.
    """
    kept = session.get_one(IncidentKey, incident_id)
    if kept.wrapped is None:
        raise KeyDestroyed
    return master_key_of(session).unwrap(kept.wrapped)


def ensure_seal(work: Work, incident_id: int) -> Seal:
    """Return the seal of an incident, made now if it has none. Raises KeyDestroyed, SealBroken."""
    if work.session.get(IncidentKey, incident_id) is None:
        master = master_key_of(work.session)
        work.session.add(
            IncidentKey(
                incident_id=incident_id,
                wrapped=master.wrap(new_key()),
                master=master.name,
                made_at=work.now,
            )
        )
        work.session.flush()
    return seal_of(work.session, incident_id)


def master_key_of(session: Session) -> MasterKey:
    """Return the installation's key, which travels with the sessions and is never stored beside the data."""
    key: MasterKey = session.info["master_key"]
    return key
