"""Passkeys: after the password, alone, and instead of the password that is asked for again; and what is refused."""

import base64
import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from blog import clock, create_app
from blog.auth.factors.forms import CREDENTIAL_LENGTH
from blog.auth.factors.models import CHALLENGE_LIFETIME, PASSKEYS_AT_MOST, Passkey, PasskeyChallenge, RecoveryCode
from blog.auth.models import CONFIRMED_FOR, User, UserSession
from blog.db import db
from tests.browser_like import Browser
from tests.conftest import settings
from tests.factories import PASSWORD
from tests.key_like import BACKED_UP, BACKUP_ELIGIBLE, PRESENT, VERIFIED, Key

SITE = "http://localhost:8000"


@pytest.fixture
def site(app):
    """The same blog at an address with a name, where browsers have passkeys."""
    uri = {"SQLALCHEMY_DATABASE_URI": app.config["SQLALCHEMY_DATABASE_URI"]}
    named = create_app(settings(INSTANCE_PATH=app.config["INSTANCE_PATH"], BASE_URL=SITE) | uri)
    yield named
    with named.app_context():
        db.engine.dispose()


@pytest.fixture
def browser(site):
    return Browser(site)


def count(make, model):
    return make.read(lambda: db.session.scalar(select(func.count()).select_from(model)))


def token(browser):
    """The token of the forms of the page that is open."""
    fields = browser.page.all("input", name="csrf_token")
    return {"csrf_token": fields[0].get("value")} if fields else {}


def ask(browser, path):
    """What the browser is given to ask a key with; the page that was open stays open."""
    page = browser.page
    answer = browser.post(path, token(browser) if page else {})
    assert answer.status == 200, answer.status
    browser.page = page
    return json.loads(answer.html)


def add(browser, key, name="Phone", **changes):
    """Add a key to the account of the one who is signed in."""
    browser.get("/account/security/passkeys")
    options = ask(browser, "/account/security/passkeys/options")
    return browser.submit(
        "/account/security/passkeys", follow=False, name=name, credential=key.create(options, **changes)
    )


def enter_alone(browser, key, **changes):
    """Sign in with a key and nothing else."""
    browser.get("/login")
    credential = key.get(ask(browser, "/login/passkey/options"), **changes)
    return browser.post("/login/passkey", {"credential": credential})


def enter_second(browser, user, key, **changes):
    """Sign in with the password and then a key."""
    browser.get("/login")
    browser.submit("/login", follow=False, login=user.username, password=PASSWORD)
    browser.get("/login/factor")
    credential = key.get(ask(browser, "/login/factor/passkey/options"), **changes)
    return browser.post("/login/factor/passkey", {"credential": credential})


def is_in(browser):
    return browser.get("/account/").status == 200


@pytest.fixture
def owner(make):
    return make.user("author")


@pytest.fixture
def key(site, owner):
    """A key of the owner's."""
    key = Key()
    assert add(Browser(site).sign_in(owner), key).status == 200
    return key


# Adding one


def test_a_passkey_is_added_and_listed(browser, owner, make):
    browser.sign_in(owner)
    before = browser.cookie("session")

    page = add(browser, Key(flags=PRESENT | VERIFIED | BACKUP_ELIGIBLE | BACKED_UP), "My phone")

    assert "Your recovery codes" in page.text
    assert "My phone" in browser.get("/account/security").text
    assert browser.cookie("session") != before
    stored = make.read(lambda: db.session.scalar(select(Passkey)))
    assert (stored.user_id, stored.is_backup_eligible, stored.is_backed_up) == (owner.id, True, True)
    assert count(make, RecoveryCode) == 10


def test_the_browser_is_asked_for_a_key_that_needs_no_name_and_proves_no_maker(browser, owner, make):
    browser.sign_in(owner)
    make.passkey(owner)
    browser.get("/account/security/passkeys")

    options = ask(browser, "/account/security/passkeys/options")

    assert options["rp"] == {"name": "My blog", "id": "localhost"}
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "preferred"
    assert options["attestation"] == "none"
    assert len(base64.urlsafe_b64decode(options["challenge"] + "=")) == 32
    assert len(options["excludeCredentials"]) == 1


