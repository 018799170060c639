"""A text as long as it may be, of words that are all different: the hardest for an index of words."""

import random
import time

import pytest

from blog.posts.models import BODY_LENGTH
from tests.browser_like import Browser
from tests.factories import Factory


@pytest.mark.parametrize(
    "alphabet", ["abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюя", "漢字仮名交文研究開発"]
)
def test_the_longest_text_of_different_words_is_kept_and_found(make: Factory, visitor: Browser, alphabet: str) -> None:
    letters = random.Random(alphabet)
    words = ["".join(letters.choices(alphabet, k=5)) for _ in range(BODY_LENGTH // 6)]

    make.post("A dictionary", " ".join(words))

    deadline = time.monotonic() + 10  # MariaDB may be sorting so many words into its index, in the background
    while "A dictionary" not in visitor.get(f"/search?q={words[7]}").text:
        assert time.monotonic() < deadline
