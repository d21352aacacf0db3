"""All that is painted in plain ASCII, for terminals that have nothing else. Pure.

The last step before painting, so that nothing is forgotten: each character gives way to others in as many cells, and no
column moves.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from rich.cells import cell_len

_INSTEAD: Final = {
    **dict(zip("▲△●○◆◇•★✎⚠✗✓◦·↑↓→←↔⇄↻■‖…⏎⌫", "^/Oo#=*S&!xv..+v><-=@#|~E<", strict=True)),
    **dict(zip("▁▂▃▄▅▆▇█", "_-~=+*%#", strict=True)),
    **dict(zip("▏▎▍▌▋▊▉▐▕▔▀░▒▓", "|||||##||-^:%#", strict=True)),
    **dict(zip("‐‑‒–—―−⁃‘’‚‛“”„‟‹›«»′″×÷", "--------''''\"\"\"\"<><>'\"x/", strict=True)),
    **dict(zip("ŁłØøÆæŒœßĐđÐðÞþıŊŋ€£¥¢§¶©®°±µ¡¿", "LlOoAaOosDdDdPpiNnELYcSPcRo+u!?", strict=True)),
    "\xa0": " ",
}
"""A letter or mark in one cell that says most of the same."""
_BOXES: Final = range(0x2500, 0x2580)
_BRAILLE: Final = range(0x2800, 0x2900)
_DOTS: Final = " .:+#"
"""For no dot of a braille cell, up to 2, 4, 6, 8."""
UNKNOWN: Final = "?"


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """The text in ASCII, in as many cells."""
    if text.isascii():
        return text
    said = "".join(map(_plain, text.replace(" · ", " - ")))
    width = cell_len(text)
    return said if len(said) == width else said[:width].ljust(width)


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """One character, in the cells that it has by itself."""
    if character.isascii():
        return character
    width, code = cell_len(character), ord(character)
    if width == 0:
        return ""
    if (instead := _INSTEAD.get(character)) is None:
        if code in _BOXES:
            instead = _box(character)
        elif code in _BRAILLE:
            instead = _DOTS[-(-(code - 0x2800).bit_count() // 2)]
        else:
            base = unicodedata.normalize("NFKD", character)[0]
            instead = base if base.isascii() and base.isprintable() else UNKNOWN
    return instead if len(instead) == width else UNKNOWN * width


def _box(character: str) -> str:
    name = unicodedata.name(character)
    has_across = any(way in name for way in ("HORIZONTAL", "LEFT", "RIGHT"))
    has_down = any(way in name for way in ("VERTICAL", "UP", "DOWN"))
    return "+" if has_across and has_down else "|" if has_down else "-"
