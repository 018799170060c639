"""The database: engine, base class of the models, and the only place that commits.

An unsafe request (POST and its like) reads in a transaction of its own, validates, and opens the writing transaction
with `begin_write()` just before it acts; `in_one_transaction()` commits it once, at the end, when the answer is a
success. Commands and jobs use `with transaction()`. What must survive a refusal goes through `keep_changes()`.
"""

import contextlib
import logging
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any, cast
from weakref import WeakKeyDictionary

import flask
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CursorResult, DateTime, Dialect, Engine, Enum, MetaData, Result, Text, event
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, SessionTransaction
from sqlalchemy.types import TypeDecorator, TypeEngine

sqlite_module: ModuleType
"""The SQLite in use. One before 3.51.3 has a rare bug that corrupts a database in WAL mode."""
try:
    import pysqlite3

    sqlite_module = pysqlite3
except ImportError:  # no wheel for this platform
    sqlite_module = sqlite3

BUSY_TIMEOUT_MS = 5_000
"""How long a writer waits for the others of its process, and then for those of others, before it has to come back."""
CONNECT_TIMEOUT_SECONDS = 5
IDLE_TIMEOUT_SECONDS = 60
"""After this a database server ends the transaction of a process that hangs, so that others get their turn."""

log = logging.getLogger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FIRST_SOUND_SQLITE = (3, 51, 3)

_WRITING = "writing"
_AT_ONCE = "at once"
_FLEETING = "fleeting"
_ON_COMMIT = "on_commit"
_TURN = "turn"
_turns: "WeakKeyDictionary[Engine, threading.Lock]" = WeakKeyDictionary()


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


def by_value(kind: type[StrEnum], *, length: int) -> Enum:
    """The type of a column that holds a `kind` as its value, in text: a new member needs no change of the table."""
    return Enum(kind, native_enum=False, length=length, values_callable=lambda members: [one.value for one in members])


def init_app(app: Flask) -> None:
    """Give `app` its engine, from SQLALCHEMY_DATABASE_URI."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    options: dict[str, Any] = dict(app.config.get("SQLALCHEMY_ENGINE_OPTIONS", {}))
    options.setdefault("hide_parameters", True)  # errors are logged, and the values may be hashes and addresses
    if url.startswith("sqlite"):
        options.setdefault("module", sqlite_module)
    else:
        options.setdefault("pool_pre_ping", True)
        options.setdefault("isolation_level", "READ COMMITTED")
        if "connect_timeout" not in url:
            options.setdefault("connect_args", {"connect_timeout": CONNECT_TIMEOUT_SECONDS})
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

    It waits for its turn, up to `BUSY_TIMEOUT_MS` among the writers of this process and as long among those of others,
    and raises `OperationalError` then. What was loaded before is loaded afresh at its next touch, so operations
    re-check the rules on what is true now.
    """
    _roll_back()
    _take_turn(db.session(), wait_ms=BUSY_TIMEOUT_MS)
    try:
        db.session.connection(execution_options={_WRITING: True})
    except BaseException:
        _roll_back()
        raise
    db.session.info[_WRITING] = True


def begin_read() -> None:
    """Take back what was changed and let the next one write; what is read from here on is as it is now."""
    _roll_back()


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
def keep_changes(*, at_once: bool = False, lasting: bool = True) -> Iterator[Session]:
    """A short writing transaction of its own, for what must survive a refusal (failed log-ins).

    The request's own transaction is rolled back first: it must not hold the lock that this one needs. With `at_once`
    it raises `OperationalError` rather than wait while another writes: for what nobody should wait for. What need not
    be `lasting` may be lost in a power cut, and does not wait for the disk: counters of requests.
    """
    _roll_back()
    mode = _AT_ONCE if at_once else True if lasting else _FLEETING
    with Session(db.engine.execution_options(**{_WRITING: mode})) as session:
        _take_turn(session, wait_ms=0 if at_once else BUSY_TIMEOUT_MS)
        session.info[_WRITING] = True
        with session.begin():
            yield session
        _run_effects(session)


def on_commit(effect: Callable[[], None], *, session: Session | None = None) -> None:
    """Run `effect` once after the current transaction is committed, never if it is rolled back.

    The current one is that of the request, or that of `session`, from `keep_changes()`. An effect that fails is
    logged. What must happen for certain is no effect but a row, written with the change.
    """
    (session or db.session).info.setdefault(_ON_COMMIT, []).append(effect)


