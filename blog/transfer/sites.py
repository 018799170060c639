"""The shape of the folder that is imported: whose generator it was, where its texts and pictures lie, and how the
generator made addresses of them.

Configuration is read as data; of a program (Pelican's, Eleventy's) only plain values are read, and nothing is run.
"""

import ast
import contextlib
import json
import re
import zoneinfo
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from blog.transfer.frontmatter import Fields, FrontMatterBroken, fold, folded, parse_any

MAX_CONFIG_BYTES = 1024 * 1024
CONFIG_DEPTH = 8
LEVELS_UP = 4
"""How far above the given folder its site is looked for, when it was the content folder that was given."""

_CONTENT_NAMES = frozenset({"content", "_posts", "_drafts", "source", "src"})
_HUGO_CONFIGS = tuple(
    f"{place}{name}.{suffix}"
    for place in ("", "config/_default/")
    for name in ("hugo", "config")
    for suffix in ("toml", "yaml", "yml", "json")
)
_ELEVENTY_CONFIGS = (
    ".eleventy.js",
    ".eleventy.cjs",
    "eleventy.config.js",
    "eleventy.config.mjs",
    "eleventy.config.cjs",
    "eleventy.config.ts",
)


class NotImportable(Exception):
    """What was given is not a folder that can be read; the text says why."""


class Generator(StrEnum):
    """What made a site of the folder."""

    ZOLA = "Zola"
    HUGO = "Hugo"
    JEKYLL = "Jekyll"
    HEXO = "Hexo"
    ELEVENTY = "Eleventy"
    PELICAN = "Pelican"
    UNKNOWN = "no generator that is known"


@dataclass(frozen=True)
class Site:
    """A folder and what is known of the site that it was."""

    given: Path
    """What is imported: files outside are not."""
    root: Path
    """The site's own folder: nothing outside is read."""
    content: Path
    """Where texts lie; a text's key is its path from here."""
    generator: Generator
    config: Fields = field(default_factory=dict)
    base_url: str | None = None
    zone: tzinfo | None = None
    authors: Mapping[str, str] = field(default_factory=dict)
    """Names by the keys that texts call their authors by."""

    @property
    def base_path(self) -> str:
        """The path of the site's address, without a slash at its end: empty, or as `/blog`."""
        if self.generator in (Generator.JEKYLL, Generator.UNKNOWN) and isinstance(self.config.get("baseurl"), str):
            given = str(self.config["baseurl"])
            if "://" not in given:
                return "/" + given.strip("/") if given.strip("/") else ""
        return urlsplit(self.base_url).path.rstrip("/") if self.base_url else ""

    @property
    def host(self) -> str | None:
        """The host of the site's address, with its port if it has one."""
        return urlsplit(self.base_url).netloc.lower() or None if self.base_url else None

    @property
    def is_liquid(self) -> bool:
        """True if its texts went through Liquid or Nunjucks before Markdown."""
        return self.generator in (Generator.JEKYLL, Generator.HEXO, Generator.ELEVENTY)

    @property
    def static_folders(self) -> tuple[Path, ...]:
        """Where a file of an absolute address lies, most likely first."""
        names = {
            Generator.ZOLA: ("static",),
            Generator.HUGO: (*_texts(self.config.get("staticdir")), "static", "assets"),
            Generator.HEXO: ("source",),
            Generator.PELICAN: ("content", "content/extra"),
            Generator.ELEVENTY: ("public", "static", "src", "content", "src/static", "src/assets", "assets"),
        }.get(self.generator, ())
        usual = ("", "static", "public", "assets", "source")
        folders = [self.root / name for name in (*names, *usual)]
        return tuple(dict.fromkeys([*folders, self.content, self.given]))

    def key_of(self, path: Path) -> str:
        """The path of a text from the content folder, with `/`."""
        return path.relative_to(self.content).as_posix()

    def holds(self, path: Path) -> bool:
        """True if `path`, its links followed, is inside the site's folder."""
        with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: links in a circle
            return path.resolve(strict=True).is_relative_to(self.root)
        return False


