"""One file -> an article: what its generator would have made of its front matter, its name and its place."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from blog.transfer import frontmatter, permalinks
from blog.transfer.dates import Moment, date_in_name, date_in_path, read_moment
from blog.transfer.fields import FieldReader, truth
from blog.transfer.frontmatter import Fields, FrontMatterBroken
from blog.transfer.scanning import headings
from blog.transfer.shortcodes import translate
from blog.transfer.sites import Generator, Site, folder_defaults
from blog.transfer.texts import (
    Skipped,
    html_as_markdown,
    is_same,
    plain,
    read_text,
    with_plain_heading_names,
    without_lines,
)

MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mkdn"})
HTML = frozenset({".html", ".htm"})

_ADDRESSES = ("path", "url", "permalink")
_ALIASES = ("aliases", "alias", "redirectfrom", "oldurls", "oldurl")
_SHOWN = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg"})


@dataclass(frozen=True)
class Article:
    """A text ready to become a post, but for its links."""

    key: str
    """Its path from the content folder: the same at every import."""
    path: Path
    title: str
    slug: str
    """The last part of its old address, as it was."""
    body: str
    published_at: datetime | None
    updated_at: datetime | None
    is_draft: bool
    is_dated_by_file: bool = False
    """True if nothing but the age of its file gives it a date."""
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    excerpt: str = ""
    series: str = ""
    series_number: int | None = None
    comments_closed: bool = False
    addresses: tuple[str, ...] = ()
    """The paths where the old site had it, the real one first; without the path of the site itself."""
    aliases: tuple[str, ...] = ()
    picture: str = ""
    """The address of its lead picture, as it was written."""
    picture_alt: str = ""
    picture_caption: str = ""
    shortcodes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where its own files lie."""
        return self.path.parent

    @property
    def url(self) -> str:
        """The path that relative addresses in it start from."""
        return self.addresses[0] if self.addresses else "/" + self.key


def read_article(path: Path, site: Site, *, day_zone: tzinfo, now: datetime) -> Article:
    """What the file at `path` says, as its generator would read it.

    Raises `Skipped` with the reason when it is no post, and `OSError` when it can't be read.
    """
    key = site.key_of(path)
    text, notes = read_text(path)
    try:
        document = frontmatter.split(text)
    except FrontMatterBroken as error:
        raise Skipped(str(error)) from error
    is_html = path.suffix.lower() in HTML
    _refuse_what_is_no_post(site, key, document, is_html=is_html)
    fields = _defaults(site, path, key) | document.fields
    reader = _Reader(site, path, key, fields, notes=list(notes), day_zone=day_zone, now=now)
    body = html_as_markdown(document.body) if is_html else document.body
    return reader.article(body, is_liquid=site.is_liquid or _looks_liquid(site, path, fields))


