"""The database of the blog as one SQLite file, whatever it is kept in, and back again.

On SQLite the file is a copy of the database (`VACUUM INTO`); of PostgreSQL and MariaDB it holds the rows as they were
at one moment. So a backup can be restored on any of them, is read by any SQLite, and an old one is brought up to date
by the same migrations. Rows are copied as the tables of the file describe them, not as today's models do.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, DateTime, MetaData, Table, create_engine, func, insert, select
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from blog.cli.revisions import newest_revisions, revisions_of, upgrade
from blog.db import UTCDateTime, db, sqlite_file, sqlite_module, transaction
from blog.media.queries import StoredFile
from blog.posts.search import index_rows, put_into_index
from blog.snapshots import copy_database

BATCH = 500
TRANSIENT = frozenset(
    {
        "account_tokens",
        "invitations",
        "jobs",
        "known_devices",
        "limit_counters",
        "passkey_challenges",
        "pending_sign_ins",
        "preview_links",
        "throttles",
        "user_sessions",
    }
)
"""What a backup leaves out: a session or a link that has ended since must not come back to life, nor a job that was
done since be done again."""
AUDIT_LOG = "audit_events"
"""A blog that nobody has written on yet may have one: the set-up link was made, somebody tried a password."""
_NOT_COPIED = ("alembic_version", "post_search", "sqlite_")

Watch = Callable[[int], object]
"""Told how many rows more were copied."""


class Unusable(Exception):
    """A database that can't be used for this; the text is a sentence that says why."""


@dataclass(frozen=True)
class Description:
    """What is in a database file."""

    revision: str
    rows: dict[str, int]
    pictures: list[StoredFile]


# Out of the blog's database


def copy_out(file: Path, watch: Watch) -> None:
    """Write the blog's database as it is at this moment into `file`, which must not exist, while others use it."""
    if source := sqlite_file():
        copy_database(source, file)
        with opened(file) as copy:
            _drop_transient(copy)
        return
    with (
        db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as server,
        server.begin(),
        opened(file) as copy,
    ):
        for revision in revisions_of(server):  # the first look, which fixes the moment
            upgrade(copy, revision)
        with copy.begin():
            for one in tables_of(copy):
                if one.name not in TRANSIENT:
                    _copy_rows(one, server, copy, watch)
            put_into_index(copy, index_rows(server))


# Into the blog's database


def is_empty() -> bool:
    """True if the blog's database holds nothing that anybody wrote."""
    file = sqlite_file()
    if file and not file.exists():
        return True
    with db.engine.connect() as connection:
        names = MetaData()
        names.reflect(connection)
        ours = (one for one in names.sorted_tables if not _is_internal(one.name))
        kept = [one for one in ours if one.name not in (*TRANSIENT, AUDIT_LOG)]
        return not any(connection.scalar(select(sql("1")).select_from(one).limit(1)) for one in kept)


