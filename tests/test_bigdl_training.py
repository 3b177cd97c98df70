"""The training loop: methods, schedules, triggers, validation, clipping, summaries, checkpoints, data."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import microtorch as torch
from microtorch.bigdl.nn.criterion import *
from microtorch.bigdl.nn.layer import Dropout, Linear, LogSoftMax, Model, Sequential, Tanh
from microtorch.bigdl.optim.optimizer import *
from microtorch.bigdl.util.common import Sample, init_engine

RNG = np.random.default_rng(7)
X = RNG.normal(size=(24, 3)).astype(np.float32)
Y = (X @ [1.0, -2.0, 0.5] > 0).astype(np.int64) + 1  # classes 1 and 2
END = MaxIteration(5)


def classifier() -> Sequential:
    torch.manual_seed(0)
    return Sequential().add(Linear(3, 4)).add(Tanh()).add(Linear(4, 2)).add(LogSoftMax())


def optimizer(**options: Any) -> Optimizer:
    given = {"end_trigger": MaxEpoch(2), "batch_size": 8, "optim_method": SGD(0.1)} | options
    return Optimizer.create(classifier(), (X, Y), ClassNLLCriterion(), **given)


def steps(method: OptimMethod, n: int = 5) -> list[float]:
    """Where a single parameter goes from 1, with the gradients 1, -2, 3, ..."""
    x, found = np.array([1.0]), []
    for k in range(n):
        method.step(x, np.array([(k + 1.0) * (-1) ** k]))
        found.append(float(x[0]))
    return found


# ---------------------------------------------------------------- methods


def by_hand(rule: Callable[[float, int, dict[str, float]], float], n: int = 5) -> list[float]:
    x, memory, found = 1.0, {}, []
    for k in range(n):
        memory["x"] = x
        x -= rule((k + 1.0) * (-1) ** k, k, memory)
        found.append(x)
    return found


def momentum(damp: float, nesterov: bool) -> Callable[..., float]:
    def rule(g: float, k: int, m: dict[str, float]) -> float:
        m["v"] = g if k == 0 else 0.9 * m["v"] + (1 - damp) * g
        return 0.1 * (g + 0.9 * m["v"] if nesterov else m["v"])

    return rule


def adam(g: float, k: int, m: dict[str, float]) -> float:
    m["m"] = 0.9 * m.get("m", 0) + 0.1 * g
    m["v"] = 0.999 * m.get("v", 0) + 0.001 * g * g
    correction = (1 - 0.999 ** (k + 1)) ** 0.5 / (1 - 0.9 ** (k + 1))
    return 0.1 / (1 + 0.5 * k) * correction * m["m"] / (m["v"] ** 0.5 + 1e-2)


def adagrad(g: float, k: int, m: dict[str, float]) -> float:
    g += 0.2 * m["x"]
    m["s"] = m.get("s", 0) + g * g
    return 0.1 * g / m["s"] ** 0.5


def adadelta(g: float, k: int, m: dict[str, float]) -> float:
    m["s"] = 0.9 * m.get("s", 0) + 0.1 * g * g
    change = ((m.get("d", 0) + 1e-2) / (m["s"] + 1e-2)) ** 0.5 * g
    m["d"] = 0.9 * m.get("d", 0) + 0.1 * change**2
    return change


def adamax(g: float, k: int, m: dict[str, float]) -> float:
    m["m"] = 0.9 * m.get("m", 0) + 0.1 * g
    m["u"] = max(0.999 * m.get("u", 0), abs(g) + 1e-38)
    return 0.002 / (1 - 0.9 ** (k + 1)) * m["m"] / m["u"]


def rmsprop(g: float, k: int, m: dict[str, float]) -> float:
    m["s"] = 0.99 * m.get("s", 0) + 0.01 * g * g
    return 0.01 * g / (m["s"] ** 0.5 + 1e-8)


METHODS: dict[str, tuple[OptimMethod, Callable[..., float]]] = {
    "SGD": (SGD(0.1), lambda g, k, m: 0.1 * g),
    "decay": (SGD(0.1, 0.5), lambda g, k, m: 0.1 / (1 + 0.5 * k) * g),
    "weight decay": (SGD(0.1, 0, 0.2), lambda g, k, m: 0.1 * (g + 0.2 * m["x"])),
    "momentum, damped by itself": (SGD(0.1, momentum=0.9), momentum(0.9, False)),
    "momentum, not damped": (SGD(0.1, momentum=0.9, dampening=0.0), momentum(0, False)),
    "Nesterov": (SGD(0.1, momentum=0.9, dampening=0.0, nesterov=True), momentum(0, True)),
    "a rate of its own": (SGD(0.1, learningrates=np.array([3.0])), lambda g, k, m: 0.3 * g),
    "a decay of its own": (SGD(0.1, weightdecays=np.array([3.0])), lambda g, k, m: 0.1 * (g + 3 * m["x"])),
    "Adam": (Adam(0.1, 0.5, epsilon=1e-2), adam),
    "Adagrad": (Adagrad(0.1, 0, 0.2), adagrad),
    "Adadelta": (Adadelta(0.9, 1e-2), adadelta),
    "Adamax": (Adamax(), adamax),
    "RMSprop": (RMSprop(), rmsprop),
}  # fmt: skip


@pytest.mark.parametrize("name", METHODS)
def test_a_method_follows_bigdls_rule(name: str) -> None:
    method, rule = METHODS[name]
    assert steps(method) == pytest.approx(by_hand(rule), rel=1e-9)


# ---------------------------------------------------------------- schedules


def rates(schedule: Any, n: int = 7, states: Any = None) -> list[float]:
    method = SGD(0.4, 0.1, leaningrate_schedule=schedule)
    x = np.zeros(1)
    found = []
    for k in range(n):
        method.step(x, x, states[k] if states else {})
        found.append(method.current)
    return found


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (None, [0.4 / (1 + 0.1 * n) for n in range(7)]),
        (Default(), [0.4 / (1 + 0.1 * n) for n in range(7)]),
        (Poly(2, 4), [0.4 * max(0, 1 - n / 4) ** 2 for n in range(7)]),
        (Exponential(2, 0.5), [0.4 * 0.5 ** (n / 2) for n in range(7)]),
        (Exponential(2, 0.5, True), [0.4, 0.4, 0.2, 0.2, 0.1, 0.1, 0.05]),
        (Step(3, 0.5), [0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.1]),
        (MultiStep([2, 5], 0.5), [0.4, 0.4, 0.2, 0.2, 0.2, 0.1, 0.1]),
        (Warmup(0.1), [0.4 + 0.1 * n for n in range(7)]),
        (SequentialSchedule().add(Warmup(0.1), 2).add(Step(2, 0.5), 9), [0.4, 0.5, 0.6, 0.6, 0.3, 0.3, 0.15]),
    ],
)  # fmt: skip
def test_a_schedule_sets_the_rate_of_every_iteration(schedule: Any, expected: list[float]) -> None:
    assert rates(schedule) == pytest.approx(expected)


def test_a_plateau_lowers_the_rate_when_nothing_gets_better() -> None:
    scores = [None, 1.0, 0.9, 0.9, 0.95, 0.9, 0.5, 0.5, 0.5]
    states = [{"epoch": k + 1, "score": score} for k, score in enumerate(scores)]
    plateau = Plateau("score", 0.5, patience=1, epsilon=0.01, min_lr=0.15)
    assert rates(plateau, 9, states) == pytest.approx([0.4] * 4 + [0.2] + [0.15] * 4)
    rising = [{"epoch": k + 1, "Loss": k % 2} for k in range(4)]
    assert rates(Plateau("Loss", 0.5, 1, "max"), 4, rising) == pytest.approx([0.4] * 3 + [0.2])
    with pytest.raises(ValueError, match="set_validation"):
        rates(Plateau("score"), 2, [{"epoch": 1}, {"epoch": 2}])


# ---------------------------------------------------------------- triggers


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        (MaxIteration(3), [0, 0, 0, 1, 1, 1]),
        (MaxEpoch(2), [0, 0, 0, 0, 1, 1]),
        (SeveralIteration(2), [0, 1, 0, 1, 0, 1]),
        (EveryEpoch(), [0, 0, 1, 0, 1, 0]),
        (MinLoss(0.5), [0, 0, 0, 1, 1, 1]),
        (MaxScore(3), [0, 0, 0, 0, 1, 1]),
        (TriggerAnd(MaxIteration(3), SeveralIteration(2)), [0, 0, 0, 1, 0, 1]),
        (TriggerOr(MinLoss(0.3), EveryEpoch()), [0, 0, 1, 0, 1, 1]),
    ],
)
def test_a_trigger_says_when(trigger: Any, expected: list[int]) -> None:
    states = [
        {"neval": k, "epoch": (k + 1) // 2, "Loss": 2 / k if k < 4 else 1.6 / k, "score": k - 1}
        for k in range(1, 7)
    ]
    states[0].pop("Loss")
    assert [int(trigger(state)) for state in states] == expected


def test_training_stops_when_the_trigger_says_so() -> None:
    ends = ((MaxIteration(5), (6, 2)), (MaxEpoch(2), (7, 3)), (TriggerOr(MaxEpoch(1), END), (4, 2)))
    for end, (neval, epoch) in ends:
        training = optimizer(end_trigger=end)
        training.optimize()
        assert (training.state["neval"], training.state["epoch"]) == (neval, epoch)
    training.set_end_when(MaxEpoch(2)).optimize()
    assert training.state["epoch"] == 3


# ---------------------------------------------------------------- the loop


def test_the_loop_is_what_it_says() -> None:
    trained = optimizer(batch_size=10).optimize()
    model, nll = classifier(), ClassNLLCriterion()
    for _ in range(2):
        for rows in (slice(0, 10), slice(10, 20), slice(20, 24)):
            model.zero_grad_parameters()
            output = model.forward(X[rows])
            nll.forward(output, Y[rows])
            model.backward(X[rows], nll.backward(output, Y[rows]))
            model.update_parameters(0.1)
    for a, b in zip(trained.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.parametrize(
    "method", [SGD(0.5), Adam(0.05), Adagrad(0.3), Adadelta(0.9, 1e-6), Adamax(0.1), RMSprop(0.05)]
)
def test_every_method_learns_and_predicts_classes(method: OptimMethod) -> None:
    epochs = 400 if isinstance(method, Adadelta) else 40
    trained = optimizer(optim_method=method, end_trigger=MaxEpoch(epochs), batch_size=24).optimize()
    assert isinstance(trained, Sequential)
    assert (trained.predict_class(X) == Y).mean() > 0.9


def test_a_frozen_layer_stays_as_it_is() -> None:
    training = optimizer(optim_method=SGD(0.1, weightdecay=0.5))
    before = training.model.get_weights()
    training.model.layers[0].freeze()
    after = training.optimize().get_weights()
    assert [(a == b).all() for a, b in zip(before, after, strict=True)] == [
        True,
        True,
        False,
        False,
    ]


def test_gradients_are_clipped() -> None:
    def move(**clip: Any) -> Any:
        model = Linear(1, 1, init_weight=np.array([[0.0]]), init_bias=np.array([0.0]))
        training = Optimizer.create(
            model,
            (np.array([[3.0]]), np.array([[-2.0]])),
            MSECriterion(),
            MaxIteration(1),
            1,
            SGD(1.0),
        )
        for name, values in clip.items():
            getattr(training, name)(*values)
        return [float(w.item()) for w in training.optimize().get_weights()]

    assert move() == [-12, -4]
    assert move(set_gradclip_const=(-1, 5)) == [-5, -4]
    assert move(set_gradclip_l2norm=(1,)) == pytest.approx([-12 / 160**0.5, -4 / 160**0.5])
    assert move(set_gradclip_l2norm=(99,), disable_gradclip=()) == [-12, -4]


def test_validation_measures_in_evaluation_mode_and_sets_the_score(tmp_path: Path) -> None:
    training = optimizer()
    training.model.add(Dropout(0.5))
    summary = ValidationSummary(str(tmp_path), "run")
    methods = [Top1Accuracy(), Top5Accuracy(), Loss(), MAE()]
    with pytest.raises(ValueError, match="MAE: output and target must have one shape"):
        training.set_validation(10, X, Y, EveryEpoch(), methods).optimize()
    training = optimizer().set_val_summary(summary)
    model = training.set_validation(10, X, Y, EveryEpoch(), methods[:3]).optimize()
    output = model.predict(X)
    accuracy = float((output.argmax(1) + 1 == Y).mean())
    assert training.state["score"] == pytest.approx(accuracy)
    assert [step for step, *_ in summary.read_scalar("Top1Accuracy")] == [3, 6]
    assert summary.read_scalar("Top5Accuracy")[-1][1] == 1
    loss = -output[np.arange(24), Y - 1].mean()
    assert summary.read_scalar("Loss")[-1][1] == pytest.approx(loss, rel=1e-5)


def test_validation_methods() -> None:
    rows = np.array([[0.1, 0.9, 0.0], [0.8, 0.1, 0.1], [0.3, 0.3, 0.4], [0.2, 0.5, 0.3]])
    assert Top1Accuracy().measure(rows, np.array([2, 1, 3, 1])) == (3, 4)
    wide = np.arange(14.0).reshape(2, 7)
    assert Top5Accuracy().measure(wide, np.array([3, 2])) == (1, 2)
    assert Top1Accuracy().measure(np.array([[0.7], [0.2]]), np.array([1, 1])) == (1, 2)
    assert MAE().measure(np.array([[1.0], [4.0]]), np.array([3.0, 4.0])) == (2, 2)
    assert Loss(MSECriterion()).measure(np.array([[1.0], [4.0]]), np.array([[3.0], [4.0]])) == (
        4,
        2,
    )


def test_a_summary_can_be_read(tmp_path: Path) -> None:
    summary = TrainSummary(str(tmp_path), "run").set_summary_trigger(
        "LearningRate", SeveralIteration(2)
    )
    training = optimizer(optim_method=SGD(0.1, 0.5)).set_train_summary(summary)
    training.optimize()
    rows = summary.read_scalar("Loss")
    assert [step for step, *_ in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[-1][1] == training.state["Loss"]
    assert all(a[2] <= b[2] for a, b in pairwise(rows))
    assert np.array(rows).shape == (6, 3)
    assert [step for step, *_ in summary.read_scalar("LearningRate")] == [1, 3, 5]
    assert summary.read_scalar("LearningRate")[1][1] == pytest.approx(0.1 / 2)
    assert TrainSummary(str(tmp_path), "run").read_scalar("Throughput")[0][1] > 0
    with pytest.raises(KeyError, match="LearningRate, Loss, Throughput"):
        summary.read_scalar("loss")


def test_a_checkpoint_goes_on_where_training_stopped(tmp_path: Path) -> None:
    whole = optimizer(optim_method=Adam(0.1), end_trigger=MaxEpoch(4)).optimize()
    optimizer(optim_method=Adam(0.1)).set_checkpoint(EveryEpoch(), str(tmp_path / "a")).optimize()
    model = Model.loadModel(str(tmp_path / "a" / "model"))
    method = OptimMethod.load(str(tmp_path / "a" / "optimMethod"))
    rest = Optimizer.create(model, (X, Y), ClassNLLCriterion(), MaxEpoch(2), 8, method).optimize()
    for a, b in zip(whole.get_weights(), rest.get_weights(), strict=True):
        assert (a == b).all()
    every = EveryEpoch()
    kept = optimizer().set_validation(8, X, Y, every)
    kept.set_checkpoint(every, str(tmp_path / "b"), isOverWrite=False).optimize()
    assert kept.state["score"] > 0
    names = sorted(path.name for path in (tmp_path / "b").iterdir())
    assert names == ["model.3", "model.6", "optimMethod.3", "optimMethod.6"]
    with pytest.raises(TypeError, match="holds a Sequential, not a OptimMethod"):
        OptimMethod.load(str(tmp_path / "a" / "model"))


def test_a_progress_bar_shows_the_loss(capsys: pytest.CaptureFixture[str]) -> None:
    optimizer(progress=True).optimize()
    shown = capsys.readouterr().err
    assert "2/2 epochs" in shown
    assert "loss 0." in shown
    optimizer(progress=None).optimize()
    assert capsys.readouterr().err == ""
    assert "rich" in sys.modules


# ---------------------------------------------------------------- data

PAIRS = [(x, y) for x, y in zip(X, Y, strict=True)]


@pytest.mark.parametrize(
    "data",
    [
        PAIRS,
        iter(PAIRS),
        (pair for pair in PAIRS),
        [Sample.from_ndarray(x, y) for x, y in PAIRS],
        [[x.tolist(), [int(y)]] for x, y in PAIRS],
        torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y)),
        ([X], Y),
    ],
    ids=["list", "iterator", "generator", "Sample", "plain lists", "Dataset", "a table of one"],
)
def test_any_iterable_of_samples_gives_the_same_as_arrays(data: Any) -> None:
    init_engine()
    reference = optimizer().optimize().get_weights()
    model = classifier()
    if isinstance(data, tuple):
        data = (data[0][0], data[1])
    elif isinstance(data, torch.utils.data.Dataset):
        data = [data[k] for k in range(len(data))]
    trained = Optimizer.create(
        model, data, ClassNLLCriterion(), MaxEpoch(2), 8, SGD(0.1)
    ).optimize()
    for a, b in zip(reference, trained.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_tables_train_a_model_with_several_inputs() -> None:
    from microtorch.bigdl.nn.layer import CAddTable, Input

    torch.manual_seed(0)
    a, b = Input(), Input()
    model = Model([a, b], CAddTable()([Linear(3, 1)(a), Linear(1, 1)(b)]))
    Z = RNG.normal(size=(24, 1))
    goal = X @ [[1.0], [2.0], [3.0]] - Z
    trained = Optimizer.create(
        model, ([X, Z], goal), MSECriterion(), MaxEpoch(100), 8, SGD(0.1)
    ).optimize()
    assert np.abs(trained.predict([X, Z], 5) - goal).max() < 0.01


def test_shuffling_takes_every_sample_once_in_an_epoch() -> None:
    from microtorch.bigdl.optim.data import TrainingSet

    torch.manual_seed(1)
    for data in ((X, Y), PAIRS):
        batches = TrainingSet(data, 5, shuffle=True)
        first, second = ([x for batch, _ in batches.epoch() for x in batch] for _ in range(2))
        assert sorted(map(tuple, first)) == sorted(map(tuple, X))
        assert [x.tolist() for x in first] != [x.tolist() for x in second]


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: optimizer(end_trigger=MaxEpoch), TypeError, r"such as MaxEpoch\(10\)"),
        (lambda: optimizer(optim_method="sgd"), TypeError, "such as SGD"),
        (lambda: optimizer(batch_size=0), ValueError, "batch_size"),
        (lambda: MaxEpoch(0), ValueError, "whole number from 1"),
        (lambda: SGD(-1), ValueError, "learningrate"),
        (lambda: SGD(0.1, momentum=0.9, nesterov=True), ValueError, "zero dampening"),
        (lambda: SGD(0.1, leaningrate_schedule=Step), TypeError, "such as Step"),
        (lambda: Plateau("score", mode="up"), ValueError, '"min" or "max"'),
        (lambda: optimizer().set_gradclip_const(1, -1), ValueError, "larger"),
        (lambda: optimizer().set_model("x"), TypeError, "must be a layer"),
        (lambda: optimizer().set_criterion(MSECriterion), TypeError, "such as MSECriterion"),
        (lambda: optimizer().set_validation(5, X, Y, EveryEpoch(), ["Accuracy"]), TypeError, "Top1Accuracy"),
        (lambda: Optimizer.create(classifier(), (X, Y[:5]), ClassNLLCriterion()), ValueError, "5 and 24"),
        (lambda: Optimizer.create(classifier(), X, ClassNLLCriterion()), TypeError, "two arrays, or an iterable"),
        (lambda: Optimizer.create(classifier(), [], ClassNLLCriterion()).optimize(), ValueError, "empty"),
        (lambda: Optimizer.create(classifier(), iter([1]), ClassNLLCriterion()).optimize(), TypeError, "a sample is a pair"),
        (lambda: Optimizer.create(classifier(), [(X[0], 1), (X[0][:2], 1)], ClassNLLCriterion()).optimize(), ValueError, "different shapes"),
        (lambda: optimizer(client="localhost").optimize(), TypeError, "dask.distributed"),
        (lambda: optimizer(optim_method=SGD(0.1, learningrates=np.ones(3))).optimize(), ValueError, "each of the 26 parameters"),
    ],
)  # fmt: skip
def test_bad_settings_are_named(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()
