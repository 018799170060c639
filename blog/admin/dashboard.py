"""What needs the admin."""

from flask import render_template

from blog.admin.blueprint import blueprint


@blueprint.get("/")
def show_dashboard() -> str:
    """The site at a glance."""
    return render_template("admin/dashboard.html")
