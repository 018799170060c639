"""Footnotes as the parser gives them: in a block of their own, behind the text."""

from markdown_it.token import Token

from blog.markdown.draft import Draft

_BESIDE = frozenset({"paragraph_open", "inline", "paragraph_close"})


class Note:
    """A footnote: what it says, and the number and ids that it has from its first reference on."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.number = 0
        self.id = ""
        self.reference = ""
        self.fits_beside = all(token.type in _BESIDE for token in tokens)

    def count_as(self, number: int, draft: Draft) -> None:
        """Give it its number, and an id for itself and for its first reference."""
        self.number = number
        self.id = draft.claim_id(f"note-{number}")
        self.reference = draft.claim_id(f"ref-{number}")


def split_notes(tokens: list[Token]) -> tuple[list[Token], dict[int, Note]]:
    """The text without its notes, and the notes by the numbers that the parser gave them."""
    notes: dict[int, Note] = {}
    end = next((index for index, token in enumerate(tokens) if token.type == "footnote_block_open"), None)
    if end is None:
        return tokens, notes
    number, kept = 0, list[Token]()
    for token in tokens[end + 1 : -1]:
        if token.type == "footnote_open":
            number, kept = token.meta["id"], []
        elif token.type == "footnote_close":
            notes[number] = Note(kept)
        elif token.type != "footnote_anchor":
            kept.append(token)
    return tokens[:end], notes
