"""Importing folders into the blog, through the command that admins use."""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import event, func, select
from sqlalchemy.orm import selectinload

from blog.auth.models import Role, User
from blog.db import db
from blog.markdown import render_post
from blog.media.models import Media
from blog.posts import operations
from blog.posts.models import Post, PostStatus, Tag
from blog.posts.operations import Draft
from blog.posts.revisions.texts import Text
from blog.site.models import Redirect
from tests.browser_like import Browser
from tests.factories import Factory
from tests.transfer import folders
from tests.transfer.crawl import crawl
from tests.transfer.folders import picture, write

Import = Callable[..., Result]


@pytest.fixture
def owner(make: Factory) -> User:
    return make.user("admin", "owner")


@pytest.fixture
def run(app: Flask, owner: User) -> Import:
    """`flask import markdown` with these arguments; it must succeed."""

    def run(folder: Path, *arguments: str, code: int = 0) -> Result:
        result = app.test_cli_runner().invoke(args=["import", "markdown", str(folder), *arguments])
        assert result.exit_code == code, result.output
        return result

    return run


def posts(app: Flask) -> dict[str, Post]:
    """All posts by their import keys, with tags, authors and pictures."""
    with app.app_context():
        loaded = (selectinload(Post.tags), selectinload(Post.author), selectinload(Post.picture))
        found = db.session.scalars(select(Post).options(*loaded)).all()
        db.session.expunge_all()
        return {post.import_key or "": post for post in found}


