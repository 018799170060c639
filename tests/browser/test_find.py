"""Find and replace in the editor's text."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, THEMES, WIDE

TEXT = "The cat and the Category.\n\nA cat, twice: cat.\n"


@pytest.fixture
def page(editor):
    """The editor with a text, its caret at the start of it."""
    page = editor().page
    page.locator("#body").fill(TEXT)
    page.locator("#body").press("Control+Home")
    return page


def marked(page):
    return page.evaluate(
        "() => { const { value, selectionStart, selectionEnd } = document.getElementById('body'); return [selectionStart, value.slice(selectionStart, selectionEnd)]; }"
    )


def test_it_steps_through_what_is_found_and_escape_leads_back_to_it(page):
    page.locator("#body").press("Control+f")
    said = page.locator(".find output")
    page.get_by_label("Find", exact=True).fill("cat")
    expect(said).to_have_text("1 of 4")

    page.keyboard.press("Enter")
    expect(said).to_have_text("2 of 4")
    page.get_by_label("Whole words").check()
    expect(said).to_have_text("2 of 3")
    page.get_by_role("button", name="Previous").click()
    expect(said).to_have_text("1 of 3")
    page.get_by_label("Match case").check()
    page.get_by_label("Whole words").uncheck()
    page.get_by_label("Find", exact=True).fill("Cat")
    expect(said).to_have_text("1 of 1")
    page.keyboard.press("Escape")

    assert page.evaluate("document.activeElement.id") == "body"
    assert marked(page) == [TEXT.index("Category"), "Cat"]
    expect(page.locator(".find")).to_be_hidden()


def test_one_undo_takes_back_all_that_was_replaced(page):
    page.locator("#body").press("Control+h")
    page.get_by_label("Find", exact=True).fill("cat")
    page.get_by_label("Whole words").check()
    page.get_by_label("Replace with").fill("dog $&")
    page.get_by_role("button", name="Replace", exact=True).click()
    expect(page.locator("#body")).to_have_value(TEXT.replace("cat", "dog $&", 1))

    page.get_by_role("button", name="Replace all").click()
    expect(page.locator("#body")).to_have_value(TEXT.replace("cat", "dog $&"))
    expect(page.locator(".find output")).to_have_text("Nothing found")
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("Control+z")

    expect(page.locator("#body")).to_have_value(TEXT.replace("cat", "dog $&", 1))


def test_what_is_found_is_marked_in_view_and_the_row_is_accessible(editor, axe_source):
    found = []
    for size, theme in ((WIDE, THEMES[0]), (NARROW, THEMES[1])):
        seen = editor(size=size, theme=theme)
        page = seen.page
        page.locator("#body").fill("A line of it.\n\n" * 200 + "The needle.\n\n" + "More.\n\n" * 100)
        page.get_by_role("button", name="Find and replace").click()
        page.get_by_label("Find", exact=True).fill("needle")
        mark = page.locator(".mirror mark")
        expect(mark).to_be_in_viewport()
        expect(mark).to_have_text("needle")
        found += seen.violations(axe_source) + seen.refused() + seen.overflow()

    assert found == []


def test_pressed_again_the_key_is_the_browsers(page):
    page.evaluate("addEventListener('keydown', (event) => { window.isOurs = event.defaultPrevented; })")
    page.locator("#body").press("Control+f")
    expect(page.get_by_label("Find", exact=True)).to_be_focused()
    assert page.evaluate("isOurs") is True

    page.keyboard.press("Control+f")

    assert page.evaluate("isOurs") is False
