"""Whoever does the jobs: one after the other, as they become due."""

import logging
import threading
from datetime import timedelta

from flask import Flask
from sqlalchemy.exc import DBAPIError

from blog import clock
from blog.db import transaction
from blog.jobs.handlers import handler_of
from blog.jobs.queue import NoLongerOurs, Task, add_recurring, finish, is_any_due, note_failure, take

LOOK_EVERY = timedelta(seconds=1)
"""How often an idle worker looks whether something is due."""
WAIT_FOR_DATABASE = timedelta(seconds=5)

log = logging.getLogger(__name__)


class Worker:
    """Does the jobs of a blog. Several may work side by side, on several machines: each job is given to one."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Let `run` return once the job at hand is done."""
        self._stopping.set()

    def run(self) -> None:
        """Do what is due, wait for more, until `stop` is called. A database that is away is waited for."""
        is_prepared = False
        while not self._stopping.is_set():
            try:
                if not is_prepared:
                    with self._app.app_context(), transaction():
                        add_recurring()
                    is_prepared = True
                self.work_off()
            except DBAPIError as error:
                log.warning("the jobs wait for the database: %s", _one_line(error.orig or error))
                self._stopping.wait(WAIT_FOR_DATABASE.total_seconds())
            self._stopping.wait(LOOK_EVERY.total_seconds())

    def work_off(self) -> int:
        """Do everything that is due now; return how many jobs that were, failed ones included."""
        count = 0
        while not self._stopping.is_set() and self._do_next():
            count += 1
        return count

    def _do_next(self) -> bool:
        """Do the next job, in an app context of its own; False if none is due."""
        with self._app.app_context():
            if not is_any_due(clock.now()):
                return False
            with transaction():
                task = take(clock.now())
            if task:
                self._do(task)
            return task is not None

    def _do(self, task: Task) -> None:
        try:
            _handle(task)
        except NoLongerOurs:
            log.warning("a job (%s) took too long and was given to another worker", task.kind)
        except Exception as error:  # whatever it is: it must not take the other jobs with it
            said = _explain(error)
            log.warning("a job (%s) failed, try %d: %s", task.kind, task.tries, said)
            try:
                with transaction():
                    note_failure(task, clock.now(), said)
            except NoLongerOurs:
                log.warning("a job (%s) took too long and was given to another worker", task.kind)


def _handle(task: Task) -> None:
    handler = handler_of(task.kind)
    if handler.is_slow:
        handler.handle(task.payload)
        with transaction():
            finish(task, clock.now())
        return
    with transaction():
        finish(task, clock.now())
        handler.handle(task.payload)


def _explain(error: Exception) -> str:
    """What went wrong in a line: without the values of a statement, which are nobody's business."""
    if isinstance(error, DBAPIError):
        return f"{type(error).__name__}: {_one_line(error.orig or 'the database refused')}"
    return f"{type(error).__name__}: {_one_line(error)}"


def _one_line(said: object) -> str:
    return " ".join(str(said).split())
