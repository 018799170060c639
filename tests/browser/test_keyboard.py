"""The pages with the keyboard alone: everything that a pointer reaches is reached, and is seen to be."""

import pytest

from tests.browser.sheets import SHEETS

NAMES = [
    "home", "post with an early list of contents", "search, found", "sign in", "create an account, wrong", "post, signed in",
    "profile", "drafts", "new post", "edit a draft, sheet open", "received comments", "people", "a person", "settings",
]  # fmt: skip
STOPS_AT_MOST = 400
OLD_STOPS = 10  # in a row, and the walk is over; a field for a date has a stop for each of its parts

# Everything that should be a stop of the Tab key, numbered; of a group of radio buttons one.
NUMBER_STOPS = """() => {
  const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter((element) =>
    !element.disabled && element.type !== "hidden" && element.tabIndex >= 0 && element.checkVisibility({ visibilityProperty: true })
    && !(element.tagName === "SUMMARY" && element.parentElement.querySelector("summary") !== element));
  const groups = new Set();
  return stops.filter((element) => {
    if (element.type !== "radio") return true;
    const is_new = !groups.has(element.name);
    groups.add(element.name);
    return is_new;
  }).map((element, index) => {
    element.dataset.stop = element.type === "radio" ? element.name : index;
    if (element.type === "radio") for (const other of document.getElementsByName(element.name)) other.dataset.stop = element.name;
    return [element.dataset.stop, element.outerHTML.slice(0, 120)];
  });
}"""

# Where the focus is, and whether an eye would find it there.
FOCUS = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element), { left, top, right, bottom, width, height } = element.getBoundingClientRect();
  const is_page = element.matches(".title-input, .text-input");  // to write on: there the caret shows the place
  const outlined = is_page || style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  const inside = right > 0 && bottom > 0 && left < innerWidth && top < innerHeight;
  return { stop: element.dataset.stop ?? null, marked: outlined, inside: inside && width > 0 && height > 0, html: element.outerHTML.slice(0, 120) };
}"""


@pytest.mark.parametrize("sheet", [sheet for sheet in SHEETS if sheet.name in NAMES], ids=str)
def test_the_tab_key_reaches_everything_and_shows_where_it_is(sheet, worlds, watch):
    seen = watch(worlds(sheet.world), sheet.who)
    seen.show(sheet)
    seen.page.evaluate("document.activeElement.blur()")
    expected = dict(seen.page.evaluate(NUMBER_STOPS))

    reached, unseen = walk(seen.page)

    assert not {html for stop, html in expected.items() if stop not in reached}
    assert not unseen


def walk(page):
    """Press Tab until the focus has been everywhere: the stops, and those where nothing showed it."""
    reached, unseen, old = set(), [], 0
    for _ in range(STOPS_AT_MOST):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus is None or focus["stop"] in reached:
            old += 1
            if old > OLD_STOPS:
                return reached, unseen
            continue
        old = 0
        if not (focus["marked"] and focus["inside"]):
            unseen.append(focus["html"])
        if focus["stop"]:
            reached.add(focus["stop"])
    raise AssertionError("the focus never came back")


@pytest.mark.parametrize("path", ["/", "/posts/reading-other-peoples-wiring", "/login"])
def test_the_first_stop_skips_to_the_text(path, worlds, watch):
    page = watch(worlds("demo")).page
    page.goto(worlds("demo").url(path))
    page.evaluate("document.activeElement.blur()")
    if path == "/login":
        page.evaluate("scrollTo(0, 0)")

    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.className")
    shown = page.locator(".skip").bounding_box()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert first == "skip"
    assert shown["y"] >= 0
    assert page.evaluate("document.activeElement.closest('#main') !== null")


def test_the_menu_opens_and_closes_with_the_keyboard(worlds, watch):
    page = watch(worlds("demo"), "author").page
    page.goto(worlds("demo").url("/"))
    summary, account = page.locator(".menu > summary"), page.get_by_role("link", name="Account", exact=True)

    summary.focus()
    page.keyboard.press("Enter")
    opened = account.is_visible()
    page.keyboard.press("Tab")
    within = page.evaluate("document.activeElement.closest('.menu') !== null")
    page.keyboard.press("Escape")

    assert opened
    assert within
    assert not account.is_visible()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_a_wrong_form_puts_the_focus_on_what_is_wrong_and_links_to_it(worlds, watch):
    page = watch(worlds("demo")).page
    page.goto(worlds("demo").url("/register"))

    page.get_by_label("User name").press("Enter")
    page.locator(".problems").wait_for()

    assert page.evaluate("document.activeElement.className") == "problems"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "username"


def test_signing_in_and_commenting_needs_no_pointer(worlds, watch):
    page = watch(worlds("demo")).page
    page.goto(worlds("demo").url("/login?next=/posts/label-both-ends"))
    login = page.get_by_label("User name or e-mail address")
    login.focus()

    page.keyboard.type("piotr")
    page.keyboard.press("Tab")
    page.keyboard.type("wobbly lantern over the quiet harbour")
    page.keyboard.press("Enter")
    page.get_by_label("Comment", exact=True).focus()
    page.keyboard.type("Typed without a mouse.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.locator(".comment", has_text="Typed without a mouse.").wait_for()
