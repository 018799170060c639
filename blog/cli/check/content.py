"""Whether the database and the pictures are whole."""

from collections.abc import Iterator
from contextlib import suppress

from blog import clock, jobs
from blog.auth.looks import renew_looks, wrong_looks
from blog.auth.queries import picture_names
from blog.cli.progress import each
from blog.cli.revisions import is_current
from blog.comments.counts import recount_comments, wrong_comment_counts
from blog.db import db, driver_warning, sqlite_file, transaction
from blog.media.bucket import BucketAway
from blog.media.current import media_folder
from blog.media.operations import renew_variants
from blog.media.queries import StoredFile, stored_files, stored_variants
from blog.media.storage import FRESH, Storage
from blog.posts.counts import recount_all, wrong_counts
from blog.posts.renewal import index_posts, keep_posts, remove_strays
from blog.posts.revisions.queries import posts_not_kept
from blog.posts.search import index_gaps


def findings(*, repair: bool) -> Iterator[str]:
    """A sentence for each thing that is wrong; with `repair` what can be counted or indexed again is mended first."""
    if warning := driver_warning():
        yield warning
    yield from database_damage()
    if not is_current():
        yield "The database is not up to date; run `flask --app wsgi db upgrade`. The rest can't be looked at before."
        return
    if repair:
        _repair()
    yield from _wrong_counts()
    yield from _index_gaps()
    for post_id in posts_not_kept():
        yield f"Post {post_id} says something else than its last revision; --repair keeps what it says."
    for one in wrong_looks():
        yield f"What the name {one.username} looks like is not kept right; --repair mends it."
    yield from _media_damage()
    if dead := jobs.count_dead():
        yield f"{dead} {'job was' if dead == 1 else 'jobs were'} given up; /admin/jobs says why."


def _repair() -> None:
    with transaction():
        if wrong_counts(clock.now()):
            recount_all(clock.now())
        if wrong_comment_counts():
            recount_comments()
        renew_looks()
    keep_posts(posts_not_kept(), now=clock.now())
    _renew_variants()
    remove_strays()
    gaps = index_gaps()
    ids = [*gaps.missing, *gaps.stale]
    for _ in each(index_posts(ids), "posts", len(ids)):
        pass


def database_damage() -> Iterator[str]:
    """What SQLite finds when it reads its whole file; the servers look after theirs themselves."""
    file = sqlite_file()
    if file is None or not file.exists():  # connecting would make it
        return
    connection = db.session.connection()
    for (line,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if line != "ok":
            yield f"The database file is damaged: {line}; restore a backup."
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"Row {row} of {table} refers to a row of {parent} that is not there."


def _wrong_counts() -> Iterator[str]:
    for count in (*wrong_counts(clock.now()), *wrong_comment_counts()):
        yield f"The count of {count.of} is {count.kept}, counted are {count.counted}; --repair mends it."


def _index_gaps() -> Iterator[str]:
    gaps = index_gaps()
    for ids, what in (
        (gaps.missing, "is not in the search index"),
        (gaps.stale, "has an old title in the search index"),
        (gaps.strays, "is in the search index but nowhere else"),
    ):
        for post_id in ids:
            yield f"Post {post_id} {what}; --repair mends it."


def _media_damage() -> Iterator[str]:
    folder = media_folder()
    try:
        yield from _damaged_files(folder)
    except BucketAway as error:
        yield f"The pictures can't be looked at: {error.strerror}."


def _renew_variants() -> None:
    """Forget the smaller versions whose files are gone or damaged; the worker makes them anew."""
    folder = media_folder()
    with suppress(BucketAway):
        wrong = {one.name for one in each(stored_variants(), "pictures") if not _is_whole(one, folder)}
        with transaction():
            renew_variants(wrong, now=clock.now())
        for name in wrong:
            if folder.find(name):  # whoever makes it anew would take a file of this size for whole
                folder.delete(name)


def _is_whole(stored: StoredFile, folder: Storage) -> bool:
    try:
        return folder.digest_of(stored.name) == stored.digest
    except FileNotFoundError:
        return False


def _damaged_files(folder: Storage) -> Iterator[str]:
    known = set()
    for stored in each(stored_files(), "pictures"):
        known.add(stored.name)
        try:
            if folder.digest_of(stored.name) != stored.digest:
                yield f"The file of the picture {stored.name} is damaged: its bytes are not those that were stored."
        except FileNotFoundError:
            yield f"The picture {stored.name} has no file."
    for name in sorted(picture_names() - known):
        yield f"The profile picture {name} is not among the pictures."
    for file in folder.files():
        if file.name not in known and clock.now() - file.changed_at > FRESH:
            yield f"The file {file.name} in {folder} belongs to no picture; nothing needs it."
