"""A post in another language than the site's: its quotation marks, and how it is marked for hyphens and voices."""

import pytest

from blog.posts.languages import LANGUAGES, own_name
from blog.posts.rendering import render_body
from tests.browser_like import Browser

pytestmark = pytest.mark.one_database


@pytest.fixture
def author(make):
    return make.user("author")


@pytest.fixture
def browser(app, author):
    return Browser(app).sign_in(author)


def test_the_language_of_a_post_sets_its_quotation_marks_and_marks_its_words(browser, visitor, make, author):
    browser.get("/write/new")
    browser.submit("/write/new", via="/write/new/publication", title="Nähte", body='Er sagte "nein".', language="de")

    page = visitor.get("/posts/nahte")

    assert "„nein“" in page.text
    assert page.one("html").get("lang") == "en"
    assert page.one("article").get("lang") == "de"
    assert page.one("div", class_="prose").get("lang") == "de"
    assert page.one("div", class_="facts").get("lang") == "en"


def test_a_post_without_a_language_follows_the_site(browser, visitor, make):
    make.settings(language="de")
    browser.get("/write/new")
    browser.submit("/write/new", via="/write/new/publication", title="Seams", body='A "seam".')

    page = visitor.get("/posts/seams")

    assert "„seam“" in page.text
    assert page.one("article").get("lang") is None


def test_a_text_that_is_written_from_right_to_left_is_shown_so(browser, visitor):
    browser.get("/write/new")
    browser.submit("/write/new", via="/write/new/publication", title="Shalom", body="שלום", language="he")

    page = visitor.get("/posts/shalom")

    assert page.one("div", class_="prose").get("dir") == "rtl"
    assert page.one("html").get("dir") == "ltr"


def test_the_language_is_kept_shown_and_taken_back(browser, make, author):
    post = make.post("T", '"x"', author=author, state="draft")
    browser.get(f"/write/{post.id}")
    browser.submit(f"/write/{post.id}", language="fr")
    assert (make.fresh(post).language, make.fresh(post).summary) == ("fr", "«\u202fx\u202f»")

    page = browser.get(f"/write/{post.id}")
    assert [option.get("value") for option in page.all("option") if option.get("selected") is not None] == ["fr"]
    browser.submit(f"/write/{post.id}", language="")

    assert (make.fresh(post).language, make.fresh(post).summary) == (None, "“x”")


def test_the_preview_follows_the_language(browser):
    browser.get("/write/new")

    page = browser.submit("/write/new", via="/write/preview", title="T", body='"x"', language="sv")

    assert "”x”" in page.text


def test_a_language_that_nobody_knows_is_refused(browser):
    browser.get("/write/new")

    page = browser.submit("/write/new", title="T", body="x", language="tlh")

    assert page.status == 422


@pytest.mark.usefixtures("in_app")
def test_every_language_has_a_name_and_can_be_rendered():
    assert len({own_name(language) for language in LANGUAGES}) == len(LANGUAGES)
    assert all(render_body('"x"', language=language).text[1] == "x" for language in LANGUAGES)


def test_lists_and_feeds_mark_the_words_of_another_language(visitor, make):
    make.post("Nähte", language="de", slug="naehte", tags=["Cloth"], excerpt="Ein Saum.")
    make.post("Seams", tags=["Cloth"])

    page = visitor.get("/tags/cloth")
    headings = {"".join(heading.itertext()): heading.get("lang") for heading in page.all("h2")}

    assert (headings["Nähte"], headings["Seams"]) == ("de", None)
    assert '<entry xml:lang="de">' in visitor.get("/feed.xml").response.text
    assert [part.get("lang") for part in visitor.get("/posts/seams").all("b") if part.get("lang")] == ["de"]


@pytest.mark.parametrize(
    ("language", "name"), [("de-CH", "Deutsch (Schweiz)"), ("vi", "Tiếng Việt"), ("fr", "Français")]
)
def test_a_language_calls_itself_as_it_is_written(language, name):
    assert own_name(language) == name
