"""Hostile texts opened in Chromium, with every element hovered, focused and clicked: nothing runs, nothing is asked for.

Once with the blog's Content-Security-Policy, which must find nothing to stop, and once with it switched off in the
browser, so that the sanitiser alone is seen to do it. That the trap snaps is proved on the payloads as they are.
"""

from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Error, Page, Route

from blog import clock
from tests.parts import FIGURE
from tests.security.attacked import Attacked
from tests.security.payloads import PAYLOADS

# Before any script of a page or a frame: what would run is counted, and no link leads away.
TRAP = """
window.caught = { ran: [], refused: [] };
for (const name of ["alert", "prompt", "confirm", "print"]) window[name] = (...said) => { top.caught.ran.push(`${name} ${said}`); };
document.addEventListener("securitypolicyviolation", (event) => {
  top.caught.refused.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
});
const stay = (event) => {
  const link = event.target.closest?.("a, area, form, button, input, summary");
  const leads = link?.href?.baseVal ?? link?.href ?? link?.formAction ?? link?.action ?? "";
  if (/^https?:|^mailto:/.test(leads)) event.preventDefault();
};
addEventListener("click", stay, true);
addEventListener("submit", stay, true);
"""

# What a visitor's hand may do to each element of the page; handlers hear of it, be they ours or a payload's.
TOUCH = """() => {
  const found = [];
  const hand = ["mouseover", "mouseenter", "mousemove", "mousedown", "pointerenter", "pointerdown"];
  const all = [...document.querySelectorAll("body, main, main *")];
  for (const element of all) {
    if (!element.isConnected) continue;
    for (const { name } of element.attributes) if (/^on/i.test(name)) found.push(`${element.nodeName} has ${name}`);
    for (const name of ["href", "src", "action", "formaction", "xlink:href"]) {
      const value = element.getAttribute(name) ?? "";
      const scheme = /^[\\u0000- ]*([a-z][a-z0-9+.-]*):/i.exec(value.replace(/[\\t\\n\\r]/g, ""))?.[1].toLowerCase();
      if (scheme && !["http", "https", "mailto", "data"].includes(scheme)) found.push(`${element.nodeName} ${name} ${value}`);
    }
    if (element.matches("a[target]:not([href='/write/syntax']), a[ping], iframe, object, embed, base, body link, body style, body script")) found.push(element.outerHTML.slice(0, 120));
    for (const name of hand) element.dispatchEvent(new Event(name, { bubbles: true, cancelable: true }));
    if (element.tabIndex >= 0) element.focus();
    element.click?.();
  }
  return [all.length, found];
}"""
SETTLED = "() => new Promise((settle) => requestAnimationFrame(() => setTimeout(settle, 0)))"
SOME = 160
"""Of so many payloads one has its own post, author and editor opened; lists and collections show all of them."""


class Trap:
    """A browser in which what runs, what is asked of other hosts and what the policy refuses is written down."""

    def __init__(self, context: BrowserContext, host: str) -> None:
        self.caught: list[str] = []
        self.touched = self.pages = 0
        self._host = host
        self._elsewhere: list[str] = []
        context.add_init_script(TRAP)
        context.route(lambda url: urlsplit(url).netloc != host and url.startswith("http"), self._refuse)
        self._context = context
        self.page = self._new_page()

    def open(self, url: str) -> None:
        """Open a page and touch everything on it."""
        self.page.goto(url)
        self.touch(urlsplit(url).path)

    def open_all(self, url: str) -> None:
        """The same with every page of a list."""
        while url:
            self.open(url)
            onwards = self.page.locator(".pager a[rel=next]")
            url = onwards.evaluate("link => link.href") if onwards.count() else ""

    def touch(self, where: str) -> None:
        """Touch everything on the page that is open; keep what happened."""
        count, found = self.page.evaluate(TOUCH)
        self.page.evaluate(SETTLED)
        seen = self.page.evaluate("caught")
        self.caught += [f"{where}: {what}" for what in [*found, *seen["ran"], *seen["refused"], *self._elsewhere]]
        self._elsewhere.clear()
        self.touched += count
        self.pages += 1

    def renew(self) -> None:
        """Leave the page, wherever it was led, and begin with an empty one."""
        self.caught.clear()
        self.page.close()
        self.page = self._new_page()

    def _new_page(self) -> Page:
        page = self._context.new_page()
        page.on("dialog", self._answer)
        return page

    def _answer(self, dialog: Dialog) -> None:
        if dialog.type != "beforeunload":  # the editor's own: it has been typed in
            self._elsewhere.append(f"a dialog: {dialog.message}")
        dialog.accept()

    def _refuse(self, route: Route) -> None:
        self._elsewhere.append(f"asks {route.request.url}")
        route.abort()


def lists(places: Attacked) -> list[tuple[str, str]]:
    """Who reads which list: to its end where nothing but the sanitiser stops what is in it."""
    return [
        ("visitor", f"/posts/{places.thread}"),
        ("visitor", f"/archive/{clock.now():%Y/%m}"),
        ("admin", "/write/comments"),
    ]


def pages(places: Attacked) -> Iterator[tuple[str, str]]:
    """Who opens what else."""
    some = places.posts[::SOME]
    for path in ("/", "/tags/", *(f"/posts/{slug}" for slug in places.collections)):
        yield "reader", path
    for post_id, slug, name in some:
        yield "reader", f"/posts/{slug}"
        yield "visitor", f"/authors/{name}"
        yield "admin", f"/write/{post_id}"
        yield "admin", f"/write/{post_id}/preview"
    for path in (f"/posts/{places.thread}", "/admin/users", "/write/published", "/admin/"):
        yield "admin", path
    for path in ("/account/", "/account/sessions", *(f"/comments/{one}/edit" for one in places.comments[::SOME])):
        yield "attacker", path


@pytest.mark.slow
@pytest.mark.parametrize("policy", [True, False], ids=["as it is served", "without the policy"])
def test_no_hostile_text_runs_or_asks_anybody(worlds, visits, policy, record_property):
    world = worlds("attacked")
    places: Attacked = world.places["attacked"]
    host = urlsplit(world.site.url).netloc
    contexts = {who: visits.context(world, who, policy=policy) for who in ("visitor", *world.people)}
    traps = {who: Trap(context, host) for who, context in contexts.items()}

    for who, path in pages(places):
        traps[who].open(world.site.url + path)
    for who, path in lists(places):
        (traps[who].open if policy else traps[who].open_all)(world.site.url + path)

    for context in contexts.values():
        context.close()
    caught = [what for trap in traps.values() for what in trap.caught]
    assert not caught, "\n".join(caught[:20])
    opened, touched = (sum(getattr(trap, name) for trap in traps.values()) for name in ("pages", "touched"))
    record_property(FIGURE, f"{len(PAYLOADS)} hostile texts on {opened} pages in Chromium, {touched} elements touched")


def test_the_trap_snaps_where_nobody_stops_them(chromium: Browser):
    context = chromium.new_context(bypass_csp=True)
    context.set_default_timeout(30_000)
    context.route("**/*", lambda route: route.fulfill(body="<!doctype html><h1>x</h1>", content_type="text/html"))
    trap = Trap(context, "trap.example")
    ran = asked = 0

    for payload in PAYLOADS[::20]:
        trap.page.goto("http://trap.example/")
        trap.page.evaluate("html => { document.body.innerHTML = html }", payload)
        with suppress(Error):  # a payload has led the page itself away
            trap.touch("x")
        ran += any("alert" in what for what in trap.caught)
        asked += any("asks" in what for what in trap.caught)
        trap.renew()

    context.close()
    assert ran > 3
    assert asked > 1
