"""Shortcodes of Hugo and Zola and tags of Liquid, as far as Markdown has a word for what they mean.

What has one is translated; what has none stays as text, and its name is reported. Code is left alone.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from blog.transfer.scanning import code_ranges
from blog.transfer.sites import Generator, Site
from blog.transfer.texts import pairs

MAX_TAG_LENGTH = 4000

TO_FILE = "import-file:"
"""Begins an address that names a file of the site, as `{{< ref "x.md" >}}` does."""
TO_POST = "import-post:"
"""Begins an address that names a post, as `{% post_url 2020-01-02-x %}` does."""

_HELD = "\ufdd0"  # a noncharacter: stands for { where Liquid must not see it
_MORE = re.compile(
    r"(?:(?<![ \t])[ \t]++)?<!--+\s*+(?:more|truncate|excerpt|read ?more)\s*+-*-->[ \t]*+", re.IGNORECASE
)
_ATTRIBUTE_LIST = re.compile(r"\{:(?![:}]|\s*#)[^{}\n]{0,300}\}")
_TABLE_OF_CONTENTS = re.compile(r"^[ \t]*(?:[*-]|1\.)[^\n]*\n[ \t]*\{:\s*toc\s*\}[ \t]*$", re.MULTILINE | re.IGNORECASE)

_FIGURES = frozenset({"figure", "img", "image", "picture", "responsive_image", "imgcap", "resize_image", "img_caption"})
_SOURCES = ("src", "url", "path", "file", "image_path", "image", "link_to_image", "0")
_LITERAL = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)')\s*(\|.*)?""", re.DOTALL)
_ADDRESS_FILTERS = re.compile(r"relative_url|absolute_url|\burl\b|prepend:|asset_url|abs_?url|rel_?url")
_ARGUMENT = re.compile(
    r"""([\w.-]{1,50})\s*[=:]\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`([^`]*)`|([^\s,"'`]+))"""
    r"""|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`([^`]*)`|([^\s,"'`=]+)"""
)


@dataclass(frozen=True, slots=True)
class Translation:
    """A text without the shortcodes that could be translated."""

    text: str
    unknown: tuple[str, ...]
    """The names of those that stay as text."""


@dataclass(frozen=True, slots=True)
class _Tag:
    """A shortcode or tag in a text."""

    start: int
    end: int
    style: str  # hugo, statement, expression
    name: str
    arguments: str
    closes: bool = False


@dataclass
class _Page:
    """What the translation of one text needs to know and finds."""

    site: Site
    is_liquid: bool
    unknown: dict[str, None] = field(default_factory=dict)


def translate(text: str, site: Site, *, is_liquid: bool) -> Translation:
    """`text` with its shortcodes in Markdown. `is_liquid` says that Liquid read it before Markdown did."""
    page = _Page(site, is_liquid)
    text = text.replace(_HELD, "")
    if is_liquid or site.generator is Generator.UNKNOWN:
        text = _without_raw_marks(text, in_code=is_liquid)
    if "{{" in text or "{%" in text:
        text = _translate_tags(_code_as_fences(text), page)
    if is_liquid and "{:" in text:
        text = _TABLE_OF_CONTENTS.sub("", text)
        text = _outside_code(text, _ATTRIBUTE_LIST, "")
    if site.generator is Generator.HUGO:
        text = re.sub(r"\{\{([<%])/\*((?:[^{*]++|\{(?!\{)|\*(?!/))*)\*/([>%])\}\}", r"{{\1\2\3}}", text)
    text = text.replace(_HELD, "{")
    return Translation(_outside_code(text, _MORE, ""), tuple(page.unknown))


# Liquid's raw, and code


_RAW = re.compile(r"\{%-?\s*+(?:(?P<name>raw|verbatim)|end(?P<ended>raw|verbatim))\s*+-?%\}")


