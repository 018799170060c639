"""What readers see: lists, tags, authors, the archive, search, feeds; and what they never see."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import feedparser
import pytest
from sqlalchemy import select, update

from blog import clock
from blog.db import db
from blog.posts import counts, operations, queries
from blog.posts.models import Post
from blog.posts.rendering import render_body
from blog.posts.revisions.texts import Text
from blog.site.redirects import add_redirect

SECRET = "Xyzzyplugh"


def titles(page):
    return [
        ("".join(e.itertext())).strip() for level in ("h2", "h3") for e in page.all(level) if e.find("{*}a") is not None
    ]


def walk(browser, path):
    """Every post's title from the newest page to the oldest, by the links to older posts."""
    found, pages = [], 0
    page = browser.get(path)
    while True:
        pages += 1
        found += titles(page)
        older = page.all("a", rel="next")
        if not older or pages > 50:
            return found, pages
        page = browser.get(older[0].get("href"))


@pytest.fixture
def hidden_posts(make):
    """A post of every kind that readers must not see, each with the secret word everywhere."""
    author = make.user("author", username="secretive")
    for state in ("draft", "scheduled", "trashed"):
        make.post(
            f"{SECRET} {state}",
            f"{SECRET} in the text.",
            author=author,
            state=state,
            tags=[f"{SECRET} tag"],
            excerpt=SECRET,
        )
    make.post("Plain", "Nothing here.", author=author)
    return author


@pytest.mark.parametrize("path", [
    "/", "/tags/", f"/tags/{SECRET.lower()}-tag", "/authors/secretive", "/archive/", "/archive/{year}", "/archive/{next:%Y/%m}",
    f"/search?q={SECRET}", "/feed.xml", f"/tags/{SECRET.lower()}-tag/feed.xml", "/authors/secretive/feed.xml", "/robots.txt",
    f"/posts/{SECRET.lower()}-draft", f"/posts/{SECRET.lower()}-scheduled", f"/posts/{SECRET.lower()}-trashed",
    f"/posts/{SECRET.lower()}-draft.md", f"/posts/{SECRET.lower()}-scheduled.md", "/posts/plain",
])  # fmt: skip
def test_drafts_scheduled_and_trashed_posts_are_on_no_public_page(visitor, hidden_posts, path):
    now = clock.now()
    page = visitor.get(path.format(year=now.year, next=now + timedelta(days=1)))

    body = page.html.replace(f'value="{SECRET}"', "").replace(f"“{SECRET}”", "")
    if path.startswith(f"/tags/{SECRET.lower()}"):
        assert f"{SECRET} draft" not in body
        assert "in the text" not in body
    elif path.startswith("/search"):
        assert not any(f"{SECRET} {letter}" in body for letter in "dst")
    elif page.status == 404:
        assert f"{SECRET} " not in body
    else:
        assert SECRET not in body


def test_a_scheduled_post_is_seen_when_its_hour_has_come_without_any_job(visitor, make):
    post = make.post("Later", state="scheduled", at=clock.now() + timedelta(hours=1), tags=["Bread"])
    assert visitor.get("/posts/later").status == 404

    make.act(lambda: db.session.execute(update(Post).values(published_at=clock.now() - timedelta(seconds=1))) and None)

    assert visitor.get(f"/posts/{post.slug}").status == 200
    assert "Later" in visitor.get("/").text
    assert "Bread" in visitor.get("/tags/").text
    assert "1 post" in visitor.get("/archive/").text