class _Reader:
    """Puts one article together."""

    def __init__(
        self, site: Site, path: Path, key: str, fields: Fields, *, notes: list[str], day_zone: tzinfo, now: datetime
    ) -> None:
        is_jekyll = site.generator is Generator.JEKYLL or _looks_liquid(site, path, fields)
        self.fields = FieldReader(site, fields, day_zone=day_zone, is_jekyll=is_jekyll)
        self.site, self.path, self.key = site, path, key
        self.notes, self.now = notes, now
        stem = PurePosixPath(key).stem
        self.is_bundle = stem.lower() in ("index", "readme") and "/" in key
        self.name = PurePosixPath(key).parent.name if self.is_bundle else stem
        self.name, self.language = _without_language(self.name, site, path)
        self.day, self.rest_of_name = date_in_name(self.name)

    def article(self, body: str, *, is_liquid: bool) -> Article:
        """The article made of the fields and `body`."""
        translated = translate(body.strip("\n") + "\n" if body.strip() else "", self.site, is_liquid=is_liquid)
        title, text = self._title(with_plain_heading_names(translated.text))
        published, updated = self._published(), self.fields.updated
        if not text.strip() and published is None:
            raise Skipped("it has no text")
        place = self._place(title, published)
        addresses = permalinks.addresses(self.site, place, self._own_address(place))
        picture, alt, caption = self._picture()
        return Article(
            key=self.key,
            path=self.path,
            title=title,
            slug=self._slug(addresses, title),
            body=text.strip() + "\n" if text.strip() else "",
            published_at=published.at if published else None,
            updated_at=updated.at if updated and published and updated.at > published.at else None,
            is_draft=self._is_draft(text),
            authors=self.fields.authors,
            tags=self.fields.tags,
            excerpt=self.fields.excerpt,
            series=self.fields.series,
            series_number=self.fields.series_number,
            comments_closed=self.fields.comments_closed,
            addresses=addresses,
            aliases=tuple(dict.fromkeys(alias for alias in self._aliases(place) if alias not in addresses)),
            picture=picture,
            picture_alt=alt,
            picture_caption=caption,
            shortcodes=translated.unknown,
            notes=tuple(self.notes),
        )

    def _title(self, text: str) -> tuple[str, str]:
        """The title, and the text without the heading that repeats it."""
        title = self.fields.title
        found = headings(text)
        first = next((one for one in found if one.is_first_block), None)
        if title:
            if first and first.level == 1 and is_same(first.text, title):
                text = without_lines(text, first)
            return title, text
        heading = first or next((one for one in found if one.level == 1), None)
        if heading and (words := plain(heading.text)):
            return words, without_lines(text, heading) if heading is first or heading.level == 1 else text
        name = re.sub(r"[-_+\s]+", " ", self.rest_of_name or self.name).strip()
        return (name[:1].upper() + name[1:]) or "Untitled", text

    def _published(self) -> Moment | None:
        """When it was published: as a field says, else by the date in its name or one of its addresses."""
        if found := self.fields.published(self.now):
            return found
        if given := self.fields.text(("date",)):
            self.notes.append(f"its date can't be read: {given[:60]}")
        addresses = [str(self.fields.get(name) or "") for name in (*_ADDRESSES, "slug")]
        addresses += ["/" + self.key, *(alias for name in _ALIASES for alias in self.fields.strings(name))]
        day = self.day or next(filter(None, map(date_in_path, addresses)), None)
        return read_moment(day, zone=self.fields.zone, day_zone=self.fields.day_zone)

    def _is_draft(self, text: str) -> bool:
        if self.fields.has_expired(self.now):
            self.notes.append("it has expired: kept as a draft")
            return True
        if "_drafts" in (*PurePosixPath(self.key).parts, self.site.given.name) or self.fields.is_draft:
            return True
        if not text.strip():
            self.notes.append("it has no text: kept as a draft")
        return not text.strip()

    def _place(self, title: str, published: Moment | None) -> permalinks.Place:
        """What addresses are made of."""
        parent = PurePosixPath(self.key).parent
        folders = parent.parts[:-1] if self.is_bundle else parent.parts
        given = self.fields.text(("slug",))
        name = self.rest_of_name or self.name
        return permalinks.Place(
            folders=folders,
            name=name,
            whole_name=self.name,
            slug=given or name,
            has_slug=bool(given),
            title=title,
            day=published.on_calendar if published else None,
            categories=self.fields.categories,
            language=self.language,
        )

    def _own_address(self, place: permalinks.Place) -> str:
        """The path that the text itself asks for; empty if it asks for none, or for one that only a program knows."""
        for name in _ADDRESSES:
            given = self.fields.get(name)
            if not isinstance(given, str) or not given.strip():
                continue
            parts = urlsplit(given.strip())
            if parts.scheme and self.site.host and parts.netloc.lower() != self.site.host:
                continue
            path = permalinks.fill(unquote(parts.path), place)
            if path and path.strip("/"):
                return "/" + path.lstrip("/")
        return ""

    def _slug(self, addresses: tuple[str, ...], title: str) -> str:
        if self.fields.text(("slug",)):
            return self.fields.text(("slug",)).strip("/").rpartition("/")[2]
        if any(isinstance(self.fields.get(name), str) for name in _ADDRESSES) and addresses:
            last = re.sub(r"(?:/index)?\.html?$", "", addresses[0].rstrip("/")).rpartition("/")[2]
            if last:
                return last
        return self.rest_of_name or self.name or title

    def _aliases(self, place: permalinks.Place) -> Iterator[str]:
        """Older paths. Those without a slash at their front start at the site's root, in Hugo at the text's folder."""
        start = "/".join(("", *place.folders)) if self.site.generator is Generator.HUGO else ""
        for alias in (alias for name in _ALIASES for alias in self.fields.strings(name)):
            path = unquote(urlsplit(alias).path)
            if path.strip("/"):
                yield path if path.startswith("/") else f"{start}/{path.removeprefix('./')}"
            else:
                self.notes.append(f"its alias {alias[:80]} can't redirect")

    def _picture(self) -> tuple[str, str, str]:
        """The lead picture's address, alt and caption; in a bundle without one, its file `featured` or `cover`."""
        found = self.fields.picture
        if not found[0] and self.is_bundle:
            for path in sorted(self.path.parent.glob("*")):
                is_shown = path.suffix.lower() in _SHOWN
                if is_shown and re.fullmatch(r"(?:featured?|cover)(?:[-_.].*)?", path.stem.lower()):
                    return path.name, "", ""
        return found


