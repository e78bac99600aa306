"""被害を最小限にする措置 (Article 16(2), first half): never waits for anybody."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from incident_app.domain.base import Model


class ContainmentMeasure(Model):
    """One thing done to keep the damage small, with its time."""

    __tablename__ = "containment_measure"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), index=True)
    text: Mapped[str]
    taken_at: Mapped[datetime]
    taken_by: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
