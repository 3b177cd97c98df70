"""The curve of a function over one argument, with its tangent and the path of the descent, as SVG.

``curve.js`` draws the same in the page, letter by letter: a test compares the two.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape

from microtorch.graph.numbers import short
from microtorch.graph.style import DATA, FONT, GRADIENT, INK, LINE, MUTED, PAPER, clipped

Dot = tuple[float, float | None]  # None: here the curve has a gap

INTERVALS = 240  # so that round numbers are among the points of most ranges
HALVINGS = 12  # a jump is looked for in a 4096th part of an interval
HEIGHT = 300.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 14.0, 34.0, 44.0
LETTER = 6.7  # width of one letter at 11 px
FAR = 2000.0  # pixels: nobody looks further out, and long dashed lines take long to draw
LAST_STEPS = 100
FARTHEST = 8e307  # twice as much is still a number


def stretched(low: float, high: float, xs: Iterable[float]) -> tuple[float, float]:
    """A range that reaches to all of these numbers: doubled, to the side where one lies outside.

    >>> stretched(-3, 3, [1.0, 5.0, -4.0])
    (-15.0, 9.0)
    """
    for x in xs:
        while x < low and high - low < FARTHEST:
            low -= high - low
        while x > high and high - low < FARTHEST:
            high += high - low
    return float(low), float(high)


def sample(
    f: Callable[[float], float],
    low: float,
    high: float,
    intervals: int = INTERVALS,
    known: Iterable[float] | None = None,
) -> list[Dot]:
    """Points of a curve from low to high, with gaps where it jumps or has no finite value.

    Between two points that are far apart, or much farther than those around them, the interval is
    halved again and again: a steep curve then closes the distance, and a jump does not.
    ``known`` are the results at the ends of all intervals, if they have been found at once.
    """
    xs = spread(low, high, intervals)
    ys = [f(x) for x in xs] if known is None else [float(y) for y in known]
    bottom, top = window(ys)
    far = top / 8 - bottom / 8
    rises = [0.0, *map(apart, ys, ys[1:]), 0.0]
    dots = [dot(xs[0], ys[0])]
    for i in range(intervals):
        a, b = (xs[i], ys[i]), (xs[i + 1], ys[i + 1])
        before, rise, after = rises[i : i + 3]
        if rise > min(far, far / 32 + 4 * max(before, after)):
            left, right = a, b
            for _ in range(HALVINGS):
                x = left[0] / 2 + right[0] / 2
                y = f(x)
                if apart(left[1], y) >= apart(y, right[1]):
                    right = x, y
                else:
                    left = x, y
            rest = apart(left[1], right[1])
            if rest == math.inf or rest > apart(a[1], b[1]) / 2:
                dots += [dot(*left), (left[0], None), dot(*right)]
        dots.append(dot(*b))
    return dots


def spread(low: float, high: float, intervals: int) -> list[float]:
    """The ends of all intervals from low to high."""
    return [low + (high - low) * (i / intervals) for i in range(intervals)] + [high]


def apart(a: float, b: float) -> float:
    """How far two results are from each other; no number is as far as can be from a number."""
    if math.isfinite(a) and math.isfinite(b):
        return abs(a - b)
    return math.inf if math.isfinite(a) or math.isfinite(b) else 0.0


def dot(x: float, y: float) -> Dot:
    return x, y if math.isfinite(y) else None


def window(ys: Sequence[float | None]) -> tuple[float, float]:
    """The range of results to show: all of them, unless a few are far away from the others."""
    found = sorted(max(-8e307, min(8e307, y)) for y in ys if y is not None and math.isfinite(y))
    if not found:
        return -1.0, 1.0
    tail = len(found) // 20
    low, high = found[tail], found[-1 - tail]
    reach = 2 * (high - low)
    bottom, top = max(found[0], low - reach), min(found[-1], high + reach)
    margin = (top - bottom) * 0.06 if top > bottom else abs(top) * 0.1 or 1.0
    return bottom - margin, top + margin


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between low and high, about ``most`` of them.

    >>> ticks(-3, 3, 6)
    [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0]
    """
    width = (high - low) / most
    power = float("1e" + f"{width:.6e}".split("e")[1])
    step = next((f * power for f in (1.0, 2.0, 5.0) if f * power >= width * 0.999), 10 * power)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [k * step for k in range(first, last + 1)]


