"""A page under watch: what it asks for, what its console says, how much of it moves."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, Response

from tests.browser.sheets import Sheet
from tests.browser.world import World

# Runs before any script of a page: keeps what moved, and what the policy refused.
WATCHER = """
window.watched = { shifts: [], refused: [] };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (!entry.hadRecentInput) watched.shifts.push([entry.value, entry.sources.map(({ node }) => node?.parentElement?.className + " " + node?.nodeName)]);
  }
}).observe({ type: "layout-shift", buffered: true });
document.addEventListener("securitypolicyviolation", (event) => {
  watched.refused.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
});
"""

AT_REST = """async () => {
  await document.fonts.ready;
  for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
}"""

AXE = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary.replace(/\\s+/g, " ")}`));
}"""


@dataclass
class Watched:
    """A page and what was noticed of it since it was opened."""

    page: Page
    world: World
    requests: list[Request] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    """Errors and warnings of the console, exceptions, requests that failed or went elsewhere."""
    answer: Response | None = None
    """Of the last page that was loaded."""

    def __post_init__(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.troubles.append(f"exception: {error}"))
        self.page.on("request", self._on_request)
        self.page.on("requestfailed", self._on_failure)
        self.page.on("response", self._on_response)

    def show(self, sheet: Sheet) -> None:
        """Open the sheet, do what leads to it, and wait until nothing moves any more."""
        self.page.goto(self.world.url(sheet.path))
        if sheet.act:
            sheet.act(self.page)
        self.page.wait_for_load_state("load")
        assert self.answer is not None
        assert self.answer.status == sheet.status, f"{sheet}: {self.answer.status} at {self.answer.url}"
        self.page.evaluate(AT_REST)

    def violations(self, axe_source: str) -> list[str]:
        """What axe-core finds wrong."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(axe_source)
        found: list[str] = self.page.evaluate(AXE)
        return found

    def shift(self) -> tuple[float, Any]:
        """The cumulative layout shift so far, and what moved."""
        shifts = self.page.evaluate("watched.shifts")
        return sum(value for value, _ in shifts), shifts

    def refused(self) -> list[str]:
        """What the Content Security Policy kept out."""
        found: list[str] = self.page.evaluate("watched.refused")
        return found

    def overflow(self) -> list[str]:
        """What reaches beyond the window's edge, if the page can be scrolled sideways."""
        found: list[str] = self.page.evaluate(
            """() => {
              const { scrollWidth, clientWidth } = document.documentElement;
              if (scrollWidth <= clientWidth) return [];
              const wide = [...document.body.querySelectorAll("*")].filter((element) => {
                const { right, left } = element.getBoundingClientRect();
                return right > clientWidth + 0.5 || left < -0.5;
              });
              return [`${scrollWidth} of ${clientWidth}`, ...wide.slice(0, 6).map((element) => `${element.nodeName}.${element.className}`)];
            }"""
        )
        return found

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if self.answer and self.answer.status >= 400 and message.location["url"] == self.answer.url:
            return  # the browser's own line about the status of the page that is asked for
        self.troubles.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _on_request(self, request: Request) -> None:
        self.requests.append(request)
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" != self.world.site.url:
            self.troubles.append(f"a request to another host: {request.url}")

    def _on_failure(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page that is left before all of it is there
            self.troubles.append(f"{request.failure}: {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.request.is_navigation_request() and not 300 <= response.status < 400:
            self.answer = response
        elif response.status >= 400:
            self.troubles.append(f"{response.status}: {response.url}")
