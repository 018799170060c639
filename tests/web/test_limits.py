"""Limits where they would limit nothing. That they hold is tried in `tests/security/test_limits.py`."""

import pytest
from flask import Flask

from blog.web.limits import limited, require_effect


def app_with(*methods: str) -> Flask:
    app = Flask(__name__)

    @app.route("/things", methods=methods)
    @limited(account="10 per hour")
    def show_things() -> str:
        return ""

    return app


def test_a_limit_on_a_view_that_only_reads_is_refused():
    with pytest.raises(RuntimeError, match="show_things"):
        require_effect(app_with("GET"))


@pytest.mark.parametrize("methods", [["POST"], ["GET", "POST"]])
def test_a_limit_on_a_view_that_changes_something_is_taken(methods):
    require_effect(app_with(*methods))