def test_an_admins_key_has_to_check_who_it_is(browser, make):
    browser.sign_in(make.user("admin"))
    browser.get("/account/security/passkeys")
    options = ask(browser, "/account/security/passkeys/options")

    refused = add(browser, Key(flags=PRESENT))
    taken = add(browser, Key())

    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert (refused.status, taken.status) == (422, 200)


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.test"},
        {"origin": "http://localhost:8001"},
        {"rp_id": "evil.test"},
        {"flags": VERIFIED},
        {"flags": PRESENT | BACKED_UP},
    ],
)
def test_a_key_that_was_made_elsewhere_or_wrongly_is_not_added(browser, owner, make, wrong):
    browser.sign_in(owner)

    page = add(browser, Key(**wrong))

    assert page.status == 422
    assert count(make, Passkey) == 0


def test_a_challenge_for_one_session_adds_no_key_in_another(site, owner, make):
    mine, other = Browser(site).sign_in(owner), Browser(site).sign_in(make.user())
    mine.get("/account/security/passkeys")
    options = ask(mine, "/account/security/passkeys/options")
    other.get("/account/security/passkeys")

    page = other.submit("/account/security/passkeys", name="Phone", credential=Key().create(options))

    assert page.status == 422
    assert count(make, Passkey) == 0


def test_one_key_is_one_persons(site, owner, key, make):
    other = Browser(site).sign_in(make.user())

    page = add(other, key)

    assert page.status == 422
    assert "there already" in page.text
    assert count(make, Passkey) == 1


def test_a_key_has_a_name(browser, owner, make):
    browser.sign_in(owner)

    assert add(browser, Key(), name="").status == 422
    assert add(browser, Key(), name="x" * 61).status == 422
    assert count(make, Passkey) == 0


def test_nobody_has_passkeys_without_number(browser, owner, make):
    browser.sign_in(owner)
    for _ in range(PASSKEYS_AT_MOST):
        make.passkey(owner)

    page = add(browser, Key())

    assert page.status == 422
    assert "as many passkeys" in page.text


def test_a_passkey_is_renamed_and_removed(site, owner, key, make):
    browser = Browser(site)
    enter_alone(browser, key)
    passkey_id = make.read(lambda: db.session.scalar(select(Passkey.id)))
    browser.get(f"/account/security/passkeys/{passkey_id}")

    nameless = browser.submit(f"/passkeys/{passkey_id}", name="")
    renamed = browser.submit(f"/passkeys/{passkey_id}", name="Old phone")
    removed = browser.submit(f"/passkeys/{passkey_id}/deletion")

    assert nameless.status == 422
    assert "Old phone" in renamed.text
    assert "Old phone" not in removed.text
    assert (count(make, Passkey), count(make, RecoveryCode)) == (0, 0)


@pytest.mark.parametrize("path", ["/account/security/passkeys/{}", "/account/security/passkeys/{}/deletion"])
def test_the_key_of_another_is_not_there(browser, owner, make, path):
    theirs = make.passkey(make.user())
    browser.sign_in(owner)
    browser.get("/account/security/passkeys")

    page = browser.post(path.format(theirs.id), {"name": "Mine", **token(browser)})

    assert page.status == 404
    assert make.fresh(theirs).name == "Phone"


def test_at_an_address_in_numbers_there_are_no_passkeys(visitor, make):
    visitor.sign_in(make.user())

    assert visitor.get("/account/security/passkeys").status == 404
    assert "an address with a name and HTTPS" in visitor.get("/account/security").text
    assert visitor.post("/login/passkey/options").status in (403, 404)
    assert "Use a passkey" not in Browser(visitor.app).get("/login").text


# Signing in


