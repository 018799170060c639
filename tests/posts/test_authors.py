"""Posts that several people write: who they are, what each may do, where their names stand."""

from datetime import timedelta

import feedparser
import pytest

from blog import clock
from blog.auth.models import Role, User
from blog.auth.policies import NotAllowed
from blog.belongings.operations import Farewell, delete_account
from blog.db import db
from blog.markdown import render_post
from blog.posts import operations
from blog.posts.counts import recount_all, wrong_counts
from blog.posts.models import Post
from blog.posts.operations import Draft
from blog.posts.revisions.texts import Text
from tests.browser_like import Browser
from tests.pages.test_my_data import download


@pytest.fixture
def ada(make):
    return make.user("author", "ada", display_name="Ada")


@pytest.fixture
def bob(make):
    return make.user("author", "bob", display_name="Bob")


@pytest.fixture
def cleo(make):
    return make.user("author", "cleo", display_name="Cleo")


@pytest.fixture
def browsers(app, ada, bob, cleo):
    return {user.username: Browser(app).sign_in(user) for user in (ada, bob, cleo)}


def authors_of(make, post: Post) -> list[str]:
    def names() -> list[str]:
        found = db.session.get(Post, post.id)
        return [db.session.get(User, user_id).username for user_id in found.author_ids]

    return make.read(names)


def count_of(make, user: User) -> int:
    return make.fresh(user).post_count


def words(element) -> str:
    return " ".join("".join(element.itertext()).split())


def field(page, name: str):
    return page.one("input", id=name)


def test_all_authors_stand_on_the_post_in_lists_and_in_the_feed(visitor, make, ada, bob, cleo):
    make.post("Together", slug="together", author=ada, co_authors=("cleo", "bob"))

    page = visitor.get("/posts/together")
    home = visitor.get("/")
    feed = feedparser.parse(visitor.get("/feed.xml").html)

    assert words(page.one("span", class_="names")) == words(home.one("span", class_="names")) == "Ada, Cleo and Bob"
    assert [meta.get("content") for meta in page.all("meta", name="author")] == ["Ada", "Cleo", "Bob"]
    assert len(page.all("aside", class_="author-card")) == 3
    assert [author.name for author in feed.entries[0].authors] == ["Ada", "Cleo", "Bob"]


def test_it_is_in_the_lists_and_counts_of_each(visitor, make, ada, bob, cleo):
    make.post("Together", author=ada, co_authors=("bob",))

    for name in ("ada", "bob"):
        page = visitor.get(f"/authors/{name}")
        assert "Together" in page.text
        assert "1 post" in page.text
        assert "Together" in visitor.get(f"/authors/{name}/feed.xml").html
    assert "Together" not in visitor.get("/authors/cleo").text
    assert make.read(lambda: wrong_counts(clock.now())) == []


@pytest.mark.parametrize("state", ["draft", "scheduled", "trashed"])
def test_the_authors_of_what_is_hidden_are_counted_and_shown_nowhere(visitor, make, ada, bob, state):
    make.post("Hidden", author=ada, co_authors=("bob",), state=state)

    assert "Hidden" not in visitor.get("/authors/bob").text
    assert (count_of(make, ada), count_of(make, bob)) == (0, 0)


def test_counts_follow_who_comes_and_goes(browsers, make, ada, bob, cleo):
    post = make.post("Together", author=ada, co_authors=("bob",))

    browsers["ada"].get(f"/write/{post.id}")
    browsers["ada"].submit(f"/write/{post.id}", co_authors="cleo")

    assert [count_of(make, user) for user in (ada, bob, cleo)] == [1, 0, 1]
    assert make.read(lambda: wrong_counts(clock.now())) == []
    make.act(lambda: recount_all(clock.now()))
    assert [count_of(make, user) for user in (ada, bob, cleo)] == [1, 0, 1]


def test_a_wrong_count_of_another_author_is_noticed(make, ada, bob):
    make.post("Together", author=ada, co_authors=("bob",))

    make.act(lambda: setattr(db.session.get(User, bob.id), "post_count", 0))

    wrong = make.read(lambda: wrong_counts(clock.now()))
    assert [(one.of, one.kept, one.counted) for one in wrong] == [("author bob", 0, 1)]


