"""The Markdown that we read: markdown-it with its plugins, and the rules that are our own."""

import re
from functools import cache
from itertools import takewhile

from linkify_it import LinkifyIt
from linkify_it.main import Match
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_core import StateCore
from markdown_it.rules_core.smartquotes import process_inlines
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from blog.markdown.formulas import formulas_plugin
from blog.markdown.post_links import post_links_plugin

NARROW_NO_BREAK = "\u202f"
"""Stands within French quotation marks."""
LARGEST_TEXT = 1 << 20
"""Characters of one text; a larger one is shown as plain paragraphs."""
HARDEST_TEXT = 600_000
"""What parsing may cost, in the units of `_COSTS`, which are about microseconds."""
HARDEST_PARAGRAPHS = 20_000_000
"""Brackets times marks, and addresses times characters, of all paragraphs together. The parser looks from each bracket
for its partner and from each address for its beginning, so a paragraph costs the square of its length; those
that come when this is used up are text without markup."""
LONG_PARAGRAPH = 2_000
"""Characters, below which a paragraph is not looked at for that."""
MOST_MISSING_CELLS = 20_000
"""Of all tables of a text; a table that would go past that stays as it was typed."""
DEEPEST_NESTING = 24
"""Quotes, lists and brackets in each other; each list counts twice. The cost of `[[[[` grows with it."""
MOST_QUOTES = 300
"""Quotation marks in one paragraph, beyond which they stay straight: pairing them is quadratic."""

_COSTS = {
    "\n": 25, "[": 10, "|": 14, "*": 9, "_": 9, "!": 6, "^": 6, "~": 8, "`": 5, "<": 14, ">": 3, "]": 4, "&": 8,
    "\\": 3, ":": 4, "://": 60, "www.": 60, "@": 32, '"': 3, "'": 3, "#": 25, "$": 25, "%": 3, "+": 3, "-": 3, "=": 3,
    "{": 3, "}": 3,
}  # fmt: skip
_MARKS = re.compile("[" + re.escape("".join(mark for mark in _COSTS if len(mark) == 1)) + "]")

_QUOTES = {
    "en": "“”‘’",
    **dict.fromkeys(("bg", "cs", "de", "is", "lt", "sk", "sl"), "„“‚‘"),
    **dict.fromkeys(("el", "es", "it", "pt"), "«»“”"),
    **dict.fromkeys(("be", "ru", "uk"), "«»„“"),
    **dict.fromkeys(("fi", "sv"), "””’’"),
    **dict.fromkeys(("nb", "nn", "no"), "«»‘’"),
    **dict.fromkeys(("hr", "hu", "pl", "ro", "sr"), "„”‚’"),
    "da": "»«›‹",
    "ja": "「」『』",
}
_FRENCH = [f"«{NARROW_NO_BREAK}", f"{NARROW_NO_BREAK}»", f"‹{NARROW_NO_BREAK}", f"{NARROW_NO_BREAK}›"]

_ELLIPSIS = re.compile(r"(?<!\.)\.\.\.(?!\.)")
_EM_DASH = re.compile(r"(?<!-)---(?!-)")
_EN_DASH = re.compile(r"(?<=[^\s-])--(?=[^\s-])|(?<=\s)--(?=\s)")
LONGEST_BARE_ADDRESS = 2_000
"""Characters, of one that begins with `www.`."""
_ANY_ENDING = "[a-z]{1,63}"
"""Of a mail address's host: new ones are made all the time."""
_BEFORE_WWW = "*_~("
"""Besides blanks, what may stand before an address without a scheme (GFM, section 6.9)."""
_VERBATIM_TAG = re.compile(r"<(/?)(?:code|kbd|pre|samp|tt|var)\b", re.IGNORECASE)
_HEADING_ID = re.compile(r"(?<![ \t])[ \t]++\{#([\w.:-]{1,80})\}[ \t]*+\Z")
_PULL = re.compile(r"(?:\A|\n)\{\.pull\}\s*\Z")
_SPEAKER = re.compile(r"(?:\A|\n)(?:—|–|-{2,3})[ \t]++([^\n]++)\Z")
_LANGUAGE_NAME = re.compile(r"[A-Za-z]+")


