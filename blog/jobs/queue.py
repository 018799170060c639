"""The list of jobs: adding, taking the next, and what becomes of it. All in the caller's writing transaction."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete as sql_delete
from sqlalchemy import func, select, update

from blog import clock
from blog.db import changed_rows, db
from blog.jobs.handlers import handler_of, recurring_kinds
from blog.jobs.models import ERROR_LENGTH, Job

MAX_TRIES = 12
"""Then it is dead: after about 14 hours."""
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
_ABANDONED = "Whoever was at it never finished."


@dataclass(frozen=True)
class Task:
    """A job that was taken."""

    id: int
    kind: str
    payload: dict[str, Any]
    tries: int


class NoLongerOurs(Exception):
    """The job took too long, and was given to somebody else."""


def add(kind: str, payload: dict[str, Any], *, run_at: datetime | None = None, key: str | None = None) -> None:
    """Have a job done at `run_at`, or soon, if the caller's transaction is committed.

    With a `key`, nothing is added while another one with that key waits to be begun.
    """
    handler_of(kind)
    if key is not None and db.session.scalar(select(Job.id).where(Job.key == key)):
        return
    now = clock.now()
    db.session.add(Job(kind=kind, payload=payload, key=key, due_at=run_at or now, tries=0, created_at=now))
    db.session.flush()


def add_recurring() -> None:
    """See to it that what happens again and again is on the list."""
    waiting = set(db.session.scalars(select(Job.kind).where(Job.dead_at.is_(None), Job.kind.in_(recurring_kinds()))))
    for kind in recurring_kinds():
        if kind not in waiting:
            add(kind, {})


def is_any_due(now: datetime) -> bool:
    """True if there is something to do; a look that takes no turn at writing."""
    return db.session.scalar(select(Job.id).where(Job.dead_at.is_(None), Job.due_at <= now).limit(1)) is not None


def take(now: datetime) -> Task | None:
    """The job that is due longest, for whoever takes it alone, until the time of its handler is over."""
    while job := _next(now):
        job.key = None  # from now on a second one would not be in vain
        if job.tries >= MAX_TRIES:
            _bury(job, now, job.last_error or _ABANDONED)
            continue
        try:
            lease = handler_of(job.kind).lease
        except LookupError as error:
            _bury(job, now, f"{error}.")
            continue
        job.tries += 1
        job.due_at = now + lease
        db.session.flush()
        return Task(job.id, job.kind, job.payload, job.tries)
    return None


def finish(task: Task, now: datetime) -> None:
    """Take a job that was done off the list. Raises `NoLongerOurs`."""
    done = db.session.execute(sql_delete(Job).where(Job.id == task.id, Job.tries == task.tries))
    if changed_rows(done) != 1:
        raise NoLongerOurs
    _add_next(task.kind, now)


def note_failure(task: Task, now: datetime, error: str) -> None:
    """Have the job tried again, after a wait that doubles each time; or give it up. Raises `NoLongerOurs`."""
    job = db.session.scalar(select(Job).where(Job.id == task.id, Job.tries == task.tries))
    if job is None:
        raise NoLongerOurs
    if job.tries >= MAX_TRIES:
        _bury(job, now, error)
        return
    job.due_at = now + min(LONGEST_WAIT, FIRST_WAIT * 2 ** (job.tries - 1))
    job.last_error = error[:ERROR_LENGTH]
    db.session.flush()


def dead_jobs(limit: int) -> list[Job]:
    """Jobs that were given up, the last one first."""
    return list(
        db.session.scalars(
            select(Job).where(Job.dead_at.is_not(None)).order_by(Job.dead_at.desc(), Job.id.desc()).limit(limit)
        )
    )


def count_dead() -> int:
    """How many jobs were given up."""
    return db.session.scalar(select(func.count()).where(Job.dead_at.is_not(None))) or 0


def count_waiting() -> int:
    """How many jobs are still to be done, what recurs aside."""
    return db.session.scalar(select(func.count()).where(Job.dead_at.is_(None), Job.kind.not_in(recurring_kinds()))) or 0


def try_again(job_id: int, now: datetime) -> bool:
    """Have a dead job done as if it were new; False if there is no such one."""
    revived = db.session.execute(
        update(Job).where(Job.id == job_id, Job.dead_at.is_not(None)).values(dead_at=None, due_at=now, tries=0)
    )
    return bool(changed_rows(revived))


def delete(job_id: int) -> bool:
    """Forget a dead job; False if there is no such one."""
    deleted = db.session.execute(sql_delete(Job).where(Job.id == job_id, Job.dead_at.is_not(None)))
    return bool(changed_rows(deleted))


def _next(now: datetime) -> Job | None:
    # Who writes stands in line anyhow; what somebody holds by hand is passed over instead of waited for.
    return db.session.scalar(
        select(Job)
        .where(Job.dead_at.is_(None), Job.due_at <= now)
        .order_by(Job.due_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _bury(job: Job, now: datetime, error: str) -> None:
    job.dead_at, job.last_error = now, error[:ERROR_LENGTH]
    db.session.flush()
    _add_next(job.kind, now)


def _add_next(kind: str, now: datetime) -> None:
    """What recurs goes on, whatever became of this time."""
    if kind in recurring_kinds():
        add(kind, {}, run_at=now + (handler_of(kind).every or LONGEST_WAIT), key=f"every {kind}")
