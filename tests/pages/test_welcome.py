"""What somebody meets who has just begun: setting up, the first post and the way back into it."""

import pytest

from blog import clock
from blog.auth import operations
from tests.browser_like import Browser
from tests.factories import NEW_PASSWORD

pytestmark = pytest.mark.one_database


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
