"""What is due when; each deadline remembers from which instant and rule it was counted."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from incident_app.domain.base import Model


class Deadline(Model):
    """期限. Met when `met_at` is set; overdue when the instant has passed without it."""

    __tablename__ = "deadline"
    __table_args__ = (Index("ix_deadline_open", "incident_id", "name", "met_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    name: Mapped[str]
    rule: Mapped[str]
    """Workflow, version and rule, or the contract setting, that it was counted by."""
    counted_from: Mapped[datetime]
    due_at: Mapped[datetime]
    met_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    """The instruction that set it was amended or withdrawn."""
    item_id: Mapped[int | None] = mapped_column(ForeignKey("instruction_item.id"))

    def overdue(self, now: datetime) -> bool:
        """徒過: nobody did it in time, or did it late."""
        return self.dropped_at is None and (self.met_at or now) > self.due_at

    @property
    def is_open(self) -> bool:
        """Still to be met."""
        return self.met_at is None and self.dropped_at is None
