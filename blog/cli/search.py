"""`flask search`: the search index."""

import click

from blog.cli.commands import CommandGroup
from blog.cli.progress import each, many
from blog.cli.revisions import require_current
from blog.posts.renewal import every_post, index_posts, remove_strays

commands = CommandGroup("search", help="The search index.")


@commands.command("rebuild")
def rebuild() -> None:
    """Make the search index anew from all posts, while the blog goes on serving."""
    require_current()
    remove_strays()
    posts = every_post()
    for _ in each(index_posts(posts), "posts", len(posts)):
        pass
    click.echo(f"Made anew from {many(len(posts), 'post')}.")
