"""Typing Markdown: lists that go on, what is pasted, buttons that take back what they did, and one Undo for each."""

import re
from html import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import expect

from blog.markdown import render_post
from tests.browser.site import ROOT
from tests.parts import FIGURE

POSTS = sorted((ROOT / "blog/cli/demo/posts").glob("*.md"))

ENTER = {
    "a bullet goes on": ("- one|", "- one\n- |"),
    "in the middle of an item": ("- one| two", "- one\n- | two"),
    "the next number": ("9. nine|", "9. nine\n10. |"),
    "a number with a bracket": ("1) one|", "1) one\n2) |"),
    "an unchecked box": ("- [x] done|", "- [x] done\n- [ ] |"),
    "as far in": ("- a\n  - b|", "- a\n  - b\n  - |"),
    "a quote": ("> said|", "> said\n> |"),
    "a quote in a quote": ("> > said|", "> > said\n> > |"),
    "a list in a quote": ("> - one|", "> - one\n> - |"),
    "an empty item ends the list": ("- one\n- |", "- one\n\n|"),
    "an empty number ends the list": ("1. one\n2. |", "1. one\n\n|"),
    "an empty box ends the list": ("- [ ] one\n- [ ] |", "- [ ] one\n\n|"),
    "an empty inner item goes one out": ("- a\n  - b\n  - |", "- a\n  - b\n- |"),
    "an empty inner item takes the outer number": ("1. a\n   - b\n   - |", "1. a\n   - b\n2. |"),
    "an empty line ends the quote": ("> said\n> |", "> said\n\n|"),
    "an empty item in a quote": ("> - one\n> - |", "> - one\n>\n> |"),
    "plain text stays plain": ("one|", "one\n|"),
    "before the mark": ("|- one", "\n|- one"),
    "a rule is no list": ("- - -|", "- - -\n|"),
    "code is no list": ("```\n- one|\n```", "```\n- one\n|\n```"),
    "after code it is one again": ("```\n- a\n```\n- one|", "```\n- a\n```\n- one\n- |"),
    "no blank, no item": ("-one|", "-one\n|"),
}

TAB = {
    "under the item before": ("- a\n- b|", "- a\n  - b|"),
    "under a number": ("1. a\n2. b|", "1. a\n   1. b|"),
    "what hangs on it goes along": ("- a\n- b|\n  - c\n- d", "- a\n  - b|\n    - c\n- d"),
    "in a quote": ("> - a\n> - b|", "> - a\n>   - b|"),
}

BACK = {
    "out again": ("- a\n  - b|", "- a\n- b|"),
    "with the next number": ("1. a\n   1. b|", "1. a\n2. b|"),
    "to the level above": ("- a\n  - b\n    - c|", "- a\n  - b\n  - c|"),
}

TOGGLES = {
    "Bold": ["[word]", "**[word]**"],
    "Italic": ["**[word]**", "***[word]***"],
    "Code": ["a [word] b", "a `[word]` b"],
    "Heading": ["[word]", "[## word]"],
    "Quote": ["[one\n\ntwo]", "[> one\n\n> two]"],
    "List": ["[one\ntwo]", "[- one\n- two]"],
    "Numbered list": ["[one\ntwo]", "[1. one\n2. two]"],
    "Task list": ["[one\ntwo]", "[- [ ] one\n- [ ] two]"],
}


@pytest.fixture
def page(editor):
    """The editor of a new post, with the caret in its text."""
    page = editor().page
    page.locator("#body").click()
    page.wait_for_function("document.querySelector('format-tools').entered")
    page.evaluate("document.querySelector('format-tools').entered")
    return page


def put(page, marked):
    """Fill the text with `marked`, in which `|` is the caret, or `[` and `]` stand around what is marked."""
    page.evaluate(
        """(marked) => {
          const text = document.getElementById("body");
          const start = marked.search(/[|]/);
          text.value = start < 0 ? marked : marked.replace("|", "");
          text.focus();
          if (start >= 0) text.setSelectionRange(start, start);
        }""",
        marked,
    )


