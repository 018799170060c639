"""The audit log: who did what to what, when, and from where. Rows are only added; the database refuses the rest.

Callers say what happened and to what: `audit.record("privilege_permissions_changed", subject=user, before="reader",
after="author")`. Who asks and from where is known from the request (`site.asking`). Names of events are those of
OWASP's Logging Vocabulary where it has one (`authn_login_fail`, `user_created`, `sys_…`), and built like them where it
has none (`post_published`); `admin.audit_words` says each in words.

No secret is ever in it, nor what somebody typed where a secret may have been typed: an unknown name at the log-in may
be a password in the wrong field.
"""

import getpass
import logging
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy import delete, insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from blog import clock
from blog.db import changed_rows, db, keep_changes, on_commit
from blog.site.models import ADDRESS_LENGTH, LABEL_LENGTH, NAME_LENGTH, AuditEvent
from blog.web.guard.peers import network_of

KEPT_FOR_CERTAIN = timedelta(days=30)
"""Until then the database itself refuses to delete an event: the trigger of the migration has the same figure."""
REFUSALS_A_MINUTE = 20
"""Of one address; refusals beyond are not recorded, so that a flood of them fills no disk."""
REFUSALS_OF_ALL_A_MINUTE = 200
DETAIL_LENGTH = 200

_SECRET = re.compile(r"password|secret|token|cookie|hash")
_WARNINGS = ("authz_", "excess_", "input_", "malicious_", "privilege_")
_log = logging.getLogger("blog.audit")


@dataclass(frozen=True)
class Subject:
    """What an event is about: its kind, its id, and what it was called then."""

    kind: str
    id: int | None
    label: str


class HasSubject(Protocol):
    """A model that events are about."""

    @property
    def subject(self) -> Subject:
        """How the audit log names it."""


@dataclass
class Origin:
    """Who is acting and from where."""

    via: str
    """`web`, `command line` or `worker`."""
    address: str | None = None
    actor_id: int | None = None
    actor_name: str | None = None


_origin: ContextVar[Origin | None] = ContextVar("origin", default=None)


# Who and from where


@contextmanager
def acting(origin: Origin) -> Iterator[Origin]:
    """What is recorded inside was done by `origin`. Outside of any it is somebody at the command line."""
    before = _origin.set(origin)
    try:
        yield origin
    finally:
        _origin.reset(before)


def set_origin(origin: Origin | None) -> None:
    """Who acts from here on, for those who can't use `acting`: requests, whose beginning and end are two places."""
    _origin.set(origin)


def note_actor(actor: Subject) -> None:
    """The one who asks is known now."""
    if origin := _origin.get():
        origin.actor_id, origin.actor_name = actor.id, actor.label


# Recording


def record(
    event: str,
    *,
    subject: HasSubject | Subject | None = None,
    by: HasSubject | None = None,
    session: Session | None = None,
    **details: object,
) -> None:
    """Add an event to the caller's transaction; after its commit, a line to the log.

    `by` is the one who acts where the request does not know yet, as at signing in; `session` is that of
    `keep_changes()`. Raises `ValueError` for a detail that sounds like a secret.
    """
    _record(event, subject, by, session or db.session(), details)


def keep(event: str, *, subject: HasSubject | Subject | None = None, **details: object) -> None:
    """Record what is being refused: in a transaction of its own, since the request's is rolled back.

    A flood of refusals is recorded in part: `REFUSALS_A_MINUTE` of one address, `REFUSALS_OF_ALL_A_MINUTE` of all.
    """
    origin = _origin.get()
    if not refusals.allows(origin.address or "" if origin else "", clock.now()):
        return
    try:
        with keep_changes() as kept:
            _record(event, subject, None, kept, details)
    except OperationalError as error:  # it is refused all the same, and in a moment others are recorded again
        _log.error("%s could not be recorded: %s", event, error.orig)


def changes(before: dict[str, object], after: dict[str, object]) -> dict[str, list[object]]:
    """What differs: each field with its value of before and of after."""
    return {name: [before[name], value] for name, value in after.items() if before[name] != value}


def forget_old(now: datetime, *, days: int) -> int:
    """Delete the events older than `days`; how many those were. Younger than `KEPT_FOR_CERTAIN` none goes."""
    oldest = now - max(timedelta(days=days), KEPT_FOR_CERTAIN)
    gone = db.session.execute(delete(AuditEvent).where(AuditEvent.at < oldest))
    return changed_rows(gone)


def _record(
    event: str,
    subject: HasSubject | Subject | None,
    by: HasSubject | None,
    session: Session,
    details: Mapping[str, object],
) -> None:
    if secrets := [name for name in details if _SECRET.search(name)]:
        raise ValueError(f"not for the audit log: {', '.join(secrets)}")
    origin = _origin.get() or Origin("command line", actor_name=_account())
    about = subject if isinstance(subject, Subject) or subject is None else subject.subject
    actor = by.subject if by else Subject("user", origin.actor_id, origin.actor_name or "")
    row: dict[str, object] = {
        "at": clock.now(),
        "event": event,
        "via": origin.via,
        "address": (origin.address or "")[:ADDRESS_LENGTH] or None,
        "actor_id": actor.id,
        "actor_name": actor.label[:NAME_LENGTH] or None,
        "subject_kind": about.kind if about else None,
        "subject_id": about.id if about else None,
        "subject_label": about.label[:LABEL_LENGTH] if about else None,
        "details": {name: _plain(value) for name, value in details.items() if value is not None},
    }
    with session.no_autoflush:  # what else is to be flushed meets its constraints where its operation expects them
        session.execute(insert(AuditEvent), row)
    on_commit(lambda: _write_line(event, row), session=session)


class RefusalBound:
    """Counts refusals a minute, in this process: a bound for the log, not a limit for people."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Begin as a new process would."""
        self._minute = datetime.min.replace(tzinfo=UTC)
        self._all = 0
        self._by_address: dict[str, int] = {}

    def allows(self, address: str, now: datetime) -> bool:
        """Count one more; False when there were enough this minute."""
        with self._lock:
            if now - self._minute >= timedelta(minutes=1):
                self.forget()
                self._minute = now
            network = network_of(address)
            count = self._by_address.get(network, 0) + 1
            if count > REFUSALS_A_MINUTE or self._all >= REFUSALS_OF_ALL_A_MINUTE:
                return False
            self._by_address[network] = count
            self._all += 1
            return True


refusals = RefusalBound()


def _write_line(event: str, row: dict[str, object]) -> None:
    """One line of the log, with the fields of the row; its message is as OWASP writes events."""
    about = row["subject_label"] or row["actor_name"]
    level = logging.WARNING if event.startswith(_WARNINGS) or "_fail" in event else logging.INFO
    _log.log(level, "%s", f"{event}:{about}" if about else event, extra={"fields": row})


def _plain(value: object) -> object:
    """`value` as JSON can hold it, long text cut."""
    if isinstance(value, str):
        return value if len(value) <= DETAIL_LENGTH else f"{value[: DETAIL_LENGTH - 1]}…"
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return _plain(str(value))


def _account() -> str:
    """The account of the operating system that runs the command."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an id without a name, as in some containers
        return "?"
