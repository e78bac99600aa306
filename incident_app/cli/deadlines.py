"""`incident deadlines`: the arithmetic of statutory days, triage, and one round of the watch."""

import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from incident_app.cli.shared import as_json, in_language, in_words, sessions_of, show
from incident_app.config import read_settings, system_clock
from incident_app.domain.errors import BadInput
from incident_app.domain.parties import CLIENT, CONTRACTOR, PARTIES, day_in_japan
from incident_app.domain.words import Words
from incident_app.rulesets import counting, triage
from incident_app.rulesets.facts import LegalFacts, read_facts
from incident_app.rulesets.library import in_force, ruleset_named, rulesets
from incident_app.workers.watch import Watch

_PARTY = {CONTRACTOR: Words("乙", "contractor"), CLIENT: Words("甲", "client")}
_REPORTABLE = {
    True: Words("報告を要する", "must report"),
    False: Words("報告を要しない", "need not report"),
    None: Words("未定（報告を要するものとして扱う）", "not decided (treat as reportable)"),
}
_FIELDS = ", ".join(field.name for field in fields(LegalFacts) if not field.name.startswith("persons_"))
_WINDOW, _DUE = Words("期間", "window"), Words("期限", "due")
_PROMPTLY_ONLY = Words("日数や時間を定めた規定はない。", "No rule with a number of days or hours.")


@click.group()
def deadlines() -> None:
    """Statutory deadlines: count them, ask who must report, look once at what is due."""


@deadlines.command("rulesets")
@as_json
@in_words
def deadlines_rulesets(as_json: bool) -> None:
    """List the rulesets in workflows/rulesets/ with their digests."""
    rows = [
        {
            "name": each.name,
            "version": each.version,
            "status": each.status,
            "sha256": each.digest,
            "rules": len(each.rules),
        }
        for each in rulesets().values()
    ]
    show(rows, as_json, "{name} v{version}: {status}, {rules} rules, sha256 {sha256}")


@deadlines.command("compute")
@click.option("--ruleset", "name", required=True, metavar="NAME", help="As in jp-appi-2022.")
@click.option("--party", type=click.Choice(PARTIES), required=True, help="contractor: 乙; client: 甲")
@click.option(
    "--known",
    required=True,
    metavar="DAY|INSTANT",
    help="When that party knew: 2026-11-30, or with its offset 2026-11-29T15:30Z.",
)
@click.option("--unlawful-purpose", is_flag=True, help="Done, or possibly done, with an unlawful purpose.")
@in_language
@as_json
@in_words
def deadlines_compute(
    name: str, party: str, known: str, unlawful_purpose: bool, *, language: str, as_json: bool
) -> None:
    """Count each rule of a ruleset from a party's knowledge, and say how it was counted.

    A calculator: nothing is recorded, so a day to come is as good as a day that has passed.
    """
    answers = counting.count_all(
        ruleset_named(name), party, _instant_or_day(known), unlawful=unlawful_purpose
    )
    if as_json:
        _print_json([counting.as_json(answer, language) for answer in answers])
        return
    for answer in answers:
        click.echo("\n".join(_in_lines(answer, language)))
    if not answers:
        click.echo(_PROMPTLY_ONLY.said_in(language))


@deadlines.command("triage")
@click.option(
    "--facts",
    "file",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE.toml",
    help='persons = 1001 or [500, 1500]; kinds = ["leak", "loss"]; cipher and assessed_by as texts; '
    f'true, false or "unknown" for the rest: {_FIELDS}.',
)
@click.option(
    "--ruleset", "names", multiple=True, metavar="NAME", help="Repeatable (default: those in force today)."
)
@in_language
@as_json
@in_words
def deadlines_triage(file: Path, names: tuple[str, ...], *, language: str, as_json: bool) -> None:
    """Say for each party whether it must report, under which articles, and how many days it has.

    The program proposes; nothing is recorded and a person decides.
    """
    facts = read_facts(file)
    sets = [ruleset_named(name) for name in names] or in_force(day_in_japan(system_clock()))
    rows = [triage.as_json(triage.propose(facts, party, sets), language) for party in PARTIES]
    if as_json:
        _print_json(rows)
        return
    for row in rows:
        party, answer = _PARTY[row["party"]], _REPORTABLE[row["reportable"]]
        click.echo(f"{party.said_in(language)}: {answer.said_in(language)}")
        for sentence in row["because"]:
            click.echo(f"  - {sentence}")


@deadlines.command("sweep")
@as_json
@in_words
def deadlines_sweep(as_json: bool) -> None:
    """Look once at all that is due and queue the reminders; `incident deliver` sends them."""
    settings = read_settings()
    with sessions_of(settings) as sessions:
        counts = asdict(Watch(sessions, system_clock, settings).round())
    show([counts], as_json, "到来 reached {claimed}, 通知 told {told}")


def _instant_or_day(said: str) -> date | datetime:
    """Read a day or an instant; whether an instant has its offset, the arithmetic asks."""
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(said)
        except ValueError:
            continue
    raise BadInput(
        "known",
        f"「{said}」は 2026-11-30 または 2026-11-29T15:30Z の形で書いてください。",
        f"{said!r} must look like 2026-11-30 or 2026-11-29T15:30Z.",
    )


def _in_lines(answer: counting.Answer, language: str) -> Iterator[str]:
    said = counting.as_json(answer, language)
    yield f"{said['rule']}: {answer.rule.label.said_in(language)}"
    if answer.window_from:
        yield f"  {_WINDOW.said_in(language)} {said['window_from']} – {said['window_to']}"
    yield f"  {_DUE.said_in(language)} {said['due']}"
    yield from (f"  - {sentence}" for sentence in said["because"])


def _print_json(rows: list[dict[str, Any]]) -> None:
    click.echo(json.dumps(rows, ensure_ascii=False))
