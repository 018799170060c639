"""Light and dark: the choice is kept, and a page never shows the other one first."""

import pytest

# Runs before every paint, from the first: the colour that the page is about to show.
RECORDER = """
window.painted = [];
const record = () => {
  if (document.body) painted.push(getComputedStyle(document.body).backgroundColor + " " + getComputedStyle(document.documentElement).backgroundColor);
  requestAnimationFrame(record);
};
requestAnimationFrame(record);
"""


def choose(page, name):
    page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize(("system", "choice"), [("light", "Dark"), ("dark", "Light")])
def test_a_chosen_theme_is_kept_and_never_flashes(system, choice, worlds, watch):
    page = watch(worlds("demo"), theme=system).page
    page.add_init_script(RECORDER)
    page.goto(worlds("demo").url("/"))
    before = page.evaluate("painted.at(-1)")

    choose(page, choice)
    page.goto(worlds("demo").url("/posts/reading-other-peoples-wiring"))
    page.evaluate("async () => { while (painted.length < 10) await new Promise(requestAnimationFrame) }")

    shown = set(page.evaluate("painted"))
    assert len(shown) == 1
    assert before not in shown
    assert page.get_by_role("button", name=choice, exact=True).get_attribute("aria-pressed") == "true"


def test_the_system_decides_until_somebody_chooses_and_again_afterwards(worlds, watch):
    page = watch(worlds("demo"), theme="light").page
    page.goto(worlds("demo").url("/"))
    colour = "getComputedStyle(document.documentElement).colorScheme + getComputedStyle(document.body).color"
    light = page.evaluate(colour)

    choose(page, "Dark")
    dark = page.evaluate(colour)
    choose(page, "As the system")
    back = page.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    followed = page.evaluate(colour)

    assert light != dark
    assert back == light
    assert followed != light


def test_without_scripts_the_system_decides_and_no_switch_is_shown(worlds, watch):
    colours = set()
    for theme in ("light", "dark"):
        page = watch(worlds("demo"), theme=theme, scripts=False).page
        page.goto(worlds("demo").url("/"))
        colours.add(page.locator("body").evaluate("body => getComputedStyle(body).color"))
        assert not page.get_by_role("button", name="Dark", exact=True).is_visible()

    assert len(colours) == 2
