"""Every page, wide and light, narrow and dark: nothing inaccessible, nothing refused, nothing from elsewhere."""

import pytest

from blog import create_app
from config import load
from tests.browser.conftest import NARROW, THEMES, WIDE
from tests.browser.sheets import NO_PAGES, SHEETS

SMALLEST = {"width": 320, "height": 640}
STILL = 0.005  # of layout shift: a line that breaks otherwise in the font that arrives; a figure of 0.1 is called good


def test_every_page_is_in_the_table(tmp_path):
    app = create_app(load({"INSTANCE_PATH": str(tmp_path)}))

    endpoints = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}

    assert endpoints - NO_PAGES == {sheet.endpoint for sheet in SHEETS} - {None}


@pytest.mark.parametrize("sheet", SHEETS, ids=str)
def test_a_page_is_accessible_still_and_our_own(sheet, worlds, watch, axe_source):
    found = []
    for size, theme in ((WIDE, THEMES[0]), (NARROW, THEMES[1])):
        seen = watch(worlds(sheet.world), sheet.who, size=size)
        seen.show(sheet)
        seen.page.emulate_media(color_scheme=theme)
        found += [f"{size[0]} px, {theme}: {violation}" for violation in seen.violations(axe_source)]
        found += [f"{size[0]} px: {problem}" for problem in seen.refused() + seen.troubles]
        shift, moved = seen.shift()
        if shift > STILL:
            found.append(f"{size[0]} px: layout shift {shift:.3f}: {moved}")
    seen.page.set_viewport_size(SMALLEST)
    found += [f"wider than 320 px: {wide}" for wide in seen.overflow()]

    if found:
        pytest.fail("\n".join(found), pytrace=False)
