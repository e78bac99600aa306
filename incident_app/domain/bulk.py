"""Rows by the hundred thousand, past the ORM, which takes three times as long as the database."""

from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session

_TOGETHER = 32
"""Rows in one statement: asking SQLite for each row by itself takes half as long again."""
_STATEMENTS = 300


def insert_rows(
    session: Session, model: type[DeclarativeBase], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows of plain values (numbers, texts, bytes, true or false) in one go, within the session's transaction.

    They are taken one after the other, so they may be more than memory holds. Whatever is no plain value, as an
    instant, goes through as_stored first.
    """
    table: Table = model.__table__  # type: ignore[assignment]  # of a mapped class it is one
    names = ", ".join(table.c[name].name for name in columns)  # raises KeyError for a name that is none
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        _insert(connection, f"INSERT INTO {table.name} ({names})", len(columns), rows)
        return
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def as_stored(session: Session, column: InstrumentedAttribute[Any], value: Any) -> Any:
    """Return a value in the form in which the database keeps it everywhere else."""
    dialect = session.get_bind().dialect
    process = column.type.dialect_impl(dialect).bind_processor(dialect)
    return process(value) if process else value


def _insert(connection: Connection, into: str, width: int, rows: Iterable[Sequence[Any]]) -> None:
    values = chain.from_iterable(rows)
    row = f"({', '.join('?' * width)})"
    statement = f"{into} VALUES {', '.join([row] * _TOGETHER)}"
    full = width * _TOGETHER
    while several := [some for _ in range(_STATEMENTS) if (some := tuple(islice(values, full)))]:
        rest = several.pop() if len(several[-1]) < full else ()
        if several:
            connection.exec_driver_sql(statement, several)
        if rest:
            connection.exec_driver_sql(f"{into} VALUES {', '.join([row] * (len(rest) // width))}", rest)
