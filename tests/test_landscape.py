"""The landscape as Python sees it: paths, maps, figures, and what can go wrong."""

from __future__ import annotations

import base64
import json
import math
from functools import partial
from typing import Any

import numpy as np
import pytest
from traitlets import TraitError

import microtorch as torch
from microtorch.widgets.contours import Map, bands, chart, legend, styles, survey
from microtorch.widgets.functions import Function
from microtorch.widgets.landscape import Landscape, landscape

RANGES = {"x": (-3, 3, 0.5, -2.0), "y": (-3, 3, 0.5, 2.0)}


def bowl(x: Any, y: Any) -> Any:
    return x**2 + 2 * y**2


def shown(f: Any = bowl, **arguments: Any) -> Landscape:
    return landscape(f, **(RANGES | {"steps": 10, "lr": 0.1} | arguments))


# ---- paths ---------------------------------------------------------------------------------------


def test_the_paths_are_those_of_the_optimizers():
    optimizers: dict[str, Any] = {
        "SGD": partial(torch.optim.SGD, lr=0.1),
        "Adam": partial(torch.optim.Adam, lr=0.1),
    }
    widget = shown(optimizers=optimizers)
    for name, make in optimizers.items():
        x, y = (torch.tensor(v, requires_grad=True) for v in (-2.0, 2.0))
        optimizer = make([x, y])
        for k in range(11):
            assert widget.paths[name][k] == (x.item(), y.item(), bowl(x, y).item())
            optimizer.zero_grad()
            bowl(x, y).backward()
            optimizer.step()
    assert [len(path) for path in widget.paths.values()] == [11, 11]


def test_there_are_four_optimizers_by_default_and_classes_get_the_learning_rate():
    widget = shown()
    assert list(widget.paths) == ["SGD", "SGD with momentum", "RMSprop", "Adam"]
    widget = shown(optimizers=[torch.optim.SGD, torch.optim.Adagrad])
    assert list(widget.paths) == ["SGD", "Adagrad"]
    assert widget.paths["SGD"][1][0] == pytest.approx(-1.6)


def test_optimizers_that_call_the_function_themselves_work():
    widget = shown(optimizers={"LBFGS": partial(torch.optim.LBFGS, lr=1)}, steps=5)
    assert widget.paths["LBFGS"][-1][2] == pytest.approx(0, abs=1e-6)


class Own:
    """An optimizer as a learner writes it: no base class, no closure, nothing returned."""

    def __init__(self, params: Any, lr: float) -> None:
        self.params, self.lr = list(params), lr

    def step(self) -> None:
        for p in self.params:
            p.data = p.data - self.lr * p.grad.data


class Heir(torch.optim.Optimizer):
    """One with a closure that it does not call."""

    def __init__(self, params: Any, lr: float) -> None:
        super().__init__(params, {"lr": lr})

    def step(self, closure: Any = None) -> None:
        for p in self.param_groups[0]["params"]:
            p.data = p.data - self.param_groups[0]["lr"] * p.grad.data


def test_an_optimizer_of_ones_own_goes_the_way_of_its_twin():
    shown = landscape(
        lambda x, y: x**2 + 3 * y**2,
        x=(-3, 3),
        y=(-3, 3),
        lr=0.1,
        steps=20,
        optimizers=[torch.optim.SGD, Own, Heir],
    )
    assert list(shown.paths) == ["SGD", "Own", "Heir"]
    for name in ("Own", "Heir"):
        assert np.allclose(shown.paths[name], shown.paths["SGD"])


class Halving:
    """An optimizer with a schedule inside, which sets its rates by itself."""

    def __init__(self, params: Any) -> None:
        self.inner = torch.optim.SGD(params, lr=0.1)
        self.schedule = torch.optim.lr_scheduler.StepLR(self.inner, 1, gamma=0.5)

    def step(self) -> None:
        self.inner.step()
        self.schedule.step()


