"""Bar charts as SVG that stands in a page and takes its colours: dark on light, or light on dark."""

from __future__ import annotations

import html
from collections.abc import Sequence

WIDTH, HEIGHT = 860, 300
LEFT, RIGHT, TOP, BOTTOM = 48, 12, 26, 46  # around the columns
LABELS, ROW = 390, 34  # the width of the labels beside rows, and the height of a row
LONGEST = 52  # letters of a label

Bars = Sequence[tuple[str, int]]


def columns(bars: Bars, x: str, y: str, words: str) -> str:
    """Bars that stand side by side, with ``x`` below, ``y`` above, and ``words`` for who cannot see."""
    most = max((count for _, count in bars), default=0) or 1
    step = (WIDTH - LEFT - RIGHT) / max(1, len(bars))
    floor = HEIGHT - BOTTOM
    parts = [
        f"<text class='axis' x='{LEFT}' y='14'>{_text(y)}</text>",
        f"<line x1='{LEFT}' y1='{floor}' x2='{WIDTH - RIGHT}' y2='{floor}'/>",
    ]
    for k, (label, count) in enumerate(bars):
        tall = (floor - TOP - 20) * count / most
        middle = LEFT + step * (k + 0.5)
        wide = min(0.78 * step, 60)
        if count:
            parts.append(
                f"<rect x='{middle - wide / 2:.1f}' y='{floor - tall:.1f}' width='{wide:.1f}' "
                f"height='{tall:.1f}' rx='2'/>"
                f"<text x='{middle:.1f}' y='{floor - tall - 6:.1f}' text-anchor='middle'>{count:,}</text>"
            )
        parts.append(
            f"<text class='axis' x='{middle:.1f}' y='{floor + 18}' text-anchor='middle'>"
            f"{_text(label)}</text>"
        )
    below = f"<text class='axis' x='{WIDTH - RIGHT}' y='{HEIGHT - 6}' text-anchor='end'>"
    return _svg([*parts, f"{below}{_text(x)}</text>"], HEIGHT, words)


def rows(bars: Bars, most: int, x: str, words: str) -> str:
    """Bars below each other, with their labels before them; ``most`` is as wide as there is room."""
    room = WIDTH - LABELS - 110
    parts = []
    for k, (label, count) in enumerate(bars):
        middle = ROW * (k + 0.5)
        wide = room * count / (most or 1)
        short = label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"
        part = f" ({100 * count / most:.0f} %)" if most else ""
        parts.append(
            f"<text x='{LABELS}' y='{middle + 5:.1f}' text-anchor='end'>{_text(short)}"
            f"<title>{_text(label)}</title></text>"
            f"<rect class='room' x='{LABELS + 12}' y='{middle - 10:.1f}' width='{room}' height='20' "
            "rx='3'/>"
            f"<rect x='{LABELS + 12}' y='{middle - 10:.1f}' width='{wide:.1f}' height='20' rx='3'/>"
            f"<text x='{LABELS + 20 + room}' y='{middle + 5:.1f}'>{count:,}"
            f"<tspan class='axis'>{part}</tspan></text>"
        )
    tall = ROW * len(bars) + 22
    parts.append(f"<text class='axis' x='{LABELS + 12}' y='{tall - 6}'>{_text(x)}</text>")
    return _svg(parts, tall, words)


def _svg(parts: Sequence[str], height: int, words: str) -> str:
    return (
        f"<svg class='bars' viewBox='0 0 {WIDTH} {height}' role='img' aria-label='{_text(words)}'>"
        f"{''.join(parts)}</svg>"
    )


def _text(text: str) -> str:
    return html.escape(text, quote=True)
