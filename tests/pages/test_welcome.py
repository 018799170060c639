"""What somebody meets who has just begun: setting up, the first post and the way back into it."""

import json

import pytest

from blog import clock
from blog.auth import operations
from blog.mail.sending import TRANSPORT
from blog.mail.transports import Console
from blog.site.settings import read_settings
from tests.browser_like import Browser
from tests.factories import NEW_PASSWORD

pytestmark = pytest.mark.one_database


LINK = "{http://www.w3.org/1999/xhtml}a"


@pytest.fixture
def printed(app):
    """The app has no mail server, and is of this machine."""
    before, app.extensions[TRANSPORT] = app.extensions[TRANSPORT], Console()
    yield
    app.extensions[TRANSPORT] = before


def admin_of(app, make, **changes):
    browser = Browser(app)
    browser.sign_in(make.user("admin", **changes))
    return browser


def set_up_link(make):
    return make.act(lambda: operations.new_set_up_link(now=clock.now()))


def test_a_post_shows_edit_to_whoever_may_edit_it_and_to_nobody_else(app, make, visitor):
    author, other = make.user("author"), make.user("author")
    post = make.post("The weir", author=author)
    address = f"/write/{post.id}"
    people = [Browser(app), Browser(app), Browser(app)]
    for browser, who in zip(people, (author, other, make.user("editor")), strict=True):
        browser.sign_in(who)

    seen = [address in browser.get(f"/posts/{post.slug}").links() for browser in (visitor, *people)]

    assert seen == [False, True, False, True]


def test_publishing_says_where_the_post_is(app, make):
    author = Browser(app)
    author.sign_in(make.user("author"))

    author.get("/write/new")
    page = author.submit("/write/new", via="/write/new/publication", title="The weir", body="It leaks.")

    assert f"Published. Readers find it at {app.config['BASE_URL']}/posts/the-weir." in page.text


def test_before_anybody_has_an_account_home_says_where_the_link_is(make, visitor):
    before = visitor.get("/").text
    make.user("admin")
    after = visitor.get("/").text

    assert "Not set up yet: open the link that stands in the terminal" in before
    assert "Authors sign in" not in before
    assert "Authors sign in" in after


def test_the_link_of_a_first_start_opened_again_leads_to_signing_in(app, make, visitor):
    secret = set_up_link(make)
    visitor.get(f"/setup/{secret}", follow=True)
    visitor.submit("/setup", site_title="The Weir", username="olga", email="olga@example.org", password=NEW_PASSWORD)

    again = Browser(app).get(f"/setup/{secret}", follow=True)

    assert again.status == 410
    assert "This blog is set up already" in again.text
    assert "/login" in again.links()
    assert secret not in again.html
    assert not again.all("input", type="search")


def test_a_wrong_link_before_the_blog_is_set_up_says_that_another_was_printed(make, visitor):
    set_up_link(make)

    page = visitor.get("/setup/of-an-earlier-start", follow=True)

    assert page.status == 404
    assert "Each start prints a new link" in page.text
    assert "of-an-earlier-start" not in page.html


def test_setting_up_offers_the_time_zone_and_keeps_it(make, visitor):
    page = visitor.get(f"/setup/{set_up_link(make)}", follow=True)
    former = json.loads(page.one("guess-zone").get("data-former"))

    visitor.submit(
        "/setup",
        site_title="The Weir",
        username="olga",
        email="olga@example.org",
        password=NEW_PASSWORD,
        time_zone="Europe/Kyiv",
    )

    assert former["Europe/Kiev"] == "Europe/Kyiv"
    assert make.read(read_settings).time_zone == "Europe/Kyiv"


def test_what_a_password_must_be_is_said_before_one_is_chosen(make, visitor):
    make.user("admin")

    assert "At least 12 characters; several words are good." in visitor.get("/register").text


def test_what_is_wrong_with_a_form_is_named_with_its_field(make, visitor):
    make.user("admin")

    visitor.get("/register")
    page = visitor.submit("/register", username="Anna Maria", email="anna@example.org", password="short")
    said = [" ".join("".join(one.itertext()).split()) for one in page.one("section", class_="problems").iter(LINK)]

    assert said == [
        "User name: A user name has no spaces: Anna-Maria would do.",
        "Password: Use at least 12 characters.",
    ]


def test_without_a_mail_server_the_pages_say_that_mail_stands_in_the_terminal(app, make, visitor, printed):
    make.user("reader", username="ines")

    pages = []
    for name in ("ines", "nobody-at-all"):
        visitor.get("/reset")
        pages.append(visitor.submit("/reset", login=name).text)
    visitor.get("/register")
    registered = visitor.submit("/register", username="noor", email="noor@example.org", password=NEW_PASSWORD).text

    assert pages[0] == pages[1]
    for text in (*pages, registered):
        assert "stands in the terminal" in text
        assert "Check your mail" not in text


def test_the_list_of_people_shows_an_address_that_is_not_confirmed_marked_so(app, make):
    make.user("reader", email=None, unverified_email="noor@example.org")

    page = admin_of(app, make).get("/admin/users")

    assert "noor@example.org not confirmed" in page.text


def test_a_list_of_oneself_alone_offers_nothing_to_do_with_the_chosen(app, make):
    page = admin_of(app, make, username="anna").get("/admin/users")

    assert "With the chosen" not in page.text
    assert "anna anna" not in page.text
    assert "anna you" in page.text