def stands(page):
    """The text, with the caret in it."""
    return page.evaluate(
        """() => {
          const { value, selectionStart, selectionEnd } = document.getElementById("body");
          return `${value.slice(0, selectionStart)}${selectionStart < selectionEnd ? `[${value.slice(selectionStart, selectionEnd)}]` : "|"}${value.slice(selectionEnd)}`;
        }"""
    )


def pasted(page, formats):
    """Paste as a browser tells of it; whether a script took it."""
    return page.evaluate(
        """async (formats) => {
          const data = new DataTransfer();
          for (const [type, words] of Object.entries(formats)) data.setData(type, words);
          const text = document.getElementById("body");
          const before = text.value;
          const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
          text.dispatchEvent(event);
          if (event.defaultPrevented) for (let tries = 0; text.value === before && tries < 200; tries += 1) await new Promise((done) => setTimeout(done, 10));
          return event.defaultPrevented;
        }""",
        formats,
    )


@pytest.mark.parametrize(
    ("key", "cases"), [("Enter", ENTER), ("Tab", TAB), ("Shift+Tab", BACK)], ids=["Enter", "Tab", "Shift+Tab"]
)
def test_lists_and_quotes_go_on_and_one_undo_takes_it_back(page, key, cases):
    found = []
    for name, (before, after) in cases.items():
        put(page, before)
        page.keyboard.press(key)
        if stands(page) != after:
            found.append(f"{name}: {stands(page)!r} instead of {after!r}")
        page.keyboard.press("Control+z")
        if page.locator("#body").input_value() != before.replace("|", ""):
            found.append(f"{name}: undone it is {page.locator('#body').input_value()!r}")

    assert found == []


def test_tab_leaves_the_text_elsewhere_and_after_escape(page):
    def holder():
        return page.evaluate("document.activeElement.id")

    put(page, "words|")
    page.keyboard.press("Tab")
    assert holder() != "body"
    put(page, "- the first item has nothing to hang on|")
    page.keyboard.press("Tab")
    assert holder() != "body"
    put(page, "- a\n- b|")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert holder() != "body"

    assert page.locator("#body").input_value() == "- a\n- b"


def test_each_button_takes_back_what_it_did(page):
    found = []
    for name, (before, after) in TOGGLES.items():
        put(page, before.replace("[", "", 1).replace("]", "", 1) if "- [ ]" not in before else before)
        start = before.index("[")
        page.evaluate(
            "([from, to]) => document.getElementById('body').setSelectionRange(from, to)",
            [start, before.index("]", start + 1) - 1],
        )
        for want in (after, before):
            page.get_by_role("button", name=name, exact=True).click()
            page.wait_for_function(
                "want => document.getElementById('body').value === want",
                arg=want.replace("[", "", 1)[::-1].replace("]", "", 1)[::-1],
            )
            if stands(page) != want:
                found.append(f"{name}: {stands(page)!r} instead of {want!r}")

    assert found == []


def test_a_button_takes_the_mark_off_the_words_that_the_caret_stands_in(page):
    for name, before, after in (
        ("Bold", "a **bold wo|rd** b", "a bold wo|rd b"),
        ("Italic", "***bo|th***", "**bo|th**"),
        ("Link", "see [the wo|rd](https://example.org/a_b) here", "see the wo|rd here"),
        ("Code", "```\nsome| code\n```", "some| code"),
        ("Heading", "### deep|er", "deep|er"),
        ("Numbered list", "- a|", "1. a|"),
    ):
        put(page, before)
        page.get_by_role("button", name=name, exact=True).click()
        page.wait_for_function(
            "before => document.getElementById('body').value !== before", arg=before.replace("|", "")
        )
        assert (name, stands(page).replace("[some code]", "some| code")) == (name, after)


