"""Reads one ruleset file whole, and refuses it with file, line and reason."""

from collections.abc import Collection
from datetime import date
from pathlib import Path

from incident_app.domain.ladder import is_rung
from incident_app.domain.parties import PARTIES
from incident_app.domain.words import Words
from incident_app.rulesets.conditions import CONDITIONS, PERSONS, QUESTIONS
from incident_app.rulesets.definition import (
    COUNTED,
    DAYS,
    HOURS,
    IN_FORCE,
    PROMPTLY,
    STATUSES,
    WINDOW,
    Exemption,
    Ground,
    Note,
    Rule,
    Ruleset,
)
from incident_app.rulesets.exemptions import TAKES_OUT
from incident_app.rulesets.tables import Table, read_table


def read_ruleset(file: Path) -> Ruleset:
    """Read and check one ruleset. Raises RulesetMistake for the first thing that is wrong."""
    table, digest = read_table(file)
    status = table.among("status", STATUSES)
    effective_from, effective_until = _period(table, status)
    coming = status != IN_FORCE
    ruleset = Ruleset(
        name=table.text("name"),
        statute=table.text("statute"),
        version=table.whole("version"),
        title=table.words("title"),
        digest=digest,
        status=status,
        effective_from=effective_from,
        effective_until=effective_until,
        source=table.text("source"),
        checked_on=table.day("checked_on"),
        applies_if=_one_of(table, "applies_if", QUESTIONS),
        promulgated_on=table.day("promulgated_on") if coming else None,
        in_force_by=table.day("in_force_by") if coming else None,
        expected=table.words("expected") if coming else None,
        rules=_rules(table, effective_from, effective_until),
        grounds=tuple(_ground(entry) for entry in table.tables("grounds")),
        exemptions=tuple(_exemption(entry) for entry in table.tables("exemptions")),
        notes=tuple(_note(entry) for entry in table.tables("notes")),
    )
    table.no_more()
    if ruleset.name != file.stem:
        raise table.mistake("name", f"calls itself {ruleset.name}: name the file so")
    if coming and (ruleset.rules or ruleset.grounds or ruleset.exemptions or ruleset.notes):
        raise table.mistake("status", "what is not in force may hold no rules, grounds, exemptions or notes")
    return ruleset


def _period(table: Table, status: str) -> tuple[date | None, date | None]:
    if status != IN_FORCE:
        return None, None
    first = table.day("effective_from")
    last = table.day("effective_until") if "effective_until" in table else None
    if last and last < first:
        raise table.mistake("effective_until", "effective_until lies before effective_from")
    return first, last


def _rules(table: Table, first: date | None, last: date | None) -> dict[str, Rule]:
    found: dict[str, Rule] = {}
    for entry in table.tables("rules"):
        rule = _rule(entry, first or date.min, last)
        key = f"{rule.party} {rule.name}"
        if key in found:
            raise entry.mistake("name", f"rule {rule.name!r} stands here twice for the {rule.party}")
        found[key] = rule
    return found


def _rule(table: Table, first: date, last: date | None) -> Rule:
    counted = table.among("counted", COUNTED)
    rule = Rule(
        name=table.text("name"),
        label=table.words("label"),
        article=table.text("article"),
        party=table.among("party", PARTIES),
        to=table.words("to"),
        counted=counted,
        days=table.whole("days") if counted == DAYS else None,
        days_if_unlawful=table.whole("days_if_unlawful") if "days_if_unlawful" in table else None,
        window=_window(table) if counted == WINDOW else None,
        hours=table.whole("hours") if counted == HOURS else None,
        rolls=table.flag("rolls") if counted == DAYS else False,
        remind=_ladder(table) if counted != PROMPTLY else (),
        needs=_words_or_none(table, "needs"),
        unconfirmed=_words_or_none(table, "unconfirmed"),
        source=table.text("source"),
        effective_from=table.day("effective_from") if "effective_from" in table else first,
        effective_until=table.day("effective_until") if "effective_until" in table else last,
    )
    table.no_more()
    if rule.days_if_unlawful and not rule.days:
        raise table.mistake("days_if_unlawful", "only a rule that counts days can have days_if_unlawful")
    if rule.effective_from < first or (rule.effective_until or date.max) > (last or date.max):
        raise table.mistake("effective_from", "a rule cannot be in force outside the period of its ruleset")
    return rule


def _window(table: Table) -> tuple[int, int]:
    match table.wholes("window"):
        case first, last if 1 <= first <= last:
            return first, last
    raise table.mistake("window", "window must be its first and its last day, such as [3, 5]")


def _ladder(table: Table) -> tuple[str, ...]:
    rungs = table.texts("remind")
    for rung in rungs:
        if not is_rung(rung):
            raise table.mistake("remind", f'remind must look like "-4h", "+0h" or "-1d@09:00", not {rung!r}')
    if not rungs:
        raise table.mistake("remind", "a rule with a date reminds of it at least once")
    return rungs


def _ground(table: Table) -> Ground:
    when = table.among("when", CONDITIONS)
    ground = Ground(
        name=table.text("name"),
        label=table.words("label"),
        article=table.text("article"),
        party=table.among("party", PARTIES),
        when=when,
        given=table.all_among("given", QUESTIONS),
        exceeds=table.whole("exceeds") if when == PERSONS else None,
        unlawful=table.flag("unlawful") if "unlawful" in table else False,
        unconfirmed=_words_or_none(table, "unconfirmed"),
    )
    table.no_more()
    return ground


def _exemption(table: Table) -> Exemption:
    exemption = Exemption(
        name=table.text("name"),
        label=table.words("label"),
        article=table.text("article"),
        when=table.among("when", TAKES_OUT),
        unconfirmed=_words_or_none(table, "unconfirmed"),
    )
    table.no_more()
    return exemption


def _note(table: Table) -> Note:
    note = Note(
        party=table.among("party", PARTIES),
        given=table.all_among("given", QUESTIONS),
        said=table.words("said"),
    )
    table.no_more()
    return note


def _one_of(table: Table, key: str, known: Collection[str]) -> str | None:
    return table.among(key, known) if key in table else None


def _words_or_none(table: Table, key: str) -> Words | None:
    return table.words(key) if key in table else None
