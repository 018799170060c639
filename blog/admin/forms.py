"""The forms of those who run the site."""

import re
from dataclasses import asdict, fields
from typing import Any

from babel import Locale
from flask_babel import get_babel
from flask_babel import gettext as _
from flask_babel import lazy_gettext as __
from markupsafe import Markup
from wtforms import BooleanField, RadioField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types of WTForms
from wtforms.validators import DataRequired, Length, ValidationError

from blog.admin.colours import LEAST_CONTRAST, contrast_of, shown_on_dark
from blog.auth.forms import EmailField
from blog.auth.models import Role
from blog.site.menus import ENTRIES_AT_MOST, LABEL_LENGTH, is_address, parse_menu
from blog.site.security_txt import contact_uri
from blog.site.settings import ACCENTS, Publishers, SignUps, SiteSettings
from blog.site.time_zones import zone_names
from blog.web.forms import Form, OneLine, TextField, lines, zone_choices

OWN = "own"
"""The choice of an accent that is typed."""

ROLE_NAMES = {Role.READER: __("Reader"), Role.AUTHOR: __("Author"), Role.EDITOR: __("Editor"), Role.ADMIN: __("Admin")}
_ROLE_CHOICES = [
    SelectChoice(Role.READER.value, __("Reader: reads and comments")),
    SelectChoice(Role.AUTHOR.value, __("Author: writes and publishes their own posts")),
    SelectChoice(Role.EDITOR.value, __("Editor: works on everybody’s posts and comments")),
    SelectChoice(Role.ADMIN.value, __("Admin: also manages people and settings")),
]
_SIGN_UP_CHOICES = [
    SelectChoice(SignUps.OPEN.value, __("Open: anybody can make one")),
    SelectChoice(SignUps.INVITATION.value, __("By invitation: whoever has a link that an admin made")),
    SelectChoice(SignUps.CLOSED.value, __("Closed: nobody, not even with an invitation")),
]
_PUBLISHER_CHOICES = [
    SelectChoice(Publishers.AUTHORS.value, __("Authors by themselves, each their own")),
    SelectChoice(Publishers.EDITORS.value, __("Only editors and admins: authors submit their posts for review")),
]
ACCENT_NAMES = {
    "cobalt": __("Cobalt"),
    "teal": __("Teal"),
    "green": __("Green"),
    "plum": __("Plum"),
    "crimson": __("Crimson"),
    "rust": __("Rust"),
    "ink": __("Ink"),
}
_SWATCH = Markup(
    '<svg class="swatch" viewBox="0 0 40 24" aria-hidden="true">'
    '<rect width="20" height="24" fill="{}"/><rect x="20" width="20" height="24" fill="{}"/></svg>{}'
)


class RoleForm(Form):
    """What an account may do."""

    role = RadioField(__("Role"), coerce=Role, choices=_ROLE_CHOICES)


class InvitationForm(Form):
    """Who is invited to make an account, and what it may do."""

    role = RadioField(__("Role"), coerce=Role, choices=_ROLE_CHOICES, default=Role.READER)
    email = EmailField(
        __("E-mail address"),
        required=False,
        description=__("Of the person who is invited, if the link is for nobody else. It is filled in for them."),
    )