DOCS = (
    '<meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-1"><h1 dir="ltr"><span style="font-weight:400;">Head</span></h1>'
    '<p><span style="font-weight:400;">Plain, </span><span style="font-weight:700;">bold</span><span style="font-style:italic;font-weight:400;"> and slanted</span>, '
    '<a href="https://www.google.com/url?q=https://example.org/x&amp;sa=D"><span>led</span></a>.</p>'
    '<ul><li aria-level="1"><p>one</p></li><ul><li aria-level="2"><p>inner</p></li></ul><li><p>two</p></li></ul></b><br class="Apple-interchange-newline">'
)
WORD = (
    "<html><head><style>p {color: red}</style></head><body><!--StartFragment-->"
    "<p class=MsoTitle>Report<o:p></o:p></p>"
    "<p class=MsoListParagraphCxSpFirst style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>1.<span>&nbsp;&nbsp;&nbsp;</span></span><![endif]>One</p>\n"
    "<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>·<span>&nbsp;</span></span><![endif]>Inner</p>\n"
    "<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>2.<span>&nbsp;</span></span><![endif]><b>Two</b></p>"
    "<p class=MsoNormal>After</p><!--EndFragment--></body></html>"
)

RICH = {
    "headings": ("<h2>One</h2><p>a</p><h3>Two <b>b</b></h3>", "## One\n\na\n\n### Two b"),
    "bold and slanted": ("<p>a <b>b</b> <i>c</i> <strong><em>d</em></strong></p>", "a **b** *c* ***d***"),
    "blanks go outside": ("<p>a<b> b </b>c</p>", "a **b** c"),
    "within a word": ("<p>re<b>do</b>ne</p>", "re**do**ne"),
    "beside signs": ("<p><b>“a”</b>b</p>", "<strong>“a”</strong>b"),
    "neighbours are one": ("<p><b>a</b><b>b</b></p>", "**ab**"),
    "a link": (
        '<p>See <a href="https://example.org/a_(b)">the <b>page</b></a>!</p>',
        "See [the **page**](https://example.org/a_%28b%29)!",
    ),
    "an exclamation before a link": (
        '<p>Hey!<a href="https://example.org/">x</a></p>',
        "Hey\\![x](https://example.org/)",
    ),
    "a bare address": (
        '<p><a href="https://example.org/a_b">https://example.org/a_b</a></p>',
        "<https://example.org/a_b>",
    ),
    "no address of the web": (
        '<p><b>a</b> <a href="javascript:alert(1)">x</a><a href="file:///c">y</a></p>',
        "**a** xy",
    ),
    "a list": ("<ul><li>a</li><li><p>b</p><ol start=3><li>c</li></ol></li></ul>", "- a\n- b\n  3. c"),
    "tasks": ("<ul><li><input type=checkbox checked> a</li><li><input type=checkbox> b</li></ul>", "- [x] a\n- [ ] b"),
    "a list with paragraphs": ("<ol><li><p>a</p><p>b</p></li><li>c</li></ol>", "1. a\n\n   b\n\n2. c"),
    "two lists": ("<ul><li>a</li></ul><ul><li>b</li></ul>", "- a\n\n* b"),
    "a quote": ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
    "code": ("<p>Say <code>a`b</code>.</p>", "Say ``a`b``."),
    "a block of code": ('<pre><code class="language-py">if a:\n    b*c\n</code></pre>', "```py\nif a:\n    b*c\n```"),
    "a picture elsewhere": (
        '<p><img src="https://example.org/a.png" alt="A cat"></p>',
        "[A cat](https://example.org/a.png)",
    ),
    "a picture of ours": ('<p><img src="/media/a.png" alt="A cat"></p>', "![A cat](/media/a.png)"),
    "a table": (
        "<table><tr><th>a</th><th align=right>b</th></tr><tr><td>1|2</td><td>x<br>y</td></tr></table>",
        "| a | b |\n| --- | ---: |\n| 1\\|2 | x<br>y |",
    ),
    "a line break": ("<p><i>a</i><br>b</p>", "*a*\\\nb"),
    "signs": (
        "<p><b>x</b> *a* _b_ c_d [e] `f` &lt;g&gt; &amp;amp; a\\* $x$ ~y~</p>",
        "**x** \\*a\\* \\_b\\_ c_d \\[e\\] \\`f\\` \\<g> \\&amp; a\\\\\\* \\$x\\$ \\~y\\~",
    ),
    "signs at the start of a line": (
        "<p><i>x</i></p><p># a</p><p>1. b</p><p>- c</p><p>+ d</p><p>&gt; e</p>",
        "*x*\n\n\\# a\n\n1\\. b\n\n\\- c\n\n\\+ d\n\n\\> e",
    ),
    "other elements": ("<p>H<sub>2</sub>O <s>no</s> <u>under</u> <b>x</b></p>", "H<sub>2</sub>O ~~no~~ under **x**"),
    "a rule": ("<p>a</p><hr><p>b</p>", "a\n\n---\n\nb"),
    "a link around blocks": (
        '<a href="https://example.org/"><div>a</div><div>b</div></a>',
        "[a b](https://example.org/)",
    ),
    "Google Docs": (
        DOCS,
        "# Head\n\nPlain, **bold** *and slanted*, [led](https://example.org/x).\n\n- one\n  - inner\n- two",
    ),
    "Word": (WORD, "# Report\n\n1. One\n   - Inner\n2. **Two**\n\nAfter"),
}


