"""Formulas are read from the code of the operations, and every notation says what the code does."""

from __future__ import annotations

import re

import numpy as np
import pytest

from microtorch.graph.formula import (
    Call,
    FormulaError,
    Name,
    Number,
    evaluate,
    labels,
    latex,
    mathml,
    names,
    read,
    simplify,
    slots,
    substitute,
    unicode,
)
from microtorch.ops import Sigmoid, Tanh
from microtorch.ops.base import call as call_op
from microtorch.ops.base import is_array
from microtorch.ops.products import rows

a, b, c, x, y, s = (Name(name) for name in "abcxys")
RATE = 0.25
LEFT = '<mtd style="text-align: left">'


def call(function, *arguments):
    """A formula from names of functions, formulas and plain numbers."""
    return Call(function, tuple(Number(v) if isinstance(v, int | float) else v for v in arguments))


def op(**parts):
    """An operation with some of its parts, as microtorch.ops writes them."""
    return type("Sample", (), {part: staticmethod(function) for part, function in parts.items()})


# ---------------------------------------------------------------- reading


def power(x, k):
    return x**k


def mT(x):
    return x.T


def plain(x, k):
    return 2 * x + 1 - x / k


def assigned(x):
    t = np.tanh(x)
    square: float = t * t
    p, q = square, 1
    return q - p


def mixed(x, k):
    """With a docstring."""
    return np.where(x > 0, +power(x, k), -(x**2))


def helpers(a, b):
    return mT(a) @ b + np.matmul(a.T, b)


def keywords(x, axis):
    return np.sum(np.exp(x), axis=axis, keepdims=True) + x.mean(axis)


def masked(x):
    return x * (x > 0) + np.maximum(x, 0) + np.square(x)


def logic(x):
    return ((x > 0) & (x < 6)) * x


def between(x):
    return 1 if 0 < x <= 6 and not power(x, 2) > 3 else 0


def constants(x):
    return RATE * x + np.pi


def pieces(x, axis):
    return x[0] / x.size + x.shape[axis] + (x.sum() if axis is None else 0)


def chosen(x, k):
    with np.errstate(all="ignore"):
        if k > 1:
            x *= k
        elif k == 0:
            return x
        y = x + 1
        return y / 2


def step(condition, x):
    return condition.astype(x.dtype)


def line(x, slope=2):
    return slope * x


def inlined(x):
    return step(x > 0, x) + line(x) + line(x, 3)


def of_others(x):
    return x * Sigmoid.forward(x) + call_op(Tanh, x)


def stored(x):
    return np.asarray(np.array(x, order="C")).astype(x.dtype) + np.sum(x, dtype=x.dtype)


def sliced(x):
    return x[1:]


def arranged(x, w):
    return (rows(x) @ w).reshape((*x.shape[:-1], w.shape[1])) + x.reshape(w)


def remembered(x, memo):
    return memo.keep(x, np.exp(x)) if is_array(x) else np.exp(x) + x.dtype.type(0)


def factorial(x):
    return factorial(x - 1) * x


def reduced(x):
    return np.add.reduce(x * x)


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (chosen, "(x·k + 1) / 2 if k > 1 else (x if k = 0 else (x + 1) / 2)"),
        (inlined, "(1 if x > 0 else 0) + 2·x + 3·x"),
        (of_others, "x·σ(x) + tanh(x)"),
        (stored, "x + sum(x)"),
        (arranged, "x @ w + reshape(x, w)"),
        (remembered, "exp(x) + 0"),
        (factorial, "factorial(x − 1)·x"),
        (reduced, "sum(x·x)"),
        (plain, "2·x + 1 − x / k"),
        (assigned, "1 − tanh(x)·tanh(x)"),
        (mixed, "x^k if x > 0 else −x²"),
        (helpers, "aᵀ @ b + aᵀ @ b"),
        (keywords, "sum(exp(x), axis=axis, keepdims=True) + mean(x, axis)"),
        (masked, "x·(1 if x > 0 else 0) + max(x, 0) + x²"),
        (logic, "(1 if x > 0 and x < 6 else 0)·x"),
        (between, "1 if 0 < x and x ≤ 6 and not x² > 3 else 0"),
        (constants, "0.25·x + π"),
        (pieces, "x[0] / size(x) + shape(x)[axis] + (sum(x) if axis is None else 0)"),
    ],
)
def test_source_code_becomes_a_formula(function, text):
    assert unicode(read(op(forward=function), "forward")[0]) == text


