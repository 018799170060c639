"""What somebody meets who has just begun: setting up, the first post and the way back into it."""

import json
import logging

import pytest

from blog import clock
from blog.auth import operations
from blog.auth.invitations.operations import invite
from blog.auth.models import Role, User
from blog.db import db
from blog.mail.sending import TRANSPORT
from blog.mail.transports import Console
from blog.markdown import render_post
from blog.media.operations import describe_picture, upload_picture
from blog.media.pictures import read_picture
from blog.site.settings import read_settings
from tests.browser_like import Browser
from tests.factories import NEW_PASSWORD
from tests.media.pictures import encoded, photo

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


def test_what_search_shows_tells_blocks_apart_and_leaves_descriptions_of_pictures_out(make, visitor):
    make.post("The weir", "## Leaks\n\nThe gate\nleaks.\n\n![A heron](https://example.org/heron.png)\n\n- One\n- Two")

    page = visitor.get("/search?q=gate")

    assert "Leaks · The gate leaks." in page.text
    assert "leaks. · " not in page.text
    assert "One · Two" in page.text


def test_a_description_of_a_picture_is_not_in_the_text_of_search():
    assert render_post("Before\n\n![A heron](/media/3f/9a.webp)\n\nAfter").text == "Before\nAfter"


def test_who_accepts_an_invitation_is_welcomed_and_can_write_at_once(app, make, visitor):
    admin = make.user("admin")
    secret = make.act(lambda: invite(Role.AUTHOR, email=None, by=db.session.get(User, admin.id), now=clock.now()))

    visitor.get(f"/invitation/{secret}", follow=True)
    page = visitor.submit("/invitation", username="noor", email="noor@example.org", password=NEW_PASSWORD)

    assert page.status == 200
    assert "Welcome, noor." in page.text
    assert "/write/new" in page.links()
    events = admin_of(app, make).get("/admin/audit").text
    assert f"Invited by {admin.username}" in events
    assert "account number" not in events


def test_an_admin_is_not_new_to_themselves(app, make):
    admin = admin_of(app, make)

    alone = admin.get("/admin/").text
    make.user("reader")
    with_another = admin.get("/admin/").text

    assert "New person" not in alone
    assert "New person" in with_another


def test_the_session_in_use_is_used_now(app, make):
    assert "Used now" in admin_of(app, make).get("/account/sessions").text


def test_the_audit_log_names_the_post_of_a_comment_and_leads_there(app, make):
    post = make.post("The <b>weir")
    comment = make.comment(post)

    page = admin_of(app, make).get("/admin/audit")

    assert "New comment on The <b>weir" in page.text
    assert f"/comments/{comment.id}" in page.links()


def test_pictures_that_are_sent_and_described_are_on_record(app, make):
    author = make.user("author")
    picture = read_picture(encoded(photo(40, 30)))

    def keep():
        by = db.session.get(User, author.id)
        media = upload_picture(picture, by=by, quota=None, now=clock.now(), original_name="heron.png")
        upload_picture(picture, by=by, quota=None, now=clock.now(), original_name="heron.png")
        describe_picture(media, "A heron", "", by=by)
        describe_picture(media, "A heron", "", by=by)

    make.act(keep)
    page = admin_of(app, make).get("/admin/audit?group=pictures")

    assert page.text.count("New picture: heron.png") == 1
    assert page.text.count("Picture described: heron.png") == 1


def test_a_warning_is_not_printed_bare_where_no_log_is_written(monkeypatch, capsys):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])

    logging.getLogger("blog.audit").warning("authz_admin:settings")

    assert capsys.readouterr().err == ""