@contextlib.contextmanager
def constraint_as(error: Exception) -> Iterator[None]:
    """Flush in a savepoint; a constraint that refuses raises `error`, and the transaction goes on."""
    try:
        with db.session.begin_nested():
            yield
            db.session.flush()
    except IntegrityError as refusal:
        raise error from refusal


def changed_rows(done: Result[Any]) -> int:
    """How many rows an UPDATE or DELETE has matched."""
    return cast("CursorResult[Any]", done).rowcount


def _commit() -> None:
    db.session.commit()
    db.session.info.pop(_WRITING, None)
    _run_effects(db.session())


def _run_effects(session: Session) -> None:
    for effect in session.info.pop(_ON_COMMIT, []):
        try:
            effect()
        except Exception:  # whatever it is: the change is made, and an error page would say that it is not
            log.exception("what should have followed a change failed")


def _roll_back() -> None:
    db.session.rollback()
    db.session.info.pop(_WRITING, None)
    db.session.info.pop(_ON_COMMIT, None)


def _take_turn(session: Session, *, wait_ms: int) -> None:
    """Queue with the other writers of this process, before a connection is taken: those who wait leave the
    connections to those who read. And in turn: SQLite lets who waits try again by chance, so that among many some
    would wait in vain.
    """
    turn = _turns.setdefault(db.engine, threading.Lock())
    if not turn.acquire(timeout=wait_ms / 1000):
        raise OperationalError("waiting for a turn to write", None, TimeoutError("others took too long"))
    session.info[_TURN] = turn


@event.listens_for(Session, "after_transaction_end")
def _end_turn(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None and (turn := session.info.pop(_TURN, None)):
        turn.release()


@event.listens_for(Session, "before_flush")
def _refuse_stray_flush(session: Session, _context: object, _instances: object) -> None:
    if not session.info.get(_WRITING) and (session.new or session.dirty or session.deleted):
        raise RuntimeError("a change outside begin_write(), transaction() and keep_changes()")


@event.listens_for(Session, "do_orm_execute")
def _refuse_stray_write(state: ORMExecuteState) -> None:
    if (state.is_insert or state.is_update or state.is_delete) and not state.session.info.get(_WRITING):
        raise RuntimeError("a change outside begin_write(), transaction() and keep_changes()")


# Connections


@event.listens_for(Engine, "connect")
def _set_up_connection(connection: DBAPIConnection, _record: object) -> None:
    if _is_sqlite(connection):
        _set_up_sqlite(connection)
        return
    cursor = connection.cursor()
    if type(connection).__module__.startswith("psycopg"):
        cursor.execute(f"SET lock_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute(f"SET idle_in_transaction_session_timeout = {IDLE_TIMEOUT_SECONDS * 1000}")
        connection.commit()
    else:
        cursor.execute(f"SET SESSION innodb_lock_wait_timeout = {max(1, BUSY_TIMEOUT_MS // 1000)}")
        cursor.execute(f"SET SESSION idle_transaction_timeout = {IDLE_TIMEOUT_SECONDS}")
    cursor.close()


def _set_up_sqlite(connection: DBAPIConnection) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's own begins too late and too weakly
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # NORMAL may lose acknowledged commits in a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    """Reading begins at once; writing when it is our turn.

    Writers stand in line on every database. So what an operation has looked at stays true until it has acted, as on
    SQLite, and no two of them ever wait for each other's rows.
    """
    writing = connection.get_execution_options().get(_WRITING)
    match connection.dialect.name:
        case "sqlite":
            _begin_on_sqlite(connection, writing)
        case "postgresql" if writing:
            if writing == _AT_ONCE:
                connection.exec_driver_sql("SET LOCAL lock_timeout = 1")
            if writing == _FLEETING:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('blog writers'))")
        case "mysql" | "mariadb" if writing:
            turn = "SELECT version_num FROM alembic_version FOR UPDATE"  # a row that is always there, and the only one
            connection.exec_driver_sql(f"{turn} NOWAIT" if writing == _AT_ONCE else turn)


def _begin_on_sqlite(connection: Connection, writing: object) -> None:
    if writing:  # said each time, so that no connection keeps the weaker one
        connection.exec_driver_sql(f"PRAGMA synchronous = {'NORMAL' if writing == _FLEETING else 'FULL'}")
    if writing == _AT_ONCE:
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
    finally:
        if writing == _AT_ONCE:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")


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