def local_pow(y, x, exponent):
    return (exponent * power(x, exponent - 1) if exponent != 0 else 0 * x,)


@pytest.mark.parametrize(
    ("exponent", "text"),
    [
        (0, "0"),
        (1, "1"),
        (2, "2·x"),
        (3, "3·x²"),
        (-1, "−x⁻²"),
        (0.5, "0.5·x^(−0.5)"),
        (np.float32(2), "2·x"),
    ],
)
def test_a_bound_parameter_is_put_in_and_decides_between_branches(exponent, text):
    (slope,) = read(op(local=local_pow), "local", bind={"exponent": exponent})
    assert names(slope) == ("x",)
    assert unicode(simplify(slope)) == text


def two_ways(y, a, b, k):
    if k:
        return a, b
    return b, a


def test_a_choice_between_pairs_is_a_pair_of_choices():
    slopes = read(op(local=two_ways), "local")
    assert [unicode(e) for e in slopes] == ["a if k else b", "b if k else a"]
    slopes = read(op(local=two_ways), "local", bind={"k": 1})
    assert [unicode(e) for e in slopes] == ["a", "b"]


def doubled(x):
    return x + x


def long_way(x):
    return x if x > 0 else doubled(doubled(doubled(doubled(doubled(doubled(doubled(x)))))))


def test_a_helper_that_would_fill_a_page_is_called_by_its_name():
    assert "doubled(" in unicode(read(op(forward=long_way), "forward")[0])


def test_a_branch_that_nothing_decides_stays_a_choice():
    (slope,) = read(op(local=local_pow), "local")
    assert slope.function == "where"


def choose(x, axis):
    return np.sum(x) if axis is None else np.sum(x, axis=axis)


def test_settings_that_are_no_numbers_can_be_bound():
    reduce = op(forward=choose)
    assert unicode(read(reduce, "forward", bind={"axis": None})[0]) == "sum(x)"
    assert unicode(read(reduce, "forward", bind={"axis": [0, 1]})[0]) == "sum(x, axis=(0, 1))"
    with pytest.raises(FormulaError, match="ndarray"):
        read(reduce, "forward", bind={"axis": np.zeros(2)})


def test_the_vjp_of_an_elementwise_op_is_upstream_times_local():
    (flow,) = read(op(local=local_pow), "vjp", bind={"exponent": 2})
    assert unicode(simplify(flow)) == "g·2·x"


def loop(x):
    for _ in range(3):
        x = x * x
    return x


def unpacked(x):
    first, *others = x.shape
    return first * others


def comprehension(x):
    return sum(v for v in x)


def elsewhere(x):
    return undefined_name * x  # noqa: F821


def starred(x):
    return np.maximum(*x)


def written(x):
    return np.exp(x, out=x)


def into(x, k):
    return np.where(x)


def built(x):
    return tuple(x)


def nothing(x):
    x = 2 * x


