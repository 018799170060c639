"""Bodies of forms, read strictly: one that can't be read is refused, and never taken for a form without fields."""

from collections.abc import Mapping
from typing import Any

import flask
from flask import Flask
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser

LONGEST_BOUNDARY = 100  # characters; RFC 2046, 5.1.1 has 70, and some clients a few more


class FormReader(FormDataParser):
    """Werkzeug's reader, which answers with an empty form where the body makes no sense, made to say so."""

    def parse(
        self, stream: Any, mimetype: str, content_length: int | None, options: Mapping[str, str] | None = None
    ) -> Any:
        """The stream, the fields and the files. Raises `BadRequest`."""
        self.silent = False
        if len((options or {}).get("boundary", "")) > LONGEST_BOUNDARY:
            raise BadRequest
        try:
            return super().parse(stream, mimetype, content_length, dict(options or {}))
        except ValueError as error:
            raise BadRequest from error


class Request(flask.Request):
    """A request whose form is read by `FormReader`."""

    form_data_parser_class = FormReader


def init_app(app: Flask) -> None:
    """Let every request refuse a form that can't be read whole."""
    app.request_class = Request
