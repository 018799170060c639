"""From an empty folder to the first comment, as a new owner and a first reader do it, with scripts and without."""

import re
import time

import pytest

from tests.parts import FIGURE

LIMIT_SECONDS = 120
PASSWORD = "seven quiet lanterns over the weir"
TEXT = "Here is **where it begins**.\n\n- one\n- two\n"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_new_owner_publishes_and_a_reader_answers(scripts, fresh_site, visits, record_property):
    begun = time.monotonic()
    with fresh_site as site:
        owner = visits.fresh(scripts=scripts, zone="Asia/Calcutta")
        set_up(owner, site.set_up_link(), zone="Asia/Kolkata" if scripts else "UTC")
        publish_first_post(owner)
        published = time.monotonic()
        reader = visits.fresh(scripts=scripts)
        register(reader, site)
        comment(reader, site)
        find(reader, site)
        see_comment(owner, site)
    ended = time.monotonic()

    how = "with" if scripts else "without"
    record_property(
        FIGURE,
        f"first run {how} scripts: first post after {published - begun:.1f} s, first comment after {ended - begun:.1f} s",
    )
    assert ended - begun < LIMIT_SECONDS
    assert "Traceback" not in site.log()


def set_up(page, link, *, zone="UTC"):
    page.goto(link)
    assert page.get_by_label("Time zone").input_value() == zone
    page.get_by_label("Name of the site").fill("The Weir")
    page.get_by_label("User name").fill("olga")
    page.get_by_label("E-mail address").fill("olga@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Start the blog").click()
    page.wait_for_url("**/write/new")


def publish_first_post(page):
    """The set-up has led to the page to write on."""
    page.get_by_label("Title", exact=True).fill("First light")
    page.get_by_label("Text, in Markdown").fill(TEXT)
    page.get_by_role("link", name="Publish…").click()
    page.get_by_role("button", name=re.compile("^Publish( now)?$")).click()
    page.wait_for_url("**/posts/first-light")
    page.get_by_role("link", name="The Weir").first.click()
    page.get_by_role("link", name="First light", exact=True).first.click()
    page.get_by_role("heading", name="First light", level=1).wait_for()
    page.locator("strong", has_text="where it begins").wait_for()


def register(page, site):
    """A reader who wants to comment makes an account on the way; the mail is in the terminal, the post where it was."""
    page.goto(f"{site.url}/posts/first-light")
    page.get_by_role("link", name="Sign in to comment").click()
    page.get_by_role("link", name="Create one").click()
    page.get_by_label("User name").fill("ned")
    page.get_by_label("E-mail address").fill("ned@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("heading", name="Look in the terminal").wait_for()
    page.goto(mailed_link(site))
    page.get_by_label("Your password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Yes, confirm it").click()
    page.get_by_text("you are signed in").wait_for()
    page.get_by_role("heading", name="First light", level=1).wait_for()


def mailed_link(site):
    """The link in the mail, which a blog on this machine prints."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if found := re.search(r"http://\S+/verify/\S+", site.log()):
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"no mail was printed:\n{site.log()}")


def comment(page, site):
    page.get_by_label("Comment", exact=True).fill("I was here *first*.")
    page.get_by_role("button", name="Send comment").click()
    page.locator(".comment em", has_text="first").wait_for()


def find(page, site):
    page.goto(site.url)
    page.get_by_role("link", name="Search").first.click()
    page.get_by_label("Words to look for").fill("begins")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="First light", exact=True).first.click()
    page.wait_for_url(f"{site.url}/posts/first-light")


def see_comment(page, site):
    """The owner sees that somebody answered, and where."""
    page.goto(site.url)
    assert page.locator(".due").first.inner_text().startswith("1")
    page.goto(f"{site.url}/write/comments")
    page.locator(".comment em", has_text="first").wait_for()
