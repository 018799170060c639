"""One file -> an article: what its generator would have made of its front matter, its name and its place."""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from blog.transfer import frontmatter, links, permalinks
from blog.transfer.dates import Moment, date_in_name, date_in_path, read_moment
from blog.transfer.frontmatter import Fields, FrontMatterBroken
from blog.transfer.shortcodes import translate
from blog.transfer.sites import Generator, Site, folder_defaults

MAX_FILE_BYTES = 4 * 1024 * 1024
MARKDOWN = frozenset({".md", ".markdown", ".mdown", ".mkd", ".mkdn"})
HTML = frozenset({".html", ".htm"})

_DRAFT_STATES = frozenset({"draft", "hidden", "private", "pending", "unpublished", "trash", "idea", "wip", "skip"})
_NO = frozenset({"false", "no", "off", "0", "never"})
_YES = frozenset({"true", "yes", "on", "1", "always"})

_PUBLISHED = ("date", "published", "pubdate", "pubdatetime", "publishedat", "publishedon", "publishedtime",
              "datepublished", "posted", "created", "createdat", "creationdate", "publishdate")  # fmt: skip
_UPDATED = ("updated", "lastmod", "lastmodified", "lastmodifiedat", "modified", "updatedat", "updatedon", "lastupdated",
            "dateupdated", "updateddate", "moddatetime", "datemodified", "modifieddate")  # fmt: skip
_EXCERPT = ("description", "summary", "excerpt", "abstract", "subtitle", "lead", "standfirst")
_ADDRESSES = ("path", "url", "permalink")
_ALIASES = ("aliases", "alias", "redirectfrom", "oldurls", "oldurl")
_PICTURE = ("cover", "coverimage", "image", "featuredimage", "featureimage", "featuredimg", "featureimg",
            "heroimage", "hero", "banner", "headerimage", "thumbnail", "teaser", "feature", "images", "header",
            "ogimage")  # fmt: skip
_PICTURE_PARTS = ("image", "src", "source", "url", "path", "file", "img", "feature", "teaser", "overlayimage", "name")
_TAGS = ("tags", "tag", "categories", "category", "topics")
_NOT_TAGS = {Generator.ELEVENTY: frozenset({"all", "nav", "post", "posts"})}
_NOT_NAMES = frozenset({"uncategorized", "uncategorised"})


class Skipped(Exception):
    """The file becomes no post; the text says why."""


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


def read_text(path: Path) -> tuple[str, tuple[str, ...]]:
    """The text of a file with LF line ends, and notes on how it was read. Raises `Skipped` and `OSError`."""
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise Skipped(f"it is larger than {MAX_FILE_BYTES // 2**20} MB")
    notes: tuple[str, ...] = ()
    try:
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = content.decode("utf-16")
        else:
            text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\0" in content:
            raise Skipped("it is not a text") from None
        text = _western(content)
        notes = ("it is not UTF-8: read as Western European (Windows-1252)",)
    if "\0" in text:
        raise Skipped("it is not a text")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff]", "", text), notes


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
    body = _html_as_markdown(document.body) if is_html else document.body
    return reader.article(body, is_liquid=site.is_liquid or _looks_liquid(site, path, fields))


