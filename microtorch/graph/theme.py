"""The colours of a picture, on light and on dark pages."""

from __future__ import annotations

from dataclasses import dataclass

from microtorch.graph import style


@dataclass(frozen=True)
class Theme:
    """Colours by what they are for. ``negative`` and ``positive`` run from weak to strong."""

    ink: str
    muted: str
    line: str
    border: str
    paper: str  # boxes of values
    pale: str  # boxes of what asks for no gradient
    pill: str  # operations
    data: str
    gradient: str
    local: str
    local_paper: str
    zero: str  # the middle of a heat map
    negative: tuple[str, ...]
    positive: tuple[str, ...]
    odd: str  # a cell with nan or infinity
    page: str | None  # behind everything; None leaves the page as it is

    def level(self, level: int) -> str:
        """The colour of a step of a heat map."""
        if not level:
            return self.zero
        return (self.positive if level > 0 else self.negative)[abs(level) - 1]


# Boxes are opaque and light, so that a picture reads well on a white and on a dark page alike. What
# stands outside of them is a grey with a contrast above 3:1 on both.
# Heat maps: ColorBrewer's purple and orange, which all kinds of colour vision tell apart.
LIGHT = Theme(
    ink=style.INK,
    muted=style.MUTED,
    line=style.LINE,
    border=style.BORDER,
    paper=style.PAPER,
    pale=style.PALE,
    pill=style.PILL,
    data=style.DATA,
    gradient=style.GRADIENT,
    local=style.LOCAL,
    local_paper=style.LOCAL_PAPER,
    zero="#f3f4f6",
    negative=("#dcd7ec", "#b9b1d8", "#8f84bd", "#68539d", "#41206f"),
    positive=("#fde3c0", "#fcbf76", "#ee9a3a", "#cb6c0c", "#8f4406"),
    odd="#d1d5db",
    page=None,
)

DARK = Theme(
    ink="#e6edf3",
    muted="#a3afbf",
    line="#7f8b9c",
    border="#64748b",
    paper="#1e242d",
    pale="#181d25",
    pill="#2a3350",
    data="#6cc1f5",
    gradient="#ffab5c",
    local="#4ad6ab",
    local_paper="#12302a",
    zero="#2b323d",
    negative=("#3f3a63", "#5b5290", "#7a70bd", "#9d94de", "#c9c3f7"),
    positive=("#4d3a20", "#7a531d", "#ab721f", "#dd972f", "#ffc776"),
    odd="#8b95a3",
    page="#14181f",
)
