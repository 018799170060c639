"""The addresses that generators make of a text's place and fields."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import dropwhile

from blog.transfer.frontmatter import fold
from blog.transfer.sites import Generator, Site

_JEKYLL_STYLES = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}
_HEXO_DEFAULT = ":year/:month/:day/:title/"
_PELICAN_DEFAULT = "{slug}.html"
_SOURCES = frozenset({"src", "source", "content", "pages", "site"})


@dataclass(frozen=True, slots=True)
class Place:
    """What addresses are made of."""

    folders: tuple[str, ...]
    """The folders from the content folder on, without the bundle's own."""
    name: str
    """The file's or bundle's name without its date."""
    whole_name: str
    slug: str
    """As given; else the name."""
    has_slug: bool
    title: str
    day: datetime | None
    categories: tuple[str, ...] = ()
    language: str = ""


def addresses(site: Site, place: Place, own: str = "") -> tuple[str, ...]:
    """The paths where the old site may have had a text, the most likely first; `own` is what it asked for itself."""
    if own:
        found = [own]
    else:
        found = {
            Generator.ZOLA: _of_zola,
            Generator.HUGO: _of_hugo,
            Generator.JEKYLL: _of_jekyll,
            Generator.HEXO: _of_hexo,
            Generator.PELICAN: _of_pelican,
            Generator.ELEVENTY: _of_folders,
            Generator.UNKNOWN: _of_folders,
        }[site.generator](site, place)
    if place.language and not own:
        found = [f"/{place.language}{path}" for path in found]
    return tuple(dict.fromkeys(re.sub(r"/{2,}", "/", path) for path in found if path.strip("/")))


def fill(pattern: str, place: Place) -> str:
    """A pattern such as `/:year/:title/` or `/{{ page.fileSlug }}/` filled; empty if it asks for what is not known."""
    if "{%" in pattern:
        return ""
    pattern = re.sub(r"\{\{\s*(?:page\.)?(?:fileSlug|slug)\b[^{}]*\}\}", lambda _: place.slug, pattern)
    pattern = re.sub(r"\{\{\s*title\s*\|\s*slug(?:ify)?\b[^{}]*\}\}", lambda _: plain_slug(place.title), pattern)
    tokens = _tokens(place)
    unknown = [name for name in re.findall(r"(?<=/):([a-z_]+)", "/" + pattern) if name not in tokens]
    if "{{" in pattern or unknown:
        return ""
    return re.sub(r":([a-z_]+)", lambda match: tokens.get(match[1], match[0]), pattern)


def plain_slug(text: str) -> str:
    """A slug as most generators make one."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode() or text
    return re.sub(r"[\W_]+", "-", ascii_text.lower()).strip("-")


def _tokens(place: Place) -> Mapping[str, str]:
    day = place.day
    section = place.folders[0] if place.folders else ""
    tokens = {
        "title": place.slug,
        "slug": place.slug,
        "name": place.name,
        "filename": place.name,
        "slugorfilename": place.slug,
        "contentbasename": place.name,
        "slugorcontentbasename": place.slug,
        "section": section,
        "sections": "/".join(place.folders),
        "categories": "/".join(plain_slug(name) for name in place.categories),
        "category": plain_slug(place.categories[0]) if place.categories else "",
        "output_ext": ".html",
        "post_title": plain_slug(place.title),
    }
    if day:
        tokens |= {
            "year": f"{day:%Y}",
            "month": f"{day:%m}",
            "day": f"{day:%d}",
            "i_month": str(day.month),
            "i_day": str(day.day),
            "short_year": f"{day:%y}",
            "short_month": f"{day:%b}",
            "long_month": f"{day:%B}",
            "monthname": f"{day:%B}".lower(),
            "short_day": f"{day:%a}",
            "weekday": f"{day:%w}",
            "weekdayname": f"{day:%A}".lower(),
            "week": f"{day:%V}",
            "hour": f"{day:%H}",
            "minute": f"{day:%M}",
            "second": f"{day:%S}",
            "yearday": str(int(f"{day:%j}")),
            "y_day": f"{day:%j}",
        }
    return tokens


def _of_zola(_site: Site, place: Place) -> list[str]:
    name = place.slug if place.has_slug else plain_slug(place.name) or place.name
    return ["/".join(("", *map(plain_slug, place.folders), name))]


def _of_hugo(site: Site, place: Place) -> list[str]:
    pattern = _hugo_pattern(site, place)
    end = ".html" if site.config.get("uglyurls") in (True, "true") else ""
    if pattern and (path := fill(_without_slices(pattern, place), place)):
        return [path.rstrip("/") + end]
    folders = tuple(folder.replace(" ", "-") for folder in place.folders)
    name = place.slug if place.has_slug else place.whole_name.replace(" ", "-")
    exact = ["/".join(("", *inner, name)) for inner in _without_language(site, folders)]
    return [path + end for path in (*map(str.lower, exact), *exact)]


def _without_language(site: Site, folders: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The folders without that of the default language, whose texts have addresses without it."""
    languages = site.config.get("languages")
    if not folders or not isinstance(languages, Mapping) or fold(folders[0]) not in languages:
        return [folders]
    default = fold(site.config.get("defaultcontentlanguage") or next(iter(languages)))
    return [folders[1:], folders] if fold(folders[0]) == default else [folders]