def is_too_hard(text: str) -> bool:
    """Whether rendering this as Markdown could take a second: it is too long, or hardly anything but markup."""
    return len(text) > LARGEST_TEXT or sum(text.count(mark) * cost for mark, cost in _COSTS.items()) > HARDEST_TEXT


def post_parser(language: str = "en") -> MarkdownIt:
    """The parser of posts, with the quotation marks of a language (BCP 47); parsing keeps no state in it."""
    name = _LANGUAGE_NAME.match(language)
    primary = name[0].lower() if name else "en"
    if primary == "fr" and language.lower() != "fr-ch":
        return _post_parser(tuple(_FRENCH))
    if language.lower() in {"de-ch", "fr-ch", "it-ch"}:
        return _post_parser(tuple("«»‹›"))
    return _post_parser(tuple(_QUOTES.get(primary, _QUOTES["en"])))


@cache
def comment_parser() -> MarkdownIt:
    """The parser of comments: no raw HTML, tables or rules, and a line break is a line break."""
    options = {
        "html": False, "linkify": True, "breaks": True, "maxNesting": DEEPEST_NESTING,
        "strikethrough_single_tilde": True,
    }  # fmt: skip
    parser = MarkdownIt("js-default", options)
    _link_addresses_only(parser)
    parser.core.ruler.before("inline", "hard_paragraphs", _spare_hard_paragraphs)
    parser.disable(["table", "hr", "replacements", "smartquotes"])
    return parser


@cache
def _post_parser(quotes: tuple[str, ...]) -> MarkdownIt:
    options = {
        "html": True, "linkify": True, "typographer": True, "quotes": list(quotes), "maxNesting": DEEPEST_NESTING,
        "tasklists": True, "alerts": True, "strikethrough_single_tilde": True,
    }  # fmt: skip
    parser = MarkdownIt("js-default", options)
    _link_addresses_only(parser)
    parser.use(footnote_plugin).use(deflist_plugin).use(formulas_plugin).use(post_links_plugin)
    parser.disable(["replacements", "smartquotes"])
    parser.block.ruler.at("table", _read_table, {"alt": ["paragraph", "reference"]})
    parser.core.ruler.after("block", "heading_ids", _read_heading_ids)
    parser.core.ruler.after("block", "pull_quotes", _read_pull_quotes)
    parser.core.ruler.after("block", "callout_titles", _mark_callout_titles)
    parser.core.ruler.before("inline", "hard_paragraphs", _spare_hard_paragraphs)
    parser.core.ruler.before("text_join", "typography", _set_type)
    return parser


class _Linkify(LinkifyIt):  # type: ignore[misc]  # the library has no types
    """Looks for an address only where one of its signs stands: its expressions are slow, and most texts have none."""

    def pretest(self, text: str) -> bool:
        """Whether an address may be in it."""
        return "://" in text or "@" in text or "www." in text or "WWW." in text

    def test(self, text: str) -> bool:
        """Whether an address is in it."""
        return self.pretest(text) and bool(super().test(text))


def _link_addresses_only(parser: MarkdownIt) -> None:
    """Link what has a scheme or `www.`, and mail addresses, as GFM does: `main.rs` and `README.md` are files."""
    linkify = _Linkify({"ftp:": None, "//": None}, {"fuzzy_link": False, "fuzzy_email": True, "fuzzy_ip": False})
    linkify.tlds([_ANY_ENDING])
    linkify.add("www.", {"validate": _length_behind_www, "normalize": _add_scheme})
    parser.linkify = linkify


def _length_behind_www(linkify: LinkifyIt, text: str, position: int) -> int:
    """How long the address is whose `www.` ends here; 0 if it is none."""
    start = position - len("www.")
    if start > 0 and not (text[start - 1].isspace() or text[start - 1] in _BEFORE_WWW):
        return 0
    host = f"//{text[position : position + LONGEST_BARE_ADDRESS]}"
    return max(0, int(linkify.test_schema_at(host, "http:", 0)) - len("//"))


def _add_scheme(_linkify: LinkifyIt, match: Match) -> None:
    match.url = f"http://{match.url}"