# What is no post


def _refuse_what_is_no_post(site: Site, key: str, document: frontmatter.Document, *, is_html: bool) -> None:
    """Raise `Skipped` for what a generator makes no post of."""
    parts = PurePosixPath(key).parts
    name = parts[-1].lower()
    stem = name.partition(".")[0]
    if stem == "_index":
        raise Skipped("it is the page of a section, not a post")
    if is_html and not document.has_front_matter:
        raise Skipped("it is HTML without front matter")
    if stem in ("index", "404") and len(parts) == 1:
        raise Skipped("it is a page of the site itself, not a post")
    if stem in _PROJECT_FILES and not document.has_front_matter and len(parts) == 1:
        raise Skipped("it is about the folder, not a post")
    if "pagination" in document.fields:
        raise Skipped("it is a list of posts, not a post")
    if site.generator is Generator.JEKYLL and not document.has_front_matter and not _is_jekyll_post(site, parts):
        raise Skipped("it has no front matter, so Jekyll makes no page of it")
    if truth(document.fields.get("headless")):
        raise Skipped("it is a part of other pages, not a post")


_PROJECT_FILES = frozenset(
    {"readme", "license", "licence", "contributing", "changelog", "code_of_conduct", "security", "agents", "claude"}
)


def _is_jekyll_post(site: Site, parts: tuple[str, ...]) -> bool:
    return site.given.name in ("_posts", "_drafts") or bool({"_posts", "_drafts"} & set(parts[:-1]))


def _looks_liquid(site: Site, path: Path, fields: Fields) -> bool:
    """True for a text of an unknown generator that has what Jekyll's posts have."""
    named = date_in_name(path.stem)[0] is not None
    return site.generator is Generator.UNKNOWN and "layout" in fields and named


def _defaults(site: Site, path: Path, key: str) -> Fields:
    """What the site's configuration gives to every text of a folder."""
    if site.generator is Generator.ELEVENTY:
        return folder_defaults(path.parent, site.root)
    found: Fields = {}
    rules = site.config.get("defaults") if site.generator is Generator.JEKYLL else None
    for rule in rules if isinstance(rules, list) else []:
        scope, values = (rule.get("scope"), rule.get("values")) if isinstance(rule, Mapping) else (None, None)
        if not isinstance(values, Mapping):
            continue
        scope = scope if isinstance(scope, Mapping) else {}
        folder = str(scope.get("path") or "").strip("/")
        kind = str(scope.get("type") or "posts")
        is_post = bool({"_posts", "_drafts"} & set(PurePosixPath(key).parts))
        if (not folder or key.startswith(folder + "/")) and (kind == "posts") == is_post:
            found |= values
    return found


def _without_language(name: str, site: Site, path: Path) -> tuple[str, str]:
    """`post.fr` as `post` and `fr`, when the site has that language or the text without it lies beside."""
    stem, dot, language = name.rpartition(".")
    if not dot or not re.fullmatch(r"[a-z]{2}(?:-[A-Za-z]{2,4})?", language):
        return name, ""
    languages = site.config.get("languages")
    known = isinstance(languages, Mapping) and frontmatter.fold(language) in languages
    return (stem, language) if known or path.with_name(stem + path.suffix).is_file() else (name, "")
