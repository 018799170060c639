"""Search over titles, texts and tags, in the database: FTS5 on SQLite, tsvector on PostgreSQL, FULLTEXT on MariaDB.

One table, `post_search`, holds the plain text of every post; its row changes in the transaction of the post's own
change. Drafts are in it too: what a reader finds goes through `queries.visible` like every public list.
"""

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, Connection, bindparam, column, false, literal_column, select, table, text

from blog.db import db
from blog.posts.models import Post
from blog.posts.queries import PostRow, posts_matching
from blog.web.pagination import Page, Slice

QUERY_LENGTH = 200
"""Characters of a query that count; what follows is ignored."""
WORDS_AT_MOST = 12
SNIPPET_LENGTH = 240
SNIPPET_FROM = 100_000
"""Characters of a text in which the words are looked for."""
_SEARCH = table("post_search", column("post_id"), column("title"), column("body"), column("tags"))
_PG_BYTES = 350_000  # of a text: with the place of each word a tsvector of it stays below the 1 MiB where they end
BATCH = 100
# Words that MariaDB's index leaves out, so that asking for them would find nothing.
_MARIADB_LEFT_OUT = frozenset(
    [
        "a",
        "about",
        "an",
        "are",
        "as",
        "at",
        "be",
        "by",
        "com",
        "de",
        "en",
        "for",
        "from",
        "how",
        "i",
        "in",
        "is",
        "it",
        "la",
        "of",
        "on",
        "or",
        "that",
        "the",
        "this",
        "to",
        "was",
        "what",
        "when",
        "where",
        "who",
        "will",
        "with",
        "und",
        "www",
    ]
)


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A post that was found, and its words in their context."""

    post: PostRow
    snippet: Markup


@dataclass(frozen=True, slots=True)
class IndexRow:
    """What the index holds of a post."""

    post_id: int
    title: str
    body: str
    tags: str


@dataclass(frozen=True, slots=True)
class IndexGaps:
    """Ids of posts: those without a row in the index, those with an old one, and rows without a post."""

    missing: list[int]
    stale: list[int]
    strays: list[int]


def index_post(post: Post, plain_text: str) -> None:
    """Put the post as it is now into the index."""
    remove_from_index(post.id)
    row = IndexRow(post.id, post.title, plain_text, ", ".join(tag.name for tag in post.tags))
    put_into_index(db.session.connection(), [row])


def index_again(post: Post) -> None:
    """Put the post's title and tags of now into the index; its text is the one that stands there."""
    index_post(post, _texts_of([post.id]).get(post.id, ""))


def remove_from_index(post_id: int) -> None:
    """Take a post out of the index."""
    key = _key(db.session.connection())
    db.session.execute(text(f"DELETE FROM post_search WHERE {key} = :post_id"), {"post_id": post_id})  # noqa: S608


def remove_posts_from_index(author_id: int) -> None:
    """Take all posts of somebody out of the index."""
    key = _key(db.session.connection())
    theirs = "SELECT id FROM posts WHERE author_id = :author_id"
    statement = f"DELETE FROM post_search WHERE {key} IN ({theirs})"  # noqa: S608  nothing typed is in it
    db.session.execute(text(statement), {"author_id": author_id})


def put_into_index(connection: Connection, rows: Iterable[IndexRow]) -> None:
    """Add posts to the index of a connection's database, which has none of them."""
    for row in rows:
        values: dict[str, Any] = dataclasses.asdict(row)
        if connection.dialect.name == "postgresql":
            values |= {"folded": fold(f"{row.title} {row.tags}"), "folded_body": _cut(fold(row.body), _PG_BYTES)}
            statement = (
                "INSERT INTO post_search (post_id, title, body, tags, document) VALUES "
                "(:post_id, :title, :body, :tags, "
                "to_tsvector('simple', :folded) || to_tsvector('simple', :folded_body))"
            )
        else:
            statement = (
                f"INSERT INTO post_search ({_key(connection)}, title, body, tags) "  # noqa: S608  a fixed name
                "VALUES (:post_id, :title, :body, :tags)"
            )
        connection.execute(text(statement), values)


def index_rows(connection: Connection) -> Iterator[IndexRow]:
    """The index of a connection's database, for a backup."""
    statement = f"SELECT {_key(connection)}, title, body, tags FROM post_search"  # noqa: S608  a fixed name
    for row in connection.execute(text(statement), execution_options={"yield_per": BATCH}):
        yield IndexRow(*row)


def index_gaps() -> IndexGaps:
    """Where the index is not what the posts are."""
    connection = db.session.connection()
    rows = connection.execute(
        text(
            "SELECT posts.id, posts.title, post_search.title FROM posts "  # noqa: S608  a fixed name
            f"LEFT JOIN post_search ON post_search.{_key(connection)} = posts.id"
        )
    ).all()
    strays = connection.execute(
        text(
            f"SELECT {_key(connection)} FROM post_search WHERE {_key(connection)} NOT IN (SELECT id FROM posts)"  # noqa: S608
        )
    )
    return IndexGaps(
        missing=[post_id for post_id, _, indexed in rows if indexed is None],
        stale=[post_id for post_id, title, indexed in rows if indexed is not None and indexed != title],
        strays=list(strays.scalars()),
    )


