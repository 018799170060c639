"""Several people at once, on a real database: nothing is lost, nobody sees a fault."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from blog import Blog, clock
from blog.auth import operations as auth
from blog.auth.models import Role, User, UserSession
from blog.auth.operations import LastAdmin
from blog.auth.policies import NotAllowed
from blog.comments.models import Comment
from blog.db import begin_write, connections, db, in_one_transaction, on_commit, transaction
from blog.markdown import render_post
from blog.posts import operations as posts
from blog.posts.counts import count_due, wrong_counts
from blog.posts.models import MonthCount, Post, Tag
from blog.posts.operations import Draft
from blog.posts.queries import hold_editable
from blog.posts.revisions.texts import Text
from blog.site.models import Setting
from tests.browser_like import Browser
from tests.factories import PASSWORD, Factory
from tests.together import at_once

SHORT_WAIT_MS = 400
"""How long a writer waits for its turn in these tests."""
TEXT = "What I wrote in the course of an hour & would <b>hate</b> to lose, since it is long."


# Nothing is lost


def test_of_four_hundred_read_modify_writes_none_is_lost(app: Blog) -> None:
    with app.app_context(), transaction():
        db.session.add(Setting(name="counter", value=0))

    def write(_number: int) -> None:
        for _ in range(50):
            with app.app_context(), transaction():
                counter = db.session.scalars(select(Setting).where(Setting.name == "counter").with_for_update()).one()
                counter.value = int(str(counter.value)) + 1

    at_once(8, write)

    with app.app_context():
        assert db.session.get(Setting, "counter").value == 400


def test_many_comments_at_once_are_all_there_and_counted(app: Blog, make: Factory) -> None:
    post = make.post()
    readers = [make.user() for _ in range(6)]
    first = make.comment(post, author=readers[0])

    def comment(number: int) -> None:
        for _ in range(5):
            answer = make.comment(post, author=readers[number], parent=first)
            make.comment(post, author=readers[number], parent=answer)

    at_once(6, comment)

    assert make.read(lambda: db.session.scalar(select(func.count(Comment.id)))) == 61
    assert make.fresh(post).comment_count == 61


def test_many_publications_at_once_share_tags_and_a_month_and_are_counted(app: Blog, make: Factory) -> None:
    authors = [make.user("author") for _ in range(6)]
    tags = ["ink", "paper", "new", "newer"]

    def write(number: int) -> None:
        for turn in range(3):
            post = make.post(f"{number}-{turn}", author=authors[number], tags=tags[turn:] + tags[:turn])
            make.act(lambda post=post: posts.unpublish_post(held(post), by=admin_of(post), now=clock.now()))
            make.act(lambda post=post: publish(post))

    at_once(6, write)

    assert make.read(lambda: wrong_counts(clock.now())) == []
    assert make.read(lambda: {tag.slug: tag.post_count for tag in db.session.scalars(select(Tag))}) == dict.fromkeys(
        tags, 18
    )
    assert make.read(lambda: db.session.scalar(select(func.sum(MonthCount.post_count)))) == 18


def held(post: Post) -> Post:
    found = hold_editable(post.id, admin_of(post))
    assert found
    return found


def admin_of(post: Post) -> User:
    user = db.session.get(User, post.author_id)
    assert user
    return user


def publish(post: Post) -> None:
    posts.publish_post(held(post), by=admin_of(post), at=clock.now(), now=clock.now())


def test_due_posts_are_counted_once_by_many_at_once(app: Blog, make: Factory) -> None:
    author = make.user("author")
    soon = clock.now() + timedelta(hours=1)
    for _ in range(5):
        make.post(author=author, state="scheduled", at=soon, tags=["ink"])

    at_once(4, lambda _: make.act(lambda: count_due(soon)))

    assert make.read(lambda: wrong_counts(soon)) == []
    assert make.fresh(author).post_count == 5


def test_posts_with_one_title_get_addresses_of_their_own(app: Blog, make: Factory) -> None:
    authors = [make.user("author") for _ in range(4)]
    draft = Draft(Text(title="The same", body="x"), render_post("x"))

    def write(number: int) -> str:
        def create() -> Post:
            user = db.session.get(User, authors[number].id)
            return posts.create_post(user, draft, creation_key=None, now=clock.now())

        return make.act(create).slug

    slugs = at_once(4, write)

    assert sorted(slugs) == ["the-same", "the-same-2", "the-same-3", "the-same-4"]


# One wins, the other is told


def test_of_two_who_want_one_name_one_gets_it_and_the_other_is_told(app: Blog, make: Factory) -> None:
    browsers = [Browser(app), Browser(app)]
    for round_ in range(4):
        for browser in browsers:
            browser.client.delete_cookie("session", domain="127.0.0.1")
            browser.client.delete_cookie("state", domain="127.0.0.1")
            browser.get("/register")

        def register(number: int, name: str = f"Grace{round_}") -> tuple[int, str]:
            fields = {"username": name, "email": f"{name}{number}@example.org", "password": PASSWORD}
            page = browsers[number].submit("/register", follow=False, **fields)
            return page.status, page.errors() if page.status == 422 else ""

        answers = at_once(2, register)

        assert sorted(answers) == [(303, ""), (422, "Somebody has this name. Choose another one.")]
        assert (
            make.read(
                lambda name=f"grace{round_}": db.session.scalar(
                    select(func.count(User.id)).where(User.username_key == name)
                )
            )
            == 1
        )


def test_of_two_admins_who_demote_each_other_one_stays(app: Blog, make: Factory) -> None:
    admins = [make.user("admin"), make.user("admin")]

    def demote(number: int) -> str:
        def act() -> None:
            me, other = (db.session.get(User, admins[index].id) for index in (number, 1 - number))
            auth.change_role(other, Role.READER, by=me)

        try:
            make.act(act)
        except (LastAdmin, NotAllowed) as refusal:
            return type(refusal).__name__
        return "done"

    results = at_once(2, demote)

    assert results.count("done") == 1
    assert make.read(lambda: db.session.scalar(select(func.count(User.id)).where(User.role == Role.ADMIN))) == 1


# Waiting


@pytest.fixture
def short_wait(app: Blog, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Writers wait less for their turn."""
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_MS", SHORT_WAIT_MS)
    with app.app_context():
        db.engine.dispose()
    yield
    monkeypatch.undo()
    with app.app_context():
        db.engine.dispose()


