"""`flask check`, `flask search rebuild` and `flask posts render`: what is wrong is found, and what can be is mended."""

import io
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import text

from blog import Blog, clock
from blog.auth.models import User
from blog.comments.models import Comment
from blog.db import db, sqlite_module
from blog.jobs import Worker
from blog.markdown import RENDERER_VERSION
from blog.media import queries
from blog.media.current import media_folder
from blog.media.operations import store_picture
from blog.posts.models import Post
from tests.browser_like import Browser
from tests.cli.conftest import refusal, run
from tests.factories import Factory
from tests.media.pictures import encoded, photo, stored

OLD = 2 * 24 * 60 * 60  # seconds


@pytest.fixture
def filled(app: Blog, make: Factory) -> dict[str, Any]:
    """A blog in which everything is as it should be, with something of everything that is checked."""
    author = make.user("author", username="ada")
    post = make.post("Ink", "Words about *paper*.", author=author, tags=["ink"])
    comment = make.comment(post, author=author)
    hidden = make.comment(post, "Hidden.", author=author)
    make.post(author=author, state="draft", tags=["ink"])

    def more() -> str:
        content = io.BytesIO()
        Image.new("RGB", (30, 20), "red").save(content, "PNG")
        name = store_picture(content.getvalue(), folder=media_folder(), uploader=None, now=clock.now()).name
        user = db.session.get(User, author.id)
        user.picture_name = name
        found = db.session.get(Comment, hidden.id)
        found.hide(author.id, clock.now())
        db.session.get(Post, post.id).comment_count -= 1
        return name

    return {"author": author, "post": post, "comment": comment, "picture": make.act(more)}


def tell(app: Blog, statement: str) -> None:
    """Change the database behind the blog's back."""
    with app.app_context():
        begin = db.engine.execution_options(writing=True).begin()
        with begin as connection:
            connection.execute(text(statement))


def test_nothing_is_wrong_with_a_blog_that_is_as_it_should_be(app: Blog, filled: dict[str, Any]) -> None:
    result = run(app, "check")

    assert result.exit_code == 0, result.output
    assert result.output == "Everything is as it should be.\n"


MENDABLE: dict[str, tuple[str, str]] = {
    "an author's posts": ("UPDATE users SET post_count = 7", "The count of author ada is 7, counted are 1"),
    "a tag's posts": ("UPDATE tags SET post_count = 0", "The count of tag ink is 0, counted are 1"),
    "a month's posts": ("UPDATE month_counts SET post_count = 9", "is 9, counted are 1"),
    "a month that is gone": ("DELETE FROM month_counts", "is 0, counted are 1"),
    "a post that is counted but not visible": (
        "UPDATE posts SET status = 'draft' WHERE title = 'Ink'",
        "The count of unpublished post ink is 1, counted are 0",
    ),
    "a post's comments": (
        "UPDATE posts SET comment_count = 5 WHERE title = 'Ink'",
        "comments on ink is 5, counted are 1",
    ),
    "a text that no revision holds": (
        "UPDATE posts SET body = 'Written over.' WHERE title = 'Ink'",
        "says something else than its last revision",
    ),
    "the index lacks a post": ("DELETE FROM post_search", "is not in the search index"),
    "the index is old": ("UPDATE posts SET title = 'Pen' WHERE title = 'Ink'", "has an old title in the search index"),
}


@pytest.mark.parametrize("what", list(MENDABLE))
def test_what_can_be_counted_or_indexed_again_is_found_and_mended(app: Blog, filled: dict[str, Any], what: str) -> None:
    statement, finding = MENDABLE[what]
    tell(app, statement)

    found = run(app, "check")
    mended = run(app, "check", "--repair")

    assert finding in found.output
    assert refusal(found).endswith("wrong.")
    assert mended.exit_code == 0, mended.output
    assert run(app, "check").exit_code == 0


def test_a_picture_without_its_file_is_found(app: Blog, filled: dict[str, Any]) -> None:
    with app.app_context():
        (media_folder().root / filled["picture"]).unlink()

    result = run(app, "check", "--repair")

    assert f"The picture {filled['picture']} has no file." in result.output
    assert refusal(result) == "1 thing is wrong."


def test_a_picture_whose_bytes_have_changed_is_found(app: Blog, filled: dict[str, Any]) -> None:
    with app.app_context():
        path = media_folder().root / filled["picture"]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    assert f"The file of the picture {filled['picture']} is damaged" in run(app, "check").output


def test_a_file_that_belongs_to_no_picture_is_found_unless_it_may_be_an_upload(
    app: Blog, filled: dict[str, Any]
) -> None:
    with app.app_context():
        stray = media_folder().root / "ab" / f"{'0' * 30}.png"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"x")

    fresh = run(app, "check")
    os.utime(stray, (time.time() - OLD, time.time() - OLD))
    old = run(app, "check")

    assert fresh.exit_code == 0, fresh.output
    assert f"The file ab/{'0' * 30}.png in" in old.output
    assert old.exit_code == 1


def test_a_profile_picture_that_is_not_there_is_found(app: Blog, filled: dict[str, Any]) -> None:
    tell(app, "UPDATE users SET picture_name = 'cd/nothing.png'")

    assert "The profile picture cd/nothing.png is not among the pictures." in run(app, "check").output


