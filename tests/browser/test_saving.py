"""The editor saves by itself, and what the server does not have stands in the browser until it does."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in, start_empty
from tests.browser.test_first_run import PASSWORD, set_up
from tests.media.pictures import encoded, photo

OWNER = "olga"
LONG = "Every word of this was typed on the train. "


@pytest.fixture(scope="module")
def site(tmp_path_factory, visits):
    """A site of these tests, whose owner is signed in, as `state` says."""
    with start_empty(tmp_path_factory.mktemp("saving")) as running:
        page = visits.fresh()
        set_up(page, running.set_up_link())
        running.state = page.context.storage_state()
        page.context.close()
        yield running


@pytest.fixture
def owner(site, chromium):
    """Opens a browser in which the owner is signed in."""
    contexts = []

    def open_browser() -> Page:
        contexts.append(chromium.new_context(storage_state=site.state))
        return contexts[-1].new_page()

    yield open_browser
    for context in contexts:
        context.close()


@pytest.fixture
def page(owner, site):
    """The editor of a new post."""
    page = owner()
    page.goto(f"{site.url}/write/new")
    return page


@pytest.fixture
def visitor(visits):
    """A browser in which nobody is signed in."""
    page = visits.fresh()
    yield page
    page.context.close()


def saved(page: Page) -> None:
    expect(page.locator("save-state")).to_have_attribute("data-state", "saved")


def type_in(page: Page, title: str, text: str) -> None:
    page.get_by_label("Title", exact=True).fill(title)
    page.locator("#body").press_sequentially(text)


def test_what_is_typed_becomes_a_draft_without_a_button(page):
    type_in(page, "On the train", LONG)
    saved(page)

    assert re.search(r"/write/\d+$", page.url)
    page.reload()
    expect(page.locator("#body")).to_have_value(LONG)
    expect(page.get_by_label("Title", exact=True)).to_have_value("On the train")


def test_what_is_typed_while_the_network_is_away_is_saved_when_it_is_back(page):
    type_in(page, "Through the tunnel", "Before. ")
    saved(page)

    page.context.set_offline(True)
    page.locator("#body").press_sequentially(LONG)
    expect(page.locator("save-state")).to_have_attribute("data-state", "away")
    page.context.set_offline(False)
    saved(page)

    page.reload()
    expect(page.locator("#body")).to_have_value("Before. " + LONG)


def test_a_tab_that_dies_offline_leaves_its_text_to_be_put_back(page):
    type_in(page, "The battery", "Before. ")
    saved(page)
    address, context = page.url, page.context
    context.set_offline(True)
    page.locator("#body").press_sequentially(LONG)
    page.locator(".write-bar a[href='#sheet']").click()
    page.locator(".more summary").click()
    page.get_by_label("Title there").fill("Charged")
    page.get_by_label("Canonical address").fill("https://example.org/battery")
    expect(page.locator("save-state")).to_have_attribute("data-state", "away")
    page.close()
    context.set_offline(False)

    page = context.new_page()
    page.goto(address)
    expect(page.locator("#body")).to_have_value("Before. ")
    page.get_by_role("button", name="Put it back").click()
    saved(page)

    page.reload()
    expect(page.locator("#body")).to_have_value("Before. " + LONG)
    expect(page.get_by_label("Title there")).to_have_value("Charged")
    expect(page.get_by_label("Canonical address")).to_have_value("https://example.org/battery")
    expect(page.get_by_role("button", name="Put it back")).to_have_count(0)


def test_two_tabs_that_change_different_places_keep_both_changes(page):
    type_in(page, "Two tabs", "First line.\n\nMiddle line.\n\nLast line.")
    saved(page)
    other = page.context.new_page()
    other.goto(page.url)

    page.locator("#body").fill("First line, changed here.\n\nMiddle line.\n\nLast line.")
    saved(page)
    other.locator("#body").fill("First line.\n\nMiddle line.\n\nLast line, changed there.")
    expect(other.locator("save-state")).to_have_attribute("data-state", "merged")

    expect(other.locator("#body")).to_have_value(
        "First line, changed here.\n\nMiddle line.\n\nLast line, changed there."
    )


def test_two_tabs_that_change_the_same_place_keep_both_texts(page):
    type_in(page, "One place", "One line.")
    saved(page)
    other = page.context.new_page()
    other.goto(page.url)

    page.locator("#body").fill("One line of mine.")
    saved(page)
    other.locator("#body").fill("Something else.")
    expect(other.locator("save-state")).to_have_attribute("data-state", "conflict")

    expect(other.locator("#body")).to_have_value("Something else.")
    with other.expect_popup() as compared:
        other.get_by_role("link", name="What is different").click()
    expect(compared.value.locator("main")).to_contain_text("Something else")
    expect(compared.value.locator("main")).to_contain_text("mine")


def test_the_other_buttons_of_a_new_post_that_was_saved_do_what_they_say(page, site):
    type_in(page, "Not yet", LONG)
    saved(page)
    page.get_by_role("link", name="Publish…").click()

    page.get_by_role("button", name="Choose a lead picture").click()

    page.wait_for_url(re.compile(r"/write/\d+/picture$"))
    page.goto(f"{site.url}/write/drafts")
    expect(page.get_by_role("link", name="Not yet", exact=True)).to_be_visible()


def test_a_session_that_is_over_asks_to_sign_in_and_then_saves(visitor, site):
    page = visitor
    sign_in(page, site.url, OWNER, PASSWORD)
    page.goto(f"{site.url}/write/new")
    type_in(page, "The long pause", "Before. ")
    saved(page)

    page.context.clear_cookies()
    page.locator("#body").press_sequentially(LONG)
    expect(page.locator("save-state")).to_have_attribute("data-state", "signedOut")
    other = page.context.new_page()
    sign_in(other, site.url, OWNER, PASSWORD)
    page.bring_to_front()
    page.locator("#body").press_sequentially("And on.")
    saved(page)

    page.reload()
    expect(page.locator("#body")).to_have_value("Before. " + LONG + "And on.")


def test_a_published_post_changes_for_visitors_only_when_it_is_updated(page, site, visitor):
    type_in(page, "Seen by all", "As it was published.")
    saved(page)
    page.get_by_role("link", name="Publish…").click()
    page.get_by_role("button", name="Publish now").click()
    public = page.url
    page.goto(f"{site.url}/write/published")
    page.get_by_role("link", name="Seen by all").first.click()

    page.locator("#body").fill("As it is being changed.")
    expect(page.locator("save-state")).to_have_attribute("data-state", "pending")
    visitor.goto(public)
    expect(visitor.locator("main")).to_contain_text("As it was published.")

    page.get_by_role("button", name="Update").click()
    page.get_by_text("Saved.", exact=True).wait_for()
    visitor.reload()
    expect(visitor.locator("main")).to_contain_text("As it is being changed.")


def test_signing_out_warns_of_a_text_that_only_the_browser_has_and_leaves_it(visitor, site):
    page = visitor
    sign_in(page, site.url, OWNER, PASSWORD)
    page.goto(f"{site.url}/write/new")
    page.route("**/autosave", lambda route: route.abort())
    type_in(page, "Kept here", LONG)
    expect(page.locator("save-state")).to_have_attribute("data-state", "away")
    warnings = []
    page.on("dialog", lambda dialog: (warnings.append(dialog.type), dialog.accept()))

    page.goto(f"{site.url}/")
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in").first.wait_for()

    assert warnings == ["beforeunload", "confirm"]
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('unsaved:')).length") == 1


def test_a_picture_that_is_pasted_stands_in_the_text(page, tmp_path):
    page.get_by_label("Title", exact=True).fill("With a picture")
    file = tmp_path / "harbour.png"
    file.write_bytes(encoded(photo(64, 48), "PNG"))

    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Picture").click()
    chooser.value.set_files(file)
    expect(page.locator("#body")).to_have_value(re.compile(r"!\[[^\]]*\]\(/media/[^)]+\)"))
    page.keyboard.type("Boats at noon")
    saved(page)

    expect(page.locator("#body")).to_have_value(re.compile(r"!\[Boats at noon\]\(/media/[^)]+\)"))


def test_the_server_may_be_killed_while_somebody_types(page, site):
    type_in(page, "Killed", "Before. ")
    saved(page)

    site.kill()
    page.locator("#body").press_sequentially(LONG)
    expect(page.locator("save-state")).to_have_attribute("data-state", "away")
    site.__enter__()
    expect(page.locator("save-state")).to_have_attribute("data-state", "saved", timeout=20_000)

    page.reload()
    expect(page.locator("#body")).to_have_value("Before. " + LONG)


def test_a_tab_that_is_doubled_is_an_editor_of_its_own(page):
    type_in(page, "Doubled", "Before. ")
    saved(page)
    key = page.locator("[name=editing]").input_value()
    other = page.context.new_page()
    # As a browser that doubles a tab does: it fills the fields as they were there.
    other.add_init_script(
        f"""document.addEventListener("readystatechange", () => {{ document.getElementsByName("editing")[0].value = "{key}"; }});"""
    )
    other.goto(page.url)

    expect(other.locator("[name=editing]")).not_to_have_value(key)
    other.locator("#body").fill("Before. And there.")
    saved(other)

    assert page.locator("[name=editing]").input_value() == key


def test_what_is_too_large_to_be_sent_is_said_to_be(page):
    type_in(page, "Large", "Before.")
    saved(page)

    page.locator("[name=excerpt]").evaluate(
        "field => { field.value = 'ü'.repeat(3_600_000); field.dispatchEvent(new Event('input', { bubbles: true })); }"
    )

    expect(page.locator("save-state")).to_have_attribute("data-state", "large")
    expect(page.locator("save-state")).to_contain_text("too much")
