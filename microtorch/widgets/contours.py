"""A function of two numbers as a map: its heights on a grid, and the map drawn by Matplotlib."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from microtorch.graph.numbers import short
from microtorch.graph.style import clipped
from microtorch.widgets.arrays import at_once
from microtorch.widgets.functions import Function

FINE = 281  # points along each side, in one call with arrays
COARSE = {61: 0.0025, 31: 0.01, 15: math.inf}  # in a call for each, if that takes at most so long
BANDS = 14
STEEP = 0.12  # half of the map lies below this share of the height: logarithmic bands show more
VALLEY = 0.03  # as much of the map lies in the lowest logarithmic band ...
SHALLOWEST = 1e-9, 1e-2  # ... which begins between these shares of the height

# Pale, so that paths stand out. The page turns it round for a dark theme.
COLOURS = ListedColormap(
    [(1 - 0.6 * t, 1 - 0.37 * t, 1 - 0.17 * t) for t in np.linspace(0, 1, BANDS)]
)
SHADES = (
    64  # of the bands, and of the edges between them: a quarter of the bytes, and no eye sees it
)
LINES, PATTERN = "#7d9bb5", "#b9c2cc"
STYLES: list[tuple[str, Any, str]] = [  # colour, dashes and marker of each path
    ("#b84300", "solid", "o"),
    ("#0f172a", (0, (5, 2.5)), "s"),
    ("#00785a", (0, (1.2, 1.5)), "^"),
    ("#8b2fb0", (0, (6, 2, 1.5, 2)), "D"),
    ("#7a5200", (0, (3, 1.5)), "v"),
    ("#a3004f", (0, (8, 2, 1, 1.5, 1, 2)), "P"),
]

Heights = NDArray[np.float64]


@dataclass(frozen=True)
class Map:
    """The heights of a function over two arguments; nan where it has none."""

    xs: NDArray[np.float64]
    ys: NDArray[np.float64]
    heights: Heights
    low: float
    high: float
    logarithmic: bool
    quick: bool  # measured in one call: so another part of it can be drawn at once

    def place(self, height: float) -> dict[str, float]:
        """Where the map has this height: column and row as "x" and "y"."""
        row, column = np.argwhere(self.heights == height)[0]
        return {"x": float(self.xs[column]), "y": float(self.ys[row])}


def survey(function: Function, sides: Mapping[str, Sequence[float]]) -> Map:
    """Measure a function on a grid: in one call, if it works on arrays as on single numbers.

    Raises ValueError if it has no finite value anywhere.
    """
    x, y = sides
    xs, ys = (np.linspace(low, high, FINE) for low, high in sides.values())
    across, down = np.meshgrid(xs, ys)
    heights = at_once(function, {x: across, y: down})
    quick = heights is not None
    if heights is None:
        points = next(n for n, seconds in COARSE.items() if function.pace <= seconds)
        xs, ys = (np.linspace(low, high, points) for low, high in sides.values())
        with function.at_work(points**2, 6):
            heights = np.array([[function.loss({x: a, y: b}) for a in xs] for b in ys])
    heights = np.where(np.isfinite(heights), np.clip(heights, -8e307, 8e307), np.nan)
    known = np.sort(heights[np.isfinite(heights)])
    if not known.size:
        (left, right), (bottom, top) = sides.values()
        raise ValueError(
            f"{function.name} has no finite value anywhere for {x} from {left:g} to "
            f"{right:g} and {y} from {bottom:g} to {top:g}. Try other ranges."
        )
    low, high = float(known[0]), float(known[-1])
    middle = float(known[known.size // 2])
    logarithmic = middle / 2 - low / 2 < STEEP * (high / 2 - low / 2)
    return Map(xs, ys, heights, low, high, logarithmic, quick)


def bands(land: Map) -> Heights:
    """The heights from 0 to 1, evenly spread or logarithmic."""
    height = land.high / 2 - land.low / 2 or 1.0
    share = (land.heights / 2 - land.low / 2) / height
    if not land.logarithmic:
        return np.asarray(share)
    floor = np.clip(np.nanquantile(share, VALLEY), *SHALLOWEST)
    return np.asarray(1 - np.log10(np.maximum(share, floor)) / np.log10(floor))


def paint(axes: Any, land: Map) -> None:
    """Coloured bands with lines between them; a pattern where the function has no value."""
    axes.patch.set(facecolor="#eef1f5", hatch="///", edgecolor=PATTERN)
    levels = np.linspace(0, 1, BANDS + 1)
    shares = np.ma.masked_invalid(bands(land))
    if land.high > land.low:
        axes.contourf(land.xs, land.ys, shares, levels, cmap=COLOURS, vmin=0, vmax=1)
        axes.contour(land.xs, land.ys, shares, levels[1:-1], colors=LINES, linewidths=0.7)
    else:
        axes.pcolormesh(land.xs, land.ys, shares, cmap=COLOURS, vmin=0, vmax=1)
    axes.set(xlim=(land.xs[0], land.xs[-1]), ylim=(land.ys[0], land.ys[-1]))


def picture(land: Map) -> str:
    """The map alone, without axes, as the address of a PNG."""
    figure = Figure(figsize=(6, 4.2), dpi=120)
    axes = figure.add_axes((0, 0, 1, 1), xticks=[], yticks=[])
    paint(axes, land)
    painted = Image.open(io.BytesIO(png(figure))).convert("RGB")
    buffer = io.BytesIO()
    few = painted.quantize(SHADES, dither=Image.Dither.NONE)
    few.save(buffer, format="png", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def png(figure: Figure) -> bytes:
    """The same bytes for the same figure in every run."""
    buffer = io.BytesIO()
    figure.savefig(
        buffer, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 9}
    )
    return buffer.getvalue()


def chart(
    land: Map, x: str, y: str, result: str, runs: Sequence[Mapping[str, Any]], step: int
) -> Figure:
    """The map with axes and the paths up to a step, as a figure for paper."""
    figure = Figure(figsize=(7, 4.6), dpi=110, layout="constrained")
    axes = figure.add_subplot()
    paint(axes, land)
    for (colour, dashes, marker), run in zip(styles(len(runs)), runs, strict=True):
        points = np.array([point[:2] for point in run["points"][: step + 1]])
        axes.plot(*points.T, color="white", linewidth=4.2)
        axes.plot(*points.T, color=colour, linestyle=dashes, linewidth=2)
        head: dict[str, Any] = {"marker": marker, "markersize": 9, "markeredgecolor": "white"}
        axes.plot(*points[-1:].T, color=colour, linestyle=dashes, **head, label=plain(run["name"]))
    axes.set(xlim=(land.xs[0], land.xs[-1]), ylim=(land.ys[0], land.ys[-1]))
    axes.set_xlabel(plain(x))
    axes.set_ylabel(plain(y), rotation=0, labelpad=12)
    axes.set_title(plain(f"{result}: paths after {step} steps"), fontsize=11)
    if runs:
        axes.legend(fontsize=9, handlelength=3.5)
    return figure


def plain(text: str) -> str:
    """Matplotlib reads what stands between dollar signs as a formula."""
    return clipped(text, 40).replace("$", r"\$")


def styles(count: int) -> list[tuple[str, Any, str]]:
    """Colour, dashes and marker repeat after six; the seventh has other dashes than the first."""
    return [(STYLES[k % 6][0], STYLES[(k + k // 6) % 6][1], STYLES[k % 6][2]) for k in range(count)]


def legend(land: Map) -> str:
    """What the colours of the map mean, in words."""
    if land.high == land.low:
        return f"The map is flat: {short(land.low)} everywhere."
    steps = "logarithmic" if land.logarithmic else "equal"
    words = (
        f"Colour: from {short(land.low)} (faint) to {short(land.high)} (strong), in {steps} steps."
    )
    if np.isnan(land.heights).any():
        words += " Hatched: no finite value."
    return words
