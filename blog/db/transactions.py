"""The only place that commits.

An unsafe request (POST and its like) reads in a transaction of its own, validates, and opens the writing transaction
with `begin_write()` just before it acts; `in_one_transaction()` commits it once, at the end, when the answer is a
success. Commands and jobs use `with transaction()`. What must survive a refusal goes through `keep_changes()`.
"""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any, cast
from weakref import WeakKeyDictionary

import flask
from sqlalchemy import CursorResult, Engine, Result, event
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from blog.db import connections
from blog.db.columns import db
from blog.db.connections import WRITING, Writing

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

log = logging.getLogger(__name__)

_ON_COMMIT = "on_commit"
_TURN = "turn"
_turns: "WeakKeyDictionary[Engine, threading.Lock]" = WeakKeyDictionary()


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
    _take_turn(db.session(), wait_ms=connections.BUSY_TIMEOUT_MS)
    try:
        db.session.connection(execution_options={WRITING: Writing.LASTING})
    except BaseException:
        _roll_back()
        raise
    db.session.info[WRITING] = True


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
    mode = Writing.AT_ONCE if at_once else Writing.LASTING if lasting else Writing.FLEETING
    with Session(db.engine.execution_options(**{WRITING: mode})) as session:
        _take_turn(session, wait_ms=0 if at_once else connections.BUSY_TIMEOUT_MS)
        session.info[WRITING] = True
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
    db.session.info.pop(WRITING, None)
    _run_effects(db.session())


def _run_effects(session: Session) -> None:
    for effect in session.info.pop(_ON_COMMIT, []):
        try:
            effect()
        except Exception:  # whatever it is: the change is made, and an error page would say that it is not
            log.exception("what should have followed a change failed")


def _roll_back() -> None:
    db.session.rollback()
    db.session.info.pop(WRITING, None)
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
    if not session.info.get(WRITING) and (session.new or session.dirty or session.deleted):
        raise RuntimeError("a change outside begin_write(), transaction() and keep_changes()")


@event.listens_for(Session, "do_orm_execute")
def _refuse_stray_write(state: ORMExecuteState) -> None:
    if (state.is_insert or state.is_update or state.is_delete) and not state.session.info.get(WRITING):
        raise RuntimeError("a change outside begin_write(), transaction() and keep_changes()")