def _hugo_pattern(site: Site, place: Place) -> str:
    table = site.config.get("permalinks")
    pages = table.get("page") if isinstance(table, Mapping) else None
    for patterns in (pages, table):
        if isinstance(patterns, Mapping):
            found = patterns.get(fold(place.folders[0] if place.folders else "/"))
            if isinstance(found, str):
                return found
    return ""


def _without_slices(pattern: str, place: Place) -> str:
    """Hugo's `:sections[1:]` and `:sections[:last]`."""

    def part(match: re.Match[str]) -> str:
        first, _, last = match[1].partition(":")
        begin = int(first) if first.isdigit() else 0
        end = int(last) if last.isdigit() else len(place.folders) - (last == "last")
        return "/".join(place.folders[begin:end])

    return re.sub(r":sections\[([^\[\]]*)\]", part, pattern)


def _of_jekyll(site: Site, place: Place) -> list[str]:
    if not {"_posts", "_drafts"} & set(place.folders) and site.given.name not in ("_posts", "_drafts"):
        folders = [folder.removeprefix("_") for folder in place.folders]
        plain = "/".join(("", *folders, place.slug))
        return [plain + ".html", plain]
    style = str(site.config.get("permalink") or "date")
    style = _JEKYLL_STYLES.get(style, style)
    above = place.folders[: place.folders.index("_posts")] if "_posts" in place.folders else ()
    place = _with_categories(place, (*above, *place.categories))
    path = fill(style, place)
    return ["/" + path.lstrip("/")] if path else []


def _with_categories(place: Place, categories: tuple[str, ...]) -> Place:
    return Place(
        place.folders, place.name, place.whole_name, place.slug, place.has_slug, place.title, place.day, categories,
        place.language,
    )  # fmt: skip


def _of_hexo(site: Site, place: Place) -> list[str]:
    if "_posts" not in place.folders:
        return _of_folders(site, place)
    inner = place.folders[place.folders.index("_posts") + 1 :]
    path = fill(str(site.config.get("permalink") or _HEXO_DEFAULT), place)
    path = path.replace(place.slug, "/".join((*inner, place.slug)), 1) if inner and not place.has_slug else path
    return ["/" + path.lstrip("/")] if path else []


def _of_pelican(site: Site, place: Place) -> list[str]:
    pattern = str(site.config.get("articleurl") or _PELICAN_DEFAULT)
    slug = place.slug if place.has_slug else plain_slug(place.title)
    category = place.categories[0] if place.categories else place.folders[0] if place.folders else ""

    def part(match: re.Match[str]) -> str:
        name, _, form = match[1].partition(":")
        if name == "date":
            return place.day.strftime(form) if place.day else "\0"
        return {"slug": slug, "category": plain_slug(category)}.get(name, "\0")

    path = re.sub(r"\{([^{}]*)\}", part, pattern)
    return [] if "\0" in path else ["/" + path.lstrip("/")]


def _of_folders(_site: Site, place: Place) -> list[str]:
    """By the folders, without those above that only keep sources apart."""
    folders = tuple(dropwhile(_SOURCES.__contains__, place.folders))
    folders = tuple(folder for folder in folders if folder not in ("_posts", "_drafts"))
    found = ["/".join(("", *folders, place.slug))]
    if place.whole_name != place.name:
        found.append("/".join(("", *folders, place.whole_name)))
        if place.day:
            found.append("/".join(("", *folders, f"{place.day:%Y/%m/%d}", place.slug)))
    return found
