"""What belongs to a post beside its text: lead picture, words for search engines, where it stood first."""

import io

import pytest

from blog import clock
from blog.auth.models import User
from blog.db import db
from blog.media.models import Media
from blog.posts.lead_pictures import put_lead_picture
from blog.posts.models import Post
from blog.posts.queries import find_editable
from blog.posts.text import is_web_address
from tests.browser_like import Browser
from tests.media.pictures import encoded, photo, stored


@pytest.fixture
def ines(make):
    return make.user("author", username="ines")


@pytest.fixture
def browser(app, ines):
    return Browser(app).sign_in(ines)


def metas(page):
    """What the head says, by name or property; and where it links to."""
    said = {one.get("name") or one.get("property"): one.get("content") for one in page.all("meta")}
    return said | {one.get("rel"): one.get("href") for one in page.all("link") if one.get("rel") == "canonical"}


def picture_of(make, owner, size=(60, 40), **more):
    return stored(make, encoded(photo(*size)), uploader=owner, **more)


def choose(browser, post, picture):
    """Choose a picture of the page that shows them; the editor follows."""
    page = browser.get(f"/write/{post.id}/picture")
    assert picture in [one.get("value") for one in page.all("input", type="radio")]
    token = page.all("input", name="csrf_token")[0].get("value")
    return browser.post(f"/write/{post.id}/picture", {"csrf_token": token, "picture": picture}, follow=True)


def autosave(browser, post, **fields):
    """What the script sends after a pause in typing: all fields of the editor."""
    page = browser.get(f"/write/{post.id}")
    form = next(form for form in page.all("form") if form.get("data-fields"))
    assert set(fields) - {"editing"} <= set(form.get("data-fields").split())
    return browser.submit(f"/write/{post.id}", via=f"/write/{post.id}/autosave", **fields).response.json


def test_search_engines_get_their_own_words_and_address(make, ines, browser, visitor):
    post = make.post("How I baked bread in an old oven", author=ines)
    browser.get(f"/write/{post.id}")

    browser.submit(
        f"/write/{post.id}",
        search_title="Bread in an old oven",
        search_description="Four loaves & what went wrong.",
        canonical_url="https://example.org/bread?a=1&b=2",
    )
    page = visitor.get(f"/posts/{post.slug}")

    said = metas(page)
    assert "".join(page.one("title").itertext()) == "Bread in an old oven"
    assert "".join(page.one("h1").itertext()) == "How I baked bread in an old oven"
    assert said["description"] == said["og:description"] == "Four loaves & what went wrong."
    assert said["og:title"] == "Bread in an old oven"
    assert said["canonical"] == said["og:url"] == "https://example.org/bread?a=1&b=2"
    assert said["twitter:card"] == "summary"


def test_without_them_a_post_speaks_for_itself(make, visitor):
    post = make.post("Bread", "Some flour.")

    said = metas(visitor.get(f"/posts/{post.slug}"))

    assert said["canonical"].endswith(f"/posts/{post.slug}")
    assert (said["og:title"], said["og:description"]) == ("Bread", "Some flour.")


