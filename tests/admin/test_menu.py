"""The masthead's menu: what an admin types, what visitors see, what is refused."""

import pytest

from blog.site.menus import MenuEntry, is_address, parse_menu
from blog.site.settings import read_settings
from tests.browser_like import Browser

pytestmark = pytest.mark.one_database
EIGHT = "\n".join(f"Place {number} /posts/place-{number}" for number in range(8))


@pytest.fixture
def admin(app, make):
    return Browser(app).sign_in(make.user("admin"))


def type_in(admin, menu: str):
    admin.get("/admin/settings")
    return admin.submit("/admin/settings", menu=menu)


def places(page) -> list[tuple[str, str]]:
    (found,) = page.all("ul", class_="places")
    links = [one for one in found.iter() if str(one.tag).endswith("}a")]
    return [("".join(link.itertext()), link.get("href")) for link in links]


def current(page) -> list[str]:
    return [link.get("href") for link in page.all("a") if link.get("aria-current") and link.get("href")]


def test_without_a_menu_it_leads_to_posts_archive_and_tags(visitor):
    assert places(visitor.get("/")) == [("Posts", "/"), ("Archive", "/archive/"), ("Tags", "/tags/")]


def test_what_is_typed_stands_in_the_masthead_in_its_order(admin, visitor):
    type_in(admin, "About   us /posts/about\r\n\r\n  Code https://example.org/code \r\nPosts /")

    assert places(visitor.get("/")) == [
        ("About us", "/posts/about"),
        ("Code", "https://example.org/code"),
        ("Posts", "/"),
    ]
    assert "About us /posts/about" in "".join(admin.get("/admin/settings").one("textarea", id="menu").itertext())


def test_an_emptied_menu_is_the_usual_one_again(admin, visitor):
    type_in(admin, "Code https://example.org")
    type_in(admin, " \n ")

    assert [label for label, _ in places(visitor.get("/"))] == ["Posts", "Archive", "Tags"]


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("/posts/about", ["/posts/about"]),
        ("/posts/another", ["/"]),
        ("/tags/bread", ["/tags/bread"]),
        ("/tags/water", ["/tags/"]),
        ("/search", []),
    ],
)
def test_the_entry_of_this_very_page_is_marked_else_that_of_its_list(make, visitor, path, marked):
    make.settings(menu="Posts /\nTags /tags/\nBread /tags/bread\nAbout /posts/about")
    make.post("About", slug="about", tags=["Bread"])
    make.post("Another", slug="another", tags=["Water"])

    assert current(visitor.get(path)) == marked


@pytest.mark.parametrize(
    ("menu", "said"),
    [
        (f"{EIGHT}\nOne more /", "at most 8 lines"),
        ("/posts/about", "Write words before the address"),
        ("x" * 31 + " /posts/about", "at most 30 characters"),
        ("About posts/about", "begins with / or https://"),
        ("About http://example.org", "begins with / or https://"),
        ("About javascript:alert(1)", "begins with / or https://"),
        ("About //evil.test/", "begins with / or https://"),
        ("About ///evil.test/", "begins with / or https://"),
        ("About /\\evil.test/", "begins with / or https://"),
        ("About https://", "begins with / or https://"),
        ("About https://you@evil.test/", "begins with / or https://"),
        ("About https://[", "begins with / or https://"),
        ("About https://example.org:99999/", "begins with / or https://"),
        ("About /" + "x" * 300, "begins with / or https://"),
    ],
)
def test_what_leads_nowhere_or_is_too_much_is_refused_and_stays_in_the_form(admin, make, menu, said):
    page = type_in(admin, menu)

    assert page.status == 422
    assert said in page.errors()
    assert menu in "".join(page.one("textarea", id="menu").itertext())
    assert make.read(read_settings).menu == ""


def test_markup_in_a_label_is_text(admin, visitor):
    type_in(admin, "<b>A</b> & “B” /tags/")

    assert places(visitor.get("/")) == [("<b>A</b> & “B”", "/tags/")]


def test_a_line_is_words_and_an_address():
    assert parse_menu("A b /c\n\n /d\n") == [MenuEntry("A b", "/c"), MenuEntry("", "/d")]
    assert is_address("/")
    assert is_address("https://example.org:8443/ä?x=1#y")
