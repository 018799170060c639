"""Small sites as each generator has them, made on the spot."""

import io
from pathlib import Path
from textwrap import dedent

from PIL import Image


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    """The folder `root` with these files; the texts' common indentation is left away."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else dedent(content).lstrip("\n").encode())
    return root


def picture(colour: str = "teal", size: tuple[int, int] = (40, 30), form: str = "PNG") -> bytes:
    """A picture's bytes."""
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, form)
    return content.getvalue()


def zola(root: Path) -> Path:
    """A site of Zola: TOML, sections, a bundle, `@/` links, aliases, shortcodes."""
    return write(
        root,
        {
            "config.toml": """
                base_url = "https://zola.example"
                title = "Zola site"
                default_language = "en"
            """,
            "content/_index.md": "+++\ntitle = 'Home'\n+++\n",
            "content/blog/_index.md": "+++\ntitle = 'Blog'\nsort_by = 'date'\n+++\n",
            "content/blog/first.md": """
                +++
                title = "First post"
                date = 2020-01-02T10:00:00+01:00
                updated = 2020-02-03
                description = "What it is about."
                aliases = ["old/first.html", "/older/first/"]
                [taxonomies]
                tags = ["Rust", "Tools"]
                categories = ["News"]
                [extra]
                author = "Jane Doe"
                +++

                See [the second](@/blog/second/index.md#part-two) and [the section](@/blog/_index.md).

                {{ youtube(id="dQw4w9WgXcQ") }}

                {{ my_shortcode(a=1) }}
            """,
            "content/blog/second/index.md": """
                +++
                title = "Second post"
                date = 2021-03-04
                slug = "the-second"
                authors = ["Jane Doe"]
                +++
                ![A square](square.png) and [back](../first.md), `[code](@/blog/first.md)`.

                ## Part two {#part-two}

                [absolute](https://zola.example/blog/first/), [static](/img/static.png), [gone](/nothing/here/).
            """,
            "content/blog/second/square.png": picture("teal"),
            "static/img/static.png": picture("plum"),
            "content/blog/2022-05-06-dated.md": "+++\ntitle = 'Dated by its name'\ndraft = true\n+++\nText.\n",
            "templates/index.html": "{{ section.title }}",
            "themes/x/README.md": "# Theme\n",
        },
    )


def hugo(root: Path) -> Path:
    """A site of Hugo: YAML, TOML and JSON, leaf bundles, shortcodes, permalinks of a section, a draft, the future."""
    return write(
        root,
        {
            "hugo.toml": """
                baseURL = "https://hugo.example/"
                timeZone = "Europe/Berlin"
                [permalinks]
                  news = "/:year/:month/:slug/"
                [params]
                  author = "Default Author"
            """,
            "content/_index.md": "---\ntitle: Home\n---\n",
            "content/posts/hello.md": """
                ---
                title: "Hello: a title"
                date: 2020-06-01T09:00:00
                lastmod: 2020-07-01
                tags: [Go, "Static sites"]
                author: {name: "Ada L."}
                aliases:
                  - /old/hello
                  - relative-old
                featured_image: /images/lead.jpg
                ---
                {{< figure src="/images/lead.jpg" alt="The lead" caption="A caption" >}}

                <!--more-->

                Read [the news]({{< ref "big-news.md#why" >}}) or [bundle]({{< relref path="/posts/bundle" >}}).

                {{< highlight go "linenos=table" >}}
                fmt.Println("{{< ref \\"x\\" >}}")
                {{< /highlight >}}

                ```go
                {{< figure src="/images/lead.jpg" >}}
                [not a link](/images/lead.jpg)
                ```

                {{</* figure src="shown.png" */>}}
            """,
            "content/posts/bundle/index.md": '{"title": "A bundle", "date": "2020-08-01", "draft": false}\n\n![](pic.webp)\n',
            "content/posts/bundle/pic.webp": picture("green", form="WEBP"),
            "content/posts/bundle/featured.png": picture("gold"),
            "content/news/big-news.md": "+++\ntitle = 'Big news'\ndate = 2021-12-31T23:30:00\n+++\n## Why\n\n[h](/posts/hello/)\n",
            "content/posts/later.md": "---\ntitle: Later\ndate: 2999-01-01\n---\nNot yet.\n",
            "content/posts/draft.md": "---\ntitle: A draft\ndate: 2020-01-01\ndraft: true\n---\nHidden.\n",
            "content/about.md": "---\ntitle: About\n---\nWho we are. [hello](/posts/hello/)\n",
            "static/images/lead.jpg": picture("navy", form="JPEG"),
            "layouts/index.html": "---\n---\n{{ .Title }}",
            "archetypes/default.md": "---\ntitle: '{{ .Name }}'\n---\n",
            "README.md": "# About this repository\n",
        },
    )


