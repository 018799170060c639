"""Files made and taken away by jobs: variants of pictures, and what no row names any more.

A name is made of the content, so an upload may find its file there already, and writes the row a little later. So a
file goes only when it has no row and nobody has touched it for an hour.
"""

import logging
import time
from datetime import timedelta
from typing import Any

from blog import clock, jobs
from blog.db import transaction
from blog.media import operations
from blog.media.current import media_folder
from blog.media.queries import media_by_id, mime_of, without_variants
from blog.media.storage import FRESH
from blog.media.variants import RECIPE, NoVariants, make_variants

LEASE = timedelta(minutes=10)
"""For the variants of one picture; a long animation takes a minute on a slow machine."""
CATCH_UP_SECONDS = 10
"""So long variants are made at a time that nobody waits for; then other jobs have their turn."""

log = logging.getLogger(__name__)


@jobs.slow_handler("media.make_variants", lease=LEASE)
def make_variants_of_one(payload: dict[str, Any]) -> None:
    """Make the variants of a picture that was just sent."""
    _make_variants(payload["media_id"])


@jobs.slow_handler("media.make_missing_variants", lease=LEASE)
def make_missing_variants(_payload: dict[str, Any]) -> None:
    """Make variants that are still missing, for some seconds; with more to be made, go on after other jobs."""
    until = time.monotonic() + CATCH_UP_SECONDS
    while time.monotonic() < until:
        with transaction():
            ids = without_variants(RECIPE, 1)
        if not ids:
            return
        _make_variants(ids[0])
    with transaction():
        jobs.add("media.make_missing_variants", {}, key="media.make_missing_variants")


@jobs.recurring("media.look_for_missing_variants", every=timedelta(days=1))
def look_for_missing_variants(_payload: dict[str, Any]) -> None:
    """After an upgrade, and after trouble: see to it that every picture gets its variants."""
    with transaction():
        if without_variants(RECIPE, 1):
            jobs.add("media.make_missing_variants", {}, key="media.make_missing_variants")


@jobs.handler("media.remove_files")
def remove_files(payload: dict[str, Any]) -> None:
    """Remove the files of pictures that were taken off the site; those that are too fresh, later."""
    now, folder = clock.now(), media_folder()
    left = [name for name in payload["names"] if mime_of(name) is None and not folder.remove(name, now=now)]
    if left:
        jobs.add("media.remove_files", {"names": left}, run_at=now + 2 * FRESH)


def forget_files(names: set[str]) -> None:
    """Have files removed that were put into the folder for an act that was then refused."""
    with transaction():
        operations.remove_files(names, now=clock.now())


def _make_variants(media_id: int) -> None:
    """The slow part is done outside of any transaction; what was made by a worker that died is there to be used."""
    with transaction():
        media = media_by_id(media_id)
        name = media.name if media and abs(media.recipe) != RECIPE else None
    if name is None:
        return
    folder, recipe = media_folder(), RECIPE
    try:
        made = make_variants(folder.read(name))
    except (FileNotFoundError, NoVariants) as error:
        log.warning("no variants can be made of the picture %s: %s", name, error)
        made, recipe = [], -RECIPE
    for one in made:
        folder.keep(one)
    with transaction():
        operations.set_variants(media_id, made, of=name, recipe=recipe, now=clock.now())
