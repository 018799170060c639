"""What must happen later, for certain: rows that are written with the change that causes them, and done by a worker.

    @jobs.handler("media.remove_files")               # in the transaction that ends the job: done exactly once
    @jobs.slow_handler("media.make_variants")         # outside of any transaction: done at least once
    @jobs.recurring("auth.tidy_up", every=timedelta(hours=1))

    jobs.add("media.make_variants", {"media_id": 12}) # in the caller's transaction: no commit, no job
    jobs.add("mail", jobs.seal({"to": "ann@…"}))      # where the database is to hold no word of it

A job whose handler fails is tried again, later and later; after `MAX_TRIES` it is dead, and admins see it.
"""

from blog.jobs.handlers import handler, recurring, slow_handler
from blog.jobs.models import Job
from blog.jobs.queue import MAX_TRIES, add, count_dead, count_waiting, dead_jobs, delete, try_again
from blog.jobs.sealing import Unreadable, seal, unseal
from blog.jobs.worker import Worker

__all__ = [
    "MAX_TRIES",
    "Job",
    "Unreadable",
    "Worker",
    "add",
    "count_dead",
    "count_waiting",
    "dead_jobs",
    "delete",
    "handler",
    "recurring",
    "seal",
    "slow_handler",
    "try_again",
    "unseal",
]