@pytest.mark.parametrize(
    "address",
    [
        "/bread", "//example.org/x", "javascript:alert(1)", "ftp://example.org/x", "https://", "https:///x", "example.org/x",
        "https://user:pass@example.org/", "https://:x@example.org/", "https://@example.org/", "https://exa mple.org/", 'https://example.org/"><script>', "https://[::1/", "https://example.org:0/",
        "https://example.org:99999/", "https://example.org/" + "x" * 500, "https://example.org/\\x", "data:text/html,x", "HTTPS//x",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_page_is_refused_and_stays_typed(make, ines, browser, address):
    post = make.post("Bread", author=ines, state="draft")
    browser.get(f"/write/{post.id}")

    page = browser.submit(f"/write/{post.id}", canonical_url=address, body="New words.")

    assert page.status == 422
    assert page.one("input", name="canonical_url").get("value") == address
    assert make.fresh(post).canonical_url == ""


@pytest.mark.parametrize(
    "address", ["https://example.org", "http://example.org:8080/a/b?c=d#e", "HTTPS://EXÄMPLE.org/ü"]
)
def test_addresses_of_pages_are_taken(address):
    assert is_web_address(address)


def test_a_picture_is_chosen_on_a_plain_page_and_leads_the_post(make, ines, browser, visitor):
    media = picture_of(make, ines, alt="A loaf")
    post = make.post("Bread", "Old words.", author=ines, state="draft")
    browser.get(f"/write/{post.id}")

    page = browser.submit(f"/write/{post.id}", via=f"/write/{post.id}/picture/opening", body="New words.")
    assert page.url.endswith(f"/write/{post.id}/picture")
    assert make.fresh(post).body == "New words."
    page = choose(browser, post, str(media.id))
    assert page.one("input", name="picture").get("value") == media.name
    assert [image.get("alt") for image in page.all("img") if media.name in image.get("src")] == ["A loaf"]
    browser.submit(f"/write/{post.id}", via=f"/write/{post.id}/publication", picture_caption="My second loaf")

    page = visitor.get(f"/posts/{post.slug}")
    said = metas(page)
    assert said["og:image"].endswith(f"/media/{media.name}")
    assert (said["og:image:alt"], said["og:image:width"], said["twitter:card"]) == (
        "A loaf",
        "60",
        "summary_large_image",
    )
    assert "My second loaf" in "".join(page.one("figcaption").itertext())


def test_of_a_published_post_readers_see_the_picture_with_the_update(make, ines, browser, visitor):
    media = picture_of(make, ines, alt="A loaf")
    post = make.post("Bread", "Old words.", author=ines)
    browser.get(f"/write/{post.id}")
    browser.submit(f"/write/{post.id}", via=f"/write/{post.id}/picture/opening", body="New words.")
    choose(browser, post, str(media.id))

    before = visitor.get(f"/posts/{post.slug}").html
    uses = browser.get(f"/write/media/{media.id}").text
    refused = (
        browser.submit(f"/write/media/{media.id}/deletion") if f"{media.id}/deletion" in browser.page.html else None
    )
    browser.get(f"/write/{post.id}")
    browser.submit(f"/write/{post.id}")
    after = visitor.get(f"/posts/{post.slug}").html

    assert media.name not in before
    assert "New words" not in before
    assert "Bread" in uses
    assert refused is None or refused.status == 409
    assert media.name in after
    assert "New words" in after


def test_a_picture_is_sent_right_there(make, ines, browser):
    post = make.post("Bread", author=ines, state="draft")
    browser.get(f"/write/{post.id}/picture")

    page = browser.submit(
        "/picture/upload", pictures=(io.BytesIO(encoded(photo(80, 50))), "loaf.png"), alt="A round loaf"
    )

    media = make.read(lambda: db.session.query(Media).one())
    assert make.fresh(post).picture_id == media.id
    assert media.alt == "A round loaf"
    assert page.one("input", name="picture").get("value") == media.name


def test_what_is_no_picture_is_said_on_the_same_page(make, ines, browser):
    post = make.post("Bread", author=ines, state="draft")
    browser.get(f"/write/{post.id}/picture")

    page = browser.submit("/picture/upload", pictures=(io.BytesIO(b"no picture"), "loaf.png"))

    assert page.status == 422
    assert page.errors()
    assert make.fresh(post).picture_id is None


def test_the_picture_goes_again(make, ines, browser):
    media = picture_of(make, ines)
    post = make.post("Bread", author=ines, state="draft", picture=media.name, picture_caption="A loaf")
    assert make.fresh(post).picture_id == media.id
    browser.get(f"/write/{post.id}/picture")

    choose(browser, post, "none")

    assert (make.fresh(post).picture_id, make.fresh(post).picture_caption) == (None, "")


def test_a_picture_without_a_description_is_warned_of(make, ines, browser):
    media = picture_of(make, ines)
    post = make.post("Bread", author=ines, state="draft", picture=media.name)

    page = browser.get(f"/write/{post.id}")

    assert "the lead picture has no description yet" in page.text


@pytest.mark.parametrize("name", ["theirs", "../../etc/passwd", "zz/none.webp", "\x00", "x" * 500])
def test_pictures_of_others_and_what_is_none_are_refused(app, make, ines, browser, name):
    media = picture_of(make, make.user("author"))
    post = make.post("Bread", author=ines, state="draft")
    browser.get(f"/write/{post.id}")

    page = browser.submit(f"/write/{post.id}", picture=media.name if name == "theirs" else name)
    saved = autosave(browser, post, picture=media.name if name == "theirs" else name, body="Typed on.")

    assert page.status == (422 if name != "\x00" else 200)
    assert make.fresh(post).picture_id is None
    assert saved["state"] == "saved"
    assert make.fresh(post).body == "Typed on."


def test_only_ones_own_pictures_can_be_chosen(make, ines, browser):
    media = picture_of(make, make.user("author"))
    post = make.post("Bread", author=ines, state="draft")
    page = browser.get(f"/write/{post.id}/picture")
    token = page.all("input", name="csrf_token")[0].get("value")

    assert media.name not in page.html
    for picture in (str(media.id), "0", "x", "", "9" * 20):
        status = browser.post(f"/write/{post.id}/picture", {"csrf_token": token, "picture": picture}).status
        assert status == 404
    assert make.fresh(post).picture_id is None


def test_saving_by_itself_keeps_all_of_it_and_reverting_brings_it_back(make, ines, browser):
    media = picture_of(make, ines)
    post = make.post(
        "Bread", author=ines, state="draft", picture=media.name, picture_caption="First", search_title="One"
    )

    said = autosave(
        browser, post, picture="", picture_caption="", search_title="Two", search_description="About it",
        canonical_url="https://example.org/b", editing="another-editor",
    )  # fmt: skip
    saved = make.fresh(post)
    browser.get(f"/write/{post.id}/revisions/1")
    browser.submit("/revisions/1/restoration")
    back = make.fresh(post)

    assert said["state"] == "saved"
    assert (saved.picture_id, saved.search_title, saved.search_description) == (None, "Two", "About it")
    assert saved.canonical_url == "https://example.org/b"
    assert (back.picture_id, back.picture_caption, back.search_title) == (media.id, "First", "One")
    changes = browser.get(f"/write/{post.id}/revisions/2/changes").text
    assert "Title for search engines" in changes
    assert "https://example.org/b" in changes


def test_two_who_change_different_particulars_both_have_their_way(app, make, ines, browser):
    media = picture_of(make, ines)
    post = make.post("Bread", author=ines, state="draft")
    editor = Browser(app).sign_in(make.user("editor"))
    editor.get(f"/write/{post.id}")
    make.act(
        lambda: put_lead_picture(
            find_editable(post.id, db.session.get(User, ines.id)),
            db.session.get(Media, media.id),
            by=db.session.get(User, ines.id),
            now=clock.now(),
        )
    )

    editor.submit(f"/write/{post.id}", search_title="Theirs")

    both = make.fresh(post)
    assert (both.picture_id, both.search_title) == (media.id, "Theirs")


def test_a_picture_that_was_deleted_since_does_not_come_back(make, ines, browser):
    media = picture_of(make, ines)
    post = make.post("Bread", author=ines, state="draft", picture=media.name)
    autosave(browser, post, picture="", editing="another-editor")
    browser.get(f"/write/media/{media.id}")
    browser.submit(f"/write/media/{media.id}/deletion")
    browser.get(f"/write/{post.id}/revisions/1")

    page = browser.submit("/revisions/1/restoration")

    assert page.status == 200
    assert make.fresh(post).picture_id is None


def test_a_new_post_is_saved_before_its_picture_is_chosen(make, ines, browser):
    browser.get("/write/new")

    page = browser.submit("/write/new", via="/write/new/picture/opening", title="Bread")

    assert page.url.endswith("/picture")
    assert make.read(lambda: db.session.query(Post).one().title) == "Bread"
