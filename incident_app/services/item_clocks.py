"""Each item of an instruction has a date: its own, or the one by which it is to be answered."""

from typing import Any

from incident_app.domain.deadline import Deadline
from incident_app.domain.incident import Incident
from incident_app.domain.instruction import InstructionItem
from incident_app.domain.parties import TOKYO
from incident_app.domain.timeline import TimelineEntry
from incident_app.domain.work import Work
from incident_app.engine.clocks import start_clock
from incident_app.engine.library import workflow_of

NAME = "instruction_item"


def start_item_clock(work: Work, incident: Incident, item: InstructionItem, entry: TimelineEntry) -> Deadline:
    """Start the clock of an item that `entry` put on record."""
    number, place = item.instruction.number, item.number
    own: dict[str, Any] = {
        "label": {"ja": f"指示{number} 事項{place}", "en": f"Instruction {number}, item {place}"},
        "item_id": item.id,
    }
    if item.due_at is not None:
        due = f"{item.due_at.astimezone(TOKYO):%Y-%m-%d %H:%M}"
        own |= {
            "rule": f"instruction {number} item {place}",
            "due_at": item.due_at,
            "because": [
                {
                    "ja": f"甲の指示{number}の事項{place}が、{due}（日本時間）までと定めている。",
                    "en": f"Item {place} of the client's instruction {number} says: by {due}, Japanese time.",
                }
            ],
        }
    return start_clock(work, incident, workflow_of(incident), NAME, entry, **own)
