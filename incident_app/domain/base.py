"""What all tables share: naming, aware times, canonical JSON, and the engine for both databases."""

import json
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    TypeDecorator,
    create_engine,
    event,
    text,
)
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import DeclarativeBase

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


_PATIENCE = 15
"""How long one waits for another's lock, in seconds."""
_A_MOMENT = 0.1


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in, aware UTC out, on both databases. Refuses a time without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Model(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[dict[str, Any]]: JSON,
    }


def canonical(value: object) -> str:
    """Return the one JSON text of `value`: sorted keys, no spaces, no floats by convention."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def connect_database(url: str) -> Engine:
    """Return an engine for SQLite or PostgreSQL with the settings that our promises need.

    Raises ArgumentError for any other database: the guards and locks are written for these two.
    """
    if not url.startswith(("sqlite", "postgresql")):
        raise ArgumentError("the database is SQLite or PostgreSQL")
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": _PATIENCE, "isolation_level": None})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "recursive_triggers=ON",
            f"busy_timeout={_PATIENCE * 1000}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A writer takes its lock before it reads: otherwise two that read first and write later fail.
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _old_snapshots_are_gone(own: Connection) -> bool:
    """Wait until nobody in this database can still see what was before; what somebody sees, VACUUM FULL keeps.

    It takes no more than another transaction, or an autovacuum that is gathering statistics.
    """
    now = own.exec_driver_sql("SELECT pg_current_xact_id()::text").scalar_one()
    older = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_xmin IS NOT NULL AND age(backend_xmin) >= age(CAST(CAST(:now AS xid8) AS xid))"
    )
    give_up = monotonic() + _PATIENCE
    while own.execute(older, {"now": now}).scalar_one():
        if monotonic() > give_up:
            return False
        sleep(_A_MOMENT)
    return True


def scrub(engine: Engine, *tables: str) -> bool:
    """Leave no old bytes behind of rows that were emptied in these tables; call it with no transaction open.

    SQLite wrote zeros over them already: what stands in the WAL goes into the file, and the WAL is cut to nothing.
    PostgreSQL writes the tables anew. False when somebody's open transaction is in the way: call it again later.
    """
    if engine.dialect.name == "sqlite":
        connection = engine.raw_connection()
        try:
            row = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.close()
        return bool(row[0] == 0)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as own:
        own.exec_driver_sql(f"SET lock_timeout = '{_PATIENCE}s'")
        try:
            if not _old_snapshots_are_gone(own):
                return False
            for table in tables:
                own.exec_driver_sql(f"VACUUM FULL {table}")
        except OperationalError:
            return False
        finally:
            own.exec_driver_sql("RESET lock_timeout")
    return True
