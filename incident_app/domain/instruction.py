"""甲's instruction (指示): numbered items that bind 乙 until they are amended away or withdrawn."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incident_app.domain.base import Model
from incident_app.domain.parties import Person

NOTIFY, SUBSTITUTE, NO_NOTICE = "notify_individuals", "substitute_notice", "no_notice"
DESTROY = "destroy"
ITEM_KINDS = (
    NOTIFY,
    SUBSTITUTE,
    NO_NOTICE,
    "investigate",
    "contain",
    "report",
    DESTROY,
    "other",
)
LETTER, EMAIL = MEANS = ("letter", "email")
CONTRACTOR, CLIENT, JOINT = NAMES = ("contractor", "client", "joint")


class Instruction(Model):
    """One instruction of 甲 under Article 16(1). Its items say what is to be done."""

    __tablename__ = "instruction"
    __table_args__ = (UniqueConstraint("incident_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    number: Mapped[int]
    version: Mapped[int] = mapped_column(default=1)
    issued_at: Mapped[datetime]
    given_by: Mapped[str]
    """Name of the officer who gave it."""
    prohibitions: Mapped[str] = mapped_column(default="")
    how_to_report: Mapped[str] = mapped_column(default="")
    transcribed: Mapped[bool] = mapped_column(default=False)
    """Given by phone or on paper and written down by 乙; binds, but waits for 甲's confirmation."""
    channel: Mapped[str] = mapped_column(default="system")
    confirmed_at: Mapped[datetime | None]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(default="")

    items: Mapped[list["InstructionItem"]] = relationship(
        order_by="InstructionItem.number", back_populates="instruction"
    )
    recorded_by: Mapped[Person | None] = relationship()

    @property
    def awaits_confirmation(self) -> bool:
        """Written down by 乙, and 甲 has not yet said that it is right."""
        return self.transcribed and self.confirmed_at is None


class InstructionItem(Model):
    """One numbered item: what, to whom, by when, by which means, with which text, in whose name.

    An item is never rewritten. An amendment ends some items and adds others, so that everything
    begun under an unchanged item goes on.
    """

    __tablename__ = "instruction_item"
    __table_args__ = (
        UniqueConstraint("instruction_id", "number"),
        CheckConstraint("in_whose_name IN ('contractor','client','joint')", name="in_whose_name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    instruction_id: Mapped[int] = mapped_column(ForeignKey("instruction.id"))
    number: Mapped[int]
    kind: Mapped[str]
    what: Mapped[str]
    to_whom: Mapped[str] = mapped_column(default="")
    due_at: Mapped[datetime | None]
    means: Mapped[list[str]]
    text_version: Mapped[int | None]
    """Number of the notice text that is to be used; None: whichever text 甲 approves."""
    in_whose_name: Mapped[str] = mapped_column(default=CONTRACTOR)
    added_in: Mapped[int]
    ended_in: Mapped[int | None]
    fulfilled_at: Mapped[datetime | None]
    fulfilled_note: Mapped[str] = mapped_column(default="")

    instruction: Mapped[Instruction] = relationship(back_populates="items")

    @property
    def in_force(self) -> bool:
        """Neither amended away nor withdrawn with its instruction."""
        return self.ended_in is None and self.instruction.withdrawn_at is None
