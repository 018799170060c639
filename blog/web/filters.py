"""How templates print dates, numbers and stored HTML."""

from datetime import datetime, timedelta

from babel import Locale
from babel.dates import get_month_names
from flask import Flask
from flask_babel import format_date, format_datetime, format_decimal, format_timedelta, get_locale, ngettext
from markupsafe import Markup

from blog.markdown import minutes_to_read
from blog.web.browsers import browser


def init_app(app: Flask) -> None:
    """Add the filters; dates and numbers follow the site's language and time zone."""
    app.jinja_env.globals["plural_forms"] = plural_forms
    app.jinja_env.filters.update(
        day=lambda moment: format_date(moment, "d MMMM yyyy"),
        short_day=lambda moment: format_date(moment, "d MMM yyyy"),
        month=lambda number: get_month_names("wide", "stand-alone", get_locale())[number],
        moment=lambda moment: format_datetime(moment, "d MMMM yyyy, HH:mm"),
        iso=iso,
        number=format_decimal,
        minutes=minutes_to_read,
        after=after,
        prose=prose,
        name=name,
        direction=direction,
        browser=browser,
    )


def iso(moment: datetime) -> str:
    """For `<time datetime>` and feeds: RFC 3339, in UTC, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def after(seconds: int) -> str:
    """When somebody may come back, as in “in 40 seconds” and “in 3 minutes”: not before so many seconds are over."""
    unit = next((unit for unit in (3600, 60) if seconds > 1.5 * unit), 1)
    wait = timedelta(seconds=-(-seconds // unit) * unit)
    return str(format_timedelta(wait, threshold=1.5, add_direction=True))


def plural_forms(singular: str, plural: str) -> dict[str, str]:
    """What `ngettext` says of any number in the site's language, by CLDR's categories: for a script that counts."""
    category = get_locale().plural_form
    numbers = {category(number): number for number in range(101, -1, -1)}
    return {form: ngettext(singular, plural, number).replace(str(number), "{}") for form, number in numbers.items()}


def name(text: str) -> Markup:
    """A name that somebody chose, so that its direction turns nothing of the line around it (`<bdi>`)."""
    return Markup("<bdi>{}</bdi>").format(text)


def direction(language: str) -> str:
    """`ltr` or `rtl`, for the text of a language (BCP 47)."""
    return str(Locale.parse(language, sep="-").text_direction)


def prose(html: str) -> Markup:
    """Stored HTML as it is: the one place that trusts it, since `blog.markdown` made it safe when it was saved."""
    return Markup(html)  # noqa: S704
