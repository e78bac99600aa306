"""A workflow definition: read from TOML, checked whole, refused with file, line and reason."""

import hashlib
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from incident_app.domain.ladder import is_rung
from incident_app.domain.parties import CONTRACTOR, PARTIES, ROLES
from incident_app.domain.words import FileMistake, Words

COUNTS_FROM = ("known_at", "detected_at", "now")
_KINDS: dict[str, type] = {
    **dict.fromkeys(
        ("steps", "deadlines", "settled", "from", "by", "needs", "starts_with", "met_by", "remind"), list
    ),
    **dict.fromkeys(("tracks", "states"), dict),
    **dict.fromkeys(("ungated", "exclusive"), bool),
    "version": int,
}
_KIND_WORDS = {list: "a list", dict: "a table", bool: "true or false", int: "a whole number", str: "a text"}


class WorkflowMistake(FileMistake):
    """A definition that cannot be used."""


@dataclass(frozen=True, slots=True)
class TrackRule:
    """One duty: its states in order (the first is where it starts) and which of them settle it."""

    name: str
    label: Words
    clause: str
    states: Mapping[str, Words]
    settled: frozenset[str]
    ungated: bool

    @property
    def start(self) -> str:
        """The state in which every incident begins."""
        return next(iter(self.states))


@dataclass(frozen=True, slots=True)
class Step:
    """One step: who may take it, from where to where, and what must be met first."""

    name: str
    label: Words
    clause: str
    track: str
    sources: tuple[str, ...]
    target: str | None
    """None: the track stays where it is."""
    by: frozenset[str]
    needs: tuple[str, ...]
    exclusive: bool
    """Of two people who saw the same state, only one may take it."""


@dataclass(frozen=True, slots=True)
class DeadlineRule:
    """A deadline that starts with certain events and is met by certain steps."""

    name: str
    label: Words
    clause: str
    starts_with: frozenset[str]
    counts_from: str
    within: timedelta
    """The program's target; hours that the contract agrees on under this name go before it."""
    met_by: frozenset[str]
    party: str
    """Who owes it: "contractor" (乙) or "client" (甲)."""
    per: str | None
    """The fact of its steps that tells several open ones apart, such as the number of the report."""
    remind: tuple[str, ...]
    """Its reminders, as `domain.ladder` reads them."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """A whole definition, with the digest by which an incident is tied to it."""

    name: str
    version: int
    title: Words
    digest: str
    tracks: Mapping[str, TrackRule]
    steps: Mapping[str, Step]
    deadlines: Mapping[str, DeadlineRule]


T = TypeVar("T", Step, DeadlineRule)


def read_workflow(file: Path, known_needs: frozenset[str]) -> Workflow:
    """Read and check one definition.

    Raises WorkflowMistake for the first thing that is wrong.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as mistake:
        raise WorkflowMistake(str(file), 1, "is not written in UTF-8") from mistake
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as mistake:
        line = re.search(r"line (\d+)", str(mistake))
        raise WorkflowMistake(str(file), int(line[1]) if line else 1, str(mistake)) from mistake
    return _Reader(file, text, raw, known_needs).workflow()


