"""The media folder of the app at hand."""

from pathlib import Path

from flask import current_app

from blog.media.storage import MediaFolder


def media_quota() -> int | None:
    """What the pictures of one author may have together, in bytes; None for any number."""
    return current_app.config["MEDIA_QUOTA_BYTES"] or None


def media_folder() -> MediaFolder:
    """The folder `media` in the instance folder."""
    return MediaFolder(Path(current_app.config["INSTANCE_PATH"]) / "media")
