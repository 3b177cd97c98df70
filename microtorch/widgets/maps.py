"""The heat maps of a live picture: which there are, and the levels of their cells as letters."""

from __future__ import annotations

from collections.abc import Mapping

from microtorch.graph.geometry import Geometry, jacobian_to_show
from microtorch.graph.heat import MOST_CELLS, letters
from microtorch.graph.model import Array, Graph
from microtorch.graph.style import total


def map_slots(places: Geometry) -> dict[str, int]:
    """Every heat map of a picture, with how many cells it has at most along each side.

    "d3" is of the data of value 3, "t3" of its gradient, "l5.0" of the local gradient of
    operation 5 by its first operand.
    """
    found = {}
    for i, card in enumerate(places.cards):
        if card.data_map is not None:
            found[f"d{i}"] = card.cells
        if card.gradient_map is not None:
            found[f"t{i}"] = card.cells
    for line in places.lines:
        if line.jacobian is not None:
            found[f"l{line.operation}.{line.position}"] = MOST_CELLS
    return found


def map_entries(
    graph: Graph, slots: Mapping[str, int], before: Graph | None = None
) -> dict[str, str]:
    """What a page paints, under "md3" for "d3"; see :func:`microtorch.graph.heat.letters`.

    Arrays that are the same as in ``before`` are left out.
    """
    found = {}
    for slot, cells in slots.items():
        array = shown_array(graph, slot)
        same = before is not None and slot[0] != "l" and array is shown_array(before, slot)
        if array is not None and not same:
            found[f"m{slot}"] = letters(array, cells)
    return found


def shown_array(graph: Graph, slot: str) -> Array | None:
    """What the map of a slot shows."""
    place = slot[1:]
    if slot[0] == "l":
        operation, position = map(int, place.split("."))
        return jacobian_to_show(graph, graph.operations[operation], position)
    value = graph.values[int(place)]
    return value.data if slot[0] == "d" else total(value)
