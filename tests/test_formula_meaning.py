"""Whatever the formula: tidying keeps its value, and every printed form reads back to it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from fractions import Fraction

import numpy as np
import pytest
from formula_readers import from_latex, from_mathml, from_unicode
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from microtorch.graph.formula import (
    Call,
    Constant,
    Name,
    Number,
    evaluate,
    latex,
    mathml,
    simplify,
    slots,
    unicode,
)
from microtorch.graph.lines import NO_GRAPH, Formula
from microtorch.graph.prose import LatexWriter, MathMLWriter, TextWriter
from microtorch.ops import registry

# A busy machine must not fail a test.
untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

a, b, x = Name("a"), Name("b"), Name("x")


def call(function, *arguments):
    """A formula from names of functions, formulas and plain numbers."""
    return Call(function, tuple(Number(v) if isinstance(v, int | float) else v for v in arguments))


def stand_in(v):
    """Takes the place of exp, tanh, ...: any function will do, if its values are exact."""
    return v * v / 4 + v - 1


TWO_SIDED = ("add", "sub", "mul", "div", "max", "min")
ONE_SIDED = ("neg", "abs", "tanh", "exp", "sqrt", "sigmoid")
COMPARE = ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal")


def exact(e, env):
    """The value of a formula in fractions: what every printed form must agree with."""
    if isinstance(e, Number):
        return Fraction(e.value)
    if isinstance(e, Name):
        return Fraction(env[e.name])
    assert not isinstance(e, Constant)
    if e.function == "where":
        return exact(e.arguments[1 if exact(e.arguments[0], env) else 2], env)
    u, v = (*(exact(argument, env) for argument in e.arguments), None)[:2]
    if e.function == "pow":
        assume(v is None or abs(v) < 10)
    return {
        "add": lambda: u + v,
        "sub": lambda: u - v,
        "mul": lambda: u * v,
        "div": lambda: u / v,
        "pow": lambda: u ** int(v),
        "max": lambda: max(u, v),
        "min": lambda: min(u, v),
        "neg": lambda: -u,
        "abs": lambda: abs(u),
        "greater": lambda: u > v,
        "greater_equal": lambda: u >= v,
        "less": lambda: u < v,
        "less_equal": lambda: u <= v,
        "equal": lambda: u == v,
        "not_equal": lambda: u != v,
        "and": lambda: bool(u and v),
        "or": lambda: bool(u or v),
        "not": lambda: not u,
    }.get(e.function, lambda: stand_in(u))()


@st.composite
def formulas(draw, depth=3):
    """Numbers, names, and all that a printer has a form for."""
    shape = draw(st.integers(0, 6)) if depth else 0
    inner = formulas(depth=depth - 1) if depth else None
    match shape:
        case 0 | 1:
            whole = st.integers(-3, 3).map(Number)
            decimal = st.sampled_from([0.5, -1.5, 2.0, -0.25]).map(Number)
            return draw(st.sampled_from([a, b, x]) | whole | decimal)
        case 2 | 3:
            return call(draw(st.sampled_from(TWO_SIDED)), draw(inner), draw(inner))
        case 4:
            return call(draw(st.sampled_from(ONE_SIDED)), draw(inner))
        case 5:
            return call("pow", draw(inner), draw(st.integers(-2, 3)))
    answer = draw(conditions(depth=depth - 1))
    if draw(st.booleans()):
        return call("mul", draw(inner), answer)
    return call("where", answer, draw(inner), draw(inner))


@st.composite
def conditions(draw, depth):
    kind = draw(st.sampled_from(["and", "or", "not", *COMPARE])) if depth else "greater"
    if kind in COMPARE:
        return call(kind, draw(formulas(depth=depth)), draw(formulas(depth=depth)))
    count = 1 if kind == "not" else 2
    return call(kind, *(draw(conditions(depth=depth - 1)) for _ in range(count)))


numbers = st.fixed_dictionaries(dict.fromkeys("abx", st.integers(-3, 3)))


def defined(e, env):
    try:
        return exact(e, env)
    except ZeroDivisionError:
        assume(False)


@untimed
@given(formulas(), numbers)
def test_tidying_keeps_the_value_exactly(e, env):
    expected = defined(e, env)
    assert exact(simplify(e), env) == expected


@untimed
@given(formulas())
def test_tidying_twice_changes_nothing_more(e):
    assert simplify(simplify(e)) == simplify(e)


class Root:
    """√x is read as ``Root() ** x``: it binds as tightly as a power."""

    def __pow__(self, v):
        return stand_in(v)


MEANING = {
    "F": Fraction,
    "ROOT": Root(),
    **dict.fromkeys(("tanh", "exp", "σ"), stand_in),
    **{f.__name__: f for f in (abs, max, min)},
}
SUPERSCRIPTS = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"


def reading(text, env):
    """The value that a reader finds in a printed formula, by the rules of Python."""
    text = re.sub(
        f"[{SUPERSCRIPTS}]+",
        lambda m: f"**({m[0].translate(str.maketrans(SUPERSCRIPTS, '-0123456789'))})",
        text,
    )
    text = re.sub(r"\|([^|]*)\|", r"abs(\1)", text)
    text = re.sub(
        r"(?<![\w.(*-])(\d+(?:\.\d+)?)|(?<=[(-])(\d+\.\d+|\d+)(?![\d.])", r"F('\g<0>')", text
    )
    for sign, python in {
        "·": "*",
        "−": "-",
        "^": "**",
        "√": "ROOT**",
        " = ": " == ",
        "≠": "!=",
        "≤": "<=",
        "≥": ">=",
    }.items():
        text = text.replace(sign, python)
    return eval(text, {**MEANING, **{name: Fraction(v) for name, v in env.items()}})


@untimed
@given(formulas(), numbers)
def test_the_text_reads_back_to_the_same_value(e, env):
    expected = defined(e, env)
    assert reading(unicode(e), env) == expected


@untimed
@given(formulas(), numbers)
def test_the_text_with_numbers_in_its_slots_reads_back_to_the_same_value(e, env):
    text = unicode(e, slots({name: name for name in env}))
    for name, v in env.items():
        number = str(v).replace("-", "−")
        text = text.replace(f"{{({name})}}", f"({number})" if v < 0 else number)
        text = text.replace(f"{{{name}}}", number)
    expected = defined(e, env)
    assert reading(text, {}) == expected
    assert_no_sign_follows_another(text)


@untimed
@given(formulas())
def test_no_minus_sign_follows_another_sign(e):
    assert_no_sign_follows_another(unicode(e))
    assert_no_sign_follows_another(unicode(simplify(e)))


def assert_no_sign_follows_another(text):
    assert not re.search(r"[-+·/−√^] *−", text)


CHILDREN = {"mfrac": 2, "msup": 2, "mtr": 2, "mtd": None, "mrow": None, "msqrt": None}


def markup_text(element):
    """MathML as the text that the eye sees; only what is drawn together is held together."""
    parts = [markup_text(child) for child in element]
    count = CHILDREN.get(element.tag)
    assert count is None or len(parts) == count, element.tag
    match element.tag:
        case "mfrac":
            return f"(({parts[0]}) / ({parts[1]}))"
        case "msqrt":
            return f"exp({''.join(parts)})"
        case "msup" if parts[0] == "e":
            return f"exp({parts[1]})"
        case "msup":
            return f"{parts[0]}^({parts[1]})"
        case "mtable":
            *rows, (no, _) = ([markup_text(cell) for cell in row] for row in element)
            yes = "".join(f"({one}){condition} else " for one, condition in rows)
            return f"{yes}{no}"  # the brace of the table holds it together
        case "mrow" if parts[0] == parts[-1] == "|":
            return f"abs({''.join(parts[1:-1])})"
    text = (element.text or "").strip("\n").replace("{", "").replace("\u2061", "")
    text = (
        f" {text} "
        if element.tag in ("mtext", "mo") and text.strip() not in tuple("()|,")
        else text
    )
    return text.replace("\u00a0", " ") + "".join(parts)


@untimed
@given(formulas(), numbers)
def test_the_markup_is_well_formed_and_reads_back_to_the_same_value(e, env):
    tree = ET.fromstring(f"<math>{mathml(e)}</math>")
    text = re.sub(r" *([·^]) *", r"\1", markup_text(tree))
    text = re.sub(r"− ", "−", text)
    expected = defined(e, env)
    assert reading(text.strip(), env) == expected


@untimed
@given(formulas())
def test_latex_braces_and_environments_are_balanced(e):
    text = latex(e)
    assert text.count("{") == text.count("}")
    assert text.count(r"\left") == text.count(r"\right")
    assert text.count(r"\begin") == text.count(r"\end")


@untimed
@given(formulas(), numbers)
def test_computing_with_numpy_agrees_with_fractions(e, env):
    e = substitute_functions(e)
    expected = defined(e, env)
    try:
        with np.errstate(all="raise", under="ignore"):
            value = evaluate(e, {name: np.float64(v) for name, v in env.items()})
    except FloatingPointError:
        assume(False)  # a branch that is not taken divides by zero
    if not any(comparison in repr(e) for comparison in COMPARE):  # rounding may flip them
        assert float(value) == pytest.approx(float(expected), rel=1e-9, abs=1e-9)


def substitute_functions(e):
    """exp, tanh, ... have no exact values: their arguments take their places."""
    if not isinstance(e, Call):
        return e
    e = e.map(substitute_functions)
    return e.arguments[0] if e.function in ("exp", "tanh", "sqrt", "sigmoid") else e


delicate = st.fixed_dictionaries(
    {
        name: st.sampled_from([-3.0, -1.0, -0.5, 0.0, 0.25, 2.0, 3.0, -2e-5, 1e-300, -4e10])
        for name in "abx"
    }
)
READERS = (
    (TextWriter, from_unicode),
    (LatexWriter, from_latex),
    (MathMLWriter, from_mathml),
)


@untimed
@given(formulas(), delicate)
def test_formulas_with_negative_and_tiny_numbers_in_them_read_back_to_their_value(e, env):
    said = Formula(registry["Add"], (), {}, env, {}, {})
    values = {name: np.float64(v) for name, v in env.items()}
    with np.errstate(all="ignore"):
        expected = evaluate(e, values)
        for kind, read_back in READERS:
            writer = kind(NO_GRAPH)
            text = writer.print(e, said.atom(writer, with_numbers=True))
            found = evaluate(read_back(text), {})
            np.testing.assert_allclose(found, expected, rtol=1e-9, err_msg=text)
            assert not writer.rounded
