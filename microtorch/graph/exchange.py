"""A graph as strict JSON, and back again, down to every number.

JSON has no nan and no infinity, so they are written as texts: "nan", "inf", "-inf". What is read
may come from anywhere: nothing in it is run, and what does not fit raises a GraphError.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NoReturn, get_args

import numpy as np

from microtorch.graph.kinds import is_operation
from microtorch.graph.model import Array, Graph, GraphError, Kind, Operation, Scope, Value
from microtorch.ops import registry
from microtorch.ops.convolution import Slide
from microtorch.ops.indexing import Places
from microtorch.ops.kernels import Memo
from microtorch.ops.pooling import Pool

FORMAT = "microtorch graph"
VERSION = 1
SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
SETTINGS: dict[str, Any] = {kind.__name__: kind for kind in (Places, Pool, Slide)}
DTYPES = {
    name: np.dtype(name)
    for name in (
        *("float16", "float32", "float64", "bool"),
        *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    )
}


def to_json(graph: Graph) -> str:
    """A graph as JSON text that every reader of JSON accepts.

    >>> import microtorch as torch
    >>> from microtorch.graph.model import Graph
    >>> w = torch.tensor(3.0, requires_grad=True)
    >>> graph = torch.draw(w**2 / 0).graph
    >>> Graph.from_json(graph.to_json()) == graph
    True
    """
    content = {
        "format": FORMAT,
        "version": VERSION,
        "root": graph.root,
        "values": [fields(value) for value in graph.values],
        "operations": [fields(operation) for operation in graph.operations],
        "scopes": [fields(scope) for scope in graph.scopes],
    }
    return json.dumps(content, allow_nan=False, ensure_ascii=True)


def fields(part: Value | Operation | Scope) -> dict[str, Any]:
    return {name: plain(x) for name, x in vars(part).items()}


def plain(x: Any) -> Any:
    """Anything in a graph as JSON can carry it: what JSON does not know, as a dictionary."""
    if x is None or type(x) in (str, bool, int):
        return x
    if type(x) is float:
        return x if math.isfinite(x) else {"float": repr(x)}
    if isinstance(x, np.ndarray | np.generic):
        kind = "array" if isinstance(x, np.ndarray) else "number"
        return {
            kind: [number(e) for e in x.ravel().tolist()],
            "shape": x.shape,
            "dtype": str(x.dtype),
        }
    if type(x) in SETTINGS.values():
        return {"settings": type(x).__name__, "parts": [plain(part) for part in x]}
    if isinstance(x, tuple | list):
        return [plain(part) for part in x]
    if isinstance(x, slice):
        return {"slice": [plain(x.start), plain(x.stop), plain(x.step)]}
    if isinstance(x, Memo):
        return {"memo": None}
    if isinstance(x, np.dtype):
        return {"dtype": str(x)}
    if isinstance(x, type) and x in registry.values():
        return {"operation": x.__name__}
    if x is Ellipsis:
        return {"ellipsis": None}
    return {"unknown": x.name if isinstance(x, Unknown) else type(x).__name__}


def number(x: Any) -> Any:
    if isinstance(x, float) and not math.isfinite(x):
        return repr(x)
    return x


class Unknown:
    """A setting of an operation that JSON could not carry."""

    def __init__(self, name: str) -> None:
        self.name = name


# Reading ----------------------------------------------------------------------------------------


def from_json(text: str) -> Graph:
    """The graph that :func:`to_json` wrote.

    Raises:
        TypeError: this is no text.
        GraphError: it is not the JSON of a graph; the message says where it stops to make sense.
    """
    if not isinstance(text, str | bytes):
        raise TypeError(f"from_json() reads a text, not {type(text).__name__}.")
    try:
        content = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise GraphError(f"this is no JSON: {error}") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise GraphError('this JSON is no graph: it must start with {"format": "microtorch graph"')
    if content.get("version") != VERSION:
        raise GraphError(
            f"this graph has format version {content.get('version')!r:.40}; "
            f"this microtorch reads version {VERSION}."
        )
    values = tuple(read_each(content, "values", read_value))
    operations = tuple(read_each(content, "operations", read_operation))
    scopes = tuple(read_each(content, "scopes", read_scope))
    root = content.get("root")
    check(type(root) is int and 0 <= root < len(values), "root", "the index of a value", root)
    graph = Graph(values, operations, root, scopes)  # type: ignore[arg-type]
    check_order(graph)
    return graph


def refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def read_each(content: Any, name: str, read: Callable[[Any, str, int], Any]) -> list[Any]:
    found = content.get(name)
    check(isinstance(found, list), name, "a list", found)
    parts = []
    for i, part in enumerate(found):
        place = f"{name}[{i}]"
        check(isinstance(part, dict), place, "an object", part)
        try:
            parts.append(read(part, place, i))
        except RecursionError:
            raise GraphError(f"{place} is nested too deeply.") from None
    return parts


def read_value(part: dict[str, Any], place: str, index: int) -> Value:
    shape = indices(part.get("shape"), f"{place}.shape")
    dtype = part.get("dtype")
    kind = part.get("kind")
    check(part.get("index") == index, f"{place}.index", str(index), part.get("index"))
    check(isinstance(part.get("name"), str), f"{place}.name", "a text", part.get("name"))
    check(kind in get_args(Kind), f"{place}.kind", " or ".join(get_args(Kind)), kind)
    check(isinstance(dtype, str) and dtype in DTYPES, f"{place}.dtype", "a dtype", dtype)
    asks = part.get("requires_grad")
    check(type(asks) is bool, f"{place}.requires_grad", "true or false", asks)
    arrays: dict[str, Any] = {}
    for name in ("data", "grad", "prior", "stored"):
        array = unfold(part.get(name), f"{place}.{name}")
        fits = array is None or (isinstance(array, np.ndarray) and array.shape == shape)
        check(fits, f"{place}.{name}", f"an array of shape {shape}, or null", part.get(name))
        arrays[name] = array
    own = part.get("own_dtype")
    check(own is None or own in list(DTYPES), f"{place}.own_dtype", "a dtype, or null", own)
    maker = part.get("maker")
    check(maker is None or type(maker) is int, f"{place}.maker", "an index, or null", maker)
    return Value(
        index=index,
        name=part["name"],
        kind=part["kind"],
        shape=shape,
        dtype=part["dtype"],
        requires_grad=part["requires_grad"],
        maker=maker,
        own_dtype=own,
        **arrays,
    )


def read_operation(part: dict[str, Any], place: str, index: int) -> Operation:
    kind, inputs = part.get("kind"), indices(part.get("inputs"), f"{place}.inputs")
    check(part.get("index") == index, f"{place}.index", str(index), part.get("index"))
    check(is_operation(kind), f"{place}.kind", "an operation of microtorch", kind)
    check(isinstance(part.get("symbol"), str), f"{place}.symbol", "a text", part.get("symbol"))
    check(type(part.get("output")) is int, f"{place}.output", "an index", part.get("output"))
    lists: dict[str, tuple[Any, ...]] = {}
    for name in ("params", "written", "local", "flow"):
        given = part.get(name)
        check(isinstance(given, list), f"{place}.{name}", "a list", given)
        lists[name] = tuple(unfold(x, f"{place}.{name}") for x in given or ())
    for name in ("local", "flow"):
        fits = len(lists[name]) == len(inputs) and all(
            x is None or isinstance(x, np.ndarray) for x in lists[name]
        )
        check(fits, f"{place}.{name}", f"{len(inputs)} arrays or nulls", part.get(name))
    texts = all(x is None or isinstance(x, str) for x in lists["written"])
    check(texts, f"{place}.written", "texts and nulls", part.get("written"))
    return Operation(
        index=index,
        kind=part["kind"],
        symbol=part["symbol"],
        inputs=inputs,
        output=part["output"],
        more=indices(part.get("more"), f"{place}.more"),
        **lists,
    )


def read_scope(part: dict[str, Any], place: str, index: int) -> Scope:
    for name in ("name", "kind"):
        check(isinstance(part.get(name), str), f"{place}.{name}", "a text", part.get(name))
    for name in ("start", "stop"):
        check(type(part.get(name)) is int, f"{place}.{name}", "an index", part.get(name))
    owns = indices(part.get("owns"), f"{place}.owns")
    return Scope(part["name"], part["kind"], part["start"], part["stop"], owns)


def check_order(graph: Graph) -> None:
    """Operands stand before what is made of them, and everything that is named exists."""
    count = len(graph.values)
    made: dict[int, int] = {}
    for op in graph.operations:
        place = f"operations[{op.index}]"
        for i in (*op.inputs, *op.results):
            check(i < count, place, f"indices below {count}", i)
        for i in op.results:
            right = i >= 0 and i not in made and graph.values[i].maker == op.index
            check(right, place, "results that name it as their maker, each once", i)
            made[i] = op.index
        for i in op.inputs:
            right = graph.values[i].maker is None or made.get(i, op.index) < op.index
            check(right, place, "operands that were made before", i)
    for value in graph.values:
        right = value.maker is None or value.index in made
        check(right, f"values[{value.index}].maker", "the operation that makes it", value.maker)
    for k, scope in enumerate(graph.scopes):
        right = 0 <= scope.start < scope.stop <= len(graph.operations)
        check(right, f"scopes[{k}]", "a range of operations", (scope.start, scope.stop))
        check(all(i < count for i in scope.owns), f"scopes[{k}].owns", "values", scope.owns)


def unfold(x: Any, place: str) -> Any:
    """What :func:`plain` wrote, read again."""
    if isinstance(x, list):
        return tuple(unfold(part, place) for part in x)
    if not isinstance(x, dict):
        return x
    for name, read in READERS.items():
        if name in x:
            try:
                return read(x, place)
            except (KeyError, TypeError, ValueError, OverflowError) as error:
                if isinstance(error, GraphError):
                    raise
                raise GraphError(f"{place}: {error}") from None
    raise GraphError(f"{place}: {list(x)[:5]} is nothing that a graph holds.")


def read_array(x: dict[str, Any], place: str) -> Array:
    dtype: Any = x.get("dtype")
    shape = indices(x.get("shape"), f"{place}.shape")
    numbers: Any = x["array"] if "array" in x else x.get("number")
    check(isinstance(dtype, str) and dtype in DTYPES, f"{place}.dtype", "a dtype", dtype)
    check(isinstance(numbers, list), place, "a list of numbers", numbers)
    count = math.prod(shape)
    check(len(numbers) == count, place, f"{count} numbers for shape {shape}", len(numbers))
    found = [SPECIAL.get(n, n) if isinstance(n, str) else n for n in numbers]
    check(all(type(n) in (int, float, bool) for n in found), place, "numbers", numbers)
    with np.errstate(over="ignore"):
        array = np.array(found, DTYPES[dtype]).reshape(shape)
    array.flags.writeable = False
    return array if "array" in x else array[()]


def indices(x: Any, place: str) -> tuple[int, ...]:
    right = isinstance(x, list) and all(type(i) is int and i >= 0 for i in x)
    check(right, place, "a list of whole numbers from 0 up", x)
    return tuple(x)


def parts_of(x: Any, count: int, place: str) -> list[Any]:
    right = isinstance(x, list) and len(x) == count
    check(right, place, f"a list of {count}", x)
    return [unfold(part, place) for part in x]


def read_settings(x: dict[str, Any], place: str) -> Any:
    kind = x["settings"]
    check(isinstance(kind, str) and kind in SETTINGS, place, "settings of an operation", kind)
    found = SETTINGS[kind]
    return found(*parts_of(x.get("parts"), len(found._fields), place))


def read_dtype(x: dict[str, Any], place: str) -> Any:
    check(x["dtype"] in list(DTYPES), place, "a dtype", x["dtype"])
    return DTYPES[x["dtype"]]


def read_kind(x: dict[str, Any], place: str) -> Any:
    check(x["operation"] in list(registry), place, "an operation of microtorch", x["operation"])
    return registry[x["operation"]]


READERS: dict[str, Callable[[dict[str, Any], str], Any]] = {
    "array": read_array,
    "number": read_array,
    "float": lambda x, place: float(SPECIAL[str(x["float"])]),
    "settings": read_settings,
    "slice": lambda x, place: slice(*parts_of(x["slice"], 3, place)),
    "memo": lambda x, place: Memo(),
    "dtype": read_dtype,
    "operation": read_kind,
    "ellipsis": lambda x, place: Ellipsis,
    "unknown": lambda x, place: Unknown(str(x["unknown"])),
}


def check(right: Any, place: str, wanted: str, given: Any) -> None:
    """Raise GraphError unless something in the JSON is right."""
    if not right:
        shown = repr(given)
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        raise GraphError(f"{place} must be {wanted}, not {shown}.")
