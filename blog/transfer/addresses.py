"""What the addresses in a text of the old site lead to."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from blog.transfer.articles import HTML, MARKDOWN, Article
from blog.transfer.folder import Reading
from blog.transfer.shortcodes import TO_FILE, TO_POST
from blog.transfer.sites import Site

PICTURES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".gif", ".webp", ".avif", ".svg", ".apng"})


@dataclass(frozen=True, slots=True)
class ToArticle:
    """Another text of the folder, or the same."""

    key: str
    fragment: str = ""


@dataclass(frozen=True, slots=True)
class ToPicture:
    """A picture of the folder."""

    path: Path


@dataclass(frozen=True, slots=True)
class ToPage:
    """A page that every blog has: the home page, the feed, a tag."""

    address: str


@dataclass(frozen=True, slots=True)
class ToOldSite:
    """Something of the old site that is not in the folder."""

    address: str
    reason: str


@dataclass(frozen=True, slots=True)
class ToElsewhere:
    """Another site, or nothing that a browser asks for."""


@dataclass(frozen=True, slots=True)
class ToNothing:
    """Nothing that there is."""

    reason: str


Target = ToArticle | ToPicture | ToPage | ToOldSite | ToElsewhere | ToNothing

_FEEDS = frozenset({"/feed", "/rss", "/atom", "/index", "/feeds/all.atom", "/feeds/all.rss", "/feed/index"})
_TAG_FOLDERS = frozenset({"tags", "tag", "categories", "category", "topics", "topic", "keywords"})
_ARCHIVES = frozenset({"/archive", "/archives", "/posts-archive"})
_USUAL_FOLDERS = ("images", "img", "assets/images", "assets/img", "uploads", "media", "pictures")
"""Where themes look for a picture that is named without its folder."""
_NOT_HERE = "it is not in the folder"


class AddressBook:
    """Where everything of the folder was on the old site."""

    def __init__(self, reading: Reading, *, new_host: str, tag_slugs: Collection[str]) -> None:
        self.site: Site = reading.site
        self.new_host = new_host
        self.tag_slugs = tag_slugs
        self.articles = {article.key: article for article in reading.articles}
        self.sections = {("/" + folder).rstrip("/.") or "/" for folder in reading.sections}
        self._files = {article.path: article.key for article in reading.articles}
        self._paths: dict[str, str] = {}
        self._names: dict[str, list[str]] = {}
        for article in reading.articles:
            for address in article.addresses:
                self._paths.setdefault(self.normal(address), article.key)
            for name in _names(article):
                self._names.setdefault(name.lower(), []).append(article.key)
        for article in reading.articles:
            for alias in article.aliases:
                self._paths.setdefault(self.normal(alias), article.key)
        self._lower_paths: dict[str, str] = {}
        for path, key in self._paths.items():
            self._lower_paths.setdefault(path.lower(), key)

    def normal(self, path: str) -> str:
        """A path of the old site as it is compared: from the site's own address on, without what is left away."""
        path = "/" + re.sub(r"/{2,}", "/", unquote(path)).strip("/")
        if self.site.base_path and (path + "/").startswith(self.site.base_path + "/"):
            path = path[len(self.site.base_path) :] or "/"
        return re.sub(r"(?:/index)?\.html?$|/index$", "", path, flags=re.IGNORECASE) or "/"

    def old_address(self, article: Article) -> ToOldSite | None:
        """Where the old site has a text that is not to be linked to here; None if there is no such place."""
        if self.site.base_url is None or self.site.host == self.new_host:
            return None
        return ToOldSite(self.site.base_url + article.url, "it is a draft here")

    def find(self, address: str, article: Article, *, is_picture: bool = False) -> Target:
        """What `address`, in `article`, leads to."""
        address = address.strip()
        for mark in (TO_FILE, TO_POST):
            if mark in address:
                return self._named(address[address.index(mark) + len(mark) :], article)
        if pelican := re.match(r"[{|](filename|static|attach|index|tag|category|author)[}|](.*)", address):
            return self._in_pelican(pelican[1], pelican[2], article)
        if address.startswith("@/"):
            path, _, fragment = address[2:].partition("#")
            return self._at(self.site.content / unquote(path), fragment) or ToNothing(_NOT_HERE)
        if address.startswith("#") or not address:
            return ToArticle(article.key, address[1:]) if len(address) > 1 else ToElsewhere()
        return self._by_url(address, article, is_picture=is_picture)

    def _by_url(self, address: str, article: Article, *, is_picture: bool) -> Target:
        try:
            parts = urlsplit(address)
        except ValueError:
            return ToElsewhere()
        if parts.scheme not in ("", "http", "https"):
            return ToElsewhere()
        is_absolute = bool(parts.netloc)
        if is_absolute and not self._is_own(parts.netloc, parts.path):
            return ToElsewhere()
        path, fragment = unquote(parts.path), parts.fragment
        if is_absolute or path.startswith("/"):
            found = self._from_root(path or "/", fragment)
        else:
            found = self._from_folder(path, fragment, article)
        if found is None and not is_picture:
            found = self._page(self.normal(path if path.startswith("/") or is_absolute else f"{article.url}/{path}"))
        return found or self._lost(address, path, article, is_absolute=is_absolute)

    def _is_own(self, netloc: str, path: str) -> bool:
        """True for addresses of the old site itself."""
        host = self.site.host
        if host is None or netloc.lower().removeprefix("www.") != host.removeprefix("www."):
            return False
        return (path.rstrip("/") + "/").startswith(self.site.base_path + "/")

    def _from_root(self, path: str, fragment: str) -> Target | None:
        normal = self.normal(path)
        if key := self._paths.get(normal) or self._lower_paths.get(normal.lower()):
            return ToArticle(key, fragment)
        inner = (path.removeprefix(self.site.base_path) if self.site.base_path else path).lstrip("/")
        if not inner:
            return None
        if found := self._at(self.site.content / inner, fragment):
            return found
        parent, _, name = normal.rpartition("/")
        if name and (key := self._paths.get(parent or "/")):
            found = self._at(self.articles[key].folder / name, fragment)
            if isinstance(found, ToPicture):
                return found
        return self._static(inner)

    def _from_folder(self, path: str, fragment: str, article: Article) -> Target | None:
        """A relative address: from the file's own folder, as Markdown tools read it, else from the page's address."""
        if found := self._at(article.folder / path, fragment):
            return found
        for base in (article.url.rstrip("/") + "/", article.url.rpartition("/")[0] + "/"):
            joined = _joined(base, path)
            normal = self.normal(joined)
            if key := self._paths.get(normal) or self._lower_paths.get(normal.lower()):
                return ToArticle(key, fragment)
            if found := self._static(joined.lstrip("/")):
                return found
        if path.startswith(".."):
            return None
        usual = (f"{folder}/{path}" for folder in _USUAL_FOLDERS if "/" not in path)
        return next((found for inner in (path, *usual) if (found := self._static(inner))), None)

    def _at(self, path: Path, fragment: str = "") -> Target | None:
        """What lies at a path in the folder; None if nothing does, or it is outside."""
        for candidate in _candidates(path):
            if not self._is_inside(candidate):
                continue
            resolved = candidate.resolve()
            if key := self._files.get(candidate) or self._files.get(resolved):
                return ToArticle(key, fragment)
            if resolved.stem == "_index":
                return ToPage("/")
            if resolved.is_file() and resolved.suffix.lower() in PICTURES:
                return ToPicture(resolved)
            if resolved.is_file() and resolved.suffix.lower() not in MARKDOWN | HTML:
                return ToNothing(f"a file {resolved.suffix or 'of this kind'} can't be kept among the pictures")
        return None

    def _static(self, inner: str) -> Target | None:
        """A file of the folders that were copied to the old site as they are."""
        for folder in self.site.static_folders:
            found = self._at(folder / inner)
            if isinstance(found, (ToPicture, ToNothing)):
                return found
        return None

    def _is_inside(self, path: Path) -> bool:
        try:
            return self.site.holds(path)
        except (OSError, ValueError):  # a name that is too long, or has a NUL
            return False

    def _named(self, name: str, article: Article) -> Target:
        """A text called by its file's name, with or without folders and endings."""
        name, _, fragment = unquote(name).partition("#")
        name = name.strip().strip('"')
        if not name:
            return ToArticle(article.key, fragment)
        if name.startswith("@/"):
            name = "/" + name[2:]
        folders = [] if name.startswith("/") else [article.folder]
        for folder in (*folders, self.site.content, self.site.root):
            if found := self._at(folder / name.lstrip("/"), fragment):
                return found
        if found := self._from_root(name if name.startswith("/") else "/" + name, fragment):
            return found
        last = re.sub(r"(?:/_?index)?\.\w+$", "", name.rstrip("/")).rpartition("/")[2].lower()
        keys = self._names.get(last, [])
        return ToArticle(keys[0], fragment) if keys else ToNothing(_NOT_HERE)

    def _in_pelican(self, word: str, rest: str, article: Article) -> Target:
        path, _, fragment = rest.partition("#")
        if word == "index":
            return ToPage("/")
        if word in ("tag", "category"):
            return self._page(f"/tags/{path.strip('/')}") or ToNothing("no post has this tag")
        if word == "author":
            return ToNothing(_NOT_HERE)
        folder = self.site.content if path.startswith("/") else article.folder
        return self._at(folder / unquote(path).lstrip("/"), fragment) or ToNothing(_NOT_HERE)

    def _page(self, path: str) -> ToPage | None:
        """The page of this blog that does what the old site's did at `path`."""
        stem = re.sub(r"\.(?:xml|rss|atom|json)$", "", path)
        first, _, rest = path.strip("/").partition("/")
        if path == "/" or re.fullmatch(r"(?:/[\w-]+)?/page/?\d+", path):
            return ToPage("/")
        if stem in _FEEDS and (stem != path or stem in ("/feed", "/rss", "/atom")):
            return ToPage("/feed.xml")
        if path in _ARCHIVES:
            return ToPage("/archive/")
        if first in _TAG_FOLDERS:
            slug = _slug(rest)
            return ToPage("/tags/") if not rest else ToPage(f"/tags/{slug}") if slug in self.tag_slugs else None
        return ToPage("/") if path in self.sections else None

    def _lost(self, address: str, path: str, article: Article, *, is_absolute: bool) -> Target:
        if self.site.base_url is None or self.site.host == self.new_host:
            return ToNothing(_NOT_HERE)
        if is_absolute:
            return ToOldSite(address, _NOT_HERE)
        parts = urlsplit(self.site.base_url)
        if not path.startswith("/"):
            path = self.site.base_path + _joined(article.url.rstrip("/") + "/", path)
        _, mark, fragment = address.partition("#")
        return ToOldSite(f"{parts.scheme}://{parts.netloc}{path}{mark}{fragment}", _NOT_HERE)


def _names(article: Article) -> Iterator[str]:
    """What a text may be called by: its file's name, with and without its date, and the bundle's."""
    stem = article.path.stem
    name = article.path.parent.name if stem in ("index", "README") else stem
    yield name
    without_date = re.sub(r"^\d{4}-\d{1,2}-\d{1,2}[-_]", "", name)
    if without_date != name:
        yield without_date


def _candidates(path: Path) -> Iterator[Path]:
    yield path
    yield from (path.with_name(path.name + suffix) for suffix in (".md", ".markdown") if path.name)
    yield from (path / name for name in ("index.md", "_index.md", "index.markdown", "README.md"))


def _joined(base: str, path: str) -> str:
    """A relative path resolved against a folder of addresses (RFC 3986, 5.2.4, for what texts contain)."""
    parts = [part for part in base.split("/") if part]
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def _slug(name: str) -> str:
    return re.sub(r"[\W_]+", "-", name.strip("/").casefold()).strip("-")
