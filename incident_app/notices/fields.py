"""A template's fields, filled from a sheet of facts. What the sheet does not say is shown, never guessed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from incident_app.notices.catalogue import Field, Template
from incident_app.notices.values import STATES, Fact, Missing, Table

_EMPTY: Mapping[str, object] = {"text": "", "fact": "", "list": (), "table": ""}


@dataclass(frozen=True, slots=True)
class Filled:
    """The values of one notice, by field name, and the required fields that nobody has filled yet."""

    values: Mapping[str, Any]
    missing: list[Field]


def fill(template: Template, sheet: Mapping[str, Any]) -> Filled:
    """Look up every field of the template in the sheet, a nested mapping read by dotted paths.

    None, an empty text and an unknown path are all gaps. An empty list is an answer: there is nothing.
    """
    values: dict[str, Any] = {}
    missing: list[Field] = []
    for name, field in template.fields.items():
        found = _look_up(sheet, field.source)
        if _is_gap(field, found):
            values[name] = _gap(field)
            missing += [field] if field.required else []
        else:
            values[name] = _value(field, found)
    return Filled(values, missing)


def _look_up(sheet: Mapping[str, Any], path: str) -> Any:
    found: Any = sheet
    for step in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(step)
    return found


def _is_gap(field: Field, found: Any) -> bool:
    if field.kind == "fact" and isinstance(found, Mapping):
        under_investigation = found.get("state") == "under_investigation"
        return not under_investigation and found.get("text") in (None, "")
    return found is None or found == ""


def _gap(field: Field) -> object:
    if not field.required:
        return _EMPTY[field.kind]
    return (Missing(field.label),) if field.kind == "list" else Missing(field.label)


def _value(field: Field, found: Any) -> object:
    if field.kind == "fact":
        return _fact(field, found)
    if field.kind == "table":
        return Table(field.columns, [_row(field.columns, row) for row in found])
    if field.kind == "list":
        return tuple(found) if _is_sequence(found) else (found,)
    return "、".join(str(item) for item in found) if _is_sequence(found) else found


def _fact(field: Field, found: Mapping[str, Any]) -> Fact:
    state = found.get("state")
    word = STATES.get(state, state) if state else Missing(f"{field.label}の状態")
    as_of = found.get("as_of")
    return Fact(word, found.get("text") or "", "" if as_of is None else as_of)


def _row(columns: Mapping[str, str], row: Mapping[str, Any]) -> dict[str, object]:
    """A cell that the row does not have is a gap; a cell left empty on purpose stays empty."""
    cells = {key: row.get(key) for key in columns}
    return {key: Missing(columns[key]) if cell is None else cell for key, cell in cells.items()}


def _is_sequence(found: Any) -> bool:
    return isinstance(found, Sequence) and not isinstance(found, str)
