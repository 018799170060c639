"""The engine and its connections: which driver, how long one waits, and how a transaction begins on each database."""

import sqlite3
import sys
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection

from blog.db.columns import db

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
FIRST_SOUND_SQLITE = (3, 51, 3)
WRITING = "writing"
"""The option of a connection, or a note on a session, that it writes; of a connection, how."""


class Writing(StrEnum):
    """How a connection writes."""

    LASTING = "lasting"
    """It is on the disk when it is acknowledged."""
    FLEETING = "fleeting"
    """It may be lost in a power cut, and does not wait for the disk."""
    AT_ONCE = "at once"
    """It fails rather than wait while another writes."""


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
    writing = connection.get_execution_options().get(WRITING)
    match connection.dialect.name:
        case "sqlite":
            _begin_on_sqlite(connection, writing)
        case "postgresql" if writing:
            if writing == Writing.AT_ONCE:
                connection.exec_driver_sql("SET LOCAL lock_timeout = 1")
            if writing == Writing.FLEETING:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('blog writers'))")
        case "mysql" | "mariadb" if writing:
            turn = "SELECT version_num FROM alembic_version FOR UPDATE"  # a row that is always there, and the only one
            connection.exec_driver_sql(f"{turn} NOWAIT" if writing == Writing.AT_ONCE else turn)


def _begin_on_sqlite(connection: Connection, writing: object) -> None:
    if writing:  # said each time, so that no connection keeps the weaker one
        connection.exec_driver_sql(f"PRAGMA synchronous = {'NORMAL' if writing == Writing.FLEETING else 'FULL'}")
    if writing == Writing.AT_ONCE:
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
    finally:
        if writing == Writing.AT_ONCE:
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
