"""The trash: what is in it goes for good after 30 days, with all that belongs to it, and never what came back."""

from datetime import timedelta

from sqlalchemy import delete, func, select

from blog import clock
from blog.auth.models import User
from blog.comments.models import Comment
from blog.db import db
from blog.posts import counts, operations, trash
from blog.posts.models import KEPT_IN_TRASH, OldSlug, Post, PostLink, post_pictures
from blog.posts.revisions.models import Revision
from blog.posts.search import index_gaps
from blog.site.models import AuditEvent
from tests.browser_like import Browser
from tests.media.pictures import encoded, photo, stored
from tests.together import at_once

LONG_AGO = KEPT_IN_TRASH + timedelta(minutes=1)


def put_away(make, post, ago):
    """Move a post to the trash, as if that had been done some time ago."""

    def act():
        row = db.session.get(Post, post.id)
        operations.trash_post(row, by=db.session.get(User, row.author_id), now=clock.now() - ago)

    make.act(act)


def empty(app):
    """What the worker does every hour."""
    with app.app_context():
        trash.empty_trash({})


def rows_of(make, post):
    """How many rows of anything there are of a post."""
    columns = [Revision.post_id, Comment.post_id, OldSlug.post_id, PostLink.from_post_id, PostLink.to_post_id]
    columns.append(post_pictures.c.post_id)
    return make.read(lambda: [db.session.scalar(select(func.count()).where(column == post.id)) for column in columns])


def test_a_post_goes_with_everything_that_belongs_to_it(app, make):
    ines = make.user("author", username="ines")
    browser = Browser(app).sign_in(ines)
    media = stored(make, encoded(photo(60, 40)), uploader=ines)
    other = make.post("Other", author=ines)
    post = make.post("Old bread", f"![Bread](/media/{media.name}) and [[Other]]", author=ines, tags=["Bread"])
    make.comment(post)
    browser.get(f"/write/{post.id}")
    browser.submit(f"/write/{post.id}", slug="another-address")
    assert rows_of(make, post)[:4] != [0] * 4
    put_away(make, post, LONG_AGO)
    used = browser.get(f"/write/media/{media.id}").text

    empty(app)

    assert make.fresh(post) is None
    assert rows_of(make, post) == [0] * 6
    assert "Old bread" in used
    assert "Old bread" not in browser.get(f"/write/media/{media.id}").text
    assert browser.get("/posts/old-bread").status == browser.get("/posts/another-address").status == 404
    assert make.fresh(other) is not None
    assert make.read(lambda: counts.wrong_counts(clock.now())) == []
    assert make.read(index_gaps).strays == []
    event = make.read(lambda: db.session.scalars(select(AuditEvent).where(AuditEvent.event == "post_deleted")).one())
    assert (event.subject_label, event.details) == ("Old bread", {"reason": "trash emptied"})


def test_only_what_was_in_the_trash_for_long_goes(app, make):
    fresh, live, draft = make.post("Fresh"), make.post("Live"), make.post("Draft", state="draft")
    put_away(make, fresh, KEPT_IN_TRASH - timedelta(minutes=1))

    empty(app)

    assert all(make.fresh(post) is not None for post in (fresh, live, draft))


def test_what_was_restored_and_put_away_again_has_its_days_anew(app, make):
    post = make.post("Twice")
    put_away(make, post, LONG_AGO)
    author = make.read(lambda: db.session.get(User, post.author_id))
    make.act(
        lambda: operations.restore_post(db.session.get(Post, post.id), by=db.session.merge(author), now=clock.now())
    )
    put_away(make, post, timedelta())

    empty(app)

    assert make.fresh(post) is not None


def test_a_full_trash_is_emptied_in_batches(app, make, monkeypatch):
    monkeypatch.setattr(trash, "BATCH", 2)
    ines = make.user("author")
    for number in range(5):
        put_away(make, make.post(f"Old {number}", author=ines), LONG_AGO)
    sizes = []
    whole = operations.empty_trash

    def noted(**more):
        sizes.append(whole(**more))
        return sizes[-1]

    monkeypatch.setattr(operations, "empty_trash", noted)
    empty(app)

    assert sizes == [2, 2, 1]
    assert make.read(lambda: db.session.scalar(select(func.count()).select_from(Post))) == 0


def test_the_list_says_when_each_will_be_gone_and_the_links_to_it_are_words(app, make):
    make.settings(time_zone="UTC")
    ines = make.user("author", username="ines")
    post = make.post("Old bread", author=ines)
    put_away(make, post, timedelta(days=10))
    gone = make.fresh(post).gone_at

    page = Browser(app).sign_in(ines).get("/write/trash")

    assert f"gone on {gone.day} {gone:%b %Y}" in page.text
    assert timedelta(days=19) < gone - clock.now() < timedelta(days=21)


def test_a_post_restored_while_the_trash_is_emptied_is_never_deleted(app, make):
    """Whoever comes second sees what the first did: what was restored stays, what is gone is not found."""
    ines = make.user("author", username="ines")
    browser = Browser(app).sign_in(ines)
    outcomes = set()
    for number in range(12):
        post = make.post(f"Old {number}", author=ines)
        put_away(make, post, LONG_AGO)
        browser.get(f"/write/{post.id}")
        token = browser.page.all("input", name="csrf_token")[0].get("value")

        def race(which, post=post, token=token):
            if which:
                return empty(app)
            copy = Browser(app)
            copy.client.set_cookie("session", browser.cookie("session"), domain="127.0.0.1")
            copy.client.set_cookie("state", browser.cookie("state") or "", domain="127.0.0.1")
            return copy.post(f"/write/{post.id}/restoration", {"csrf_token": token}).status

        status, _ = at_once(2, race)
        left = make.fresh(post)
        outcomes.add(status)
        assert (status, left.status.value if left else None) in [(303, "draft"), (404, None)]

    assert outcomes


def test_the_number_of_a_post_that_is_gone_is_never_anothers(app, make):
    gone = make.post("Old", state="draft")
    make.act(lambda: db.session.execute(delete(Post).where(Post.id == gone.id)) and None)

    assert make.post("New", state="draft").id > gone.id
