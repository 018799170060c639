import pytest

from blog.transfer.frontmatter import MAX_LENGTH, FrontMatterBroken, split


@pytest.mark.parametrize(
    "text",
    [
        '+++\ntitle = "A title"\ndraft = true\n+++\nBody\n',
        "---\ntitle: A title\ndraft: true\n---\nBody\n",
        "---\ntitle: A title\ndraft: true\n...\nBody\n",
        "---yaml\ntitle: A title\ndraft: true\n---\nBody\n",
        '---json\n{"title": "A title", "draft": true}\n---\nBody\n',
        '---toml\ntitle = "A title"\ndraft = true\n---\nBody\n',
        '{\n  "title": "A title",\n  "draft": true\n}\nBody\n',
        "\n\n---  \nTitle: A title\nDRAFT: true\n---  \nBody\n",
    ],
)
def test_every_kind_of_front_matter_says_the_same(text: str) -> None:
    document = split(text)

    assert document.fields == {"title": "A title", "draft": True}
    assert document.body.strip() == "Body"
    assert document.has_front_matter


def test_names_are_folded_in_tables_too() -> None:
    fields = split("---\nLast_Modified-At: x\nextra:\n  Cover-Image: y\n---\n").fields

    assert fields == {"lastmodifiedat": "x", "extra": {"coverimage": "y"}}


def test_lines_of_headers_are_front_matter_when_they_name_a_title_or_a_date() -> None:
    document = split("Title: My post\nDate: 2010-12-03 10:20\nSummary: One\n    and two\nTags:\n\nBody: here\n")

    assert document.fields == {"title": "My post", "date": "2010-12-03 10:20", "summary": "One and two", "tags": ""}
    assert document.body == "Body: here\n"


@pytest.mark.parametrize(
    "text",
    [
        "Just text.\n",
        "---\n\nA rule at the top.\n\n---\n\nMore.\n",
        "---\nA rule that never ends",
        "{{< shortcode >}} first\n",
        "{% include x %}\n",
        "Note: this is no header\nand goes on\n\nBody\n",
        "",
    ],
)
def test_a_text_without_front_matter_is_all_body(text: str) -> None:
    document = split(text)

    assert document.body == text
    assert document.fields == {}
    assert not document.has_front_matter


def test_yaml_guesses_at_nothing_but_true_and_false() -> None:
    fields = split(
        "---\ntitle: No\nversion: 1.10\nday: 2020-02-30\nid: 007\nat: 12:30:45\ndraft: yes\nnone: ~\n---\n"
    ).fields

    assert fields == {
        "title": "No",
        "version": "1.10",
        "day": "2020-02-30",
        "id": "007",
        "at": "12:30:45",
        "draft": "yes",
        "none": None,
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("+++\ntitle = \n+++\n", "TOML"),
        ("+++\ntitle = 'x'\nno end\n", "no end"),
        ("---\ntitle: [unclosed\n---\n", "YAML"),
        ("---\ntitle: a: b\n---\n", "line 2"),
        ("---\nx: !!python/object/apply:os.system ['touch /tmp/x']\n---\n", "YAML"),
        ("---\n- a\n- b: 1\n---\n", "not a list of names"),
        ('{"title": }\n', "JSON"),
        ("---js\n{ title: process.exit() }\n---\n", "none is run"),
        ("---\nx: " + "[" * 20_000 + "\n---\n", "can't be read"),
        ("---\nx: " + "y" * MAX_LENGTH + "\n---\n", "64 KB"),
    ],
)
def test_broken_front_matter_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(FrontMatterBroken, match=reason):
        split(text)


def test_a_bomb_of_aliases_is_read_without_growing() -> None:
    bomb = "---\na: &a [x, x, x, x, x, x, x, x, x]\n"
    for one, other in zip("abcdefghi", "bcdefghij", strict=True):
        bomb += f"{other}: &{other} [*{one}, *{one}, *{one}, *{one}, *{one}, *{one}, *{one}, *{one}, *{one}]\n"

    fields = split(bomb + "title: Still here\n---\nBody\n").fields

    assert fields["title"] == "Still here"