class _Reader:
    """Puts one article together."""

    def __init__(
        self, site: Site, path: Path, key: str, fields: Fields, *, notes: list[str], day_zone: tzinfo, now: datetime
    ) -> None:
        self.site, self.path, self.key, self.fields = site, path, key, fields
        self.notes = notes
        self.day_zone, self.now = day_zone, now
        self.zone = site.zone or day_zone
        self.is_jekyll = site.generator is Generator.JEKYLL or _looks_liquid(site, path, fields)
        stem = PurePosixPath(key).stem
        self.is_bundle = stem.lower() in ("index", "readme") and "/" in key
        self.name = PurePosixPath(key).parent.name if self.is_bundle else stem
        self.name, self.language = _without_language(self.name, site, path)
        self.day, self.rest_of_name = date_in_name(self.name)

    def article(self, body: str, *, is_liquid: bool) -> Article:
        """The article made of the fields and `body`."""
        translated = translate(body.strip("\n") + "\n" if body.strip() else "", self.site, is_liquid=is_liquid)
        title, text = self._title(_with_plain_heading_names(translated.text))
        published, updated = self._published(), self._moment(_UPDATED)
        published_at, updated_at = (found.at if found else None for found in (published, updated))
        if not text.strip() and published_at is None:
            raise Skipped("it has no text")
        is_draft = self._is_draft()
        if not text.strip() and not is_draft:
            self.notes.append("it has no text: kept as a draft")
            is_draft = True
        place = self._place(title, published)
        addresses = permalinks.addresses(self.site, place, self._own_address(place))
        picture, alt, caption = self._picture()
        return Article(
            key=self.key,
            path=self.path,
            title=title,
            slug=self._slug(addresses, title),
            body=text.strip() + "\n" if text.strip() else "",
            published_at=published_at,
            updated_at=updated_at if updated_at and published_at and updated_at > published_at else None,
            is_draft=is_draft,
            authors=self._authors(),
            tags=self._tags(),
            excerpt=self._text(_EXCERPT),
            comments_closed=any(_truth(self._get(name)) is False for name in ("comments", "comment", "allowcomments")),
            addresses=addresses,
            aliases=self._aliases(addresses),
            picture=picture,
            picture_alt=alt,
            picture_caption=caption,
            shortcodes=translated.unknown,
            notes=tuple(self.notes),
        )

    def _get(self, name: str) -> object:
        """A field, or one of the same name among those that generators keep for themes."""
        found = self.fields.get(name)
        for table in ("extra", "params", "data"):
            if found not in (None, "", [], {}):
                break
            inner = self.fields.get(table)
            found = inner.get(name) if isinstance(inner, Mapping) else None
        return found

    def _text(self, names: Iterable[str]) -> str:
        """The first of these fields that has text, on one line."""
        for name in names:
            found = self._get(name)
            if isinstance(found, (str, int, float)) and not isinstance(found, bool) and (line := _one_line(str(found))):
                return line
        return ""

    def _title(self, text: str) -> tuple[str, str]:
        """The title, and the text without the heading that repeats it."""
        title = self._text(("title",))
        headings = links.headings(text)
        first = next((one for one in headings if one.is_first_block), None)
        if title:
            if first and first.level == 1 and _same(first.text, title):
                text = _without_lines(text, first)
            return title, text
        heading = first or next((one for one in headings if one.level == 1), None)
        if heading and (found := _plain(heading.text)):
            return found, _without_lines(text, heading) if heading is first or heading.level == 1 else text
        words = re.sub(r"[-_+\s]+", " ", self.rest_of_name or self.name).strip()
        return (words[:1].upper() + words[1:]) or "Untitled", text

    def _moment(self, names: Iterable[str]) -> Moment | None:
        for name in names:
            if found := read_moment(self._get(name), zone=self.zone, day_zone=self.day_zone):
                return found
        return None

    def _published(self) -> Moment | None:
        later = self._moment(("publishdate",))
        if later and later.at > self.now:
            return later
        if found := self._moment(_PUBLISHED):
            return found
        if given := self._text(("date",)):
            self.notes.append(f"its date can't be read: {given[:60]}")
        addresses = [str(self._get(name) or "") for name in (*_ADDRESSES, "slug")]
        aliases = _strings(self._get("aliases")) + _strings(self._get("redirectfrom"))
        day = self.day or next(filter(None, map(date_in_path, [*addresses, "/" + self.key, *aliases])), None)
        return read_moment(day, zone=self.zone, day_zone=self.day_zone)

    def _is_draft(self) -> bool:
        expires = self._moment(("expirydate", "expires"))
        if expires and expires.at <= self.now:
            self.notes.append("it has expired: kept as a draft")
            return True
        return (
            "_drafts" in PurePosixPath(self.key).parts
            or self.site.given.name == "_drafts"
            or any(_truth(self._get(name)) for name in ("draft", "isdraft", "private", "hidden", "unlisted"))
            or any(_truth(self._get(name)) is False for name in ("published", "publish", "render"))
            or self._text(("status", "state", "visibility")).lower() in _DRAFT_STATES
        )

    def _place(self, title: str, published: Moment | None) -> permalinks.Place:
        """What addresses are made of."""
        parent = PurePosixPath(self.key).parent
        folders = parent.parts[:-1] if self.is_bundle else parent.parts
        given = self._text(("slug",))
        name = self.rest_of_name or self.name
        return permalinks.Place(
            folders=folders,
            name=name,
            whole_name=self.name,
            slug=given or name,
            has_slug=bool(given),
            title=title,
            day=published.on_calendar if published else None,
            categories=tuple(self._names(("categories", "category"))),
            language=self.language,
        )

    def _own_address(self, place: permalinks.Place) -> str:
        """The path that the text itself asks for; empty if it asks for none, or for one that only a program knows."""
        for name in _ADDRESSES:
            given = self._get(name)
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
        if self._text(("slug",)):
            return self._text(("slug",)).strip("/").rpartition("/")[2]
        if any(isinstance(self._get(name), str) for name in _ADDRESSES) and addresses:
            last = re.sub(r"(?:/index)?\.html?$", "", addresses[0].rstrip("/")).rpartition("/")[2]
            if last:
                return last
        return self.rest_of_name or self.name or title

    def _names(self, names: Iterable[str]) -> list[str]:
        """The words in list fields: a list, or a string with commas; in Jekyll one with spaces, if it is a plural."""
        found: list[str] = []
        taxonomies = self.fields.get("taxonomies")
        for name in names:
            for value in (self._get(name), taxonomies.get(name) if isinstance(taxonomies, Mapping) else None):
                if isinstance(value, str):
                    by_spaces = self.is_jekyll and name in ("tags", "categories") and not re.search(r"[,;\n]", value)
                    found += value.split() if by_spaces else re.split(r"[,;\n]", value)
                else:
                    found += _strings(value, ("name", "title", "label", "slug"))
        return [word for word in map(_one_line, found) if word]

    def _tags(self) -> tuple[str, ...]:
        names = self._names(_TAGS) or self._names(("keywords",))
        dropped = _NOT_TAGS.get(self.site.generator, frozenset()) | _NOT_NAMES
        return tuple(dict.fromkeys(name for name in names if name.lower() not in dropped))

    def _authors(self) -> tuple[str, ...]:
        found: list[str] = []
        for name in ("authors", "author", "by", "byline", "writers"):
            taxonomies = self.fields.get("taxonomies")
            value = self._get(name) or (taxonomies.get(name) if isinstance(taxonomies, Mapping) else None)
            if found := [*_person_names(value)]:
                break
        else:
            found = [*_person_names(self.site.config.get("author") or _nested(self.site.config, "params", "author"))]
        names = [self.site.authors.get(frontmatter.fold(name), name) for name in found]
        return tuple(dict.fromkeys(names))

    def _aliases(self, addresses: tuple[str, ...]) -> tuple[str, ...]:
        """Older paths. Those without a slash at their front start at the site's root, in Hugo at the section."""
        section = "/".join(("", *PurePosixPath(self.key).parent.parts[:1]))
        found: dict[str, None] = {}
        for name in _ALIASES:
            value = self._get(name)
            for alias in _strings(re.split(r"[,\n]", value) if isinstance(value, str) else value):
                path = unquote(urlsplit(alias).path)
                if not path.strip("/"):
                    self.notes.append(f"its alias {alias[:80]} can't redirect")
                    continue
                if not path.startswith("/"):
                    path = f"{section if self.site.generator is Generator.HUGO else ''}/{path.removeprefix('./')}"
                if path not in addresses:
                    found.setdefault(path)
        return tuple(found)

    def _picture(self) -> tuple[str, str, str]:
        """The lead picture's address, alt and caption; in a bundle without one, its file `featured` or `cover`."""
        for name in _PICTURE:
            address, alt, caption = _picture_in(self._get(name))
            if address:
                alt = alt or self._text((f"{name}alt", "coveralt", "imagealt", "alt"))
                return address, alt, caption or self._text((f"{name}caption", "covercaption", "imagecaption"))
        resources = self._get("resources")
        for resource in resources if isinstance(resources, list) else []:
            if isinstance(resource, Mapping) and re.match(r"cover|feature|header", str(resource.get("name", ""))):
                return _picture_in({"src": resource.get("src"), "caption": resource.get("title")})
        if self.is_bundle:
            for path in sorted(self.path.parent.glob("*")):
                if (
                    re.fullmatch(r"(?:featured?|cover)(?:[-_.].*)?", path.stem.lower())
                    and path.suffix.lower() in _SHOWN
                ):
                    return path.name, "", ""
        return "", "", ""


