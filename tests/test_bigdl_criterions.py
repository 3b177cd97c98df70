"""The criterions: BigDL's documented numbers, formulas, averages, padding, and bad input."""

from __future__ import annotations

import pathlib
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(pathlib.Path(__file__).parent / "golden"))
from bigdl_losses import NOT_REPRODUCIBLE, PYTHON, SCALA, Example

import microtorch as torch
from microtorch.bigdl.nn import criterion as module
from microtorch.bigdl.nn.criterion import *
from microtorch.bigdl.nn.layer import Linear, Tanh

F = torch.nn.functional


def entries(x: Any) -> np.ndarray:
    """All numbers of an array or of a table."""
    return np.concatenate([np.ravel(each) for each in (x if isinstance(x, list) else [x])])


EXAMPLES = [
    pytest.param(e, id=f"{name}-{k}")
    for k, found in (("python", PYTHON), ("scala", SCALA))
    for name, e in found.items()
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_the_documentation_prints_these_numbers(example: Example) -> None:
    loss = example.criterion.forward(example.input, example.target)
    assert type(loss) is float
    assert loss == pytest.approx(example.loss, rel=example.tolerance)
    gradient = example.criterion.backward(example.input, example.target)
    if example.gradient is not None:
        np.testing.assert_allclose(
            entries(gradient), entries(example.gradient), rtol=1e-5, atol=1e-8
        )


def test_31_of_the_36_examples_reproduce_and_the_others_say_why() -> None:
    assert (len(PYTHON), len(NOT_REPRODUCIBLE)) == (31, 5)
    assert set(SCALA) == set(NOT_REPRODUCIBLE)
    every = {name for name in module.__all__ if name not in ("Criterion", "np")}
    assert len(every) == 37
    assert set(PYTHON) | set(NOT_REPRODUCIBLE) == every - {"TimeDistributedMaskCriterion"}


# ---------------------------------------------------------------- formulas and averages

RNG = np.random.default_rng(3)
X, T = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3))
P, Q = RNG.dirichlet(np.ones(3), 4), RNG.dirichlet(np.ones(3), 4)
S = np.sign(RNG.normal(size=(4, 3)))
C = np.array([1, 3, 2, 3])
W = np.array([0.5, 2.0, 1.0])
LOGP = X - np.log(np.exp(X).sum(1, keepdims=True))
AT = (np.arange(4), C - 1)
COS = (X * T).sum(1) / np.sqrt((X**2).sum(1) * (T**2).sum(1))
D = {"bigdl_type": "double"}


def hinge(x: Any) -> Any:
    return np.maximum(x, 0)


