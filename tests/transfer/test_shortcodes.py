import time
from pathlib import Path

import pytest

from blog.transfer.shortcodes import Translation, translate
from blog.transfer.sites import Generator, Site


def translated(text: str, generator: Generator = Generator.UNKNOWN, *, is_liquid: bool = False) -> Translation:
    site = Site(Path("/s"), Path("/s"), Path("/s"), generator, {"baseurl": "/blog"}, "https://old.example/blog")
    return translate(text, site, is_liquid=is_liquid or generator is Generator.JEKYLL)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{{< figure src="a.png" alt="A [b]" caption="C \\"d\\"" >}}', r'![A \[b\]](a.png "C &quot;d&quot;")'),
        ('{{% figure src="a b.png" title="T" /%}}', '![T](<a b.png> "T")'),
        ('{{< figure src="a.png" link="https://x.org" >}}', "[![](a.png)](https://x.org)"),
        ('{{ figure(src="a.png", alt="A") }}', "![A](a.png)"),
        ('{% include figure.html src="a.png" caption="<b>C</b>" %}', '![C](a.png "C")'),
        ('[a]({{< ref "x.md#y" >}})', "[a](import-file:x.md#y)"),
        ("[a]({{< relref path='posts/a b.md' >}})", "[a](import-file:posts/a%20b.md)"),
        ('{{ get_url(path="@/x.md") }}', "import-file:@/x.md"),
        ("{{< youtube abc-1 >}}", "[A video on YouTube](https://www.youtube.com/watch?v=abc-1)"),
        ('{{ youtube(id="abc-1", autoplay=true) }}', "[A video on YouTube](https://www.youtube.com/watch?v=abc-1)"),
        ("{{< vimeo 123 >}}", "[A video on Vimeo](https://vimeo.com/123)"),
        ("{{< gist spf13 789 >}}", "[Code on GitHub](https://gist.github.com/spf13/789)"),
        ('{{< x user="a" id="1" >}}', "[A post on Twitter](https://twitter.com/a/status/1)"),
    ],
)
def test_what_markdown_has_a_word_for_is_translated(text: str, expected: str) -> None:
    result = translated(text)

    assert result.text == expected
    assert result.unknown == ()


def test_what_it_has_none_for_stays_as_text_and_is_named() -> None:
    result = translated("{{< tabs >}}a{{</tabs>}} {{ chart(x=1) }} {% my_tag %} {{ 7*7 }}")

    assert result.text == r"{{< tabs >}}a{{\</tabs>}} {{ chart(x=1) }} {% my_tag %} {{ 7*7 }}"
    assert result.unknown == ("tabs", "chart", "my_tag")


def test_code_is_left_alone() -> None:
    text = '`{{< figure src="a.png" >}}`\n\n```\n{{< youtube x >}}\n{% highlight c %}\n```\n\n    {{< ref "x" >}}\n'

    assert translated(text).text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% highlight ruby linenos %}\na\n  b\n{% endhighlight %}\n", "```ruby\na\n  b\n```\n"),
        ("{% highlight html %}{{ a }}{% endhighlight %}", "```html\n{{ a }}\n```"),
        ('{{< highlight go "linenos=1" >}}\na ``` b\n{{< /highlight >}}\nafter', "````go\na ``` b\n````\nafter"),
        ("- x\n\n  {% highlight js %}\n  a\n  {% endhighlight %}\n", "- x\n\n  ```js\n  a\n  ```\n"),
        ("{% codeblock lang:js a title %}\na\n{% endcodeblock %}", "```js\na\n```"),
        ("text {% highlight c %}\na\n{% endhighlight %} more", "text\n\n```c\na\n```\n more"),
        ("{% highlight c %}\nnever ends", "{% highlight c %}\nnever ends"),
    ],
)
def test_highlighted_code_becomes_a_fence(text: str, expected: str) -> None:
    assert translated(text).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% raw %}{{ a }}{% endraw %}", "{{ a }}"),
        ("```\n{% raw %}{% if x %}{% endraw %}\n```\n", "```\n{% if x %}\n```\n"),
        ("[a]({{ site.baseurl }}{% post_url 2020-01-02-x %})", "[a](/blogimport-post:2020-01-02-x)"),
        ("[a]({% link _posts/2020-01-02-x.md %})", "[a](import-file:/_posts/2020-01-02-x.md)"),
        ('![a]({{ "/a b.png" | relative_url }})', "![a](/a%20b.png)"),
        ("![a]({{ '/a.png' | prepend: site.baseurl }})", "![a](/a.png)"),
        ("{{ site.url }}{{ site.baseurl }}/x", "https://old.example/blog/x"),
        ('[a](b){:target="_blank"}\n{: .note}', "[a](b)\n"),
        ("* Contents\n{:toc}\n\ntext", "\n\ntext"),
        ("a{% comment %} {{ b }} {% endcomment %}c", "ac"),
        ("## Title\n{: #id}\n", "## Title\n{: #id}\n"),
    ],
)
def test_liquid_is_read_where_jekyll_read_it(text: str, expected: str) -> None:
    assert translated(text, Generator.JEKYLL).text == expected


def test_hugos_escaped_shortcodes_are_shown_as_written() -> None:
    text = '{{</* figure src="a.png" */>}}\n\n```\n{{%/* notice */%}}\n```\n'

    assert translated(text, Generator.HUGO).text == '{{< figure src="a.png" >}}\n\n```\n{{% notice %}}\n```\n'


def test_raw_ends_with_the_first_mark_of_its_name_and_not_at_all_without_one() -> None:
    text = "{% raw %}{% link a.md %}{% verbatim %}{% link b.md %}{%- endverbatim -%}{% endverbatim %}{% link c.md %}"

    result = translated(text, is_liquid=True)

    assert result.text == "import-file:/a.md{% link b.md %}{% endverbatim %}import-file:/c.md"


@pytest.mark.parametrize("piece", ["{% raw %}", "{%code{", "{% highlight x", "{{%/*{", "<!--", "\t", "{:", "{{< code "])
def test_marks_that_nothing_ends_take_no_more_than_seconds(piece: str) -> None:
    text = piece * (30_000 // len(piece))
    start = time.process_time()

    for generator in (Generator.UNKNOWN, Generator.JEKYLL, Generator.HUGO):
        translated(text, generator)

    assert time.process_time() - start < 2


@pytest.mark.parametrize("mark", ["<!-- more -->", "<!--more-->", "<!-- truncate -->", "<!-- excerpt -->"])
def test_the_mark_of_an_excerpt_goes_but_not_in_code(mark: str) -> None:
    assert translated(f"a {mark}\n\n`{mark}`\n").text == f"a\n\n`{mark}`\n"


def test_raw_is_read_without_a_generator_too_but_not_in_code() -> None:
    result = translated("{% raw %}{{ a }}{% endraw %} `{% raw %}{{ a }}{% endraw %}`")

    assert result.text == "{{ a }} `{% raw %}{{ a }}{% endraw %}`"
    assert result.unknown == ()