_SHOWN = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".svg"})


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
    if _truth(document.fields.get("headless")):
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


# Texts


def _western(content: bytes) -> str:
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _html_as_markdown(body: str) -> str:
    """HTML as one block of raw HTML: without the empty lines and indentation that mean something in Markdown."""
    pieces = re.split(r"(<(pre|textarea)\b.*?</\2>)", body, flags=re.DOTALL | re.IGNORECASE)
    lines: list[str] = []
    for number in range(0, len(pieces), 3):
        lines += [line.strip() for line in pieces[number].split("\n") if line.strip()]
        if number + 1 < len(pieces):
            lines.append(re.sub(r"\n[ \t]*(?=\n)", "&#10;", pieces[number + 1]))
    return "<div>\n" + "\n".join(lines) + "\n</div>\n" if lines else ""


_HEADING_NAME = re.compile(r"[ \t]*\{:?\s*(?:\.[\w-]+\s+)*#([\w:.-]{1,80})[^{}\n]*\}[ \t]*#*[ \t]*$")


def _with_plain_heading_names(text: str) -> str:
    """`## Title {: #name .wide}` and its like as `## Title {#name}`, which is how we read names of headings."""
    if not re.search(r"^[^\n]*\{[^{}\n]*#[^{}\n]*\}[ \t#]*$", text, re.MULTILINE):
        return text
    lines = text.split("\n")
    for heading in links.headings(text):
        line = lines[heading.first_line]
        if name := _HEADING_NAME.search(line):
            lines[heading.first_line] = f"{line[: name.start()]} {{#{name[1]}}}"
    return "\n".join(lines)


