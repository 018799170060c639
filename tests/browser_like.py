"""A browser without a screen: keeps cookies, sends what browsers send, fills in forms, checks every page it gets (on SQLite)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

from flask import Flask
from werkzeug.test import Client, TestResponse

from tests.strict_html import check_page, parse_page

_XHTML = "{http://www.w3.org/1999/xhtml}"


class FormNotFound(AssertionError):
    """The page has no such form."""


@dataclass
class Page:
    """An answer."""

    response: TestResponse
    url: str

    @property
    def is_html(self) -> bool:
        """True for a page with something on it."""
        return self.response.mimetype == "text/html" and bool(self.response.data)

    @cached_property
    def tree(self) -> Element | None:
        """What is on it; None if it is no HTML."""
        return parse_page(self.html) if self.is_html else None

    @property
    def status(self) -> int:
        """The status code."""
        return self.response.status_code

    @property
    def html(self) -> str:
        """The body as text."""
        return self.response.get_data(as_text=True)

    @property
    def text(self) -> str:
        """What a reader sees, white space folded."""
        assert self.tree is not None
        return " ".join(" ".join(self.tree.itertext()).split())

    @property
    def location(self) -> str:
        """Where a redirect leads, without the host."""
        parts = urlsplit(self.response.headers.get("Location", ""))
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Every element of a kind with these attributes (`class_` and `for_` for the reserved words)."""
        assert self.tree is not None
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.tree.iter(_XHTML + tag)
            if all(
                value in (element.get(name) or "").split() if name == "class" else element.get(name) == value
                for name, value in wanted.items()
            )
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        """The only such element."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} × <{tag} {attributes}> in {self.url}"
        return found[0]

    def links(self) -> list[str]:
        """Every link of the page."""
        return [element.get("href") or "" for element in self.all("a") if element.get("href")]

    def errors(self) -> str:
        """What the form says is wrong."""
        return " ".join(" ".join(" ".join(element.itertext()).split()) for element in self.all("p", class_="error"))


class Browser:
    """One person at one browser."""

    def __init__(self, app: Flask, *, base_url: str | None = None, address: str = "127.0.0.1") -> None:
        self.app = app
        self.client = Client(app, use_cookies=True)
        self.base_url = base_url or app.config["BASE_URL"]
        self.address = address
        self.page: Page | None = None
        # A page is as right on one database as on the next, and reading HTML strictly is most of a test's time.
        self.checks_pages = app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite")

    def get(self, path: str, *, follow: bool = False, **kwargs: Any) -> Page:
        """Open an address."""
        return self._keep(self._open(path, "GET", follow=follow, **kwargs))

    def post(self, path: str, data: Any = None, *, follow: bool = False, **kwargs: Any) -> Page:
        """Send a form, as our own page would."""
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": self.base_url, **kwargs.pop("headers", {})}
        return self._keep(self._open(path, "POST", data=data or {}, headers=headers, follow=follow, **kwargs))

    def submit(self, action: str | None = None, *, follow: bool = True, via: str | None = None, **fields: Any) -> Page:
        """Fill in the form of the current page and send it; `action` tells which, by a part of its address.

        `via` is the address of a button with a `formaction`. Fields of the form that are not given keep their values,
        hidden ones (tokens, keys) included. A field given as None is not sent.
        """
        assert self.page is not None
        form = self._form(action)
        values = _values(form)
        for name, value in fields.items():
            assert name in values or any(element.get("name") == name for element in form.iter()), f"no field {name}"
            if value is None:
                values.pop(name, None)
            else:
                values[name] = value
        target = via or form.get("action") or self.page.url
        return self.post(urljoin(self.page.url, target), values, follow=follow)

    def sign_in(self, user: Any, password: str = "correct horse battery staple", **fields: Any) -> "Browser":
        """Sign in through the form."""
        self.get("/login")
        page = self.submit("/login", follow=False, login=user.username, password=password, **fields)
        assert page.status == 303, page.errors() or page.status
        return self

    def cookie(self, name: str) -> str | None:
        """The value of a cookie."""
        found = self.client.get_cookie(name, domain=urlsplit(self.base_url).hostname or "localhost")
        return found.value if found else None

    def _open(self, path: str, method: str, *, follow: bool, **kwargs: Any) -> tuple[TestResponse, str]:
        environ = {"REMOTE_ADDR": self.address, **kwargs.pop("environ", {})}
        for _ in range(6):
            response = self.client.open(
                path, method=method, base_url=self.base_url, environ_overrides=environ, **kwargs
            )
            if not follow or response.status_code not in (301, 302, 303, 308):
                break
            path, method, kwargs = urljoin(path, response.headers["Location"]), "GET", {}
        return response, path

    def _keep(self, answer: tuple[TestResponse, str]) -> Page:
        self.page = Page(*answer)
        is_redirect = 300 <= self.page.status < 400
        if self.page.is_html and not is_redirect and self.checks_pages:
            check_page(self.page.html, self.page.url)
        return self.page

    def _form(self, action: str | None) -> Element:
        assert self.page is not None
        forms = [form for form in self.page.all("form") if (form.get("method") or "get").lower() == "post"]
        if action is not None:
            forms = [form for form in forms if action in (form.get("action") or self.page.url)]
        if not forms:
            raise FormNotFound(f"no form {action or ''} in {self.page.url}")
        return forms[0]


def _values(form: Element) -> dict[str, Any]:
    """What a browser would send if the form were sent as it is."""
    values: dict[str, Any] = {}
    for element in form.iter():
        tag, name = element.tag.removeprefix(_XHTML), element.get("name")
        if not name or element.get("disabled") is not None:
            continue
        kind = (element.get("type") or "text").lower()
        if tag == "textarea":
            values[name] = "".join(element.itertext())  # html5lib has dropped the first line break
        elif tag == "select":
            options = list(element.iter(_XHTML + "option"))
            chosen = [option for option in options if option.get("selected") is not None] or options[:1]
            values[name] = (
                [_option(option) for option in chosen] if element.get("multiple") is not None else _option(chosen[0])
            )
        elif tag == "input" and kind in ("checkbox", "radio"):
            if element.get("checked") is not None:
                values[name] = element.get("value") or "on"
        elif tag == "input" and kind not in ("submit", "button", "file", "image", "reset"):
            values[name] = element.get("value") or ""
    return values


def _option(option: Element) -> str:
    value = option.get("value")
    return value if value is not None else "".join(option.itertext())