class SettingsForm(Form):
    """What the site is called and how it behaves."""

    title = TextField(
        __("Name of the site"),
        validators=[DataRequired(__("Name the site.")), Length(max=80), OneLine(__("Use one line."))],
    )
    tagline = TextField(
        __("Tagline"),
        validators=[Length(max=160), OneLine(__("Use one line."))],
        description=__("A few words under the name."),
    )
    description = TextAreaField(
        __("Description"),
        filters=[lines],
        validators=[Length(max=500)],
        description=__("A sentence or two, for the foot of every page and for search engines."),
    )
    accent = RadioField(
        __("Accent colour"),
        description=__("For links, and for what is current or new. Each is shown for light and for dark pages."),
        validate_choice=False,
    )
    own_accent = TextField(
        __("Colour of your own"),
        description=__("As #rrggbb; it is used when “Another one” is chosen."),
        render_kw={"placeholder": "#2942d6", "spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"},
    )
    language = SelectField(__("Language"), description=__("Of the pages’ own words, dates and numbers."))
    time_zone = SelectField(
        __("Time zone"), description=__("For the dates that readers see, the archive, and the hour of scheduled posts.")
    )
    sign_ups = RadioField(__("New accounts"), coerce=SignUps, choices=_SIGN_UP_CHOICES)
    publishers = RadioField(
        __("Who publishes posts"),
        coerce=Publishers,
        choices=_PUBLISHER_CHOICES,
        description=__("What is published already stays so."),
    )
    comments_open = BooleanField(
        __("Readers can comment"), description=__("If not, comments that are there stay to be read.")
    )

    menu = TextAreaField(
        __("Menu"),
        filters=[lines],
        description=__(
            "One a line, in their order: the words, then the address, as in “About us /posts/about” or “Code "
            "https://example.org”. At most eight. Left empty, it leads to the posts, the archive and the tags."
        ),
        render_kw={"spellcheck": "false", "autocapitalize": "none"},
    )
    security_contact = TextField(
        __("Contact for security"),
        validators=[Length(max=200)],
        description=__(
            "An e-mail address, or the https address of a page, for those who find a hole in the blog. "
            "Everybody can read it at /.well-known/security.txt."
        ),
        render_kw={"spellcheck": "false", "autocapitalize": "none"},
    )
    second_factor_required = RadioField(
        __("Who needs a second step to sign in"),
        choices=[
            SelectChoice("nobody", __("Nobody: who wants one sets it up")),
            SelectChoice("authors", __("Authors, editors and admins")),
            SelectChoice("admins", __("Admins")),
        ],
        description=__("An app that shows codes, or a passkey. Who has none yet can do nothing here but set it up."),
    )

    def __init__(self, site: SiteSettings, **kwargs: Any) -> None:
        own = {} if site.accent in ACCENTS.values() else {"accent": OWN, "own_accent": site.accent}
        super().__init__(**asdict(site) | own, **kwargs)
        self.accent.choices = [
            *(SelectChoice(colour, swatch(colour, str(ACCENT_NAMES[name]))) for name, colour in ACCENTS.items()),
            SelectChoice(OWN, _("Another one")),
        ]
        self.language.choices = languages(site.language)
        names = zone_names()
        self.time_zone.choices = zone_choices(names if site.time_zone in names else (site.time_zone, *names))

    def validate_accent(self, field: RadioField) -> None:
        """Refuse what was not offered."""
        if field.data not in (*ACCENTS.values(), OWN):
            raise ValidationError(_("Choose a colour."))

    def validate_own_accent(self, field: TextField) -> None:
        """Refuse what is no colour, and colours in which text can't be read."""
        if self.accent.data != OWN:
            return
        colour = field.data.lower()
        if not re.fullmatch(r"#[0-9a-f]{6}", colour, re.ASCII):
            raise ValidationError(_("Type the colour as # and six digits or letters from a to f, as in #2942d6."))
        contrast = contrast_of(colour)
        if contrast.on_light < LEAST_CONTRAST:
            raise ValidationError(_too_weak(__("This colour is too pale to be read on light pages"), contrast.on_light))
        if contrast.on_dark < LEAST_CONTRAST:
            raise ValidationError(_too_weak(__("This colour is too dull to be read on dark pages"), contrast.on_dark))

    def validate_menu(self, field: TextAreaField) -> None:
        """Refuse what leads nowhere, has no words, or is too much for a masthead."""
        entries = parse_menu(field.data or "")
        if len(entries) > ENTRIES_AT_MOST:
            raise ValidationError(_("Use at most %(most)d lines.", most=ENTRIES_AT_MOST))
        for entry in entries:
            if not entry.label or len(entry.label) > LABEL_LENGTH:
                raise ValidationError(
                    _(
                        "Write words before the address, at most %(most)d characters: %(line)s",
                        most=LABEL_LENGTH,
                        line=f"{entry.label} {entry.address}".strip()[:80],
                    )
                )
            if not is_address(entry.address):
                raise ValidationError(
                    _("This is no address that begins with / or https://: %(address)s", address=entry.address[:80])
                )

    def validate_security_contact(self, field: TextField) -> None:
        """Refuse what nobody could write to or open."""
        if not field.data:
            return
        try:
            contact_uri(field.data)
        except ValueError as error:
            raise ValidationError(_("Enter an e-mail address, or an address that begins with https://.")) from error

    def changes_the_way_in(self, site: SiteSettings) -> bool:
        """True if another choice was made for what signing in asks, or for who can make an account."""
        now = (self.sign_ups.data, self.second_factor_required.data)
        return now != (site.sign_ups, site.second_factor_required)

    def changes(self) -> dict[str, object]:
        """What was typed, named as the fields of `SiteSettings`."""
        typed = {name: self[name].data for name in (field.name for field in fields(SiteSettings))}
        typed["description"] = " ".join((self.description.data or "").split())
        typed["menu"] = "\n".join(f"{entry.label} {entry.address}" for entry in parse_menu(self.menu.data or ""))
        typed["accent"] = self.own_accent.data.lower() if self.accent.data == OWN else self.accent.data
        return typed


def swatch(colour: str, name: str) -> Markup:
    """A colour as it is shown on light and on dark pages, and its name."""
    return _SWATCH.format(colour, shown_on_dark(colour), name)


def languages(current: str) -> list[SelectChoice]:
    """The languages that the interface is translated into, each by its own name."""
    codes = {str(locale) for locale in get_babel().instance.list_translations()} | {current}
    return [SelectChoice(code, language_name(code)) for code in sorted(codes)]


def language_name(code: str) -> str:
    """What a language calls itself."""
    locale = Locale.parse(code, sep="-" if "-" in code else "_")
    name = locale.get_display_name() or code
    return name[0].upper() + name[1:]


def _too_weak(what: object, contrast: float) -> str:
    sentence = _("%(what)s: its contrast is %(contrast)s to 1, and %(least)s to 1 is needed.")
    return str(sentence) % {"what": what, "contrast": f"{contrast:.1f}", "least": LEAST_CONTRAST}