def _without_lines(text: str, heading: links.Heading) -> str:
    lines = text.split("\n")
    return "\n".join([*lines[: heading.first_line], *lines[heading.end_line :]]).lstrip("\n")


def _plain(markdown: str) -> str:
    """A heading's words without the marks of Markdown."""
    text = _HEADING_NAME.sub("", markdown)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"<[^>]{0,300}>", "", text)
    text = re.sub(r"[*`]+|(?<!\w)_+|_+(?!\w)|~~", "", text)
    return _one_line(re.sub(r"\\(?=[^\w\s])", "", text))


def _same(heading: str, title: str) -> bool:
    def letters(text: str) -> str:
        return re.sub(r"[\W_]+", "", _plain(text)).casefold()

    return letters(heading) == letters(title) != ""


def _one_line(text: str) -> str:
    return " ".join(html.unescape(text).split())


def _truth(value: object) -> bool | None:
    """What a field says when it is asked whether; None if it says something else, such as a date."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, (str, int)) else ""
    return True if word in _YES else False if word in _NO else None


def _strings(value: object, names: tuple[str, ...] = ("name",)) -> list[str]:
    """The texts in a value: a text, a list of texts, a list of tables with a name."""
    if isinstance(value, str):
        return [value.strip()] if value.strip() else []
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return [str(value)]
    if isinstance(value, Mapping):
        return next(([str(value[name]).strip()] for name in names if isinstance(value.get(name), str)), [])
    if isinstance(value, list):
        return [text for inner in value[:200] if not isinstance(inner, list) for text in _strings(inner, names)]
    return []


def _person_names(value: object) -> Iterable[str]:
    for text in _strings(value, ("name", "fullname", "display", "displayname", "title", "username", "id", "slug")):
        people = re.split(r"\s*;\s*", text)
        for person in people:
            name = re.sub(r"\s*<[^<>]*>\s*$|\s*\([^()]*@[^()]*\)\s*$", "", _one_line(person)).lstrip("@").strip()
            if name:
                yield name


def _nested(table: Mapping[str, object], outer: str, name: str) -> object:
    inner = table.get(outer)
    return inner.get(name) if isinstance(inner, Mapping) else None


def _picture_in(value: object) -> tuple[str, str, str]:
    """Address, alt and caption of the picture that a field names."""
    if isinstance(value, list):
        return next((found for found in map(_picture_in, value[:20]) if found[0]), ("", "", ""))
    if isinstance(value, Mapping):
        address = next((found for name in _PICTURE_PARTS if (found := _picture_in(value.get(name))[0])), "")
        alt, caption = (next(iter(_strings(value.get(name))), "") for name in ("alt", "caption"))
        return address, _one_line(alt), _one_line(caption)
    if isinstance(value, str) and (address := value.strip()) and re.search(r"[./]", address):
        return address, "", ""
    return "", "", ""


def _without_language(name: str, site: Site, path: Path) -> tuple[str, str]:
    """`post.fr` as `post` and `fr`, when the site has that language or the text without it lies beside."""
    stem, dot, language = name.rpartition(".")
    if not dot or not re.fullmatch(r"[a-z]{2}(?:-[A-Za-z]{2,4})?", language):
        return name, ""
    languages = site.config.get("languages")
    known = isinstance(languages, Mapping) and frontmatter.fold(language) in languages
    return (stem, language) if known or path.with_name(stem + path.suffix).is_file() else (name, "")