def test_kept_counts_follow_every_change(make, visitor):
    author, now = make.user("author"), clock.now()
    post = make.post("One", author=author, tags=["Bread"])
    make.post("Two", author=author, tags=["Bread"], state="scheduled", at=now + timedelta(seconds=-1))

    def kept():
        return make.read(lambda: (
            db.session.get(type(author), author.id).post_count,
            {tag.name: count for tag, count in counts.tags_with_counts(clock.now())},
            counts.years_with_counts(clock.now())[0][1] if counts.years_with_counts(clock.now()) else 0,
        ))  # fmt: skip

    def mine():
        return queries.find_editable(post.id, db.session.get(type(author), author.id))

    def by():
        return db.session.get(type(author), author.id)

    assert kept() == (2, {"Bread": 2}, 2)
    make.act(lambda: operations.unpublish_post(mine(), by=by(), now=clock.now()))
    assert kept() == (1, {"Bread": 1}, 1)
    make.act(lambda: operations.publish_post(mine(), by=by(), at=now - timedelta(days=400), now=clock.now()))
    assert kept()[0:2] == (2, {"Bread": 2})
    make.act(
        lambda: operations.save_post(
            mine(),
            operations.Draft(Text("One", "x", tags=("Steel",)), render_body("x")),
            by=by(),
            edit_number=make.fresh(post).edit_number,
            now=clock.now(),
        )
    )
    assert kept()[1] == {"Bread": 1, "Steel": 1}
    make.act(lambda: operations.trash_post(mine(), by=by(), now=clock.now()))
    assert kept()[0:2] == (1, {"Bread": 1})
    before = kept()
    make.act(lambda: counts.recount_all(clock.now()))
    assert kept() == before


def test_home_pages_through_every_post_once_in_order(visitor, make):
    author, start = make.user("author"), clock.now() - timedelta(days=2)
    for number in range(25):
        make.post(f"Number {number:02}", author=author, at=start + timedelta(minutes=number // 2))

    found, pages = walk(visitor, "/")

    assert found == [f"Number {number:02}" for number in reversed(range(25))]
    assert pages == 3


def test_newer_pages_lead_back_to_the_first(visitor, make):
    author, start = make.user("author"), clock.now() - timedelta(days=2)
    for number in range(25):
        make.post(f"Number {number:02}", author=author, at=start + timedelta(minutes=number))
    first = titles(visitor.get("/"))
    second = visitor.get(visitor.page.all("a", rel="next")[0].get("href"))

    back = visitor.get(second.all("a", rel="prev")[0].get("href"))

    assert titles(back) == first


@pytest.mark.parametrize(
    "query",
    [
        "before=x",
        "before=-1",
        "after=99999999999999999-1",
        "before=0-0",
        "before=%00",
        "after=1e9-1",
        "before=1-2&before=3-4",
        "before=" + "9" * 300,
    ],
)
def test_a_cursor_that_is_none_of_ours_does_no_harm(visitor, make, query):
    make.post("One")

    assert visitor.get(f"/?{query}").status == 200


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("/", 1),
        ("/", 20),
        ("/tags/bread", 1),
        ("/tags/bread", 20),
        ("/search?q=words", 20),
        ("/archive/{year}", 20),
        ("/feed.xml", 20),
    ],
)
def test_lists_cost_the_same_for_one_row_and_for_twenty(visitor, make, count_queries, path, rows):
    author = make.user("author")
    for _ in range(rows):
        make.post(author=author, tags=["Bread", "Tools"], at=clock.now() - timedelta(seconds=5))
    visitor.get("/")

    with count_queries() as sent:
        page = visitor.get(path.format(year=clock.now().year))

    assert page.status == 200
    assert len(sent) <= 6, sent


def test_a_post_with_its_thread_costs_few_queries(visitor, make, count_queries):
    post = make.post(tags=["Bread"])
    for _ in range(20):
        make.comment(post)

    with count_queries() as sent:
        visitor.get(f"/posts/{post.slug}")

    assert len(sent) <= 6, sent


def test_a_post_shows_its_neighbours(visitor, make):
    author, now = make.user("author"), clock.now()
    for number, title in enumerate(("First", "Second", "Third")):
        make.post(title, author=author, at=now - timedelta(days=3 - number))

    page = visitor.get("/posts/second")

    assert "/posts/first" in page.links()
    assert "/posts/third" in page.links()


def test_the_archive_follows_the_sites_calendar(visitor, make):
    make.settings(time_zone="Pacific/Auckland")
    make.post("At midnight", at=datetime(2024, 12, 31, 12, 30, tzinfo=UTC))

    assert "At midnight" in visitor.get("/archive/2025/01").text
    assert visitor.get("/archive/2024/12").status == 404
    assert "2025" in visitor.get("/archive/").text