def find_site(given: Path, base_url: str | None = None) -> Site:
    """What is known of the site that the folder `given` is, or is the content of. Raises `NotImportable`."""
    if not given.exists():
        raise NotImportable(f"There is no folder {given}.")
    if not given.is_dir():
        raise NotImportable(f"{given} is a file; give the folder that it is in.")
    given = given.resolve()
    for root in _possible_roots(given):
        if (found := _recognise(root)) is not None:
            generator, config = found
            break
    else:
        root, config = given, {}
        generator = Generator.JEKYLL if _has_jekyll_folders(given) else Generator.UNKNOWN
    content = _content_folder(root, generator, config, given)
    return Site(
        given=given,
        root=root,
        content=content,
        generator=generator,
        config=config,
        base_url=_base_url(base_url) if base_url else _configured_address(config),
        zone=_zone(config),
        authors=dict(_named_authors(root, content, config)),
    )


def _possible_roots(given: Path) -> Iterator[Path]:
    """The folder itself, then those above it, as long as the folder is (in) a content folder of theirs."""
    yield given
    inside = False
    for folder in (given, *given.parents)[:LEVELS_UP]:
        inside = inside or folder.name in _CONTENT_NAMES
        if inside and folder.parent != folder:
            yield folder.parent


def _recognise(root: Path) -> tuple[Generator, Fields] | None:
    """The generator whose configuration lies in `root`, and what it says."""
    for name in ("_config.yml", "_config.yaml", "_config.toml"):
        if (root / name).is_file():
            config = _read_config(root / name)
            is_hexo = (root / "source" / "_posts").is_dir() and not (root / "_posts").is_dir()
            return (Generator.HEXO if is_hexo else Generator.JEKYLL), config
    if (root / "zola.toml").is_file():
        return Generator.ZOLA, _read_config(root / "zola.toml")
    for name in _HUGO_CONFIGS:
        if (root / name).is_file():
            config = _read_config(root / name)
            has_base_url = re.search(r"^[ \t]*+base_url[ \t]*+=", _text_of(root / name), re.MULTILINE)
            is_zola = name == "config.toml" and has_base_url
            return (Generator.ZOLA, config) if is_zola else (Generator.HUGO, _with_parts(root, name, config))
    if (root / "pelicanconf.py").is_file():
        return Generator.PELICAN, _plain_values(root / "publishconf.py") | _plain_values(root / "pelicanconf.py")
    if any((root / name).is_file() for name in _ELEVENTY_CONFIGS):
        return Generator.ELEVENTY, _read_config(root / "_data" / "site.json")
    return None


def _has_jekyll_folders(given: Path) -> bool:
    return given.name in ("_posts", "_drafts") or (given / "_posts").is_dir()


def _content_folder(root: Path, generator: Generator, config: Fields, given: Path) -> Path:
    name = {
        Generator.ZOLA: "content",
        Generator.HUGO: _text(config.get("contentdir")) or "content",
        Generator.PELICAN: _text(config.get("path")) or "content",
        Generator.HEXO: _text(config.get("sourcedir")) or "source",
        Generator.JEKYLL: _text(config.get("source")) or "",
    }.get(generator, "")
    folder = (root / name).resolve()
    if not folder.is_dir() or not folder.is_relative_to(root):
        folder = root
    return folder if given.is_relative_to(folder) or folder.is_relative_to(given) else root


def _with_parts(root: Path, name: str, config: Fields) -> Fields:
    """Hugo's configuration folder: one file a table."""
    if not name.startswith("config/"):
        return config
    parts: Fields = {}
    for path in sorted((root / "config" / "_default").iterdir()):
        if path.suffix in (".toml", ".yaml", ".yml", ".json") and path.stem not in ("hugo", "config"):
            parts[fold(path.stem)] = _read_config(path)
    return parts | config


