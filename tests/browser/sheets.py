"""The table of pages: where each is, who looks at it, and what they do there before it is looked at."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser.world import PASSWORD

Act = Callable[[Page], None]


@dataclass(frozen=True)
class Sheet:
    """A page as somebody sees it."""

    name: str
    path: str
    who: str = "visitor"
    endpoint: str | None = None
    """The view that answers in the end, for the test that no page is missing here."""
    act: Act | None = None
    """What is done on the page at `path` to come to this one."""
    status: int = 200
    world: str = "demo"
    """demo; `owned`, which has an owner and nothing else; or `unowned`, which nobody has set up."""

    def __str__(self) -> str:
        return self.name


def press(name: str) -> Act:
    """Press the button with this name; the browser's own checks of the form are left out, so that ours answer."""

    def act(page: Page) -> None:
        button = page.get_by_role("button", name=name, exact=True).first
        button.evaluate("button => { button.formNoValidate = true }")
        button.click()

    return act


def follow(name: str) -> Act:
    """Follow the link with this name."""
    return lambda page: page.get_by_role("link", name=name, exact=True).first.click()


def fill_and_press(name: str, **fields: str) -> Act:
    """Fill in fields by their names and press a button."""

    def act(page: Page) -> None:
        for field, value in fields.items():
            page.locator(f"main [name={field}]").fill(value)
        press(name)(page)

    return act


def ask_to_trash(page: Page) -> None:
    """Tick two posts and have them moved, which asks first."""
    for box in page.locator("[name=post]").all()[:2]:
        box.check()
    page.get_by_role("button", name="Move to the trash").click()


def tick_two(page: Page) -> None:
    """Tick two posts."""
    for box in page.locator("[name=post]").all()[:2]:
        box.check()


def open_sheet(page: Page) -> None:
    """Open the editor's sheet, with all that is not text."""
    page.locator(".write-bar a[href='#sheet']").click()


def open_question(page: Page) -> None:
    """Open the editor's sheet, and in it the first act that asks before it acts."""
    open_sheet(page)
    open_menu(".sheet .confirm")(page)


def type_wrong_address(page: Page) -> None:
    """Type an address of which nothing is left."""
    open_sheet(page)
    with page.expect_navigation():  # the form is sent when all that it holds was saved by itself
        fill_and_press("Save", slug="–––")(page)


def open_menu(selector: str) -> Act:
    """Open the first <details> that matches."""
    return lambda page: page.locator(f"{selector} > summary").first.click()


def save_over_another_save(page: Page) -> None:
    """Save an editor that was opened before somebody else saved, and that has been told so."""
    page.locator("save-state").evaluate("state => { state.isPaused = true }")
    page.locator("[name=edit_number]").evaluate("input => { input.value = '0' }")
    page.locator("#body").fill("Another text, typed meanwhile.")
    page.locator("#save").click()


def guess_passwords(page: Page) -> None:
    """Guess until the site has had enough."""
    for _ in range(8):
        fill_and_press("Sign in", login="bram", password="is it this one?")(page)
        if "Too many" in page.title():
            return


def demote_the_last_admin(page: Page) -> None:
    """Take the only admin's role from them."""
    page.locator("main [name=role]").first.evaluate(
        """field => {
          const readers = field.form.querySelector("input[value=reader], option[value=reader]");
          if (readers.tagName === "OPTION") readers.selected = true; else readers.checked = true;
        }"""
    )
    press("Change role")(page)


def sign_in_unconfirmed(page: Page) -> None:
    """Sign in as somebody who has not confirmed their address yet."""
    fill_and_press("Sign in", login="nora", password=PASSWORD)(page)
    page.wait_for_url("**/account/verification")


def send_no_picture(page: Page) -> None:
    """Send the form without having chosen anything."""
    page.locator(".send > summary").click()
    press("Send")(page)


