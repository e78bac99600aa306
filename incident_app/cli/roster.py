"""`incident roster`: what a list of affected individuals would bring, before anything is stored."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import click

from incident_app.cli.shared import DAY, as_json, in_language, in_words
from incident_app.config import system_clock
from incident_app.domain.errors import BadInput
from incident_app.domain.parties import day_in_japan
from incident_app.domain.words import Words
from incident_app.roster.columns import SPELLINGS
from incident_app.roster.findings import Finding
from incident_app.roster.gathering import Gathering, gather
from incident_app.roster.reading import Roster, open_roster
from incident_app.roster.reasons import REASONS, Verdict, verdict_of

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


@click.group()
def roster() -> None:
    """Lists of affected individuals (対象者名簿)."""


@roster.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheet", metavar="NAME", help="Name or number of a workbook's sheet.")
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=HEADING",
    help=f"Repeatable; FIELD= for a column that is not to be used. Fields: {', '.join(SPELLINGS)}.",
)
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


def _opened(file: Path, columns: dict[str, str | None], sheet: str | None) -> Roster:
    try:
        return open_roster(file, limit=file.stat().st_size, columns=columns, sheet=sheet)
    except OSError:
        raise BadInput(
            "file",
            "ファイルを開けません。場所と名前を確かめてください。",
            "The file cannot be opened. Check where it is and what it is called.",
        ) from None


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
