"""Text of users in each medium: one function for each, so that nothing in a text is ever obeyed.

A text is shown as it stands on a terminal, in a figure, on a page, in XML, in LaTeX, in a shell and
in JSON. What a medium cannot show is written as its code; nothing is lost and nothing raises.
Pages are escaped by the templates, figures by `gutskin.report.canvas`.
"""

from __future__ import annotations

import codecs
import shlex
import textwrap
import unicodedata
from collections.abc import Iterable
from html import escape
from typing import Any

# Marks that turn the direction of what stands beside them, and marks that nobody sees.
TURNING = frozenset((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
ISOLATES = "\u2068\u2069"  # that `isolated` puts around a text
UNSEEN = frozenset((0xAD, 0x180E, 0x200B, *range(0x2060, 0x2065), *range(0x206A, 0x2070), 0xFEFF))
UNSEEN |= frozenset(range(0xFFF9, 0xFFFC))

SPELLED = {
    "−": "-", "–": "-", "—": "-", "→": "->", "←": "<-", "±": "+-", "×": "x", "·": "*", "≥": ">=",
    "≤": "<=", "µ": "u", "α": "alpha", "β": "beta", "γ": "gamma", "φ": "phi", "κ": "kappa",
    "“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "━": "-", "╸": "-", "╺": "-", "─": "-",
    "█": "#",
}  # fmt: skip
TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "_": r"\_", "%": r"\%", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "−": r"$-$", "±": r"$\pm$", "×": r"$\times$",
    "α": r"$\alpha$", "β": r"$\beta$", "γ": r"$\gamma$", "φ": r"$\varphi$", "κ": r"$\kappa$",
    "µ": r"$\mu$", "μ": r"$\mu$", "→": r"$\to$", "≤": r"$\le$", "≥": r"$\ge$", "²": r"$^2$",
    "·": r"$\cdot$",
}  # fmt: skip


def counted(number: int, what: str) -> str:
    """So many of something, in the singular or the plural.

    >>> counted(1, "world"), counted(1200, "world")
    ('1 world', '1,200 worlds')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def plain(value: float, figures: int = 6) -> str:
    """A number of any size, powers of ten as doses are written.

    >>> plain(4e9), plain(3.25e9), plain(4472135955.0, 2), plain(14), plain(1e-7)
    ('4e9', '3.25e9', '4.5e9', '14', '1e-07')
    """
    return f"{value:.{figures}g}".replace("e+0", "e").replace("e+", "e")


def ends(low: str, high: str) -> str:
    """The ends of a range, once where both read alike.

    >>> ends("16", "24"), ends("24", "24")
    ('16 to 24', '24')
    """
    return low if low == high else f"{low} to {high}"


def of_all(number: int, total: int, what: str) -> str:
    """So many out of all of something.

    >>> of_all(1, 3, "chunk"), of_all(1, 1, "chunk")
    ('1 of 3 chunks', '1 of 1 chunk')
    """
    return f"{number:,} of {counted(total, what)}"


def agreeing(number: int, one: str, several: str) -> str:
    """The word that stands beside a number: its form for one, or for several.

    >>> agreeing(1, "is", "are"), agreeing(0, "is", "are")
    ('is', 'are')
    """
    return one if number == 1 else several


def is_hidden(character: str) -> bool:
    """Whether a character cannot be seen, or moves what stands beside it: it is no text."""
    code = ord(character)
    if unicodedata.category(character) in ("Cc", "Cs") or character in "\u2028\u2029":
        return True
    nothing = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return nothing or code in TURNING or code in UNSEEN


def one_line(text: str) -> str:
    r"""Text on one line of a terminal; what cannot be seen is written as its code.

    Examples
    --------
    >>> print(one_line("a\x1b[2Jb\nc"), one_line("caf\udce9"))
    a\x1b[2Jb\nc caf\xe9
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_code(one) if is_hidden(one) else one for one in text)


def _code(character: str) -> str:
    if 0xDC80 <= ord(character) <= 0xDCFF:  # a byte of a file name that is no UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def isolated(text: str) -> str:
    r"""Text within a sentence, so that letters that run to the left do not turn what follows it.

    >>> isolated("placebo"), isolated("\u05e7\u05e8\u05dd") == "\u2068\u05e7\u05e8\u05dd\u2069"
    ('placebo', True)
    """
    turns = any(unicodedata.bidirectional(one) in ("R", "AL", "AN") for one in text)
    return f"\u2068{text}\u2069" if turns else text


def shortened(text: str, most: int = 80) -> str:
    """Text of at most so many characters.

    >>> shortened("abcdefgh", 5)
    'abcd…'
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def lines(text: str, width: int, most: int | None = None) -> list[str]:
    """Text wrapped for a figure: at spaces, within a word only where it is longer than a line.

    >>> lines("a label of sixteen letters", 12, 2)
    ['a label of', 'sixteen…']
    """
    if most is None:
        return textwrap.wrap(text, width) or [""]
    return textwrap.wrap(text, width, max_lines=most, placeholder="…") or [""]


def in_xml(text: str) -> str:
    r"""Text between the tags of XML or in an attribute; what XML has no room for becomes U+FFFD.

    >>> in_xml('a\x01 < "b"')
    'a\ufffd &lt; &quot;b&quot;'
    """
    return escape(without_holes(text))


def in_sbml(text: str) -> str:
    """A name that is handed to libsbml: it escapes, but takes `&lt;` for what is escaped already.

    >>> in_sbml("A & B")
    'A &amp; B'
    """
    return without_holes(text).replace("&", "&amp;")


def without_holes(text: str) -> str:
    """Text in which every character is one that XML and UTF-8 know; others become U+FFFD."""
    return "".join("\ufffd" if _no_xml(one) else one for one in text)


def _no_xml(character: str) -> bool:
    code = ord(character)
    plain = code >= 0x20 or character in "\t\n\r"
    return not plain or 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF)


def in_tex(text: str) -> str:
    r"""Text as LaTeX takes it; a character that no font of LaTeX has becomes a question mark.

    >>> print(in_tex("k_x is 5%"))
    k\_x is 5\%
    """
    shown = (TEX.get(one, one) for one in text)
    return "".join("?" if ord(one[0]) > 255 or is_hidden(one[0]) else one for one in shown)


def in_command(words: Iterable[str]) -> str:
    r"""A command line that a shell reads as these words.

    >>> print(in_command(["gutskin", "trial", "my trial.toml"]), in_command(["caf\udce9"]))
    gutskin trial 'my trial.toml' $'caf\xe9'
    """
    return " ".join(_word(one) for one in words)


def _word(word: str) -> str:
    if not any(is_hidden(one) for one in word):
        return shlex.quote(word)
    quoted = word.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + "".join(_bytes(one) if is_hidden(one) else one for one in quoted) + "'"


def _bytes(character: str) -> str:
    return "".join(f"\\x{one:02x}" for one in character.encode("utf-8", "surrogateescape"))


def in_json(text: str, encoding: str | None) -> str:
    r"""A JSON document in characters that an encoding has; other readers see the same document.

    >>> print(in_json('["é", "😀"]', "ascii"))
    ["\u00e9", "\ud83d\ude00"]
    """
    try:
        text.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return "".join(one if one.isascii() else _units(one) for one in text)
    return text


def _units(character: str) -> str:
    code = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{code[i : i + 2].hex()}" for i in range(0, len(code), 2))


def spell(text: str) -> str:
    """Text in ASCII, as near as it comes; for a terminal that has no other characters.

    >>> spell("−3.2 g/m² → Käse ☃")
    '-3.2 g/m2 -> Kase ?'
    """
    return "".join(_spelled(one) for one in text)


def _spelled(character: str) -> str:
    if character.isascii():
        return character
    if character in ISOLATES:
        return ""
    if is_hidden(character):
        return _code(character)
    if character in SPELLED:
        return SPELLED[character]
    apart = unicodedata.normalize("NFKD", character)
    plain = "".join(SPELLED.get(one, one) for one in apart if not unicodedata.combining(one))
    return plain if plain.isascii() else "?"


def _replace(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return spell(error.object[error.start : error.end]), error.end


codecs.register_error("gutskin.spell", _replace)


def let_nothing_be_lost(stream: Any) -> None:
    """Let a stream print what its encoding has and spell the rest, where it would raise."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="gutskin.spell")