def everything(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with app.app_context():
        return {
            table.name: sorted(map(repr, db.session.execute(select(table)).all()))
            for table in db.metadata.sorted_tables
        }


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def article(title: str = "A title", body: str = "Some text.", **fields: str) -> str:
    head = "".join(f"{name}: {value}\n" for name, value in {"title": title, "date": "2020-01-01", **fields}.items())
    return f"---\n{head}---\n{body}\n"


def test_a_site_of_zola_comes_along_whole(app: Flask, run: Import, visitor: Browser, tmp_path: Path) -> None:
    result = run(folders.zola(tmp_path))

    assert "6 texts found\n  3 imported\n" in result.output
    assert "2 pictures stored, 5 redirects made" in result.output
    assert "content/_index.md: it is the page of a section, not a post" in result.output
    assert "blog/first.md: shortcodes left as text: my_shortcode" in result.output
    found = posts(app)
    first, second = found["blog/first.md"], found["blog/second/index.md"]
    assert (first.title, first.slug, first.excerpt) == ("First post", "first", "What it is about.")
    assert first.author.display_name == "Jane Doe"
    assert first.author.role is Role.AUTHOR
    assert first.author.password_hash is None
    assert [tag.name for tag in first.tags] == ["News", "Rust", "Tools"]
    assert first.published_at == first.created_at == datetime(2020, 1, 2, 9, tzinfo=UTC)
    assert first.updated_at == datetime(2020, 2, 3, tzinfo=UTC)
    assert "[the second](/posts/the-second#user-content-part-two)" in first.body
    assert "[the section](/)" in first.body
    assert re.search(r"!\[A square\]\(/media/[0-9a-f]{2}/[0-9a-f]{30}\.png\)", second.body)
    assert "[back](/posts/first), `[code](@/blog/first.md)`." in second.body
    assert "[absolute](/posts/first), [static](/media/" in second.body
    assert "[gone](https://zola.example/nothing/here/)" in second.body
    assert found["blog/2022-05-06-dated.md"].status is PostStatus.DRAFT
    for old in ("/old/first.html", "/old/first", "/older/first/", "/blog/first/", "/blog/first/index.html"):
        assert visitor.get(old).location == "/posts/first"
    assert visitor.get("/blog/dated/").status == 404, "a draft's old address tells nothing"


def test_a_site_of_hugo_comes_along_whole(app: Flask, run: Import, visitor: Browser, tmp_path: Path) -> None:
    result = run(folders.hugo(tmp_path))

    found = posts(app)
    hello = found["posts/hello.md"]
    assert hello.picture is not None
    assert hello.picture.mime == "image/jpeg"
    assert "[the news](/posts/big-news#user-content-why)" in hello.body
    assert "[bundle](/posts/bundle)" in hello.body
    assert '```go\n{{< figure src="/images/lead.jpg" >}}\n[not a link](/images/lead.jpg)\n```' in hello.body
    assert found["news/big-news.md"].published_at == datetime(2021, 12, 31, 22, 30, tzinfo=UTC)
    assert found["posts/later.md"].status is PostStatus.PUBLISHED
    assert found["posts/draft.md"].status is found["about.md"].status is PostStatus.DRAFT
    assert "content/about.md: it has no date: kept as a draft" in result.output
    assert visitor.get("/2021/12/big-news/").location == "/posts/big-news"
    assert visitor.get("/posts/hello/", follow=True).url == "/posts/hello"
    assert visitor.get("/posts/later").status == 404
    assert "Later" not in visitor.get("/").text


def test_a_site_of_jekyll_comes_along_whole(app: Flask, run: Import, visitor: Browser, tmp_path: Path) -> None:
    run(folders.jekyll(tmp_path))

    found = posts(app)
    first = found["_posts/2016-07-25-first-post.md"]
    assert "Go to [second](/posts/second) or\n[page](https://jekyll.example/blog/about/)." in first.body
    assert 'puts "{{ not_liquid }}"' in first.body
    assert "![Pic](/media/" in first.body
    second = found["_posts/2016-07-26-second.markdown"]
    assert second.body == "[first](/posts/first-post) and [plain](/posts/first-post).\n"
    in_html = found["_posts/2017-01-01-html.html"]
    assert '<a href="/posts/first-post">link</a>' in in_html.body
    assert "<pre" not in in_html.body_html
    for old in ("/blog/news/tech/2016/07/25/first-post.html", "/news/tech/2016/07/25/first-post", "/blog/first/"):
        assert visitor.get(old).location == "/posts/first-post"


@pytest.mark.parametrize("make_folder", [folders.zola, folders.hugo, folders.jekyll, folders.hexo, folders.eleventy,
                                         folders.pelican, folders.plain])  # fmt: skip
def test_nothing_is_broken_counts_agree_and_a_second_import_changes_nothing(
    app: Flask, run: Import, tmp_path: Path, make_folder: Callable[[Path], Path]
) -> None:
    folder = make_folder(tmp_path)
    dry = run(folder, "--dry-run")
    assert count(app, Post) == 0

    first = run(folder)

    texts = [path for path in folder.rglob("*") if path.suffix in (".md", ".markdown", ".rst") and path.is_file()]
    texts += [path for path in folder.glob("**/*.html") if path.parent.name in ("_posts", folder.name)]
    assert f"{len(texts)} texts found" in first.output
    assert dry.output.replace("would be ", "") == first.output
    imported = int(re.search(r"(\d+) imported", first.output)[1])  # type: ignore[index]
    assert count(app, Post) == imported
    before = everything(app)
    second = run(folder)
    assert f"0 imported\n  0 updated\n  {imported} unchanged" in second.output
    assert "0 pictures stored, 0 redirects made" in second.output
    assert everything(app) == before
    found = crawl(app)
    assert not found.broken
    assert not found.broken_places


def test_a_changed_text_is_updated(app: Flask, run: Import, tmp_path: Path) -> None:
    folder = write(tmp_path, {"a.md": article(tags="[x]"), "b.md": article("Another", "[a](a.md)")})
    run(folder)
    before = posts(app)["a.md"]

    write(
        folder,
        {"a.md": article("New title", "New text. ![](p.png)", date="2020-02-02", tags="[y]"), "p.png": picture()},
    )
    result = run(folder)

    assert "1 updated\n  1 unchanged" in result.output
    after = posts(app)["a.md"]
    assert (after.id, after.slug) == (before.id, before.slug)
    assert after.title == "New title"
    assert after.body.startswith("New text. ![](/media/")
    assert after.published_at == datetime(2020, 2, 2, tzinfo=UTC)
    assert [tag.name for tag in after.tags] == ["y"]
    run(folder)
    assert posts(app)["a.md"].edit_number == after.edit_number


def test_a_text_that_becomes_a_draft_is_unpublished(app: Flask, run: Import, tmp_path: Path) -> None:
    folder = write(tmp_path, {"a.md": article()})
    run(folder)

    run(write(folder, {"a.md": article(draft="true")}))

    assert posts(app)["a.md"].status is PostStatus.DRAFT


@pytest.mark.parametrize("edit", ["text", "trash", "tags", "unpublish"])
def test_a_post_that_was_edited_here_is_left_alone(
    app: Flask, run: Import, make: Factory, tmp_path: Path, edit: str
) -> None:
    folder = write(tmp_path, {"a.md": article()})
    run(folder)
    post_id = posts(app)["a.md"].id

    def change() -> None:
        post = db.session.scalars(select(Post).where(Post.id == post_id).options(selectinload(Post.tags))).one()
        author = db.session.get_one(User, post.author_id)
        now = datetime.now(UTC)
        if edit == "trash":
            operations.trash_post(post, by=author, now=now)
        elif edit == "unpublish":
            operations.unpublish_post(post, by=author, now=now)
        else:
            body = "Edited here." if edit == "text" else post.body
            draft = Draft(
                Text(post.title, body, tags=("new",) if edit == "tags" else (), slug=post.slug), render_post(body)
            )
            operations.save_post(post, draft, by=author, edit_number=post.edit_number, now=now)

    make.act(change)
    unchanged = run(folder)
    before = everything(app)
    result = run(write(folder, {"a.md": article(body="Changed in the folder.")}))

    assert "1 unchanged" in unchanged.output
    assert "1 changed in the folder but edited here since, left alone" in result.output
    assert "Edited here since they were imported (1):\n  a.md" in result.output
    assert everything(app) == before


def test_a_renamed_address_stays_renamed(
    app: Flask, run: Import, make: Factory, visitor: Browser, tmp_path: Path
) -> None:
    folder = write(tmp_path, {"a.md": article(path="/old/a/"), "b.md": article("B", "[a](a.md)")})
    run(folder)
    post_id = posts(app)["a.md"].id

    def rename() -> None:
        post = db.session.scalars(select(Post).where(Post.id == post_id).options(selectinload(Post.tags))).one()
        draft = Draft(Text(post.title, post.body, slug="better"), render_post(post.body))
        author = db.session.get_one(User, post.author_id)
        operations.save_post(post, draft, by=author, edit_number=post.edit_number, now=datetime.now(UTC))

    make.act(rename)
    result = run(folder)
    changed = run(write(folder, {"a.md": article(body="Changed.", path="/old/a/")}))

    assert "2 unchanged" in result.output
    assert "1 updated" in changed.output
    assert posts(app)["a.md"].slug == "better"
    assert visitor.get("/old/a", follow=True).url.endswith("/posts/better")


def test_two_folders_with_files_of_one_name_make_two_posts(app: Flask, run: Import, tmp_path: Path) -> None:
    one = write(tmp_path / "one", {"index/a.md": article("One's", date="2020-01-01", slug="ones")})
    two = write(tmp_path / "two", {"index/a.md": article("Two's", date="2021-01-01", slug="twos")})
    run(one)

    run(two)
    again = run(two), run(one)

    assert count(app, Post) == 2
    assert all("1 unchanged" in result.output for result in again)


def test_texts_of_one_name_get_slugs_of_their_own(app: Flask, run: Import, tmp_path: Path) -> None:
    files = {
        "2020/survey.md": article("Survey", date="2020-01-01"),
        "2021/survey.md": article("Survey", "[last year's](../2020/survey.md)", date="2021-01-01"),
        "posts/survey.md": article("Survey", date="2022-01-01"),
    }

    result = run(write(tmp_path, files))

    found = posts(app)
    assert {key: post.slug for key, post in found.items()} == {
        "posts/survey.md": "survey",
        "2020/survey.md": "survey-2",
        "2021/survey.md": "survey-3",
    }, "what was at /posts/survey stays there"
    assert "its slug survey is taken: it becomes survey-3" in result.output
    assert found["2021/survey.md"].body == "[last year's](/posts/survey-2)\n"


def test_links_to_places_are_kept_where_the_place_is(app: Flask, run: Import, tmp_path: Path) -> None:
    long = "A very long heading that goes on and on until the name of the heading is cut somewhere near its end"
    files = {
        "a.md": article("A", f"## Rust's _new_ `traits`!\n\n## Named {{#own}}\n\n<a name='spot'></a>\n\n## {long}\n"),
        "b.md": article(
            "B",
            "[1](a.md#rust-s-new-traits) [2](a.md#own) [3](a.md#spot) [4](a.md#gone) [5](#here) [6](#b-c) [7](b.md#b-c) "
            f"[8](a.md#{long.lower().replace(' ', '-')})\n\n## B & C\n",
        ),
    }

    run(write(tmp_path, files))

    links = re.findall(r"\[(\d)\]\(([^)]*)\)", posts(app)["b.md"].body)
    assert dict(links) == {
        "1": "/posts/a#user-content-rusts-new-traits",
        "2": "/posts/a#user-content-own",
        "3": "/posts/a#user-content-spot",
        "4": "/posts/a",
        "5": "#here",
        "6": "#b-c",
        "7": "#b-c",
        "8": next(address for number, address in links if number == "8"),
    }
    assert dict(links)["8"].startswith("/posts/a#user-content-a-very-long-heading")
    assert [line for line in crawl(app).broken_places if "#here" not in line] == []


def test_links_to_drafts_and_lost_pictures_leave_their_text(app: Flask, run: Import, tmp_path: Path) -> None:
    files = {
        "a.md": article("A", "A [draft](d.md), [gone](/gone/), ![lost](lost.png) and ![](lost.png)."),
        "d.md": article("D", "[a](a.md)", draft="true"),
    }

    result = run(write(tmp_path, files))

    assert posts(app)["a.md"].body == "A draft<!-- d.md -->, gone<!-- /gone/ -->, lost<!-- lost.png --> and .\n"
    assert posts(app)["d.md"].body == "[a](/posts/a)\n"
    assert (
        "Links that lead nowhere, taken away (2):\n  a.md: d.md (it is a draft here)\n  a.md: /gone/" in result.output
    )
    assert "Pictures that could not be kept (1):\n  a.md: lost.png (it is not in the folder)" in result.output


def test_pictures_are_kept_once_and_refused_ones_are_listed(app: Flask, run: Import, tmp_path: Path) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><script>alert(1)</script></svg>'
    files = {
        "a.md": article("A", "![One](one.png) ![Two](two.png) ![](draw.svg) ![](fake.png) ![](https://x.org/far.png)"),
        "b.md": article(
            "B", '<img src="one.png" srcset="one.png 1x, two.png 2x" alt="One"> <a href="draw.svg">see</a>'
        ),
        "one.png": picture("teal"),
        "two.png": picture("teal"),
        "draw.svg": svg,
        "fake.png": b"<html><script>alert(1)</script></html>",
    }

    result = run(write(tmp_path, files))

    assert "2 pictures stored" in result.output
    assert "a.md: fake.png (it is not a JPEG, PNG, GIF, WebP or AVIF picture)" in result.output
    assert "Pictures on other hosts, shown as links (1):\n  a.md: https://x.org/far.png" in result.output
    assert count(app, Media) == 2
    body = posts(app)["a.md"].body
    (one,) = set(re.findall(r"/media/\S+?\.png", body))
    assert body.count(one) == 2
    assert f'<img src="{one}" srcset="{one} 1x, {one} 2x" alt="One">' in posts(app)["b.md"].body
    assert 'width="40" height="30"' in posts(app)["a.md"].body_html
    with app.app_context():
        assert {media.alt for media in db.session.scalars(select(Media))} == {"One", ""}
    assert not crawl(app).broken


def test_a_picture_shown_to_those_without_scripts_is_shown_to_all(app: Flask, run: Import, tmp_path: Path) -> None:
    body = "<div class='chart'><noscript>\n<img src='p.png' alt='A chart'>\n</noscript></div><script src='chart.js'></script>"

    result = run(write(tmp_path, {"a.md": article("A", body), "p.png": picture()}))

    assert '<img src="/media/' in posts(app)["a.md"].body_html
    assert "chart.js" not in result.output


def test_an_author_is_one_who_may_write_here_or_a_new_account(
    app: Flask, run: Import, make: Factory, visitor: Browser, tmp_path: Path
) -> None:
    make.user("author", "jane", display_name="Jane Doe")
    make.user("reader", "eve", display_name="Niko M.")
    files = {
        "a.md": article("A", author="jane doe"),
        "b.md": article("B", author="jane"),
        "c.md": article("C", author="Niko M."),
        "d.md": article("D", authors="[Ann, Bob, Čeněk]"),
        "e.md": article("E", author="admin"),
        "f.md": article("F", author="漢字 Mixed"),
        "g.md": article("G"),
    }

    result = run(write(tmp_path, files))

    found = {key: (post.author.username, post.author.display_name) for key, post in posts(app).items()}
    assert found["a.md"] == found["b.md"] == ("jane", "Jane Doe")
    assert found["c.md"] == ("niko-m", "Niko M."), "a reader is given no post for being called so"
    assert found["d.md"] == ("ann", "Ann")
    assert "Ann , Bob and Čeněk" in visitor.get("/posts/d").text
    assert found["e.md"] == ("admin-2", "admin")
    assert found["f.md"][1] == "漢字 Mixed"
    assert found["g.md"][0] == "owner"
    assert "New accounts of authors" in result.output


def test_posts_without_an_author_go_to_the_one_that_is_named(
    app: Flask, run: Import, make: Factory, tmp_path: Path
) -> None:
    make.user("author", "ghost")

    run(write(tmp_path, {"a.md": article()}), "--author", "Ghost")

    assert posts(app)["a.md"].author.username == "ghost"


def test_old_addresses_that_can_not_redirect_are_listed(
    app: Flask, run: Import, visitor: Browser, tmp_path: Path
) -> None:
    files = {
        "a.md": article("A", aliases="[/both/, /archive/, /posts/b, '/?p=1', /a/very/own/]"),
        "b.md": article("B", aliases="[/both]"),
    }

    result = run(write(tmp_path, files))

    assert "b.md: its old address /both is that of a.md too, and leads there" in result.output
    assert "a.md: its old address /archive is a page of this blog" in result.output
    assert "a.md: its old address /posts/b is that of the post of b.md here" in result.output
    assert "a.md: its alias /?p=1 can't redirect" in result.output
    assert visitor.get("/both/").location == visitor.get("/a/very/own").location == "/posts/a"
    assert visitor.get("/posts/b").status == 200


def test_a_redirect_is_made_once_its_post_is_published(
    app: Flask, run: Import, visitor: Browser, tmp_path: Path
) -> None:
    folder = write(tmp_path, {"a.md": article(path="/old/a", date="2999-01-01")})
    run(folder)
    assert visitor.get("/old/a").status == 404

    run(write(folder, {"a.md": article(path="/old/a", date="2020-01-01")}))

    assert visitor.get("/old/a").location == "/posts/a"


def test_dates_follow_the_blogs_time_zone(
    app: Flask, run: Import, make: Factory, visitor: Browser, tmp_path: Path
) -> None:
    make.settings(time_zone="America/Los_Angeles")

    run(write(tmp_path, {"a.md": article(date="2020-03-01")}))

    assert posts(app)["a.md"].published_at == datetime(2020, 3, 1, 8, tzinfo=UTC)
    assert "A title" in visitor.get("/archive/2020/03").text


def test_an_excerpt_that_repeats_the_beginning_is_left_to_the_text(app: Flask, run: Import, tmp_path: Path) -> None:
    files = {
        "a.md": article("A", "The text *begins* so, and goes on.", description="The text begins so..."),
        "b.md": article("B", description="word " * 100),
        "c.md": article("C " * 150),
    }

    result = run(write(tmp_path, files))

    found = posts(app)
    assert found["a.md"].excerpt == ""
    assert found["b.md"].excerpt.endswith("word…")
    assert len(found["b.md"].excerpt) <= 300
    assert len(found["c.md"].title) <= 200
    assert "b.md: its description has more than 300 characters and is cut" in result.output


def test_tags_are_kept_once_and_not_too_many(app: Flask, run: Import, tmp_path: Path) -> None:
    many = ", ".join(["Rust", "rust", "'#Rust!'", *(f"tag {number}" for number in range(30))])

    result = run(write(tmp_path, {"a.md": article(tags=f"[{many}]")}))

    with app.app_context():
        assert len(posts(app)["a.md"].tags) == 20
        assert db.session.scalar(select(Tag.post_count).where(Tag.slug == "rust")) == 1
    assert "a.md: it has more than 20 tags: the first are kept" in result.output


def test_parts_of_a_series_come_along_and_one_that_is_moved_here_stays(
    app: Flask, run: Import, visitor: Browser, owner: User, tmp_path: Path
) -> None:
    folder = write(
        tmp_path, {"a.md": article("A", series="Rust", part="2"), "b.md": article("B", series="Rust", part="1")}
    )
    run(folder)
    browser = Browser(app).sign_in(owner)
    post_id = posts(app)["a.md"].id
    imported = visitor.get("/series/rust").text

    again = run(folder)
    browser.get(f"/write/{post_id}")
    browser.submit(f"/write/{post_id}", series="Iron")
    write(tmp_path, {"a.md": article("A", "Other words.", series="Rust", part="2")})
    run(folder)

    assert imported.index("Part 1 B") < imported.index("Part 2 A")
    assert "2 unchanged" in again.output
    assert "Part 1 A" not in visitor.get("/series/rust").text
    assert visitor.get("/series/iron").status == 200


def test_comments_are_closed_where_the_text_says_so(app: Flask, run: Import, tmp_path: Path) -> None:
    run(write(tmp_path, {"a.md": article(comments="false"), "b.md": article("B", comments="true")}))

    assert {key: post.comments_closed for key, post in posts(app).items()} == {"a.md": True, "b.md": False}


def test_a_broken_file_stops_nothing(app: Flask, run: Import, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a.md": article(), "b.md": "---\ntitle: [\n---\nx", "c.md": b"\xff\x00\xfe"}

    result = run(write(tmp_path, files))

    assert "3 texts found\n  1 imported" in result.output
    assert "b.md: its YAML can't be read" in result.output
    assert "c.md: it is not a text" in result.output


def test_a_picture_that_vanishes_after_the_import_is_stored_again(app: Flask, run: Import, tmp_path: Path) -> None:
    folder = write(tmp_path, {"a.md": article("A", "![](p.png)"), "p.png": picture()})
    run(folder)
    media = Path(app.config["INSTANCE_PATH"]) / "media"
    (stored,) = media.glob("*/*")
    digest = hashlib.sha256(stored.read_bytes()).hexdigest()
    stored.unlink()

    run(write(folder, {"a.md": article("A", "Now ![](p.png)")}))

    (again,) = media.glob("*/*")
    assert again == stored
    assert hashlib.sha256(again.read_bytes()).hexdigest() == digest
    assert count(app, Media) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing"], "There is no folder"),
        (["file.md"], "is a file; give the folder that it is in"),
        ([".", "--author", "nobody"], "There is no account named 'nobody'"),
        ([".", "--author", "reader"], "may not write posts"),
        ([".", "--base-url", "ftp://x"], "is not the address of a site"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_and_changes_nothing(
    app: Flask, make: Factory, run: Import, tmp_path: Path, arguments: list[str], message: str
) -> None:
    make.user("reader", "reader")
    write(tmp_path, {"file.md": article()})
    before = everything(app)

    result = run(tmp_path / arguments[0], *arguments[1:], code=1)

    assert message in result.output
    assert result.output.count("\n") == 1
    assert everything(app) == before


def test_a_blog_without_an_owner_imports_nothing(app: Flask, tmp_path: Path) -> None:
    result = app.test_cli_runner().invoke(args=["import", "markdown", str(write(tmp_path, {"a.md": article()}))])

    assert result.exit_code == 1
    assert "Nobody owns the blog yet" in result.output


def test_a_post_and_its_redirects_are_written_together_or_not_at_all(app: Flask, run: Import, tmp_path: Path) -> None:
    def fail(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO redirects"):
            raise OSError(28, "No space left on device")

    write(tmp_path, {"a.md": article("A", "![](p.png)", path="/old"), "p.png": picture()})
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", fail)
    try:
        result = run(tmp_path, code=1)
    finally:
        event.remove(engine, "before_cursor_execute", fail)

    assert "No space left on device; import again to go on." in result.output
    assert count(app, Post) == count(app, Redirect) == count(app, Media) == 0
    run(tmp_path)
    assert count(app, Post) == count(app, Redirect) == count(app, Media) == 1
