"""What an author does with a post, from the first word to an old text brought back, with scripts and without."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import start_empty
from tests.browser.test_first_run import set_up
from tests.browser.test_upload import picture

FIRST = "The first line.\n\nThe middle.\n\nThe last line.\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory, visits):
    """A site whose owner is signed in, as `state` says."""
    with start_empty(tmp_path_factory.mktemp("day")) as running:
        page = visits.fresh()
        set_up(page, running.set_up_link())
        running.state = page.context.storage_state()
        page.context.close()
        yield running


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_author_writes_publishes_changes_and_brings_back(scripts, site, chromium, visits):
    context = chromium.new_context(storage_state=site.state, java_script_enabled=scripts)
    page, reader = context.new_page(), visits.fresh(scripts=scripts)
    title = f"A day {'with' if scripts else 'without'} scripts"

    write_and_format(page, site.url, title, scripts=scripts)
    add_picture(page, site.url, scripts=scripts)
    preview(page, title, scripts=scripts)
    schedule(page)
    address = publish(page)
    reader.goto(address)
    expect(reader.locator(".prose strong")).to_have_text("first")
    expect(reader.locator("article img[src*='/media/']")).to_have_count(1)
    change_in_two_tabs(page, context.new_page())
    reader.reload()
    expect(reader.locator("article")).to_contain_text("The last line, changed there.")
    expect(reader.locator("article")).to_contain_text("The middle, changed here.")
    bring_back(page)
    reader.reload()
    expect(reader.locator("article")).not_to_contain_text("changed")

    context.close()
    reader.context.close()


def body(page: Page):
    return page.get_by_label("Text, in Markdown")


def write_and_format(page: Page, url: str, title: str, *, scripts: bool) -> None:
    page.goto(f"{url}/write/new")
    page.get_by_label("Title", exact=True).fill(title)
    body(page).fill(FIRST)
    if scripts:
        body(page).evaluate("field => { field.focus(); field.setSelectionRange(4, 9); }")
        page.get_by_role("button", name="Bold").click()
    else:
        body(page).fill(FIRST.replace("first", "**first**"))
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"/write/\d+$"))
    expect(body(page)).to_have_value(FIRST.replace("first", "**first**"))


def add_picture(page: Page, url: str, *, scripts: bool) -> None:
    """Pasted into the text; without scripts it is sent on the page of pictures, which says what to write."""
    if scripts:
        body(page).evaluate("field => { field.focus(); field.setSelectionRange(0, 0); }")
        paste(page)
        expect(body(page)).to_have_value(re.compile(r"!\[.*\]\(/media/"))
        return
    editor = page.url
    page.goto(f"{url}/write/media")
    if not page.locator("#pictures").is_visible():  # folded away once there are pictures
        page.get_by_text("Send pictures").click()
    page.locator("#pictures").set_input_files({"name": "noise.png", "mimeType": "image/png", "buffer": picture(80)})
    page.locator("#alt").fill("Noise")
    page.get_by_role("button", name="Send", exact=True).click()
    page.goto(f"{url}/write/media")
    page.locator(".tiles a").first.click()
    markdown = page.locator("#markdown").input_value()
    page.goto(editor)
    body(page).fill(f"{markdown}\n\n{body(page).input_value()}")


def paste(page: Page) -> None:
    page.evaluate(
        """([name, type, bytes]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([Uint8Array.from(bytes)], name, { type }));
          document.getElementById("body").dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
        }""",
        ["noise.png", "image/png", list(picture(80))],
    )


def preview(page: Page, title: str, *, scripts: bool) -> None:
    button = page.get_by_role("button", name="Preview", exact=True)
    if scripts:
        button.click()
        shown = page
    else:
        with page.context.expect_page() as opened:
            button.click()
        shown = opened.value
    expect(shown.locator("article h1, article h2").filter(has_text=title).first).to_be_visible()
    expect(shown.locator(".prose strong")).to_have_text("first")
    expect(shown.locator("article img[src*='/media/']")).to_have_count(1)
    if scripts:
        button.click()
    else:
        shown.close()


def schedule(page: Page) -> None:
    page.get_by_role("link", name="Publish…").click()
    page.get_by_label("Publish at").fill("2190-05-06T07:08")
    page.get_by_role("button", name=re.compile("^(Publish|Schedule)$")).click()
    expect(page.locator(".write-bar")).to_contain_text("Scheduled")


def publish(page: Page) -> str:
    page.get_by_role("link", name="Settings").click()
    page.get_by_label("Publish at").fill("")
    page.get_by_role("button", name=re.compile("^(Publish now|Save with this hour)$")).click()
    page.wait_for_url("**/posts/*")
    return page.url


def change_in_two_tabs(page: Page, other: Page) -> None:
    """The second one saves on top of what it has not seen: both changes are put together, to be read first."""
    page.locator("article").get_by_role("link", name="Edit").click()
    other.goto(page.url)
    body(page).fill(body(page).input_value().replace("The middle.", "The middle, changed here."))
    page.get_by_role("button", name="Update", exact=True).click()
    expect(page.locator(".flash, .notice").filter(has_text="Saved")).to_be_visible()
    body(other).fill(body(other).input_value().replace("The last line.", "The last line, changed there."))
    other.get_by_role("button", name="Update", exact=True).click()
    expect(body(other)).to_have_value(re.compile("changed here.*changed there", re.S))
    other.get_by_role("button", name="Update", exact=True).click()
    expect(other.locator(".flash, .notice").filter(has_text="Saved")).to_be_visible()
    other.close()


def bring_back(page: Page) -> None:
    page.reload()
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="All revisions of this post").click()
    page.locator("tbody tr", has_text="Published").last.get_by_role("link").first.click()
    page.get_by_text("Restore", exact=True).click()
    page.get_by_role("button", name="Restore this text").click()
    page.goto(re.sub(r"/revisions.*", "", page.url))
    page.get_by_role("button", name="Update", exact=True).click()
    expect(page.locator(".flash, .notice").filter(has_text="Saved")).to_be_visible()
