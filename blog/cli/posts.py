"""`flask posts`: all posts at once."""

import click

from blog.cli.commands import CommandGroup
from blog.cli.progress import each, many
from blog.cli.revisions import require_current
from blog.comments.renewal import outdated_comments, render_comments
from blog.posts.renewal import every_post, outdated_posts, render_posts

commands = CommandGroup("posts", help="All posts at once.")


@commands.command("render")
@click.option("--all", "everything", is_flag=True, help="Every post, not only those that an older renderer made.")
def render(*, everything: bool) -> None:
    """Make the HTML of posts and comments anew where an older version of the blog made it.

    Run it after an upgrade that says so. Nothing else about the posts changes; it can be broken off and run again.
    """
    require_current()
    posts = every_post() if everything else outdated_posts()
    comments = outdated_comments()
    done = sum(1 for _ in each(render_posts(posts), "posts", len(posts)))
    done += sum(1 for _ in each(render_comments(comments), "comments", len(comments)))
    rendered = f"{many(len(posts), 'post')} and {many(len(comments), 'comment')}"
    click.echo(f"Rendered {rendered}." if done else "Everything is up to date.")
