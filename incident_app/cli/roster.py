"""`incident roster`: what a list of affected individuals would bring, and putting it on record."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import BinaryIO

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_app.cli.shared import DAY, as_json, in_language, in_words, sessions_of
from incident_app.config import read_settings, system_clock
from incident_app.domain.errors import BadInput
from incident_app.domain.individual import AffectedList
from incident_app.domain.parties import Person, day_in_japan
from incident_app.domain.words import Words
from incident_app.domain.work import Actor, begin_work
from incident_app.roster.columns import SPELLINGS
from incident_app.roster.findings import Finding
from incident_app.roster.gathering import Gathering, gather
from incident_app.roster.reading import Roster, open_roster
from incident_app.roster.reasons import REASONS, Verdict, verdict_of
from incident_app.services.finding import find_incident
from incident_app.services.importing import import_list, refuse_import
from incident_app.services.listing import discard_list, receive_list

_VERDICTS: dict[Verdict, Words] = {
    "mended": Words("補正", "mended"),
    "held": Words("保留", "held"),
    "duplicate": Words("統合", "merged"),
    "rejected": Words("却下", "rejected"),
}
_LINE = Words("{line}行目 {verdict}: {why}", "line {line}, {verdict}: {why}")
_READ = Words("{format}（{encoding}）として読みました。", "Read as {format} ({encoding}).")
_COLUMN = Words("列 {field}: {heading}", "column {field}: {heading}")
_IGNORED = Words("使わない列: {headings}", "columns not used: {headings}")
_TOTAL = Words(
    "データ行 {rows:,}、対象者 {persons:,}人、却下 {rejected:,}行。何も保存していません。",
    "Rows {rows:,}, persons {persons:,}, rejected {rejected:,}. Nothing was stored.",
)
_AND = Words("、", "; ")
_IMPORTED = Words(
    "データ行 {rows:,}、対象者 {persons:,}人（うち新たに登録 {new:,}人）、却下 {rejected:,}行。取り込みました。",
    "Rows {rows:,}, persons {persons:,} (new: {new:,}), rejected {rejected:,}. Imported.",
)
_RATE = Words("{rows:,}行、{rate:,.0f}行/秒", "{rows:,} rows, {rate:,.0f}/s")
_LEFT = Words("、残り約{left:,.0f}秒", ", about {left:,.0f} s left")
_COLUMNS = click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=HEADING",
    help=f"Repeatable; FIELD= for a column that is not to be used. Fields: {', '.join(SPELLINGS)}.",
)


@click.group()
def roster() -> None:
    """Lists of affected individuals (対象者名簿)."""


@roster.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheet", metavar="NAME", help="Name or number of a workbook's sheet.")
@_COLUMNS
@click.option("--on", type=DAY, help="Ages are reckoned on this day (default: today).")
@in_language
@as_json
@in_words
def roster_check(
    file: Path,
    *,
    sheet: str | None,
    columns: Sequence[str],
    on: datetime | None,
    language: str,
    as_json: bool,
) -> None:
    """Read a list (CSV, TSV or .xlsx) to its end and say what an import would find; nothing is stored.

    Names no person. Needs no database.
    """
    wished = dict(_column(text) for text in columns)
    day = on.date() if on else day_in_japan(system_clock())
    with _opened(file, wished, sheet) as opened:
        gathering = gather(opened, on=day)
        for finding in gathering:
            if finding.codes and not as_json:
                click.echo(_remark(finding, language))
        if as_json:
            click.echo(json.dumps(_counts(opened, gathering), ensure_ascii=False))
        else:
            click.echo("\n".join(_summary(opened, gathering, language)))


@roster.command("import")
@click.argument("number")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--login", required=True, help="Who imports: a responsible person or worker of the contract.")
@_COLUMNS
@in_language
@as_json
@in_words
def roster_import(
    number: str, file: Path, *, login: str, columns: Sequence[str], language: str, as_json: bool
) -> None:
    """Put the individuals of a list on record in the incident NUMBER; `check` says beforehand what it would bring.

    For lists too large for a browser. The file is kept, sealed; shows how far it is on a terminal.
    """
    settings = read_settings()
    wished = dict(_column(text) for text in columns)
    with _file(file) as opened, sessions_of(settings) as sessions:
        with sessions() as session:
            begin = partial(begin_work, sessions, system_clock, _actor(session, login))
        with begin() as work:
            incident = find_incident(work, number)
            refuse_import(work, incident)
            entry = receive_list(work, incident, settings.sealed_folder, opened, settings.list_limit)
            entry.columns = dict(wished)
        try:
            with _progress(opened, language) as told:
                new = import_list(begin, entry.id, settings.sealed_folder, told)
        except BaseException:
            with begin() as work:
                discard_list(work, work.session.get_one(AffectedList, entry.id), settings.sealed_folder)
            raise
        with begin() as work:
            entry = work.session.get_one(AffectedList, entry.id)
    counts = {"rows": entry.rows, "persons": entry.persons, "rejected": entry.rejected, "new": new}
    click.echo(json.dumps(counts) if as_json else _IMPORTED.said_in(language).format(**counts))


def _actor(session: Session, login: str) -> Actor:
    person = session.scalars(
        select(Person).where(Person.login == login.strip().lower(), Person.active)
    ).first()
    if person is None:
        raise BadInput("login", "そのログイン名の人はいません。", "Nobody has this login.")
    return Actor(person.id, person.name)


@contextmanager
def _progress(file: BinaryIO, language: str) -> Iterator[Callable[[int], None]]:
    """Yield what tells people at a terminal how far an import is."""
    if not sys.stderr.isatty():
        yield lambda rows: None
        return
    file.seek(0)
    workbook = file.read(2) == b"PK"  # nobody knows how many rows it has
    lines = 0 if workbook else sum(piece.count(b"\n") for piece in iter(partial(file.read, 1 << 20), b""))
    began = monotonic()

    def tell(rows: int) -> None:
        rate = rows / (monotonic() - began)
        said = _RATE.said_in(language).format(rows=rows, rate=rate)
        if rows < lines:
            said += _LEFT.said_in(language).format(left=(lines - rows) / rate)
        click.echo(f"\r\033[K{said}", nl=False, err=True)

    yield tell
    click.echo(err=True)


def _file(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError:
        raise BadInput(
            "file",
            "ファイルを開けません。場所と名前を確かめてください。",
            "The file cannot be opened. Check where it is and what it is called.",
        ) from None


def _opened(path: Path, columns: dict[str, str | None], sheet: str | None) -> Roster:
    file = _file(path)
    return open_roster(file, limit=os.fstat(file.fileno()).st_size, columns=columns, sheet=sheet)


def _column(text: str) -> tuple[str, str | None]:
    field, equals, heading = text.partition("=")
    if not equals:
        raise BadInput(
            "column",
            "項目=見出し の形で書いてください（例: name=氏名）。",
            "Write FIELD=HEADING, as in name=氏名.",
        )
    return field, heading or None


def _remark(finding: Finding, language: str) -> str:
    verdict = _VERDICTS[verdict_of(finding.codes)].said_in(language)
    why = _AND.said_in(language).join(REASONS[code].said_in(language) for code in finding.codes)
    return _LINE.said_in(language).format(line=finding.line, verdict=verdict, why=why)


def _counts(opened: Roster, gathering: Gathering) -> dict[str, object]:
    return {
        "rows": gathering.rows,
        "persons": gathering.persons,
        "rejected": gathering.rejected,
        "faults": gathering.faults,
        "columns": opened.columns,
        "encoding": opened.encoding,
    }


def _summary(opened: Roster, gathering: Gathering, language: str) -> Iterator[str]:
    yield _READ.said_in(language).format(format=opened.format, encoding=opened.encoding)
    for field, heading in opened.columns.items():
        yield _COLUMN.said_in(language).format(field=field, heading=heading)
    if opened.ignored:
        yield _IGNORED.said_in(language).format(headings=_AND.said_in(language).join(opened.ignored))
    for code, count in gathering.faults.items():
        reason = REASONS[code]
        if count:
            yield f"{count:>10,}  {_VERDICTS[reason.verdict].said_in(language)}: {reason.said_in(language)}"
    yield _TOTAL.said_in(language).format(
        rows=gathering.rows, persons=gathering.persons, rejected=gathering.rejected
    )
