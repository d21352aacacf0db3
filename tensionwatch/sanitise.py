"""What feeds send, made safe to store and to draw: one sanitiser for both. Pure.

    markup ──plain_text──▶ text (stored) ──visible──▶ text (drawn)          href ──safe_link──▶ http(s) address

No output holds a control character, an escape sequence, a bidirectional control, a surrogate or a noncharacter.
Text that hides its order (CVE-2021-42574) is shown with the control spelled out; characters that merely carry
nothing are dropped, so that rules and searches see the words.
"""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urljoin, urlsplit, urlunsplit

import nh3

MAX_TITLE: Final = 500
MAX_SUMMARY: Final = 4_000
"""Code points kept of a field."""
MAX_LINK: Final = 4_000
"""Code points; a longer address is no address that a reader would open."""
_EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


def is_likely(moment: datetime) -> bool:
    """May something have been published then? Dates before are unset fields (the year 1, the Unix epoch), those from
    then on misread ones (the year 9999)."""
    return _EARLIEST <= moment < _LATEST


# ------------------------------------------------------------------ characters

_ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # OSC: window titles, links, the clipboard
    r"|[\x1b\x9b]\[?[0-?]*[ -/]*[@-~]"  # CSI and two-character escapes
)
_BLANKS = re.compile(r"[\t-\r\x85\u2028\u2029]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_NOTHING = re.compile(
    r"[\xad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Soft hyphen, direction marks, zero-width and filler characters, tags."""
_FILLERS = re.compile("[\u115f\u1160\u3164\uffa0]")
"""Those of them that count as letters, and so as printable."""
_NOT_TEXT = re.compile(
    "[\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane + end) for plane in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF))
    + "]"
)
"""Lone surrogates and noncharacters."""
_JOINERS = re.compile(r"[\u200c\u200d]+")
_NOT_SHOWN = re.compile("|".join((r"[\x7f-\x9f\u2028\u2029]", _BIDI.pattern, _NOTHING.pattern, _NOT_TEXT.pattern)))


def visible(text: str) -> str:
    """The text as it may reach a terminal. Idempotent; a newline or tab becomes a space."""
    # Nearly all is printable: none of what follows then but the fillers (0.3 µs; the substitutions take 7 in text that
    # is not ASCII, a third of what feeds send).
    if text.isprintable() and (text.isascii() or not _FILLERS.search(text)):
        return text
    # Nor of a text in which line ends alone are not, or blanks that are kept.
    line = text.replace("\n", " ").replace("\t", " ").replace("\r", " ")
    if line.replace("\xa0", " ").replace("\u3000", " ").isprintable() and not _FILLERS.search(line):
        return line
    text = _BLANKS.sub(" ", _ESCAPES.sub("", text))
    text = _NOTHING.sub("", _CONTROLS.sub("", text))
    text = _BIDI.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)
    return _JOINERS.sub(_joiner, _NOT_TEXT.sub("\ufffd", text))


def visible_lines(text: str) -> str:
    """The same of a text whose lines are meant."""
    return "\n".join(map(visible, text.split("\n")))


def escaped_json(text: str) -> str:
    """JSON text in which what a terminal must not see is escaped; it means the same."""
    return text if text.isprintable() and text.isascii() else _NOT_SHOWN.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _joiner(found: re.Match[str]) -> str:
    """One joiner where it joins (Persian, Devanagari, emoji families), none where it only splits a word."""
    start, end = found.span()
    before, after = found.string[max(start - 1, 0) : start], found.string[end : end + 1]
    return found[0][0] if _joins(before) and _joins(after) else ""


def _joins(character: str) -> bool:
    if not character or character.isascii():
        return False
    return unicodedata.category(character) in {"Lo", "Ll", "Lu", "Lm", "Mn", "Mc", "So", "Sk"}


# ------------------------------------------------------------------ markup

_BLOCKS = (
    "address article aside blockquote body br caption center dd details dialog div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol option p pre section summary "
    "table tbody td tfoot th thead tr ul"
)
"""Elements whose edges end a word."""
_DROPPED = {"head", "iframe", "math", "noembed", "noframes", "noscript", "object", "script", "select", "style", "svg"}
_DROPPED |= {"template", "title"}
"""Elements that go with all they contain."""
_INLINE = (
    "a abbr acronym area audio b base basefont bdi bdo big button canvas cite code col colgroup data datalist del "
    "dfn em embed font frame frameset i img input ins kbd label link map mark marquee meta meter nobr output "
    "param picture progress q rb rp rt ruby s samp small source span strike strong sub sup textarea time track tt "
    "u var video wbr"
)
_NAMES = "|".join(sorted({*_BLOCKS.split(), *_INLINE.split(), *_DROPPED}))
_LITERAL_LESS = re.compile(rf"<(?!/?(?:{_NAMES}|[a-z]\w*[:-][\w:-]*)(?=[\s/>]|$)|!--|!doctype|\?xml)", re.IGNORECASE)
"""A `<` that opens no known element: "a < b", "<name@host>"."""
_BLOCK_EDGE = re.compile(rf"<(?=/?(?:{_BLOCKS.replace(' ', '|')})(?:[\s/>]|$))", re.IGNORECASE)
_LITERAL_AND = re.compile(r"&(?!#?\w{1,32};)")
_ENTITY = re.compile(r"&#?\w{1,32};")
_ESCAPED_AGAIN = re.compile(r"&(?:amp;|#0*38;|#x0*26;)+", re.IGNORECASE)
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")

