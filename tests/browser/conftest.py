"""Sites that really run, and a Chromium that looks at them; without one of the two the tests say what they lack."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.site import Site
from tests.browser.watched import WATCHER, Watched
from tests.browser.world import (
    ATTACKED,
    PASSWORD,
    PEOPLE,
    World,
    fill_demo,
    fill_with_owner,
    fill_with_payloads,
    start_empty,
)
from tests.parts import NODE_MODULES, chromium_path, require

WIDE, NARROW = (1280, 800), (390, 844)
THEMES = ("light", "dark")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SLOWEST = 30_000  # milliseconds that anything may take
FILLED = {
    "demo": (PEOPLE, fill_demo),
    "owned": ({"admin": "ines"}, fill_with_owner),
    "attacked": (ATTACKED, fill_with_payloads),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this folder needs the browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Chromium, once for all tests."""
    require("the browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def start_worlds() -> Iterator[Callable[[str], World]]:
    """`worlds("demo")`: a running site with what is in it, started when it is first asked for."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="blog-")))

        @cache
        def start(name: str) -> World:
            site = start_empty(folder / name)
            people, fill = FILLED.get(name, ({}, None))
            places = fill(site) if fill else {}
            stack.enter_context(site)
            if not fill:
                places["set_up"] = site.set_up_link().removeprefix(site.url)
            return World(site, people, places)

        yield start


@pytest.fixture(scope="session")
def worlds() -> Iterator[Callable[[str], World]]:
    """The running sites, shared by the tests: what a test changes in one it may not leave changed."""
    with start_worlds() as start:
        yield start


class Visits:
    """Opens pages as one person or another; whoever signed in once stays signed in."""

    def __init__(self, chromium: Browser) -> None:
        self._chromium = chromium
        self._cookies: dict[tuple[str, str], Any] = {}

    def context(
        self,
        world: World,
        who: str = "visitor",
        *,
        size: tuple[int, int] = WIDE,
        theme: str = "light",
        scripts: bool = True,
        policy: bool = True,
    ) -> BrowserContext:
        """A browser of its own, signed in as `who`; without `policy` it ignores the Content-Security-Policy."""
        key = (world.site.url, who)
        if who != "visitor" and key not in self._cookies:
            self._cookies[key] = self._sign_in(world, who)
        context = self._chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,
            java_script_enabled=scripts,
            bypass_csp=not policy,
            storage_state=self._cookies.get(key),
            reduced_motion="reduce",
        )
        context.set_default_timeout(SLOWEST)
        if scripts:
            context.add_init_script(WATCHER)
        return context

    def fresh(self, *, scripts: bool = True, zone: str = "UTC") -> Page:
        """A page of somebody who was never here, in a time zone."""
        context = self._chromium.new_context(java_script_enabled=scripts, timezone_id=zone)
        context.set_default_timeout(SLOWEST)
        return context.new_page()

    def _sign_in(self, world: World, who: str) -> Any:
        context = self._chromium.new_context()
        context.set_default_timeout(SLOWEST)
        page = context.new_page()
        sign_in(page, world.site.url, world.people[who])
        state = context.storage_state()
        context.close()
        return state


def sign_in(page: Page, url: str, username: str, password: str = PASSWORD) -> None:
    """Sign in through the form."""
    page.goto(f"{url}/login")
    page.get_by_label("User name or e-mail address").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda address: not address.endswith("/login"))


@pytest.fixture(scope="session")
def visits(chromium: Browser) -> Visits:
    """Opens pages as one person or another."""
    return Visits(chromium)


@pytest.fixture
def watch(visits: Visits) -> Iterator[Callable[..., Watched]]:
    """`watch(world, who, size=…, theme=…)`: a new page whose console, requests and shifts are kept."""
    contexts: list[BrowserContext] = []

    def open_page(world: World, who: str = "visitor", **kwargs: Any) -> Watched:
        context = visits.context(world, who, **kwargs)
        contexts.append(context)
        return Watched(context.new_page(), world)

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def fresh_site(tmp_path: Path) -> Iterator[Site]:
    """A site that starts on an empty folder: not running yet."""
    site = start_empty(tmp_path)
    yield site
    site.__exit__()


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The script of axe-core."""
    require("axe-core")
    return (NODE_MODULES / "axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def vnu() -> list[str]:
    """The command of the HTML checker."""
    require("the HTML checker")
    return ["java", "-Xss1m", "-jar", str(NODE_MODULES / "vnu-jar/build/dist/vnu.jar")]


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A site to write on, which tests may fill."""
    site = start_empty(tmp_path_factory.mktemp("desk"))
    places = fill_with_owner(site)
    with site:
        yield World(site, {"admin": "ines"}, places)


@pytest.fixture
def editor(desk: World, watch: Callable[..., Watched]) -> Callable[..., Watched]:
    """`editor(size=…, theme=…)`: the owner opens the editor of a new post in a browser of their own."""

    def open_editor(path: str = "/write/new", **kwargs: Any) -> Watched:
        seen = watch(desk, "admin", **kwargs)
        seen.page.goto(desk.url(path))
        return seen

    return open_editor