def test_rich_text_is_pasted_as_markdown_and_undone_at_once(page, editor):
    found = []
    for name, (html, want) in RICH.items():
        put(page, "|")
        pasted(page, {"text/html": html, "text/plain": "plain"})
        if (got := page.locator("#body").input_value()) != want:
            found.append(f"{name}: {got!r} instead of {want!r}")
        page.keyboard.press("Control+z")
        assert page.locator("#body").input_value() == "", name

    assert found == []
    assert page.evaluate("watched.refused") == []


PLAIN = {
    "an address on marked words": (
        "see [the page] here",
        "https://example.org/a_(b)",
        "see [the page](https://example.org/a_%28b%29)| here",
    ),
    "a table of a spreadsheet": ("|", "a\tb\r\n1|2\t*\r\n", "| a | b |\n| --- | --- |\n| 1\\|2 | \\* ||"),
    "a table after words": ("words|", "a\tb\n1\t2", "words\n\n| a | b |\n| --- | --- |\n| 1 | 2 ||"),
}
LEFT = {
    "plain words": ("|", {"text/plain": "*a* [b]"}),
    "an address without marked words": ("|", {"text/plain": "https://example.org"}),
    "code out of an editor": (
        "|",
        {"text/plain": "a\tb\nc\td", "text/html": "<div><b>a</b></div>", "vscode-editor-data": "{}"},
    ),
}


def test_addresses_and_tables_become_markdown_and_plain_text_stays(page):
    found = []
    for name, (before, plain, after) in PLAIN.items():
        put(page, before.replace("[", "").replace("]", ""))
        if "[" in before:
            page.evaluate(
                "([from, to]) => document.getElementById('body').setSelectionRange(from, to)",
                [before.index("["), before.index("]") - 1],
            )
        assert pasted(page, {"text/plain": plain}), name
        if stands(page) != after:
            found.append(f"{name}: {stands(page)!r} instead of {after!r}")
    for name, (before, formats) in LEFT.items():
        put(page, before)
        if pasted(page, formats):
            found.append(f"{name}: {stands(page)!r}")
    put(page, "```\n|\n```")
    pasted(page, {"text/html": "<p><b>a</b></p>", "text/plain": "a *b*"})
    if stands(page) != "```\na *b*|\n```":
        found.append(f"in code: {stands(page)!r}")

    assert found == []


