"""The steps of the database: up, down, and equal to the models at the top."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect

from incident_app.assets import asset_dir
from incident_app.domain.base import Model, connect_database
from incident_app.domain.guards import install_guards, missing_guards
from incident_app.services import schema

FOLDER = asset_dir("migrations")


def steps() -> list[str]:
    """All revisions, oldest first."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    found = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    return found[::-1]


def shape(engine: Engine) -> dict[str, Any]:
    """Everything that the database itself says about our tables, in a form that compares."""

    def words(value: Any) -> str:
        """The condition of a partial index is an object: compared by its words."""
        return str({k: str(v) for k, v in value.items()} if isinstance(value, dict) else value)

    def plain(found: Any) -> list[str]:
        return sorted(str(sorted((key, words(value)) for key, value in each.items())) for each in found)

    with engine.connect() as connection:
        look = inspect(connection)
        return {
            table: {
                "columns": plain(look.get_columns(table)),
                "primary key": look.get_pk_constraint(table),
                "foreign keys": plain(look.get_foreign_keys(table)),
                "unique": plain(look.get_unique_constraints(table)),
                "checks": plain(look.get_check_constraints(table)),
                "indexes": plain(look.get_indexes(table)),
            }
            for table in look.get_table_names()
            if table != "alembic_version"
        }


def shape_at(url: str) -> dict[str, Any]:
    engine = connect_database(url)
    try:
        return shape(engine)
    finally:
        engine.dispose()


def test_the_file_HEAD_names_the_newest_step() -> None:  # noqa: N802 - the file's name
    """Two people who both add a step must meet in git, not in somebody's database."""
    assert (FOLDER / "HEAD").read_text(encoding="ascii").strip() == steps()[-1]


def test_every_step_can_be_climbed_up_and_down(bare_database_url: str) -> None:
    """An installation that has to go back finds the very database that it had."""
    below = []
    for step in steps():
        below.append(shape_at(bare_database_url))
        schema.upgrade(bare_database_url, step)
        assert shape_at(bare_database_url) != below[-1]
    for step in ["base", *steps()[:-1]][::-1]:
        schema.downgrade(bare_database_url, step)
        assert shape_at(bare_database_url) == below.pop()
    schema.upgrade(bare_database_url)


def test_the_top_is_what_the_models_say(bare_database_url: str) -> None:
    """CHECK constraints, names and indexes included: autogenerate would not see them all."""
    schema.upgrade(bare_database_url)
    by_migrations = shape_at(bare_database_url)
    schema.downgrade(bare_database_url, "base")

    engine = connect_database(bare_database_url)
    Model.metadata.create_all(engine)
    assert by_migrations == shape(engine)
    engine.dispose()


def test_autogenerate_has_nothing_to_add(engine: Engine) -> None:
    """The next person's new migration holds that person's change alone."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, Model.metadata) == []


def test_a_new_migration_writes_instants_in_plain_sqlalchemy(bare_database_url: str, tmp_path: Path) -> None:
    """A migration must not change when our classes do, and never forgets the guards."""
    folder = tmp_path / "migrations"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("0*.py"))
    (folder / "versions").mkdir(exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(folder))
    with schema.migrating(bare_database_url) as connection:
        config.attributes["connection"] = connection
        command.revision(config, message="new", autogenerate=True, rev_id="0001")
    text = (folder / "versions" / "0001_new.py").read_text(encoding="utf-8")

    assert "sa.DateTime(timezone=True)" in text
    assert "UtcDateTime" not in text
    assert text.count("    install_guards(op.get_bind())") == 2


def test_the_guards_stand_at_the_top(engine: Engine) -> None:
    """Altering a table on SQLite drops its triggers without a word."""
    with engine.connect() as connection:
        assert missing_guards(connection) == []


def test_guards_that_fell_are_missed_and_can_be_put_back(engine: Engine) -> None:
    """The check at start-up is worth nothing if it cannot see a gap."""
    on = " ON fact" if engine.dialect.name == "postgresql" else ""
    name = "fact_add_only" if on else "fact_no_update"
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER {name}{on}")
        assert missing_guards(connection) == [name]

        install_guards(connection)
        assert missing_guards(connection) == []


def test_a_database_is_current_only_at_the_top(bare_database_url: str) -> None:
    """The program says what to do instead of failing in the middle of a night."""
    schema.upgrade(bare_database_url, steps()[-2])
    engine = connect_database(bare_database_url)
    assert not schema.is_current(engine)

    schema.upgrade(bare_database_url)
    assert schema.is_current(engine)
    engine.dispose()


def test_several_processes_may_start_at_once(bare_database_url: str) -> None:
    """Web server and workers are started together on a database that is not there yet."""
    act = f"from incident_app.services.schema import upgrade; upgrade({bare_database_url!r})"
    started = [
        subprocess.Popen([sys.executable, "-c", act], stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    said = [process.communicate()[1] for process in started]

    assert [process.returncode for process in started] == [0, 0, 0], said


def test_the_folder_of_the_file_is_made(tmp_path: Path) -> None:
    """The first start on a new machine finds nothing at all."""
    schema.upgrade(f"sqlite:///{tmp_path / 'data' / 'here' / 'incident.db'}")
    assert (tmp_path / "data" / "here" / "incident.db").exists()


def test_a_migration_that_breaks_a_reference_is_undone(tmp_path: Path) -> None:
    """SQLite is migrated with foreign keys off, so they are counted before the commit."""
    url = f"sqlite:///{tmp_path / 'incident.db'}"
    schema.upgrade(url)
    with pytest.raises(RuntimeError, match="broke references"), schema.migrating(url) as connection:
        connection.exec_driver_sql(
            "INSERT INTO track (incident_id, name, state, changed_at, version)"
            " VALUES (7, 'report', 'due', '2026-11-30', 1)"
        )
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM track").scalar() == 0
    engine.dispose()
