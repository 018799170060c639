"""The log of a running blog: one line a record on stdout, whatever is in it, with who asked for what and from where.

JSON for machines that collect it, or text for a person at a terminal (the setting LOG_FORMAT). `flask serve` writes it;
other commands say what they have to say themselves.
"""

import json
import logging
import re
import sys
import uuid
from datetime import UTC, datetime
from typing import Any, TextIO

from flask import g, has_request_context, request

from blog.web.guard.peers import is_loopback

MESSAGE_LENGTH = 2_000
"""Characters of a message; more is cut."""
VALUE_LENGTH = 500
TRACE_LENGTH = 16_000
"""Of a trace the end is kept, which says what failed."""

# Where no log is written, as in commands, Python would print the bare message of each warning to the terminal.
logging.getLogger("blog").addHandler(logging.NullHandler())

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def write_log(log_format: str | None, base_url: str, stream: TextIO | None = None) -> logging.Handler:
    """Let this process write its log, our own from INFO on and the libraries' from WARNING on.

    Without a format it is text at a terminal and for a blog at this machine's own address, else JSON.
    """
    stream = stream or sys.stdout
    is_text = log_format == "text" or (log_format is None and (stream.isatty() or is_loopback(base_url)))
    handler = logging.StreamHandler(stream)
    handler.setFormatter(TextFormatter() if is_text else JsonFormatter())
    handler.addFilter(note_request)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("blog").setLevel(logging.INFO)
    return handler


def note_request(record: logging.LogRecord) -> bool:
    """Put what is known of the request onto the record; never the path, in which a link's secret may stand."""
    if has_request_context():
        if "request_id" not in g:
            g.request_id = uuid.uuid4().hex[:16]
        record.request = {
            "request_id": g.request_id,
            "method": request.method,
            "endpoint": request.url_rule.rule if request.url_rule else None,
            "user_id": g.get("user_id"),
            "address": request.remote_addr,
        }
    return True


class JsonFormatter(logging.Formatter):
    """One JSON object a record, in ASCII: no line break, escape sequence or odd character gets through."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        line: dict[str, Any] = {
            "time": _moment(record).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _cut(record.getMessage(), MESSAGE_LENGTH),
            **getattr(record, "request", {}),
        }
        for name, value in getattr(record, "fields", {}).items():
            line.setdefault(name, value)
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)[-TRACE_LENGTH:]
        return json.dumps(_short(line), default=str)


class TextFormatter(logging.Formatter):
    """A line for people; a trace stands below it, each of its lines marked as part of it."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, and its trace."""
        asked = getattr(record, "request", {})
        where = " ".join(str(asked[name]) for name in ("method", "endpoint", "address") if asked.get(name))
        said = _cut(record.getMessage(), MESSAGE_LENGTH)
        line = f"{_moment(record):%H:%M:%S} {record.levelname} {record.name}: {said}"
        lines = [f"{line} ({where})" if where else line]
        if record.exc_info:
            lines += [f"  | {one}" for one in self.formatException(record.exc_info)[-TRACE_LENGTH:].splitlines()]
        return "\n".join(_CONTROL.sub(_escaped, one) for one in lines)


def _moment(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _short(value: Any, name: str = "") -> Any:
    """`value` with its long texts cut, however deep."""
    if isinstance(value, dict):
        return {key: _short(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_short(one) for one in value]
    return _cut(value, VALUE_LENGTH) if isinstance(value, str) and name not in ("message", "trace") else value


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
