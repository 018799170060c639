"""A folder -> its articles, and what was skipped and why. A file that can't be read never stops the others."""

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from blog.transfer.articles import HTML, MARKDOWN, Article, read_article
from blog.transfer.sites import Generator, Site
from blog.transfer.texts import Skipped

log = logging.getLogger(__name__)

MAX_DEPTH = 30
"""Folders in each other."""

_OTHER_TEXTS = {
    ".mdx": "MDX is a program, and none is run",
    ".rst": "reStructuredText is not Markdown",
    ".org": "Org is not Markdown",
    ".adoc": "AsciiDoc is not Markdown",
    ".asciidoc": "AsciiDoc is not Markdown",
    ".textile": "Textile is not Markdown",
    ".ipynb": "a notebook is not Markdown",
}
_NEVER = frozenset({"node_modules", "__pycache__"})
_MACHINERY = frozenset({"_site", "_layouts", "_includes", "_sass", "_data", "_plugins", "_11ty", "_build"})
"""Folders that hold no texts of the site's own."""
_GENERATORS_MACHINERY = _MACHINERY | {
    "archetypes", "bower_components", "build", "data", "dist", "functions", "i18n", "layouts", "output", "public",
    "resources", "sass", "scaffolds", "scripts", "shortcodes", "static", "templates", "themes", "vendor",
}  # fmt: skip
"""Those and more, beside the content of a generator that is known."""


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that became no post."""

    file: str
    """Its path from the given folder."""
    reason: str


@dataclass
class Reading:
    """What a folder holds."""

    site: Site
    articles: list[Article] = field(default_factory=list)
    """In the order of their dates."""
    skipped: list[SkippedFile] = field(default_factory=list)
    sections: set[str] = field(default_factory=set)
    """The folders with texts, from the content folder, as in `posts/2020`."""


def read_folder(
    site: Site, *, day_zone: tzinfo, now: datetime, each: Callable[[list[Path]], Iterator[Path]] = iter
) -> Reading:
    """Read every text of the folder. `each` may watch the files go by, for a progress bar."""
    reading = Reading(site)
    paths: list[Path] = []
    for path, reason in _texts(site, site.given):
        if reason:
            reading.skipped.append(SkippedFile(_name(site, path), reason))
        else:
            paths.append(path)
    for path in each(paths):
        try:
            reading.articles.append(read_article(path, site, day_zone=day_zone, now=now))
        except Skipped as skip:
            reading.skipped.append(SkippedFile(_name(site, path), str(skip)))
        except OSError as error:
            reading.skipped.append(SkippedFile(_name(site, path), f"it can't be read: {error.strerror or error}"))
        except Exception as error:
            # Whatever one text provokes must not stop the others; it is told, and logged for those who can mend it.
            log.exception("reading %s failed", path)
            reading.skipped.append(SkippedFile(_name(site, path), f"it made the import fail: {type(error).__name__}"))
        for folder in path.relative_to(site.content).parents:
            reading.sections.add(folder.as_posix())
    reading.articles = _all_dated(reading.articles, now)
    reading.skipped.sort(key=lambda skip: skip.file)
    return reading


def _texts(site: Site, folder: Path, depth: int = 0) -> Iterator[tuple[Path, str]]:
    """Every file that may be a text, sorted, with the reason if it is not to be read."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield folder, f"the folder can't be read: {error.strerror or error}"
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith(".") or entry.name in _NEVER:
            continue
        if entry.is_dir(follow_symlinks=False):
            if depth < MAX_DEPTH:
                yield from _texts(site, path, depth + 1)
        elif entry.is_symlink() and path.is_dir():
            yield path, "it is a link to a folder, and links are not followed"
        elif (suffix := path.suffix.lower()) in MARKDOWN or suffix in _OTHER_TEXTS:
            yield path, _OTHER_TEXTS.get(suffix) or _reason_to_skip(site, path)
        elif suffix in HTML and not _reason_to_skip(site, path) and _has_front_matter(path):
            yield path, ""


def _reason_to_skip(site: Site, path: Path) -> str:
    """Why a text is not the site's own; empty if it is."""
    if path.is_symlink() and not site.holds(path):
        return "it is a link out of the folder"
    if path.is_symlink() and path.resolve().is_relative_to(site.given):
        return f"it is a link to {path.resolve().relative_to(site.given).as_posix()}"
    if not path.is_file():
        return "it is not a file"
    reason = "" if path.is_relative_to(site.content) else f"it is outside {site.content.name}/"
    if not reason and site.content == site.root:
        first, *inner = path.relative_to(site.content).parts
        machinery = _GENERATORS_MACHINERY if site.generator is not Generator.UNKNOWN else _MACHINERY
        reason = f"{first}/ holds no texts of the site" if inner and first in machinery else ""
    return reason


def _has_front_matter(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            head = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError:
        return True  # let it be read, and reported
    return head.startswith((b"---", b"+++"))


def _all_dated(articles: list[Article], now: datetime) -> list[Article]:
    """Articles in the order of their dates.

    One without a date among others that have one is no post yet; where none has one, each is as old as its file.
    """
    any_dated = any(article.published_at for article in articles)
    dated: list[Article] = []
    for article in articles:
        if article.published_at or article.is_draft:
            dated.append(article)
        elif any_dated:
            note = "it has no date: kept as a draft"
            dated.append(replace(article, is_draft=True, notes=(*article.notes, note)))
        else:
            changed = min(datetime.fromtimestamp(article.path.stat().st_mtime, UTC), now).replace(microsecond=0)
            note = f"it has no date: dated as its file is, {changed:%Y-%m-%d}"
            dated.append(replace(article, published_at=changed, is_dated_by_file=True, notes=(*article.notes, note)))
    return sorted(dated, key=lambda article: (article.published_at or now, article.key))


def _name(site: Site, path: Path) -> str:
    return path.relative_to(site.given).as_posix()
