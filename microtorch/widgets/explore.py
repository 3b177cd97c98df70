"""Explore a function: sliders for its arguments, its graph, its curve, and gradient descent on it.

Python calls the function and draws the first picture. Where every call does the same with other
numbers, the page goes on by itself, with rules printed from the operations' own source; Python
hears of it when a slider is let go, and looks whether it is still true. Where the graph depends on
the sliders, or holds arrays, the page asks Python each time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeGuard

import anywidget
import numpy as np
import traitlets

from microtorch.graph.geometry import geometry
from microtorch.graph.model import Graph
from microtorch.graph.numbers import short
from microtorch.graph.steps import Walkthrough
from microtorch.graph.svg import svg
from microtorch.graph.text import text
from microtorch.widgets.checks import (
    checked_argument,
    checked_history,
    checked_rate,
    checked_values,
    checked_view,
)
from microtorch.widgets.curve import Dot, draw, stretched
from microtorch.widgets.functions import Function, Point, Values, parameters_of
from microtorch.widgets.maps import map_entries, map_slots
from microtorch.widgets.page import (
    HERE,
    Entry,
    entries,
    entry,
    module,
    outline,
    plainly_named,
    printable_kinds,
)
from microtorch.widgets.points import Points
from microtorch.widgets.sliders import is_number
from microtorch.widgets.standalone import page_of, write_page
from microtorch.widgets.still import WIDTH, still
from microtorch.widgets.told import NOTHING, complaint, equation, extremes, too_many

FILES = (
    "arithmetic.js", "picture.js", "paths.js", "stages.js", "curve.js", "controls.js", "descent.js",
    "steps.js", "view.js", "questions.js", "graphpane.js", "start.js", "explore.js",
)  # fmt: skip
LIVE = ("calculator.js", "points.js")  # of a page that computes by itself ...
ASKS = ("heat.js", "frozen.js")  # ... and of one that asks Python, which may have arrays
MOST_OPERATIONS = 400  # in a picture that follows a slider
SECONDS = 0.004  # that it takes to draw one of them
LEARNING_RATE = 0.1

State = dict[str, Any]


def explore(
    f: Callable[..., Any],
    /,
    *,
    lr: Any = None,
    along: Any = None,
    **arguments: Any,
) -> Explore:
    """Explore a function of single numbers: its graph, its curve and gradient descent on it.

    ``f`` is called with tensors. An argument with a range, ``w=(-3, 3)``, gets a slider; the step
    and the start can follow: ``w=(-3, 3, 0.1, 2.0)``. Numbers, tensors and everything else stay as
    they are. To draw the curve, ``f`` is called a few hundred times.

    Args:
        lr: learning rate of the descent, 0.1 if it is not given.
        along: the argument of the curve, the first slider if it is not given.

    If ``f`` itself has an argument called ``lr`` or ``along``, it goes to ``f``; set the learning
    rate and the curve's argument afterwards then, as in ``shown.lr = 0.5``.

    Raises:
        TypeError: ``f`` is not a function, has no such argument or misses one, or does not return
            a number that was computed from its arguments with tensors.
        ValueError: a range cannot be one, or ``f`` returns more than one number.

    >>> import microtorch as torch
    >>> shown = torch.explore(lambda w, x: (w * x - 1) ** 2, w=(-3, 3, 0.1, 2.0), x=1.0)
    >>> shown.loss, shown.grads
    (1.0, {'w': 2.0})
    >>> shown.step()
    >>> shown.values, round(shown.loss, 4)
    ({'w': 1.8}, 0.64)
    """
    own = parameters_of(f) if callable(f) else {}
    options = {"lr": lr, "along": along}
    for name, option in options.items():
        if name in own and option is not None:
            arguments[name], options[name] = option, None
    return Explore(Function(f, arguments, "explore"), **options)


class Explore(anywidget.AnyWidget):
    """A function on a page; made by :func:`explore`.

    ``values`` says where the sliders stand, ``loss`` what the function gives there, ``grads`` its
    slopes, ``history`` the points of the descent: ``[{"values": {"w": 2.0}, "loss": 1.0}, ...]``.
    All can be observed. ``values``, ``lr`` (the learning rate), ``along`` (the argument of the
    curve) and ``view`` (from where to where it is drawn, ``(-1, 1)``; empty for the range of its
    slider and whatever the descent has reached) can also be set. ``step`` and ``reset`` do what the
    buttons do.
    """

    _esm = traitlets.Unicode().tag(sync=True)  # with the rules of the operations in this graph
    look = traitlets.Unicode().tag(sync=True)

    spec = traitlets.Dict().tag(sync=True)
    picture = traitlets.Dict().tag(sync=True)  # the graph's structure and its SVG
    numbers = traitlets.Dict().tag(sync=True)  # everything at the current point, as Python has it
    values = traitlets.Dict().tag(sync=True)
    history: traitlets.List[State] = traitlets.List().tag(
        sync=True, to_json=lambda steps, _: plain_history(steps)
    )
    # What these two may be is said below, under "checks".
    lr: traitlets.TraitType[Any, Any] = traitlets.TraitType(LEARNING_RATE).tag(sync=True)
    view: traitlets.TraitType[Any, Any] = traitlets.TraitType(()).tag(sync=True)
    along = traitlets.Unicode().tag(sync=True)
    loss = traitlets.Float()
    grads = traitlets.Dict()

    def __init__(self, function: Function, lr: float | None, along: str | None) -> None:
        self._function = function
        start = function.start
        point = function.point(start)
        along = next(iter(function.sliders)) if along is None else along
        if along not in function.sliders:
            known = ", ".join(function.sliders)
            raise ValueError(f"along={along!r} is not an argument with a slider: {known}.")
        self._points = Points(function)
        self._points.keep(start, point)
        picture = SECONDS * len(point.graph.operations) if self._fits(point.graph) else 0.0
        with function.at_work(self._points.calls(), 5, picture):
            self._begin(start, point, lr, along)

    def _begin(self, start: Values, point: Point, lr: float | None, along: str) -> None:
        function = self._function
        live = self._is_live(point)
        self._points.recipe = point.recipe if live else None
        self._drawn: object = point.recipe
        self._maps: dict[str, int] = {}  # of the picture that is shown
        kinds = printable_kinds(point.graph) if live and point.graph is not None else None
        looks = ("walk.css", "heat.css", "explore.css", "edges.css")
        style = [(HERE / name).read_text(encoding="utf-8") for name in looks]
        super().__init__(
            _esm=module(kinds or (), (*FILES, *(LIVE if live else ASKS))),
            look="\n".join(style),
            spec={
                "sliders": [vars(slider) for slider in function.sliders.values()],
                "fixed": [
                    f"{name} = {short(float(x))}"
                    for name, x in function.fixed.items()
                    if is_number(x)
                ],
                "result": function.name,
                "limits": self._points.limits() if live else {},
                "patience": self._points.patience(),
            },
            values=start,
            lr=LEARNING_RATE if lr is None else lr,
            along=along,
            loss=point.loss,
            grads=point.grads,
        )
        self._show(start)
        self.history = [{"values": start, "loss": self.loss}]
        self.observe(self._follow, ["values"])
        self.observe(self._turn, ["along", "view"])
        self.on_msg(self._answer)

    # -- what a learner calls --------------------------------------------------------------------

    def step(self, count: int = 1) -> None:
        """Go ``count`` steps of gradient descent: every slider's value minus lr times its slope.

        Stops where the function has no finite value, and before an infinitely long step.
        """
        values, history = dict(self.values), list(self.history)
        for _ in range(count):
            point = self._points.at(values)
            if isinstance(point, Exception) or not math.isfinite(point.loss):
                break
            after = {name: values[name] - self.lr * point.grads[name] for name in values}
            if not all(math.isfinite(x) for x in after.values()):
                break
            values = after
            loss = self._points.number(values)
            history.append({"values": values, "loss": loss})
        self._go(values, history)

    def reset(self) -> None:
        """Go back to where the descent started."""
        self._go(self.history[0]["values"], self.history[:1])

    def to_html(self) -> str:
        """This widget as a page of its own, which needs no kernel and no network.

        Everything moves there that the page can compute: functions of single numbers in which
        every call does the same with other numbers. A function with a branch or with arrays needs
        Python; its page shows the curve and the graph as they are now, and says so. Where a
        function does something else beyond the range of a slider, its curve ends.
        """
        return page_of(self, f"Explore {self._function.name}")

    def save(self, path: str | Path) -> Path:
        """Write :meth:`to_html` to an ``.html`` file.

        Raises:
            ValueError: if the file would have another ending.
        """
        return write_page(path, self.to_html, 'Path("curve.svg").write_text(shown.svg)')

    def __repr__(self) -> str:
        function, values = self._function, self.values
        lines = [f"Explore {function.called(values)}"]
        point = self._points.at(values)
        if isinstance(point, Exception):
            return "\n".join([*lines, f"  {complaint(point)}"])
        slopes = [equation(f"∂{function.name}/∂{name}", g) for name, g in point.grads.items()]
        lines.append("  " + ", ".join([equation(function.name, point.loss), *slopes]))
        lines.append(f"  {self._extremes()}")
        if len(self.history) > 1:
            before = short(self.history[0]["loss"])
            steps = len(self.history) - 1
            lines.append(f"  steps of gradient descent: {steps}; {function.name} was {before}")
        if point.graph is None:
            return "\n".join([*lines, NOTHING])
        graph = point.graph
        return "\n".join(
            [*lines, text(graph, "backward") if self._fits(graph) else too_many(graph)]
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The live widget, and for places without widgets a still picture and a text."""
        bundle: tuple[dict[str, Any], dict[str, Any]] | None = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            bundle[0]["image/svg+xml"] = self.svg
            bundle[0]["text/plain"] = repr(self)
        return bundle

    @property
    def svg(self) -> str:
        """The curve as it is now, and the graph below it, as a still picture."""
        point, name = self._points.at(self.values), self.along
        loss = slope = None
        if isinstance(point, Point):
            loss, slope = finite(point.loss), finite(point.grads[name])
        path = [(step["values"][name], finite(step["loss"])) for step in self.history]
        curve, _ = self._curve(self.values)
        now = (self.values[name], loss, slope)
        content = draw(WIDTH, name, self._function.name, curve, now, path)
        title = f"{self._function.called(self.values)}. {self._extremes()}"
        graph = point.graph if isinstance(point, Point) else None
        return still(content, graph if self._fits(graph) else None, title)

    # -- the curve -------------------------------------------------------------------------------

    def _curve(self, values: Values) -> tuple[list[Dot], bool]:
        return self._points.curve(values, self.along, *self._range(values))

    def _range(self, values: Values) -> tuple[float, float]:
        """From where to where the curve is drawn: the current point is never outside."""
        name = self.along
        if self.view:
            low, high = self.view
            return stretched(low, high, [values[name]])
        slider = self._function.sliders[name]
        path = [step["values"][name] for step in self.history]
        return stretched(slider.low, slider.high, [*path, values[name]])

    def _extremes(self) -> str:
        return extremes(self._curve(self.values)[0], self.along, self._function.name)

    def _is_live(self, point: Point) -> bool:
        """Whether the page can go on by itself: everywhere the same is done with other numbers.

        Raises TypeError if nowhere there is a graph.
        """
        graph = point.graph
        if graph is not None and (not self._fits(graph) or printable_kinds(graph) is None):
            return False
        return self._function.recipes(point) == {point.recipe}

    # -- page and Python -------------------------------------------------------------------------

    def _state(self, values: Values) -> State:
        """Everything that a page shows of a point."""
        point = self._points.at(values)
        curve, same = self._curve(values)
        state: State = {"values": dict(values), "along": self.along, "curve": curve}
        if isinstance(point, Exception):
            return state | {"problem": complaint(point), "live": False}
        return state | {
            "loss": entry(np.asarray(point.loss)),
            "grads": {name: entry(np.asarray(g)) for name, g in point.grads.items()},
            "entries": self._entries(point.graph),
            "live": self._points.recipe is not None
            and point.recipe == self._points.recipe
            and same,
        }

    def _entries(self, graph: Graph | None) -> dict[str, Entry]:
        if not self._fits(graph):
            return {}
        return entries(graph) | map_entries(graph, self._maps)

    def _fits(self, graph: Graph | None) -> TypeGuard[Graph]:
        return graph is not None and len(graph.operations) <= MOST_OPERATIONS

    def _show(self, values: Values) -> None:
        """Bring the page's picture and numbers up to date."""
        self._picture(values)
        self.numbers = self._state(values)

    def _picture(self, values: Values) -> None:
        """A new picture, if this point is computed in another way than the one that is shown."""
        point = self._points.at(values)
        if isinstance(point, Exception) or (self.picture and point.recipe == self._drawn):
            return
        self._drawn = point.recipe
        graph = point.graph
        if graph is None:
            self.picture = {"svg": "", "words": NOTHING}
        elif not self._fits(graph):
            self.picture = {"svg": "", "words": too_many(graph)}
        else:
            places, named = (
                geometry(graph, changing=True, heat=self._points.recipe is None),
                plainly_named(graph),
            )
            self._maps = map_slots(places)
            self.picture = {
                "svg": svg(graph, places, stage="backward", live=True),
                "graph": outline(named, with_params=printable_kinds(graph) is not None),
                "chain": {step.value: step.formula for step in Walkthrough(named).backward()},
                "leaves": {v.name: v.index for v in graph.values if v.kind == "parameter"},
            }

    def _answer(self, _: object, question: State, __: object) -> None:
        """Compute a point for a page that cannot do it."""
        if question.get("type") == "point":
            values = checked_values(question["values"], self.values)
            self._picture(values)
            self.send({"type": "point", "state": self._state(values)})

    def _follow(self, _: object) -> None:
        point = self._points.at(self.values)
        with self.hold_sync():
            if isinstance(point, Point):
                self.loss, self.grads = point.loss, dict(point.grads)
            else:
                self.loss, self.grads = math.nan, dict.fromkeys(self.values, math.nan)
            if self.history[-1]["values"] != self.values:  # moved by hand: a new start
                self.history = [{"values": dict(self.values), "loss": self.loss}]
            self._show(self.values)

    def _turn(self, change: State) -> None:
        if change["name"] == "along":
            self.view = ()  # it was a part of another argument
        self._show(self.values)

    def _go(self, values: Values, history: list[State]) -> None:
        with self.hold_sync(), self.hold_trait_notifications():
            self.history = history
            self.values = dict(values)

    # -- checks ----------------------------------------------------------------------------------

    @traitlets.validate("values")
    def _check_values(self, proposal: State) -> dict[str, float]:
        return checked_values(proposal["value"], self.values or self._function.start)

    @traitlets.validate("lr")
    def _check_lr(self, proposal: State) -> float:
        return checked_rate(proposal["value"])

    @traitlets.validate("view")
    def _check_view(self, proposal: State) -> tuple[float, ...]:
        return checked_view(proposal["value"])

    @traitlets.validate("along")
    def _check_along(self, proposal: State) -> str:
        return checked_argument(proposal["value"], self._function.sliders)

    @traitlets.validate("history")
    def _check_history(self, proposal: State) -> list[State]:
        return checked_history(proposal["value"])


def finite(x: float) -> float | None:
    return x if math.isfinite(x) else None


def plain_history(steps: list[State]) -> list[State]:
    """A history that JSON can carry: it knows no nan and no ∞."""
    return [step | {"loss": finite(step["loss"])} for step in steps]
