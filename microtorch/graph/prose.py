"""A text with formulas in it, written for a terminal, for LaTeX and for a web page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from itertools import pairwise

import numpy as np

from microtorch.graph.equations import SLOT, slot
from microtorch.graph.formula import Expression, Name, latex, mathml, unicode
from microtorch.graph.model import Array, Graph
from microtorch.graph.numbers import is_rounded, is_scientific, short
from microtorch.graph.spelling import plain
from microtorch.graph.style import columns

WIDTH = 96  # letters of a line in a terminal
MOST_ENTRIES = 12  # of an array that is written out
DOTS = Name("⋯")  # stands for what is left out of a formula
APPROXIMATE = {"≈": r"\approx"}
SIGNS = str.maketrans({"→": r"$\to$", "×": r"$\times$", "⋯": r"$\cdots$"})


@dataclass(frozen=True)
class Words:
    """A sentence: texts, and formulas among them (mostly names of values)."""

    parts: tuple[str | Expression, ...]
    heading: bool = False


@dataclass(frozen=True)
class Equation:
    """Sides that are equal: first those with names, then those with numbers put in.

    ``Name("a0")`` stands for the first of ``arrays``; other numbers are those of the graph.
    """

    by_name: tuple[Expression, ...]
    by_number: tuple[Expression, ...]
    arrays: tuple[Array | None, ...] = ()


Block = Words | Equation
Sides = list[tuple[str, str]]
"""Each side of an equation behind its sign: none, =, or ≈ beside a number that was rounded."""


def chained(sides: Sequence[tuple[str, bool]]) -> Sides:
    """Sides with their signs; a side that says the same once more is left out.

    >>> chained([("y", False), ("1 / 3", False), ("0.3333", True)])
    [('', 'y'), ('=', '1 / 3'), ('≈', '0.3333')]
    """
    different = [side for k, side in enumerate(sides) if k == 0 or side[0] != sides[k - 1][0]]
    signs = ["", *("≈" if a[1] or b[1] else "=" for a, b in pairwise(different))]
    return [(sign, text) for sign, (text, _) in zip(signs, different, strict=True)]


class Writer:
    """One notation; how it joins words and the sides of an equation is up to the classes below."""

    dots: str
    print: Callable[..., str]

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.rounded = False  # whether a number of the formula under way was

    def write(self, blocks: Sequence[Block]) -> str:
        return "\n".join(map(self.block, blocks))

    def block(self, block: Block) -> str:
        if isinstance(block, Words):
            return self.words(block)
        sides = [self.side(partial(self.formula, side)) for side in block.by_name]
        sides += [
            self.side(partial(self.formula, side, True, block.arrays)) for side in block.by_number
        ]
        return self.equation(chained(sides))

    def side(self, write: Callable[[], str]) -> tuple[str, bool]:
        """A side of an equation, and whether any of its numbers had to be rounded."""
        self.rounded = False
        text = write()
        return text, self.rounded

    def formula(
        self, e: Expression, by_number: bool = False, arrays: Sequence[Array | None] = ()
    ) -> str:
        """A formula about the values of the graph, which go by the names of slots: d3, g3, l5.0."""

        def atom(symbol: str, needs_parentheses: bool) -> str | None:
            if symbol == DOTS.name:
                return self.dots
            match = SLOT.fullmatch("{" + symbol + "}")
            if match is not None and match[2] == "d" and not by_number:
                return self.name(self.graph.values[int(match[3])].name)
            if match is not None:
                array = slot(self.graph, match[2], int(match[3]), int(match[4] or 0))
            elif re.fullmatch(r"a\d+", symbol) and int(symbol[1:]) < len(arrays):
                array = arrays[int(symbol[1:])]
            else:
                return None
            text = self.number(array)
            return self.wrapped(text, array) if needs_parentheses else text

        return type(self).print(e, atom)

    def wrapped(self, text: str, array: Array | None) -> str:
        """A number in the middle of a formula: (−2), (1e−5)."""
        alone = array is not None and array.shape == ()
        if array is not None and alone and (array < 0 or is_scientific(float(array))):
            return self.parentheses(text)
        return text

    def number(self, array: Array | None) -> str:
        """A number, a small array with all its entries, or the smallest and the largest entry."""
        if array is None:
            return self.figure("…")
        self.rounded |= array.size <= MOST_ENTRIES and any(map(is_rounded, array.ravel().tolist()))
        if array.shape == ():
            return self.figure(short(float(array)))
        if array.ndim > 2 or not 0 < array.size <= MOST_ENTRIES:
            return self.extent(array)
        rows = [[self.figure(short(float(x))) for x in row] for row in np.atleast_2d(array)]
        return self.table(rows, array.ndim)

    def extent(self, array: Array) -> str:
        shape = "×".join(map(str, array.shape))
        if not array.size:
            return self.note(f"[no entries, shape {shape}]")
        low, high = (short(float(x)) for x in (array.min(), array.max()))
        return self.note(f"[{low} … {high}, shape {shape}]")

    # What a notation must say

    def words(self, block: Words) -> str:
        raise NotImplementedError

    def equation(self, sides: Sides) -> str:
        raise NotImplementedError

    def name(self, name: str) -> str:
        raise NotImplementedError

    def figure(self, text: str) -> str:
        raise NotImplementedError

    def note(self, text: str) -> str:
        raise NotImplementedError

    def table(self, rows: list[list[str]], ndim: int) -> str:
        raise NotImplementedError

    def parentheses(self, text: str) -> str:
        return f"({text})"


class TextWriter(Writer):
    """For a terminal."""

    dots = "⋯"
    print = staticmethod(unicode)

    def words(self, block: Words) -> str:
        text = "".join(p if isinstance(p, str) else self.formula(p) for p in block.parts)
        return f"\n{text}" if block.heading else text

    def equation(self, sides: Sides) -> str:
        line = "    " + self.one_line(sides)
        if columns(line) <= WIDTH:
            return line
        (_, first), *others = sides
        lines = [f"      {sign} {spaced(side)}" for sign, side in others]
        return "\n".join([f"    {spaced(first)}", *lines])

    def one_line(self, sides: Sides) -> str:
        """``w·x = 2·3 = 6``."""
        return "".join(f" {sign} {spaced(side)}" if sign else spaced(side) for sign, side in sides)

    def name(self, name: str) -> str:
        return plain(name)

    def figure(self, text: str) -> str:
        return text

    note = figure

    def table(self, rows: list[list[str]], ndim: int) -> str:
        lines = ["[" + ", ".join(row) + "]" for row in rows]
        return lines[0] if ndim == 1 else "[" + ", ".join(lines) + "]"


def spaced(side: str) -> str:
    """Room around the dots of long products."""
    return side.replace("·∂", " · ∂").replace("·⋯", " · ⋯").replace("⋯·", "⋯ · ")


class LatexWriter(Writer):
    """For MathJax, KaTeX and LaTeX: words, with formulas between dollar signs."""

    dots = r"\cdots"
    print = staticmethod(latex)

    def words(self, block: Words) -> str:
        parts = [
            p.translate(SIGNS).replace("retain_grad()", r"$\mathtt{retain\_grad()}$")
            if isinstance(p, str)
            else f"${self.formula(p)}$"
            for p in block.parts
        ]
        return "\n" + "".join(parts) + "\n"

    def equation(self, sides: Sides) -> str:
        if len(sides) < 3:
            return f"$$ {self.one_line(sides)} $$"
        (_, first), *others = sides
        lines = " \\\\\n".join(f"&{APPROXIMATE.get(sign, sign)} {side}" for sign, side in others)
        return f"$$ \\begin{{aligned}}\n{first} {lines}\n\\end{{aligned}} $$"

    def one_line(self, sides: Sides) -> str:
        """All in one line, without dollar signs."""
        return "".join(
            f" {APPROXIMATE.get(sign, sign)} {side}" if sign else side for sign, side in sides
        )

    def name(self, name: str) -> str:
        return latex(Name(plain(name)))

    def figure(self, text: str) -> str:
        if text == "nan":
            return r"\mathrm{nan}"
        text = text.replace("−", "-").replace("∞", r"\infty").replace("…", r"\ldots")
        return re.sub(r"e(-?\d+)$", r" \\cdot 10^{\1}", text)

    def note(self, text: str) -> str:
        text = text.replace("−", "-").replace("∞", r"$\infty$").replace("×", r"$\times$")
        return rf"\text{{{text.replace('…', '...')}}}"

    def table(self, rows: list[list[str]], ndim: int) -> str:
        lines = r" \\ ".join(" & ".join(row) for row in rows)
        return rf"\begin{{bmatrix}} {lines} \end{{bmatrix}}"


class MarkdownWriter(LatexWriter):
    """For notebooks: the same with bold headings."""

    def words(self, block: Words) -> str:
        text = super().words(block).strip()
        return f"\n**{text}**\n" if block.heading else f"\n{text}\n"


class MathMLWriter(Writer):
    """For a web page: paragraphs and MathML, which every browser shows without help."""

    dots = "<mo>⋯</mo>"
    print = staticmethod(mathml)

    def write(self, blocks: Sequence[Block]) -> str:
        return f'<div class="microtorch-explanation">\n{super().write(blocks)}\n</div>'

    def words(self, block: Words) -> str:
        parts = [
            escape(p) if isinstance(p, str) else f"<math>{self.formula(p)}</math>"
            for p in block.parts
        ]
        text = "".join(parts)
        return f"<p><strong>{text}</strong></p>" if block.heading else f"<p>{text}</p>"

    def one_line(self, sides: Sides) -> str:
        """All in one row, without the outer ``<math>``."""
        return "".join(f"<mo>{sign}</mo>{side}" if sign else side for sign, side in sides)

    def equation(self, sides: Sides) -> str:
        left, right = 'style="text-align: right"', 'style="text-align: left"'
        rows = [
            f"<mtr><mtd {left}>{sides[0][1] if k == 1 else ''}</mtd>"
            f"<mtd {right}><mo>{sign}</mo>{side}</mtd></mtr>"
            for k, (sign, side) in enumerate(sides)
            if k
        ]
        return f'<math display="block"><mtable displaystyle="true">{"".join(rows)}</mtable></math>'

    def name(self, name: str) -> str:
        return f"<mi>{escape(plain(name))}</mi>"

    def figure(self, text: str) -> str:
        if text.startswith("−"):
            return f"<mrow><mo>−</mo>{self.figure(text[1:])}</mrow>"
        mantissa, _, exponent = text.partition("e")
        if not exponent:
            return f"<mn>{text}</mn>"
        power = f"<msup><mn>10</mn><mn>{exponent}</mn></msup>"
        return f"<mrow><mn>{mantissa}</mn><mo>·</mo>{power}</mrow>"

    def note(self, text: str) -> str:
        return f"<mtext>{text}</mtext>"

    def table(self, rows: list[list[str]], ndim: int) -> str:
        lines = (f"<mtr>{''.join(f'<mtd>{cell}</mtd>' for cell in row)}</mtr>" for row in rows)
        return f"<mrow><mo>[</mo><mtable>{''.join(lines)}</mtable><mo>]</mo></mrow>"

    def parentheses(self, text: str) -> str:
        return f"<mrow><mo>(</mo>{text}<mo>)</mo></mrow>"