PUBLIC = [
    Sheet("home", "/", endpoint="posts.list_posts"),
    Sheet("home, older", "/", act=follow("Older")),
    Sheet("post with an early list of contents", "/posts/reading-other-peoples-wiring", endpoint="pages.show_post"),
    Sheet("post with code", "/posts/the-backup-that-nobody-had-restored"),
    Sheet("post with tables", "/posts/half-a-millimetre-in-six-languages"),
    Sheet("post with pictures", "/posts/eleven-years-of-one-raincoat"),
    Sheet("post with a wide table", "/posts/a-sourdough-log-with-error-bars"),
    Sheet("post in German", "/posts/die-schublade-meiner-grossmutter"),
    Sheet("post with callouts", "/posts/seven-ways-to-sharpen-one-knife"),
    Sheet("short post", "/posts/label-both-ends"),
    Sheet("tags", "/tags/", endpoint="posts.list_tags"),
    Sheet("tag", "/tags/{tag}", endpoint="posts.show_tag"),
    Sheet("series", "/series/made-to-be-mended", endpoint="posts.show_series"),
    Sheet("post in a series", "/posts/forty-toasters"),
    Sheet("post by two", "/posts/the-cheapest-database-is-the-one-you-can-read"),
    Sheet("page", "/pages/about", endpoint="pages.show_page"),
    Sheet("author", "/authors/{author}", endpoint="posts.show_author"),
    Sheet("archive", "/archive/", endpoint="posts.show_archive"),
    Sheet("year", "/archive/{year}", endpoint="posts.show_year"),
    Sheet("month", "/archive/{year}/{month}", endpoint="posts.show_month"),
    Sheet("search", "/search", endpoint="posts.search_posts"),
    Sheet("search, found", "/search?q=the+screw"),
    Sheet("search, nothing found", "/search?q=zyzzyva"),
    Sheet("sign in", "/login", endpoint="auth.log_in"),
    Sheet("sign in, wrong", "/login", act=fill_and_press("Sign in", login="nobody", password="wrong"), status=422),
    Sheet("create an account", "/register", endpoint="auth.create_account"),
    Sheet("create an account, wrong", "/register", act=press("Create account"), status=422),
    Sheet("invitation", "/invitation/{invitation}", endpoint="auth.accept_invitation"),
    Sheet("invitation, wrong", "/invitation/{invitation}", act=press("Create account"), status=422),
    Sheet("invitation of somebody who is here", "/invitation/{invitation}", "reader"),
    Sheet("reset link", "/reset/{reset}", endpoint="auth.reset_password"),
    Sheet("reset link, wrong", "/reset/{reset}", act=press("Set password"), status=422),
    Sheet("forgotten password", "/reset", endpoint="auth.ask_for_reset"),
    Sheet("forgotten password, wrong", "/reset", act=press("Mail me a link"), status=422),
    Sheet("forgotten password, sent", "/reset/sent", endpoint="auth.show_reset_sent"),
    Sheet("create an account, sent", "/register/sent", endpoint="auth.show_registration_sent"),
    Sheet("confirm an address", "/verify/{verification}", endpoint="auth.verify_email"),
    Sheet("take an account back", "/take-back/{take_back}", endpoint="auth.take_back"),
    Sheet("reset link, spent", "/reset/" + "x" * 43, status=410),
    Sheet("nothing there", "/posts/nothing-there", status=404),
    Sheet("wrong method", "/logout", status=405),
    Sheet("too many tries", "/login", act=guess_passwords, status=429),
    Sheet("home of an empty blog", "/", world="owned"),
    Sheet("archive of an empty blog", "/archive/", world="owned"),
    Sheet("tags of an empty blog", "/tags/", world="owned"),
    Sheet("set-up", "{set_up}", endpoint="pages.set_up", world="unowned"),
    Sheet("set-up, wrong", "{set_up}", act=press("Start the blog"), status=422, world="unowned"),
    Sheet("home before the set-up", "/", world="unowned"),
]