@pytest.mark.parametrize(
    "path",
    [
        "/archive/0000",
        "/archive/9999",
        "/archive/2024/13",
        "/archive/2024/00",
        "/archive/99999",
        "/archive/2024/1",
        "/tags/none",
        "/authors/nobody",
        "/posts/none",
        "/posts/none.md",
        "/comments/99",
        "/comments/9999999999999999999999",
    ],
)
def test_what_is_not_there_is_a_404(visitor, path):
    page = visitor.get(path)

    assert page.status == 404
    assert page.all("form", role="search") or page.all("input", name="q")


@pytest.mark.parametrize(("query", "found"), [
    ("granite", True), ("GRANITE", True), ("gran", True), ("granite quarry", True), ("quarry granite", True),
    ("granite missing", False), ("grani te", False), ("café", True), ("cafe", True), ("naïve", True), ("title", True),
    ("masonry", True), ("anite", False),
])  # fmt: skip
def test_search_finds_the_words(visitor, make, query, found):
    make.post("The title of it", "A granite quarry, a café and a naive mason.", tags=["Masonry"])
    make.post("Another", "Nothing of the sort.")

    page = visitor.get("/search", query_string={"q": query})

    assert ("The title of it" in page.text) is found
    assert not (found and page.html.count("The title of it") < 1)


@pytest.mark.parametrize(
    "query",
    [
        "",
        " ",
        '"',
        "'",
        "*",
        "%",
        "_",
        "\\",
        "(",
        "a OR",
        "NEAR(",
        "AND",
        "col:x",
        "-",
        "+",
        "x" * 3_000,
        "a " * 1_000,
        "\x00",
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        "'; DROP TABLE posts; --",
        "🦊",
        "日本",
        "--",
        "^",
        "a*b",
        "the",
    ],
)
def test_any_string_is_a_query(visitor, make, query):
    make.post("Fox", "A fox.")

    page = visitor.get("/search", query_string={"q": query})

    assert page.status == 200


def test_search_shows_the_words_in_their_context_and_nothing_else(visitor, make):
    make.post("Stones", "word " * 200 + "the <b>granite</b> & quarry " + "word " * 200)

    page = visitor.get("/search?q=granite")

    assert "".join(page.one("mark").itertext()) == "granite"
    assert not page.all("b", class_="x")


def test_search_pages_through_all_results(visitor, make):
    author = make.user("author")
    for number in range(23):
        make.post(f"Number {number:02}", "granite", author=author, at=clock.now() - timedelta(minutes=number))

    found, pages = walk(visitor, "/search?q=granite")

    assert sorted(found) == [f"Number {number:02}" for number in range(23)]
    assert pages == 3


def test_search_follows_changes_of_a_post(visitor, make):
    author = make.user("author")
    post = make.post("Stones", "granite", author=author)

    def rewrite():
        by = db.session.get(type(author), author.id)
        mine = queries.find_editable(post.id, by)
        operations.save_post(
            mine,
            operations.Draft(Text("Stones", "basalt"), render_body("basalt")),
            by=by,
            edit_number=mine.edit_number,
            now=clock.now(),
        )

    make.act(rewrite)

    assert "Stones" not in visitor.get("/search?q=granite").text
    assert "Stones" in visitor.get("/search?q=basalt").text


def test_a_renamed_posts_old_address_leads_to_the_new_one(visitor, make):
    author = make.user("author")
    post = make.post("Stones", author=author)

    def rename(slug):
        by = db.session.get(type(author), author.id)
        mine = queries.find_editable(post.id, by)
        operations.save_post(
            mine,
            operations.Draft(Text("Stones", "x", slug=slug), render_body("x")),
            by=by,
            edit_number=mine.edit_number,
            now=clock.now(),
        )

    make.act(lambda: rename("rocks"))
    make.act(lambda: rename("pebbles"))
    first, second = visitor.get("/posts/stones"), visitor.get("/posts/rocks")
    make.act(lambda: rename("stones"))

    assert (first.status, first.location) == (301, "/posts/pebbles")
    assert (second.status, second.location) == (301, "/posts/pebbles")
    assert visitor.get("/posts/stones").status == 200
    assert visitor.get("/posts/pebbles").location == "/posts/stones"


