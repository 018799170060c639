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


def plug_in(page: Page) -> tuple[Any, str]:
    """Give the browser a key; what controls it."""
    control = page.context.new_cdp_session(page)
    control.send("WebAuthn.enable")
    return control, control.send("WebAuthn.addVirtualAuthenticator", {"options": PRETENDED})["authenticatorId"]


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


def type_password(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/login?next=/account/security")
    page.get_by_label("User name or e-mail address").fill("ines")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_passkey_is_added_and_signs_in_after_the_password_and_alone(site: Site, page: Page) -> None:
    plug_in(page)
    add_passkey(page, site)
    sign_out(page, site)

    type_password(page, site)
    page.get_by_role("heading", name="The second step").wait_for()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Two-step sign-in").wait_for()
    sign_out(page, site)
    page.goto(f"{site.url}/login?next=/account/security")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Two-step sign-in").wait_for()

    assert page.get_by_text("This computer").first.is_visible()


def test_a_key_that_does_not_check_who_it_is_signs_nobody_in_alone(site: Site, page: Page) -> None:
    control, key = plug_in(page)
    add_passkey(page, site)
    sign_out(page, site)
    control.send("WebAuthn.setUserVerified", {"authenticatorId": key, "isUserVerified": False})
    page.goto(f"{site.url}/login")

    page.get_by_role("button", name="Use a passkey").click()

    page.get_by_text("The browser gave no passkey").wait_for()
    page.goto(f"{site.url}/account/")
    assert "/login" in page.url


def test_a_copied_key_whose_counter_went_back_is_refused(site: Site, page: Page) -> None:
    control, key = plug_in(page)
    add_passkey(page, site)
    (credential,) = control.send("WebAuthn.getCredentials", {"authenticatorId": key})["credentials"]
    sign_out(page, site)
    for _ in range(2):
        page.goto(f"{site.url}/login?next=/account/security")
        page.get_by_role("button", name="Use a passkey").click()
        page.get_by_role("heading", name="Two-step sign-in").wait_for()
        sign_out(page, site)
    control.send("WebAuthn.removeCredential", {"authenticatorId": key, "credentialId": credential["credentialId"]})
    copy = {**credential, "signCount": 1}
    control.send("WebAuthn.addCredential", {"authenticatorId": key, "credential": copy})
    page.goto(f"{site.url}/login")

    page.get_by_role("button", name="Use a passkey").click()

    page.get_by_text("not accepted").wait_for()


def test_a_key_confirms_instead_of_the_password(site: Site, page: Page) -> None:
    plug_in(page)
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

    plug_in(page)
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
    page.goto(f"{site.url}/login")
    look("sign in")
    type_password(page, site)
    page.get_by_role("heading", name="The second step").wait_for()
    look("second step")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator(".problems").wait_for()
    look("second step, wrong")

    assert not found