def test_a_passkey_is_the_second_step(site, owner, key, make):
    browser = Browser(site)

    page = enter_second(browser, owner, key)

    assert page.status == 303
    assert is_in(browser)
    stored = make.read(lambda: db.session.scalar(select(Passkey)))
    assert stored.sign_count == key.counter
    assert stored.last_used_at


def test_as_a_second_step_it_need_not_check_who_it_is(site, owner, key):
    key.flags = PRESENT
    browser = Browser(site)

    enter_second(browser, owner, key)

    assert is_in(browser)


def test_a_passkey_alone_signs_in_and_remembers(site, owner, key):
    browser = Browser(site)
    browser.get("/login?next=/account/security")
    credential = key.get(ask(browser, "/login/passkey/options"))

    page = browser.post("/login/passkey", {"credential": credential, "next": "/account/security", "remember": "y"})

    assert page.location == "/account/security"
    assert any("session=" in one and "Max-Age" in one for one in page.response.headers.getlist("Set-Cookie"))
    assert is_in(browser)
    assert browser.post("/login/passkey", token(browser)).location == "/"


def test_a_browser_that_asks_alone_is_told_no_key(browser, owner, make):
    make.passkey(owner)
    browser.get("/login")

    options = ask(browser, "/login/passkey/options")

    assert options["allowCredentials"] == []
    assert options["userVerification"] == "required"


def test_a_key_confirms_that_it_is_still_its_person(site, owner, key, make):
    browser = Browser(site)
    enter_alone(browser, key)
    long_ago = clock.now() - CONFIRMED_FOR
    make.act(lambda: db.session.execute(update(UserSession).values(confirmed_at=long_ago)) and None)
    before = browser.cookie("session")
    browser.get("/account/email", follow=True)
    credential = key.get(ask(browser, "/account/confirm/passkey/options"))

    page = browser.post(
        "/account/confirm/passkey", {"credential": credential, "next": "/account/email", **token(browser)}
    )

    assert page.location == "/account/email"
    assert browser.get("/account/email").status == 200
    assert browser.cookie("session") != before


@pytest.mark.parametrize("why", ["not verified", "another's", "for signing in"])
def test_a_key_that_confirms_nothing(site, owner, key, make, why):
    other, theirs = make.user(), Key()
    add(Browser(site).sign_in(other), theirs)
    browser = Browser(site)
    enter_alone(browser, key)
    make.act(lambda: db.session.execute(update(UserSession).values(confirmed_at=None)) and None)
    browser.get("/account/confirm")
    path = "/login/passkey/options" if why == "for signing in" else "/account/confirm/passkey/options"
    options = ask(browser, path)
    if why == "not verified":
        key.flags = PRESENT
    used = theirs if why == "another's" else key

    page = browser.post("/account/confirm/passkey", {"credential": used.get(options), **token(browser)})

    assert page.location.startswith("/account/confirm")
    assert browser.get("/account/email").location.startswith("/account/confirm")


# What is refused


WRONG = {
    "another origin": {"origin": "https://evil.test"},
    "another port": {"origin": "http://localhost:8001"},
    "an origin below ours": {"origin": "http://localhost:8000.evil.test"},
    "another site's id": {"rp_id": "evil.test"},
    "nobody there": {"flags": VERIFIED},
    "not verified": {"flags": PRESENT},
}


@pytest.mark.parametrize("why", WRONG)
def test_a_passkey_alone_is_refused(site, owner, key, why):
    for name, value in WRONG[why].items():
        setattr(key, name, value)
    browser = Browser(site)

    page = enter_alone(browser, key)

    assert page.location.startswith("/login")
    assert not is_in(browser)
    assert "not accepted" in browser.get("/login").text


@pytest.mark.parametrize("why", [name for name in WRONG if name != "not verified"])
def test_a_passkey_as_a_second_step_is_refused(site, owner, key, why):
    for name, value in WRONG[why].items():
        setattr(key, name, value)
    browser = Browser(site)

    page = enter_second(browser, owner, key)

    assert page.location.startswith("/login/factor")
    assert not is_in(browser)