class _Reader:
    """Goes through one file; every refusal points at the line of the entry it is about."""

    def __init__(self, file: Path, text: str, raw: dict[str, Any], known_needs: frozenset[str]) -> None:
        self.file = file
        self.text = text
        self.raw = raw
        self.known_needs = known_needs

    def workflow(self) -> Workflow:
        raw = self.raw
        self.keys(
            "the workflow",
            raw,
            {"name", "version", "title", "title_en", "remind", "tracks", "steps", "deadlines"},
        )
        self.ladder("the workflow", raw["remind"])
        tracks = {name: self.track(name, entry) for name, entry in raw["tracks"].items()}
        steps = self.by_name("step", [self.step(entry, tracks) for entry in raw["steps"]])
        deadlines = self.by_name("deadline", [self.deadline(entry, steps) for entry in raw["deadlines"]])
        for track in tracks.values():
            self.refuse_unreachable(track, steps)
        return Workflow(
            name=raw["name"],
            version=raw["version"],
            title=Words(raw["title"], raw["title_en"]),
            digest=hashlib.sha256(self.text.encode()).hexdigest(),
            tracks=tracks,
            steps=steps,
            deadlines=deadlines,
        )

    def track(self, name: str, raw: dict[str, Any]) -> TrackRule:
        where = f"[tracks.{name}]"
        self.keys(
            where,
            raw,
            {"label", "label_en", "clause", "settled", "states"},
            {"ungated"},
        )
        if not raw["states"]:
            raise self.mistake(where, "a track begins in its first state: it needs one")
        for state, words in raw["states"].items():
            if type(words) is not list or [type(word) for word in words] != [str, str]:
                raise self.mistake(where, f"state {state!r} needs its words in Japanese and in English")
        states = {state: Words(*words) for state, words in raw["states"].items()}
        self.among(where, "state", raw["settled"], states)
        return TrackRule(
            name=name,
            label=Words(raw["label"], raw["label_en"]),
            clause=self.clause(where, raw),
            states=states,
            settled=frozenset(raw["settled"]),
            ungated=raw.get("ungated", False),
        )

    def step(self, raw: dict[str, Any], tracks: Mapping[str, TrackRule]) -> Step:
        where = f'name = "{raw.get("name", "?")}"'
        self.keys(
            where,
            raw,
            {"name", "label", "label_en", "clause", "track", "from", "by"},
            {"to", "needs", "exclusive"},
        )
        self.among(where, "track", [raw["track"]], tracks)
        track = tracks[raw["track"]]
        self.among(
            where,
            "state",
            [*raw["from"], *([raw["to"]] if "to" in raw else [])],
            track.states,
        )
        self.among(where, "role", raw["by"], ROLES)
        if not raw["from"] or not raw["by"]:
            raise self.mistake(where, "nobody could ever take it: from and by may not be empty")
        needs = tuple(raw.get("needs", ()))
        self.among(where, "need", needs, self.known_needs)
        if track.ungated and needs:
            raise self.mistake(where, f"track {track.name} is ungated: its steps may have no needs")
        return Step(
            name=raw["name"],
            label=Words(raw["label"], raw["label_en"]),
            clause=self.clause(where, raw),
            track=track.name,
            sources=tuple(raw["from"]),
            target=raw.get("to"),
            by=frozenset(raw["by"]),
            needs=needs,
            exclusive=raw.get("exclusive", "to" in raw),
        )

    def deadline(self, raw: dict[str, Any], steps: Mapping[str, Step]) -> DeadlineRule:
        where = f'name = "{raw.get("name", "?")}"'
        required = {
            "name",
            "label",
            "label_en",
            "clause",
            "starts_with",
            "counts_from",
            "within",
            "met_by",
        }
        self.keys(where, raw, required, {"party", "per", "remind"})
        self.among(where, "step", raw["met_by"], steps)
        self.among(where, "step", raw["starts_with"], {*steps, "incident_opened"})
        self.among(where, "instant", [raw["counts_from"]], COUNTS_FROM)
        self.among(where, "party", [raw.get("party", CONTRACTOR)], PARTIES)
        self.ladder(where, raw.get("remind", []))
        hours = re.fullmatch(r"(\d+)h", raw["within"])
        if not hours:
            raise self.mistake(where, f'within must look like "24h", not {raw["within"]!r}')
        return DeadlineRule(
            name=raw["name"],
            label=Words(raw["label"], raw["label_en"]),
            clause=self.clause(where, raw),
            starts_with=frozenset(raw["starts_with"]),
            counts_from=raw["counts_from"],
            within=timedelta(hours=int(hours[1])),
            met_by=frozenset(raw["met_by"]),
            party=raw.get("party", CONTRACTOR),
            per=raw.get("per"),
            remind=tuple(raw.get("remind", self.raw["remind"])),
        )

    def refuse_unreachable(self, track: TrackRule, steps: Mapping[str, Step]) -> None:
        reached = {track.start}
        moves = [step for step in steps.values() if step.track == track.name and step.target]
        while found := {s.target for s in moves if s.target and reached & set(s.sources)} - reached:
            reached |= found
        for state in track.states:
            if state not in reached:
                raise self.mistake(f"[tracks.{track.name}]", f"no step leads to state {state!r}")

    def by_name(self, kind: str, entries: list[T]) -> dict[str, T]:
        found: dict[str, T] = {}
        for entry in entries:
            if entry.name in found:
                raise self.mistake(f'name = "{entry.name}"', f"{kind} {entry.name!r} stands here twice")
            found[entry.name] = entry
        return found

    def keys(
        self,
        where: str,
        raw: dict[str, Any],
        required: set[str],
        optional: Collection[str] = (),
    ) -> None:
        if missing := required - raw.keys():
            raise self.mistake(where, f"missing: {', '.join(sorted(missing))}")
        if unknown := raw.keys() - required - set(optional):
            raise self.mistake(where, f"unknown key: {', '.join(sorted(unknown))}")
        for key, value in raw.items():
            kind = _KINDS.get(key, str)
            if type(value) is not kind:
                raise self.mistake(where, f"{key} must be {_KIND_WORDS[kind]}")

    def among(self, where: str, kind: str, names: Any, known: Any) -> None:
        for name in names:
            if not isinstance(name, str) or name not in known:
                raise self.mistake(where, f"unknown {kind} {name!r}")

    def ladder(self, where: str, rungs: list[Any]) -> None:
        for rung in rungs:
            if not isinstance(rung, str) or not is_rung(rung):
                raise self.mistake(where, f'remind must look like "-4h", "+0h" or "-1d@09:00", not {rung!r}')

    def clause(self, where: str, raw: dict[str, Any]) -> str:
        if not re.search(r"第\d+条", raw["clause"]):
            raise self.mistake(where, "cite the clause, as in 第16条第1項")
        return str(raw["clause"])

    def mistake(self, where: str, what: str) -> WorkflowMistake:
        lines = self.text.splitlines()
        at = next(
            (number for number, line in enumerate(lines, 1) if line.startswith(where)),
            1,
        )
        return WorkflowMistake(str(self.file), at, f"{where}: {what}")
