"""What is typed, outside of pages: feeds, headers, templates, links that open elsewhere. Classes 9, 12, 13 and 40."""

import re
import xml.etree.ElementTree as ET

import feedparser
import pytest

from blog.markdown import render_comment
from blog.web.forms import storable
from tests.browser_like import Browser
from tests.security.payloads import PAYLOADS

ATOM = "{http://www.w3.org/2005/Atom}"
ODD = "".join(map(chr, range(32))) + "\x7f\x85\u2028\ufffe\uffff\ufdd0\U0001ffff" + "]]> <![CDATA[ &amp; &#0; &nbsp; <"
TEMPLATES = ["{{7*7}}", "{{ config }}", "{% for x in [1] %}x{% endfor %}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{{''.__class__.__mro__}}",
             "{{ url_for.__globals__ }}", "%(password_hash)s", "{0.__class__}", "{user.password_hash}", "{{{{7*7}}}}", "{# x #}"]  # fmt: skip
BROKEN_LINES = [
    "\r\nSet-Cookie: owned=1",
    "%0d%0aSet-Cookie:%20owned=1",
    "%E5%98%8A%E5%98%8DSet-Cookie:%20owned=1",
    "\nX: y",
    "\u2028X: y",
    "%00",
]


@pytest.mark.parametrize("texts", [[ODD], PAYLOADS[::9], TEMPLATES], ids=["odd characters", "payloads", "templates"])
def test_a_feed_stays_well_formed_whatever_is_written(app, make, texts):
    kept = [storable(text) for text in texts[:40]]  # as every form keeps it
    make.settings(title="A <site> & ]]> more", tagline=kept[0])
    author = make.user("author", username="writer", display_name=f"N {kept[0]}"[:80])
    for text in kept:
        make.post(f"T {text}"[:200], text, excerpt=text[:300], author=author)
    visitor = Browser(app)

    for path in ("/feed.xml", "/authors/writer/feed.xml"):
        sent = visitor.get(path).response.get_data()
        tree = ET.fromstring(sent)

        assert {element.tag.removeprefix(ATOM) for element in tree.iter()} <= {
            "feed", "title", "subtitle", "id", "link", "updated", "entry", "published", "author", "name", "uri", "category",
            "summary", "content",
        }  # fmt: skip
        assert not feedparser.parse(sent).bozo
        assert len(tree.findall(ATOM + "entry")) == min(20, len(kept))


@pytest.mark.parametrize("text", TEMPLATES)
def test_a_template_in_a_field_is_printed(app, make, text):
    writer = make.user("author", username="writer", display_name=text, bio=text, bio_html=render_comment(text).html)
    post = make.post(text, f"A body: {text} and", excerpt=text, author=writer)
    make.comment(post, f"Says: {text}")
    make.settings(title=f"Site {text}", tagline=text)
    visitor = Browser(app)

    for path in (
        f"/posts/{post.slug}",
        "/",
        "/authors/writer",
        f"/search?q={text.replace('%', '%25').replace('#', '%23')}",
        "/feed.xml",
    ):
        response = visitor.client.get(path, base_url=visitor.base_url)
        html = response.get_data(as_text=True)

        assert response.status_code == 200
        assert not re.search(r">\s*(Site )?49\b|argon2|SECRET_KEY|<class |&lt;class |<function", html)


@pytest.mark.parametrize("text", BROKEN_LINES)
def test_no_redirect_or_header_holds_a_line_break(app, make, text):
    visitor, user = Browser(app), make.user("author")
    answers = [
        visitor.client.get(f"/posts/{text}", base_url=visitor.base_url),
        visitor.client.get("/login", query_string={"next": f"/x{text}"}, base_url=visitor.base_url),
        visitor.client.get("/account/", query_string=f"x={text}", base_url=visitor.base_url),
        visitor.client.get(f"/authors/{user.username.upper()}", query_string=text, base_url=visitor.base_url),
        visitor.client.get(f"/tags{text}", base_url=visitor.base_url),
    ]
    visitor.get("/login")
    page = visitor.submit(
        "/login", follow=False, login=user.username, password="correct horse battery staple", next=f"/{text}"
    )

    for response in (*answers, page.response):
        assert "owned" not in [name for name, _ in response.headers.items()]
        assert not any(set(value) & set("\r\n\x00") for _, value in response.headers.items())
        assert not any("owned" in value for value in response.headers.getlist("Set-Cookie"))


def test_a_link_of_a_text_hands_over_no_window_and_no_praise(app, make):
    author = make.user("author")
    body = "[a](https://elsewhere.example) <a href=https://elsewhere.example target=_blank rel=opener>b</a> https://elsewhere.example"
    post = make.post("Links", body, author=author)
    make.comment(post, body.replace("<", "\\<"))

    page = Browser(app).get(f"/posts/{post.slug}")

    found = [link for link in page.all("a") if "elsewhere" in (link.get("href") or "")]
    assert len(found) >= 4
    for link in found:
        assert "noopener" in (link.get("rel") or "").split()
        assert "opener" not in (link.get("rel") or "").split()
        assert link.get("target") is None