@pytest.mark.parametrize(
    "path", ["/2016/07/25/conf-lineup", "/2016/07/25/conf-lineup/", "/2016/07/25/conf-lineup/index.html"]
)
def test_an_imported_address_redirects(visitor, make, path):
    make.post("Lineup")
    make.act(lambda: add_redirect("/2016/07/25/conf-lineup", "/posts/lineup"))

    page = visitor.get(path)

    assert (page.status, page.location) == (301, "/posts/lineup")
    assert visitor.get("/2016/07/25/other").status == 404


def test_the_feed_reads_back(visitor, make):
    author = make.user("author", display_name="Ines & <Co>")
    at = clock.now().replace(microsecond=0) - timedelta(days=1)
    make.post(
        "A <b> & B",
        "Hello [there](/posts/x) and\n\n## Head\n\n[down](#head)",
        author=author,
        at=at,
        tags=["Bread"],
        excerpt="Short & good.",
    )

    page = visitor.get("/feed.xml")
    ET.fromstring(page.html)
    feed = feedparser.parse(page.html)
    entry = feed.entries[0]

    assert page.response.mimetype == "application/atom+xml"
    assert not feed.bozo
    assert entry.title == "A &lt;b&gt; &amp; B" or entry.title == "A <b> & B"
    assert entry.author == "Ines & <Co>"
    assert datetime(*entry.published_parsed[:6], tzinfo=UTC) == at
    assert entry.link == "http://127.0.0.1:8000/posts/a-b-b"
    assert 'href="http://127.0.0.1:8000/posts/x"' in entry.content[0].value
    assert entry.tags[0].label == "Bread"
    assert feed.feed.links[0].href.endswith("/feed.xml")


@pytest.mark.parametrize("body", ["]]>", "\x01\x0b\x1f", "\ufffe", "&#0;&#1;", "<script>alert(1)</script>"])
def test_no_text_breaks_the_feed(visitor, make, body):
    make.post("Odd \x0b title", body + " words")

    ET.fromstring(visitor.get("/feed.xml").html)


def test_tag_and_author_feeds_hold_their_own_posts(visitor, make):
    ines = make.user("author", username="ines")
    make.post("By Ines", author=ines, tags=["Bread"])
    make.post("By another", tags=["Steel"])

    for path in ("/tags/bread/feed.xml", "/authors/ines/feed.xml"):
        feed = feedparser.parse(visitor.get(path).html)
        assert [entry.title for entry in feed.entries] == ["By Ines"]


def test_pages_answer_head_and_conditional_requests(visitor, make):
    post = make.post()
    for path in ("/", f"/posts/{post.slug}", "/feed.xml", "/tags/"):
        first = visitor.get(path)
        again = visitor.get(path, headers={"If-None-Match": first.response.headers["ETag"]})
        head = visitor.client.head(path, base_url=visitor.base_url)

        assert again.status == 304
        assert head.status_code == 200
        assert not head.data


def test_a_signed_in_persons_pages_are_kept_by_nobody(visitor, make):
    post = make.post()
    visitor.sign_in(make.user())

    for path in ("/", f"/posts/{post.slug}", "/account/", "/nope"):
        assert visitor.get(path).response.headers["Cache-Control"] == "private, no-store"


def test_the_source_of_a_post_is_its_markdown(visitor, make):
    make.post("Stones", "Some *words*.")

    page = visitor.get("/posts/stones.md")

    assert page.html == "# Stones\n\nSome *words*.\n"
    assert page.response.mimetype == "text/markdown"


def test_an_author_is_found_however_the_name_is_written(visitor, make):
    make.post(author=make.user("author", username="Ines"))

    page = visitor.get("/authors/INES")

    assert (page.status, page.location) == (301, "/authors/Ines")


def test_readers_have_no_page(visitor, make):
    make.user("reader", username="quiet")

    assert visitor.get("/authors/quiet").status == 404


def test_an_empty_site_says_how_to_begin(visitor):
    for path in ("/", "/tags/", "/archive/", "/search?q=x"):
        assert visitor.get(path).status == 200

    assert "It starts with one post" in visitor.get("/").text


def test_a_commented_post_counts_its_comments(visitor, make):
    post = make.post()
    make.comment(post)

    assert make.read(lambda: db.session.scalar(select(Post.comment_count))) == 1
    assert "1 comment" in visitor.get(f"/posts/{post.slug}").text
