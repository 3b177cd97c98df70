"""Optimizers on the map of a function of two numbers, played step by step.

Python draws the map once and works out all paths; the page only shows more or less of them, so
that playing is smooth and goes on without Python. Another start asks Python for new paths.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import numpy as np
import traitlets
from matplotlib.figure import Figure

from microtorch.graph.numbers import short
from microtorch.widgets.checks import checked_view
from microtorch.widgets.contours import Map, chart, legend, picture, png, survey
from microtorch.widgets.functions import Function, parameters_of
from microtorch.widgets.optimizers import Make, descend, makers
from microtorch.widgets.page import HERE, module
from microtorch.widgets.sliders import is_number
from microtorch.widgets.standalone import STILL, page_of, write_page
from microtorch.widgets.waiting import patience

FILES = (
    "arithmetic.js", "picture.js", "curve.js", "controls.js", "view.js", "start.js", "clip.js",
    "landscape.js",
)  # fmt: skip
MOST_STEPS = 2000
HEIGHTS = 61  # along each side: what the page tells of the point under the pointer
BACKWARD = 4  # a step with its sweep back takes as long as so many calls


def landscape(
    f: Callable[..., Any],
    /,
    *,
    optimizers: Any = None,
    lr: Any = None,
    steps: Any = None,
    **arguments: Any,
) -> Landscape:
    """Watch optimizers find their way down on the map of a function of two numbers.

    ``f`` is called with tensors; two of its arguments get a range, ``x=(-3, 3)``, to which a step
    and the start of all paths can be added: ``x=(-3, 3, 0.1, -2.0)``. The others stay fixed.

    Args:
        optimizers: classes of ``torch.optim``, or a dictionary of classes or of functions that
            make an optimizer: ``{"Adam": torch.optim.Adam, "my SGD": lambda params:
            torch.optim.SGD(params, lr=0.5)}``. An own class needs a method ``step()``. The default
            is SGD, SGD with momentum, RMSprop and Adam.
        lr: the learning rate of those that are given as classes, 0.05 if it is not given.
        steps: the length of the paths, 100 if it is not given.

    If ``f`` itself has an argument of one of these names, it goes to ``f``.

    Raises:
        TypeError: ``f`` is not a function, has no such argument or misses one, or an optimizer is
            not one.
        ValueError: there are not two ranges, or one cannot be a range; ``f`` has no finite value.

    >>> import microtorch as torch
    >>> shown = torch.landscape(lambda x, y: x**2 + 3 * y**2, x=(-3, 3), y=(-3, 3), lr=0.1)
    >>> x, y, loss = shown.paths["SGD"][-1]
    >>> round(loss, 4)
    0.0
    """
    own = parameters_of(f) if callable(f) else {}
    options = {"optimizers": optimizers, "lr": lr, "steps": steps}
    for name, option in options.items():
        if name in own and option is not None:
            arguments[name], options[name] = option, None
    function = Function(f, arguments, "landscape")
    if len(function.sliders) != 2:
        given = ", ".join(function.sliders)
        raise ValueError(
            f"landscape() needs a range for two arguments, not for {len(function.sliders)} "
            f"({given}). Keep the others fixed with a number, as in z=1.0."
        )
    rate = checked_rate(0.05 if options["lr"] is None else options["lr"])
    length = checked_steps(100 if options["steps"] is None else options["steps"])
    return Landscape(function, makers(options["optimizers"], rate), length)


class Landscape(anywidget.AnyWidget):
    """A map on a page; made by :func:`landscape`.

    ``start`` is where all paths begin, ``at`` the step that is shown; both can be observed and
    set. ``view`` is the part of the map that is shown, ``{"x": (-1, 1), "y": (0, 2)}``; empty for
    all of it. ``paths`` holds, for each optimizer, ``(x, y, loss)`` after every step; ``figure()``
    is the map for paper.
    """

    _esm = traitlets.Unicode().tag(sync=True)
    look = traitlets.Unicode().tag(sync=True)

    spec = traitlets.Dict().tag(sync=True)
    land = traitlets.Dict().tag(sync=True)  # the picture of the map, and what it is a picture of
    view = traitlets.Dict().tag(sync=True)
    start = traitlets.Dict().tag(sync=True)
    runs = traitlets.Dict().tag(sync=True)  # all paths, and the start that they belong to
    at = traitlets.Int(0).tag(sync=True)
    hidden = traitlets.List(traitlets.Unicode()).tag(sync=True)
    play = traitlets.Instance(ipywidgets.Play).tag(sync=True, **ipywidgets.widget_serialization)

    def __init__(self, function: Function, makers: Mapping[str, Make], steps: int) -> None:
        self._function = function
        self._makers = makers
        self._steps = steps
        function.recipes(function.point(function.start))  # raises what f raises, or if it is flat
        self._whole = self._map = survey(function, self._sides())
        names = ("walk.css", "explore.css", "landscape.css")
        super().__init__(
            _esm=module((), FILES),
            look="\n".join((HERE / name).read_text(encoding="utf-8") for name in names),
            spec={
                "axes": [vars(slider) for slider in function.sliders.values()],
                "result": function.name,
                "steps": steps,
                "sharp": self._map.quick,
                "patience": self._patience(),
            },
            land=land(self._map),
            start=function.start,
            play=ipywidgets.Play(min=0, max=steps, show_repeat=False),
        )
        self._run(None)
        self.observe(self._run, ["start"])
        self.observe(self._turn, ["view"])

    @property
    def paths(self) -> dict[str, list[tuple[float, float, float]]]:
        """For each optimizer ``(x, y, loss)`` at the start and after every step."""
        return {
            run["name"]: [(x, y, math.nan if z is None else z) for x, y, z in run["points"]]
            for run in self.runs["paths"]
        }

    def figure(self, step: int | None = None) -> Figure:
        """The map with all paths up to a step, or to their ends, as a Matplotlib figure.

        ``figure().savefig("landscape.svg")`` (or .png, .pdf) writes it to a file.
        """
        x, y = self._function.sliders
        shown = [run for run in self.runs["paths"] if run["name"] not in self.hidden]
        step = self._steps if step is None else step
        return chart(self._map, x, y, self._function.name, shown, step)

    def to_html(self) -> str:
        """The map as a page of its own, which needs no kernel and no network.

        It plays and shows every step of all paths; only another start needs Python.
        """
        return page_of(self, f"Landscape of {self._function.name}")

    def save(self, path: str | Path) -> Path:
        """Write :meth:`to_html` to an ``.html`` file.

        Raises:
            ValueError: if the file would have another ending.
        """
        return write_page(path, self.to_html, 'shown.figure().savefig("landscape.png")')

    def __repr__(self) -> str:
        x, y = self._function.sliders.values()
        lowest = self._whole.place(self._whole.low)
        ranges = " and ".join(f"{s.name} from {short(s.low)} to {short(s.high)}" for s in (x, y))
        lines = [
            f"Landscape of {self._function.name}: {ranges}",
            f"  lowest on the map: {short(self._whole.low)} at {self._place(lowest['x'], lowest['y'])}",
            f"  start: {self._place(self.start[x.name], self.start[y.name])}",
        ]
        width = max(len(name) for name in self.paths)
        for run, points in zip(self.runs["paths"], self.paths.values(), strict=True):
            at, there, loss = points[-1]
            lines.append(
                f"  {run['name'].ljust(width)}  after {len(points) - 1} steps: "
                f"{self._place(at, there)}, {self._function.name} = {short(loss)}"
                + (f" ({run['end']})" if run["end"] else "")
            )
        return "\n".join(lines)

    def _place(self, x: float, y: float) -> str:
        across, upward = self._function.sliders
        return f"{across} = {short(x)}, {upward} = {short(y)}"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The live widget, and for places without widgets a still picture and a text."""
        bundle: tuple[dict[str, Any], dict[str, Any]] | None = super()._repr_mimebundle_(**kwargs)
        if bundle is not None:
            still = self.figure()
            still.supxlabel(STILL, fontsize=9)
            bundle[0]["image/png"] = png(still)
            bundle[0]["text/plain"] = repr(self)
        return bundle

    def _run(self, _: object) -> None:
        """All paths from the start."""
        with self._function.at_work(self._calls(), 6):
            paths = [
                {"name": name} | descend(self._function, name, make, self.start, self._steps)
                for name, make in self._makers.items()
            ]
        self.runs = {"start": dict(self.start), "paths": paths}

    def _calls(self) -> int:
        """All paths take as long as so many calls of the function."""
        return BACKWARD * self._steps * len(self._makers)

    def _patience(self) -> int:
        """The seconds after which a page may think that Python is gone."""
        return patience(self._calls() * self._function.pace)

    def _sides(self) -> dict[str, tuple[float, float]]:
        """From where to where the whole map goes."""
        return {name: (s.low, s.high) for name, s in self._function.sliders.items()}

    def _turn(self, _: object) -> None:
        """Draw the part of the map that is to be seen; a slow function keeps the picture it has."""
        if not self._whole.quick:
            return
        try:
            self._map = (
                survey(self._function, self._sides() | self.view) if self.view else self._whole
            )
        except ValueError:  # there is nothing to be seen
            return
        self.land = land(self._map)

    @traitlets.validate("view")
    def _check_view(self, proposal: dict[str, Any]) -> dict[str, tuple[float, ...]]:
        view = dict(proposal["value"] or {})
        if strange := set(view) - set(self._function.sliders):
            raise traitlets.TraitError(f"The map has no axis called {strange.pop()!r}.")
        sides = {name: checked_view(side) for name, side in view.items()}
        return (
            {name: sides.get(name) or side for name, side in self._sides().items()} if view else {}
        )

    @traitlets.validate("start")
    def _check_start(self, proposal: dict[str, Any]) -> dict[str, float]:
        names = list(self._function.sliders)
        found = (self.start or self._function.start) | proposal["value"]
        if set(found) != set(names):
            raise traitlets.TraitError(f"The start has {names[0]} and {names[1]}, not {found}.")
        if not all(is_number(x) for x in found.values()):
            raise traitlets.TraitError(f"The start must be two finite numbers, not {found}.")
        return {name: float(found[name]) for name in names}

    @traitlets.validate("at")
    def _check_at(self, proposal: dict[str, Any]) -> int:
        return max(0, min(self._steps, int(proposal["value"])))


def land(land: Map) -> dict[str, Any]:
    """What a page needs to show a map: its picture, and some of its heights."""
    rows, columns = (np.linspace(0, n - 1, HEIGHTS).round().astype(int) for n in land.heights.shape)
    with np.errstate(over="ignore"):
        heights = land.heights[np.ix_(rows, columns)].astype("<f4")
    return {
        "sides": [[float(xs[0]), float(xs[-1])] for xs in (land.xs, land.ys)],
        "image": picture(land),
        "legend": legend(land),
        "heights": base64.b64encode(heights.tobytes()).decode(),
    }


def checked_rate(lr: object) -> float:
    if not is_number(lr) or lr < 0:  # type: ignore[operator]
        raise ValueError(f"The learning rate lr is a finite number, 0 or more, not {lr!r}.")
    return float(lr)  # type: ignore[arg-type]


def checked_steps(steps: object) -> int:
    if (
        not isinstance(steps, int | np.integer)
        or isinstance(steps, bool)
        or not 1 <= steps <= MOST_STEPS
    ):
        raise ValueError(f"steps is a whole number from 1 to {MOST_STEPS}, not {steps!r}.")
    return int(steps)