@contextmanager
def held_by_another(app: Blog, statement: str) -> Iterator[None]:
    """Somebody else is in the middle of writing, and does not finish."""
    with app.app_context():
        engine = db.engine.execution_options(writing=True)
    with engine.connect() as connection:  # outside of the context, which a request in this thread would share
        connection.detach()
        connection.execute(text(statement))
        yield
        connection.rollback()


def test_who_waits_too_long_gets_their_text_back_and_readers_notice_nothing(
    app: Blog, make: Factory, short_wait: None
) -> None:
    reader, post = make.user(), make.post("A post")
    writer, visitor = Browser(app).sign_in(reader), Browser(app)
    writer.get(f"/posts/{post.slug}")
    seen: list[int] = []
    began = time.monotonic()

    with held_by_another(app, f"UPDATE posts SET comment_count = comment_count WHERE id = {post.id}"):
        waiting = threading.Thread(target=lambda: writer.submit("/comments", follow=False, body=TEXT))
        waiting.start()
        while waiting.is_alive():
            seen.append(visitor.get(f"/posts/{post.slug}").status)
        waiting.join()
    seconds = time.monotonic() - began
    page = writer.page

    assert page is not None
    assert page.status == 503
    assert page.response.headers["Retry-After"] == "10"
    assert TEXT in page.text
    assert set(seen) == {200}
    assert SHORT_WAIT_MS / 1000 <= seconds < 5
    assert make.fresh(post).comment_count == 0
    again = writer.submit("/comments")
    assert again.status == 200
    assert "of an hour" in again.text
    assert make.fresh(post).comment_count == 1


def test_who_waits_briefly_is_served(app: Blog, make: Factory) -> None:
    reader, post = make.user(), make.post()
    writer = Browser(app).sign_in(reader)
    writer.get(f"/posts/{post.slug}")
    release = threading.Event()

    def hold() -> None:
        with held_by_another(app, f"UPDATE posts SET comment_count = comment_count WHERE id = {post.id}"):
            release.set()
            threading.Event().wait(0.5)

    other = threading.Thread(target=hold)
    other.start()
    release.wait()
    page = writer.submit("/comments", follow=False, body="Patience.")
    other.join()

    assert page.status == 303


