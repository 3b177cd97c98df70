"""A graph in the DOT language, for Graphviz and all that read what it reads."""

from __future__ import annotations

from microtorch.graph.geometry import Direction
from microtorch.graph.model import Array, Graph, Operation, Stage, Value
from microtorch.graph.style import UNKNOWN, brief, clipped, dtype_words, face, heading, total
from microtorch.graph.theme import LIGHT, Theme


def dot(
    graph: Graph,
    stage: Stage | None = None,
    *,
    direction: Direction = "LR",
    compact: bool = False,
    theme: Theme = LIGHT,
) -> str:
    r"""The source of a directed graph: boxes for values, ellipses for operations.

    >>> import microtorch as torch
    >>> w = torch.tensor(3.0, requires_grad=True)
    >>> loss = w * 2
    >>> for line in torch.draw(loss).dot.splitlines()[7:10]:
    ...     print(line.strip())
    o0 [label="×" shape=ellipse style=filled fillcolor="#e8ecfd"];
    v0 -> o0;
    v1 -> o0;
    """
    fused = {op.index for op in graph.operations if compact and not op.more}
    back = f" bgcolor={quoted(theme.page)}" if theme.page else ""
    letters = f'fontname="monospace" fontsize=11 fontcolor="{theme.ink}"'
    lines = [
        f"rankdir={direction}{back};",
        f'node [shape=box {letters} color="{theme.border}"];',
        f'edge [{letters} color="{theme.line}"];',
    ]
    for value in graph.values:
        maker = None if value.maker not in fused else graph.operations[value.maker or 0]
        lines.append(value_line(value, stage, maker, theme))
    for op in graph.operations:
        node = f"v{op.output}" if op.index in fused else f"o{op.index}"
        if op.index not in fused:
            shape = "box3d" if op.kind == "Folded" else "ellipse"
            words = quoted("\n".join(face(op)))
            lines.append(
                f'{node} [label={words} shape={shape} style=filled fillcolor="{theme.pill}"];'
            )
        for k, source in enumerate(op.inputs):
            label = local_label(graph, op, k) if stage in ("local", "backward") else ""
            lines.append(f"v{source} -> {node}{label};")
        if op.index not in fused:
            lines += [f"{node} -> v{i};" for i in op.results]
    body = "\n".join(f"  {line}" for line in lines)
    return f"digraph {quoted(graph.values[graph.root].name)} {{\n{body}\n}}\n"


def value_line(value: Value, stage: Stage | None, maker: Operation | None, theme: Theme) -> str:
    fill = theme.pale if value.kind in ("input", "constant") else theme.paper
    look = f'style=filled fillcolor="{fill}"'
    if value.kind == "constant":
        return f"v{value.index} [label={quoted(brief(value.data))} {look}];"
    name, shape = heading(value)
    words = [f"{' '.join(face(maker))}  {name}" if maker else name]
    if shape:
        words.append(shape + dtype_words(value))
    words.append(f"data {brief(value.data)}")
    if stage in (None, "backward") and value.requires_grad:
        words.append(f"grad {gradient_words(value.stored if stage is None else total(value))}")
    if value.kind == "parameter":
        look += " penwidth=2"
    if clipped(value.name) != value.name:
        look += f" tooltip={quoted(value.name)}"
    label = quoted("\n".join(words))
    return f"v{value.index} [label={label} {look}];"


def gradient_words(array: Array | None) -> str:
    return UNKNOWN if array is None else brief(array)


def local_label(graph: Graph, operation: Operation, position: int) -> str:
    local = operation.local[position]
    if local is None or graph.values[operation.inputs[position]].kind == "constant":
        return ""
    return f" [label={quoted(brief(local))}]"


def quoted(text: str) -> str:
    r"""A text as DOT reads it: quotes, backslashes and ampersands stand for themselves.

    >>> print(quoted('a "b" \\N &lt;'))
    "a \"b\" \\N &amp;lt;"
    """
    text = text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text.replace("\n", "\\n") + '"'
