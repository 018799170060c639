"""Passkeys in a real browser, with a key that Chromium pretends to have: added, used after the password, and alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import NARROW, THEMES, WIDE, Visits, sign_in
from tests.browser.site import Site
from tests.browser.watched import AXE
from tests.browser.world import PASSWORD, fill_with_owner

PRETENDED = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


_SAY_WHAT_IS_ASKED = """
const get = CredentialsContainer.prototype.get;
CredentialsContainer.prototype.get = function (options) {
  const asked = get.call(this, options);
  console.debug("asked for a key, " + options.mediation);
  return asked;
};
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A blog at an address with a name, which belongs to ines."""
    site = Site(tmp_path / "instance", "localhost")
    fill_with_owner(site)
    with site:
        yield site


@pytest.fixture
def page(visits: Visits) -> Page:
    """A browser with an empty key."""
    return visits.fresh()


class Key:
    """A key in a browser, that answers whenever it is asked."""

    def __init__(self, page: Page) -> None:
        self._control = page.context.new_cdp_session(page)
        self._control.send("WebAuthn.enable")
        self.id = self._control.send("WebAuthn.addVirtualAuthenticator", {"options": PRETENDED})["authenticatorId"]
        page.add_init_script(_SAY_WHAT_IS_ASKED)

    def tell(self, command: str, **parameters: Any) -> Any:
        """Send a command of Chromium's about this key."""
        return self._control.send(f"WebAuthn.{command}", {"authenticatorId": self.id, **parameters})

    def answers(self, enabled: bool) -> None:
        """Whether its person touches it when it is asked."""
        self.tell("setAutomaticPresenceSimulation", enabled=enabled)


def add_passkey(page: Page, site: Site) -> None:
    """Sign in with the password, and add a key."""
    sign_in(page, site.url, "ines")
    page.goto(f"{site.url}/account/security")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("This computer")
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()


def sign_out(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/account/security")
    page.locator(".menu > summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("link", name="Sign in", exact=True).first.wait_for()


def open_log_in(page: Page, site: Site, key: Key) -> None:
    """Open the page for signing in; nobody takes what the field for the name offers."""
    key.answers(False)
    with page.expect_console_message(lambda message: message.text == "asked for a key, conditional"):
        page.goto(f"{site.url}/login?next=/account/security")
    key.answers(True)


def sign_in_with_key(page: Page, site: Site, key: Key) -> None:
    open_log_in(page, site, key)
    page.get_by_role("button", name="Use a passkey").click()


def type_password(page: Page, site: Site, key: Key) -> None:
    open_log_in(page, site, key)
    page.get_by_label("User name or e-mail address").fill("ines")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_passkey_is_added_and_signs_in_after_the_password_and_alone(site: Site, page: Page) -> None:
    key = Key(page)
    add_passkey(page, site)
    sign_out(page, site)

    type_password(page, site, key)
    page.get_by_role("heading", name="The second step").wait_for()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Two-step sign-in").wait_for()
    sign_out(page, site)
    sign_in_with_key(page, site, key)
    page.get_by_role("heading", name="Two-step sign-in").wait_for()

    assert page.get_by_text("This computer").first.is_visible()


def test_the_field_for_the_name_offers_a_passkey(site: Site, page: Page) -> None:
    Key(page)
    add_passkey(page, site)
    sign_out(page, site)

    page.goto(f"{site.url}/login?next=/account/security")  # Chromium takes the only one that it would offer

    page.get_by_role("heading", name="Two-step sign-in").wait_for()


def test_a_key_that_does_not_check_who_it_is_signs_nobody_in_alone(site: Site, page: Page) -> None:
    key = Key(page)
    add_passkey(page, site)
    sign_out(page, site)
    key.tell("setUserVerified", isUserVerified=False)

    sign_in_with_key(page, site, key)

    page.get_by_text("The browser gave no passkey").wait_for()
    page.goto(f"{site.url}/account/")
    assert "/login" in page.url


def test_a_copied_key_whose_counter_went_back_is_refused(site: Site, page: Page) -> None:
    key = Key(page)
    add_passkey(page, site)
    (credential,) = key.tell("getCredentials")["credentials"]
    sign_out(page, site)
    for _ in range(2):
        sign_in_with_key(page, site, key)
        page.get_by_role("heading", name="Two-step sign-in").wait_for()
        sign_out(page, site)
    key.tell("removeCredential", credentialId=credential["credentialId"])
    key.tell("addCredential", credential={**credential, "signCount": 1})

    sign_in_with_key(page, site, key)

    page.get_by_text("not accepted").wait_for()


def test_a_key_confirms_instead_of_the_password(site: Site, page: Page) -> None:
    Key(page)
    add_passkey(page, site)
    page.goto(f"{site.url}/account/confirm?next=/account/email")

    page.get_by_role("button", name="Use a passkey").click()

    page.get_by_role("heading", name="Your e-mail address").wait_for()


def test_without_scripts_the_pages_say_what_works(site: Site, visits: Visits) -> None:
    page = visits.fresh(scripts=False)
    sign_in(page, site.url, "ines")

    page.goto(f"{site.url}/account/security/passkeys")

    assert page.get_by_text("Passkeys need JavaScript").is_visible()
    assert not page.get_by_role("button", name="Add the passkey").is_visible()
    page.goto(f"{site.url}/account/security/authenticator")
    assert page.locator("img.qr").evaluate("image => image.naturalWidth") > 100


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_the_pages_of_second_factors_are_accessible(
    site: Site, page: Page, axe_source: str, size: tuple[int, int], theme: str, tmp_path: Path
) -> None:
    found: list[str] = []

    def look(name: str) -> None:
        page.wait_for_load_state("load")
        page.screenshot(path=tmp_path / f"{name}.png", full_page=True)
        page.evaluate(axe_source)
        found.extend(f"{name}: {line}" for line in page.evaluate(AXE))
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"{name}: wider than the window")

    key = Key(page)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=theme)
    sign_in(page, site.url, "ines")
    for name, path in (("none yet", ""), ("an app", "/authenticator"), ("a new passkey", "/passkeys")):
        page.goto(f"{site.url}/account/security{path}")
        look(name)
    page.get_by_label("Name").fill("This computer")
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    look("recovery codes")
    page.goto(f"{site.url}/account/security")
    look("one")
    name = page.locator(".sessions strong")
    height = name.bounding_box()["height"]
    page.locator(".sessions .confirm > summary").click()
    look("one, asked before it goes")
    assert name.bounding_box()["height"] == height, "the question squeezes the name"
    page.get_by_role("link", name="Rename").click()
    page.get_by_role("heading", name="Rename").wait_for()
    look("rename")
    page.goto(f"{site.url}/account/confirm")
    look("confirm")
    sign_out(page, site)
    open_log_in(page, site, key)
    look("sign in")
    type_password(page, site, key)
    page.get_by_role("heading", name="The second step").wait_for()
    look("second step")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator(".problems").wait_for()
    look("second step, wrong")

    assert not found