def search_posts(query: str, wanted: Slice, now: datetime) -> Page[SearchHit]:
    """The public posts with all words of `query`, the last one as a beginning; newest first. Any string will do."""
    words = query_words(query)
    page = posts_matching(_matches(words), wanted, now) if words else Page(rows=())
    texts = _texts_of([row.id for row in page.rows])
    hits = tuple(SearchHit(row, snippet(texts.get(row.id, row.excerpt), words)) for row in page.rows)
    return Page(rows=hits, older=page.older, newer=page.newer)


def matching(query: str) -> ColumnElement[bool]:
    """The condition on posts that they have all words of `query`, the last one as a beginning; false without a word."""
    words = query_words(query)
    return _matches(words) if words else false()


def query_words(query: str) -> list[str]:
    """The words of a query, without accents and case; punctuation separates."""
    return re.findall(r"\w+", fold(query[:QUERY_LENGTH]).replace("_", " "))[:WORDS_AT_MOST]


def fold(text: str) -> str:
    """`text` without case and accents, for comparing."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(letter for letter in decomposed if not unicodedata.combining(letter)))


@lru_cache(maxsize=20_000)
def _folded_word(word: str) -> str:
    return fold(word)


def snippet(text: str, words: Iterable[str]) -> Markup:
    """A stretch of `text` around the first word found, with every found word marked; safe HTML."""
    text, wanted = text[:SNIPPET_FROM], tuple(words)
    places: list[re.Match[str]] = []
    for match in re.finditer(r"\w+", text) if wanted else ():
        if places and match.start() > places[0].start() + SNIPPET_LENGTH:
            break
        if _folded_word(match[0]).startswith(wanted):
            places.append(match)
    start = max(0, places[0].start() - SNIPPET_LENGTH // 3) if places else 0
    if start:
        blank = re.compile(r"\s+").search(text, start, places[0].start())
        start = blank.end() if blank else start
    end = min(len(text), start + SNIPPET_LENGTH)
    if end < len(text):
        end = max(text.rfind(" ", start, end), start + SNIPPET_LENGTH // 2)
    parts, at = [Markup("… ") if start else Markup()], start
    for match in places:
        if start <= match.start() and match.end() <= end:
            parts += [_in_one_line(text[at : match.start()]), Markup("<mark>{}</mark>").format(match[0])]
            at = match.end()
    parts += [_in_one_line(text[at:end].rstrip()), Markup(" …") if end < len(text) else Markup()]
    return Markup().join(parts)


def _in_one_line(text: str) -> Markup:
    """As HTML, with a point between blocks, but after what ends as a sentence does."""
    return escape(re.sub(r"(?<!\s)\s*\n\s*", " · ", re.sub(r"(?<=[.!?…:])\s*\n\s*", " ", text)))


def _matches(words: list[str]) -> ColumnElement[bool]:
    """The condition on posts; words are letters and digits only, so they need no quoting beyond the index's own."""
    *whole, last = words
    match _dialect():
        case "sqlite":
            asked = " ".join([*(f'"{word}"' for word in whole), f'"{last}"*'])
            found = text("SELECT rowid FROM post_search WHERE post_search MATCH :asked").bindparams(asked=asked)
        case "postgresql":
            asked = " & ".join([*(f"'{word}'" for word in whole), f"'{last}':*"])
            found = text("SELECT post_id FROM post_search WHERE document @@ to_tsquery('simple', :asked)").bindparams(
                asked=asked
            )
        case _:
            kept = [word for word in whole if len(word) > 2 and word not in _MARIADB_LEFT_OUT]
            asked = " ".join([*(f"+{word}" for word in kept), f"+{last}*" if len(last) > 2 or not kept else ""])
            found = text(
                "SELECT post_id FROM post_search WHERE MATCH (title, body, tags) AGAINST (:asked IN BOOLEAN MODE)"
            ).bindparams(asked=asked)
    return Post.id.in_(select(literal_column("*")).select_from(found.columns(column("id")).subquery()))


def _key(connection: Connection) -> str:
    return "rowid" if connection.dialect.name == "sqlite" else "post_id"


def _cut(text: str, size: int) -> str:
    """The beginning of `text`, at most `size` bytes of it in UTF-8."""
    return text.encode("utf-8", "replace")[:size].decode("utf-8", "ignore")


def _texts_of(ids: list[int]) -> dict[int, str]:
    if not ids:
        return {}
    key = literal_column("rowid") if _dialect() == "sqlite" else _SEARCH.c.post_id
    rows = db.session.execute(
        select(key, _SEARCH.c.body).where(key.in_(bindparam("ids", expanding=True))), {"ids": ids}
    )
    return dict(rows.all())


def _dialect() -> str:
    name = db.engine.dialect.name
    return "mysql" if name == "mariadb" else name