@pytest.mark.parametrize(
    ("function", "construct"),
    [
        (loop, "for _ in range(3):"),
        (unpacked, "first, *others = x.shape"),
        (comprehension, "(v for v in x)"),
        (elsewhere, "undefined_name"),
        (starred, "*x"),
        (into, "np.where(x)"),
        (written, "np.exp(x, out=x)"),
        (built, "tuple(x)"),
        (nothing, "no `return`"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_op_and_part(function, construct):
    with pytest.raises(FormulaError, match=re.escape(construct)) as caught:
        read(op(forward=function), "forward")
    assert "Sample.forward" in str(caught.value)


def test_a_missing_part_a_missing_source_and_a_missing_comma_are_named():
    with pytest.raises(FormulaError, match="Sample has no vjp"):
        read(op(), "vjp")
    with pytest.raises(FormulaError, match=r"source code of Sample\.forward"):
        read(op(forward=eval("lambda x: x")), "forward")
    with pytest.raises(FormulaError, match="comma"):
        read(op(local=plain), "local")


def test_an_op_is_parsed_once():
    sample = op(forward=plain)
    assert read(sample, "forward")[0] is read(sample, "forward")[0]


# ---------------------------------------------------------------- trees


def test_names_come_in_order_of_appearance():
    assert names(call("add", call("mul", b, a), call("sub", b, c))) == ("b", "a", "c")


def test_names_are_exchanged_all_at_once():
    assert substitute(call("sub", a, b), {"a": b, "b": a}) == call("sub", b, a)


def test_unknown_names_and_functions_cannot_be_computed():
    with pytest.raises(FormulaError, match="value for a"):
        evaluate(a, {})
    with pytest.raises(FormulaError, match="wobble"):
        evaluate(call("wobble", 1), {})
    assert evaluate(call("wobble", 1), {"wobble": lambda v: v + 1}) == 2


def test_numbers_divide_and_raise_to_powers_as_arrays_do():
    with np.errstate(all="ignore"):
        assert evaluate(call("pow", 0.0, -1), {}) == np.inf
        assert np.isnan(evaluate(call("pow", -8.0, 0.5), {}))
        assert evaluate(call("div", 1, 0), {}) == np.inf


KEPT = "1 if x < 0 else sum(1 if x < 0 else 0)"  # a sum looks at other entries too


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (call("mul", 1, x), "x"),
        (call("sqrt", call("mul", 2, np.pi)), "√(2·π)"),
        (call("sub", 1, call("less", x, 0)), "1 if not x < 0 else 0"),
        (
            call("add", call("less", x, 0), call("mul", s, call("sub", 1, call("less", x, 0)))),
            "1 if x < 0 else s",
        ),
        (call("mul", x, 1.0), "x"),
        (call("mul", x, 0), "0"),
        (call("add", x, 0), "x"),
        (call("pow", x, 1), "x"),
        (call("pow", x, 0), "1"),
        (call("neg", call("neg", x)), "x"),
        (call("mul", a, call("div", 1, b)), "a / b"),
        (call("mul", 2, call("pow", x, call("sub", 2, 1))), "2·x"),
        (call("mul", x, 2), "2·x"),
        (call("mul", x, x), "x²"),
        (call("add", x, call("neg", y)), "x − y"),
        (call("add", call("neg", x), y), "y − x"),
        (call("add", x, -3), "x − 3"),
        (call("sub", x, call("neg", y)), "x + y"),
        (call("sub", 0, x), "−x"),
        (call("mul", a, call("neg", b)), "−a·b"),
        (call("mul", 2, call("mul", 3, x)), "6·x"),
        (call("mul", call("div", 1, b), a), "a / b"),
        (call("div", x, -2), "−x / 2"),
        (call("div", x, 1), "x"),
        (call("pow", 2, 3), "8"),
        (call("pow", 2, -3), "2⁻³"),
        (call("sub", x, -3), "x + 3"),
        (call("mul", -2, x), "−2·x"),
        (call("div", call("neg", a), call("mul", b, b)), "−a / b²"),
        (call("div", 6, 3), "2"),
        (call("div", 1, 3), "1 / 3"),
        (call("div", 0, 0), "0 / 0"),
        (call("mul", x, call("greater", x, 0)), "x if x > 0 else 0"),
        (call("where", call("equal", x, 0), 1, call("equal", x, 0)), "1 if x = 0 else 0"),
        (call("where", call("not_equal", 1, 1), x, y), "y"),
        (
            call("where", call("not", call("less", x, 0)), call("less", x, 0), y),
            "0 if not x < 0 else y",
        ),
        (
            call("where", call("less", x, 0), y, call("exp", call("less", x, 0))),
            "y if x < 0 else exp(0)",
        ),
        (call("where", call("less", x, 0), 1, call("sum", call("less", x, 0))), KEPT),
        (
            call("where", call("and", call("less", 1, 2), call("less", x, 0)), x, y),
            "x if x < 0 else y",
        ),
        (call("where", call("or", call("less", x, 0), call("less", 1, 2)), x, y), "x"),
        (call("mul", call("less", x, 1), call("less", y, 1)), "1 if x < 1 and y < 1 else 0"),
    ],
)
def test_tidied_as_on_paper(before, after):
    assert unicode(simplify(before)) == after


# ---------------------------------------------------------------- exact printed forms


def local_mul(y, a, b):
    return b, a


def local_sub(y, a, b):
    return 1, -1


def test_the_local_gradients_of_the_first_walkthrough():
    square = read(op(local=local_pow), "local", bind={"exponent": 2})
    product = read(op(local=local_mul), "local")
    difference = read(op(local=local_sub), "local")
    assert unicode(simplify(square[0]), labels({"x": "s"})) == "2·s"
    assert tuple(unicode(e, labels({"a": "w", "b": "x"})) for e in product) == ("x", "w")
    assert tuple(unicode(simplify(e)) for e in difference) == ("1", "−1")


FORMS = [
    (
        call("sub", 1, call("pow", y, 2)),
        "1 − y²",
        "1 - y^{2}",
        "<mrow><mn>1</mn><mo>−</mo><msup><mrow><mi>y</mi></mrow><mrow><mn>2</mn></mrow></msup></mrow>",
    ),
    (
        call("div", Name("y_hat"), call("exp", x)),
        "y_hat / exp(x)",
        r"\frac{\mathrm{y\_hat}}{e^{x}}",
        (
            "<mfrac><mrow><mi>y_hat</mi></mrow><mrow><msup><mi>e</mi><mrow><mi>x</mi></mrow></msup>"
            "</mrow></mfrac>"
        ),
    ),
    (
        call("partial", Name("L"), s),
        "∂L/∂s",
        r"\frac{\partial L}{\partial s}",
        "<mfrac><mrow><mo>∂</mo><mi>L</mi></mrow><mrow><mo>∂</mo><mi>s</mi></mrow></mfrac>",
    ),
    (
        call("mul", -2, call("sqrt", call("add", x, 1))),
        "−2·√(x + 1)",
        r"-2 \cdot \sqrt{x + 1}",
        (
            "<mrow><mrow><mo>−</mo><mn>2</mn></mrow><mo>·</mo><msqrt><mrow><mi>x</mi><mo>+</mo>"
            "<mn>1</mn></mrow></msqrt></mrow>"
        ),
    ),
    (
        call("matmul", call("transpose", a), call("sigmoid", b)),
        "aᵀ @ σ(b)",
        r"a^{\top} \, \sigma(b)",
        (
            '<mrow><msup><mrow><mi>a</mi></mrow><mo>⊤</mo></msup><mspace width="0.17em"/><mrow><mi>σ</mi>'
            "<mo>&#x2061;</mo><mrow><mo>(</mo><mi>b</mi><mo>)</mo></mrow></mrow></mrow>"
        ),
    ),
    (
        call("greater", x, 0),
        "1 if x > 0 else 0",
        r"\begin{cases} 1 & \text{if } x > 0 \\ 0 & \text{otherwise} \end{cases}",
        (
            f"<mrow><mo>&#x7B;</mo><mtable><mtr>{LEFT}<mn>1</mn></mtd>{LEFT}<mtext>if&#xA0;</mtext>"
            "<mrow><mi>x</mi><mo>&gt;</mo><mn>0</mn></mrow></mtd></mtr>"
            f"<mtr>{LEFT}<mn>0</mn></mtd>{LEFT}"
            "<mtext>otherwise</mtext></mtd></mtr></mtable></mrow>"
        ),
    ),
    (
        call("mul", 1e-7, call("abs", x)),
        "1e−7·|x|",
        r"{1 \cdot 10^{-7}} \cdot \left|x\right|",
        (
            "<mrow><mrow><mn>1</mn><mo>·</mo><msup><mn>10</mn><mn>−7</mn></msup></mrow><mo>·</mo>"
            "<mrow><mo>|</mo><mi>x</mi><mo>|</mo></mrow></mrow>"
        ),
    ),
]


@pytest.mark.parametrize(("formula", "text", "tex", "markup"), FORMS, ids=[f[1] for f in FORMS])
def test_one_formula_in_three_notations(formula, text, tex, markup):
    assert unicode(formula) == text
    assert latex(formula) == tex
    assert mathml(formula) == markup


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (call("mul", a, call("add", b, c)), "a·(b + c)"),
        (call("sub", a, call("sub", b, c)), "a − (b − c)"),
        (call("add", a, call("sub", b, c)), "a + b − c"),
        (call("sub", a, call("neg", b)), "a − (−b)"),
        (call("mul", call("neg", a), b), "−a·b"),
        (call("mul", a, -2), "a·(−2)"),
        (call("mul", call("div", a, b), c), "(a / b)·c"),
        (call("div", a, call("mul", b, c)), "a / (b·c)"),
        (call("div", call("mul", a, b), c), "a·b / c"),
        (call("neg", call("div", a, b)), "−a / b"),
        (call("mul", call("neg", call("div", a, b)), c), "(−a / b)·c"),
        (call("pow", call("neg", a), 2), "(−a)²"),
        (call("neg", call("pow", a, 2)), "−a²"),
        (call("pow", call("pow", a, 2), 3), "(a²)³"),
        (call("pow", -2, 2), "(−2)²"),
        (call("pow", 2, call("neg", x)), "2^(−x)"),
        (call("pow", call("tanh", x), 2), "tanh(x)²"),
        (call("mul", a, call("matmul", b, c)), "a·(b @ c)"),
        (call("abs", call("mul", a, call("abs", b))), "abs(a·|b|)"),
        (call("mul", 2, call("where", x, a, b)), "2·(a if x else b)"),
    ],
)
def test_parentheses_stand_where_they_are_needed_and_nowhere_else(formula, text):
    assert unicode(formula) == text


def test_a_slot_says_whether_a_negative_number_needs_parentheses():
    slot = slots({"a": "d1", "b": "d2"})
    assert unicode(call("mul", a, b), slot) == "{d1}·{(d2)}"
    assert unicode(call("sub", a, b), slot) == "{d1} − {(d2)}"
    assert unicode(call("pow", a, 2), slot) == "{(d1)}²"
    assert unicode(call("neg", a), slot) == "−{(d1)}"
    assert unicode(call("div", a, b), slot) == "{d1} / {(d2)}"
    assert unicode(call("exp", a), slot) == "exp({d1})"
    assert unicode(call("mul", x, call("add", a, x)), slot) == "x·({d1} + x)"
    assert mathml(call("div", a, b), slot) == "<mfrac><mrow>{d1}</mrow><mrow>{d2}</mrow></mfrac>"


def test_names_in_mathml_are_escaped_and_ready_made_content_is_not():
    assert mathml(Name("a<b")) == "<mi>a&lt;b</mi>"
    assert mathml(a, labels({"a": "<mn>7</mn>"})) == "<mn>7</mn>"
