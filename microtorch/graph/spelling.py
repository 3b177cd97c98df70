"""How names stand in sentences and formulas: whole, but never able to break what is around them."""

from __future__ import annotations

import unicodedata

LONGEST = 40  # letters of a name in running text
START, END = "\u2068", "\u2069"  # keep right-to-left letters from turning what follows
KEPT_APART = "\u2060"  # invisible; makes {d3} no slot of a template
RIGHT_TO_LEFT = {"R", "AL", "AN"}
HARMLESS = {"\u200c", "\u200d"}  # joiners inside words and emoji


def plain(name: str) -> str:
    """A name for running text: on one line, not too long, and without braces that mark slots.

    >>> plain("y_hat"), plain("two\\nlines"), len(plain("x" * 200))
    ('y_hat', 'two lines', 40)
    """
    name = printable(name)
    if len(name) > LONGEST:
        name = name[: LONGEST - 1] + "…"
    return guarded(name)


def guarded(name: str) -> str:
    """A name as it is, kept by invisible signs from being a slot and from turning other words."""
    if any(unicodedata.bidirectional(letter) in RIGHT_TO_LEFT for letter in name):
        name = f"{START}{name}{END}"
    return name.replace("{", "{" + KEPT_APART)


def printable(name: str) -> str:
    """A name on one line, without letters that cannot be seen or that turn the text around them."""
    return name if name.isprintable() else "".join(map(visible, name))


def visible(letter: str) -> str:
    """A letter, a space for a line break, a replacement sign for what steers a terminal."""
    if letter.isspace():
        return " "
    unseen = unicodedata.category(letter).startswith("C") and letter not in HARMLESS
    return "\ufffd" if unseen else letter