def test_a_class_that_takes_no_learning_rate_is_given_none():
    widget = shown(optimizers=[Halving], lr=50.0, steps=2)
    xs = [x for x, _, _ in widget.paths["Halving"]]
    assert xs == pytest.approx([-2.0, -1.6, -1.44])


def test_a_part_of_the_map_is_drawn_anew_and_all_of_it_comes_back():
    widget = shown()
    whole = widget.land
    assert whole["sides"] == [[-3, 3], [-3, 3]]
    widget.view = {"x": (-1, 1)}
    assert widget.view == {"x": (-1, 1), "y": (-3, 3)}
    assert widget.land["sides"] == [[-1, 1], [-3, 3]]
    assert widget.land["legend"].startswith("Colour: from 0 (faint) to 19 (strong)")
    assert widget.figure().axes[0].get_xlim() == (-1, 1)
    assert "lowest on the map: 0 at x = 0" in repr(widget)
    heights = np.frombuffer(base64.b64decode(widget.land["heights"]), "<f4").reshape(61, 61)
    assert heights[0, 0] == 19  # the lower left corner
    assert heights[-1, 30] == 18
    widget.view = {}
    assert widget.land == whole


def test_where_nothing_is_to_be_seen_the_map_stays():
    widget = shown(lambda x, y: torch.log(x) + y * y)
    before = widget.land
    widget.view = {"x": (-3, -1)}
    assert widget.land is before


def test_a_function_of_single_numbers_keeps_the_map_it_has():
    widget = shown(lambda x, y: x * x + y * y if x > 0 else y * y - x)
    before = widget.land
    widget.view = {"x": (-1, 1), "y": (-1, 1)}
    assert widget.land is before
    assert not widget.spec["sharp"]


@pytest.mark.parametrize(
    ("view", "message"),
    [
        ({"z": (0, 1)}, "no axis called 'z'"),
        ({"x": (1, 0)}, "goes from left to right"),
        ({"x": (0, math.inf)}, "two finite numbers"),
        ({"x": 3}, "two finite numbers"),
    ],
)
def test_a_view_that_cannot_be_one_is_told(view, message):
    widget = shown()
    with pytest.raises(TraitError, match=message):
        widget.view = view
    assert widget.view == {}


def test_another_start_gives_new_paths():
    widget = shown()
    seen: list[float] = []
    widget.observe(lambda change: seen.append(change["new"]["paths"][0]["points"][0][0]), "runs")
    widget.start = {"x": 1.0}
    assert widget.start == {"x": 1.0, "y": 2.0}
    assert seen == [1.0]
    assert widget.paths["Adam"][0] == (1.0, 2.0, 9.0)
    for bad in ({"z": 1.0}, {"x": math.nan}, {"x": "1"}):
        with pytest.raises(TraitError, match="start"):
            widget.start = bad
    widget.at = 99
    assert widget.at == 10  # there are no more steps


def test_a_path_ends_where_numbers_do():
    widget = shown(lr=50.0, steps=200, optimizers={"wild": torch.optim.SGD})
    run = widget.runs["paths"][0]
    assert run["end"] == "numbers are no longer finite"
    assert len(run["points"]) < 60
    json.dumps(widget.runs, allow_nan=False)
    assert "(numbers are no longer finite)" in repr(widget)


def test_a_path_ends_where_the_function_raises():
    def loss(x: Any, y: Any) -> Any:
        if x > 0:
            raise RuntimeError("no way east")
        return (x - 1) ** 2 + y**2

    run = shown(loss).runs["paths"][0]
    assert run["end"] == "RuntimeError: no way east"
    assert 1 < len(run["points"]) < 11


# ---- maps ----------------------------------------------------------------------------------------


def measured(f: Any, **ranges: Any) -> Map:
    return survey(Function(f, RANGES | ranges, "landscape"), {"x": (-3, 3), "y": (-3, 3)})


