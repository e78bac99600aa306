"""What stood in the database before a migration stands there after it, in its new form."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, Table, select

from incident_app.domain.base import connect_database
from incident_app.services import schema

THEN = datetime(2026, 11, 29, 17, tzinfo=UTC)


@pytest.fixture
def before(bare_database_url: str) -> Iterator[Engine]:
    """A database of version 0007 with one contract and one case with four deadlines."""
    schema.upgrade(bare_database_url, "0007")
    engine = connect_database(bare_database_url)
    organisation = {"id": 1, "name": "架空市", "representative": "", "address": ""}
    contract = {
        **{"id": 1, "number": "C-1", "name": "印字", "client_id": 1, "contractor_id": 1},
        **{"client_department": "", "second_person": True, "first_report_hours": 3, "follow_up_days": 2},
        **{"starts_on": THEN.date(), "ends_on": THEN.date()},
    }
    flags = ("leak", "damage", "loss", "suspected", "concerns_personal", "concerns_confidential")
    words = ("discovered_by", "cause", "secondary_damage", "recovery", "police", "workflow_digest")
    incident = {
        **{"id": 1, "number": "2026-001-01", "title": "紛失", "occurrence_id": 1, "contract_id": 1},
        **{"workflow": "article16", "workflow_version": 1},
        **{"detected_at": THEN, "known_at": THEN, "opened_at": THEN},
        **dict.fromkeys(flags, True),
        **dict.fromkeys(words, ""),
    }
    deadlines = [
        {"id": 1, "name": "prompt_report", "rule": "contract first_report_hours", "met_at": THEN},
        {"id": 2, "name": "instruction_answer", "rule": "article16/v1 instruction_answer"},
        {"id": 3, "name": "instruction_item", "rule": "instruction 1 item 2"},
        {"id": 4, "name": "instruction_item", "rule": "instruction 1 item 1", "dropped_at": THEN},
    ]
    with engine.begin() as connection:
        tables = MetaData()
        tables.reflect(connection)

        def add(table: str, *rows: dict[str, Any]) -> None:
            for row in rows:
                connection.execute(tables.tables[table].insert().values(**row))

        add("organisation", organisation)
        add("contract", contract)
        add("occurrence", {"id": 1, "title": "紛失", "recorded_at": THEN})
        add("incident", incident)
        add("deadline", *({"incident_id": 1, "counted_from": THEN, "due_at": THEN, **d} for d in deadlines))
    yield engine
    engine.dispose()


def rows(engine: Engine, table: str, *columns: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        there = Table(table, MetaData(), autoload_with=connection)
        chosen = select(*(there.c[column] for column in columns)).order_by(there.c.id)
        return [tuple(row) for row in connection.execute(chosen)]


def test_the_hours_of_a_contract_go_up_and_down_with_it(before: Engine) -> None:
    """What the parties agreed on is not the program's to forget."""
    url = before.url.render_as_string(hide_password=False)
    schema.upgrade(url)
    assert rows(before, "contract", "agreed_hours") == [({"prompt_report": 3, "next_follow_up": 48},)]

    schema.downgrade(url, "0007")
    assert rows(before, "contract", "first_report_hours", "follow_up_days") == [(3, 2)]


def test_deadlines_that_were_running_are_watched_and_those_that_ended_are_not(before: Engine) -> None:
    """An update in the middle of a case must not lose its dates."""
    schema.upgrade(before.url.render_as_string(hide_password=False))

    found = rows(before, "deadline", "party", "next_fire", "statutory", "label", "ladder")
    assert [party for party, *_ in found] == ["contractor", "client", "contractor", "contractor"]
    assert [fire is not None for _, fire, *_ in found] == [False, True, True, False]
    assert not any(statutory for _, _, statutory, *_ in found)
    assert found[1][3] == {"ja": "甲の指示（回答の目安）", "en": "Client's instruction (target)"}
    assert found[2][3]["ja"] == "指示事項（instruction 1 item 2）"
    assert all(ladder for *_, ladder in found)