def test_the_author_names_others_in_the_editor_and_they_work_on_it(browsers, visitor, make, ada, bob):
    browsers["ada"].get("/write/new")
    browsers["ada"].submit("/write/new", title="Together", body="Text", co_authors="@Bob, ada,")
    post = make.read(lambda: db.session.scalar(db.select(Post)))

    page = browsers["bob"].get(f"/write/{post.id}")
    browsers["bob"].submit(f"/write/{post.id}", via=f"/write/{post.id}/publication", title="By Bob")

    assert authors_of(make, post) == ["ada", "bob"]
    assert field(page, "co_authors").get("readonly") is not None
    assert "By Bob" in visitor.get("/").text
    assert "Together" in browsers["ada"].get("/write/published").text or "By Bob" in browsers["ada"].page.text
    assert "By Bob" in browsers["bob"].get("/write/published").text


@pytest.mark.parametrize(("role", "name"), [("reader", "rea"), ("author", "gone"), (None, "nobody")])
def test_who_may_not_write_here_is_no_author(app, browsers, make, ada, role, name):
    if role:
        make.user(role, name, **({"deactivated_at": clock.now()} if name == "gone" else {}))
    post = make.post("Mine", author=ada, state="draft")
    browsers["ada"].get(f"/write/{post.id}")

    page = browsers["ada"].submit(f"/write/{post.id}", co_authors=f"bob, {name}")

    assert page.status == 422
    assert f"No author here is called {name}." in page.errors()
    assert field(page, "co_authors").get("value") == f"bob, {name}"
    assert authors_of(make, post) == ["ada"]


def test_too_many_are_refused(browsers, make, ada):
    names = [make.user("author").username for _ in range(10)]
    post = make.post("Mine", author=ada, state="draft")
    browsers["ada"].get(f"/write/{post.id}")

    page = browsers["ada"].submit(f"/write/{post.id}", co_authors=", ".join(names))

    assert page.status == 422
    assert "at most 9" in page.errors()


def test_nobody_adds_themselves_to_the_post_of_another(browsers, make, ada, bob, cleo):
    post = make.post("Mine", author=ada, state="draft")
    browsers["bob"].get("/write/new")
    token = browsers["bob"].page.all("input", name="csrf_token")[0].get("value")
    typed = {"csrf_token": token, "title": "X", "body": "Y", "co_authors": "bob", "edit_number": "1"}

    answers = [browsers["bob"].post(path, typed).status for path in (f"/write/{post.id}", f"/write/{post.id}/autosave")]

    assert answers == [404, 404]
    assert authors_of(make, post) == ["ada"]


@pytest.mark.parametrize("address", ["/write/{id}", "/write/{id}/autosave", "/write/{id}/publication"])
@pytest.mark.parametrize("names", ["", "bob, cleo", "cleo", "nobody"])
def test_another_author_changes_the_text_but_not_the_authors(browsers, make, ada, bob, cleo, address, names):
    post = make.post("Together", author=ada, co_authors=("bob",), state="draft")
    browsers["bob"].get(f"/write/{post.id}")

    browsers["bob"].submit(f"/write/{post.id}", via=address.format(id=post.id), title="Changed", co_authors=names)

    assert authors_of(make, post) == ["ada", "bob"]
    if names != "nobody":
        assert make.fresh(post).title == "Changed"


def test_the_operation_refuses_who_may_not_choose_authors(make, ada, bob):
    post = make.post("Together", author=ada, co_authors=("bob",), state="draft")
    draft = Draft(Text("T", "B", co_authors=("bob", "bob")), render_post("B"))

    def save(operation) -> None:
        found = db.session.get(Post, post.id)
        operation(found, draft, by=db.session.get(User, bob.id), edit_number=found.edit_number, now=clock.now())

    for operation in (operations.save_post, operations.save_pending):
        with pytest.raises(NotAllowed):
            make.act(lambda operation=operation: save(operation))
    assert authors_of(make, post) == ["ada", "bob"]


