"""`make screenshots`: the main pages of the demo as pictures, wide and narrow, light and dark."""

import re
import sys
from pathlib import Path

import click
from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, NARROW, THEMES, WIDE, Visits, start_worlds
from tests.browser.sheets import SHEETS
from tests.browser.watched import Watched
from tests.parts import chromium_path


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default="screenshots")
@click.option("--only", default="", help="Only pages with this in their names.")
def main(folder: Path, only: str) -> None:
    """Write a picture of every page to FOLDER."""
    if not chromium_path():
        raise click.ClickException("No Chromium is installed.")
    folder.mkdir(exist_ok=True)
    with sync_playwright() as playwright, start_worlds() as worlds:
        visits = Visits(playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS))
        chosen = [sheet for sheet in SHEETS if only in sheet.name]
        for sheet in chosen:
            name = re.sub(r"[^a-z]+", "-", sheet.name.lower())
            for size in (WIDE, NARROW):
                for theme in THEMES:
                    world = worlds(sheet.world)
                    context = visits.context(world, sheet.who, size=size, theme=theme)
                    seen = Watched(context.new_page(), world)
                    seen.show(sheet)
                    seen.page.screenshot(path=folder / f"{name}-{size[0]}-{theme}.png", full_page=True)
                    context.close()
    click.echo(f"{len(chosen) * 4} pictures are in {folder}.")


if __name__ == "__main__":
    sys.exit(main())