def _read_config(path: Path) -> Fields:
    """The folded fields of a configuration file; none if it is missing or can't be read."""
    try:
        found = folded(parse_any(_text_of(path), path.suffix.lstrip(".")), CONFIG_DEPTH)
    except FrontMatterBroken:
        return {}
    return found if isinstance(found, dict) else {}


def _plain_values(path: Path) -> Fields:
    """The plain values that a Python file gives to names; the file is not run."""
    try:
        tree = ast.parse(_text_of(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    values: Fields = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            with contextlib.suppress(ValueError, TypeError, RecursionError):
                values[fold(statement.targets[0].id)] = ast.literal_eval(statement.value)
    return values


def _text_of(path: Path) -> str:
    if path.is_symlink() or path.parent.is_symlink():
        return ""
    try:
        with path.open("rb") as file:
            return file.read(MAX_CONFIG_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return ""


def _configured_address(config: Fields) -> str | None:
    """The address that the configuration gives the site."""
    for name in ("baseurl", "url", "siteurl"):
        address = _text(config.get(name))
        if re.match(r"https?://", address):
            path = _text(config.get("baseurl")) if name == "url" else ""
            root = _text(config.get("root")) if name == "url" else ""
            return _join(address, path if "://" not in path else "", root)
    return None


def _join(address: str, *paths: str) -> str:
    path = next((path.strip("/") for path in paths if path.strip("/")), "")
    address = address.rstrip("/")
    return f"{address}/{path}" if path and not urlsplit(address).path.strip("/") else address


def _base_url(given: str) -> str:
    """The address given on the command line. Raises `NotImportable`."""
    parts = urlsplit(given if "://" in given else f"https://{given}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotImportable(f"{given!r} is not the address of a site, as in https://example.org.")
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def _zone(config: Fields) -> tzinfo | None:
    with contextlib.suppress(ValueError, OSError, KeyError):  # a zone that is not known is a KeyError
        if name := _text(config.get("timezone")):
            return zoneinfo.ZoneInfo(name)
    return None


def _named_authors(root: Path, content: Path, config: Fields) -> Iterator[tuple[str, str]]:
    """Authors that texts name by a key: `_data/authors.yml` of Jekyll, `data/authors` of Hugo, `authors.yml`."""
    folders = (root / "_data", root / "data", content, root, root / "blog")
    files = [folder / name for folder in folders for name in _AUTHOR_FILES]
    tables: list[object] = [_read_names(path) for path in files if path.is_file()]
    tables.append(config.get("authors"))
    for table in tables:
        if not isinstance(table, Mapping):
            continue
        for key, entry in table.items():
            if isinstance(entry, Mapping) and (name := _text(folded(dict(entry)).get("name"))):  # type: ignore[attr-defined]  # folded() of a table is one
                yield fold(key), name
    for path in sorted((root / "data" / "authors").glob("*.*")) if (root / "data" / "authors").is_dir() else ():
        if name := _text(_read_config(path).get("name")):
            yield fold(path.stem), name


_AUTHOR_FILES = ("authors.yml", "authors.yaml", "authors.toml", "authors.json")


def _read_names(path: Path) -> object:
    try:
        return parse_any(_text_of(path), path.suffix.lstrip("."))
    except FrontMatterBroken:
        return None


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    found = value if isinstance(value, list) else [value]
    return tuple(name for name in map(_text, found) if name and not PurePosixPath(name).is_absolute())


def folder_defaults(folder: Path, stop: Path) -> Fields:
    """The fields that Eleventy's data files give to every text below their folder (`posts/posts.json`)."""
    defaults: Fields = {}
    while folder.is_relative_to(stop):
        for name in (f"{folder.name}.json", f"{folder.name}.11tydata.json"):
            if (folder / name).is_file():
                with contextlib.suppress(json.JSONDecodeError, RecursionError):
                    found = folded(json.loads(_text_of(folder / name)))
                    defaults = {**(found if isinstance(found, dict) else {}), **defaults}
        if folder == stop:
            break
        folder = folder.parent
    return defaults
