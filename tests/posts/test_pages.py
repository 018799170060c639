"""Pages: what stands by itself, at an address of its own, without date and comments."""

import pytest
from sqlalchemy import select

from blog import clock
from blog.auth.models import User
from blog.auth.policies import NotAllowed
from blog.db import db
from blog.posts import operations
from blog.posts.counts import wrong_counts
from blog.posts.models import Post, Visibility
from tests.browser_like import Browser
from tests.posts.test_preview_links import give_out


@pytest.fixture
def ida(make):
    return make.user("editor", "ida")


@pytest.fixture
def editor(app, ida):
    return Browser(app).sign_in(ida)


@pytest.fixture
def about(make, ida):
    return make.post("About", "Who we are.", slug="about", author=ida, visibility=Visibility.PAGE, tags=["Us"])


def choices(page) -> list[str]:
    return [one.get("value") for one in page.all("input", name="visibility")]


def test_a_page_stands_by_itself_without_date_author_and_comments(visitor, about):
    page = visitor.get("/pages/about")

    assert page.status == 200
    assert "Who we are." in page.text
    assert not page.all("time")
    assert "omment" not in page.text
    assert page.one("link", rel="canonical").get("href").endswith("/pages/about")
    assert not page.all("meta", name="robots"), "machines may keep it"


def test_no_list_feed_or_count_has_it(visitor, make, about, ida):
    for path in ("/", "/archive/", "/tags/", "/authors/ida", "/search?q=who"):
        assert "About" not in visitor.get(path).text, path
    assert "About" not in visitor.get("/feed.xml").html
    assert visitor.get("/tags/us").status == 404
    assert make.fresh(ida).post_count == 0
    assert make.read(lambda: wrong_counts(clock.now())) == []


def test_pages_and_posts_lead_to_one_another(visitor, make, about):
    make.post("A post", slug="a-post")

    assert (visitor.get("/posts/about").status, visitor.page.location) == (301, "/pages/about")
    assert (visitor.get("/pages/a-post").status, visitor.page.location) == (301, "/posts/a-post")
    assert visitor.get("/pages/nothing").status == 404


@pytest.mark.parametrize("state", ["draft", "scheduled", "trashed"])
def test_a_page_that_is_not_published_is_not_there(visitor, make, ida, state):
    make.post("Soon", slug="soon", author=ida, visibility=Visibility.PAGE, state=state)

    assert [visitor.get(path).status for path in ("/pages/soon", "/posts/soon")] == [404, 404]


def test_nobody_can_comment_on_it(app, make, about):
    reader = Browser(app).sign_in(make.user())
    token = reader.get("/account/").all("input", name="csrf_token")[0].get("value")

    answer = reader.post("/posts/about/comments", {"csrf_token": token, "body": "Hello"})

    assert answer.status in (403, 404, 409, 422)
    assert make.fresh(about).comment_count == 0


def test_an_editor_makes_a_page_of_a_post_and_a_post_of_it_again(editor, visitor, make, ida):
    post = make.post("Us", slug="us", author=ida)
    editor.get(f"/write/{post.id}")
    editor.submit(f"/write/{post.id}", visibility="page")
    as_page = visitor.get("/pages/us").status

    editor.get(f"/write/{post.id}")
    editor.submit(f"/write/{post.id}", visibility="public")

    assert as_page == 200
    assert visitor.get("/posts/us").status == 200
    assert make.fresh(ida).post_count == 1


def test_an_author_makes_no_pages(app, make):
    ada = make.user("author", "ada")
    post = make.post("Mine", author=ada)
    browser = Browser(app).sign_in(ada)
    offered = choices(browser.get(f"/write/{post.id}"))

    page = browser.submit(f"/write/{post.id}", visibility="page")

    assert "page" not in offered
    assert page.status == 422
    assert make.fresh(post).visibility is Visibility.PUBLIC


def test_an_author_writes_on_at_their_page_but_it_stays_one(app, make, editor):
    ada = make.user("author", "ada")
    post = make.post("Mine", slug="mine", author=ada)
    editor.get(f"/write/{post.id}")
    editor.submit(f"/write/{post.id}", visibility="page")
    browser = Browser(app).sign_in(ada)
    offered = choices(browser.get(f"/write/{post.id}"))

    browser.submit(f"/write/{post.id}", title="Ours")

    assert offered == ["page"]
    assert (make.fresh(post).title, make.fresh(post).visibility) == ("Ours", Visibility.PAGE)


