"""Triggers that refuse UPDATE and DELETE on what is only ever added, on both databases."""

from sqlalchemy import Connection, inspect

ADD_ONLY = (
    "timeline_entry",
    "fact",
    "legal_facts",
    "reportability_decision",
    "deadline_move",
    "identity_check",
    "enquiry",
    "enquiry_done",
)


def install_guards(connection: Connection) -> None:
    """Create the triggers on those tables that already exist. Safe to repeat; call at the end of every migration.

    Altering a table on SQLite rebuilds it and silently drops its triggers.
    """
    standing = inspect(connection).get_table_names()
    tables = [table for table in ADD_ONLY if table in standing]
    for statement in _statements(connection.dialect.name, tables):
        connection.exec_driver_sql(statement)


def remove_guards(connection: Connection) -> None:
    """Drop the triggers, before their tables go."""
    for table in ADD_ONLY:
        if connection.dialect.name == "sqlite":
            for act in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{act}")
        else:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_add_only ON {table}")
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}")
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS refuse_change()")


def missing_guards(connection: Connection) -> list[str]:
    """Return the names of triggers that should stand and do not."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        expected = [f"{table}_no_{act}" for table in ADD_ONLY for act in ("update", "delete")]
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        expected = [f"{table}_{guard}" for table in ADD_ONLY for guard in ("add_only", "no_truncate")]
    standing = {row[0] for row in connection.exec_driver_sql(query)}
    return [name for name in expected if name not in standing]


def _statements(dialect: str, tables: list[str]) -> list[str]:
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{act} BEFORE {act.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is only ever added to'); END"
            for table in tables
            for act in ("update", "delete")
        ]
    refuse = (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is only ever added to', "
        "ERRCODE = 'restrict_violation'; END $$"
    )
    statements = [refuse]
    for table in tables:
        statements.append(
            f"CREATE OR REPLACE TRIGGER {table}_add_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        statements.append(
            f"CREATE OR REPLACE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    return statements
