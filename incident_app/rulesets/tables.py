"""TOML read key by key: a value that is missing, mistyped or unknown is refused with the line it stands on."""

import hashlib
import re
import tomllib
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

from incident_app.domain.words import Words
from incident_app.rulesets.definition import RulesetMistake


def read_table(file: Path) -> "tuple[Table, str]":
    """Read a file; return its top table and the sha256 of its bytes.

    Raises RulesetMistake when it is not UTF-8 or no TOML.
    """
    content = file.read_bytes()
    try:
        text = content.decode()
        raw = tomllib.loads(text)
    except UnicodeDecodeError as mistake:
        raise RulesetMistake(str(file), 1, "is not written in UTF-8") from mistake
    except tomllib.TOMLDecodeError as mistake:
        line = re.search(r"line (\d+)", str(mistake))
        raise RulesetMistake(str(file), int(line[1]) if line else 1, str(mistake)) from mistake
    return Table(str(file), text.splitlines(), 0, raw), hashlib.sha256(content).hexdigest()


class Table:
    """One table of a file. It hands out values by their kind, and `no_more` refuses what nobody asked for."""

    def __init__(self, file: str, lines: list[str], start: int, raw: dict[str, Any]) -> None:
        self.file = file
        self.lines = lines
        self.start = start
        self.raw = raw
        self.asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self.raw

    def text(self, key: str) -> str:
        """Return a text that is not blank."""
        value = self._of_kind(key, str, "a text")
        if not value.strip():
            raise self.mistake(key, f"{key} may not be empty")
        return str(value)

    def words(self, key: str) -> Words:
        """Return the text under `key` in Japanese and under `<key>_en` in English."""
        return Words(self.text(key), self.text(f"{key}_en"))

    def whole(self, key: str) -> int:
        """Return a whole number from 1 on."""
        value: int = self._of_kind(key, int, "a whole number")
        if value < 1:
            raise self.mistake(key, f"{key} must be 1 or more")
        return value

    def day(self, key: str) -> date:
        """Return a day without a time."""
        value: date = self._of_kind(key, date, "a day such as 2022-04-01")
        return value

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value: bool = self._of_kind(key, bool, "true or false")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        value = self._of_kind(key, list, "a list of texts")
        if any(type(entry) is not str for entry in value):
            raise self.mistake(key, f"{key} must be a list of texts")
        return tuple(value)

    def wholes(self, key: str) -> tuple[int, ...]:
        """Return a list of whole numbers."""
        value = self._of_kind(key, list, "a list of whole numbers")
        if any(type(entry) is not int for entry in value):
            raise self.mistake(key, f"{key} must be a list of whole numbers")
        return tuple(value)

    def among(self, key: str, known: Collection[str]) -> str:
        """Return a name that is one of the known ones."""
        return self._known(key, self.text(key), known)

    def all_among(self, key: str, known: Collection[str]) -> tuple[str, ...]:
        """Return a list of names that are all among the known ones."""
        return tuple(self._known(key, name, known) for name in self.texts(key))

    def tables(self, key: str) -> "list[Table]":
        """Return the tables of a list of tables, [[key]], in the file's order; none when there is none."""
        self.asked.add(key)
        found = self.raw.get(key, [])
        if type(found) is not list or any(type(entry) is not dict for entry in found):
            raise self.mistake(key, f"{key} must be a list of tables, [[{key}]]")
        starts = [at for at, line in enumerate(self.lines, 1) if line.strip() == f"[[{key}]]"]
        if len(starts) != len(found):
            raise self.mistake(key, f"write each of {key} under a line [[{key}]] of its own")
        return [Table(self.file, self.lines, start, raw) for start, raw in zip(starts, found, strict=True)]

    def no_more(self) -> None:
        """Refuse keys that were never asked for: a misspelt key must not be overlooked."""
        if unknown := sorted(self.raw.keys() - self.asked):
            raise self.mistake(unknown[0], f"unknown key: {', '.join(unknown)}")

    def mistake(self, key: str, what: str) -> RulesetMistake:
        """Return a mistake that points at the line of `key` in this table, or at the table's head."""
        for at, line in enumerate(self.lines[self.start :], self.start + 1):
            if re.match(rf"{re.escape(key)}\s*=", line):
                return RulesetMistake(self.file, at, what)
            if line.startswith("["):
                break
        return RulesetMistake(self.file, max(self.start, 1), what)

    def _of_kind(self, key: str, kind: type, said: str) -> Any:
        self.asked.add(key)
        if key not in self.raw:
            raise self.mistake(key, f"missing: {key}")
        if type(self.raw[key]) is not kind:
            raise self.mistake(key, f"{key} must be {said}")
        return self.raw[key]

    def _known(self, key: str, name: str, known: Collection[str]) -> str:
        if name not in known:
            raise self.mistake(key, f"unknown {key} {name!r}; known are {', '.join(sorted(known))}")
        return name
