"""Running commands in this process."""

import re
from pathlib import Path

from click.testing import Result
from flask import Flask


def run(app: Flask, *arguments: str | Path) -> Result:
    """A command, as `flask …` would run it."""
    return app.test_cli_runner().invoke(args=[str(one) for one in arguments])


def refusal(result: Result) -> str:
    """The one sentence with which a command ended."""
    assert result.exit_code == 1, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    found = re.findall(r"^Error: (.+)$", result.output, re.M)
    assert len(found) == 1, result.output
    return str(found[0])
