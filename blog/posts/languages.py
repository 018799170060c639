"""The languages that posts are written in: those whose quotation marks, hyphens or direction we know."""

from functools import cache

from babel import Locale

_KNOWN = """
ar be bg bn bs ca cs cy da de de-AT de-CH el en en-GB en-US eo es es-MX et eu fa fi fr fr-CA fr-CH ga gl he hi hr hu
hy id is it it-CH ja ka ko la lt lv mk ms mt nb nl nn pl pt pt-BR ro ru sk sl sq sr sv sw ta te th tr uk ur vi
zh-Hans zh-Hant
"""
LANGUAGES = tuple(_KNOWN.split())
"""As BCP 47 has them."""


@cache
def own_name(language: str) -> str:
    """A language's name in itself, as in a list of languages."""
    name = Locale.parse(language, sep="-").get_display_name() or language
    return name[0].upper() + name[1:]