class Plot:
    """Where the arguments and the results of a curve are on a page of some width."""

    def __init__(self, width: float, dots: Sequence[Dot]) -> None:
        self.width, self.dots = width, dots
        self.wide, self.high = width - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        self.low, self.end = dots[0][0], dots[-1][0]
        self.bottom, self.top = window([y for _, y in dots])

    def across(self, x: float) -> float:
        return clamp((x - self.low) / (self.end - self.low) * self.wide)

    def down(self, y: float) -> float:
        return clamp((self.top - y) / (self.top - self.bottom) * self.high)

    def inside(self, parts: Sequence[str]) -> str:
        """A picture in the picture: it cuts off what leaves it, without the ids of a clipPath."""
        place = f'x="{px(LEFT)}" y="{px(TOP)}" width="{px(self.wide)}" height="{px(self.high)}"'
        return f'<svg {place} overflow="hidden">{"".join(parts)}</svg>'


def draw(
    width: float,
    name: str,
    result: str,
    dots: Sequence[Dot],
    now: tuple[float, float | None, float | None],
    path: Sequence[Dot],
) -> str:
    """The content of an SVG of this width: axes, curve, tangent, path and the current point.

    ``now`` is the current point and the slope there; the path starts at the first point of the
    descent and ends at the current one.
    """
    plot = Plot(width, dots)
    return still_part(plot, name) + moving_part(plot, result, now, path)


def still_part(plot: Plot, name: str) -> str:
    """The axes and the curve: what stays while the point moves along it."""
    wide, high = plot.wide, plot.high
    parts = []
    for tick in ticks(plot.bottom, plot.top, 5):
        at = TOP + plot.down(tick)
        parts.append(line(LEFT, at, LEFT + wide, at, LINE, 'stroke-width="1" stroke-opacity="0.3"'))
        parts.append(text(LEFT - 7, at + 4, short(tick), MUTED, 'text-anchor="end"'))
    for tick in ticks(plot.low, plot.end, max(2, int(wide / 60))):
        at, label = LEFT + plot.across(tick), short(tick)
        middle = min(at, plot.width - len(label) * LETTER / 2)  # the last one is not cut off
        parts.append(line(at, TOP + high, at, TOP + high + 4, LINE, 'stroke-width="1"'))
        parts.append(text(middle, TOP + high + 17, label, MUTED, 'text-anchor="middle"'))
    bold = 'text-anchor="middle" font-weight="700"'
    parts.append(text(LEFT + wide / 2, HEIGHT - 8, clipped(name), INK, bold))
    frame = f'width="{px(wide)}" height="{px(high)}" fill="none" stroke="{LINE}"'
    parts.append(f'<rect x="{px(LEFT)}" y="{px(TOP)}" {frame}/>')
    d, pen = "", "M"
    for at, value in plot.dots:
        if value is None:
            pen = "M"
            continue
        d += f"{pen}{px(plot.across(at))} {px(plot.down(value))}"
        pen = "L"
    curve = stroke(d, DATA, 'stroke-width="2.6" stroke-linejoin="round"')
    return "".join(parts) + plot.inside([curve])


