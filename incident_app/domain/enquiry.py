"""問合せ窓口: who called, what was asked and answered, and what was promised; and tries at the page that says "genuine".

What a caller says of themselves is compared and never kept. Rows are only added: a kept promise is a row of its own.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incident_app.domain.base import Model

KANA, BIRTH_DATE, POSTAL_CODE, CODE, PHONE_END = IDENTITY_FACTS = (
    "kana",
    "birth_date",
    "postal_code",
    "code",
    "phone_end",
)
"""By what a caller is recognised; `code` is the 整理番号, `phone_end` the last four digits of the telephone number."""
CHANNELS = ("phone", "counter", "email", "fax", "letter")
WHAT_LEAKED, IS_IT_GENUINE, SECONDARY_DAMAGE = "what_leaked", "is_it_genuine", "secondary_damage"
TOPICS = (
    WHAT_LEAKED,
    IS_IT_GENUINE,
    SECONDARY_DAMAGE,
    "complaint",
    "change_of_address",
    "accessibility",
    "other",
)
OWN_DATA = "own_data"
ANSWERS = ("general", OWN_DATA, "genuine", "beware", "noted", "referred", "unanswered")
NO_PROMISE = "none"
PROMISES = (NO_PROMISE, "call_back", "send_again", "to_responsible_person", "to_client")
LANGUAGES = ("ja", "ja_easy", "en", "zh", "ko", "vi", "pt", "other")


class IdentityCheck(Model):
    """One comparison of what a caller said with what is on record: which facts were asked, and whether they fit."""

    __tablename__ = "identity_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"), index=True)
    checked_at: Mapped[datetime]
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    facts: Mapped[list[str]]
    """Some of IDENTITY_FACTS; their names alone."""
    individual_id: Mapped[int | None]
    """Whom all of it fits; None: nobody. No foreign key, for two rows of one person may become one."""


class Enquiry(Model):
    """One call, letter or visit: when, about what, and how it was answered."""

    __tablename__ = "enquiry"
    __table_args__ = (Index("ix_enquiry_incident_id_taken_on", "incident_id", "taken_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    taken_at: Mapped[datetime]
    taken_on: Mapped[date]
    """The day of that instant in Japan, by which enquiries are counted."""
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    channel: Mapped[str]
    topic: Mapped[str]
    language: Mapped[str]
    answer: Mapped[str]
    promise: Mapped[str]
    check_id: Mapped[int | None] = mapped_column(ForeignKey("identity_check.id"))

    check: Mapped[IdentityCheck | None] = relationship()
    note: Mapped["EnquiryNote | None"] = relationship()
    done: Mapped["EnquiryDone | None"] = relationship()

    @property
    def is_open(self) -> bool:
        """Something was promised, and nobody has said that it was done."""
        return self.promise != NO_PROMISE and self.done is None


class EnquiryNote(Model):
    """A few words about one enquiry, sealed: people write names in spite of all warnings. Gone with the incident's key."""

    __tablename__ = "enquiry_note"

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class EnquiryDone(Model):
    """What was promised to somebody was done."""

    __tablename__ = "enquiry_done"

    enquiry_id: Mapped[int] = mapped_column(ForeignKey("enquiry.id"), primary_key=True)
    done_at: Mapped[datetime]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class GenuineTry(Model):
    """Somebody asked the public page within the last minutes; says nothing about who."""

    __tablename__ = "genuine_try"
    __table_args__ = (Index("ix_genuine_try_minute", "minute"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    minute: Mapped[datetime]
    mark: Mapped[bytes] = mapped_column(LargeBinary)
    """Keyed hash of minute and address: the same address has another one a minute later."""


def place_of_note(incident_id: int, enquiry_id: int) -> bytes:
    """Return what the seal of a note is bound to."""
    return b"enquiry_note|%d|%d|v1" % (incident_id, enquiry_id)
