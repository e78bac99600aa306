"""By which channel an individual is told, and what is done when the first one failed."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from incident_app.domain.individual import Individual
from incident_app.domain.instruction import EMAIL, LETTER, InstructionItem
from incident_app.domain.notice import BOUNCED, QUEUED, RETURNED, SENDING, SETTLED, UNSENT, Delivery, Notice
from incident_app.domain.timeline import digest
from incident_app.domain.work import Work

# A hold stands between a person and an automatic letter until somebody has looked at it.
LETTER_HOLDS = frozenset({"no_address", "zip_missing", "gaiji", "deceased"})
EMAIL_HOLDS = frozenset({"deceased", "gaiji"})


def channel_for(individual: Individual, item: InstructionItem, failed: Collection[str] = ()) -> str | None:
    """Return the one channel by which an individual is told: e-mail first where ordered and possible.

    `failed` holds the channels that were tried in vain: after a bounce comes the letter.
    """
    holds = set(individual.holds)
    if EMAIL in item.means and EMAIL not in failed and individual.email and not holds & EMAIL_HOLDS:
        return EMAIL
    if LETTER in item.means and LETTER not in failed and not holds & LETTER_HOLDS:
        return LETTER
    return None


def deliveries_of(work: Work, notice: Notice) -> dict[int, list[Delivery]]:
    """Return what was tried for each individual with this notice, by the individual's id."""
    tried: dict[int, list[Delivery]] = {}
    for delivery in work.session.scalars(select(Delivery).where(Delivery.notice_id == notice.id)):
        tried.setdefault(delivery.individual_id, []).append(delivery)
    return tried


def tell(
    work: Work,
    notice: Notice,
    item: InstructionItem,
    individual: Individual,
    tried: Sequence[Delivery],
) -> bool:
    """Queue the notice to one individual, unless it is on its way or has arrived; True when it was queued."""
    if any(delivery.state in (*UNSENT, SENDING, *SETTLED) for delivery in tried):
        return False
    channel = channel_for(individual, item, [d.channel for d in tried if d.state in (BOUNCED, RETURNED)])
    if channel is None:
        return False
    delivery = next((d for d in tried if d.channel == channel), None)
    if delivery is None:
        key = digest(f"{notice.text_sha256}/{notice.id}/{individual.code}/{channel}")
        delivery = Delivery(
            incident_id=notice.incident_id,
            notice_id=notice.id,
            individual_id=individual.id,
            channel=channel,
            message_id=f"{key[:32]}@incident-app.invalid",
        )
        work.session.add(delivery)
    delivery.state = QUEUED
    delivery.item_id = item.id
    delivery.reply = ""
    delivery.next_try_at = None
    delivery.changed_at = work.now
    return True