def test_an_admins_key_checks_who_it_is_as_a_second_step_too(site, make):
    admin, key = make.user("admin"), Key()
    add(Browser(site).sign_in(admin), key)
    key.flags = PRESENT
    browser = Browser(site)

    enter_second(browser, admin, key)

    assert not is_in(browser)


def test_a_counter_that_goes_back_is_refused(site, owner, key):
    enter_alone(Browser(site), key)
    enter_alone(Browser(site), key)
    key.counter -= 2
    browser = Browser(site)

    enter_alone(browser, key)

    assert not is_in(browser)


def test_a_key_that_does_not_count_is_taken(site, owner):
    key = Key(counter=0)
    add(Browser(site).sign_in(owner), key)
    for _ in range(2):
        key.counter = -1  # it says 0 each time
        browser = Browser(site)

        enter_alone(browser, key)

        assert is_in(browser)


def test_an_answer_is_taken_once(site, owner, key):
    browser = Browser(site)
    browser.get("/login")
    credential = key.get(ask(browser, "/login/passkey/options"))
    pending = browser.cookie("pending")
    assert browser.post("/login/passkey", {"credential": credential}).location == "/"

    again = Browser(site)
    again.client.set_cookie("pending", pending, domain="localhost")
    page = again.post("/login/passkey", {"credential": credential})

    assert page.location.startswith("/login")
    assert not is_in(again)


def test_a_refused_answer_spends_its_challenge(site, owner, key, make):
    browser = Browser(site)
    browser.get("/login")
    options = ask(browser, "/login/passkey/options")
    key.flags = PRESENT
    browser.post("/login/passkey", {"credential": key.get(options)})
    key.flags = PRESENT | VERIFIED

    browser.post("/login/passkey", {"credential": key.get(options)})

    assert not is_in(browser)
    assert count(make, PasskeyChallenge) == 0


def test_a_challenge_is_good_for_five_minutes(site, owner, key, make):
    browser = Browser(site)
    browser.get("/login")
    options = ask(browser, "/login/passkey/options")
    age = CHALLENGE_LIFETIME - timedelta(seconds=20)
    expires = make.read(lambda: db.session.scalar(select(PasskeyChallenge.expires_at)))
    make.act(lambda: db.session.execute(update(PasskeyChallenge).values(expires_at=clock.now())) and None)

    browser.post("/login/passkey", {"credential": key.get(options)})

    assert age < expires - clock.now() <= CHALLENGE_LIFETIME
    assert not is_in(browser)
    ask(browser, "/login/passkey/options")
    assert count(make, PasskeyChallenge) == 1


def test_a_challenge_is_good_in_the_browser_that_asked_only(site, owner, key):
    asking, other = Browser(site), Browser(site)
    asking.get("/login")
    options = ask(asking, "/login/passkey/options")
    other.get("/login")
    ask(other, "/login/passkey/options")

    other.post("/login/passkey", {"credential": key.get(options)})

    assert not is_in(other)


def test_a_challenge_for_one_purpose_serves_no_other(site, owner, key):
    browser = Browser(site)
    browser.get("/login")
    browser.submit("/login", follow=False, login=owner.username, password=PASSWORD)
    browser.get("/login/factor")
    options = ask(browser, "/login/factor/passkey/options")

    browser.post("/login/passkey", {"credential": key.get(options)})

    assert not is_in(browser)


def test_the_key_of_another_is_no_second_step(site, owner, key, make):
    victim = make.user()
    make.passkey(victim)
    browser = Browser(site)

    page = enter_second(browser, victim, key)

    assert page.location.startswith("/login/factor")
    assert not is_in(browser)


def test_a_key_that_says_it_is_anothers_is_refused(site, owner, key, make):
    key.handle = base64.urlsafe_b64encode(str(make.user().id).encode()).decode().rstrip("=")
    browser = Browser(site)

    enter_alone(browser, key)

    assert not is_in(browser)


