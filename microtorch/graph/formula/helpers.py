"""The JavaScript helpers that a printed formula calls: only those, with all that they need."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from microtorch.ops import erf, gamma

SOURCE = Path(__file__).with_name("special.js")
BLOCK = re.compile(r"^(?://[^\n]*\n)*function (\w+)\(.*?^}\n", re.MULTILINE | re.DOTALL)

# Lanczos' sum for the gamma function, of the highest power first: the coefficients of CPython's
# math module (Modules/mathmodule.c), which took them from Boost.
LANCZOS_G = 6.024680040776729583740234375
LANCZOS = (
    (
        *(2.506628274631000270, 210.8242777515793459, 8071.672002365816211),
        *(186056.2653952234950, 2876370.628935372441, 31426415.58540019438),
        *(248874557.8620541565, 1439720407.311721674, 6039542586.352028005),
        *(17921034426.03720970, 35711959237.35566805, 42919803642.64909877),
        23531376880.41075969,
    ),
    (
        *(1, 66, 1925, 32670, 357423, 2637558, 13339535, 45995730, 105258076, 150917976),
        *(120543840, 39916800, 0),
    ),
)


@cache
def tables() -> dict[str, str]:
    """The constants that the helpers read: those of the Python code."""
    found = {
        name: getattr(module, name)
        for module, names in {
            erf: ("NEAR", "MIDDLE", "FAR", "CENTRE", "TAIL", "END"),
            gamma: ("BERNOULLI", "CLIMB", "LOWEST"),
        }.items()
        for name in names
    }
    found |= {"LANCZOS": LANCZOS, "LANCZOS_G": LANCZOS_G}
    return {name: f"const {name} = {json.dumps(value)};\n" for name, value in found.items()}


@cache
def blocks() -> dict[str, str]:
    """The source of each helper."""
    text = SOURCE.read_text(encoding="utf-8")
    return {match[1]: match[0] for match in BLOCK.finditer(text)}


def helpers(code: str) -> str:
    """The helpers that a piece of JavaScript calls, and the tables that they read.

    >>> helpers("Math.exp(x)")
    ''
    >>> "function power" in helpers("power(a, b)"), "erf" in helpers("power(a, b)")
    (True, False)
    """
    known = tables() | blocks()
    found: dict[str, str] = {}
    waiting = [code]
    while waiting:
        words = re.findall(r"(?<![.\w])\w+", waiting.pop())
        fresh = [word for word in dict.fromkeys(words) if word in known and word not in found]
        found |= {word: known[word] for word in fresh}
        waiting += [known[word] for word in fresh]
    return "".join(text for name, text in known.items() if name in found)
