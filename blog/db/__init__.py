"""The database: columns of the models, connections, transactions."""

from blog.db.columns import Base, LongText, UTCDateTime, by_value, db
from blog.db.connections import driver_warning, init_app, sqlite_file, sqlite_is_sound, sqlite_module
from blog.db.transactions import (
    SAFE_METHODS,
    begin_read,
    begin_write,
    changed_rows,
    constraint_as,
    in_one_transaction,
    keep_changes,
    on_commit,
    transaction,
)

__all__ = [
    "SAFE_METHODS",
    "Base",
    "LongText",
    "UTCDateTime",
    "begin_read",
    "begin_write",
    "by_value",
    "changed_rows",
    "constraint_as",
    "db",
    "driver_warning",
    "in_one_transaction",
    "init_app",
    "keep_changes",
    "on_commit",
    "sqlite_file",
    "sqlite_is_sound",
    "sqlite_module",
    "transaction",
]
