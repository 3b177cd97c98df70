"""Formulas, derived from the code of the operations and never written twice.

``read`` turns the source of an op into expression trees; the printers write a tree as Unicode
text, LaTeX, MathML or JavaScript. So what a picture says, what a page computes and what the
engine does cannot drift apart.

>>> from microtorch.ops import Tanh
>>> slope = read(Tanh, "local")[0]
>>> unicode(simplify(slope)), latex(simplify(slope)), javascript(slope)
('1 − y²', '1 - y^{2}', '1 - y * y')
"""

from __future__ import annotations

from microtorch.graph.formula.expression import (
    FUNCTIONS,
    Call,
    Constant,
    Expression,
    FormulaError,
    Name,
    Number,
    evaluate,
    names,
    substitute,
)
from microtorch.graph.formula.javascript import javascript
from microtorch.graph.formula.notations import Latex, MathML, Unicode
from microtorch.graph.formula.printer import Atom, as_usual, labels, slots
from microtorch.graph.formula.reader import Part, read, rule_of
from microtorch.graph.formula.simplify import simplify

__all__ = [
    "FUNCTIONS",
    "Atom",
    "Call",
    "Constant",
    "Expression",
    "FormulaError",
    "Name",
    "Number",
    "Part",
    "evaluate",
    "javascript",
    "labels",
    "latex",
    "mathml",
    "names",
    "read",
    "rule_of",
    "simplify",
    "slots",
    "substitute",
    "unicode",
]


def unicode(e: Expression, atom: Atom = as_usual) -> str:
    """Write a formula as text: ``1 − y²``.

    >>> unicode(Call("mul", (Name("x"), Name("g"))), slots({"x": "d1", "g": "g2"}))
    '{d1}·{(g2)}'
    """
    return Unicode(atom).write(e)


def latex(e: Expression, atom: Atom = as_usual) -> str:
    r"""Write a formula in LaTeX, without dollar signs.

    >>> latex(Call("div", (Name("a"), Name("b"))))
    '\\frac{a}{b}'
    """
    return Latex(atom).write(e)


def mathml(e: Expression, atom: Atom = as_usual) -> str:
    """Write a formula as a MathML Core fragment, without the outer ``<math>``.

    >>> mathml(Call("neg", (Name("x"),)))
    '<mrow><mo>−</mo><mi>x</mi></mrow>'
    """
    return MathML(atom).write(e)
