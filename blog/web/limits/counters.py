"""Where limits count: in our database, or in Redis and, while that is away, in our database again.

limits, the library below Flask-Limiter, has no storage for SQL; it finds these two by their schemes.
"""

import hashlib
import logging
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any, TypeVar

import redis
from limits.storage import Storage
from limits.storage.redis import RedisStorage
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from blog import clock
from blog.db import db, keep_changes
from blog.web.limits.models import LimitCounter

REDIS_TIMEOUT_MS = 250
"""How long to wait for Redis before the database counts instead."""
REDIS_REST_SECONDS = 10
"""How long Redis is left alone then, so that not every request waits for it."""
FORGET_EVERY = timedelta(hours=1)

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
_open: ContextVar[Connection | None] = ContextVar("open", default=None)
"""The transaction in which the counters of a request are counted together."""
_counters: Table = LimitCounter.__table__  # type: ignore[assignment]  # declared as the wider FromClause


class Counters(Storage):
    """A storage of Flask-Limiter's whose steps can be taken together."""

    STORAGE_SCHEME: list[str] | None = None

    @abstractmethod
    def together(self) -> AbstractContextManager[None]:
        """What is counted inside is one transaction: a request has several counters."""


class DatabaseCounters(Counters):
    """Counters as rows. Each step is a transaction of its own; they stand in line with all that write."""

    STORAGE_SCHEME = ["database"]

    @property
    def base_exceptions(self) -> type[Exception]:
        """What goes wrong with a database; it is raised on, since a limit that can't be counted must not be open."""
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and say how many there are in this window of `expiry` seconds, which begins with its first."""
        if connection := _open.get():
            return _count(connection, key, expiry, amount)
        with self.together():
            return self.incr(key, expiry, amount)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is counted inside is one transaction: a request has several counters."""
        with keep_changes(lasting=False) as kept:
            before = _open.set(kept.connection())
            try:
                yield
            finally:
                _open.reset(before)

    def get(self, key: str) -> int:
        """How many there are in this window."""
        found = self._find(key)
        return int(found.hits) if found and found.ends_at > clock.now() else 0

    def get_expiry(self, key: str) -> float:
        """When the window is over, in seconds since 1970."""
        found = self._find(key)
        return float(found.ends_at.timestamp()) if found else clock.now().timestamp()

    def check(self) -> bool:
        """True if the database answers."""
        try:
            self._find("")
        except SQLAlchemyError:
            return False
        return True

    def reset(self) -> int | None:
        """Forget all."""
        with keep_changes() as kept:
            return int(kept.connection().execute(delete(_counters)).rowcount)

    def clear(self, key: str) -> None:
        """Forget one."""
        with keep_changes() as kept:
            kept.connection().execute(delete(_counters).where(_counters.c.key == _hashed(key)))

    def _find(self, key: str) -> Any:
        with db.engine.connect() as connection:
            statement = select(_counters.c.hits, _counters.c.ends_at).where(_counters.c.key == _hashed(key))
            return connection.execute(statement).first()


class RedisElseDatabase(Counters):
    """Counters in Redis. When it does not answer in time the database counts, from nothing, until it is back.

    So the limits hold without Redis, too: at the worst somebody gets twice as much while it goes.
    """

    STORAGE_SCHEME = ["redis-else-database"]

    def __init__(self, uri: str | None = None, *, redis_url: str, **options: Any) -> None:
        super().__init__(uri, **options)
        pool = redis.ConnectionPool.from_url(
            redis_url,
            socket_timeout=REDIS_TIMEOUT_MS / 1000,
            socket_connect_timeout=REDIS_TIMEOUT_MS / 1000,
            # A connection that Redis has closed meanwhile is opened again; what takes too long is not tried again.
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        )
        self._redis = RedisStorage("redis://", connection_pool=pool)
        self._database = DatabaseCounters()
        self._rests_until = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        """What goes wrong with the database; what goes wrong with Redis is dealt with here."""
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """As `DatabaseCounters.incr`."""
        return self._ask(lambda storage: storage.incr(key, expiry, amount))

    def get(self, key: str) -> int:
        """As `DatabaseCounters.get`."""
        return self._ask(lambda storage: storage.get(key))

    def get_expiry(self, key: str) -> float:
        """As `DatabaseCounters.get_expiry`."""
        return self._ask(lambda storage: storage.get_expiry(key))

    def check(self) -> bool:
        """True if one of the two answers."""
        return self._ask(lambda storage: storage.check())

    def reset(self) -> int | None:
        """Forget all."""
        return self._ask(lambda storage: storage.reset())

    def clear(self, key: str) -> None:
        """Forget one."""
        self._ask(lambda storage: storage.clear(key))

    @contextmanager
    def together(self) -> Iterator[None]:
        """As `DatabaseCounters.together`, while that one counts."""
        with self._database.together() if self._rests else nullcontext():
            yield

    @property
    def _rests(self) -> bool:
        return time.monotonic() < self._rests_until

    def _ask(self, question: Callable[[Storage], Answer]) -> Answer:
        if not self._rests:
            try:
                return question(self._redis)
            except (redis.RedisError, OSError) as error:
                self._rests_until = time.monotonic() + REDIS_REST_SECONDS
                log.warning("Redis does not count; the database does for %d s: %s", REDIS_REST_SECONDS, error)
        return question(self._database)


def forget_old_counters(now: datetime) -> None:
    """Delete the counters whose window is over."""
    db.session.execute(delete(LimitCounter).where(LimitCounter.ends_at < now))


def _count(connection: Connection, key: str, expiry: int, amount: int) -> int:
    now, hashed = clock.now(), _hashed(key)
    mine = _counters.c.key == hashed
    found = connection.execute(select(_counters.c.hits, _counters.c.ends_at).where(mine)).first()
    if found and found.ends_at > now:
        connection.execute(update(_counters).where(mine).values(hits=found.hits + amount))
        return int(found.hits) + amount
    fresh = {"hits": amount, "ends_at": now + timedelta(seconds=expiry)}
    if found:
        connection.execute(update(_counters).where(mine).values(fresh))
    else:
        connection.execute(insert(_counters), {"key": hashed, **fresh})
    return amount


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
