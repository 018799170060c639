"""`flask user`: accounts from the command line, for a blog without a mail server."""

import click
from email_validator import EmailNotValidError, validate_email
from flask import current_app

from blog import clock
from blog.auth import names, operations, queries
from blog.auth.factors.operations import drop_factors
from blog.auth.invitations import operations as invitations
from blog.auth.models import Role, User
from blog.auth.operations import EmailTaken, LastAdmin, Registration, UsernameTaken, UsernameTooAlike
from blog.cli.commands import CommandGroup
from blog.db import transaction

commands = CommandGroup("user", help="Accounts: list, create, change a role, make a reset link.")


@commands.command("list")
def list_users() -> None:
    """Print every account: name, role, e-mail address."""
    for user in queries.all_users():
        asleep = "" if user.is_active else "  (deactivated)"
        email = user.email or (f"{user.unverified_email} (not confirmed)" if user.unverified_email else "-")
        click.echo(f"{user.username}  {user.role.value}  {email}{asleep}")


@commands.command("create")
@click.argument("username")
@click.option("--email", help="Where to reach them.")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.READER.value)
def create_user(username: str, email: str | None, role: str) -> None:
    """Make an account and print the link with which its password is set."""
    if not names.is_well_formed(username):
        raise click.ClickException(
            "A user name has 2 to 30 letters or digits; dots, hyphens and underscores between them."
        )
    try:
        with transaction():
            user = operations.create_account(Registration(username, email, None, role=Role(role)), now=clock.now())
            secret = operations.new_reset_link(user, now=clock.now())
    except UsernameTooAlike:
        raise click.ClickException(f"There is an account whose name looks like {username!r}.") from None
    except UsernameTaken:
        raise click.ClickException(f"There is an account named {username!r}.") from None
    except EmailTaken:
        raise click.ClickException(f"There is an account with the address {email!r}.") from None
    _print_link(secret)


@commands.command("role")
@click.argument("username")
@click.argument("role", type=click.Choice([role.value for role in Role]))
def change_role(username: str, role: str) -> None:
    """Give an account another role."""
    try:
        with transaction():
            operations.set_role(_find(username), Role(role))
    except LastAdmin:
        raise click.ClickException(f"{username!r} is the last admin; make another one first.") from None


@commands.command("email")
@click.argument("username")
@click.argument("address")
def change_email(username: str, address: str) -> None:
    """Give an account an e-mail address that is known to be theirs."""
    try:
        email = validate_email(address, check_deliverability=False).normalized
        with transaction():
            operations.change_email(_find(username), email)
    except EmailNotValidError:
        raise click.ClickException(f"{address!r} is not an e-mail address.") from None
    except EmailTaken:
        raise click.ClickException(f"There is an account with the address {address!r}.") from None


@commands.command("reset-link")
@click.argument("username")
def make_reset_link(username: str) -> None:
    """Print a link with which somebody sets a new password, once, within 24 hours."""
    with transaction():
        secret = operations.new_reset_link(_find(username), now=clock.now())
    _print_link(secret)


@commands.command("invite")
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.READER.value)
@click.option("--email", help="Of the person who is invited; it stands in their form.")
def invite(role: str, email: str | None) -> None:
    """Print a link with which somebody makes their own account, once, within 7 days."""
    try:
        with transaction():
            secret = invitations.invite(Role(role), email=email, by=None, now=clock.now())
    except EmailTaken:
        raise click.ClickException(f"There is an account with the address {email!r}.") from None
    click.echo(f"{current_app.config['BASE_URL']}/invitation/{secret}")


@commands.command("reset-factors")
@click.argument("username")
def reset_factors(username: str) -> None:
    """Take the second factors from somebody who has lost theirs; they are signed out."""
    with transaction():
        drop_factors(_find(username))


def _find(username: str) -> User:
    user = queries.user_by_username(username)
    if user is None:
        raise click.ClickException(f"There is no account named {username!r}.")
    return user


def _print_link(secret: str) -> None:
    click.echo(f"{current_app.config['BASE_URL']}/reset/{secret}")