def require_unused() -> None:
    """Raise `Unusable` if somebody has the blog's SQLite file open, whatever server it is."""
    file = sqlite_file()
    if file is None or not file.exists():
        return
    db.session.remove()
    db.engine.dispose()
    with closing(sqlite_module.connect(str(file), timeout=1)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")  # only its last user may leave the mode WAL
        except sqlite_module.OperationalError:
            raise Unusable("The database is in use; stop the blog first.") from None


def bring_up_to_date(file: Path) -> None:
    """Check the database file of a backup, and run the migrations that it lacks.

    Raises `Unusable` when it is damaged.
    """
    try:
        with opened(file) as connection:
            if damage := _damage_of(connection):
                raise Unusable(f"The database in the backup is damaged: {damage}.")
            with connection.begin():
                revisions = revisions_of(connection)
            if revisions != newest_revisions():
                upgrade(connection)
    except DBAPIError as error:
        raise Unusable(f"The database in the backup is damaged: {error.orig}.") from None


def copy_in(file: Path, watch: Watch) -> None:
    """Fill the blog's empty database from `file`, whole or not at all."""
    if target := sqlite_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace_contents(file, target)
        return
    upgrade()
    with opened(file) as copy:
        last_id = _last_account_id(copy)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
        server.execute(sql(f"TRUNCATE TABLE {AUDIT_LOG}"))  # its rows can't be deleted, and TRUNCATE may commit
        if server.dialect.name in ("mysql", "mariadb"):  # likewise; it goes on from a higher id that is copied
            server.execute(sql(f"ALTER TABLE users AUTO_INCREMENT = {last_id + 1}"))
    with transaction(), opened(file) as copy:
        server, tables = db.session.connection(), tables_of(copy)
        for one in reversed(tables):
            server.execute(one.delete())
        for one in tables:
            _copy_rows(one, copy, server, watch)
            _go_on_counting(one, server, at_least=last_id if one.name == "users" else 0)
        put_into_index(server, index_rows(copy))


def differences(file: Path) -> list[str]:
    """The tables whose rows in the blog's database are not those of `file`."""
    with opened(file) as copy, db.engine.connect() as connection:
        return [one.name for one in tables_of(copy) if _digest(one, copy) != _digest(one, connection)]


# The file


@contextmanager
def opened(file: Path) -> Iterator[Connection]:
    """A connection to a database file that is not the blog's own; its transactions write at once."""
    engine = create_engine(f"sqlite:///{file}", module=sqlite_module, poolclass=NullPool)
    try:
        with engine.execution_options(writing=True).connect() as connection:
            yield connection
    finally:
        engine.dispose()


def describe(file: Path) -> Description:
    """What is in a database file."""
    with opened(file) as connection, connection.begin():
        rows = {
            one.name: connection.scalar(select(func.count()).select_from(one)) or 0 for one in tables_of(connection)
        }
        kinds = [one for one in ("media", "media_variants") if one in rows]
        union = " UNION ".join(f"SELECT name, byte_size, digest FROM {one}" for one in kinds)  # noqa: S608  our own names
        pictures = connection.execute(sql(f"{union} ORDER BY name"))
        return Description(
            revision=", ".join(revisions_of(connection)),
            rows=rows,
            pictures=[StoredFile(row.name, row.byte_size, row.digest) for row in pictures],
        )


def tables_of(connection: Connection) -> list[Table]:
    """The tables of a database file, those that others refer to first, with types that every database knows."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: not _is_internal(name))
    for one in found.sorted_tables:
        for part in one.columns:
            kind = part.type.as_generic(allow_nulltype=True)
            if isinstance(kind, DateTime):
                part.type = UTCDateTime()
            elif isinstance(kind, JSON):
                part.type = JSON(none_as_null=bool(part.nullable))
            else:
                part.type = kind
    return found.sorted_tables


def _is_internal(name: str) -> bool:
    return name.startswith(_NOT_COPIED)


def _drop_transient(connection: Connection) -> None:
    connection.connection.cursor().execute("PRAGMA secure_delete = ON")  # nothing of it is left in free pages
    with connection.begin():
        for one in tables_of(connection):
            if one.name in TRANSIENT:
                connection.execute(one.delete())


def _damage_of(connection: Connection) -> str | None:
    with connection.begin():
        found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
        if found != "ok":
            return str(found)
        orphan = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        return f"a row of {orphan[0]} refers to one of {orphan[2]} that is not there" if orphan else None


def _copy_rows(one: Table, source: Connection, target: Connection, watch: Watch) -> None:
    # In the order of their ids, so that an answer comes after the comment that it refers to.
    rows = source.execute(select(one).order_by(*one.primary_key), execution_options={"yield_per": BATCH})
    for batch in rows.mappings().partitions(BATCH):
        target.execute(insert(one), [dict(row) for row in batch])
        watch(len(batch))


def _last_account_id(copy: Connection) -> int:
    """The highest id that an account has or had: nobody is to get one under which the audit log names another."""
    named = (
        "SELECT max(id) FROM users",
        "SELECT max(actor_id) FROM audit_events",
        "SELECT max(subject_id) FROM audit_events WHERE subject_kind = 'user'",
    )
    return max(copy.scalar(sql(one)) or 0 for one in named)


def _go_on_counting(one: Table, server: Connection, *, at_least: int) -> None:
    """Let the next id follow the highest that was copied; MariaDB does so by itself."""
    if server.dialect.name == "postgresql" and "id" in one.columns:
        highest = max(at_least, server.scalar(select(func.max(one.c.id))) or 0)
        if highest:
            sequence = func.pg_get_serial_sequence(one.name, "id")
            server.execute(select(func.setval(sequence, highest)))


def _replace_contents(file: Path, target: Path) -> None:
    """By SQLite's backup API, which is one transaction: a kill in the middle leaves the old contents."""
    db.session.remove()
    db.engine.dispose()
    with (
        closing(sqlite_module.connect(str(file))) as source,
        closing(sqlite_module.connect(str(target))) as destination,
    ):
        source.backup(destination)


def _digest(one: Table, connection: Connection) -> tuple[int, int]:
    """How many rows, and a hash of them all that knows no order, since databases sort text differently."""
    count, total = 0, 0
    for row in connection.execute(select(one), execution_options={"yield_per": BATCH}):
        line = json.dumps([_plain(value) for value in row], sort_keys=True, ensure_ascii=False)
        total += int.from_bytes(hashlib.sha256(line.encode("utf-8", "surrogatepass")).digest())
        count += 1
    return count, total % 2**256


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