def moving_part(
    plot: Plot,
    result: str,
    now: tuple[float, float | None, float | None],
    path: Sequence[Dot],
) -> str:
    """The path, the tangent, the current point, and the legend with the slope."""
    x, y, slope = now
    parts = []
    seen = [(plot.across(at), plot.down(y)) for at, y in path[-LAST_STEPS:] if y is not None]
    if len(path) > 1 and seen:
        d = "M" + "L".join(f"{px(at)} {px(value)}" for at, value in seen)
        parts.append(stroke(d, INK, 'stroke-width="1.2"'))
        parts += [circle(at, value, 3.2, PAPER, INK, 1.4) for at, value in seen]
    if y is not None and slope is not None:
        scale = (plot.end - plot.low) / plot.wide
        tilt = clamp(-slope * scale / (plot.top / plot.high - plot.bottom / plot.high))
        reach = 2 * plot.width / math.sqrt(1 + tilt * tilt)
        at, value = plot.across(x), plot.down(y)
        ends = (at - reach, value - reach * tilt, at + reach, value + reach * tilt)
        parts.append(line(*ends, GRADIENT, 'stroke-width="2" stroke-dasharray="8 4"'))
    parts = [plot.inside(parts)]
    if y is not None:
        at = LEFT + max(0, min(plot.wide, plot.across(x)))
        value = TOP + max(0, min(plot.high, plot.down(y)))
        foot = TOP + plot.high
        parts.append(line(at, value, at, foot, DATA, 'stroke-width="1" stroke-dasharray="1 3"'))
        parts.append(circle(at, value, 6, DATA, PAPER, 2))
    known = None if y is None else slope
    return "".join(parts) + legend(plot.width, clipped(result, 12), known, len(path) - 1)


def legend(width: float, result: str, slope: float | None, steps: int) -> str:
    """What is what, above the plot."""
    narrow = width < 420
    entries = [(result, DATA, 'stroke-width="2.6"')]
    if slope is not None:
        tangent = 'stroke-width="2" stroke-dasharray="8 4"'
        label = ("" if narrow else "tangent, ") + "slope " + short(slope)
        entries.append((label, GRADIENT, tangent))
    if steps > 0:
        thin = 'stroke-width="1.2"'
        entries.append((f"{steps} step" + ("" if steps == 1 else "s"), INK, thin))
    parts, x = [], 8.0 if narrow else LEFT
    for label, colour, style in entries:
        parts.append(line(x, 17, x + 20, 17, colour, style))
        if colour == INK:
            parts.append(circle(x + 10, 17, 3.2, PAPER, INK, 1.4))
        parts.append(text(x + 25, 21, label, INK, ""))
        x += 25 + len(label) * LETTER + 16
    return "".join(parts)


def figure(content: str, width: float, title: str, extra: str = "", height: float = HEIGHT) -> str:
    """A still picture: the curve on a sheet of its own, and what stands below it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {px(width)} {px(height)}" '
        f'width="{px(width)}" height="{px(height)}" font-family="{FONT}" font-size="11" '
        f'role="img" aria-label="{escape(title)}">\n'
        f'<rect width="{px(width)}" height="{px(height)}" rx="8" fill="{PAPER}"/>\n'
        f"{content}\n{extra}</svg>"
    )


def clamp(x: float) -> float:
    return max(-FAR, min(FAR, x))


def px(x: float) -> str:
    """A coordinate with at most one decimal, halves rounded up as JavaScript does."""
    return f"{math.floor(x * 10 + 0.5) / 10:.9g}"


def line(x: float, y: float, to_x: float, to_y: float, colour: str, more: str) -> str:
    ends = f'x1="{px(x)}" y1="{px(y)}" x2="{px(to_x)}" y2="{px(to_y)}"'
    return f'<line {ends} stroke="{colour}" {more}/>'


def stroke(d: str, colour: str, more: str) -> str:
    return f'<path d="{d}" fill="none" stroke="{colour}" {more}/>'


def circle(x: float, y: float, radius: float, fill: str, border: str, width: float) -> str:
    place = f'cx="{px(x)}" cy="{px(y)}" r="{px(radius)}"'
    return f'<circle {place} fill="{fill}" stroke="{border}" stroke-width="{px(width)}"/>'


def text(x: float, y: float, content: str, colour: str, more: str) -> str:
    place = f'x="{px(x)}" y="{px(y)}"'
    return f'<text {place} fill="{colour}" {more}>{escape(content, quote=False)}</text>'
