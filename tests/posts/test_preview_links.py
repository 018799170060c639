"""Preview links: who has one reads the post as it is worked on, until it is taken back or over."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from blog import clock
from blog.auth.models import User
from blog.db import db
from blog.posts.models import Post
from blog.posts.preview_links import operations
from blog.posts.preview_links.models import LINKS_PER_POST, PreviewLink
from blog.posts.preview_links.views import forget_preview_links
from tests.browser_like import Browser
from tests.posts.test_particulars import picture_of


@pytest.fixture
def ines(make):
    return make.user("author", username="ines")


@pytest.fixture
def author(app, ines):
    """Her browser."""
    return Browser(app).sign_in(ines)


def give_out(author, post, label="Aunt Rosa", **fields):
    """The path of a new link."""
    author.get(f"/write/{post.id}/links")
    page = author.submit(f"/write/{post.id}/links", label=label, **fields)
    return "/preview/" + page.one("input", id="preview-link").get("value").rpartition("/")[2]


def link(make, post, by, *, days=7, ago=timedelta(0)):
    """A link that was made some time ago."""
    made = make.act(
        lambda: operations.create_link(
            db.session.get(Post, post.id), label="X", days=days, by=db.session.get(User, by.id), now=clock.now() - ago
        )
    )
    return f"/preview/{made}"


@pytest.mark.parametrize("state", ["draft", "scheduled", "published"])
def test_who_has_the_link_reads_the_post_without_an_account(make, ines, author, visitor, state):
    post = make.post("A draft", "Not out yet.", author=ines, state=state, tags=["Secret"], visibility="private")

    page = visitor.get(give_out(author, post))

    assert page.status == 200
    assert "Not out yet." in page.text
    assert "The link works until" in page.text
    assert "/tags/secret" not in page.html
    assert "comment-form" not in page.html


def test_it_shows_changes_that_readers_do_not_see_yet(make, ines, author, visitor):
    post = make.post("Out", "As published.", author=ines)
    author.get(f"/write/{post.id}")
    author.submit(f"/write/{post.id}", via=f"/write/{post.id}/autosave", follow=False, body="As it *will* be.")

    page = visitor.get(give_out(author, post))

    assert "As it will be." in page.text
    assert "As published." in visitor.get("/posts/out").text


def test_it_shows_the_picture_that_is_worked_on(make, ines, author, visitor):
    shown, chosen = (picture_of(make, ines, size=(size, 40)) for size in (61, 62))
    post = make.post("Out", author=ines, picture=shown.name)
    author.get(f"/write/{post.id}")
    author.submit(f"/write/{post.id}", via=f"/write/{post.id}/autosave", follow=False, picture=chosen.name)

    page = visitor.get(give_out(author, post))

    assert chosen.name in page.html
    assert shown.name not in page.html


def test_nobody_keeps_the_page_or_tells_its_address(make, ines, author, visitor):
    page = visitor.get(give_out(author, make.post("Draft", author=ines, state="draft")))

    headers = page.response.headers
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert [one.get("content") for one in page.all("meta", name="robots")] == ["noindex"]


@pytest.mark.parametrize(("days", "ago", "works"), [(1, 23, True), (1, 25, False), (7, 167, True), (7, 169, False)])
def test_a_link_works_as_long_as_was_chosen(make, ines, visitor, days, ago, works):
    post = make.post("Draft", author=ines, state="draft")

    page = visitor.get(link(make, post, ines, days=days, ago=timedelta(hours=ago)))

    assert page.status == (200 if works else 404)


def test_a_week_is_what_is_offered_first(make, ines, author):
    give_out(author, make.post("Draft", author=ines, state="draft"))

    made = make.read(lambda: db.session.scalar(select(PreviewLink)))
    assert made.expires_at - made.created_at == timedelta(days=7)


def test_a_link_that_was_taken_back_is_as_if_it_never_was(make, ines, author, visitor):
    post = make.post("Draft", author=ines, state="draft")
    path = give_out(author, post)
    author.get(f"/write/{post.id}/links")

    page = author.submit(re.search(r"/write/\d+/links/\d+/deletion", author.page.html)[0])

    assert "works no more" in page.text
    gone, never = (visitor.get(one) for one in (path, "/preview/" + "x" * 43))
    assert gone.status == never.status == 404
    typed = r' value="[^"]*"'  # the page offers to search for the words of the address
    assert re.sub(typed, "", gone.html) == re.sub(typed, "", never.html)


@pytest.mark.parametrize("change", ["trash", "demote", "deactivate", "hand over"])
def test_a_link_ends_with_the_right_to_give_it(make, ines, visitor, change):
    post, other = make.post("Draft", author=ines, state="draft"), make.user("author")
    path = link(make, post, ines)
    before = visitor.get(path).status

    changes = {
        "trash": lambda: db.session.get(Post, post.id).trash(clock.now()),
        "demote": lambda: db.session.execute(update(User).where(User.id == ines.id).values(role="reader")),
        "deactivate": lambda: db.session.get(User, ines.id).deactivate(clock.now()),
        "hand over": lambda: setattr(db.session.get(Post, post.id), "author_id", other.id),
    }
    make.act(changes[change])

    assert (before, visitor.get(path).status) == (200, 404)


def test_only_the_hash_of_a_link_is_stored_and_it_is_shown_once(make, ines, author):
    post = make.post("Draft", author=ines, state="draft")
    secret = give_out(author, post).rpartition("/")[2]

    stored = make.read(lambda: db.session.execute(select(PreviewLink.__table__)).one())

    assert len(secret) >= 43, "256 bits"
    assert secret not in str(stored)
    assert secret not in author.get(f"/write/{post.id}/links").html


def test_a_post_has_so_many_links_and_no_more(make, ines, author):
    post = make.post("Draft", author=ines, state="draft")
    for _ in range(LINKS_PER_POST - 1):
        link(make, post, ines)
    link(make, post, ines, days=1, ago=timedelta(days=2))  # works no more, so it does not count
    give_out(author, post)

    page = author.submit(f"/write/{post.id}/links", label="One too many")

    assert page.status == 422
    assert "Take one of them back first" in page.text


@pytest.mark.parametrize(("fields", "said"), [({"label": ""}, "Say for whom"), ({"label": "x" * 81}, "at most 80")])
def test_what_is_wrong_is_said_and_what_was_typed_kept(make, ines, author, fields, said):
    post = make.post("Draft", author=ines, state="draft")
    author.get(f"/write/{post.id}/links")

    page = author.submit(f"/write/{post.id}/links", **{"days": "30"} | fields)

    assert page.status == 422
    assert said in page.text
    assert page.one("input", name="days", value="30").get("checked") is not None
    assert make.read(lambda: db.session.scalar(select(PreviewLink))) is None


@pytest.mark.parametrize("days", ["0", "31", "365", "-1", "x"])
def test_a_link_works_for_no_other_time(make, ines, author, days):
    post = make.post("Draft", author=ines, state="draft")
    author.get(f"/write/{post.id}/links")

    assert author.submit(f"/write/{post.id}/links", label="A", days=days).status == 422


def test_no_link_is_made_to_what_is_in_the_trash(make, ines, author):
    post = make.post("Gone", author=ines, state="trashed")
    author.get(f"/write/{post.id}/links")

    assert author.submit(f"/write/{post.id}/links", label="A").status == 422


def test_nobody_takes_back_the_link_of_another_post(make, ines, author):
    mine, theirs = make.post("Mine", author=ines), make.post("Theirs")
    path = link(make, theirs, make.fresh(User(id=theirs.author_id)))
    token = author.get(f"/write/{mine.id}/links").all("input", name="csrf_token")[0].get("value")

    (theirs_id,) = make.read(lambda: db.session.scalars(select(PreviewLink.id)).all())
    author.post(f"/write/{mine.id}/links/{theirs_id}/deletion", {"csrf_token": token})

    assert author.get(path).status == 200


def test_links_that_are_over_are_forgotten(app, make, ines):
    post = make.post("Draft", author=ines, state="draft")
    link(make, post, ines)
    link(make, post, ines, days=1, ago=timedelta(days=2))

    with app.app_context():
        forget_preview_links({})

    assert make.read(lambda: len(db.session.scalars(select(PreviewLink)).all())) == 1
