"""Names that look alike: refused when they are chosen, whatever they are made of."""

import sys
import unicodedata

import pytest
from sqlalchemy import func, select

from blog import clock
from blog.auth import names, operations
from blog.auth.lookalikes import bare_skeleton, skeleton
from blog.auth.lookalikes.generate import table_of
from blog.auth.looks import pass_on_look, renew_looks, wrong_looks
from blog.auth.models import User
from blog.auth.operations import PosesAsAnother, Registration, UsernameTaken, UsernameTooAlike
from blog.db import db
from tests.browser_like import Browser

GOOD = "harbour ledger mallet 77"
ALIKE = [
    ("alice", "ALICE"),
    ("alice", "aIice"),  # a capital i
    ("alice", "a1ice"),
    ("alice", "аliсе"),  # Cyrillic letters among Latin ones
    ("alice", "ａｌｉｃｅ"),
    ("alice", "ali\u200bce"),
    ("alice", "al\u00adice"),
    ("alice", "alice\ufe0f"),
    ("alice", "\u2066alice\u2069"),
    ("modern", "rnodern"),
    ("modern", "modem"),
    ("wanda", "vvanda"),
    ("bob", "b0b"),
    ("ace", "асе"),  # all Cyrillic
    ("beta", "ΒΕΤΑ"),  # all Greek, in capitals
    ("beta", "ВЕТА"),  # all Cyrillic, in capitals
    ("scope", "ѕсоре"),
    ("strasse", "STRASSE"),
    ("paypal", "раураl"),
    ("admin", "𝒶𝒹𝓂𝒾𝓃"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_names_that_look_alike_have_one_skeleton(one, other):
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("alice", "alicia"), ("jose", "josé"), ("ruth", "rut"), ("ann-a", "anna"), ("b0b", "b8b"), ("вета", "beta")],
)
def test_names_that_can_be_told_apart_have_two(one, other):
    assert skeleton(one) != skeleton(other)


def test_a_skeleton_of_letters_alone_knows_no_spaces_points_and_accents():
    assert bare_skeleton("Inés  Brandt") == bare_skeleton("ines.brandt") == bare_skeleton("ines_brandt")


def test_the_longest_name_has_room_for_its_skeleton():
    letters = (chr(point) for point in range(sys.maxunicode) if chr(point).isalnum())
    longest = max(len(skeleton(letter)) for letter in letters if unicodedata.is_normalized("NFKC", letter))

    assert longest * names.USERNAME_LENGTH <= names.SKELETON_LENGTH


def test_the_table_is_made_of_unicodes_own():
    text = (
        "\ufeff# confusables.txt\n# Version: 17.0.0\n\n"
        "0430 ;\t0061 ;\tMA\t# ( а → a )\n2100 ;\t0061 002F 0063 ;\tMA\t#\n0251 ;\t0061 ;\tMA\n"
    )

    lines = table_of(text).splitlines()

    assert lines[-1] == "0061: 0430 0251"  # ℀ is taken apart by normalization
    assert "Unicode 17.0.0." in lines[2]
    assert "unknown" in table_of("0430 ; 0061 ; MA").splitlines()[2]


@pytest.mark.parametrize(
    "name", ["Admin", "аdmin", "adm1n", "ADM1N", "admin\u200b", "ADMIN ", "ad-min", "ádmin", "ａｄｍｉｎ", "r00t", "vvww", "l0gin"]
)  # fmt: skip
def test_what_looks_like_a_name_of_ours_is_ours(name):
    assert names.is_reserved(name)
    assert not names.is_reserved(f"{name}s-friend")


# Choosing a user name


def register(app, username, number=1):
    return Browser(app).post(
        "/register", {"username": username, "email": f"somebody{number}@example.org", "password": GOOD}
    )


def people(make):
    return make.read(lambda: db.session.scalar(select(func.count()).select_from(User)))


@pytest.mark.parametrize("name", ["HARRIET", "harr1et", "harrIet", "ｈａｒｒｉｅｔ", "harriet\u200b", " harriet "])
def test_a_name_like_anothers_is_refused(app, make, name):
    make.user(username="harriet")

    page = register(app, name)

    assert page.status == 422
    assert any(word in page.errors() for word in ("Somebody has this name", "looks too much like", "2 to 30"))
    assert people(make) == 1


def test_a_name_in_other_letters_that_looks_like_anothers_is_refused(app, make):
    make.user(username="ace")

    page = register(app, "асе")

    assert page.status == 422
    assert "looks too much like somebody else’s here" in page.errors()


def test_a_name_that_looks_like_that_of_a_writer_is_refused(app, make):
    make.user("editor", username="ines", display_name="Ines Brandt")

    page = register(app, "1nes-brandt")

    assert page.status == 422
    assert "looks too much like" in page.errors()
    assert register(app, "ines", 2).status == 422
    assert "Somebody has this name" in register(app, "ines", 3).errors()


