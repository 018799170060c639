"""Reading folders: what each generator's site becomes."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from blog.transfer.addresses import AddressBook, ToArticle, ToElsewhere, ToNothing, ToOldSite, ToPage, ToPicture
from blog.transfer.articles import Article
from blog.transfer.folder import Reading, read_folder
from blog.transfer.sites import Generator, NotImportable, find_site
from tests.transfer import folders
from tests.transfer.folders import picture, write

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def read(folder: Path, base_url: str | None = None) -> Reading:
    return read_folder(find_site(folder, base_url), day_zone=UTC, now=NOW)


def by_key(reading: Reading) -> dict[str, Article]:
    return {article.key: article for article in reading.articles}


def skipped(reading: Reading) -> dict[str, str]:
    return {skip.file: skip.reason for skip in reading.skipped}


def test_zola(tmp_path: Path) -> None:
    reading = read(folders.zola(tmp_path))
    articles = by_key(reading)

    assert reading.site.generator is Generator.ZOLA
    assert set(articles) == {"blog/first.md", "blog/second/index.md", "blog/2022-05-06-dated.md"}
    assert set(skipped(reading)) == {"content/_index.md", "content/blog/_index.md", "themes/x/README.md"}
    first, second, dated = (
        articles["blog/first.md"],
        articles["blog/second/index.md"],
        articles["blog/2022-05-06-dated.md"],
    )
    assert first.published_at == datetime(2020, 1, 2, 9, tzinfo=UTC)
    assert first.updated_at == datetime(2020, 2, 3, tzinfo=UTC)
    assert first.authors == ("Jane Doe",)
    assert first.tags == ("Rust", "Tools", "News")
    assert first.excerpt == "What it is about."
    assert first.aliases == ("/old/first.html", "/older/first/")
    assert first.shortcodes == ("my_shortcode",)
    assert (second.slug, second.addresses) == ("the-second", ("/blog/the-second",))
    assert (dated.title, dated.slug, dated.is_draft) == ("Dated by its name", "dated", True)


def test_hugo(tmp_path: Path) -> None:
    articles = by_key(read(folders.hugo(tmp_path)))

    hello = articles["posts/hello.md"]
    assert hello.title == "Hello: a title"
    assert hello.published_at == datetime(2020, 6, 1, 7, tzinfo=UTC), "09:00 in Berlin"
    assert hello.authors == ("Ada L.",)
    assert hello.aliases == ("/old/hello", "/posts/relative-old")
    assert hello.picture == "/images/lead.jpg"
    assert "<!--more-->" not in hello.body
    assert '{{< figure src="/images/lead.jpg" >}}\n[not a link]' in hello.body, "code is left alone"
    bundle = articles["posts/bundle/index.md"]
    assert (bundle.slug, bundle.picture, bundle.authors) == ("bundle", "featured.png", ("Default Author",))
    assert articles["news/big-news.md"].addresses[0] == "/2021/12/big-news", "by its own calendar, not by UTC's"
    assert articles["posts/draft.md"].is_draft
    assert articles["posts/later.md"].published_at == datetime(2999, 1, 1, tzinfo=UTC)
    assert articles["about.md"].is_draft
    assert articles["about.md"].notes == ("it has no date: kept as a draft",)


def test_jekyll(tmp_path: Path) -> None:
    reading = read(folders.jekyll(tmp_path))
    articles = by_key(reading)

    assert set(skipped(reading)) == {"README.md", "index.html"}
    first = articles["_posts/2016-07-25-first-post.md"]
    assert first.published_at == datetime(2016, 7, 25, tzinfo=UTC)
    assert first.authors == ("Jane Doe",)
    assert first.tags == ("one", "two", "news", "tech")
    assert first.addresses == ("/news/tech/2016/07/25/first-post.html",)
    assert first.aliases == ("/2016/first.html", "/first/")
    assert '```ruby\nputs "{{ not_liquid }}"\n```' in first.body
    assert "{{ shown as it is }}" in first.body
    assert first.shortcodes == ("include",)
    second = articles["_posts/2016-07-26-second.markdown"]
    assert second.published_at == datetime(2016, 7, 27, 4, 30, tzinfo=UTC)
    assert second.addresses == ("/news/2016/07/26/second.html",)
    assert second.tags == ("everything", "news")
    assert articles["_posts/2017-02-02-hidden.md"].is_draft
    assert articles["_drafts/idea.md"].is_draft
    assert articles["_posts/2017-01-01-html.html"].body.count("\n\n") == 0


def test_hexo_eleventy_and_pelican(tmp_path: Path) -> None:
    hexo = by_key(read(folders.hexo(tmp_path / "hexo")))
    eleventy = read(folders.eleventy(tmp_path / "eleventy"))
    pelican = read(folders.pelican(tmp_path / "pelican"))

    assert hexo["_posts/hello-world.md"].addresses == ("/2019/05/06/hello-world/",)
    assert hexo["_posts/hello-world.md"].published_at == datetime(2019, 5, 5, 22, 8, 9, tzinfo=UTC)
    assert "![A picture](pic.png)\n\n```js\nlet a = 1;\n```" in hexo["_posts/hello-world.md"].body
    assert hexo["_drafts/soon.md"].is_draft
    one = by_key(eleventy)["src/posts/2018-01-30-one.md"]
    assert (one.authors, one.tags, one.addresses) == (("Eleanor",), ("design",), ("/writing/one/",))
    assert skipped(eleventy)["src/posts/script.md"] == "its front matter is a program, and none is run"
    assert "src/index.md" in skipped(eleventy)
    first = by_key(pelican)["python/first.md"]
    assert (first.title, first.slug) == ("My first review", "my-super-post")
    assert first.published_at == datetime(2010, 12, 3, 9, 20, tzinfo=UTC)
    assert first.authors == ("Alexis Metaireau", "Conan Doyle")
    assert first.tags == ("pelican", "publishing", "Python")
    assert first.addresses == ("/posts/2010/my-super-post/",)
    assert by_key(pelican)["second.md"].is_draft
    assert by_key(pelican)["third.md"].authors == ("Pelle",)
    assert skipped(pelican)["content/fourth.rst"] == "reStructuredText is not Markdown"


def test_plain_files(tmp_path: Path) -> None:
    folder = folders.plain(tmp_path)
    os.utime(folder / "notes/running.md", (1_500_000_000, 1_500_000_000))

    reading = read(folder)

    articles = by_key(reading)
    assert {key: article.title for key, article in articles.items()} == {
        "notes/On walking.md": "On walking",
        "notes/running.md": "On running",
        "notes/no-heading-here.md": "No heading here",
        "latin.md": "Café",
        "windows.md": "From Windows",
    }
    assert articles["notes/running.md"].published_at == datetime(2017, 7, 14, 2, 40, tzinfo=UTC)
    assert articles["notes/running.md"].body == "### Pace\n\nFast.\n"
    assert articles["latin.md"].body == "Déjà vu.\n"
    assert "not UTF-8" in articles["latin.md"].notes[0]
    assert articles["windows.md"].body == "Two\nlines.\n"
    assert skipped(reading) == {"README.md": "it is about the folder, not a post", "empty.md": "it has no text"}


def test_a_file_without_a_date_among_dated_ones_is_a_draft(tmp_path: Path) -> None:
    articles = by_key(read(write(tmp_path, {"a.md": "---\ndate: 2020-01-01\n---\nA", "b.md": "B"})))

    assert not articles["a.md"].is_draft
    assert articles["b.md"].is_draft


@pytest.mark.parametrize(
    ("head", "key", "day"),
    [
        ("date: 2020-01-02", "x.md", "2020-01-02"),
        ("published: 2020-01-02", "x.md", "2020-01-02"),
        ("publishDate: 2020-01-02", "x.md", "2020-01-02"),
        ("pubDatetime: 2020-01-02T00:00:00Z", "x.md", "2020-01-02"),
        ("title: x", "2020-01-02-x.md", "2020-01-02"),
        ("title: x", "2020-01-02-x/index.md", "2020-01-02"),
        ("title: x", "2020/01/02/x.md", "2020-01-02"),
        ("path: 2020/01/02/x", "x.md", "2020-01-02"),
        ("permalink: /blog/2020/01/02/x.html", "x.md", "2020-01-02"),
        ("aliases: [/2020/01/02/x.html]", "x.md", "2020-01-02"),
        ("date: 2020-01-02", "2019-09-09-x.md", "2020-01-02"),
    ],
)
def test_a_date_is_found_wherever_it_is(tmp_path: Path, head: str, key: str, day: str) -> None:
    (article,) = read(write(tmp_path, {key: f"---\n{head}\n---\nText"})).articles

    assert article.published_at == datetime.fromisoformat(day).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "head",
    ["draft: true", "draft: 'yes'", "published: false", "status: draft", "status: Hidden", "private: true",
     "expiryDate: 2020-01-01", "render: false"],
)  # fmt: skip
def test_a_draft_is_known_however_it_is_marked(tmp_path: Path, head: str) -> None:
    (article,) = read(write(tmp_path, {"x.md": f"---\ndate: 2019-01-01\n{head}\n---\nText"})).articles

    assert article.is_draft


@pytest.mark.parametrize(
    ("head", "authors"),
    [
        ("author: Jane Doe", ("Jane Doe",)),
        ("author: Jane Doe <jane@example.org>", ("Jane Doe",)),
        ("author: 'Doe, Jane, and others'", ("Doe, Jane, and others",)),
        ("authors: [Jane Doe, Bob]", ("Jane Doe", "Bob")),
        ("authors: [{name: Jane Doe, email: j@example.org}, {name: Bob}]", ("Jane Doe", "Bob")),
        ("author: {name: Jane Doe}", ("Jane Doe",)),
        ("extra: {author: Jane Doe}", ("Jane Doe",)),
        ("extra: {authors: [Jane Doe]}", ("Jane Doe",)),
        ("taxonomies: {authors: [Jane Doe]}", ("Jane Doe",)),
        ("author: ''", ()),
        ("title: x", ()),
    ],
)
def test_authors_are_read_however_they_are_written(tmp_path: Path, head: str, authors: tuple[str, ...]) -> None:
    (article,) = read(write(tmp_path, {"x.md": f"---\ndate: 2019-01-01\n{head}\n---\nText"})).articles

    assert article.authors == authors


@pytest.mark.parametrize(
    ("head", "tags"),
    [
        ("tags: [a, 'b c', 7]", ("a", "b c", "7")),
        ("tags: a, b c", ("a", "b c")),
        ("categories: A\ntags: [b]", ("b", "A")),
        ("taxonomies: {tags: [a], categories: [b]}", ("a", "b")),
        ("keywords: a, b", ("a", "b")),
        ("keywords: a\ntags: b", ("b",)),
        ("tags:\n- {name: a}\n- [nested]", ("a",)),
        ("category: Uncategorized", ()),
        ("tags:", ()),
    ],
)
def test_tags_are_read_however_they_are_written(tmp_path: Path, head: str, tags: tuple[str, ...]) -> None:
    (article,) = read(write(tmp_path, {"x.md": f"---\ndate: 2019-01-01\n{head}\n---\nText"})).articles

    assert article.tags == tags


@pytest.mark.parametrize(
    ("head", "series", "number"),
    [
        ("series: Rust, slowly\npart: 2", "Rust, slowly", 2),
        ("series: [Rust, Other]\nseries_order: 3", "Rust", 3),
        ("taxonomies: {series: [Rust]}\nextra: {series_part: 4}", "Rust", 4),
        ("params: {series: Rust, seriesWeight: '5'}", "Rust", 5),
        ("series: {name: Rust}\npart: the second", "Rust", None),
        ("series: Rust\npart: 0", "Rust", None),
        ("series: Rust\npart: 12345", "Rust", None),
        ("series: []", "", None),
        ("title: x", "", None),
    ],
)
def test_series_are_read_however_they_are_written(tmp_path: Path, head: str, series: str, number: int | None) -> None:
    (article,) = read(write(tmp_path, {"x.md": f"---\ndate: 2019-01-01\n{head}\n---\nText"})).articles

    assert (article.series, article.series_number) == (series, number)


@pytest.mark.parametrize(
    ("head", "picture", "alt", "caption"),
    [
        ("image: /a.png", "/a.png", "", ""),
        ("cover: {image: a.png, alt: An A, caption: Of A}", "a.png", "An A", "Of A"),
        ("featured_image: a.png\nfeatured_image_alt: An A", "a.png", "An A", ""),
        ("images: [a.png, b.png]", "a.png", "", ""),
        ("header: {teaser: a.png}", "a.png", "", ""),
        ("extra: {cover: {src: a.png}}", "a.png", "", ""),
        ("resources: [{src: a.png, name: cover, title: Of A}]", "a.png", "", "Of A"),
        ("image: false", "", "", ""),
        ("feature: true", "", "", ""),
    ],
)
def test_the_lead_picture_is_found(tmp_path: Path, head: str, picture: str, alt: str, caption: str) -> None:
    (article,) = read(write(tmp_path, {"x.md": f"---\ndate: 2019-01-01\n{head}\n---\nText"})).articles

    assert (article.picture, article.picture_alt, article.picture_caption) == (picture, alt, caption)


def test_a_heading_that_repeats_the_title_goes(tmp_path: Path) -> None:
    files = {
        "same.md": "---\ntitle: The *Title*!\ndate: 2020-01-01\n---\n\n# The Title {#top}\n\nText\n",
        "other.md": "---\ntitle: Another\ndate: 2020-01-02\n---\n# The Title\n\nText\n",
        "names.md": "---\ntitle: Names\ndate: 2020-01-03\n---\n## A {: #a .wide}\n\n## B {.x #b}\n\n## C {#c}\n\n## D {.d}\n",
    }

    articles = by_key(read(write(tmp_path, files)))

    assert articles["same.md"].body == "Text\n"
    assert articles["other.md"].body == "# The Title\n\nText\n"
    assert articles["names.md"].body == "## A {#a}\n\n## B {#b}\n\n## C {#c}\n\n## D {.d}\n"


def test_broken_files_are_skipped_with_their_reason_and_stop_nothing(tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text("---\ntitle: Secret\n---\nSecret")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.md").write_text("Secret")
    folder = write(
        tmp_path / "site",
        {
            "good.md": "---\ntitle: Good\ndate: 2020-01-01\n---\nText",
            "yaml.md": "---\ntitle: [\n---\nText",
            "toml.md": "+++\ntitle = \n+++\nText",
            "json.md": '{"title": \nText',
            "binary.md": b"\x00\x01\x02",
            "huge.md": b"x" * (4 * 2**20 + 1),
            "component.mdx": "import X from 'x'\n",
        },
    )
    (folder / "link.md").symlink_to(outside)
    (folder / "loop.md").symlink_to(folder / "loop.md")
    (folder / "double.md").symlink_to(folder / "good.md")
    (folder / "folder").symlink_to(tmp_path / "outside")
    (folder / "folder.md").mkdir()

    reading = read(folder)

    assert [article.key for article in reading.articles] == ["good.md"]
    reasons = skipped(reading)
    assert "YAML can't be read" in reasons.pop("yaml.md")
    assert "TOML can't be read" in reasons.pop("toml.md")
    assert "JSON can't be read" in reasons.pop("json.md")
    assert reasons == {
        "binary.md": "it is not a text",
        "huge.md": "it is larger than 4 MB",
        "component.mdx": "MDX is a program, and none is run",
        "link.md": "it is a link out of the folder",
        "loop.md": "it is a link out of the folder",
        "double.md": "it is a link to good.md",
        "folder": "it is a link to a folder, and links are not followed",
    }


def test_the_content_folder_of_a_site_brings_its_site_along(tmp_path: Path) -> None:
    folders.hugo(tmp_path)

    whole, content, section = read(tmp_path), read(tmp_path / "content"), read(tmp_path / "content/posts")

    assert content.site.base_url == whole.site.base_url == "https://hugo.example"
    assert set(by_key(content)) == set(by_key(whole))
    assert set(by_key(section)) == {key for key in by_key(whole) if key.startswith("posts/")}


def test_a_folder_does_not_reach_into_the_one_above(tmp_path: Path) -> None:
    write(tmp_path, {"_config.yml": "url: https://x.example", "pic.png": picture()})
    folder = write(tmp_path / "plain", {"a.md": "---\ndate: 2020-01-01\n---\n![](../pic.png) ![](/pic.png)"})

    reading = read(folder)

    book = AddressBook(reading, new_host="", tag_slugs=())
    assert reading.site.base_url is None
    assert isinstance(book.find("../pic.png", reading.articles[0], is_picture=True), ToNothing)
    assert isinstance(book.find("/pic.png", reading.articles[0], is_picture=True), ToNothing)


@pytest.mark.parametrize(
    ("make_folder", "key", "address", "goal"),
    [
        (folders.zola, "blog/first.md", "@/blog/second/index.md#part-two", "blog/second/index.md#part-two"),
        (folders.zola, "blog/first.md", "@/blog/_index.md", "page /"),
        (folders.zola, "blog/first.md", "@/gone.md", "nothing"),
        (folders.zola, "blog/first.md", "second/", "blog/second/index.md#"),
        (folders.zola, "blog/first.md", "/older/first", "blog/first.md#"),
        (folders.zola, "blog/first.md", "/OLD/First.HTML", "blog/first.md#"),
        (folders.zola, "blog/first.md", "/old/first/index.html", "blog/first.md#"),
        (folders.zola, "blog/first.md", "https://www.zola.example/blog/the-second/#x", "blog/second/index.md#x"),
        (folders.zola, "blog/first.md", "//zola.example/blog/the-second", "blog/second/index.md#"),
        (folders.zola, "blog/first.md", "/blog/the-second/square.png", "square.png"),
        (folders.zola, "blog/first.md", "second/square.png", "square.png"),
        (folders.zola, "blog/second/index.md", "square.png?raw=true", "square.png"),
        (folders.zola, "blog/second/index.md", "./square.png", "square.png"),
        (folders.zola, "blog/first.md", "img/static.png", "static.png"),
        (folders.zola, "blog/first.md", "/", "page /"),
        (folders.zola, "blog/first.md", "https://zola.example", "page /"),
        (folders.zola, "blog/first.md", "/blog/", "page /"),
        (folders.zola, "blog/first.md", "/atom.xml", "page /feed.xml"),
        (folders.zola, "blog/first.md", "/rss.xml", "page /feed.xml"),
        (folders.zola, "blog/first.md", "/index.xml", "page /feed.xml"),
        (folders.zola, "blog/first.md", "/tags/", "page /tags/"),
        (folders.zola, "blog/first.md", "/tags/static-sites/", "page /tags/static-sites"),
        (folders.zola, "blog/first.md", "/tags/unknown/", "old https://zola.example/tags/unknown/"),
        (folders.zola, "blog/first.md", "/archives/", "page /archive/"),
        (folders.zola, "blog/first.md", "/about/#x", "old https://zola.example/about/#x"),
        (folders.zola, "blog/first.md", "../../../../../etc/passwd", "old https://zola.example/etc/passwd"),
        (folders.zola, "blog/first.md", "mailto:a@example.org", "elsewhere"),
        (folders.zola, "blog/first.md", "https://other.example/blog/first/", "elsewhere"),
        (folders.zola, "blog/first.md", "data:image/png;base64,xx", "elsewhere"),
        (folders.zola, "blog/first.md", "http://[broken", "elsewhere"),
        (folders.zola, "blog/first.md", "#place", "blog/first.md#place"),
        (folders.hugo, "posts/hello.md", "import-file:big-news.md#why", "news/big-news.md#why"),
        (folders.hugo, "posts/hello.md", "import-file:/posts/bundle", "posts/bundle/index.md#"),
        (folders.hugo, "posts/hello.md", "import-file:bundle/index.md", "posts/bundle/index.md#"),
        (folders.hugo, "posts/hello.md", "import-file:#here", "posts/hello.md#here"),
        (folders.hugo, "posts/hello.md", "../bundle/", "posts/bundle/index.md#"),
        (folders.jekyll, "about.md", "/blogimport-post:2016-07-26-second", "_posts/2016-07-26-second.markdown#"),
        (folders.jekyll, "about.md", "import-post:first-post", "_posts/2016-07-25-first-post.md#"),
        (folders.jekyll, "about.md", "import-file:/_posts/2016-07-26-second.markdown", "_posts/2016-07-26-second.markdown#"),
        (folders.jekyll, "about.md", "/blog/assets/pic.png", "pic.png"),
        (folders.jekyll, "about.md", "https://jekyll.example/elsewhere", "elsewhere"),
        (folders.jekyll, "about.md", "https://jekyll.example/blog/first/", "_posts/2016-07-25-first-post.md#"),
        (folders.pelican, "third.md", "{filename}/python/first.md", "python/first.md#"),
        (folders.pelican, "third.md", "|filename|second.md", "second.md#"),
        (folders.pelican, "third.md", "{static}/images/p.png", "p.png"),
        (folders.pelican, "third.md", "{tag}Go", "page /tags/go"),
        (folders.pelican, "third.md", "{index}", "page /"),
    ],
)  # fmt: skip
def test_an_address_leads_where_it_led(
    tmp_path: Path, make_folder: Callable[[Path], Path], key: str, address: str, goal: str
) -> None:
    reading = read(make_folder(tmp_path))
    book = AddressBook(reading, new_host="new.example", tag_slugs={"go", "static-sites"})

    match book.find(address, by_key(reading)[key]):
        case ToArticle(found, fragment):
            assert f"{found}#{fragment}" == goal
        case ToPicture(path):
            assert path.name == goal
        case ToPage(page):
            assert f"page {page}" == goal
        case ToOldSite(old, _):
            assert f"old {old}" == goal
        case ToElsewhere():
            assert goal == "elsewhere"
        case ToNothing():
            assert goal == "nothing"


def test_without_an_old_site_a_lost_address_leads_nowhere(tmp_path: Path) -> None:
    reading = read(write(tmp_path, {"a.md": "---\ndate: 2020-01-01\n---\nx", "file.pdf": b"%PDF"}))
    book = AddressBook(reading, new_host="new.example", tag_slugs=())

    assert isinstance(book.find("/gone/", reading.articles[0]), ToNothing)
    kept = book.find("file.pdf", reading.articles[0])
    assert isinstance(kept, ToNothing)
    assert ".pdf" in kept.reason


def test_the_old_address_may_be_given(tmp_path: Path) -> None:
    reading = read(write(tmp_path, {"a.md": "---\npath: 2020/01/01/a\n---\nx"}), "old.example/blog/")
    book = AddressBook(reading, new_host="new.example", tag_slugs=())

    assert reading.site.base_url == "https://old.example/blog"
    assert book.find("https://old.example/blog/2020/01/01/a/", reading.articles[0]) == ToArticle("a.md")
    assert book.find("https://old.example/2020/01/01/a/", reading.articles[0]) == ToElsewhere()


@pytest.mark.parametrize(("given", "message"), [("missing", "There is no folder"), ("file.md", "is a file")])
def test_what_is_no_folder_is_refused(tmp_path: Path, given: str, message: str) -> None:
    (tmp_path / "file.md").touch()

    with pytest.raises(NotImportable, match=message):
        find_site(tmp_path / given)


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotImportable, match="not the address of a site"):
        find_site(tmp_path, "ftp://x")


def test_sources_kept_apart_have_addresses_without_their_folder(tmp_path: Path) -> None:
    files = {
        "src/content/blog/2021-05-12-news.md": "---\ntitle: News\nauthors: [jd]\nslug: /the-news\n---\n![](hero.jpg)",
        "src/content/blog/other.md": "---\npubDate: 2021-01-01\nheroImage: {url: hero.jpg}\n---\n[n](/blog/2021/05/12/news)",
        "blog/authors.yml": "jd:\n  name: Jane Doe\n",
        "public/images/hero.jpg": picture(form="JPEG"),
    }

    reading = read(write(tmp_path, files))

    news, other = (by_key(reading)[f"src/content/blog/{name}.md"] for name in ("2021-05-12-news", "other"))
    book = AddressBook(reading, new_host="", tag_slugs=())
    assert news.authors == ("Jane Doe",)
    assert news.slug == "the-news"
    assert other.addresses == ("/blog/other",)
    assert isinstance(book.find("hero.jpg", other, is_picture=True), ToPicture)


def test_hugos_default_language_has_addresses_without_it(tmp_path: Path) -> None:
    files = {
        "hugo.yaml": "baseURL: https://x.example\ndefaultContentLanguage: en\nlanguages: {en: {}, fr: {}}\n",
        "content/en/news/a.md": "---\ndate: 2020-01-01\n---\nA",
        "content/fr/news/a.md": "---\ndate: 2020-01-01\n---\nA",
        "content/b.md": "---\ndate: 2020-01-01\n---\nB",
        "content/b.fr.md": "---\ndate: 2020-01-01\n---\nB",
        "content/en/deep/er/c/index.md": "---\ndate: 2020-01-01\naliases: [old-c]\n---\nC",
    }

    articles = by_key(read(write(tmp_path, files)))

    assert articles["en/news/a.md"].addresses == ("/news/a", "/en/news/a")
    assert articles["fr/news/a.md"].addresses == ("/fr/news/a",)
    assert articles["b.md"].addresses == ("/b",)
    assert articles["b.fr.md"].addresses == ("/fr/b",)
    assert articles["en/deep/er/c/index.md"].aliases == ("/en/deep/er/old-c",)
