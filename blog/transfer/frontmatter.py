"""The fields at the head of a file: TOML, YAML, JSON, or plain `Name: value` lines. Data only: nothing is run.

Names are folded (`publishDate`, `publish_date` and `Publish-Date` are one), since generators differ in nothing else.
YAML's own guesses at dates, numbers, `yes` and `no` are switched off: a title may be `1.10`, `No` or `2020-02-30`.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

import yaml

MAX_LENGTH = 64 * 1024
"""Characters of front matter: far more than any post needs, far less than a bomb."""

Fields = dict[str, object]

_TOML_FENCE = re.compile(r"\+\+\+[ \t]*")
_YAML_FENCE = re.compile(r"---[ \t]*+(yaml|yml|json|toml|js|javascript)?[ \t]*+", re.IGNORECASE)
_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9 _-]{0,30}):(?:[ \t]++(.*))?")


class FrontMatterBroken(Exception):
    """The head of the file can't be read; the text says where."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file parted into its fields and its text."""

    body: str
    fields: Fields = field(default_factory=dict)
    has_front_matter: bool = False


def split(text: str) -> Document:
    """Part a file. A file without front matter is all body. Raises `FrontMatterBroken`."""
    start = re.match(r"\s*", text)
    head = text[start.end() if start else 0 :]
    first, _, rest = head.partition("\n")
    if _TOML_FENCE.fullmatch(first):
        return _fenced(text, rest, closing=("+++",), language="toml")
    if fence := _YAML_FENCE.fullmatch(first):
        return _fenced(text, rest, closing=("---", "..."), language=(fence[1] or "yaml").lower())
    if re.match(r'\{\s*["}]', head):
        return _json_object(head)
    return _header_lines(text)


def fold(name: object) -> str:
    """A field's name as it is compared."""
    return re.sub(r"[\s_-]", "", str(name)).lower()


def folded(value: object, depth: int = 4) -> object:
    """`value` with the names in its tables folded; lists in lists, and what is deeper than `depth`, are dropped."""
    if isinstance(value, Mapping):
        if depth == 0:
            return {}
        table: Fields = {}
        for name, inner in value.items():
            table.setdefault(fold(name), folded(inner, depth - 1))
        return table
    if isinstance(value, list):
        return [folded(inner, depth - 1) for inner in value[:500] if not isinstance(inner, list)] if depth else []
    return value


def parse(text: str, language: str) -> Fields:
    """The folded fields in `text`, written in `toml`, `yaml` or `json`. Raises `FrontMatterBroken`."""
    if len(text) > MAX_LENGTH:
        raise FrontMatterBroken(f"its front matter has more than {MAX_LENGTH // 1024} KB")
    found = parse_any(text, language)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise FrontMatterBroken("its front matter is not a list of names and values")
    table = folded(found)
    return table if isinstance(table, dict) else {}


def parse_any(text: str, language: str) -> object:
    """The value in `text`, names as they are. Raises `FrontMatterBroken`."""
    try:
        match language:
            case "toml":
                return tomllib.loads(text)
            case "json":
                return json.loads(text)
            case "yaml" | "yml":
                return yaml.load(text, Loader=_PlainLoader)  # noqa: S506  a SafeLoader that guesses even less
            case _:
                raise FrontMatterBroken("its front matter is a program, and none is run")
    except tomllib.TOMLDecodeError as error:
        raise FrontMatterBroken(f"its TOML can't be read: {_one_line(error)}") from error
    except json.JSONDecodeError as error:
        raise FrontMatterBroken(f"its JSON can't be read: {_one_line(error)}") from error
    except yaml.YAMLError as error:
        raise FrontMatterBroken(f"its YAML can't be read: {_where(error)}") from error
    except (RecursionError, ValueError) as error:
        raise FrontMatterBroken("its front matter can't be read") from error


class _PlainLoader(yaml.SafeLoader):
    """YAML in which only `true`, `false` and nothing are not text."""


_PlainLoader.yaml_implicit_resolvers = {}
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), None
)
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:~|null|Null|NULL|)\Z"), None)
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"<<\Z"), None)


def _fenced(text: str, rest: str, *, closing: tuple[str, ...], language: str) -> Document:
    lines = rest.split("\n")
    number = next((number for number, line in enumerate(lines) if line.rstrip() in closing), None)
    if number is None:
        if language == "toml":
            raise FrontMatterBroken("its front matter has no end (a line +++)")
        return Document(text)  # a rule at the top of a text, not front matter
    inner, body = "\n".join(lines[:number]), "\n".join(lines[number + 1 :])
    if language in ("yaml", "yml") and _is_prose(inner):
        return Document(text)
    return Document(body, parse(inner, language), has_front_matter=True)


def _is_prose(inner: str) -> bool:
    """True if what stands between two rules at the top of a text is a text too."""
    lines = [line for line in inner.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return bool(lines) and not any(re.match(r"""["']?[\w .-]++["']?\s*+:(?:\s|$)|[{<]""", line) for line in lines)


def _json_object(head: str) -> Document:
    try:
        found, end = json.JSONDecoder().raw_decode(head[:MAX_LENGTH])
    except (json.JSONDecodeError, RecursionError) as error:
        raise FrontMatterBroken(f"its JSON can't be read: {_one_line(error)}") from error
    table = folded(found)
    return Document(head[end:], table if isinstance(table, dict) else {}, has_front_matter=True)


def _header_lines(text: str) -> Document:
    """Lines `Title: …`, `Date: …` up to an empty one, as Pelican and MultiMarkdown have them."""
    fields: Fields = {}
    last = ""
    head, *rest = re.split(r"\n[ \t]*\n", text.lstrip("\n"), maxsplit=1)
    for line in head.split("\n"):
        if last and line[:1] in (" ", "\t"):
            fields[last] = f"{fields[last]} {line.strip()}".strip()
        elif header := _HEADER.fullmatch(line.rstrip()):
            last = fold(header[1])
            fields.setdefault(last, (header[2] or "").strip())
        else:
            return Document(text)
    if not fields.keys() & {"title", "date"} or not any(fields.values()):
        return Document(text)
    return Document(rest[0] if rest else "", fields, has_front_matter=True)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it is not plain data"
    return f"{problem}, line {mark.line + 2}" if mark else str(problem)
