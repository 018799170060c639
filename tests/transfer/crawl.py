"""Follows every link and picture of a blog that leads to the blog itself, as a search engine would."""

from collections import deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

from flask import Flask

_ATTRIBUTES = {"a": ("href",), "img": ("src", "srcset"), "link": ("href",), "script": ("src",), "source": ("srcset",)}


@dataclass
class Crawl:
    """What was found: the answer of each path, and where each path and place is linked from."""

    statuses: dict[str, int] = field(default_factory=dict)
    linked_from: dict[str, str] = field(default_factory=dict)
    places: dict[str, set[str]] = field(default_factory=dict)
    fragments: set[tuple[str, str, str]] = field(default_factory=set)
    """(page, path, fragment) of every link to a place."""

    @property
    def broken(self) -> list[str]:
        """The paths that did not answer well, each with a page that links to it."""
        return [
            f"{status} {path} linked from {self.linked_from.get(path)}"
            for path, status in self.statuses.items()
            if status >= 400
        ]

    @property
    def broken_places(self) -> list[str]:
        """Links to places that their page does not have."""
        return sorted(
            f"{path}#{fragment} linked from {page}"
            for page, path, fragment in self.fragments
            if path in self.places and fragment not in self.places[path]
        )


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            if value and name in _ATTRIBUTES.get(tag, ()):
                found = [part.split()[0] for part in value.split(",") if part.split()] if name == "srcset" else [value]
                self.addresses += found


def crawl(app: Flask, start: tuple[str, ...] = ("/",)) -> Crawl:
    """Everything that can be reached from `start` without signing in."""
    found = Crawl()
    waiting = deque(start)
    seen = set(start)
    client = app.test_client()
    while waiting:
        path = waiting.popleft()
        response = client.get(path, base_url=app.config["BASE_URL"])
        found.statuses[path] = response.status_code
        addresses = [response.headers["Location"]] if "Location" in response.headers else []
        if response.mimetype == "text/html" and response.status_code == 200:
            page = _Page()
            page.feed(response.get_data(as_text=True))
            found.places[path] = page.ids
            addresses = page.addresses
        for address in addresses:
            parts = urlsplit(urljoin(f"{app.config['BASE_URL']}{path}", address))
            if f"{parts.scheme}://{parts.netloc}" != app.config["BASE_URL"]:
                continue
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            if parts.fragment:
                found.fragments.add((path, target, unquote(parts.fragment)))
            found.linked_from.setdefault(target, path)
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return found