def test_what_the_browser_copies_is_pasted_rich_and_with_shift_plain(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(
        """() => navigator.clipboard.write([new ClipboardItem({
          "text/html": new Blob(["<p>A <b>bold</b> word</p>"], { type: "text/html" }),
          "text/plain": new Blob(["A bold word"], { type: "text/plain" }),
        })])"""
    )

    page.locator("#body").fill("")
    page.keyboard.press("Control+v")
    expect(page.locator("#body")).to_have_value("A **bold** word")
    page.locator("#body").fill("")
    page.keyboard.press("Control+Shift+v")
    expect(page.locator("#body")).to_have_value("A bold word")


def test_without_its_script_a_paste_is_its_words(page):
    page.route("**/paste.js", lambda route: route.abort())
    put(page, "Before. |")

    pasted(page, {"text/html": "<p>A <b>bold</b> word</p>", "text/plain": "A bold word"})

    assert page.locator("#body").input_value() == "Before. A bold word"


SIGNS = st.text("ab1 *_`[]()<>#+-=~$&|!{}.:;^\\/x", max_size=12)


@st.composite
def rich_texts(draw):
    """HTML of every kind, full of signs that mean something in Markdown."""
    words = [escape(draw(SIGNS)) for _ in range(6)]
    shape = draw(
        st.sampled_from(
            (
                "<p>{0}<b>{1}</b>{2}<i>{3}</i>{4}</p><p>{5}</p>",
                "<p><i>{0}<b>{1}</b></i>{2}<a href='https://example.org/'>{3}</a></p><blockquote>{4}</blockquote>{5}",
                "<ul><li>{0}<b>x</b></li><li>{1}<ol><li>{2}</li></ol></li></ul><h2>{3}</h2><p>{4}<br>{5}</p>",
                "<table><tr><td>{0}</td><td>{1}</td></tr><tr><td>{2}</td><td><b>{3}</b></td></tr></table><p>{4}</p><p>{5}</p>",
                "<p>{0}<code>{1}</code>{2}</p><pre>{3}</pre><p>{4}<s>{5}</s></p>",
            )
        )
    )
    return shape.format(*words)


@given(rich_texts())
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_sign_of_rich_text_is_lost_or_means_something_else(converter, html):
    written = converter(html)

    if written["made"]:  # else it says no more than its plain words, which are pasted as they are
        assert bare(render_post(written["made"]).text) == bare(written["plain"]), written["made"]


def bare(text):
    """Without blanks, and without what typography and lists put in another's place."""
    return re.sub(r"[\s.…–—-]", "", text)


@pytest.fixture
def converter(editor):
    page = editor().page
    page.evaluate(
        """async () => {
          const { toMarkdown } = await import(document.querySelector("script[src*='js/write.js']").src.replace("write.js", "rich.js"));
          window.convert = (html) => ({ made: toMarkdown(html), plain: new DOMParser().parseFromString(html, "text/html").body.textContent });
        }"""
    )
    return lambda html: page.evaluate("html => convert(html)", html)


def test_words_are_counted_along_as_the_server_counts_them(page, record_property):
    texts = [re.sub(r"\A\+\+\+.*?\+\+\+", "", path.read_text(encoding="utf-8"), flags=re.DOTALL) for path in POSTS]
    count = "async (text) => (await import(document.querySelector(\"script[src*='js/write.js']\").src.replace('write.js', 'count.js'))).countWords(text)"
    told = {text[:30]: (page.evaluate(count, text), render_post(text).words) for text in texts}

    farthest = max(abs(here - there) / max(there, 1) for here, there in told.values())
    record_property(
        FIGURE, f"words counted in the editor: {farthest:.1%} from the server's at most, in {len(told)} texts"
    )
    assert farthest <= 0.01, told
    put(page, "|")
    page.keyboard.type("One two three")
    expect(page.locator("#words")).to_have_text("3 words, 1 min")
