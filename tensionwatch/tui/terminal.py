"""What the terminal can show: characters, colours, a title. Pure: decided once from what the environment says.

Detection errs towards what can be read: an unknown TERM has 16 colours, and only what says that it is not UTF-8 is
taken not to be. `[ui] unicode` and `colours`, and --ascii, overrule it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from tensionwatch.config import UiConfig
from tensionwatch.model import Record

Colours = Literal["auto", "none", "16", "256", "all"]
"""`auto`: what Textual makes of it."""
_KNOWN: Final[tuple[Colours, ...]] = ("none", "16", "256", "all")

NO_GLYPHS: Final = ("linux", "vt", "ansi", "cons25", "dumb", "sun", "wy")
"""Beginnings of TERM: the Linux console and real terminals, whose fonts have few of our symbols."""
NO_COLOURS: Final = ("vt", "dumb", "wy")
MANY: Final = ("256", "kitty", "ghostty", "alacritty", "foot", "wezterm")
TITLED: Final = ("xterm", "tmux", "screen", "rxvt", "kitty", "ghostty", "alacritty", "foot", "wezterm", "konsole")
"""Beginnings of TERM: what takes a title for its window."""
_NOT_UTF8: Final = ("C", "POSIX")
_COERCED: Final = ("C.UTF-8", "C.utf8", "UTF-8")
"""What Python sets LC_CTYPE to where the locale is C (PEP 538): no word of the user's."""


class Terminal(Record, frozen=True, kw_only=True):
    ascii: bool = False
    """Nothing but ASCII is to be painted."""
    colours: Colours = "auto"
    titled: bool = False
    """It takes a title for its window."""


def terminal(environ: Mapping[str, str], encoding: str, ui: UiConfig) -> Terminal:
    """`encoding` is that of the stream that is painted to."""
    term = environ.get("TERM", "")
    unicode = ui.unicode if ui.unicode is not None else _has_glyphs(term) and _is_utf8(environ, encoding)
    return Terminal(ascii=not unicode, colours=_colours(environ, term, ui.colours), titled=term.startswith(TITLED))


def _has_glyphs(term: str) -> bool:
    return not term.startswith(NO_GLYPHS)


def _is_utf8(environ: Mapping[str, str], encoding: str) -> bool:
    """The locale is the first of these that is set. Where none is, as in a bare container, nothing speaks against."""
    if encoding and encoding.lower().replace("-", "").replace("_", "") != "utf8":
        return False
    ctype = environ.get("LC_CTYPE", "")
    if ctype in _COERCED and environ.get("LANG"):
        ctype = ""
    locale = environ.get("LC_ALL") or ctype or environ.get("LANG", "")
    if not locale:
        return True
    charset = locale.partition(".")[2].partition("@")[0].lower().replace("-", "")
    return charset == "utf8" or locale == "UTF-8" or (not charset and locale not in _NOT_UTF8)


def _colours(environ: Mapping[str, str], term: str, wanted: str) -> Colours:
    """As https://no-color.org has it, then COLORTERM, then what TERM is known to have."""
    for known in _KNOWN:
        if wanted == known:
            return known
    if environ.get("NO_COLOR") or term.startswith(NO_COLOURS):
        return "none"
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith("direct"):
        return "all"
    return "256" if any(name in term for name in MANY) else "16"
