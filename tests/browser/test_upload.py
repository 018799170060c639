"""Sending pictures with the script: chosen, dropped and pasted, several at once, with what became of each."""

import base64
import re

import pytest
from playwright.sync_api import expect

from tests.media.pictures import encoded, photo
from tests.together import wait_until

GIVE = """([type, files]) => {
  const transfer = new DataTransfer();
  for (const [name, mime, content] of files) transfer.items.add(new File([Uint8Array.from(atob(content), (one) => one.charCodeAt(0))], name, { type: mime }));
  const event = type === "paste" ? new ClipboardEvent(type, { clipboardData: transfer, bubbles: true, cancelable: true })
    : new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true });
  document.querySelector("h1").dispatchEvent(event);
}"""


DELETE_ALL = """async (token) => {
  for (const { href } of document.querySelectorAll(".tiles a")) await fetch(`${href}/deletion`, { method: "POST", headers: { "X-CSRFToken": token } });
}"""


SUBMIT = """([action, fields]) => {
  const form = Object.assign(document.createElement("form"), { method: "post", action });
  for (const [name, value] of Object.entries(fields)) form.append(Object.assign(document.createElement("textarea"), { name, value }));
  document.body.append(form);
  form.submit();
}"""
WIDTH = "async (image) => (await createImageBitmap(await (await fetch(image.currentSrc)).blob())).width"


@pytest.fixture
def library(worlds, watch):
    """The library of a site that has no pictures, before and after."""
    world = worlds("owned")
    page, address = watch(world, "admin").page, world.url("/write/media")
    page.goto(address)
    yield page
    page.goto(address)
    page.evaluate(DELETE_ALL, page.locator("input[name=csrf_token]").first.input_value())
    page.goto(address)
    expect(page.locator(".tiles")).to_have_count(0)


def given(name, content, mime="image/png"):
    return [name, mime, base64.b64encode(content).decode()]


def picture(width):
    return encoded(photo(width, 40), "PNG")


def test_pictures_are_dropped_pasted_and_chosen(library):
    page = library
    rows = page.locator(".sending li")

    page.evaluate(
        GIVE, ["drop", [given("one.png", picture(61)), given("broken.png", b"nothing"), given("two.png", picture(62))]]
    )
    expect(rows).to_have_count(3)
    expect(page.locator(".sending b")).to_have_count(2)
    expect(rows.nth(1).locator("p")).to_have_text("Choose a JPEG, PNG, GIF, WebP or AVIF picture.")

    page.evaluate(GIVE, ["paste", [given("three.png", picture(63)), given("notes.txt", b"words", "text/plain")]])
    expect(rows).to_have_count(4)
    page.locator(".send").evaluate("element => { element.open = true }")
    page.locator("#pictures").set_input_files(
        [
            {"name": f"{name}.png", "mimeType": "image/png", "buffer": picture(64 + number)}
            for number, name in enumerate(("four", "five"))
        ]
    )
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".sending b")).to_have_count(5)
    page.get_by_role("link", name="Show the new pictures").click()

    expect(page.locator(".tiles li")).to_have_count(5)
    page.locator(".tiles a").first.click()
    page.get_by_label("Description").fill("Noise")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#markdown")).to_have_value(re.compile(r"!\[Noise\]\(/media/.+\)"))


def test_the_module_for_others_tells_of_each_file(library):
    page = library
    address = page.locator("script[src*='js/library.js']").get_attribute("src").replace("library", "upload")

    said = page.evaluate(
        """async ([address, content]) => {
          const { upload } = await import(address);
          const told = [], bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
          const files = [new File([bytes], "a.png"), new File(["x"], "b.png")];
          const pictures = await upload(files, {
            alt: "Grain", onDone: (file, picture) => told.push([file.name, picture.markdown]), onRefused: (file, reason) => told.push([file.name, reason]),
            onProgress: (file, part) => { if (part < 0 || part > 1) told.push("wrong"); },
          });
          return { told: told.sort(), count: pictures.length };
        }""",
        [address, base64.b64encode(picture(77)).decode()],
    )

    assert said["count"] == 1
    assert said["told"][0][1].startswith("![Grain](/media/")
    assert said["told"][1][1].startswith("Choose a JPEG")


def test_a_picture_in_a_post_comes_small_and_opens_in_its_full_size(library, worlds):
    page, world = library, worlds("owned")
    page.locator(".send").evaluate("element => { element.open = true }")
    page.locator("#pictures").set_input_files(
        [{"name": "large.jpg", "mimeType": "image/jpeg", "buffer": encoded(photo(2000, 900))}]
    )
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator(".sending a").click()
    markdown, address = page.locator("#markdown").input_value(), page.url
    html = lambda: page.request.get(address).text()  # noqa: E731
    wait_until(lambda: 'type="image/avif"' in html())
    token = page.locator("input[name=csrf_token]").first.input_value()
    fields = {"csrf_token": token, "title": "A large one", "body": markdown}
    with page.expect_navigation():
        page.evaluate(SUBMIT, [world.url("/write/preview"), fields])

    shown = page.locator(".prose picture img")
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("image => image.currentSrc").endswith(".avif")
    assert shown.evaluate(WIDTH) == 960
    page.locator(".enlarge").click()
    expect(page.locator(".viewer img")).to_have_js_property("naturalWidth", 2000)
