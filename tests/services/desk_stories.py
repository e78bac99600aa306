"""Callers at the enquiry desk: who is on the list, and what they say of themselves."""

from datetime import date
from typing import Any

from incident_app.domain.incident import Incident
from incident_app.domain.individual import Individual
from incident_app.domain.work import Work
from incident_app.services.identifying import Caller
from tests.builders import an_individual

KAORUKO = {
    "name": "架空 薫子",
    "kana": "カクウ　カオルコ",
    "birth_date": date(1981, 3, 4),
    "postal_code": "100-0001",
    "address_lines": ("架空県架空市中央1-1",),
    "phone": "03-1234-5678",
    "items": ("氏名", "税額"),
}
KNOWN_TO_MANY = Caller(kana="カクウ カオルコ", birth_date="昭和56年3月4日")
WITH_HER_PHONE = Caller(kana="カクウ カオルコ", birth_date="1981-03-04", phone_end="5678")


def kaoruko(work: Work, incident: Incident, **changes: Any) -> Individual:
    """Somebody of whom everything is known that the desk may ask for."""
    return an_individual(work, incident, **{**KAORUKO, **changes})
