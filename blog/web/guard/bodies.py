"""The body of a request, counted as it is read."""

import io
import time
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from werkzeug.exceptions import HTTPException, abort
from werkzeug.http import parse_options_header

from blog.web.guard.refusals import CUT_SHORT, MANY_FIELDS, NO_LENGTH, Refusal, too_large

FORM_FIELD_LIMIT = 1_000  # fields of a URL-encoded form: werkzeug parses these without a limit
DRAIN_LIMIT = 64 * 2**20  # bytes of a refused body that are read and forgotten, so that the browser sees the answer
DRAIN_SECONDS = 10

_CHUNK = 64 * 1024
_TAIL = 256  # enough for `--boundary--` at the end of a multipart body: a boundary has at most 70 characters


class CountedBody(io.RawIOBase):
    """A body that ends where it says it ends and refuses its first byte past `limit`.

    Reading then raises the HTTP error of `refusal`, now and at every later try, so that no parser takes part of a
    body for all of it: 413 past the limit, 400 if the client hung up before Content-Length. A chunked body that was cut
    off looks to WSGI like one that ended, so there the content must show its own end, or the answer is 411.

    Files come as multipart, which werkzeug parses as it arrives. Any other body is in memory as a whole before it is
    of use, so `read_ahead` may take it whole before the app is asked, and the app never sees one that is refused.
    """

    def __init__(self, stream: Any, *, length: int | None, limit: int, content_type: str) -> None:
        self.refusal: Refusal | None = too_large(limit) if (length or 0) > limit else None
        self._stream = stream  # wsgi.input: anything with read(size)
        self._length = length
        self._limit = limit
        self._count = 0
        self._ended = length == 0
        self._tail = b""
        kind, options = parse_options_header(content_type)
        self._type = kind.lower()  # as werkzeug compares it (RFC 9110, 8.3.1)
        self._boundary = options.get("boundary", "").encode()
        self._fields = 1

    @property
    def is_multipart(self) -> bool:
        """True for a form with files, which may be long."""
        return self._type == "multipart/form-data"

    def read_ahead(self) -> io.BytesIO | None:
        """The whole body in memory, or None if it is refused."""
        try:
            return io.BytesIO(self.readall())
        except HTTPException:
            return None

    def readable(self) -> bool:
        """Always: it is a stream to read."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """At most `size` bytes, or all; b"" at the end."""
        return self.readall() if size is None or size < 0 else self._take(size)

    def readall(self) -> bytes:
        """Everything that is left."""
        return b"".join(iter(lambda: self._take(_CHUNK), b""))

    def readinto(self, buffer: Any, /) -> int:
        """As many bytes as fit into `buffer`."""
        data = self._take(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def drained(self, answer: Iterable[bytes]) -> Iterator[bytes]:
        """`answer`, after which the rest of the body is read and forgotten, within limits.

        A connection closed on unread bytes is reset, and the browser then shows that instead of our answer.
        """
        yield from answer
        deadline = time.monotonic() + DRAIN_SECONDS
        left = DRAIN_LIMIT if self._length is None else min(self._length - self._count, DRAIN_LIMIT)
        while left > 0 and time.monotonic() < deadline:
            data = self._stream.read(min(_CHUNK, left))
            if not data:
                break
            left -= len(data)

    def _take(self, size: int) -> bytes:
        if self.refusal:
            self._refuse(self.refusal)
        if self._ended or size == 0:
            return b""
        most = self._limit if self._length is None else self._length
        data = self._receive(min(size, _CHUNK, most - self._count))
        if self._length is None and self._count == self._limit:
            self._receive(1)  # whoever reads exactly up to the limit must hear of what lies behind it
        return data

    def _receive(self, size: int) -> bytes:
        try:
            data: bytes = self._stream.read(size)
        except (OSError, ValueError):  # how other servers say that the client hung up
            self._refuse(CUT_SHORT)
        self._count += len(data)
        if self._count > self._limit:
            self._refuse(too_large(self._limit))
        if self._type == "application/x-www-form-urlencoded":
            self._fields += data.count(b"&")
            if self._fields > FORM_FIELD_LIMIT:
                self._refuse(MANY_FIELDS)
        if self._length is None:
            self._tail = (self._tail + data)[-_TAIL:]
        if not data or self._count == self._length:
            self._end()
        return data

    def _end(self) -> None:
        if self._length is not None and self._count < self._length:
            self._refuse(CUT_SHORT)
        if self._length is None and self.is_multipart:
            if b"--" + self._boundary + b"--" not in self._tail:
                self._refuse(CUT_SHORT)
        elif self._length is None and self._type != "application/json":
            self._refuse(NO_LENGTH)
        self._ended = True

    def _refuse(self, refusal: Refusal) -> NoReturn:
        self.refusal = refusal
        abort(refusal.status, refusal.text)
