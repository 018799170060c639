"""What a first visit costs: how many requests, how many bytes."""

import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from blog.web.assets import Assets
from tests.parts import FIGURE

REQUESTS = 6  # HTML, CSS, two scripts, two fonts
BYTES = 110_000
TEXT_BYTES = 30_000  # HTML, CSS and scripts, as they travel
EDITOR_TEXT_BYTES = 45_000
EDITOR_SCRIPT_BYTES = 20_000  # all that the editor can ever load, compressed
STATIC = Path(__file__).parents[2] / "static"
TEXT = {"Document", "Stylesheet", "Script"}

# Posts of the demo without pictures and within Latin-1.
POSTS = ("reading-other-peoples-wiring", "how-to-write-a-manual-that-nobody-needs-twice", "letters-your-worst-repairs")


class Transfer:
    """What a page loads into an empty cache, by the browser's own count of bytes on the wire."""

    def __init__(self, page):
        self.answers = {}
        self.sizes = {}
        self._devtools = page.context.new_cdp_session(page)
        self._devtools.on("Network.responseReceived", self._on_response)
        self._devtools.on("Network.loadingFinished", self._on_end)
        self._devtools.send("Network.enable")

    def counted(self):
        """(kind, address, bytes) of every request but icons and pictures of people."""
        return [
            (kind, url, self.sizes[id_])
            for id_, (kind, url) in self.answers.items()
            if id_ in self.sizes and not urlsplit(url).path.startswith("/media/") and "/icons/" not in url
        ]

    def _on_response(self, event):
        self.answers[event["requestId"]] = (event["type"], event["response"]["url"])

    def _on_end(self, event):
        self.sizes[event["requestId"]] = int(event["encodedDataLength"])


def load(watch, world, path, who="visitor"):
    seen = watch(world, who)
    transfer = Transfer(seen.page)
    seen.page.goto(world.url(path))
    seen.page.wait_for_load_state("networkidle")
    return transfer.counted()


@pytest.mark.parametrize("slug", POSTS)
def test_a_post_without_pictures_is_light(slug, worlds, watch, record_property):
    loaded = load(watch, worlds("demo"), f"/posts/{slug}")

    kinds = Counter(kind for kind, _, _ in loaded)
    whole = sum(size for _, _, size in loaded)
    text = sum(size for kind, _, size in loaded if kind in TEXT)
    record_property(FIGURE, f"{slug}: {len(loaded)} requests, {whole:,} bytes, {text:,} of them HTML, CSS and scripts")
    assert len(loaded) <= REQUESTS, loaded
    assert set(kinds) == TEXT | {"Font"}, loaded
    assert whole <= BYTES, loaded
    assert text <= TEXT_BYTES, loaded


def test_the_home_page_is_light(worlds, watch, record_property):
    loaded = load(watch, worlds("demo"), "/")

    text = sum(size for kind, _, size in loaded if kind in TEXT)
    record_property(FIGURE, f"home: {len(loaded)} requests, {text:,} bytes of HTML, CSS and scripts")
    assert len(loaded) <= REQUESTS, loaded
    assert text <= TEXT_BYTES, loaded


def test_the_editor_is_light(worlds, watch, record_property):
    loaded = load(watch, worlds("demo"), "/write/new", "author")

    text = sum(size for kind, _, size in loaded if kind in TEXT)
    record_property(FIGURE, f"editor: {len(loaded)} requests, {text:,} bytes of HTML, CSS and scripts")
    assert text <= EDITOR_TEXT_BYTES, loaded


def test_all_scripts_of_the_editor_are_light(tmp_path, record_property):
    Assets(STATIC).compress(tmp_path)
    (made,) = tmp_path.iterdir()
    found, waiting = {}, ["write.js", "saving.js"]
    while waiting:
        name = waiting.pop()
        source = (made / "js" / name).read_bytes()
        found[name] = len((made / "js" / f"{name}.br").read_bytes())
        waiting += set(re.findall(r'(?:from|import\()\s*"\./([\w-]+\.js)"', source.decode())) - found.keys()

    record_property(FIGURE, f"scripts of the editor: {sum(found.values()):,} bytes compressed, in {len(found)} files")
    assert {"rich.js", "tools.js"} <= found.keys()
    assert sum(found.values()) <= EDITOR_SCRIPT_BYTES, found
