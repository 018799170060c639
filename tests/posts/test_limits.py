"""How much a post may hold."""

from blog.posts.models import BODY_LENGTH


def test_a_very_long_post_is_saved_and_one_too_long_comes_back_whole(visitor, make):
    visitor.sign_in(make.user("author"))
    longest = "wörd " * (BODY_LENGTH // 5)
    visitor.get("/write/new")

    saved = visitor.submit("/write/new", title="Long", body=longest)
    visitor.get("/write/new")
    refused = visitor.submit("/write/new", title="Longer", body=longest + "and more")

    assert saved.status == 200
    assert refused.status == 422
    assert "Make two posts of it" in refused.text
    assert refused.html.count("wörd") == BODY_LENGTH // 5
