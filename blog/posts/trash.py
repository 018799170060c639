"""Emptying the trash."""

from datetime import timedelta
from typing import Any

from blog import clock, jobs
from blog.db import transaction
from blog.posts import operations

BATCH = 50
BATCHES = 100
"""At most, in one go; the rest an hour later."""


@jobs.recurring("posts.empty_trash", every=timedelta(hours=1), lease=timedelta(minutes=10))
def empty_trash(_payload: dict[str, Any]) -> None:
    """Posts whose days in the trash are over go for good, some in each transaction."""
    for _ in range(BATCHES):
        with transaction():
            gone = operations.empty_trash(now=clock.now(), limit=BATCH)
        if gone < BATCH:
            return
