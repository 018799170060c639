"""Where the media of the app at hand are, and how much an author may keep there."""

import os
from pathlib import Path

from flask import Flask, current_app

from blog.media.bucket import MediaBucket
from blog.media.storage import MediaFolder, Storage

_BUCKETS = "media_buckets"


def media_quota() -> int | None:
    """What the pictures of one author may have together, in bytes; None for any number."""
    return current_app.config["MEDIA_QUOTA_BYTES"] or None


def media_folder() -> Storage:
    """What MEDIA_URL names; the folder `media` in the instance folder if it is not set."""
    return storage_at(current_app.config["MEDIA_URL"])


def storage_at(url: str | None) -> Storage:
    """The bucket at an address, or the folder of this installation."""
    if url is None:
        return MediaFolder(Path(current_app.config["INSTANCE_PATH"]) / "media")
    return _bucket(current_app, url)


def _bucket(app: Flask, url: str) -> MediaBucket:
    """Its connections are kept, but not by a process that was split off: threads do not survive that."""
    buckets: dict[tuple[int, str], MediaBucket] = app.extensions.setdefault(_BUCKETS, {})
    key = (os.getpid(), url)
    if key not in buckets:
        buckets[key] = MediaBucket(url)
    return buckets[key]