def test_a_function_of_arrays_is_measured_in_one_call():
    calls: list[int] = []

    def counted(x: Any, y: Any) -> Any:
        calls.append(1)
        return bowl(x, y)

    land = measured(counted)
    assert len(calls) < 20
    column, row = 40, 70
    expected = land.xs[column] ** 2 + 2 * land.ys[row] ** 2
    assert land.heights[row, column] == pytest.approx(expected, rel=1e-5)
    assert not land.logarithmic


@pytest.mark.parametrize(
    "f",
    [
        pytest.param(lambda x, y: x**2 if x > y else y**2 + x, id="a branch"),
        pytest.param(lambda x, y: torch.stack([x, y]).square().sum(), id="a sum over everything"),
        pytest.param(lambda x, y: x * x.item() + y, id="a number that is read out"),
        pytest.param(lambda x, y: x**2 + y * float(y), id="float()"),
    ],
)
def test_a_function_of_single_numbers_only_is_measured_point_by_point(f):
    land = measured(f)
    for row, column in [(0, 0), (10, 50), (60, 7), (33, 33)]:
        x, y = (torch.tensor(float(v)) for v in (land.xs[column], land.ys[row]))
        assert land.heights[row, column] == pytest.approx(float(f(x, y)), rel=1e-5)


def test_steep_valleys_get_logarithmic_bands():
    rosenbrock = measured(lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2)
    assert rosenbrock.logarithmic
    assert "logarithmic" in legend(rosenbrock)
    shares = bands(rosenbrock)
    assert 0 <= shares.min() < 0.2
    assert shares.max() == pytest.approx(1)


@pytest.mark.parametrize(
    "f",
    [
        pytest.param(lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, id="Rosenbrock"),
        pytest.param(lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2, id="Himmelblau"),
        pytest.param(
            lambda x, y: sum((c - x + x * y**k) ** 2 for k, c in ((1, 1.5), (2, 2.25), (3, 2.625))),
            id="Beale",
        ),
        pytest.param(lambda x, y: x**2 - y**2, id="saddle"),
        pytest.param(lambda x, y: x.abs() + 10 * y.abs(), id="valley"),
        pytest.param(lambda x, y: (4 * x).exp() + (4 * y).exp(), id="exponential"),
    ],
)
def test_no_band_of_a_classical_map_covers_most_of_it(f):
    """Neither plain paper where the valley is, nor one colour everywhere else."""
    shares = bands(measured(f))
    shares_of_bands = np.histogram(shares, 14, (0, 1))[0] / shares.size
    assert shares_of_bands.max() < 0.35
    assert (shares_of_bands > 0.01).sum() >= 8


def test_where_the_function_has_no_value_the_map_is_hatched():
    land = measured(lambda x, y: torch.log(x) + y)
    assert np.isnan(land.heights[:, land.xs <= 0]).all()
    assert "Hatched" in legend(land)
    assert math.isfinite(land.low)


def test_the_picture_of_a_map_is_small_and_the_same_every_time():
    def rosenbrock(x: Any, y: Any) -> Any:
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    first, second = (shown(rosenbrock).land["image"] for _ in range(2))
    assert first == second
    assert len(first) < 100_000


def test_flat_and_huge_maps_are_drawn_without_a_warning():
    for f in (lambda x, y: x * 0 + 1.0, lambda x, y: x * 1e38 * y, lambda x, y: (x * 30).exp() + y):
        land = measured(f)
        chart(land, "x", "y", "loss", [], 0).canvas.draw()
        assert legend(land)


def test_a_function_that_gives_nothing_is_told():
    with pytest.raises(ValueError, match="no finite value anywhere for x from -3 to 3"):
        shown(lambda x, y: (x * 0 - 1).log() + y)


