"""How well an accent colour reads on the site's papers (WCAG 2.2, success criterion 1.4.3)."""

from dataclasses import dataclass

LEAST_CONTRAST = 4.5
LIGHT_PAPER, DARK_PAPER = "#fcfbf9", "#14120f"
"""`--paper` of static/css/tokens.css, light and dark."""
WHITE = "#ffffff"
SHARE_ON_DARK = 0.45
"""How much of the accent is left where the paper is dark; the rest is white. As in `web.assets.accent_css`."""
WASH_ON_LIGHT, WASH_ON_DARK = 0.08, 0.22
"""How much of the accent is in `--accent-wash`, on which text in the accent stands too."""

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Contrast:
    """The least contrast of text in an accent colour, on the light paper and on the dark one."""

    on_light: float
    on_dark: float


def contrast_of(accent: str) -> Contrast:
    """The contrast of `#rrggbb` as the site shows it."""
    light, dark = _linear(accent), _mix(accent, SHARE_ON_DARK, WHITE)
    return Contrast(
        on_light=min(_ratio(light, _linear(LIGHT_PAPER)), _ratio(light, _mix(accent, WASH_ON_LIGHT, WHITE))),
        on_dark=min(_ratio(dark, _linear(DARK_PAPER)), _ratio(dark, _mix(accent, WASH_ON_DARK, DARK_PAPER))),
    )


def shown_on_dark(accent: str) -> str:
    """`#rrggbb` as it is shown on dark paper."""
    return "#" + "".join(f"{round(255 * _gamma(channel)):02x}" for channel in _mix(accent, SHARE_ON_DARK, WHITE))


def _ratio(one: Colour, other: Colour) -> float:
    darker, lighter = sorted(0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def _mix(one: str, share: float, other: str) -> Colour:
    """What CSS makes of `color-mix(in oklab, one share, other)`, in linear light."""
    first, second = _oklab(_linear(one)), _oklab(_linear(other))
    lightness, a, b = (share * left + (1 - share) * right for left, right in zip(first, second, strict=True))
    return _from_oklab((lightness, a, b))


def _linear(hexadecimal: str) -> Colour:
    red, green, blue = (int(hexadecimal[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return _degamma(red), _degamma(green), _degamma(blue)


def _degamma(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _gamma(channel: float) -> float:
    return channel * 12.92 if channel <= 0.0031308 else float(1.055 * channel ** (1 / 2.4) - 0.055)


# Björn Ottosson's Oklab, with the matrices of CSS Color 4.


def _oklab(colour: Colour) -> Colour:
    red, green, blue = colour
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    medium = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _from_oklab(colour: Colour) -> Colour:
    lightness, a, b = colour
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _within(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _within(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _within(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def _within(channel: float) -> float:
    return min(max(channel, 0.0), 1.0)