MEMBERS = [
    Sheet("post, signed in", "/posts/{answered}", "reader"),
    Sheet("post, menu open", "/posts/{answered}", "author", act=open_menu(".menu")),
    Sheet("comment, wrong", "/posts/{answered}", "reader", act=press("Send comment"), status=422),
    Sheet("reply", "/posts/{answered}?reply_to={root_comment}", "reader"),
    Sheet("thread for an editor", "/posts/{answered}", "editor"),
    Sheet("own comment, asked before it goes", "/posts/{answered}", "reader", act=open_menu(".comment .confirm")),
    Sheet("edit a comment", "/comments/{comment}/edit", "reader", endpoint="comments.edit_comment"),
    Sheet(
        "edit a comment, wrong",
        "/comments/{comment}/edit",
        "reader",
        act=fill_and_press("Save comment", body=""),
        status=422,
    ),
    Sheet("profile", "/account/", "author", endpoint="pages.edit_profile"),
    Sheet("profile, wrong", "/account/", "author", act=fill_and_press("Save profile", display_name=""), status=422),
    Sheet("password", "/account/password", "reader", endpoint="auth.change_password"),
    Sheet("password, wrong", "/account/password", "reader", act=press("Change password"), status=422),
    Sheet("e-mail address", "/account/email", "reader", endpoint="auth.change_email"),
    Sheet("e-mail address, wrong", "/account/email", "reader", act=press("Change address"), status=422),
    Sheet("confirm your address", "/login", act=sign_in_unconfirmed, endpoint="auth.await_verification"),
    Sheet("the password again", "/account/confirm", "reader", endpoint="auth.confirm_session"),
    Sheet("the password again, wrong", "/account/confirm", "reader", act=press("Continue"), status=422),
    Sheet("two-step sign-in", "/account/security", "reader", endpoint="auth.show_security"),
    Sheet("an app for codes", "/account/security/authenticator", "reader", endpoint="auth.add_authenticator"),
    Sheet(
        "an app for codes, wrong",
        "/account/security/authenticator",
        "reader",
        act=fill_and_press("Use this app", code="1"),
        status=422,
    ),
    Sheet("devices", "/account/sessions", "reader", endpoint="auth.list_sessions"),
    Sheet("your data", "/account/data", "author", endpoint="pages.show_my_data"),
    Sheet("delete your account", "/account/deletion", "author", endpoint="pages.delete_account"),
    Sheet("delete your account, wrong", "/account/deletion", "author", act=press("Delete my account"), status=422),
    Sheet("delete an account with comments only", "/account/deletion", "reader"),
    Sheet("closed to readers", "/admin/", "reader", status=403),
]

AUTHORS = [
    Sheet("drafts", "/write/drafts", "author", endpoint="posts.list_my_posts"),
    Sheet("scheduled", "/write/scheduled", "editor"),
    Sheet("published", "/write/published", "editor"),
    Sheet("trash", "/write/trash", "editor"),
    Sheet("published, two ticked", "/write/published", "editor", act=tick_two),
    Sheet("an act on several posts", "/write/published", "editor", act=ask_to_trash),
    Sheet("published, searched", "/write/published?q=the&tag=maintenance&sort=title", "editor"),
    Sheet("published, nothing like that", "/write/drafts?tag=houses&author=tomas", "editor"),
    Sheet("drafts of an empty blog", "/write/drafts", "admin", world="owned"),
    Sheet("scheduled of an empty blog", "/write/scheduled", "admin", world="owned"),
    Sheet("published of an empty blog", "/write/published", "admin", world="owned"),
    Sheet("trash of an empty blog", "/write/trash", "admin", world="owned"),
    Sheet("received comments", "/write/comments", "author", endpoint="comments.list_received"),
    Sheet("received comments of an empty blog", "/write/comments", "admin", world="owned"),
    Sheet("pictures", "/write/media", "editor", endpoint="pages.list_pictures"),
    Sheet("pictures, sending", "/write/media", "author", act=open_menu(".send")),
    Sheet("pictures, none sent", "/write/media", "author", act=send_no_picture, status=422),
    Sheet("pictures of an empty blog", "/write/media", "admin", world="owned"),
    Sheet("pictures, to be described", "/write/media/descriptions", "author", endpoint="pages.describe_pictures"),
    Sheet("a picture", "/write/media/{used_picture}", "editor", endpoint="pages.edit_picture"),
    Sheet("an unused picture", "/write/media/{unused_picture}", "editor", act=open_menu(".apart .confirm")),
    Sheet("a picture, not replaced", "/write/media/{used_picture}", "editor", act=press("Replace"), status=422),
    Sheet(
        "series, described",
        "/series/made-to-be-mended",
        "editor",
        "posts.edit_series",
        act=follow("Say what it is about"),
    ),
    Sheet("syntax", "/write/syntax", "author", endpoint="posts.show_syntax"),
    Sheet("new post", "/write/new", "author", endpoint="posts.write_post"),
    Sheet("edit a draft", "/write/{draft}", "editor", endpoint="posts.edit_post"),
    Sheet("edit a draft, sheet open", "/write/{draft}", "editor", act=open_sheet),
    Sheet("edit a scheduled post", "/write/{scheduled}", "editor"),
    Sheet("edit a published post", "/write/{published}", "editor", act=open_question),
    Sheet("edit a post in the trash", "/write/{trashed}", "editor"),
    Sheet("edit, wrong", "/write/{draft}", "editor", act=type_wrong_address, status=422),
    Sheet("edit, saved by somebody else", "/write/{published}", "editor", act=save_over_another_save, status=409),
    Sheet("edit what readers do not see yet", "/write/{revised}", "editor"),
    Sheet("revisions", "/write/{revised}/revisions", "editor", endpoint="posts.list_revisions"),
    Sheet("a revision", "/write/{revised}/revisions/1", "editor", endpoint="posts.show_revision"),
    Sheet("what changed", "/write/{revised}/revisions/2/changes", "editor", endpoint="posts.show_changes"),
    Sheet("what changed, nothing", "/write/{revised}/revisions/1/changes?since=1", "editor"),
    Sheet("edit, with a lead picture", "/write/{led}", "editor", act=open_sheet),
    Sheet("the lead picture of a post", "/write/{led}/picture", "editor", endpoint="pages.choose_picture"),
    Sheet("notes", "/write/{draft}/notes", "editor", endpoint="posts.list_notes"),
    Sheet("notes, wrong", "/write/{draft}/notes", "editor", act=press("Add note"), status=422),
    Sheet("preview links", "/write/{draft}/links", "editor", endpoint="posts.list_preview_links"),
    Sheet("a preview link, made", "/write/{draft}/links", "editor", act=fill_and_press("Make a link", label="Kim")),
    Sheet("a preview link, wrong", "/write/{draft}/links", "editor", act=press("Make a link"), status=422),
    Sheet("what a preview link shows", "/preview/{preview_link}", endpoint="posts.show_shared"),
    Sheet("preview", "/write/{draft}/preview", "editor", endpoint="posts.show_preview"),
]