# criterion, input, target, the documented formula
FORMULAS: dict[str, tuple[Any, Any, Any, float]] = {
    "Abs": (AbsCriterion(**D), X, T, np.abs(X - T).mean()),
    "Abs, sum": (AbsCriterion(False, **D), X, T, np.abs(X - T).sum()),
    "MSE": (MSECriterion(**D), X, T, ((X - T) ** 2).mean()),
    "SmoothL1": (SmoothL1Criterion(**D), X, T, np.where(np.abs(X - T) < 1, (X - T) ** 2 / 2, np.abs(X - T) - 0.5).mean()),
    "SmoothL1, sum": (SmoothL1Criterion(False, **D), 3 * X, T, np.where(np.abs(3 * X - T) < 1, (3 * X - T) ** 2 / 2, np.abs(3 * X - T) - 0.5).sum()),
    "SmoothL1 with weights, batch": (SmoothL1CriterionWithWeights(1.0, **D), X, [T, np.ones((4, 3)), 2 * np.ones((4, 3))], np.where(np.abs(X - T) < 1, (X - T) ** 2 / 2, np.abs(X - T) - 0.5).sum() * 2 / 4),
    "L1Cost": (L1Cost(**D), X, T, np.abs(X).sum()),
    "MAPE": (MeanAbsolutePercentageCriterion(**D), X, T, 100 * (np.abs(X - T) / np.abs(T)).mean()),
    "MSLE": (MeanSquaredLogarithmicCriterion(**D), P, Q, ((np.log(Q + 1) - np.log(P + 1)) ** 2).mean()),
    "Poisson": (PoissonCriterion(**D), P, Q, (P - Q * np.log(P + 1e-7)).mean()),
    "Dice": (DiceCoefficientCriterion(**D), P, Q, (1 - (2 * (P * Q).sum(1) + 1) / (P.sum(1) + Q.sum(1) + 1)).mean()),
    "Dice, sum": (DiceCoefficientCriterion(False, 0.5, **D), P, Q, (1 - (2 * (P * Q).sum(1) + 0.5) / (P.sum(1) + Q.sum(1) + 0.5)).sum()),
    "NLL": (ClassNLLCriterion(**D), LOGP, C, -LOGP[AT].mean()),
    "NLL, weights": (ClassNLLCriterion(W, **D), LOGP, C, -(W[C - 1] * LOGP[AT]).sum() / W[C - 1].sum()),
    "NLL, weights, sum": (ClassNLLCriterion(W, False, **D), LOGP, C, -(W[C - 1] * LOGP[AT]).sum()),
    "NLL, padding": (ClassNLLCriterion(W, **D), LOGP, np.array([1, -1, 2, -1]), -(0.5 * LOGP[0, 0] + 2 * LOGP[2, 1]) / 2.5),
    "NLL, all padding": (ClassNLLCriterion(**D), LOGP, np.full(4, -1), 0.0),
    "NLL, probabilities": (ClassNLLCriterion(None, True, False, **D), P, C, -np.log(P[AT]).mean()),
    "NLL, one sample": (ClassNLLCriterion(**D), LOGP[0], np.array([3]), -LOGP[0, 2]),
    "CrossEntropy": (CrossEntropyCriterion(**D), X, C, -LOGP[AT].mean()),
    "CrossEntropy, weights": (CrossEntropyCriterion(W, **D), X, C, -(W[C - 1] * LOGP[AT]).sum() / W[C - 1].sum()),
    "CategoricalCrossEntropy": (CategoricalCrossEntropy(**D), P, np.eye(3)[C - 1], -np.log(P[AT]).mean()),
    "SoftmaxWith, valid": (SoftmaxWithCriterion(2, **D), X, C, -(LOGP[AT][[0, 1, 3]]).sum() / 3),
    "SoftmaxWith, full": (SoftmaxWithCriterion(2, "FULL", **D), X, C, -(LOGP[AT][[0, 1, 3]]).sum() / 4),
    "SoftmaxWith, none": (SoftmaxWithCriterion(None, "NONE", **D), X, C, -LOGP[AT].sum()),
    "SoftmaxWith, batch": (SoftmaxWithCriterion(None, "BATCH_SIZE", **D), X.reshape(2, 2, 3, 1)[:, :2], np.ones((2, 1, 3, 1)), np.log1p(np.exp(X.reshape(2, 2, 3)[:, 1] - X.reshape(2, 2, 3)[:, 0])).sum() / 2),
    "BCE": (BCECriterion(**D), P, Q, -(Q * np.log(P) + (1 - Q) * np.log(1 - P)).mean()),
    "BCE, weights, sum": (BCECriterion(W, False, **D), P, Q, -(W * (Q * np.log(P) + (1 - Q) * np.log(1 - P))).sum()),
    "MultiLabelSoftMargin ignores size_average": (MultiLabelSoftMarginCriterion(W, False, **D), X, Q, (W * (np.log1p(np.exp(X)) - Q * X)).mean()),
    "PG": (PGCriterion(**D), P, T, -(T * np.log(P)).sum()),
    "PG, average": (PGCriterion(True, **D), P, T, -(T * np.log(P)).sum() / 4),
    "SoftMargin": (SoftMarginCriterion(**D), X, S, np.log1p(np.exp(-S * X)).mean()),
    "SoftMargin, sum": (SoftMarginCriterion(False, **D), X, S, np.log1p(np.exp(-S * X)).sum()),
    "Margin": (MarginCriterion(0.7, **D), X, S, hinge(0.7 - S * X).mean()),
    "Margin, squared": (MarginCriterion(0.7, False, True, **D), X, S, (hinge(0.7 - S * X) ** 2).sum()),
    "MultiMargin": (MultiMarginCriterion(**D), X, C, (hinge(1 - X[AT][:, None] + X).sum(1) - 1).sum() / 3 / 4),
    "MultiMargin, p, weights": (MultiMarginCriterion(2, W, 0.5, False, **D), X, C, (W[C - 1] * ((hinge(0.5 - X[AT][:, None] + X) ** 2).sum(1) - 0.25)).sum() / 3),
    "MultiLabelMargin": (MultiLabelMarginCriterion(**D), X[:1], np.array([[2, 0, 0]]), hinge(1 - X[0, 1] + X[0, [0, 2]]).sum() / 3),
    "MarginRanking": (MarginRankingCriterion(0.3, **D), [X[:, 0], X[:, 1]], S[:, 0], hinge(-S[:, 0] * (X[:, 0] - X[:, 1]) + 0.3).mean()),
    "MarginRanking, sum": (MarginRankingCriterion(0.3, False, **D), [X[:, 0], X[:, 1]], [S[:, 0]], hinge(-S[:, 0] * (X[:, 0] - X[:, 1]) + 0.3).sum()),
    "HingeEmbedding": (HingeEmbeddingCriterion(0.8, **D), X, S, np.where(S == 1, X, hinge(0.8 - X)).mean()),
    "L1HingeEmbedding, apart": (L1HingeEmbeddingCriterion(9.0, **D), [X[0], X[1]], np.array([-1]), hinge(9 - np.abs(X[0] - X[1]).sum())),
    "CosineEmbedding": (CosineEmbeddingCriterion(0.1, **D), [X, T], np.array([1, -1, -1, 1]), np.where([1, 0, 0, 1], COS, hinge(COS - 0.1)).mean()),
    "CosineDistance": (CosineDistanceCriterion(**D), X, T, (1 - COS).mean()),
    "CosineDistance, sum": (CosineDistanceCriterion(False, **D), X, T, (1 - COS).sum()),
    "CosineProximity": (CosineProximityCriterion(**D), X, T, -COS.sum() / 12),
    "DotProduct": (DotProductCriterion(**D), X, T, (X * T).sum()),
    "DotProduct, average": (DotProductCriterion(True, **D), X, T, (X * T).sum() / 4),
    "DistKLDiv": (DistKLDivCriterion(**D), LOGP, Q, (Q * (np.log(Q) - LOGP)).mean()),
    "DistKLDiv, where t is 0": (DistKLDivCriterion(False, **D), LOGP, np.eye(3)[C - 1], -LOGP[AT].sum()),
    "KullbackLeibler": (KullbackLeiblerDivergenceCriterion(**D), P, Q, (Q * np.log(Q / P)).sum() / 4),
    "KLD": (KLDCriterion(**D), [X, T], X, -0.5 * (1 + T - X**2 - np.exp(T)).sum() / 4),
    "Gaussian": (GaussianCriterion(**D), [X, T], S, (0.5 * T + 0.5 * np.log(2 * np.pi) + 0.5 * (X - S) ** 2 / np.exp(T)).sum()),
    "Multi": (MultiCriterion(**D).add(MSECriterion(**D), 0.5).add(AbsCriterion(**D)), X, T, 0.5 * ((X - T) ** 2).mean() + np.abs(X - T).mean()),
    "Parallel, one target": (ParallelCriterion(True, **D).add(MSECriterion(**D)).add(AbsCriterion(**D), 2), [X, S], T, ((X - T) ** 2).mean() + 2 * np.abs(S - T).mean()),
    "TimeDistributed": (TimeDistributedCriterion(MSECriterion(**D), **D), X, T, ((X - T) ** 2).mean(0).sum()),
    "TimeDistributed, average, dimension": (TimeDistributedCriterion(AbsCriterion(False, **D), True, 1, **D), X, T, np.abs(X - T).sum() / 4),
    "TimeDistributedMask": (TimeDistributedMaskCriterion(ClassNLLCriterion(**D), -1, **D), LOGP.reshape(2, 2, 3), np.array([[1, -1], [2, 3]]), -(LOGP[0, 0] + LOGP[2, 1] + LOGP[3, 2]) / 3),
    "Transformer": (TransformerCriterion(MSECriterion(**D), Tanh("double"), None, **D), X, T, ((np.tanh(X) - T) ** 2).mean()),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMULAS)
