"""What shortcodes and tags mean in Markdown."""

import re

from blog.transfer.shortcodes.tags import LITERAL, Tag, arguments_of
from blog.transfer.sites import Site

TO_FILE = "import-file:"
"""Begins an address that names a file of the site, as `{{< ref "x.md" >}}` does."""
TO_POST = "import-post:"
"""Begins an address that names a post, as `{% post_url 2020-01-02-x %}` does."""

_FIGURES = frozenset({"figure", "img", "image", "picture", "responsive_image", "imgcap", "resize_image", "img_caption"})
_SOURCES = ("src", "url", "path", "file", "image_path", "image", "link_to_image", "0")
_ADDRESS_FILTERS = re.compile(r"relative_url|absolute_url|\burl\b|prepend:|asset_url|abs_?url|rel_?url")


def in_markdown(tag: Tag, site: Site, *, is_liquid: bool) -> str | None:  # noqa: PLR0911  one return a word
    """What a tag means, or None where Markdown has no word for it."""
    if tag.style == "expression" and not tag.arguments.startswith("("):
        return _expression(tag, site)
    if tag.closes:
        return "" if tag.name in _FIGURES else None
    if tag.name == "include":
        return _include(tag.arguments)
    given = arguments_of(tag.arguments)
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
            return "" if is_liquid else None
        case "gist" | "youtube" | "vimeo" | "tweet" | "twitter" | "x" | "instagram":
            return _embed(tag.name, given)
    return None


def _expression(tag: Tag, site: Site) -> str | None:
    """`{{ "/x" | relative_url }}`, `{{ site.baseurl }}` and their like, as the address that they make."""
    literal = LITERAL.fullmatch(tag.arguments) if not tag.name else None
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
    return _figure(arguments_of(rest)) if stem in _FIGURES else None


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


def _escaped(address: str) -> str:
    """An address that ends neither a Markdown link nor an attribute."""
    return re.sub(r"[\s<>()\"'|]", lambda odd: f"%{ord(odd[0]):02X}", address.strip())


def _destination(address: str) -> str:
    return f"<{address}>" if re.search(r"[\s()]", address) else address