def test_who_is_taken_off_has_no_access_from_the_next_request_on(browsers, make, ada, bob):
    post = make.post("Together", author=ada, co_authors=("bob",), state="draft")
    comment = make.comment(make.post("Public", author=ada, co_authors=("bob",), slug="public"))
    public = make.read(lambda: db.session.scalar(db.select(Post).where(Post.slug == "public")))
    browsers["bob"].get(f"/write/{post.id}")
    opened = browsers["bob"].page
    for one in (post, public):
        browsers["ada"].get(f"/write/{one.id}")
        browsers["ada"].submit(f"/write/{one.id}", co_authors="")

    browsers["bob"].page = opened
    saved = browsers["bob"].submit(f"/write/{post.id}", title="Still here")
    token = opened.all("input", name="csrf_token")[0].get("value")
    hidden = browsers["bob"].post(f"/comments/{comment.id}/hiding", {"csrf_token": token})

    assert saved.status == 404
    assert browsers["bob"].get(f"/write/{post.id}/preview").status == 404
    assert browsers["bob"].get(f"/write/{post.id}/revisions").status == 404
    assert hidden.status == 403
    assert make.fresh(post).title == "Together"


def test_another_author_who_may_no_longer_write_changes_nothing(app, browsers, make, ada, bob):
    post = make.post("Together", author=ada, co_authors=("bob",), state="draft")
    browsers["bob"].get(f"/write/{post.id}")
    make.act(lambda: setattr(db.session.get(User, bob.id), "role", Role.READER))

    assert browsers["bob"].submit(f"/write/{post.id}", title="Still here").status == 403
    browsers["ada"].get(f"/write/{post.id}")
    page = browsers["ada"].submit(f"/write/{post.id}", title="Goes on")
    assert page.status == 200, "who stands there already keeps nobody from saving"
    assert authors_of(make, post) == ["ada", "bob"]


def test_another_author_moderates_and_receives_its_comments(browsers, visitor, make, ada, bob):
    post = make.post("Together", author=ada, co_authors=("bob",))
    comment = make.comment(post, "Rude.")
    received = browsers["bob"].get("/write/comments")

    browsers["bob"].submit(f"/comments/{comment.id}/hiding")

    assert "Rude." in received.text
    assert "Rude." not in visitor.get(f"/posts/{post.slug}").text


def test_another_author_deletes_nothing_for_good(browsers, make, ada, bob):
    post = make.post("Together", author=ada, co_authors=("bob",), state="trashed")

    def delete(who: User) -> None:
        operations.delete_post(db.session.get(Post, post.id), by=db.session.get(User, who.id))

    with pytest.raises(NotAllowed):
        make.act(lambda: delete(bob))
    make.act(lambda: delete(ada))
    assert make.fresh(post) is None


def test_a_change_of_authors_of_a_published_post_waits_with_the_text(browsers, make, ada, bob):
    post = make.post("Mine", "Some words.", author=ada)
    page = browsers["ada"].get(f"/write/{post.id}")
    typed = {name: field(page, name).get("value") for name in ("edit_number", "editing", "slug")}
    typed |= {
        "csrf_token": page.all("input", name="csrf_token")[0].get("value"),
        "title": "Mine",
        "body": "Some words.",
    }

    browsers["ada"].post(
        f"/write/{post.id}/autosave", typed | {"co_authors": "bob"}, headers={"Accept": "application/json"}
    )

    assert authors_of(make, post) == ["ada"]
    assert browsers["bob"].get(f"/write/{post.id}").status == 404
    assert field(browsers["ada"].get(f"/write/{post.id}"), "co_authors").get("value") == "bob"


