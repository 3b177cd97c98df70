"""``torch.explain``: every path, its product and the sum, as text, LaTeX and MathML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microtorch as torch
from microtorch.graph.chain import Chain, all_uses
from microtorch.graph.derivation import Derivation, counted
from microtorch.graph.equations import SLOT, Equations, fill
from microtorch.graph.steps import steps
from microtorch.graph.trace import trace


def leaf(x: Any) -> torch.Tensor:
    return torch.tensor(x, dtype=torch.float64, requires_grad=True)


def neuron() -> tuple[torch.Tensor, ...]:
    w, b, x = leaf(2.0), leaf(-1.0), torch.tensor(0.5, dtype=torch.float64)
    y_hat = torch.tanh(w * x + b)
    return w, b, x, y_hat, (y_hat - 1) ** 2


# ---------------------------------------------------------------- what it says


def test_one_path_is_a_product_of_local_gradients():
    w, b, x, y_hat, loss = neuron()
    said = torch.explain(loss, w, names={"b": b, "y_hat": y_hat, "x": x})
    assert said.text.splitlines() == [
        "How loss depends on w: along 1 path.",
        "",
        "The path: w → v1 → v2 → y_hat → v3 → loss",
        "    ∂loss/∂w",
        "      = ∂loss/∂v3 · ∂v3/∂y_hat · ∂y_hat/∂v2 · ∂v2/∂v1 · ∂v1/∂w",
        "      = 2·v3·1·(1 − y_hat²)·1·x",
        "      = 2·(−1)·1·(1 − 0²)·1·0.5",
        "      = −2·1·1·1·0.5",
        "      = −1",
        "w.grad is still empty: loss.backward() will put −1 there.",
    ]
    assert said.paths == {"w": 1}


def test_several_paths_are_added():
    a = leaf(3.0)
    loss = a * a + a
    text = torch.explain(loss, a).text
    assert "along 3 paths" in text
    assert "∂loss/∂a = 3 + 3 + 1 = 7" in text
    assert re.findall(r"^Path \d: .*", text, re.MULTILINE) == [
        "Path 1: a → v1 → loss",
        "Path 2: a → v1 → loss",
        "Path 3: a → loss",
    ]


def test_more_than_eight_paths_are_explained_value_by_value():
    y = w = leaf(1.0)
    for _ in range(4):
        y = y + y
    text = torch.explain(y, w).text
    assert "along 16 paths" in text
    assert "Path 1" not in text
    assert "∂y/∂w = ∂y/∂v1 · ∂v1/∂w + ∂y/∂v1 · ∂v1/∂w" in text.replace("\n      ", " ")
    assert text.splitlines()[-1] == "w.grad is still empty: y.backward() will put 16 there."


def test_the_number_of_paths_is_exact():
    y = w = leaf(1.0)
    for _ in range(40):
        y = y + y
    said = torch.explain(y, w)
    assert said.paths == {"w": 2**40}
    assert "along 1,099,511,627,776 paths" in said.text
    assert "35 values in between" in said.text
    assert len(said.text) < 2000
    assert counted(10**30) == "about 1e30"


def test_tensors_have_shapes_vjps_and_sums_over_broadcast_axes():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype=torch.float64)
    W, b = leaf([[1.0], [-1.0]]), leaf([0.5])
    loss = ((x @ W + b) ** 2).sum()
    text = torch.explain(loss, W, b).text.replace("\n      ", " ")
    assert "The path: W (2×1) → v1 (3×1) → v2 (3×1) → v3 (3×1) → loss" in text
    assert "∂loss/∂W = xᵀ @ (∂loss/∂v1) = [[−9], [−12]]" in text
    assert "∂loss/∂b = sum(∂loss/∂v2 · ∂v2/∂b) = sum(∂loss/∂v2·1) = [−3]" in text
    large = torch.explain((leaf(np.ones((9, 9))) * 2).sum())
    assert "[2 … 2, shape 9×9]" in large.text


def test_a_result_with_several_entries_is_summed():
    w = leaf([1.0, 2.0])
    y = w * w
    assert "the gradient is that of their sum" in torch.explain(y, w).text
    assert "[2, 4]" in torch.explain(y, w).text


def test_what_grad_holds_is_said():
    w = leaf(3.0)
    loss = w**2
    assert "is still empty: loss.backward() will put 6 there" in torch.explain(loss, w).text
    loss.backward(retain_graph=True)
    assert "w.grad holds it: loss.backward() put it there." in torch.explain(loss, w).text
    loss.backward()
    text = torch.explain(loss, w).text  # the graph is freed, and its small values are kept
    assert text.endswith("w.grad held 6, and loss.backward() added to it:\n    6 + 6 = 12")
    other = w**3
    assert "already holds 12, and other.backward() will add to it" in torch.explain(other, w).text


def test_intermediate_results_and_the_loss_itself():
    *_, y_hat, loss = neuron()
    said = torch.explain(loss, y_hat)
    assert "y_hat.grad stays empty unless y_hat.retain_grad() asks for it" in said.text
    y_hat.retain_grad()
    loss.backward()
    assert "y_hat.grad holds it" in torch.explain(loss, y_hat).text
    assert "∂loss/∂loss = 1" in torch.explain(loss, loss).text
    assert "moves just as far" in torch.explain(loss, loss).text


def test_several_targets_by_tensor_by_name_and_all():
    w, b, *_, loss = neuron()
    assert list(torch.explain(loss, w, b).paths) == ["w", "b"]
    assert list(torch.explain(loss, [w, "b"]).paths) == ["w", "b"]
    assert list(torch.explain(loss, "w", w, "w").paths) == ["w"]
    assert list(torch.explain(loss).paths) == ["w", "b"]
    model = torch.nn.Linear(2, 1)
    out = model(torch.ones(3, 2)).mean()
    assert list(torch.explain(out, "model.weight").paths) == ["model.weight"]
    assert list(torch.explain(out, names={"bias!": model.bias}).paths) == ["model.weight", "bias!"]


def test_a_value_used_very_often():
    w = leaf(1.0)
    loss = sum((w * float(i) for i in range(1000)), torch.zeros((), dtype=torch.float64))
    said = torch.explain(loss, w)
    assert said.paths == {"w": 1000}
    assert len(said.text) < 3000
    assert "499500" in said.text


# ---------------------------------------------------------------- what it refuses


def test_what_cannot_be_explained_is_refused_with_the_reason():
    w, b, x, y_hat, loss = neuron()  # noqa: RUF059 - explain() finds these names
    stranger = leaf(1.0)
    with pytest.raises(ValueError, match=r"x asks for no gradient.*requires_grad=True"):
        torch.explain(loss, x)
    with pytest.raises(ValueError, match=r"not computed from stranger.*w, v1, b"):
        torch.explain(loss, stranger)
    with pytest.raises(ValueError, match=r"no 'y_hit' in the graph of loss. Did you mean 'y_hat'"):
        torch.explain(loss, "y_hit")
    with pytest.raises(ValueError, match="x asks for no gradient"):
        torch.explain(loss, "x")
    with pytest.raises(TypeError, match="tensors or their names, not int"):
        torch.explain(loss, 3)
    with pytest.raises(TypeError, match="starts from a Tensor, not float"):
        torch.explain(1.0, w)
    with pytest.raises(ValueError, match="no graph"):
        torch.explain(x, w)


# ---------------------------------------------------------------- how it looks


def test_a_notebook_gets_latex_and_a_terminal_text():
    *_, loss = neuron()
    said = torch.explain(loss)
    bundle = said._repr_mimebundle_()
    assert set(bundle) == {"text/markdown", "text/latex", "text/plain"}
    assert bundle["text/latex"] == said.latex
    assert bundle["text/plain"] == said.text
    assert bundle["text/markdown"].startswith("**How $")
    assert said._repr_latex_() == said.latex
    assert repr(said) == said.text


def test_the_formulas_of_a_page_are_well_formed():
    *_, loss = neuron()
    tree = ET.fromstring(torch.explain(loss).mathml)
    assert len(tree.findall("math")) >= 2
    latex = torch.explain(loss).latex
    assert latex.count("$") % 2 == 0
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\begin{aligned}") == latex.count(r"\end{aligned}") == 2


HOSTILE = [
    "<script>alert(1)</script>",
    "{d3} {(g0)} {l0.0}",
    r"$x$ \input{/etc/passwd} %#&_^~",
    "שלום",
    "a" * 200,
    "two\nlines\x1b[31m",
    'w\'; "quoted"',
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_break_nothing(name):
    w, x = leaf(2.0), leaf(3.0)
    loss = w * x + w
    names = {name: w, "x": x}
    said = torch.explain(loss, w, names=names)
    for text in (said.text, said.latex, said.mathml):
        assert "\x1b" not in text
    for markup in (said.latex, said.mathml):
        assert "<script" not in markup
    assert "= 3 + 1 = 4" in said.text
    ET.fromstring(said.mathml)
    plain = re.sub(r"\\[\\{}$%#&_ ]", "", said.latex)
    assert plain.count("{") == plain.count("}")
    assert plain.count("$") % 2 == 0
    assert not set("%#&~") & set(re.sub(r"&=|\\ ", "", plain))
    assert max(map(len, said.text.splitlines())) < 400


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stand_whole_in_the_steps_of_a_walk(name):
    w, x = leaf(2.0), leaf(3.0)
    loss = w * x
    graph = torch.draw(loss, names={name: w, "x": x, "loss": loss}).graph
    for step in steps(graph):
        for template in (step.sentence, step.line, step.formula):
            assert not SLOT.search(fill(template, graph))
        ET.fromstring(f"<math>{fill(step.formula, graph)}</math>")
    words = fill(steps(graph)[1].sentence, graph)
    if name == HOSTILE[1]:
        assert "d3" in words
        assert "(g0)" in words


# ---------------------------------------------------------------- numbers and time


@st.composite
def programs(draw: Any) -> Any:
    """A few random steps on two scalars, or on two vectors."""
    shape = draw(st.sampled_from([(), (3,)]))
    values = [leaf(np.full(shape, draw(st.floats(0.5, 2)))) for _ in range(2)]
    steps = draw(
        st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9), st.integers(0, 9)), max_size=7)
    )
    functions = [torch.sin, torch.exp, lambda a: a * a, torch.add, torch.mul, torch.sub]
    pool = list(values)
    for which, i, j in steps:
        a, b = pool[i % len(pool)], pool[j % len(pool)]
        pool.append(functions[which](a) if which < 3 else functions[which](a, b))
    return sum((v.sum() for v in pool), torch.zeros((), dtype=torch.float64))


@settings(max_examples=30)
@given(programs())
def test_the_paths_add_up_to_the_gradient_of_the_engine(program):
    program.backward(retain_graph=True)
    graph = trace(program)
    for value in [v for v in graph.values if v.kind == "parameter"]:
        chain = Chain(graph, value.index, all_uses(graph))
        paths = chain.paths() if chain.count <= 200 else []
        assert chain.count == len(paths) or chain.count > 200
        if paths:
            total = sum(chain.contribution(path) for path in paths)
            np.testing.assert_allclose(total, value.stored, rtol=1e-9, atol=1e-9)


def test_the_work_grows_with_the_graph_and_not_with_the_number_of_paths():
    """Counted, not timed: how often a value is looked at."""

    def looks(doublings: int) -> int:
        y = leaf(1.0)
        for _ in range(doublings):
            y = y + y
        seen = 0

        class Watched(list):
            def __getitem__(self, index):
                nonlocal seen
                seen += 1
                return super().__getitem__(index)

        graph = trace(y)
        chain = Chain(graph, 0, Watched(all_uses(graph)))
        assert chain.count == 2**doublings
        Derivation(chain, Equations(graph)).blocks()
        return seen

    assert looks(800) <= 2 * looks(400)


def test_a_long_chain_is_short_to_read():
    y = w = leaf(0.5)
    for _ in range(1500):
        y = torch.sin(y)
    text = torch.explain(y, w).text
    assert "(1,500 steps)" in text
    assert len(text) < 1500