def test_a_database_that_waits_for_a_migration_is_found(
    app: Blog, another_blog: Callable[[str], Blog], kind: str
) -> None:
    result = run(another_blog(kind), "check")

    assert "The database is not up to date" in result.output
    assert result.exit_code == 1


# SQLite's own file


@pytest.fixture
def on_sqlite(another_blog: Callable[[str], Blog]) -> tuple[Blog, Path]:
    """A blog with many posts in an SQLite file, and the file."""
    app = another_blog("sqlite")
    run(app, "db", "upgrade")
    make = Factory(app)
    author = make.user("author")
    for number in range(30):
        make.post(f"Post {number}", "Words. " * 300, author=author)
    return app, Path(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))


def test_a_row_that_refers_to_nothing_is_found(on_sqlite: tuple[Blog, Path]) -> None:
    app, file = on_sqlite
    with app.app_context():
        db.engine.dispose()
    connection = sqlite_module.connect(str(file))
    connection.execute("UPDATE posts SET picture_id = 4711 WHERE id = 3")
    connection.commit()
    connection.close()

    result = run(app, "check")

    assert "Row 3 of posts refers to a row of media that is not there." in result.output
    assert result.exit_code == 1


def test_a_damaged_page_of_the_file_is_found_wherever_it_is(on_sqlite: tuple[Blog, Path]) -> None:
    app, file = on_sqlite
    with app.app_context():
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
    whole = file.read_bytes()
    pages = len(whole) // 4096
    unnoticed = []

    for page in range(1, pages, max(1, pages // 12)):
        damaged = bytearray(whole)
        damaged[page * 4096 : page * 4096 + 200] = b"\xff" * 200
        for suffix in ("-wal", "-shm"):
            Path(f"{file}{suffix}").unlink(missing_ok=True)
        file.write_bytes(damaged)
        result = run(app, "check")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        if result.exit_code == 0:
            unnoticed.append(page)
        with app.app_context():
            db.engine.dispose()

    assert unnoticed == []


def test_a_row_of_the_index_without_its_post_is_found_and_removed(on_sqlite: tuple[Blog, Path]) -> None:
    app, _ = on_sqlite
    tell(app, "INSERT INTO post_search (rowid, title, body, tags) VALUES (99999, 'x', 'x', '')")

    assert "Post 99999 is in the search index but nowhere else" in run(app, "check").output
    assert run(app, "check", "--repair").exit_code == 0


def test_an_sqlite_that_is_too_old_is_found(on_sqlite: tuple[Blog, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blog.db.connections.FIRST_SOUND_SQLITE", (99, 0, 0))

    result = run(on_sqlite[0], "check")

    assert f"SQLite {sqlite_module.sqlite_version} has a rare bug" in result.output
    assert result.exit_code == 1


# Making anew


def test_the_index_is_made_anew_from_all_posts(app: Blog, filled: dict[str, Any]) -> None:
    tell(app, "DELETE FROM post_search")
    reader = Browser(app)
    assert "Ink" not in reader.get("/search?q=paper").text

    result = run(app, "search", "rebuild")

    assert result.output == "Made anew from 2 posts.\n"
    assert "Ink" in reader.get("/search?q=paper").text
    assert "Ink" in reader.get("/search?q=ink").text
    assert run(app, "check").exit_code == 0


def test_what_an_older_renderer_made_is_made_anew_and_nothing_else_changes(
    app: Blog, filled: dict[str, Any], make: Factory
) -> None:
    post, comment = filled["post"], filled["comment"]
    tell(app, "UPDATE posts SET body_html = '<p>old', renderer_version = 0 WHERE title = 'Ink'")
    tell(app, "UPDATE comments SET body_html = '<p>old', renderer_version = 0")

    result = run(app, "posts", "render")

    now_post, now_comment = make.fresh(post), make.fresh(comment)
    assert result.output == "Rendered 1 post and 2 comments.\n"
    assert now_post.body_html == post.body_html
    assert now_post.renderer_version == RENDERER_VERSION
    assert (now_post.edit_number, now_post.updated_at) == (post.edit_number, post.updated_at)
    assert now_comment.body_html == comment.body_html
    assert now_comment.edited_at is None
    assert run(app, "posts", "render").output == "Everything is up to date.\n"
    assert "Rendered 2 posts" in run(app, "posts", "render", "--all").output


def test_a_deleted_comment_stays_without_words(app: Blog, filled: dict[str, Any], make: Factory) -> None:
    make.act(lambda: db.session.get(Comment, filled["comment"].id).delete(clock.now()))
    tell(app, "UPDATE comments SET renderer_version = 0")

    run(app, "posts", "render")

    assert make.fresh(filled["comment"]).body_html == ""


def test_smaller_versions_that_are_gone_or_damaged_are_made_anew(app: Blog, make: Factory) -> None:
    media = stored(make, encoded(photo(700, 90)))
    Worker(app).work_off()
    before = make.read(lambda: queries.variant_names([media.id]))
    with app.app_context():
        gone, damaged, *_ = sorted(before)
        media_folder().delete(gone)
        media_folder().write(damaged, io.BytesIO(bytes(len(media_folder().read(damaged)))))
    found = run(app, "check").output
    assert gone in found
    assert damaged in found

    result = run(app, "check", "--repair")

    assert result.exit_code == 0, result.output
    assert not make.read(lambda: queries.variant_names([media.id]))
    Worker(app).work_off()
    assert make.read(lambda: queries.variant_names([media.id])) == before
    assert run(app, "check").exit_code == 0
