"""What may stand in an address."""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

from blog.web.forms import LARGEST_ID


class IdConverter(IntegerConverter):
    """A number that an id column can hold; a larger one is not found, like any id that is not there."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:  # noqa: A002  Werkzeug's name
        kwargs.setdefault("max", LARGEST_ID)
        super().__init__(map, *args, **kwargs)


def init_app(app: Flask) -> None:
    """Let `<int:...>` be such a number."""
    app.url_map.converters["int"] = IdConverter
