"""Media files in a bucket: S3, or what speaks like it. Readers never see it; `/media` hands the files on."""

import contextlib
import errno
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import IO, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from blog.media.storage import Storage, Stored, is_name

CONNECT_TIMEOUT = timedelta(seconds=3)
TIMEOUT = timedelta(seconds=20)
RETRY_TIMEOUT = timedelta(seconds=10)


class BucketAway(OSError):
    """The bucket did not answer, or refused."""


class MediaBucket(Storage):
    """A bucket, or the part of it under a prefix, as in `s3://bucket/prefix?endpoint=https://…&region=…`.

    The key and its secret stand before the bucket (`s3://KEY:SECRET@bucket`), percent-encoded; without them they come
    from where S3's own tools have them (`AWS_ACCESS_KEY_ID`, the machine's role). One object lives in one process.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        prefix = parts.path.strip("/")
        self._where = f"s3://{parts.hostname}/{prefix}".rstrip("/")
        options: dict[str, Any] = dict(parse_qsl(parts.query))
        if parts.username:
            options |= {
                "access_key_id": unquote(parts.username),
                "secret_access_key": unquote(parts.password or ""),
            }
        self._store = S3Store(
            parts.hostname or "",
            prefix=prefix or None,
            client_options={"allow_http": True, "connect_timeout": CONNECT_TIMEOUT, "timeout": TIMEOUT},
            retry_config={"max_retries": 2, "retry_timeout": RETRY_TIMEOUT},
            **options,
        )

    def __str__(self) -> str:
        """Bucket and prefix."""
        return self._where

    def find(self, name: str) -> Stored | None:
        """As in `Storage`."""
        if not is_name(name):
            return None
        try:
            with _away():
                known = obstore.head(self._store, name)
        except FileNotFoundError:
            return None
        return Stored(name, known["size"], known["last_modified"])

    def open(self, name: str) -> IO[bytes]:
        """As in `Storage`; it is read whole."""
        if not is_name(name):
            raise FileNotFoundError(name)
        with _away():
            return io.BytesIO(obstore.get(self._store, name).bytes().to_bytes())

    def write(self, name: str, source: IO[bytes]) -> None:
        """As in `Storage`: an object appears whole when all of it has arrived."""
        with _away():
            obstore.put(self._store, name, source.read())

    def delete(self, name: str) -> None:
        """As in `Storage`."""
        with _away():
            obstore.delete(self._store, name)

    def files(self) -> Iterator[Stored]:
        """As in `Storage`; S3 lists keys sorted."""
        with _away():
            for batch in obstore.list(self._store):
                for known in batch:
                    if is_name(known["path"]):
                        yield Stored(known["path"], known["size"], known["last_modified"])


@contextlib.contextmanager
def _away() -> Iterator[None]:
    """What the client raises, as errors of a disk; its words may hold addresses, but no secret."""
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise FileNotFoundError("no such object in the bucket") from error
    except BaseError as error:
        said = " ".join(str(error).partition("Debug source")[0].split())
        raise BucketAway(errno.EIO, f"the bucket does not answer as it should: {said}") from error
