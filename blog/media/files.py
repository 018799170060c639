"""Files whose rows are gone: off the disk, but never under somebody who brings the same picture at that moment.

A name is made of the content, so an upload may find its file there already, and writes the row a little later. So a
file goes only when it has no row and nobody has touched it for an hour.
"""

from typing import Any

from blog import clock, jobs
from blog.media.current import media_folder
from blog.media.queries import mime_of
from blog.media.storage import FRESH


@jobs.handler("media.remove_files")
def remove_files(payload: dict[str, Any]) -> None:
    """Remove the files of pictures that were taken off the site; those that are too fresh, later."""
    now, folder = clock.now(), media_folder()
    left = [name for name in payload["names"] if mime_of(name) is None and not folder.remove(name, now=now)]
    if left:
        jobs.add("media.remove_files", {"names": left}, run_at=now + 2 * FRESH)
