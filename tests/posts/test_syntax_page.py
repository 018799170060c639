"""The page that shows what can be written."""

import pytest

from blog.posts.syntax import SAMPLES
from tests.browser_like import Browser

pytestmark = pytest.mark.one_database


@pytest.fixture
def author(app, make):
    return Browser(app).sign_in(make.user("author"))


def test_everything_stands_as_typed_and_as_it_looks(author):
    page = author.get("/write/syntax")

    html = page.response.text
    typed = ["".join(box.itertext()) for box in page.all("pre", class_="typed")]
    assert typed == [sample.typed for sample in SAMPLES]
    assert len(page.all("div", class_="prose")) == len(SAMPLES) + 1  # and the keys
    for shown in ("<mfrac>", 'class="callout warning"', 'class="hll"', "<figcaption>", "<dt>Hinge",
                  'class="pull"', "1990–2025", 'class="box done"', 'class="note"', "<details>"):  # fmt: skip
        assert shown in html, shown


def test_it_lists_the_keys_that_the_editor_knows(author):
    page, editor = author.get("/write/syntax"), author.get("/write/new")

    listed = {"".join(key.itertext()) for key in page.all("kbd")}
    known = {button.get("aria-keyshortcuts") for button in editor.all("button")} - {None}
    assert known
    assert {key.replace("Control", "Ctrl") for key in known} | {"Ctrl+.", "Ctrl+H"} <= listed


def test_its_link_to_a_post_leads_to_the_newest(author, make):
    make.post("Bread", slug="bread")

    page = author.get("/write/syntax")

    assert page.links().count("/posts/bread") == 2


def test_the_editor_leads_to_it(author):
    assert "/write/syntax" in author.get("/write/new").links()


def test_readers_have_no_such_page(app, make, visitor):
    assert Browser(app).sign_in(make.user()).get("/write/syntax").status == 403
    assert visitor.get("/write/syntax").status == 303


def test_its_picture_is_there(author):
    page = author.get("/write/syntax")
    (address,) = {picture.get("src") for picture in page.all("img") if "footbridge" in picture.get("src")}

    assert author.get(address).response.mimetype == "image/svg+xml"
