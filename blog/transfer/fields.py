"""The fields of front matter by their meaning: each generator and theme has names of its own."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo

from blog.transfer.dates import Moment, read_moment
from blog.transfer.frontmatter import Fields, fold
from blog.transfer.sites import Generator, Site
from blog.transfer.texts import one_line

_DRAFT_STATES = frozenset({"draft", "hidden", "private", "pending", "unpublished", "trash", "idea", "wip", "skip"})
_NO = frozenset({"false", "no", "off", "0", "never"})
_YES = frozenset({"true", "yes", "on", "1", "always"})
_PUBLISHED = ("date", "published", "pubdate", "pubdatetime", "publishedat", "publishedon", "publishedtime",
              "datepublished", "posted", "created", "createdat", "creationdate", "publishdate")  # fmt: skip
_UPDATED = ("updated", "lastmod", "lastmodified", "lastmodifiedat", "modified", "updatedat", "updatedon", "lastupdated",
            "dateupdated", "updateddate", "moddatetime", "datemodified", "modifieddate")  # fmt: skip
_EXCERPT = ("description", "summary", "excerpt", "abstract", "subtitle", "lead", "standfirst")
_PICTURE = ("cover", "coverimage", "image", "featuredimage", "featureimage", "featuredimg", "featureimg",
            "heroimage", "hero", "banner", "headerimage", "thumbnail", "teaser", "feature", "images", "header",
            "ogimage")  # fmt: skip
_PICTURE_PARTS = ("image", "src", "source", "url", "path", "file", "img", "feature", "teaser", "overlayimage", "name")
_TAGS = ("tags", "tag", "categories", "category", "topics")
_NOT_TAGS = {Generator.ELEVENTY: frozenset({"all", "nav", "post", "posts"})}
_NOT_NAMES = frozenset({"uncategorized", "uncategorised"})


class FieldReader:
    """Reads the fields of one text."""

    def __init__(self, site: Site, fields: Fields, *, day_zone: tzinfo, is_jekyll: bool) -> None:
        self.site, self.fields = site, fields
        self.zone, self.day_zone = site.zone or day_zone, day_zone
        self.is_jekyll = is_jekyll

    @property
    def title(self) -> str:
        """The title; empty if there is none."""
        return self.text(("title",))

    @property
    def excerpt(self) -> str:
        """What the text is about, in a sentence."""
        return self.text(_EXCERPT)

    def published(self, now: datetime) -> Moment | None:
        """When it was published, or is to be."""
        later = self.moment(("publishdate",))
        return later if later and later.at > now else self.moment(_PUBLISHED)

    @property
    def updated(self) -> Moment | None:
        """When it was changed last."""
        return self.moment(_UPDATED)

    def has_expired(self, now: datetime) -> bool:
        """True if it was to be shown for a time that is over."""
        expires = self.moment(("expirydate", "expires"))
        return expires is not None and expires.at <= now

    @property
    def is_draft(self) -> bool:
        """True if any field says that readers do not see it."""
        return (
            any(truth(self.get(name)) for name in ("draft", "isdraft", "private", "hidden", "unlisted"))
            or any(truth(self.get(name)) is False for name in ("published", "publish", "render"))
            or self.text(("status", "state", "visibility")).lower() in _DRAFT_STATES
        )

    @property
    def comments_closed(self) -> bool:
        """True if a field says so."""
        return any(truth(self.get(name)) is False for name in ("comments", "comment", "allowcomments"))

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags and categories; keywords where there are none."""
        names = self._names(_TAGS) or self._names(("keywords",))
        dropped = _NOT_TAGS.get(self.site.generator, frozenset()) | _NOT_NAMES
        return tuple(dict.fromkeys(name for name in names if name.lower() not in dropped))

    @property
    def series(self) -> str:
        """The name of the series that it is a part of; the first one where a list names several."""
        taxonomies = self.fields.get("taxonomies")
        value = self.get("series") or (taxonomies.get("series") if isinstance(taxonomies, Mapping) else None)
        return next(filter(None, map(one_line, strings(value, ("name", "title", "label", "slug")))), "")

    @property
    def series_number(self) -> int | None:
        """Its place in the series."""
        found = self.text(("seriesorder", "seriesweight", "seriespart", "seriesnumber", "seriesindex", "part"))
        return int(found) if re.fullmatch(r"[0-9]{1,4}", found) and int(found) else None

    @property
    def categories(self) -> tuple[str, ...]:
        """Categories alone."""
        return tuple(self._names(("categories", "category")))

    @property
    def authors(self) -> tuple[str, ...]:
        """The names of those who wrote it, or of the one who writes the site."""
        found: list[str] = []
        for name in ("authors", "author", "by", "byline", "writers"):
            taxonomies = self.fields.get("taxonomies")
            value = self.get(name) or (taxonomies.get(name) if isinstance(taxonomies, Mapping) else None)
            if found := [*_person_names(value)]:
                break
        else:
            found = [*_person_names(self.site.config.get("author") or _nested(self.site.config, "params", "author"))]
        names = [self.site.authors.get(fold(name), name) for name in found]
        return tuple(dict.fromkeys(names))

    @property
    def picture(self) -> tuple[str, str, str]:
        """The lead picture's address, alt and caption; empty if no field names one."""
        for name in _PICTURE:
            address, alt, caption = _picture_in(self.get(name))
            if address:
                alt = alt or self.text((f"{name}alt", "coveralt", "imagealt", "alt"))
                return address, alt, caption or self.text((f"{name}caption", "covercaption", "imagecaption"))
        resources = self.get("resources")
        for resource in resources if isinstance(resources, list) else []:
            if isinstance(resource, Mapping) and re.match(r"cover|feature|header", str(resource.get("name", ""))):
                return _picture_in({"src": resource.get("src"), "caption": resource.get("title")})
        return "", "", ""

    def strings(self, name: str) -> list[str]:
        """The texts of a field: a list, or one text with commas."""
        value = self.get(name)
        return strings(re.split(r"[,\n]", value) if isinstance(value, str) else value)

    def get(self, name: str) -> object:
        """A field, or one of the same name among those that generators keep for themes."""
        found = self.fields.get(name)
        for table in ("extra", "params", "data"):
            if found not in (None, "", [], {}):
                break
            inner = self.fields.get(table)
            found = inner.get(name) if isinstance(inner, Mapping) else None
        return found

    def text(self, names: Iterable[str]) -> str:
        """The first of these fields that has text, on one line."""
        for name in names:
            found = self.get(name)
            if isinstance(found, (str, int, float)) and not isinstance(found, bool) and (line := one_line(str(found))):
                return line
        return ""

    def moment(self, names: Iterable[str]) -> Moment | None:
        """The first of these fields that names a moment."""
        for name in names:
            if found := read_moment(self.get(name), zone=self.zone, day_zone=self.day_zone):
                return found
        return None

    def _names(self, names: Iterable[str]) -> list[str]:
        """The words in list fields: a list, or a string with commas; in Jekyll one with spaces, if it is a plural."""
        found: list[str] = []
        taxonomies = self.fields.get("taxonomies")
        for name in names:
            for value in (self.get(name), taxonomies.get(name) if isinstance(taxonomies, Mapping) else None):
                if isinstance(value, str):
                    by_spaces = self.is_jekyll and name in ("tags", "categories") and not re.search(r"[,;\n]", value)
                    found += value.split() if by_spaces else re.split(r"[,;\n]", value)
                else:
                    found += strings(value, ("name", "title", "label", "slug"))
        return [word for word in map(one_line, found) if word]


