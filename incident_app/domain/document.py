"""Documents as they were issued: text and digest are kept, and a reprint never renders anew."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from incident_app.domain.base import Model


class IssuedDocument(Model):
    """One issued document. The PDF is printed once from the stored HTML, then kept with its digest."""

    __tablename__ = "issued_document"
    __table_args__ = (UniqueConstraint("incident_id", "template", "number", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    template: Mapped[str]
    number: Mapped[int]
    version: Mapped[int]
    reference: Mapped[str]
    """文書番号, as printed."""
    title: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str] = mapped_column(deferred=True)
    html: Mapped[str] = mapped_column(deferred=True)
    html_sha256: Mapped[str]
    missing: Mapped[list[str]]
    """Labels of the fields that were still empty and are shown as such."""
    timeline_seal: Mapped[str]
    """The seal of the newest timeline entry at issue, printed on the paper: an anchor that 甲 holds."""
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    party: Mapped[str | None]
    """Set when it is one party's own paper, such as its draft to the authority; None: both may read it."""
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    pdf_sha256: Mapped[str | None]