def test_many_who_wait_leave_the_pages_to_those_who_read(
    app: Blog, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, member = make.post(), make.user()
    browser = Browser(app).sign_in(member)
    long_ago = clock.now() - timedelta(hours=1)
    make.act(lambda: db.session.execute(update(UserSession).values(last_seen_at=long_ago)))
    monkeypatch.setattr(connections, "BUSY_TIMEOUT_MS", 4_000)
    refused: list[bool] = []

    def wait() -> None:
        with app.app_context():
            try:
                begin_write()
            except OperationalError:
                refused.append(True)
            db.session.rollback()

    waiting = [threading.Thread(target=wait) for _ in range(30)]
    with held_by_another(app, f"UPDATE posts SET comment_count = comment_count WHERE id = {post.id}"):
        for thread in waiting:
            thread.start()
        began = time.monotonic()
        pages = [Browser(app).get("/"), browser.get("/account/"), browser.get(f"/posts/{post.slug}")]
        seconds = time.monotonic() - began
    for thread in waiting:
        thread.join()

    assert [page.status for page in pages] == [200, 200, 200]
    assert seconds < 2
    assert not refused
    assert make.read(lambda: db.session.scalars(select(UserSession)).one().last_seen_at) == long_ago
    assert browser.get("/account/").status == 200
    assert make.read(lambda: db.session.scalars(select(UserSession)).one().last_seen_at) > long_ago


# A commit that fails


@contextmanager
def failing_commit(app: Blog, kind: str) -> Iterator[None]:
    """The next commit of a request fails in the database itself."""
    with app.app_context():
        engine = db.engine

    def break_it(session: Session) -> None:
        connection = session.connection()
        if kind == "sqlite":  # a broken reference that is looked at when the transaction ends
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            connection.exec_driver_sql("INSERT INTO old_slugs (slug, post_id) VALUES ('x', 999999)")
            return
        with engine.connect() as other:
            if kind == "postgresql":
                pid = connection.scalar(text("SELECT pg_backend_pid()"))
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            else:
                pid = connection.scalar(text("SELECT CONNECTION_ID()"))
                other.exec_driver_sql(f"KILL {pid}")

    event.listen(db.session, "before_commit", break_it)
    try:
        yield
    finally:
        event.remove(db.session, "before_commit", break_it)


def test_a_commit_that_fails_is_told_and_leaves_no_cookie(app: Blog, kind: str, make: Factory) -> None:
    user, browser = make.user(), Browser(app)
    browser.get("/login")

    with failing_commit(app, kind):
        page = browser.submit("/login", follow=False, login=user.username, password=PASSWORD)

    assert page.status == 503
    assert "Set-Cookie" not in page.response.headers
    assert browser.cookie("session") is None
    assert PASSWORD not in page.html
    assert make.read(lambda: db.session.scalar(select(func.count(UserSession.id)))) == 0
    assert browser.sign_in(user).get("/account/").status == 200


def test_what_follows_a_commit_does_not_follow_one_that_failed(app: Blog, kind: str, make: Factory) -> None:
    make.user()
    followed: list[str] = []

    def write() -> None:
        begin_write()
        db.session.add(Setting(name="a", value=1))
        on_commit(lambda: followed.append("effect"))

    with app.test_request_context("/login", method="POST", base_url=app.config["BASE_URL"]):
        with failing_commit(app, kind), pytest.raises(DBAPIError):
            in_one_transaction(lambda: (write(), app.make_response("done"))[1])  # type: ignore[func-returns-value]
        with transaction():
            db.session.add(Setting(name="b", value=1))
    assert followed == []
    assert make.read(lambda: db.session.get(Setting, "a")) is None


def test_an_effect_that_fails_leaves_the_change_and_the_effects_after_it(app: Blog) -> None:
    followed: list[str] = []

    with app.app_context(), transaction():
        db.session.add(Setting(name="a", value=1))
        on_commit(lambda: followed.append(str(1 // 0)))
        on_commit(lambda: followed.append("effect"))

    with app.app_context():
        assert db.session.get(Setting, "a") is not None
    assert followed == ["effect"]
