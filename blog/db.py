"""The database: engine, base class of the models, and the only place that commits.

An unsafe request (POST and its like) reads in a transaction of its own, validates, and opens the writing transaction
with `begin_write()` just before it acts; `in_one_transaction()` commits it once, at the end, when the answer is a
success. Commands and jobs use `with transaction()`. What must survive a refusal goes through `keep_changes()`.
"""

import contextlib
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import flask
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, MetaData, Text, event
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session
from sqlalchemy.types import TypeDecorator, TypeEngine

sqlite_module: ModuleType
"""The SQLite in use. One before 3.51.3 has a rare bug that corrupts a database in WAL mode."""
try:
    import pysqlite3

    sqlite_module = pysqlite3
except ImportError:  # no wheel for this platform
    sqlite_module = sqlite3

BUSY_TIMEOUT_MS = 5_000
"""How long a writer waits for its turn on SQLite before it is told to come back."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FIRST_SOUND_SQLITE = (3, 51, 3)

_WRITING = "writing"
_ON_COMMIT = "on_commit"


class Base(DeclarativeBase):
    """The base of every model; constraints are named by one convention, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    # MariaDB compares text by its bytes, as SQLite and PostgreSQL do; what must be equal without case has a key column.
    __table_args__: Any = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


db = SQLAlchemy(model_class=Base, disable_autonaming=True)

LongText = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
"""Text of up to 16 MiB on every database (MariaDB's plain TEXT ends at 64 KiB)."""


class UTCDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC with microseconds, whatever the database. A naive one is refused."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Time zones where the database has them, microseconds where they must be asked for."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(sqlite.DATETIME())  # type: ignore[no-untyped-call]

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive datetime; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone can't be stored")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What comes out is aware."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def init_app(app: Flask) -> None:
    """Give `app` its engine, from SQLALCHEMY_DATABASE_URI."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    options: dict[str, Any] = dict(app.config.get("SQLALCHEMY_ENGINE_OPTIONS", {}))
    if url.startswith("sqlite"):
        options.setdefault("module", sqlite_module)
    else:
        options.setdefault("pool_pre_ping", True)
        options.setdefault("isolation_level", "READ COMMITTED")
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)


def sqlite_file() -> Path | None:
    """The database's file, or None on a database server."""
    url = db.engine.url
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def sqlite_is_sound() -> bool:
    """False if the SQLite in use is older than the one without the WAL corruption bug."""
    return tuple(sqlite_module.sqlite_version_info) >= FIRST_SOUND_SQLITE


# Transactions


def in_one_transaction(respond: Callable[[], flask.Response]) -> flask.Response:
    """The answer of `respond`, its changes committed if the request is unsafe and the answer a success.

    Everything else is rolled back. A commit that fails raises here, so that the error handlers answer and the
    response that was built is thrown away, its cookies included.
    """
    try:
        response = respond()
        if flask.request.method in SAFE_METHODS or response.status_code >= 400:
            _roll_back()
        else:
            _commit()
    except BaseException:
        _roll_back()
        raise
    return response


def begin_write() -> None:
    """End the reading and open the writing transaction; call it after validation, just before the act.

    On SQLite it takes the write lock, waiting at most `BUSY_TIMEOUT_MS`. What was loaded before is loaded afresh at
    its next touch, so operations re-check the rules on what is true now.
    """
    _roll_back()
    db.session.connection(execution_options={_WRITING: True})
    db.session.info[_WRITING] = True


@contextlib.contextmanager
def transaction() -> Iterator[None]:
    """A writing transaction for commands and jobs: committed at its end, rolled back by an exception."""
    begin_write()
    try:
        yield
        _commit()
    except BaseException:
        _roll_back()
        raise


@contextlib.contextmanager
def keep_changes() -> Iterator[Session]:
    """A short writing transaction of its own, for what must survive a refusal (failed log-ins).

    The request's own transaction is rolled back first: it must not hold the lock that this one needs.
    """
    _roll_back()
    with Session(db.engine.execution_options(**{_WRITING: True})) as session:
        session.info[_WRITING] = True
        with session.begin():
            yield session


def on_commit(effect: Callable[[], None]) -> None:
    """Run `effect` once after the current transaction is committed, never if it is rolled back."""
    db.session.info.setdefault(_ON_COMMIT, []).append(effect)


@contextlib.contextmanager
def constraint_as(error: Exception) -> Iterator[None]:
    """Flush in a savepoint; a constraint that refuses raises `error`, and the transaction goes on."""
    try:
        with db.session.begin_nested():
            yield
            db.session.flush()
    except IntegrityError as refusal:
        raise error from refusal


def _commit() -> None:
    db.session.commit()
    effects = db.session.info.pop(_ON_COMMIT, [])
    db.session.info.pop(_WRITING, None)
    for effect in effects:
        effect()


def _roll_back() -> None:
    db.session.rollback()
    db.session.info.pop(_WRITING, None)
    db.session.info.pop(_ON_COMMIT, None)


@event.listens_for(Session, "before_flush")
def _refuse_stray_flush(session: Session, _context: object, _instances: object) -> None:
    if not session.info.get(_WRITING) and (session.new or session.dirty or session.deleted):
        raise RuntimeError("a change outside begin_write(), transaction() and keep_changes()")


@event.listens_for(Session, "do_orm_execute")
def _refuse_stray_write(state: ORMExecuteState) -> None:
    if (state.is_insert or state.is_update or state.is_delete) and not state.session.info.get(_WRITING):
        raise RuntimeError("a change outside begin_write(), transaction() and keep_changes()")


# SQLite


@event.listens_for(Engine, "connect")
def _set_up_connection(connection: DBAPIConnection, _record: object) -> None:
    if not _is_sqlite(connection):
        return
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own begins too late and too weakly
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # NORMAL may lose acknowledged commits in a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        writing = connection.get_execution_options().get(_WRITING)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _is_sqlite(connection: object) -> bool:
    modules: list[ModuleType] = [sqlite3, sqlite_module]
    return any(isinstance(connection, module.Connection) for module in modules)


def driver_warning() -> str | None:
    """One sentence if this machine's SQLite is too old to be trusted with a busy blog, else None."""
    if sqlite_is_sound():
        return None
    wanted = ".".join(map(str, FIRST_SOUND_SQLITE))
    return (
        f"SQLite {sqlite_module.sqlite_version} has a rare bug that can damage the database; "
        f"use Python on a platform with a pysqlite3 wheel, or SQLite {wanted} or later ({sys.platform})."
    )