ADMINS = [
    Sheet("overview", "/admin/", "admin", endpoint="admin.show_dashboard"),
    Sheet("overview of an empty blog", "/admin/", "admin", world="owned"),
    Sheet("people", "/admin/users", "admin", endpoint="admin.list_users"),
    Sheet("people, found", "/admin/users?q=e&role=reader", "admin"),
    Sheet("people, nobody found", "/admin/users?q=zyzzyva", "admin"),
    Sheet("a person", "/admin/users/{person}", "admin", endpoint="admin.edit_user"),
    Sheet("a person asleep", "/admin/users/{asleep}", "admin"),
    Sheet("a person's reset link", "/admin/users/{person}", "admin", act=press("Make a reset link")),
    Sheet("the last admin", "/admin/users/{last_admin}", "admin", act=demote_the_last_admin, status=422),
    Sheet("delete a person's account", "/admin/users/{person}/deletion", "admin", endpoint="admin.delete_user"),
    Sheet("invitations", "/admin/invitations", "admin", endpoint="admin.list_invitations"),
    Sheet("invitations, a link made", "/admin/invitations", "admin", act=press("Make an invitation")),
    Sheet("invitations, one taken back", "/admin/invitations", "admin", act=open_menu(".sessions .confirm")),
    Sheet("no invitations", "/admin/invitations", "admin", world="owned"),
    Sheet("failed jobs", "/admin/jobs", "admin", endpoint="admin.list_jobs"),
    Sheet("a failed job, asked before it goes", "/admin/jobs", "admin", act=open_menu(".sessions .confirm")),
    Sheet("no failed jobs", "/admin/jobs", "admin", world="owned"),
    Sheet("audit log", "/admin/audit", "admin", endpoint="admin.list_events"),
    Sheet("audit log, nothing found", "/admin/audit?person=zyzzyva", "admin"),
    Sheet("settings", "/admin/settings", "admin", endpoint="admin.edit_settings"),
    Sheet("settings, wrong", "/admin/settings", "admin", act=fill_and_press("Save settings", title=""), status=422),
]


SHEETS = [*PUBLIC, *MEMBERS, *AUTHORS, *ADMINS]

# Views that answer GET with something other than a page.
NO_PAGES = {
    "auth.add_passkey",  # these three are looked at in test_passkeys, at an address where there are passkeys
    "auth.edit_passkey",
    "auth.prove_factor",
    "auth.open_reset_link",  # redirects
    "auth.open_take_back_link",
    "auth.open_verification_link",
    "pages.open_set_up_link",
    "comments.show_comment",  # a redirect
    "feeds.show_author_feed",
    "feeds.show_feed",
    "feeds.show_series_feed",
    "feeds.show_tag_feed",
    "auth.open_invitation",  # a redirect
    "machines.show_health",
    "machines.show_robots",
    "media.show_media",
    "posts.show_post_source",
    "site.show_security_txt",
    "web.show_stylesheet",
}