@pytest.mark.parametrize(("before", "after"), [("public", "page"), ("page", "public")])
def test_the_operation_refuses_who_makes_no_pages(make, before, after):
    ada = make.user("author")
    post = make.post("Mine", author=ada)
    make.act(lambda: setattr(db.session.get(Post, post.id), "visibility", Visibility(before)))

    def change() -> None:
        by = db.session.get(User, ada.id)
        operations.change_visibility(db.session.get(Post, post.id), Visibility(after), by=by, now=clock.now())

    with pytest.raises(NotAllowed):
        make.act(change)


def test_who_may_edit_a_page_finds_the_way_to_the_editor(editor, visitor, about):
    assert f"/write/{about.id}" in editor.get("/pages/about").links()
    assert f"/write/{about.id}" not in visitor.get("/pages/about").links()


def test_a_page_is_linked_to_by_its_name_at_its_own_address(app, make, visitor, about):
    writer = Browser(app).sign_in(make.user("author"))
    writer.get("/write/new")

    writer.submit("/write/new", via="/write/new/publication", title="Who is this?", body="See [[About]].")

    link = visitor.get("/posts/who-is-this").one("a", href="/pages/about")
    assert link.text == "About"


@pytest.mark.parametrize("state", ["draft", "published"])
def test_its_preview_is_that_of_a_page(make, editor, ida, state):
    about = make.post("About", "Who we are.", author=ida, state=state, visibility="page", tags=["Us"])

    page = editor.get(f"/write/{about.id}/preview")

    assert "Who we are." in page.text
    assert stands_by_itself(page.one("article"))


@pytest.mark.parametrize(("chosen", "is_page"), [("page", True), ("public", False)])
def test_a_preview_of_what_is_typed_goes_by_what_is_chosen(make, editor, ida, chosen, is_page):
    post = make.post("About", author=ida, visibility="public" if is_page else "page")
    editor.get(f"/write/{post.id}")

    page = editor.submit(
        f"/write/{post.id}", via=f"/write/{post.id}/preview", visibility=chosen, title="Typed", body="Some more."
    )

    assert "Some more." in page.text
    assert stands_by_itself(page.one("article")) is is_page


def test_the_preview_beside_the_text_is_that_of_a_page(make, editor):
    token = editor.get("/write/new").all("input", name="csrf_token")[0].get("value")
    typed = {"csrf_token": token, "title": "Typed", "body": "Some more.", "visibility": "page"}

    said = editor.post("/write/preview", typed, headers={"Accept": "application/json"}).response.get_json()

    assert said["html"].lstrip().startswith("<article")
    assert "Some more." in said["html"]
    assert "<time" not in said["html"]
    assert "ida" not in said["html"].casefold()


def test_who_has_a_preview_link_sees_a_page_too(app, make, editor, visitor, ida):
    about = make.post("About", "Who we are.", author=ida, visibility="page")
    path = give_out(editor, about)
    whole = stands_by_itself(visitor.get(path).one("article"))
    editor.get(f"/write/{about.id}")
    editor.submit(f"/write/{about.id}", via=f"/write/{about.id}/autosave", follow=False, body="Who we will be.")

    changed = visitor.get(path)

    assert whole
    assert "Who we will be." in changed.text
    assert stands_by_itself(changed.one("article"))


def stands_by_itself(article) -> bool:
    """True without date, author and tags."""
    words = " ".join(article.itertext())
    return not [one for one in article.iter() if str(one.tag).endswith("}time")] and "ida" not in words.casefold()


def test_new_page_begins_a_page(make, editor):
    link = next(one.get("href") for one in editor.get("/write/").all("a") if "".join(one.itertext()) == "New page")
    page = editor.get(link)

    chosen = [one.get("value") for one in page.all("input", name="visibility") if one.get("checked") is not None]
    editor.submit("/write/new", title="Imprint", body="Who answers for this.")

    assert chosen == ["page"]
    (post,) = make.read(lambda: db.session.scalars(select(Post)).all())
    assert (post.title, post.visibility) == ("Imprint", Visibility.PAGE)


def test_a_new_post_is_for_everybody_and_authors_begin_no_pages(app, make, editor):
    author = Browser(app).sign_in(make.user("author"))

    for page in (
        editor.get("/write/new"),
        author.get("/write/new?visibility=page"),
        editor.get("/write/new?visibility=x"),
    ):
        checked = [one.get("value") for one in page.all("input", name="visibility") if one.get("checked") is not None]
        assert checked == ["public"]
    assert "New page" not in author.get("/write/").text