def test_what_a_reader_calls_themselves_keeps_nobody_from_a_name(app, make):
    make.user(username="someone", display_name="Gustav")

    assert register(app, "gustav").status == 303


def test_accounts_whose_names_looked_alike_before_go_on(app, make):
    make.user(username="ace")
    younger = make.user(username="other")
    make.act(lambda: rename(younger, "асе"))

    signed_in = Browser(app).sign_in(make.fresh(younger))

    assert signed_in.get("/account/").status == 200
    assert register(app, "aсe").status == 422


def rename(user: User, name: str) -> None:
    found = db.session.get_one(User, user.id)
    found.username, found.username_key, found.username_skeleton = name, names.username_key(name), None


@pytest.mark.usefixtures("in_app")
def test_operations_say_how_a_name_is_taken():
    operations.create_account(Registration("alice", None, None), now=clock.now())

    with pytest.raises(UsernameTaken) as same:
        operations.create_account(Registration("Alice", None, None), now=clock.now())
    with pytest.raises(UsernameTooAlike):
        operations.create_account(Registration("al1ce", None, None), now=clock.now())

    assert type(same.value) is UsernameTaken


# Choosing the name that is shown


@pytest.mark.parametrize(
    "name", ["Ines Brandt", "ines", "Inés  Brandt", "INES.BRANDT", "Іnеs Вrаndt", "Admin", "The m0derator"]
)
def test_nobody_is_shown_under_a_name_that_passes_for_somebody_who_writes(app, make, name):
    make.user("editor", username="ines", display_name="Ines Brandt")
    reader = make.user(username="harriet", display_name="Harriet")
    browser = Browser(app).sign_in(reader)
    browser.get("/account/")

    page = browser.submit("/account/", display_name=name, bio="Hello")

    if name == "The m0derator":  # words beside it make it another name
        assert page.status == 200
        return
    assert page.status == 422
    assert "take you for somebody else" in page.errors()
    assert make.fresh(reader).display_name == "Harriet"


def test_a_name_that_one_has_already_is_ones_own(app, make):
    make.user("author", username="jun", display_name="Jun Park")
    namesake = make.user("author", username="jun2", display_name="Jun Park")
    browser = Browser(app).sign_in(namesake)
    browser.get("/account/")

    page = browser.submit("/account/", display_name="Jun Park", bio="Another one")

    assert page.status == 200
    assert make.fresh(namesake).bio == "Another one"


def test_a_writer_may_be_shown_under_their_own_user_name(app, make):
    writer = make.user("author", username="jun", display_name="Jun Park")

    with app.app_context():
        operations.require_own_name("Jun", of=db.session.get(User, writer.id))
        with pytest.raises(PosesAsAnother):
            operations.require_own_name("Jun")


# Keeping what names look like


def look_of(make, user):
    return make.fresh(user).username_skeleton


def test_a_look_that_is_wrong_is_found_and_mended(app, make):
    oldest, younger, wrong = make.user(username="ace"), make.user(username="other"), make.user(username="ruth")
    make.act(lambda: rename(younger, "асе"))
    make.act(lambda: setattr(db.session.get_one(User, wrong.id), "username_skeleton", "something else"))
    make.act(lambda: setattr(db.session.get_one(User, oldest.id), "username_skeleton", None))

    found = make.read(lambda: [one.username for one in wrong_looks()])
    make.act(renew_looks)

    assert found == ["ace", "ruth"]
    assert make.read(wrong_looks) == []
    assert [look_of(make, user) for user in (oldest, younger, wrong)] == ["ace", None, "ruth"]


def test_flask_check_mends_the_looks_of_names(app, make):
    user = make.user(username="ruth")
    make.act(lambda: setattr(db.session.get_one(User, user.id), "username_skeleton", None))

    told = app.test_cli_runner().invoke(args=["check"])
    mended = app.test_cli_runner().invoke(args=["check", "--repair"])

    assert "What the name ruth looks like is not kept right" in told.output
    assert told.exit_code == 1
    assert mended.exit_code == 0, mended.output
    assert look_of(make, user) == "ruth"


def test_a_look_that_is_free_again_goes_to_the_oldest_that_has_it(make):
    oldest, younger = make.user(username="one"), make.user(username="two")
    make.act(lambda: rename(oldest, "ace"))
    make.act(lambda: rename(younger, "асе"))

    make.act(lambda: pass_on_look("ace"))
    make.act(lambda: pass_on_look("ace"))
    make.act(lambda: pass_on_look("nobody's"))

    assert [look_of(make, user) for user in (oldest, younger)] == ["ace", None]