def test_an_old_revision_brings_no_author_back(browsers, make, ada, bob):
    post = make.post("Together", author=ada, co_authors=("bob",), state="draft")
    browsers["ada"].get(f"/write/{post.id}")
    browsers["ada"].submit(f"/write/{post.id}", co_authors="", title="Alone")

    changes = browsers["ada"].get(f"/write/{post.id}/revisions/2/changes")
    browsers["ada"].get(f"/write/{post.id}/revisions/1")
    browsers["ada"].submit(f"/write/{post.id}/revisions/1/restoration")

    assert "Other authors [removed: bob ]" in changes.text
    assert make.fresh(post).title == "Together"
    assert authors_of(make, post) == ["ada"]


def test_an_editor_chooses_the_others_but_the_author_stays(app, make, ada, bob):
    post = make.post("Mine", author=ada, state="draft")
    editor = Browser(app).sign_in(make.user("editor"))
    editor.get(f"/write/{post.id}")

    editor.submit(f"/write/{post.id}", co_authors="bob")

    assert authors_of(make, post) == ["ada", "bob"]


@pytest.mark.parametrize("state", ["published", "draft"])
def test_the_heir_of_a_post_that_they_wrote_with_the_one_who_leaves_has_it_once(make, ada, bob, cleo, state):
    together = make.post("Together", author=ada, co_authors=("bob", "cleo"), state=state)
    alone, of_cleo = make.post("Alone", author=ada, state=state), make.post("Hers", author=cleo, co_authors=("ada",))

    def leave() -> None:
        people = {user.username: db.session.get(User, user.id) for user in (ada, bob)}
        delete_account(people["ada"], Farewell(keep_comments=True, heir_id=bob.id), by=people["ada"], now=clock.now())

    make.act(leave)

    assert authors_of(make, together) == ["bob", "cleo"]
    assert authors_of(make, alone) == ["bob"]
    assert authors_of(make, of_cleo) == ["cleo"]
    assert make.read(lambda: wrong_counts(clock.now())) == []


def test_posts_that_are_removed_leave_the_counts_of_all_authors(make, ada, bob):
    make.post("Together", author=ada, co_authors=("bob",))
    make.post("His", author=bob)

    make.act(lambda: operations.remove_posts_of(db.session.get(User, ada.id)))

    assert (count_of(make, ada), count_of(make, bob)) == (0, 1)


def test_a_scheduled_post_counts_for_all_authors_at_its_hour(make, ada, bob):
    now = clock.now()
    make.post("Soon", author=ada, co_authors=("bob",), state="scheduled", at=now + timedelta(hours=1))

    make.act(lambda: operations.publish_post(_first(), by=db.session.get(User, ada.id), at=now, now=now))

    assert (count_of(make, ada), count_of(make, bob)) == (1, 1)


def _first() -> Post:
    return db.session.scalar(db.select(Post))


def test_a_list_asks_once_more_for_all_other_authors(visitor, make, ada, bob, cleo, count_queries):
    for number in range(5):
        make.post(f"Alone {number}", author=ada)
    visitor.get("/")
    with count_queries() as alone:
        visitor.get("/")
    make.post("Together", author=ada, co_authors=("bob",))
    with count_queries() as one:
        visitor.get("/")
    for number in range(5):
        make.post(f"Together {number}", author=ada, co_authors=("bob", "cleo"))

    with count_queries() as many:
        visitor.get("/")

    assert len(many) == len(one) == len(alone) + 1


def test_what_one_wrote_with_others_is_in_ones_archive(app, make, ada, bob):
    post = make.post("Together", slug="together", author=ada, co_authors=("bob",), state="draft")

    _, archive = download(Browser(app).sign_in(bob))

    text = archive.read(f"posts/{post.id}-together.md").decode()
    assert "author: ada\nother_authors:\n- bob\n" in text


def test_more_names_than_may_write_are_refused_before_anybody_is_looked_for(browsers, make, ada, count_queries):
    post = make.post("Mine", author=ada, state="draft")
    browsers["ada"].get(f"/write/{post.id}")

    with count_queries() as queries:
        page = browsers["ada"].submit(f"/write/{post.id}", co_authors=",".join(f"name{n}" for n in range(70_000)))

    assert page.status == 422
    assert "other authors" in page.errors()
    assert not [one for one in queries if "username_key IN" in one]