def jekyll(root: Path) -> Path:
    """A site of Jekyll: dated names, Liquid, categories, redirects, a base path, HTML posts, drafts, pages."""
    return write(
        root,
        {
            "_config.yml": """
                title: Jekyll site
                url: "https://jekyll.example"
                baseurl: "/blog"
                timezone: America/New_York
                permalink: /:categories/:year/:month/:day/:title:output_ext
                author: {name: Site Owner}
                defaults:
                  - scope: {path: "", type: posts}
                    values: {layout: post, tags: [everything]}
            """,
            "_data/authors.yml": "jd:\n  name: Jane Doe\n",
            "_posts/2016-07-25-first-post.md": """
                ---
                layout: post
                title: First post
                author: jd
                categories: news tech
                tags: one two
                redirect_from:
                  - /2016/first.html
                  - /first/
                ---
                Go to [second]({{ site.baseurl }}{% post_url 2016-07-26-second %}){:target="_blank"} or
                [page]({% link about.md %}).

                {% highlight ruby linenos %}
                puts "{{ not_liquid }}"
                {% endhighlight %}

                ![Pic]({{ "/assets/pic.png" | relative_url }})

                {% raw %}{{ shown as it is }}{% endraw %}

                {% include unknown.html %}
            """,
            "_posts/2016-07-26-second.markdown": """
                ---
                title: "Second"
                date: 2016-07-26 23:30:00 -0500
                last_modified_at: 2017-01-01
                category: news
                published: true
                ---
                [first](/blog/news/tech/2016/07/25/first-post.html) and [plain](../../../../tech/2016/07/25/first-post.html).
            """,
            "_posts/2017-01-01-html.html": """
                ---
                title: In HTML
                ---
                <p>A <a href="/blog/first/">link</a>.</p>

                    <p>Not code. <img src="/blog/assets/pic.png" alt="Pic"></p>
            """,
            "_posts/2017-02-02-hidden.md": "---\ntitle: Hidden\npublished: false\n---\nNo.\n",
            "_drafts/idea.md": "---\ntitle: An idea\n---\nSome day.\n",
            "about.md": "---\ntitle: About\npermalink: /about/\n---\nAbout us.\n",
            "README.md": "# Not a page\n",
            "index.html": "---\nlayout: home\n---\n",
            "_layouts/default.html": "---\n---\n{{ content }}",
            "assets/pic.png": picture("coral"),
        },
    )


def hexo(root: Path) -> Path:
    """A site of Hexo: `source/_posts`, asset folders, its own tags."""
    return write(
        root,
        {
            "_config.yml": "url: https://hexo.example\npermalink: :year/:month/:day/:title/\ntimezone: Asia/Tokyo\n",
            "source/_posts/hello-world.md": """
                ---
                title: Hello World
                date: 2019-05-06 07:08:09
                tags:
                - a
                - b
                categories: Life
                ---
                {% asset_img pic.png A picture %}

                {% codeblock lang:js %}
                let a = 1;
                {% endcodeblock %}

                {% post_link another "The other" %}
            """,
            "source/_posts/pic.png": picture("olive"),
            "source/_posts/another.md": "---\ntitle: Another\ndate: 2019-06-01\n---\n[first](/2019/05/06/hello-world/)\n",
            "source/_drafts/soon.md": "---\ntitle: Soon\n---\nSoon.\n",
            "themes/x/README.md": "# Theme\n",
        },
    )


def eleventy(root: Path) -> Path:
    """A site of Eleventy: data files of folders, computed permalinks, lists to leave out."""
    return write(
        root,
        {
            "eleventy.config.js": "export default function () {}\n",
            "src/posts/posts.json": '{"tags": ["posts"], "layout": "post.njk", "author": "Eleanor"}',
            "src/posts/2018-01-30-one.md": """
                ---
                title: One
                tags: [design]
                permalink: "/writing/{{ page.fileSlug }}/"
                ---
                [two](/posts/two/) and ![p](/images/p.png)
            """,
            "src/posts/two.md": '---json\n{"title": "Two", "date": "2018-02-01"}\n---\n[one](./2018-01-30-one.md)\n',
            "src/posts/script.md": "---js\n{ title: (() => 'no')() }\n---\nNo.\n",
            "src/index.md": "---\npagination: {data: collections.posts, size: 3}\n---\nList\n",
            "public/images/p.png": picture("salmon"),
        },
    )


def pelican(root: Path) -> Path:
    """A site of Pelican: header lines, `{filename}` links, settings in Python, reStructuredText."""
    return write(
        root,
        {
            "pelicanconf.py": """
                import os
                AUTHOR = 'Pelle'
                SITEURL = 'https://pelican.example'
                TIMEZONE = 'Europe/Paris'
                ARTICLE_URL = 'posts/{date:%Y}/{slug}/'
                SECRET = os.environ['HOME']
                raise SystemExit('a settings file is not run')
            """,
            "content/python/first.md": """
                Title: My first review
                Date: 2010-12-03 10:20
                Modified: 2010-12-05 19:30
                Category: Python
                Tags: pelican, publishing
                Slug: my-super-post
                Authors: Alexis Metaireau; Conan Doyle
                Summary: Short version for index and feeds

                The [other]({filename}/second.md) and ![pic]({static}/images/p.png).
            """,
            "content/second.md": "Title: Second\nDate: 2011-01-01\nStatus: draft\n\nA draft.\n",
            "content/third.md": "Title: Third\nDate: 2011-01-02\n\n[first](/posts/2010/my-super-post/)\n",
            "content/fourth.rst": "Fourth\n######\n\n:date: 2011-01-03\n",
            "content/images/p.png": picture("khaki"),
        },
    )


def plain(root: Path) -> Path:
    """Plain files: no front matter at all, headings, a file in Latin-1, one from Windows, folders."""
    return write(
        root,
        {
            "README.md": "# What this folder is\n",
            "notes/On walking.md": "# On walking\n\nSlowly. [next](running.md#pace)\n",
            "notes/running.md": "On running\n==========\n\n### Pace\n\nFast.\r\n",
            "notes/no-heading-here.md": "Just words.\n",
            "latin.md": "# Café\n\nDéjà vu.\n".encode("latin-1"),
            "windows.md": b"\xef\xbb\xbf# From Windows\r\n\r\nTwo\r\nlines.\r\n",
            "empty.md": "\n\n",
        },
    )
