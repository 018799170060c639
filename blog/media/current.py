"""The media folder of the app at hand."""

from pathlib import Path

from flask import current_app

from blog.media.storage import MediaFolder


def media_folder() -> MediaFolder:
    """The folder `media` in the instance folder."""
    return MediaFolder(Path(current_app.config["INSTANCE_PATH"]) / "media")