def _without_raw_marks(text: str, *, in_code: bool) -> str:
    """What stands between `raw` and `endraw` as it is, hidden from the translation that follows.

    Liquid reads a text before Markdown does, so it takes its marks out of code too.
    """
    blocks = pairs(_RAW, text)
    ranges = [] if in_code or not blocks else code_ranges(text)
    pieces: list[str] = []
    at = 0
    for begin, end in blocks:
        if not _inside(begin.start(), ranges):
            pieces += [text[at : begin.start()], text[begin.end() : end.start()].replace("{", _HELD)]
            at = end.end()
    return "".join([*pieces, text[at:]])


_OPENS_CODE = re.compile(
    r"^(?P<before>[^\n`]*?)(?:"
    r"\{%-?\s*+(?P<name>highlight|codeblock|code)\b(?P<liquid>(?:[^\n{]|\{(?![{%]))*?)-?%\}"
    r"|\{\{(?P<mark>[<%])\s*+(?P<hugo>highlight|code|codeblock)\b(?P<rest>(?:[^\n{]|\{(?![{%]))*?)[>%]\}\})"
)


def _code_as_fences(text: str) -> str:
    """`{% highlight ruby %}` and its like as fenced code."""
    lines = text.split("\n")
    out: list[str] = []
    fence = ""
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if fence:
            out.append(line)
            if re.fullmatch(rf"[ >]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*", line):
                fence = ""
            continue
        if opened := re.match(r"(?:[ >]|[*+-] )*(`{3,}+|~{3,}+)(?!.*`)", line):
            fence = opened[1]
            out.append(line)
            continue
        begin = _OPENS_CODE.match(line)
        if begin is None:
            out.append(line)
            continue
        name = begin["name"] or begin["hugo"]
        close = re.compile(
            rf"\{{%-?\s*end{name}\s*-?%\}}" if begin["name"] else rf"\{{\{{[<%]\s*/\s*{name}\s*[>%]\}}\}}"
        )
        inner, after, number = _until(lines, number, line[begin.end() :], close)
        if inner is None:
            out.append(line)
            continue
        out += _fenced(begin["before"], begin["liquid"] or begin["rest"] or "", inner)
        if after.strip():
            lines.insert(number, after)
    return "\n".join(out)


def _until(lines: list[str], number: int, rest: str, close: re.Pattern[str]) -> tuple[list[str] | None, str, int]:
    """The lines up to what closes, what follows it on its line, and the number of the next line."""
    inner: list[str] = []
    line, at = rest, number
    while True:
        if end := close.search(line):
            inner.append(line[: end.start()])
            return inner, line[end.end() :], at
        inner.append(line)
        if at >= len(lines):
            return None, "", number
        line = lines[at]
        at += 1


