"""Markdown's tokens, written into a draft in the shape that the style sheets draw."""

from collections import deque
from collections.abc import Callable

from markdown_it.common.utils import unescapeAll
from markdown_it.token import Token

from blog.markdown.code import CodeInfo, Highlighter, display_name, read_info
from blog.markdown.draft import CALLOUTS, Draft, Kind
from blog.markdown.footnotes import Note, split_notes
from blog.markdown.formulas import Formulas
from blog.markdown.raw import RawHtml
from blog.markdown.tree import CELLS, HEADINGS, LINK, Element

_ELEMENTS = {
    "blockquote_open": "blockquote", "bullet_list_open": "ul", "cite_open": "cite", "dd_open": "dd", "dl_open": "dl",
    "dt_open": "dt", "em_open": "em", "ordered_list_open": "ol", "paragraph_open": "p", "s_open": "s",
    "strong_open": "strong", "table_open": "table", "tbody_open": "tbody", "thead_open": "thead", "tr_open": "tr",
}  # fmt: skip
_ALIGNED = {"text-align:right": "num", "text-align:center": "center"}
_NO_SIDE_NOTES = HEADINGS | CELLS | {"a", "caption", "dt", "figcaption", "summary", "table"}


class Writer:
    """Writes one document."""

    def __init__(self, draft: Draft, caption: Callable[[str], list[Token]]) -> None:
        self._draft = draft
        self._builder = draft.builder
        self._raw = RawHtml(draft)
        self._caption = caption
        self._highlighter = Highlighter()
        self._formulas = Formulas()
        self._open: list[Element | None] = []
        self._notes: dict[int, Note] = {}
        self._numbered = 0
        self._at_the_end: deque[Note] = deque()
        self._in_note = False
        self._blocks: dict[str, Callable[[Token], None]] = {
            "alert_open": self._open_callout,
            "alert_title_open": self._open_nothing,
            "code_block": self._add_code,
            "fence": self._add_code,
            "formula_block": self._add_formula_block,
            "heading_open": self._open_heading,
            "hr": self._add_void,
            "html_block": self._add_raw,
            "inline": self._add_inline,
            "td_open": self._open_cell,
            "th_open": self._open_cell,
        }
        self._inlines: dict[str, Callable[[Token], None]] = {
            "code_inline": self._add_code_span,
            "footnote_ref": self._add_reference,
            "formula": self._add_formula,
            "hardbreak": self._add_void,
            "html_inline": self._add_raw,
            "image": self._add_picture,
            "link_open": self._open_link,
            "softbreak": self._add_soft_break,
            "text": self._add_text,
        }

    def write(self, tokens: list[Token]) -> None:
        """Write a whole document, its notes where they belong."""
        body, self._notes = split_notes(tokens)
        self._write_blocks(body)
        self._write_notes_at_the_end()

    def _write_blocks(self, tokens: list[Token]) -> None:
        index = 0
        while index < len(tokens):
            token = tokens[index]
            write = self._blocks.get(token.type)
            if write is not None:
                write(token)
            elif token.nesting < 0:
                self._builder.end(self._open.pop())
            elif token.type == "paragraph_open" and (picture := self._lone_picture(tokens[index + 1])):
                self._add_figure(picture, tokens[index + 1])
                index += 2
            elif token.type == "list_item_open":
                self._open_item(token, tokens[index + 1 : index + 5])
            elif token.nesting > 0:
                self._open_element(token)
            index += 1

    def _write_inlines(self, tokens: list[Token]) -> None:
        for token in tokens:
            write = self._inlines.get(token.type)
            if write is not None:
                write(token)
            elif token.nesting > 0:
                self._open_element(token)
            elif token.nesting < 0:
                self._builder.end(self._open.pop())

    def _open_element(self, token: Token) -> None:
        if token.hidden:
            self._open.append(None)
            return
        tag, attributes = _ELEMENTS[token.type], dict[str, str]()
        if tag == "ol" and "start" in token.attrs:
            attributes["start"] = str(token.attrs["start"])
        if token.attrs.get("class") == "contains-task-list":
            attributes["class"] = "tasks"
        elif token.meta.get("pull"):
            attributes["class"] = "pull"
        self._open.append(self._builder.start(tag, attributes))

    def _open_nothing(self, token: Token) -> None:
        self._open.append(None)

    def _open_cell(self, token: Token) -> None:
        aligned = _ALIGNED.get(str(token.attrs.get("style", "")))
        self._open.append(self._builder.start(token.tag, {"class": aligned} if aligned else {}))

    def _open_heading(self, token: Token) -> None:
        attributes = {}
        if (written := token.attrs.get("id")) and (name := self._draft.claim_written_id(str(written))):
            attributes["id"] = name
        self._open.append(self._builder.start(token.tag, attributes))

    def _open_item(self, token: Token, following: list[Token]) -> None:
        """A list item; in a task list the box and, beside it, all the rest of the item."""
        parent = self._open[-1]
        self._open.append(self._builder.start("li"))
        if parent is None or not parent.has_class("tasks"):
            return

        box = {}
        if "checked" in token.meta:
            done = token.meta["checked"]
            label = self._draft.labels.done if done else self._draft.labels.not_done
            box = {"class": "box done" if done else "box", "role": "img", "aria-label": label}
        self._builder.end(self._builder.start("span", box))
        one_line = following[-1].type == "list_item_close" and following[0].type == "paragraph_open"
        self._builder.start("span" if one_line else "div")

    def _open_callout(self, token: Token) -> None:
        name = str(token.info).lower()
        self._open.append(self._builder.start("div", {"class": f"callout {name}", "role": "note"}))
        self._builder.start("div")
        title = self._builder.start("p")
        if title is not None:
            title.silent = True
            self._builder.start("strong")
            self._builder.text(self._draft.labels.callouts[CALLOUTS.index(name)])
            self._builder.end(title)

    def _add_inline(self, token: Token) -> None:
        if not token.meta.get("skipped"):
            self._write_inlines(token.children or [])

    def _add_void(self, token: Token) -> None:
        self._builder.start(token.tag)

    def _add_raw(self, token: Token) -> None:
        self._raw.write(token.content.removesuffix("\n"))

    def _add_code(self, token: Token) -> None:
        """A block of code in its box, under a bar with its language and title."""
        info = read_info(unescapeAll(token.info)) if token.info else CodeInfo()
        self._add_code_block(token.content.removesuffix("\n"), info)

    def _add_code_block(self, code: str, info: CodeInfo) -> None:
        name = display_name(info.language)
        if self._draft.kind is Kind.COMMENT:
            name, info = "", CodeInfo()
        labels = self._draft.labels
        label = labels.code_in.format(name) if name else labels.code

        box = self._builder.start("div", {"class": "code"})
        if name or info.title:
            bar = self._builder.start("div", {"class": "bar"})
            if bar is not None:
                bar.silent = True
            self._builder.start("span")
            self._builder.text(", ".join(part for part in (name, info.title) if part))
            self._builder.end(bar)
        self._builder.start("pre", {"tabindex": "0", "role": "group", "aria-label": label})
        self._builder.start("code")
        self._builder.add(self._highlighter.highlight(code, info))
        self._builder.end(box)

    def _add_formula_block(self, token: Token) -> None:
        """A formula in a box that scrolls; code where it can't be drawn."""
        formula = self._formulas.draw(token.content, block=True)
        if formula is None:
            self._add_code_block(f"$$\n{token.content}\n$$", CodeInfo())
            return
        label = self._draft.labels.formula
        box = {"class": "scroll", "role": "group", "tabindex": "0", "aria-label": label}
        element = self._builder.start("div", box)
        self._builder.add(formula)
        self._builder.end(element)

    def _add_formula(self, token: Token) -> None:
        formula = self._formulas.draw(token.content, block=token.markup == "$$")
        if formula is not None:
            self._builder.add(formula)
            return
        element = self._builder.start("code")
        self._builder.text(f"{token.markup}{token.content}{token.markup}")
        self._builder.end(element)

    def _add_text(self, token: Token) -> None:
        self._builder.text(token.content)

    def _add_soft_break(self, token: Token) -> None:
        if self._draft.kind is Kind.COMMENT:
            self._builder.start("br")
        else:
            self._builder.text("\n")

    def _add_code_span(self, token: Token) -> None:
        element = self._builder.start("code")
        self._builder.text(token.content)
        self._builder.end(element)

    def _open_link(self, token: Token) -> None:
        link = self._draft.start_link(str(token.attrs["href"]), str(token.attrs.get("title", "")))
        self._open.append(link)

    def _add_picture(self, token: Token) -> None:
        title = str(token.attrs.get("title", ""))
        self._draft.add_picture(str(token.attrs["src"]), _plain(token.children), {"title": title} if title else {})

    def _lone_picture(self, inline: Token) -> Token | None:
        """The picture that makes a figure: alone in its paragraph, at most with a link around it, and with a title."""
        children = [child for child in inline.children or [] if child.type != "softbreak"]
        if len(children) == 3 and children[0].type == "link_open":
            children = children[1:2]
        if len(children) != 1 or children[0].type != "image" or not children[0].attrs.get("title"):
            return None
        return children[0] if self._draft.may_show(str(children[0].attrs["src"])) else None

    def _add_figure(self, picture: Token, inline: Token) -> None:
        title = str(picture.attrs.pop("title"))
        figure = self._builder.start("figure")
        self._write_inlines(inline.children or [])
        self._builder.start("figcaption")
        self._write_inlines(self._caption(title))
        self._builder.end(figure)

    def _add_reference(self, token: Token) -> None:
        """The number of a note; with the first one the note itself, beside the text or, failing that, at the end."""
        note = self._notes.get(token.meta["id"])
        if note is None:
            return
        is_first = not note.number
        if is_first:
            self._numbered += 1
            note.count_as(self._numbered, self._draft)

        name = {"id": note.reference} if is_first else {}
        label = {"aria-label": self._draft.labels.note.format(note.number)}
        if self._builder.within(LINK):
            element = self._builder.start("sup", name)
        else:
            element = self._builder.start("a", {"class": "note-ref", "href": f"#{note.id}"} | name | label)
        if element is not None:
            element.silent = True
        self._builder.text(str(note.number))
        self._builder.end(element)

        if is_first and note.fits_beside and not self._in_note and not self._builder.within(_NO_SIDE_NOTES):
            self._add_side_note(note)
        elif is_first:
            self._at_the_end.append(note)

    def _add_side_note(self, note: Note) -> None:
        """A span can hold no paragraphs: those of the note follow each other with a line break."""
        self._in_note = True
        beside = self._builder.start("span", {"class": "note", "role": "note", "id": note.id})
        self._add_number(note)
        paragraphs = [token for token in note.tokens if token.type == "inline"]
        for index, paragraph in enumerate(paragraphs):
            if index:
                self._builder.start("br")
            self._write_inlines(paragraph.children or [])
        self._builder.end(beside)
        self._in_note = False

    def _add_number(self, note: Note) -> None:
        number = self._builder.start("b")
        if number is not None:
            number.silent = True
        self._builder.text(str(note.number))
        self._builder.end(number)

    def _write_notes_at_the_end(self) -> None:
        if not self._at_the_end:
            return
        self._in_note = True
        notes = self._builder.start("ol", {"class": "notes", "aria-label": self._draft.labels.notes})
        while self._at_the_end:
            note = self._at_the_end.popleft()
            item = self._builder.start("li", {"id": note.id, "value": str(note.number)})
            ends_in_paragraph = bool(note.tokens) and note.tokens[-1].type == "paragraph_close"
            self._write_blocks(note.tokens[:-1] if ends_in_paragraph else note.tokens)
            self._add_way_back(note)
            if ends_in_paragraph:
                self._builder.end(self._open.pop())
            self._builder.end(item)
        self._builder.end(notes)

    def _add_way_back(self, note: Note) -> None:
        self._builder.text(" ")
        attributes = {"class": "note-back", "href": f"#{note.reference}", "aria-label": self._draft.labels.back}
        link = self._builder.start("a", attributes)
        if link is not None:
            link.silent = True
        self._builder.text("\u21a9\ufe0e")
        self._builder.end(link)


def _plain(tokens: list[Token] | None) -> str:
    """The text of inline tokens, for an alt."""
    parts = []
    for token in tokens or []:
        if token.type in {"text", "code_inline", "formula"}:
            parts.append(token.content)
        elif token.type == "image":
            parts.append(_plain(token.children))
        elif token.type in {"softbreak", "hardbreak"}:
            parts.append(" ")
    return "".join(parts)