def test_the_key_of_an_account_asleep_signs_nobody_in(site, owner, key, make):
    make.act(lambda: setattr(db.session.get(User, owner.id), "deactivated_at", clock.now()))
    browser = Browser(site)

    enter_alone(browser, key)

    assert not is_in(browser)


@pytest.mark.parametrize("after", ["taken", "gone"])
def test_a_second_step_that_was_finished_or_forgotten_begins_again(site, owner, key, make, after):
    browser = Browser(site)
    browser.get("/login")
    browser.submit("/login", follow=False, login=owner.username, password=PASSWORD)
    browser.get("/login/factor")
    credential = key.get(ask(browser, "/login/factor/passkey/options"))
    if after == "gone":
        browser.client.delete_cookie("pending", domain="localhost")
    else:
        pending = browser.cookie("pending")
        browser.post("/login/factor/passkey", {"credential": credential})
        browser = Browser(site)
        browser.client.set_cookie("pending", pending, domain="localhost")

    page = browser.post("/login/factor/passkey", {"credential": credential})

    assert page.location.startswith("/login?")
    assert not is_in(browser)


def test_without_a_password_nobody_learns_which_keys_there_are(browser, owner, make):
    make.passkey(owner)

    assert browser.post("/login/factor/passkey/options").status == 403


GARBAGE = [
    "", "{}", "[]", "null", "1", '"x"', "{", "\x00", "[" * 5_000, "x" * (CREDENTIAL_LENGTH + 1),
    '{"rawId": "AA", "id": "AA", "type": "public-key", "response": {}}',
    '{"response": {"clientDataJSON": 5}}',
    '{"response": null}',
    '{"response": {"clientDataJSON": "e30"}}',
    '{"response": {"clientDataJSON": "W10"}}',
    '{"response": {"clientDataJSON": "eyJjaGFsbGVuZ2UiOiB7fX0"}}',
    '{"response": {"clientDataJSON": "eyJjaGFsbGVuZ2UiOiAiXHUwMDAwIn0"}}',
]  # fmt: skip


@pytest.mark.parametrize("credential", GARBAGE)
def test_garbage_is_refused(browser, credential):
    browser.get("/login")
    ask(browser, "/login/passkey/options")

    page = browser.post("/login/passkey", {"credential": credential})

    assert page.location.startswith("/login")


@pytest.mark.parametrize(
    "changes",
    [
        {"rawId": 5}, {"rawId": "é"}, {"id": None}, {"id": "x"}, {"type": "x"}, {"rawId": None}, {"response": {}},
    ],
)  # fmt: skip
def test_an_answer_with_odd_parts_is_refused(site, owner, key, changes):
    browser = Browser(site)

    page = enter_alone(browser, key, **changes)

    assert page.location.startswith("/login")
    assert not is_in(browser)


@pytest.mark.parametrize("part", ["authenticatorData", "signature", "userHandle"])
@pytest.mark.parametrize("value", ["", "AA", 5, None, [], "é" * 9])
def test_an_answer_with_an_odd_part_inside_is_refused(site, owner, key, part, value):
    browser = Browser(site)
    browser.get("/login")
    answer = json.loads(key.get(ask(browser, "/login/passkey/options")))
    answer["response"][part] = value

    page = browser.post("/login/passkey", {"credential": json.dumps(answer)})

    assert page.status == 303
    assert is_in(browser) is (part == "userHandle" and value in ("", None))


@pytest.mark.parametrize("value", ["", "AA", 5, None, "oA", "o2NmbXRkbm9uZQ", "é"])
def test_a_new_key_of_garbage_is_refused(browser, owner, make, value):
    browser.sign_in(owner)
    browser.get("/account/security/passkeys")
    answer = json.loads(Key().create(ask(browser, "/account/security/passkeys/options")))
    answer["response"]["attestationObject"] = value

    page = browser.submit("/account/security/passkeys", name="Phone", credential=json.dumps(answer))

    assert page.status == 422
    assert count(make, Passkey) == 0