def test_a_criterion_is_its_documented_formula_and_the_gradient_is_its_slope(name: str) -> None:
    criterion, input, target, expected = FORMULAS[name]
    assert criterion.forward(input, target) == pytest.approx(expected, rel=1e-6, abs=1e-12)
    assert criterion.forward(input, target) == pytest.approx(expected, rel=1e-6, abs=1e-12)
    gradient = entries(criterion.backward(input, target))
    slopes = []
    for k, array in enumerate(input if isinstance(input, list) else [input]):
        for place in np.ndindex(array.shape):
            moved = []
            for nudge in (1e-6, -1e-6):
                other = array.copy()
                other[place] += nudge
                given = [*input[:k], other, *input[k + 1 :]] if isinstance(input, list) else other
                moved.append(criterion.forward(given, target))
            slopes.append((moved[0] - moved[1]) / 2e-6)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-5, atol=1e-6)


def test_every_criterion_has_its_formula_tested() -> None:
    tested = {type(criterion).__name__ for criterion, *_ in FORMULAS.values()}
    missing = {name for name in module.__all__ if name not in ("Criterion", "np")} - tested
    assert missing == {"ClassSimplexCriterion"}  # the documentation's example says all of it


TENSORS: dict[str, tuple[Any, Any, Any, Any]] = {
    "Abs": (AbsCriterion, lambda x, t: F.l1_loss(x, t), T, 0),
    "MSE": (MSECriterion, lambda x, t: F.mse_loss(x, t), T, 0),
    "SmoothL1": (SmoothL1Criterion, lambda x, t: F.smooth_l1_loss(x, t), T, 0),
    "SoftMargin": (SoftMarginCriterion, lambda x, t: F.soft_margin_loss(x, t), S, 0),
    "HingeEmbedding": (HingeEmbeddingCriterion, lambda x, t: F.hinge_embedding_loss(x, t), S, 0),
    "NLL": (ClassNLLCriterion, lambda x, t: F.nll_loss(x, t.long()), C, 1),
    "CrossEntropy": (CrossEntropyCriterion, lambda x, t: F.cross_entropy(x, t.long()), C, 1),
    "MultiMargin": (MultiMarginCriterion, lambda x, t: F.multi_margin_loss(x, t.long()), C, 1),
    "MultiLabelSoftMargin": (MultiLabelSoftMarginCriterion, lambda x, t: F.binary_cross_entropy_with_logits(x, t), Q, 0),
    "BCE": (BCECriterion, lambda x, t: F.binary_cross_entropy(x, t), Q, 0),
    "DistKLDiv": (DistKLDivCriterion, lambda x, t: F.kl_div(x, t, reduction="sum") / 12, Q, 0),
    "MultiLabelMargin": (MultiLabelMarginCriterion, lambda x, t: F.multilabel_margin_loss(x, t.long()), np.array([[2, 1, 0], [3, 0, 0], [1, 0, 2], [1, 2, 3]]), 1),
}  # fmt: skip