def _fenced(before: str, arguments: str, inner: list[str]) -> list[str]:
    """`inner` as a fenced block, indented as its opening was."""
    while inner and not inner[0].strip():
        inner = inner[1:]
    while inner and not inner[-1].strip():
        inner = inner[:-1]
    indent = re.match(r"[ \t]*", before)
    margin = indent[0] if indent else ""
    language = re.match(r"\s*(?:lang:)?\"?([\w+#.-]*)", arguments)
    longest = max((len(run) for line in inner for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    opening = f"{margin}{fence}{language[1] if language else ''}"
    body = [line if line.startswith(margin) or not line.strip() else margin + line for line in inner]
    first = [before.rstrip(), ""] if before.strip() else []
    return [*first, opening, *(line.replace("{", _HELD) for line in body), margin + fence]


# Tags


def _translate_tags(text: str, page: _Page) -> str:
    ranges = code_ranges(text)
    pieces: list[str] = []
    at = 0
    comment: _Tag | None = None
    for tag in _tags(text):
        if tag.start < at or _inside(tag.start, ranges):
            continue
        if comment:
            if tag.name == "endcomment":
                at, comment = tag.end, None
            continue
        pieces.append(text[at : tag.start])
        at = tag.end
        if tag.name == "comment" and tag.style == "statement":
            comment = tag
            continue
        new = _in_markdown(tag, page)
        if new is None:
            page.unknown.setdefault(tag.name)
            new = _as_text(text[tag.start : tag.end])
        pieces.append(new)
    pieces.append(text[at:] if comment is None else "")
    return "".join(pieces)


def _tags(text: str) -> Iterator[_Tag]:
    """The shortcodes and tags in a text, from its beginning."""
    at = 0
    while True:
        starts = [place for mark in ("{{", "{%") if (place := text.find(mark, at)) >= 0]
        if not starts:
            return
        start = min(starts)
        style, closing = "expression", "}}"
        if text.startswith("{%", start):
            style, closing = "statement", "%}"
        elif text[start + 2 : start + 3] in ("<", "%"):
            style, closing = "hugo", {"<": ">}}", "%": "%}}"}[text[start + 2]]
        inner_start = start + (3 if style == "hugo" else 2)
        end = text.find(closing, inner_start, start + MAX_TAG_LENGTH)
        if end < 0:
            at = start + 2
            continue
        at = end + len(closing)
        if tag := _read_tag(text[inner_start:end], start, at, style):
            yield tag


def _read_tag(inner: str, start: int, end: int, style: str) -> _Tag | None:
    if inner.startswith("/*") or "{{" in inner:
        return None
    inner = inner.strip().strip("-").strip()
    if style == "expression" and _LITERAL.fullmatch(inner):
        return _Tag(start, end, style, "", inner)
    match = re.match(r"(/?)\s*([A-Za-z_][\w./-]*)", inner)
    if match is None:
        return None
    arguments = inner[match.end() :].strip().removesuffix("/").strip()
    return _Tag(start, end, style, match[2], arguments, closes=bool(match[1]))


def _in_markdown(tag: _Tag, page: _Page) -> str | None:  # noqa: PLR0911  one return a word of the dictionary
    """What a tag means, or None."""
    site = page.site
    if tag.style == "expression" and not tag.arguments.startswith("("):
        return _expression(tag, site)
    if tag.closes:
        return "" if tag.name in _FIGURES else None
    if tag.name == "include":
        return _include(tag.arguments)
    given = _arguments(tag.arguments)
    if tag.name in _FIGURES:
        return _figure(given)
    match tag.name:
        case "ref" | "relref" | "get_url" | "link":
            target = given.get("path") or given.get("0", "")
            return TO_FILE + ("/" if tag.name == "link" else "") + _escaped(target) if target else None
        case "post_url" | "post_path":
            return TO_POST + _escaped(given.get("0", "")) if given else None
        case "post_link":
            target = given.get("0", "")
            label = " ".join(given[name] for name in sorted(given) if name != "0")
            return f"[{label or target}]({TO_POST}{_escaped(target)})"
        case "asset_path":
            return _escaped(given.get("0", ""))
        case "asset_img":
            return _figure(_hexo_picture(given))
        case "raw" | "endraw" | "endcomment" if tag.style == "statement":
            return "" if page.is_liquid else None
        case "gist" | "youtube" | "vimeo" | "tweet" | "twitter" | "x" | "instagram":
            return _embed(tag.name, given)
    return None


def _expression(tag: _Tag, site: Site) -> str | None:
    """`{{ "/x" | relative_url }}`, `{{ site.baseurl }}` and their like, as the address that they make."""
    literal = _LITERAL.fullmatch(tag.arguments) if not tag.name else None
    if literal:
        value = literal[1] if literal[1] is not None else literal[2] or ""
        if literal[3] and not _ADDRESS_FILTERS.search(literal[3]):
            return None
        return _escaped(value) if literal[3] else value
    match tag.name:
        case "site.baseurl" | "site.base_path" | "site.github.url":
            return site.base_path
        case "site.url":
            return f"https://{site.host}" if site.host else ""
    return None


def _include(arguments: str) -> str | None:
    """Jekyll's `{% include figure.html src="…" %}`, when it shows a picture."""
    name, _, rest = arguments.partition(" ")
    stem = re.sub(r"\.\w+$", "", name.rpartition("/")[2])
    return _figure(_arguments(rest)) if stem in _FIGURES else None


def _figure(given: dict[str, str]) -> str | None:
    source = next((given[name] for name in _SOURCES if given.get(name)), "")
    if not source:
        return None
    caption = given.get("caption") or given.get("description") or given.get("title") or ""
    caption = re.sub(r"<[^<>]{0,200}>", "", caption)
    alt = given.get("alt") or caption or given.get("1", "")
    alt = re.sub(r"([\[\]\\])", r"\\\1", " ".join(alt.split()))
    title = ' "' + " ".join(caption.split()).replace("\\", "").replace('"', "&quot;") + '"' if caption else ""
    picture = f"![{alt}]({_destination(source)}{title})"
    return f"[{picture}]({_destination(given['link'])})" if given.get("link") else picture


def _hexo_picture(given: dict[str, str]) -> dict[str, str]:
    """`{% asset_img class name.png 200 100 "title 'alt'" %}`: the first word that looks like a file is the picture."""
    words = [given[name] for name in sorted(given, key=lambda name: (len(name), name))]
    place = next((number for number, word in enumerate(words) if "." in word), 0)
    rest = [word for word in words[place + 1 :] if not word.isdigit()]
    return {"src": words[place] if words else "", "alt": " ".join(rest)}


def _embed(name: str, given: dict[str, str]) -> str | None:
    """What showed something of another site, as a link to it."""
    key = given.get("id") or given.get("0", "")
    second = given.get("1", "")
    if name in ("tweet", "twitter", "x"):
        user, key = given.get("user") or (key if second else "i/web"), given.get("id") or second or key
        address, label = f"https://twitter.com/{user}/status/{key}", "A post on Twitter"
    elif name == "gist":
        address, label = (
            f"https://gist.github.com/{key}{'/' + second if second and '/' not in key else ''}",
            "Code on GitHub",
        )
    elif name == "instagram":
        address, label = f"https://www.instagram.com/p/{key}/", "A picture on Instagram"
    elif name == "vimeo":
        address, label = f"https://vimeo.com/{key}", "A video on Vimeo"
    else:
        address, label = f"https://www.youtube.com/watch?v={key}", "A video on YouTube"
    if key.startswith("https://"):
        address = key
    return f"[{label}]({address})" if key and not re.search(r"[\s<>()]", address) else None


def _arguments(text: str) -> dict[str, str]:
    """Named and numbered (`0`, `1`, …) arguments of a shortcode."""
    text = text.strip()
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    found: dict[str, str] = {}
    number = 0
    for match in _ARGUMENT.finditer(text):
        if match[1]:
            value = next((group for group in match.groups()[1:5] if group is not None), "")
            found.setdefault(match[1].lower(), _unescaped(value))
        else:
            value = next((group for group in match.groups()[5:] if group is not None), "")
            found[str(number)] = _unescaped(value)
            number += 1
    return found


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value)


def _escaped(address: str) -> str:
    """An address that ends neither a Markdown link nor an attribute."""
    return re.sub(r"[\s<>()\"'|]", lambda odd: f"%{ord(odd[0]):02X}", address.strip())


def _destination(address: str) -> str:
    return f"<{address}>" if re.search(r"[\s()]", address) else address


def _as_text(source: str) -> str:
    """A shortcode as readers see it: `<` begins no tag there."""
    return re.sub(r"<(?=[A-Za-z/!?])", r"\\<", source)


def _outside_code(text: str, pattern: re.Pattern[str], new: str) -> str:
    """`text` with every match replaced, but for those that begin in code."""
    ranges = code_ranges(text) if pattern.search(text) else []
    return pattern.sub(lambda match: match[0] if _inside(match.start(), ranges) else new, text)


def _inside(offset: int, ranges: list[tuple[int, int]]) -> bool:
    place = bisect_right(ranges, offset, key=lambda span: span[0]) - 1
    return place >= 0 and offset < ranges[place][1]
