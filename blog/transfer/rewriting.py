"""The links of an article: where each leads, and the text with the addresses that this blog has for them."""

import html
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import unquote

from blog.markdown import ID_PREFIX
from blog.posts.rendering import render_body
from blog.transfer.addresses import (
    AddressBook,
    Target,
    ToArticle,
    ToElsewhere,
    ToNothing,
    ToOldSite,
    ToPage,
    ToPicture,
)
from blog.transfer.links import NOWHERE, links, rewrite
from blog.transfer.pictures import file_digest
from blog.transfer.places import Link
from blog.transfer.plans import Plan, source_digest
from blog.transfer.report import Finding, Report
from blog.transfer.shortcodes import TO_FILE, TO_POST

_LEFT_OVER = re.compile(rf"(?:{TO_FILE}|{TO_POST})[^\s\"'<>()\[\]]*")
CUT_NAME_LENGTH = 50
"""From so many letters on, the beginning of a heading's name is taken for the name: ours are cut."""
_OUTSIDE = re.compile(r"(?:https?:)?//", re.IGNORECASE)


class Rewriter:
    """Knows all articles, so that one can link to another."""

    def __init__(self, book: AddressBook, plans: Mapping[str, Plan]) -> None:
        self.book = book
        self.plans = plans
        self._places: dict[str, frozenset[str]] = {}

    def resolve(self, plan: Plan, report: Report) -> None:
        """Find out where every address in the article leads; report what leads nowhere, or away."""
        body, article = plan.article.body, plan.article
        found = [link for link in links(body) if link.address]
        found += [Link(match[0]) for match in _LEFT_OVER.finditer(body)]
        found += [Link(article.picture, is_picture=True)] if article.picture else []
        for address, is_picture in dict.fromkeys((link.address, link.is_picture) for link in found):
            target = plan.targets[address, is_picture] = self._target(address, plan, is_picture=is_picture)
            finding = Finding(plan.file, _shown(address))
            match target:
                case ToElsewhere() if is_picture and _OUTSIDE.match(address):
                    report.outside_pictures.append(finding)
                case ToOldSite(old, reason):
                    report.old_site_links.append(Finding(plan.file, f"{old} ({reason})"))
                case ToNothing(reason) if is_picture:
                    report.lost_pictures.append(Finding(plan.file, f"{_shown(address)} ({reason})"))
                case ToNothing(reason):
                    report.lost_links.append(Finding(plan.file, f"{_shown(address)} ({reason})"))
        symbols = [(address, is_picture, _symbol(target)) for (address, is_picture), target in plan.targets.items()]
        plan.digest = source_digest(article, sorted(symbols))

    def body(self, plan: Plan, picture_url: Callable[[Path], str | None]) -> str:
        """The article's text with its links as they are on this blog."""

        def change(link: Link) -> object:
            target = plan.targets.get((link.address, link.is_picture))
            match target:
                case ToArticle(key, fragment):
                    return None if link.is_picture else self._post_address(plan, self.plans[key], fragment)
                case ToPicture(path):
                    return picture_url(path) or NOWHERE
                case ToPage(address) | ToOldSite(address):
                    return address
                case ToNothing():
                    return NOWHERE
            return None

        def left_over(match: re.Match[str]) -> str:
            new = change(Link(match[0]))
            return new if isinstance(new, str) else _shown(match[0])

        rewritten = rewrite(plan.article.body, change)  # type: ignore[arg-type]  # mypy does not narrow `object`
        return _LEFT_OVER.sub(left_over, rewritten)

    def _target(self, address: str, plan: Plan, *, is_picture: bool) -> Target:
        target = self.book.find(address, plan.article, is_picture=is_picture)
        if isinstance(target, ToArticle) and target.key != plan.article.key:
            other = self.book.articles[target.key]
            if other.is_draft and not plan.article.is_draft:
                return self.book.old_address(other) or ToNothing("it is a draft here")
        return target

    def _post_address(self, plan: Plan, other: Plan, fragment: str) -> str:
        """The address of a post, or of a place in it."""
        place = self._place(other, unquote(fragment)) if fragment else ""
        if other is plan and fragment:
            return f"#{place or fragment}"
        return f"{other.address}#{ID_PREFIX}{place}" if place else other.address

    def _place(self, plan: Plan, fragment: str) -> str:
        """The name that a place in a text has here; empty if the text has no such place.

        Generators make the names of headings by rules that differ in little but punctuation and length.
        """
        key = plan.article.key
        if key not in self._places:
            found = re.findall(rf'\sid="{ID_PREFIX}([^"]*)"', render_body(plan.article.body).html)
            self._places[key] = frozenset(map(html.unescape, found))
        names = self._places[key]
        if fragment in names:
            return fragment
        wanted = _letters(fragment)
        return next((name for name in sorted(names) if wanted and _is_called(_letters(name), wanted)), "")


def _is_called(name: str, wanted: str) -> bool:
    return name == wanted or (len(name) > CUT_NAME_LENGTH and wanted.startswith(name))


def _symbol(target: Target) -> str:
    """A target by what stays the same when a post gets another slug, or a picture another encoding."""
    match target:
        case ToArticle(key, fragment):
            return f"article {key}#{fragment}"
        case ToPicture(path):
            return f"picture {file_digest(path)}"
        case ToPage(address) | ToOldSite(address):
            return address
    return type(target).__name__


def _shown(address: str) -> str:
    """An address as its author wrote it."""
    return address.removeprefix(TO_FILE).removeprefix(TO_POST)[:300]


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