def _read_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001 -- the parser's signature
    """A table, unless its short rows would be filled up with too many empty cells."""
    if not table(state, start, end, True):
        return False
    lines = (state.src[state.bMarks[line] : state.eMarks[line]] for line in range(start + 1, end))
    columns = next(lines).count("|") + 1
    missing = sum(max(0, columns - line.count("|")) for line in takewhile(str.strip, lines))
    if state.env.get("missing_cells", 0) + missing > MOST_MISSING_CELLS:
        return False
    if silent:
        return True
    state.env["missing_cells"] = state.env.get("missing_cells", 0) + missing
    return table(state, start, end, False)


def _spare_hard_paragraphs(state: StateCore) -> None:
    """Leave paragraphs as text from where parsing them would take too long."""
    cost = 0
    for token in state.tokens:
        content = token.content
        if token.type != "inline" or len(content) < LONG_PARAGRAPH:
            continue
        brackets, addresses = content.count("["), content.count("://") + content.count("@")
        cost += addresses * len(content) + (brackets * len(_MARKS.findall(content)) if brackets else 0)
        if cost > HARDEST_PARAGRAPHS:
            token.children = [Token("text", "", 0, content=content)]
            token.content = ""


def _read_heading_ids(state: StateCore) -> None:
    """`## Title {#id}`, as in Pandoc, Zola and Hugo."""
    for opening, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if opening.type == "heading_open" and (written := _HEADING_ID.search(inline.content)):
            inline.content = inline.content[: written.start()]
            opening.attrs["id"] = written[1]


def _mark_callout_titles(state: StateCore) -> None:
    """The parser writes callouts' titles in English; ours come from `Labels`."""
    for opening, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if opening.type == "alert_title_open":
            inline.meta["skipped"] = True


def _read_pull_quotes(state: StateCore) -> None:
    """A quote whose last line is `{.pull}` is set large; a last line that begins with a dash says who speaks."""
    read: list[Token] = []
    opened: list[Token] = []
    for token in state.tokens:
        if token.type == "blockquote_open":
            opened.append(token)
        elif token.type == "blockquote_close":
            quote = opened.pop()
            if read[-1].type == "paragraph_close" and (written := _PULL.search(read[-2].content)):
                quote.meta["pull"] = True
                _set_content(read, read[-2].content[: written.start()])
                _read_speaker(read)
        read.append(token)
    state.tokens = read


def _read_speaker(read: list[Token]) -> None:
    if read[-1].type != "paragraph_close" or not (speaker := _SPEAKER.search(read[-2].content)):
        return
    _set_content(read, read[-2].content[: speaker.start()])
    inline = Token("inline", "", 0, content=speaker[1], children=[])
    read += [Token("cite_open", "cite", 1, block=True), inline, Token("cite_close", "cite", -1, block=True)]


def _set_content(read: list[Token], content: str) -> None:
    """Give the paragraph just read other content; without any it goes."""
    if content.strip():
        read[-2].content = content
    else:
        del read[-3:]


def _set_type(state: StateCore) -> None:
    """Quotation marks, dashes and ellipses in the text; never in code, not even in code written as raw HTML."""
    for inline in state.tokens:
        if inline.type != "inline" or not inline.children:
            continue
        content = inline.content
        has_quotes = ("'" in content or '"' in content) and content.count("'") + content.count('"') <= MOST_QUOTES
        has_marks = "--" in content or "..." in content
        if not (has_quotes or has_marks):
            continue
        verbatim = _hide_verbatim(inline.children) if "<" in content else []
        if has_quotes:
            process_inlines(inline.children, state)
        if has_marks:
            _replace_marks(inline.children)
        for token in verbatim:
            token.type = "text"


def _replace_marks(tokens: list[Token]) -> None:
    in_address = False
    for token in tokens:
        if token.info == "auto":
            in_address = token.type == "link_open"
        elif token.type == "text" and not in_address:
            text = token.content
            if "..." in text:
                text = _ELLIPSIS.sub("…", text)
            if "--" in text:
                text = _EN_DASH.sub("–", _EM_DASH.sub("—", text))
            token.content = text


def _hide_verbatim(tokens: list[Token]) -> list[Token]:
    """Give the texts between raw `<code>` and `</code>` another type for the time being."""
    depth = 0
    hidden: list[Token] = []
    for token in tokens:
        if token.type == "html_inline" and (tag := _VERBATIM_TAG.match(token.content)):
            depth = max(0, depth - 1) if tag[1] else depth + 1
        elif depth and token.type == "text":
            token.type = "verbatim"
            hidden.append(token)
    return hidden
