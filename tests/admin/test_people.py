"""People: finding them, their roles, accounts put to sleep and woken, links to set a password; never without an admin."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from blog import clock
from blog.auth import operations
from blog.auth.models import AccountToken, Role, User, UserSession
from blog.auth.operations import LastAdmin
from blog.db import db
from tests.browser_like import Browser
from tests.factories import PASSWORD
from tests.together import send_at_once


@pytest.fixture
def boss(make):
    return make.user("admin", username="theboss", display_name="Ines Calloway")


@pytest.fixture
def admin(app, boss):
    """Her browser."""
    return Browser(app).sign_in(boss)


def names(page):
    return ["".join(link.itertext()) for link in page.all("a", class_="title")]


def token(browser):
    return browser.page.all("input", name="csrf_token")[0].get("value")


def sessions_of(make, user):
    return make.read(lambda: db.session.scalar(select(func.count()).where(UserSession.user_id == user.id)))


# Who may


@pytest.mark.parametrize("path", ["/admin/", "/admin/users", "/admin/users/1", "/admin/settings"])
@pytest.mark.parametrize("role", ["reader", "author", "editor"])
def test_the_area_is_closed_to_all_but_admins(app, make, visitor, role, path):
    somebody = Browser(app).sign_in(make.user(role))

    assert somebody.get(path).status == 403
    assert visitor.get(path).location == f"/login?next={path}"


def test_an_address_of_the_area_that_does_not_exist_tells_others_nothing(app, make, admin, visitor):
    assert visitor.get("/admin/users/999").location.startswith("/login")
    assert Browser(app).sign_in(make.user("editor")).get("/admin/users/999").status == 403
    for user_id in ("999", str(10**20)):
        assert admin.get(f"/admin/users/{user_id}").status == 404


# Finding


def test_everybody_is_listed_the_newest_first(admin, make):
    make.user(username="older")
    make.user(username="newer")

    page = admin.get("/admin/users")

    assert names(page) == ["newer", "older", "Ines Calloway"]
    assert "newer@example.org" in page.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("harriet", ["Harriet Lund"]),
        ("LUND", ["Harriet Lund"]),
        ("arriet@exam", ["Harriet Lund"]),
        ("Öberg", ["Magnus Öberg"]),
        ("%", []),
        ("_", ["under_score"]),
        ("\\", []),
        ("' OR 1=1 --", []),
        ("nobody", []),
        ("  harriet  ", ["Harriet Lund"]),
        ("x" * 1500, []),
        ("\x00harriet", ["Harriet Lund"]),
    ],
)
def test_people_are_searched_by_name_and_address(admin, make, query, found):
    make.user(username="harriet", display_name="Harriet Lund")
    make.user(username="under_score")
    make.user(username="magnus", display_name="Magnus Öberg")

    page = admin.get("/admin/users", query_string={"q": query})

    assert page.status == 200
    assert names(page) == found
    if not found:
        assert "Nobody is like that" in page.text


def test_people_are_filtered_by_role_and_state(admin, make):
    make.user("author", username="anna")
    make.user("author", username="abel", deactivated_at=clock.now())
    make.user(username="rita")

    assert names(admin.get("/admin/users?role=author")) == ["abel", "anna"]
    assert names(admin.get("/admin/users?state=deactivated")) == ["abel"]
    assert names(admin.get("/admin/users?role=author&state=active")) == ["anna"]
    assert names(admin.get("/admin/users?role=author&q=ann")) == ["anna"]
    assert len(names(admin.get("/admin/users?role=emperor&state=lost"))) == 4


def test_the_list_goes_on_page_by_page_and_keeps_its_filter(admin, make):
    for number in range(105):
        make.user("author", username=f"author{number}")

    first = admin.get("/admin/users?role=author")
    second = admin.get(first.one("a", rel="next").get("href"))
    third = admin.get(second.one("a", rel="next").get("href"))
    back = admin.get(third.one("a", rel="prev").get("href"))

    assert names(first) + names(second) + names(third) == [f"author{number}" for number in reversed(range(105))]
    assert names(back) == names(second)


def test_the_list_asks_as_much_for_twenty_people_as_for_one(admin, make, count_queries):
    with count_queries() as for_one:
        admin.get("/admin/users")

    for _ in range(19):
        make.user()
    with count_queries() as for_twenty:
        page = admin.get("/admin/users")

    assert len(names(page)) == 20
    assert len(for_twenty) == len(for_one) <= 5


# Roles


def test_an_admin_gives_another_role(admin, make, app):
    harriet = make.user(username="harriet")
    admin.get(f"/admin/users/{harriet.id}")

    page = admin.submit(f"/admin/users/{harriet.id}", role="author")

    assert "The role is changed" in page.text
    assert page.one("input", value="author").get("checked") is not None
    assert Browser(app).sign_in(harriet).get("/write/").status == 200


def test_another_role_ends_the_sessions(admin, app, make):
    up, down, same = make.user("reader"), make.user("editor"), make.user("author")
    for user in (up, down, same):
        Browser(app).sign_in(user)
        admin.get(f"/admin/users/{user.id}")
        admin.submit(f"/admin/users/{user.id}", role="author")

    assert [sessions_of(make, user) for user in (up, down, same)] == [0, 0, 1]


@pytest.mark.parametrize("role", ["emperor", ""])
def test_a_role_that_is_none_is_refused(admin, make, role):
    harriet = make.user(username="harriet")
    admin.get(f"/admin/users/{harriet.id}")

    page = admin.submit(f"/admin/users/{harriet.id}", role=role)

    assert page.status == 422
    assert make.fresh(harriet).role == Role.READER


def test_the_last_admin_stays_one(admin, boss, make):
    make.user("admin", deactivated_at=clock.now())
    admin.get(f"/admin/users/{boss.id}")

    page = admin.submit(f"/admin/users/{boss.id}", role="reader")

    assert page.status == 422
    assert "the last admin" in page.errors()
    assert make.fresh(boss).role == Role.ADMIN


def test_two_admins_who_demote_each_other_leave_one(app, make):
    one, two = make.user("admin"), make.user("admin")
    browsers = [Browser(app).sign_in(one), Browser(app).sign_in(two)]
    forms = []
    for browser, other in zip(browsers, (two, one), strict=True):
        browser.get(f"/admin/users/{other.id}")
        forms.append((browser, f"/admin/users/{other.id}", {"csrf_token": token(browser), "role": "reader"}))

    answers = send_at_once(app, forms)

    assert sorted([make.fresh(one).role, make.fresh(two).role]) == [Role.ADMIN, Role.READER]
    assert answers.count(303) <= 2  # the second may be sent to the log-in page already
    assert set(answers) <= {303, 403, 422}


def test_two_admins_who_both_step_down_leave_one(app, make):
    people = [make.user("admin"), make.user("admin")]
    forms = []
    for user in people:
        browser = Browser(app).sign_in(user)
        browser.get(f"/admin/users/{user.id}")
        forms.append((browser, f"/admin/users/{user.id}", {"csrf_token": token(browser), "role": "reader"}))

    answers = send_at_once(app, forms)

    assert sorted(answers) == [303, 422]
    assert sorted(make.fresh(user).role for user in people) == [Role.ADMIN, Role.READER]


# Asleep and awake


def choose(admin, *users, act="/admin/users/deactivation", path="/admin/users"):
    admin.get(path)
    return admin.submit("/admin/users/deactivation", via=act, user=[str(user.id) for user in users])


def test_several_accounts_are_put_to_sleep_at_once_and_signed_out(admin, app, make):
    people = [make.user() for _ in range(3)]
    browsers = [Browser(app).sign_in(user) for user in people]

    page = choose(admin, *people)

    assert "3 accounts are deactivated" in page.text
    for user, browser in zip(people, browsers, strict=True):
        assert browser.get("/account/").location.startswith("/login")
        refused = Browser(app)
        refused.get("/login")
        assert refused.submit("/login", login=user.username, password=PASSWORD).status == 422


def test_sessions_of_before_stay_ended_when_an_account_is_woken(admin, app, make):
    harriet = make.user(username="harriet")
    browser = Browser(app).sign_in(harriet)

    choose(admin, harriet)
    choose(admin, harriet, act="/admin/users/deactivation/deletion")

    assert make.fresh(harriet).is_active
    assert browser.get("/account/").location.startswith("/login")


def test_several_accounts_are_woken_at_once(admin, app, make):
    people = [make.user(deactivated_at=clock.now()) for _ in range(2)]

    page = choose(admin, *people, act="/admin/users/deactivation/deletion")

    assert "2 accounts are active again" in page.text
    for user in people:
        assert Browser(app).sign_in(user).get("/account/").status == 200


def test_with_the_last_admin_among_them_nobody_is_put_to_sleep(admin, boss, make):
    harriet = make.user(username="harriet")
    admin.get("/admin/users")

    page = admin.post(
        "/admin/users/deactivation", {"csrf_token": token(admin), "user": [str(harriet.id), str(boss.id)]}
    )

    assert page.status == 409
    assert "Nobody was deactivated" in page.text
    assert page.one("input", id=f"user-{harriet.id}").get("checked") is not None
    assert make.fresh(harriet).is_active
    assert make.fresh(boss).is_active


def test_with_somebody_unknown_among_them_nobody_is_put_to_sleep(admin, make):
    harriet = make.user(username="harriet")
    admin.get("/admin/users")

    for unknown in ("999", "x", "-1", "0", "²", str(10**20), ""):
        page = admin.post(
            "/admin/users/deactivation", {"csrf_token": token_of(admin), "user": [str(harriet.id), unknown]}
        )
        assert page.status == 404, unknown

    assert make.fresh(harriet).is_active


def token_of(browser):
    browser.get("/admin/users")
    return token(browser)


def test_a_failure_in_the_middle_leaves_all_as_they_were(admin, boss, make):
    people = [make.user() for _ in range(3)]

    with pytest.raises(LastAdmin):
        make.act(lambda: deactivate_and_fail([*people, boss], boss))

    assert all(make.fresh(user).is_active for user in people)


def deactivate_and_fail(users, by):
    """Put the first ones to sleep, then run into the rule, in one transaction."""
    found = [db.session.get(User, user.id) for user in users]
    operations.deactivate_accounts(found[:-1], by=db.session.get(User, by.id), now=clock.now())
    operations.deactivate_accounts(found, by=db.session.get(User, by.id), now=clock.now())


@pytest.mark.parametrize("act", ["/admin/users/deactivation", "/admin/users/deactivation/deletion"])
def test_choosing_nobody_is_told(admin, make, act):
    make.user()

    page = choose(admin, act=act)

    assert page.status == 422
    assert "Choose somebody first" in page.text


def test_after_the_act_the_list_is_filtered_as_before(admin, make):
    anna = make.user("author", username="anna")
    make.user(username="rita")

    page = choose(admin, anna, path="/admin/users?role=author")

    assert page.url == "/admin/users?role=author"
    assert names(page) == ["anna"]


def test_somebody_cannot_choose_themselves_by_accident(admin, boss, make):
    page = admin.get("/admin/users")

    assert not page.all("input", id=f"user-{boss.id}")


def test_one_account_is_put_to_sleep_and_woken_on_its_own_page(admin, make):
    harriet = make.user(username="harriet", display_name="Harriet Lund")
    admin.get(f"/admin/users/{harriet.id}")

    asleep = admin.submit("/admin/users/deactivation")
    was_active = make.fresh(harriet).is_active
    awake = admin.submit("/admin/users/deactivation/deletion")

    assert not was_active
    assert asleep.url == awake.url == f"/admin/users/{harriet.id}"
    assert "Deactivated" in asleep.text
    assert make.fresh(harriet).is_active


def test_an_admin_who_was_demoted_meanwhile_can_do_nothing_more(app, make, boss):
    other = make.user("admin")
    harriet = make.user(username="harriet")
    browser = Browser(app).sign_in(other)
    browser.get(f"/admin/users/{harriet.id}")
    page = browser.page
    make.act(lambda: setattr(db.session.get(User, other.id), "role", Role.EDITOR))  # the session lives on
    browser.page = page

    statuses = [
        browser.post(path, {"csrf_token": token_in(page), "role": "admin", "user": str(harriet.id)}).status
        for path in (
            f"/admin/users/{harriet.id}",
            f"/admin/users/{harriet.id}/reset-link",
            "/admin/users/deactivation",
            "/admin/users/deactivation/deletion",
            "/admin/settings",
        )
    ]

    assert statuses == [403] * 5
    assert make.fresh(harriet).role == Role.READER
    assert make.fresh(harriet).is_active


def token_in(page):
    return page.all("input", name="csrf_token")[0].get("value")


# Reset links


def test_a_reset_link_is_shown_once_and_sets_a_password(admin, app, make):
    harriet = make.user(username="harriet")
    admin.get(f"/admin/users/{harriet.id}")

    page = admin.submit("reset-link")
    link = page.one("input", id="reset-link").get("value")
    again = admin.get(f"/admin/users/{harriet.id}")

    assert page.status == 200
    assert link.startswith("http://127.0.0.1:8000/reset/")
    assert "24 hours" in page.text
    assert page.response.headers["Cache-Control"] == "private, no-store"
    assert "/reset/" not in again.html
    somebody = Browser(app)
    somebody.get(link.removeprefix("http://127.0.0.1:8000"), follow=True)
    somebody.submit("/reset/", password="harbour ledger mallet 77")
    somebody.get("/login")
    assert somebody.submit("/login", login="harriet", password="harbour ledger mallet 77").status == 200


def test_a_new_link_voids_the_one_before(admin, make, visitor):
    harriet = make.user(username="harriet")
    links = []
    for _ in range(2):
        admin.get(f"/admin/users/{harriet.id}")
        links.append(admin.submit("reset-link").one("input", id="reset-link").get("value"))

    assert visitor.get(links[0].removeprefix("http://127.0.0.1:8000"), follow=True).status == 410
    assert visitor.get(links[1].removeprefix("http://127.0.0.1:8000"), follow=True).status == 200


def test_only_the_digest_of_a_link_is_stored(admin, make):
    harriet = make.user(username="harriet")
    admin.get(f"/admin/users/{harriet.id}")

    link = admin.submit("reset-link").one("input", id="reset-link").get("value")

    stored = make.read(lambda: db.session.scalars(select(AccountToken)).all())
    assert stored
    assert not any(token.token_hash in link for token in stored)
    assert stored[0].expires_at - clock.now() <= timedelta(hours=24)


def test_a_sleeping_account_gets_no_link(admin, make):
    harriet = make.user(username="harriet", deactivated_at=clock.now())
    page = admin.get(f"/admin/users/{harriet.id}")

    refused = admin.post(f"/admin/users/{harriet.id}/reset-link", {"csrf_token": token(admin)})

    assert not [form for form in page.all("form") if "reset-link" in form.get("action")]
    assert refused.status == 403


def test_an_account_without_a_password_says_so(admin, make):
    imported = make.user("author", username="imported", email=None, password_hash=None)

    assert "No password yet" in admin.get("/admin/users").text
    assert "no password yet" in admin.get(f"/admin/users/{imported.id}").text


def test_names_are_printed_as_text(admin, make):
    evil = make.user(username="evil", display_name='<img src=x onerror="alert(1)">')

    for path in ("/admin/users", f"/admin/users/{evil.id}", "/admin/"):
        page = admin.get(path)
        assert "<img src=x" not in page.html
        assert "<img src=x" in page.text