@pytest.mark.parametrize("name", TENSORS)
@settings(max_examples=6, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_a_criterion_equals_the_tensors_loss(name: str, seed: int) -> None:
    make, on_tensors, target, first_class = TENSORS[name]
    x = np.random.default_rng(seed).normal(size=(4, 3))
    if name == "BCE":
        x = 1 / (1 + np.exp(-x))
    criterion = make(**D)
    leaf = torch.tensor(x).requires_grad_()
    loss = on_tensors(leaf, torch.tensor(target - first_class))
    loss.backward()
    assert criterion.forward(x, target) == pytest.approx(loss.item(), abs=1e-9)
    np.testing.assert_allclose(criterion.backward(x, target), leaf.grad.numpy(), atol=1e-6)


# ---------------------------------------------------------------- quirks of BigDL


def test_the_gradient_of_the_absolute_error_is_plus_one_over_n_at_a_tie() -> None:
    x = np.array([1.0, 2.0])
    assert AbsCriterion().backward(x, x).tolist() == [0.5, 0.5]
    assert MultiCriterion().add(AbsCriterion()).backward(x, x).tolist() == [0.5, 0.5]
    assert AbsCriterion(False).backward(x, x + 1).tolist() == [-1, -1]


def test_the_edge_of_a_ranking_margin_counts_as_inside() -> None:
    pair = [np.array([1.0]), np.array([0.0])]
    ranking = MarginRankingCriterion(1.0)
    assert ranking.forward(pair, np.array([1.0])) == 0
    assert [g.tolist() for g in ranking.backward(pair, np.array([1.0]))] == [[-1], [1]]


def test_a_probability_of_0_counts_as_a_hundred_millionth() -> None:
    nll = ClassNLLCriterion(logProbAsInput=False)
    assert nll.forward(np.array([[0.0, 1.0]]), np.array([1])) == pytest.approx(-np.log(1e-8))


def test_a_sum_of_criterions_starts_from_0_every_time() -> None:
    both = MultiCriterion().add(MSECriterion())
    assert both.forward(X, T) == both.forward(X, T) == MSECriterion().forward(X, T)


def test_a_criterion_alone_needs_no_forward_before_backward_and_no_gradient_mode() -> None:
    with torch.no_grad():
        np.testing.assert_allclose(MSECriterion().backward(X, T), (X - T) / 6, rtol=1e-5, atol=1e-7)
    assert MSECriterion().backward(X.astype(np.float32), T).dtype == np.float32


def test_a_transformer_sends_the_gradient_through_its_layer() -> None:
    layer = Linear(3, 2, bigdl_type="double")
    perceptual = TransformerCriterion(MSECriterion(**D), layer, layer.__class__(3, 2, **D), **D)
    perceptual.forward(X, T)
    assert perceptual.backward(X, T).shape == X.shape
    assert layer.gradWeight.any()


# ---------------------------------------------------------------- what a clumsy user tries

BAD: dict[str, tuple[Any, Any, Any, str]] = {
    "class 0": (ClassNLLCriterion(), LOGP, np.array([0, 1, 2, 3]), r"ClassNLLCriterion: the class target 0 .* from 1 to 3.*start at 0"),
    "class beyond": (CrossEntropyCriterion(), X, np.array([1, 1, 2, 4]), "target 4 is not a class"),
    "half a class": (MultiMarginCriterion(), X, np.array([1, 1, 2, 1.5]), r"target 1\.5"),
    "no class": (ClassNLLCriterion(), LOGP, np.array([1, 1, 2, np.nan]), "target nan"),
    "padding that is not left out": (SoftmaxWithCriterion(), X, np.array([1, -1, 1, 1]), "target -1"),
    "too few targets": (ClassNLLCriterion(), LOGP, np.array([1, 2]), r"each of the 4 samples, shape \(4,\), not \(2,\)"),
    "weights of other classes": (ClassNLLCriterion(np.ones(2)), LOGP, C, r"weights are given for 2 classes.*has 3"),
    "another shape": (MSECriterion(), X, T[:2], r"MSECriterion.*shape of the input, \(4, 3\), not \(2, 3\)"),
    "a table": (MSECriterion(), [X, X], T, "must be one array, not a table"),
    "no table": (KLDCriterion(), X, T, r"table \[mean, log_variance\]"),
    "too many dimensions": (ClassNLLCriterion(), X.reshape(1, 4, 3), C, "1 or 2 dimensions"),
    "nothing": (AbsCriterion(), np.ones(0), np.ones(0), "empty"),
    "no sign": (HingeEmbeddingCriterion(), X, np.zeros((4, 3)), "a target is 1 or -1, not 0"),
    "one-hot": (CategoricalCrossEntropy(), P, C, "one-hot"),
    "entries of weights": (BCECriterion(np.ones(2)), P, Q, "2 weights"),
    "simplex": (ClassSimplexCriterion(4), X, C, r"\(batch, 4\)"),
    "nothing inside": (MultiCriterion(), X, T, "no criterion inside"),
    "a part too many": (ParallelCriterion().add(MSECriterion()), [X, X], [T], "each of the 1 criterions"),
    "steps": (TimeDistributedCriterion(MSECriterion()), X, T[:, :2], "as many steps in time"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_with_what_was_expected(name: str) -> None:
    criterion, input, target, words = BAD[name]
    for method in (criterion.forward, criterion.backward):
        with pytest.raises(ValueError, match=words):
            method(input, target)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: MultiCriterion().add(MSECriterion), TypeError, "such as MSECriterion"),
        (lambda: SoftmaxWithCriterion(normalize_mode="SOME"), ValueError, "FULL, VALID"),
        (lambda: MultiMarginCriterion(3), ValueError, "p is 1 or 2"),
        (lambda: ClassSimplexCriterion(1), ValueError, "2 or more"),
        (lambda: SmoothL1CriterionWithWeights(0), ValueError, "above 0"),
        (lambda: ClassNLLCriterion(np.ones((2, 2))), ValueError, r"\(classes,\)"),
        (lambda: TimeDistributedMaskCriterion(L1Cost()), TypeError, "size_average"),
        (lambda: MSECriterion().forward(3.0, np.ones(1)), TypeError, r"np\.array\(3\.0\)"),
        (lambda: torch.draw(MSECriterion()), ValueError, "nothing to draw yet"),
    ],
)
def test_bad_settings_are_named(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()
