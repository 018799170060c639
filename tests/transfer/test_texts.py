import time

from blog.transfer.texts import html_as_markdown, plain


def test_html_keeps_the_lines_of_what_stands_as_it_is() -> None:
    html = "<p>a\n\n  b</p>\n<PRE class=x>c\n\n  d</Pre>\n  e\n<textarea>\n\n</textarea><pre>never ended\n\n"

    assert html_as_markdown(html) == (
        "<div>\n<p>a\nb</p>\n<PRE class=x>c&#10;\n  d</Pre>\ne\n<textarea>&#10;\n</textarea>\n<pre>never ended\n</div>\n"
    )


def test_html_that_nothing_ends_is_read_in_linear_time() -> None:
    start = time.process_time()

    html_as_markdown("<pre<textarea " * 50_000)

    assert time.process_time() - start < 2


def test_a_heading_is_its_words() -> None:
    assert plain("A [*link*](x.md) ![p](q.png) <b>b</b> `c` {: .wide #name .x } ##") == "A link p b c"
