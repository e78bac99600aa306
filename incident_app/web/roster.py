"""The list of affected individuals (対象者名簿): looked at, and its columns corrected, before it is imported."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from io import BytesIO, StringIO
from itertools import islice
from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from incident_app.domain.errors import BadInput
from incident_app.domain.individual import HOLDS, AffectedList
from incident_app.domain.parties import day_in_japan
from incident_app.domain.work import Work, begin_work
from incident_app.roster.columns import SPELLINGS
from incident_app.roster.exporting import write_csv
from incident_app.roster.findings import FirstRow, Person
from incident_app.roster.gathering import gather
from incident_app.roster.reasons import REASONS
from incident_app.roster.refusals import NoNameColumn
from incident_app.services.finding import find_incident
from incident_app.services.importing import import_list, refuse_import
from incident_app.services.listing import (
    discard_list,
    find_list,
    note_findings,
    open_list,
    read_findings,
    receive_list,
)
from incident_app.services.progress import count_individuals
from incident_app.web import masking, words
from incident_app.web.desk import actor, desk, land, look_at_desk, work_at_desk
from incident_app.web.errors import again
from incident_app.web.forms import Form

MOST_LINES = 100
FIRST_PERSONS = 5
NOT_HERE = "-"

bp = Blueprint("roster", __name__, url_prefix="/incidents/<number>/roster")


@bp.url_value_preprocessor
def _accept_large_lists(endpoint: str | None, _: dict[str, Any] | None) -> None:
    """A list of a whole city is larger than any other upload; said before anything reads the form."""
    if endpoint == "roster.receive":
        request.max_content_length = desk().settings.list_limit


@bp.get("/new")
def new(number: str) -> str:
    """The form that takes a file."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        return render_template(
            "roster/new.html",
            incident=incident,
            present=count_individuals(work, incident),
            limit=desk().settings.list_limit,
        )


@bp.post("")
@again(new)
def receive(number: str) -> Response:
    """Keep a file sealed and read it to its end; nothing is imported before somebody has looked at what was read."""
    folder, limit = desk().settings.sealed_folder, desk().settings.list_limit
    sent = request.files.get("file")
    with work_at_desk() as work:
        incident = find_incident(work, number)
        refuse_import(work, incident)
        entry = receive_list(work, incident, folder, sent.stream if sent else BytesIO(), limit)
        list_id = entry.id
        answer = land(work, url_for("roster.show", number=number, list_id=list_id))
    try:
        with suppress(NoNameColumn):  # the page then asks which column is which
            _read_to_the_end(number, list_id)
    except BaseException:
        with _work() as work:
            discard_list(work, find_list(work, find_incident(work, number), list_id), folder)
        raise
    return answer


@bp.get("/<int:list_id>")
def show(number: str, list_id: int) -> str:
    """What was read: columns, counts, what is held or rejected and why, the first persons masked."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        refuse_import(work, incident)
        entry = find_list(work, incident, list_id)
        encoding, headings, places, first = _beginning(work, entry)
        rejected = [line for line in _lines(entry) if REASONS[line[1][0]].verdict == "rejected"]
        return render_template(
            "roster/show.html",
            incident=incident,
            listed=entry,
            headings=headings,
            encoding=encoding,
            places=places,
            first=first,
            held={code: entry.faults[code] for code in HOLDS if entry.faults.get(code)},
            rejected=rejected[:MOST_LINES],
            more_rejected=len(rejected[MOST_LINES:]),
            present=count_individuals(work, incident),
            reasons=REASONS,
            fields=SPELLINGS,
            not_here=NOT_HERE,
            words=words,
            masking=masking,
        )


@bp.get("/<int:list_id>/report.csv")
def report(number: str, list_id: int) -> Response:
    """Every row that was mended, held or rejected, by its line and why; no personal data."""
    with look_at_desk() as work:
        incident = find_incident(work, number)
        refuse_import(work, incident)
        lines = list(_lines(find_list(work, incident, list_id)))
    rows = [(str(line), REASONS[code].verdict, REASONS[code].ja) for line, codes in lines for code in codes]
    table = StringIO(newline="")
    write_csv(table, [("行", "区分", "理由"), *rows])
    headers = {"Content-Disposition": f'attachment; filename="{number}-list-{list_id}.csv"'}
    return Response(table.getvalue().encode("utf-8-sig"), mimetype="text/csv", headers=headers)


@bp.post("/<int:list_id>/columns")
@again(show)
def correct(number: str, list_id: int) -> Response:
    """Say which column is which, and read the list anew."""
    form = Form(request.form)
    with work_at_desk() as work:
        incident = find_incident(work, number)
        refuse_import(work, incident)
        entry = find_list(work, incident, list_id)
        entry.columns = {field: _place(form, field) for field in SPELLINGS}
        entry.faults, entry.report = {}, b""
        answer = land(work, url_for("roster.show", number=number, list_id=list_id))
    _read_to_the_end(number, list_id)
    return answer


@bp.post("/<int:list_id>/import")
@again(show)
def create(number: str, list_id: int) -> Response:
    """Import the list that was looked at."""
    with work_at_desk() as work:
        incident = find_incident(work, number)
        find_list(work, incident, list_id)
        answer = land(work, url_for("incidents.show", number=number))
    import_list(_work, list_id, desk().settings.sealed_folder)
    return answer


@bp.post("/<int:list_id>/discard")
def discard(number: str, list_id: int) -> Response:
    """Throw the file away instead."""
    with work_at_desk() as work:
        incident = find_incident(work, number)
        refuse_import(work, incident)
        discard_list(work, find_list(work, incident, list_id), desk().settings.sealed_folder)
        return land(work, url_for("roster.new", number=number))


def _read_to_the_end(number: str, list_id: int) -> None:
    """Reading takes its time, so it holds nobody else up: no transaction writes meanwhile."""
    with look_at_desk() as work:
        found = read_findings(work, _entry(work, number, list_id), desk().settings.sealed_folder)
    with _work() as work:
        note_findings(_entry(work, number, list_id), found)


def _entry(work: Work, number: str, list_id: int) -> AffectedList:
    return find_list(work, find_incident(work, number), list_id)


def _work() -> AbstractContextManager[Work]:
    return begin_work(desk().sessions, desk().clock, actor())


def _beginning(work: Work, entry: AffectedList) -> tuple[str, Sequence[str], dict[str, int], list[Person]]:
    """Return coding, headings, recognised columns and the first persons; a list without a name column has only headings."""
    try:
        with open_list(work, entry, desk().settings.sealed_folder) as roster:
            found = gather(roster, on=day_in_japan(work.now))
            persons = (finding.person for finding in found if isinstance(finding, FirstRow))
            return roster.encoding, roster.headings, roster.places, list(islice(persons, FIRST_PERSONS))
    except NoNameColumn as refusal:
        return "", refusal.headings, {}, []


def _lines(entry: AffectedList) -> Iterator[tuple[int, list[str]]]:
    for row in entry.report.decode().splitlines():
        line, codes = row.split("\t")
        yield int(line), codes.split(" ")


def _place(form: Form, field: str) -> int | None:
    chosen = form.text(f"column_{field}")
    if chosen == NOT_HERE:
        return None
    if not chosen.isdecimal():
        raise BadInput(f"column_{field}", "列を選んでください。", "Choose a column.")
    return int(chosen)