BAD: list[tuple[Any, dict[str, Any], type[Exception], str]] = [
    (bowl, {"y": 1.0}, ValueError, r"range for two arguments, not for 1 \(x\)"),
    (lambda x, y, z: x, {"z": (0, 1)}, ValueError, r"not for 3 \(x, y, z\)"),
    (bowl, {"optimizers": []}, ValueError, "optimizers is empty"),
    (bowl, {"optimizers": 3}, TypeError, "must be a class of torch.optim"),
    (bowl, {"optimizers": [lambda p: 1]}, ValueError, "Give these optimizers names"),
    (bowl, {"optimizers": {"a": lambda p: 1}}, TypeError, "optimizer 'a' must have a method step"),
    (
        bowl,
        {"optimizers": {"a": torch.optim.SGD([torch.tensor(1.0, requires_grad=True)])}},
        TypeError,
        "parameters of its own already",
    ),
    (bowl, {"optimizers": "SGD"}, TypeError, "must be a class of torch.optim.*not 'SGD'"),
    (bowl, {"optimizers": ["SGD", "Adam"]}, TypeError, "must be a class of torch.optim.*not 'SGD'"),
    (bowl, {"lr": -1}, ValueError, "0 or more, not -1"),
    (bowl, {"steps": 0}, ValueError, "from 1 to 2000, not 0"),
    (bowl, {"steps": 1.5}, ValueError, "whole number"),
    (lambda x, y: 1.0, {}, TypeError, "no graph of it"),
    (lambda x, y: torch.stack([x, y]), {}, ValueError, r"shape \(2,\)"),
    (lambda x, y: None, {}, TypeError, "returned nothing"),
]


@pytest.mark.parametrize(
    ("f", "arguments", "error", "message"), [pytest.param(*b, id=str(k)) for k, b in enumerate(BAD)]
)
def test_a_bad_argument_is_told_with_the_way_out(f, arguments, error, message):
    with pytest.raises(error, match=message):
        shown(f, **arguments)


def test_it_is_told_which_optimizer_could_not_be_made():
    with pytest.raises(ValueError, match="learning rate") as caught:
        shown(optimizers={"bad": lambda p: torch.optim.SGD(p, lr=-1)})
    assert caught.value.__notes__[-1].startswith("This was the optimizer 'bad'")


def test_a_whole_number_of_numpy_counts_steps():
    assert len(shown(steps=np.int64(3)).paths["SGD"]) == 4


def test_arguments_of_the_function_win_over_options():
    widget = landscape(lambda lr, steps: lr**2 + steps**2, lr=(-1, 1), steps=(-1, 1))
    assert list(widget.start) == ["lr", "steps"]
    assert len(widget.paths["SGD"]) == 101


# ---- pictures and words --------------------------------------------------------------------------


def test_places_without_widgets_get_a_picture_and_a_text():
    widget = shown()
    bundle, _ = widget._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert bundle["text/plain"].startswith(
        "Landscape of bowl: x from −3 to 3 and y from −3 to 3\n"
        "  lowest on the map: 0 at x = 0, y = 0\n"
        "  start: x = −2, y = 2\n"
        "  SGD                after 10 steps: x = −0.2147, y = 0.0121, bowl = 0.0464\n"
    )
    kind, _, data = widget.land["image"].partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(data).startswith(b"\x89PNG")


def test_the_figure_shows_what_is_not_hidden_and_can_be_saved(tmp_path):
    widget = shown()
    widget.hidden = ["Adam"]
    figure = widget.figure(step=3)
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["SGD", "SGD with momentum", "RMSprop"]
    assert len(figure.axes[0].lines[0].get_xdata()) == 4
    figure.savefig(tmp_path / "map.svg")
    assert (tmp_path / "map.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_names_are_text_and_not_formulas():
    names = {"$x_2^$": (-1, 1), "<b>": (-1, 1)}
    optimizers = {"$a^$": torch.optim.SGD}
    widget = landscape(lambda **k: k["$x_2^$"] * k["<b>"], **names, optimizers=optimizers)
    widget.figure().canvas.draw()


def test_more_than_six_paths_differ_in_colour_or_dashes():
    assert len({(colour, str(dashes)) for colour, dashes, _ in styles(12)}) == 12
