"""What may stand in an address."""

from typing import Any

from flask import Flask, current_app
from werkzeug.routing import IntegerConverter, Map

from blog.web.forms import LARGEST_ID


class IdConverter(IntegerConverter):
    """A number that an id column can hold; a larger one is not found, like any id that is not there.

    Its digits are those of ASCII: with those of other scripts (`٣`) a page would have many addresses.
    """

    regex = "[0-9]+"

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:  # noqa: A002  Werkzeug's name
        kwargs.setdefault("max", LARGEST_ID)
        super().__init__(map, *args, **kwargs)


def absolute_url(endpoint: str, **values: Any) -> str:
    """The address of a view with the site's own host, whatever the request says, or without any request."""
    path = current_app.url_map.bind("").build(endpoint, values)
    return f"{current_app.config['BASE_URL']}{path}"


def init_app(app: Flask) -> None:
    """Let `<int:...>` be such a number."""
    app.url_map.converters["int"] = IdConverter
