"""The last word on what is stored and printed: nh3 (ammonia, html5ever), letting nothing through that is not listed."""

from itertools import product

import nh3

from blog.markdown import formulas
from blog.markdown.addresses import SCHEMES
from blog.markdown.code import COLOURED_CLASSES
from blog.markdown.document import ID_PREFIX
from blog.markdown.draft import CALLOUTS, Kind
from blog.markdown.raw import AUTHOR_CLASSES
from blog.markdown.tree import BLOCKS, INLINE, PARTS, VOID

_COMMENT_TAGS = frozenset({"a", "blockquote", "br", "code", "div", "em", "li", "ol", "p", "pre", "s", "strong", "ul"})
_RELATIONS = {
    " ".join([*(word for word in words if word), "noopener"])
    for words in product(("", "me"), ("", "nofollow"), ("", "sponsored"))
}
_EVERYWHERE = {"aria-label", "dir", "id", "lang", "title"}
_CLASSES = {
    "a": {"note-back", "note-ref"},
    "div": {"bar", "callout", "code", "scroll", *CALLOUTS},
    "ol": {"notes", "tasks"},
    "span": {"box", "done", "note", *COLOURED_CLASSES},
    "ul": {"tasks"},
    **{tag: set(names) for tag, names in formulas.CLASSES.items()},
}


def _post_cleaner() -> nh3.Cleaner:
    tags = set((BLOCKS | PARTS | INLINE | VOID | formulas.ELEMENTS) - {"h1", "section"})
    return nh3.Cleaner(
        tags=tags,
        clean_content_tags={"script", "style"},
        attributes={
            "*": _EVERYWHERE,
            "a": {"href"},
            "details": {"open"},
            "img": {"src", "alt", "width", "height"},
            "li": {"value"},
            "meter": {"value", "max"},
            "ol": {"start", "reversed", "type"},
            "progress": {"value", "max"},
            "td": {"colspan"},
            "th": {"colspan"},
            "time": {"datetime"},
            **{tag: set(names) for tag, names in (formulas.LENGTHS | formulas.NUMBERS).items()},
        },
        tag_attribute_values={
            **{tag: {name: set(one) for name, one in values.items()} for tag, values in formulas.VALUES.items()},
            "a": {"rel": _RELATIONS},
            "div": {"role": {"group", "note"}, "tabindex": {"0"}},
            "img": {"loading": {"lazy"}, "decoding": {"async"}},
            "pre": {"role": {"group"}, "tabindex": {"0"}},
            "span": {"role": {"img", "note"}},
            "th": {"scope": {"col", "row"}},
        },
        allowed_classes={tag: _CLASSES.get(tag, set()) | set(AUTHOR_CLASSES.get(tag, ())) for tag in tags},
        link_rel=None,
        url_schemes=set(SCHEMES),
        id_prefix=ID_PREFIX,
    )


def _comment_cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(_COMMENT_TAGS),
        clean_content_tags={"script", "style"},
        attributes={"a": {"href", "title"}, "ol": {"start"}, "pre": {"aria-label"}},
        tag_attribute_values={"pre": {"role": {"group"}, "tabindex": {"0"}}},
        allowed_classes={"div": {"code"}},
        link_rel="nofollow ugc noopener",
        url_schemes=set(SCHEMES),
    )


_CLEANERS = {Kind.POST: _post_cleaner(), Kind.COMMENT: _comment_cleaner()}


def sanitise(html: str, kind: Kind) -> str:
    """HTML that is safe to print as it is; sanitising it again changes nothing."""
    return _CLEANERS[kind].clean(html)