def truth(value: object) -> bool | None:
    """What a field says when it is asked whether; None if it says something else, such as a date."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, (str, int)) else ""
    return True if word in _YES else False if word in _NO else None


def strings(value: object, names: tuple[str, ...] = ("name",)) -> list[str]:
    """The texts in a value: a text, a list of texts, a list of tables with a name."""
    if isinstance(value, str):
        return [value.strip()] if value.strip() else []
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return [str(value)]
    if isinstance(value, Mapping):
        return next(([str(value[name]).strip()] for name in names if isinstance(value.get(name), str)), [])
    if isinstance(value, list):
        return [text for inner in value[:200] if not isinstance(inner, list) for text in strings(inner, names)]
    return []


def _person_names(value: object) -> Iterable[str]:
    for text in strings(value, ("name", "fullname", "display", "displayname", "title", "username", "id", "slug")):
        for person in text.split(";"):
            name = re.sub(r"<[^<>]*>$|\([^()@]*@[^()]*\)$", "", one_line(person)).lstrip("@").strip()
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
        alt, caption = (next(iter(strings(value.get(name))), "") for name in ("alt", "caption"))
        return address, one_line(alt), one_line(caption)
    if isinstance(value, str) and (address := value.strip()) and re.search(r"[./]", address):
        return address, "", ""
    return "", "", ""
