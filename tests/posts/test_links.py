"""`[[Links]]` between posts: bound to a post, not to its name; shown only as far as readers may see it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from blog import clock
from blog.auth.models import User
from blog.db import db
from blog.jobs import Job, Worker
from blog.posts import operations
from blog.posts.linking import targets_of
from blog.posts.models import Post, PostLink
from blog.posts.renewal import render_posts
from tests.browser_like import Browser


@pytest.fixture
def ines(make):
    return make.user("author", username="ines")


@pytest.fixture
def desk(app, ines):
    """Her browser."""
    return Browser(app).sign_in(ines)


@pytest.fixture
def write(desk, make):
    """Writes and publishes a post in the editor; the post."""

    def written(title, body):
        desk.get("/write/new")
        desk.submit("/write/new", via="/write/new/publication", title=title, body=body)
        return make.read(lambda: db.session.scalar(select(Post).where(Post.title == title)))

    return written


@pytest.fixture
def act(make, ines):
    """Does something to a post as its author."""

    def done(operation, post, **how):
        make.act(
            lambda: operation(db.session.get(Post, post.id), by=db.session.get(User, ines.id), now=clock.now(), **how)
        )

    return done


@pytest.fixture
def work(app):
    """Does the jobs."""
    return Worker(app).work_off


def links(make):
    return make.read(
        lambda: [(one.name, one.from_post_id, one.to_post_id) for one in db.session.scalars(select(PostLink))]
    )


def html(make, post):
    return make.fresh(post).body_html


def test_a_post_is_linked_by_its_title_its_slug_and_other_words(make, write, ines):
    iron = make.post("Iron & rivets", author=ines)

    post = write("Bridges", "[[Iron & rivets]], [[iron-rivets]], [[iron-rivets|that one]], [[ iron ]], [[IRON rivets]]")

    link = '<a href="/posts/iron-rivets">'
    assert html(make, post) == (
        f"<p>{link}Iron &amp; rivets</a>, {link}Iron &amp; rivets</a>, {link}that one</a>, [[ iron ]], {link}Iron &amp; rivets</a></p>"
    )
    assert {target for _name, _from, target in links(make)} == {iron.id}


def test_a_renamed_and_moved_post_is_still_linked_and_shown_by_its_new_name(desk, make, write, work, ines):
    iron = make.post("Iron", author=ines)
    post = write("Bridges", "See [[Iron]] and [[iron|it]].")

    desk.get(f"/write/{iron.id}")
    desk.submit(f"/write/{iron.id}", title="Steel", slug="steel")
    work()

    assert html(make, post) == '<p>See <a href="/posts/steel">Steel</a> and <a href="/posts/steel">it</a>.</p>'
    assert make.fresh(post).body == "See [[Iron]] and [[iron|it]]."
    desk.get(f"/write/{post.id}")
    desk.submit(f"/write/{post.id}", body="Look at [[Iron]].")
    assert html(make, post) == '<p>Look at <a href="/posts/steel">Steel</a>.</p>'


def test_of_a_post_that_readers_cannot_see_only_the_words_are_shown(make, write, act, work, ines):
    secret = make.post("Secret plan", author=ines, state="draft")

    post = write("Bridges", "[[secret-plan]] and [[secret-plan|soon more]]")

    assert html(make, post) == "<p>secret-plan and soon more</p>"
    act(operations.publish_post, secret, at=clock.now())
    work()
    assert html(make, post).count('<a href="/posts/secret-plan">') == 2
    act(operations.unpublish_post, secret)
    work()
    assert html(make, post) == "<p>secret-plan and soon more</p>"


@pytest.mark.parametrize("away", [operations.unpublish_post, operations.trash_post])
def test_the_title_of_a_post_that_went_away_goes_with_it(make, write, act, work, visitor, ines, away):
    plan = make.post("The plan that failed", author=ines, slug="plan")
    write("Bridges", "As in [[plan]].")

    act(away, plan)
    work()

    assert "The plan that failed" not in visitor.get("/posts/bridges").text


def test_a_link_to_a_scheduled_post_appears_with_it(make, write, work, monkeypatch, ines):
    hour = clock.now() + timedelta(hours=2)
    make.post("Later", author=ines, state="scheduled", at=hour)
    post = write("Bridges", "[[Later|soon]]")
    work()
    assert html(make, post) == "<p>soon</p>"

    monkeypatch.setattr(clock, "now", lambda: hour + timedelta(minutes=1))
    work()

    assert html(make, post) == '<p><a href="/posts/later">soon</a></p>'


def test_a_post_linked_before_it_is_scheduled_is_linked_at_its_hour(make, write, act, work, monkeypatch, ines):
    draft = make.post("Later", author=ines, state="draft")
    post = write("Bridges", "[[Later|soon]]")
    hour = clock.now() + timedelta(hours=2)
    act(operations.publish_post, draft, at=hour)
    work()

    monkeypatch.setattr(clock, "now", lambda: hour + timedelta(minutes=1))
    work()

    assert "<a href" in html(make, post)


def test_the_posts_of_somebody_who_leaves_are_linked_no_more(make, write, work):
    gone = make.user("author")
    make.post("Theirs", author=gone, body="[[Bridges]]")
    post = write("Bridges", "[[Theirs|them]]")
    assert "<a" in html(make, post)

    make.act(lambda: operations.remove_posts_of(db.session.get(User, gone.id)))
    work()

    assert html(make, post) == "<p>them</p>"
    assert links(make) == []


def test_names_that_are_no_posts_are_words_and_are_told(desk, make, ines):
    desk.get("/write/new")

    page = desk.submit("/write/new", title="T", body="[[Nobody knows]] `[[code]]` and [[x]](/y)")

    assert "no post is called so: Nobody knows." in page.text
    assert html(make, make.read(lambda: db.session.scalar(select(Post)))).startswith("<p>Nobody knows <code>")


def test_drafts_of_others_cannot_be_found_by_guessing(desk, make):
    make.post("Merger in May", state="draft")
    desk.get("/write/new")

    page = desk.submit("/write/new", title="T", body="[[Merger in May]]")

    assert "no post is called so: Merger in May" in page.text
    assert links(make) == []


def test_what_is_no_longer_linked_is_forgotten_and_a_second_save_changes_nothing(desk, make, write, ines):
    make.post("Iron", author=ines)
    make.post("Wood", author=ines)
    post = write("Bridges", "[[Iron]] [[Wood]]")
    before = links(make)
    desk.get(f"/write/{post.id}")
    desk.submit(f"/write/{post.id}", tags="Spans")
    assert links(make) == before

    desk.submit(f"/write/{post.id}", body="[[Wood]]")

    assert [name for name, _from, _to in links(make)] == ["wood"]


def test_a_change_that_readers_do_not_see_makes_no_job(desk, make, write, ines):
    iron = make.post("Iron", author=ines)
    make.post("Lonely", author=ines)
    write("Bridges", "[[Iron]]")

    desk.get(f"/write/{iron.id}")
    desk.submit(f"/write/{iron.id}", body="Other words.", tags="Metal")

    assert make.read(lambda: db.session.scalar(select(Job.id).where(Job.kind == "posts.links"))) is None


def test_an_address_of_before_still_finds_the_post(desk, make, write, ines):
    iron = make.post("Iron", author=ines)
    desk.get(f"/write/{iron.id}")
    desk.submit(f"/write/{iron.id}", title="Steel", slug="steel")

    post = write("Bridges", "[[iron]]")

    assert html(make, post) == '<p><a href="/posts/steel">Steel</a></p>'


def test_of_two_posts_of_one_title_the_newest_is_meant(make, write, ines):
    now = clock.now()
    make.post("Notes", author=ines, at=now - timedelta(days=1), slug="b")
    newest = make.post("Notes", author=ines, at=now - timedelta(hours=1), slug="a")
    make.post("Notes", author=ines, state="draft", slug="c")

    write("Bridges", "[[Notes|n]]")

    assert [target for _name, _from, target in links(make)] == [newest.id]


def test_a_post_that_changed_while_another_was_rendered_is_rendered_again(make, write, act, work, ines, app):
    iron = make.post("Iron", author=ines)
    post = write("Bridges", "[[Iron]]")

    def rename_meanwhile(*arguments, **more):
        found = targets_of(*arguments, **more)
        make.act(lambda: setattr(db.session.get(Post, iron.id), "title", "Steel"))
        return found

    with pytest.MonkeyPatch.context() as patched, app.app_context():
        patched.setattr("blog.posts.renewal.targets_of", rename_meanwhile)
        list(render_posts([post.id]))
    work()

    assert html(make, post) == '<p><a href="/posts/iron">Steel</a></p>'


def test_a_text_has_the_same_links_after_it_is_rendered_anew(app, make, write, ines):
    make.post("Iron", author=ines)
    post = write("Bridges", "[[Iron]]")
    before = html(make, post)

    with app.app_context():
        list(render_posts([post.id]))

    assert html(make, post) == before


def test_asking_for_many_names_takes_as_many_queries_as_for_one(make, ines, app, count_queries):
    with app.app_context():
        user = db.session.get(User, ines.id)
        counted = []
        for body in ("[[a1]]", " ".join(f"[[a{number}]]" for number in range(600))):
            with count_queries() as queries:
                targets_of(body, post_id=1, user=user, now=clock.now())
            counted.append(len(queries))

    assert counted[0] == counted[1] <= 4