_PLAIN_BLOCKS = (
    "address article aside blockquote br center dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 header hr li "
    "main nav ol p section ul"
)
_PLAIN_INLINE = (
    "a abbr b big cite code del dfn em font i img ins kbd mark q s samp small span strike strong sub sup time tt u var "
    "wbr"
)
"""Elements whose tags can go, wherever they stand: text in them keeps its place, and is text as any other."""
_TAG_END = r"""(?:\s+[a-z_:][\w:.-]*+(?:\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))?+)*+\s*/?>"""
_PLAIN_TAG = re.compile(
    rf"</?(?:({_PLAIN_BLOCKS.replace(' ', '|')})|{_PLAIN_INLINE.replace(' ', '|')}){_TAG_END}"
    "|<!--[^<>-]*+(?:-[^<>-]++)*+-->",
    re.IGNORECASE | re.ASCII,
)
"""One of them, or a comment; the group is the name of a block."""
_PLAIN_ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#(?:3[2-9]|[4-9][0-9]|1[6-9][0-9]|[2-9][0-9]{2}|[1-9][0-9]{3}));")
"""Named ones, and numbers of characters that are neither controls nor surrogates."""

_cleaner = nh3.Cleaner(tags=set(), clean_content_tags=_DROPPED, attributes={}, link_rel=None)
_MAX_LAYERS: Final = 6
"""Layers of escaped markup that are taken off before what is left is taken to be an attack."""


def plain_text(markup: str, cap: int) -> tuple[str, bool]:
    """HTML or text as one line of plain text in NFC of at most `cap` code points, and whether it was cut: it then ends
    with `…`.

    Entities are decoded, doubly escaped ones too; known tags are dropped and block edges become spaces. A `<` or `&`
    that is no markup stays. Idempotent.
    """
    most = 16 * cap + 10_000  # bounds the work; enough for any summary that is mostly tags
    text, cut = markup[:most], len(markup) > most
    if "<" in text or "&" in text:
        text = _strip(text)
    text = " ".join(visible(text).split())
    if not text.isascii():
        text = unicodedata.normalize("NFC", text[: 4 * cap])  # sorting marks is quadratic: bound it
    if (cut := cut or len(text) > cap) and text:
        text = text[: cap - 1].rstrip(" \u200c\u200d…") + "…"
    return text, cut


def _strip(text: str) -> str:
    """Take markup and entities off, layer by layer, until none is left."""
    text = visible(text)
    for _ in range(_MAX_LAYERS):
        if "<" not in text and "&" not in text:
            return text
        before = text
        once = _ESCAPED_AGAIN.sub("&", text) if "&" in text else text
        text = visible(_decode(_untag(once)))
        if text == before:
            return text
    return re.sub("[<&]", "", text)


def _untag(text: str) -> str:
    """Markup off; the result still has its entities."""
    if "<" not in text:
        return text
    if (plain := _without_plain_tags(text)) is not None:
        return plain
    return _parsed(text)


def _without_plain_tags(text: str) -> str | None:
    """What `_parsed` comes to once decoded, in a tenth of its time; None unless all markup is plain: nearly all is."""
    parts = _PLAIN_TAG.split(text)
    pieces, blocks = parts[::2], parts[1::2]
    if any("<" in piece or "]]>" in piece for piece in pieces):
        return None
    if any("&" in piece and len(_PLAIN_ENTITY.findall(piece)) != piece.count("&") for piece in pieces):
        return None  # else what was in two pieces could be read as one entity
    parts[1::2] = [" " if block else "" for block in blocks]
    return "".join(parts)


def _parsed(text: str) -> str:
    """By an HTML parser."""
    text = _LITERAL_LESS.sub("&lt;", _CDATA.sub("", text))
    if "<" not in text:
        return text
    text = _BLOCK_EDGE.sub(" <", text)
    return _cleaner.clean(_LITERAL_AND.sub("&amp;", text))


def _decode(text: str) -> str:
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


# ------------------------------------------------------------------ addresses

_PLAIN_ADDRESS = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?:/[!-\"$->@-\[\]-~]*(?:\?[!-\"$-\[\]-~]+)?)?")
"""An absolute address of ASCII letters and marks without port, user or fragment, blanks or a backslash: nearly all."""


def safe_link(url: str, base: str) -> str | None:
    """The absolute http(s) address that `url` means in a feed at `base`; None when none is safe to open."""
    if len(url) <= MAX_LINK and is_plain_address(url):
        return url  # as what follows would find, which takes 25 µs
    return resolved_link(url, base)


def is_plain_address(url: str) -> bool:
    """Is it absolute, and what joining it with any base gives as well? False for a few that are, too."""
    return ";" not in url and _PLAIN_ADDRESS.fullmatch(url) is not None


def without_user(url: str) -> str:
    """An address without the user and password in it: as it may be shown, and passed on."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])) if "@" in parts.netloc else url


def resolved_link(url: str, base: str) -> str | None:
    """The same, taken apart and put together."""
    try:
        sent, address = urlsplit(url.strip()), urljoin(base, url.strip())
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        usable = usable and bool(sent.netloc or not sent.scheme)  # "https://" alone is no address
    except ValueError:
        return None
    # urljoin drops tabs and newlines from within: look at what was sent as well.
    hidden = any(visible(text) != text or len(text.split()) != 1 or "\\" in text for text in (url.strip(), address))
    return address if usable and not hidden and len(address) <= MAX_LINK else None
