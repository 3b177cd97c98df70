"""A learner's function of single numbers: its arguments, and what one call of it gives."""

from __future__ import annotations

import contextlib
import inspect
import io
import math
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice, product
from random import Random
from time import perf_counter
from types import CodeType, FrameType
from typing import Any, TypeVar

import numpy as np

from microtorch.graph.model import Graph
from microtorch.graph.names import Names, caller_names, key
from microtorch.graph.numbers import short
from microtorch.graph.trace import trace
from microtorch.tensor import Tensor
from microtorch.tensor.creation import tensor
from microtorch.tensor.dtypes import get_default_dtype
from microtorch.tensor.limits import finfo
from microtorch.widgets.recipes import recipe
from microtorch.widgets.sliders import bounds, by_name, is_number
from microtorch.widgets.waiting import at_work

Values = Mapping[str, float]
T = TypeVar("T")
TRIES = 32  # points at random, and along each slider, where recipes are compared
FEW = 8  # of them are enough for a slow function
SLOW = 0.004  # seconds for one call: a few hundred of them take more than one
PATIENCE = 10  # seconds: who has to wait longer is told
NO_GRAPH = (
    "so there is no graph of it. Inside of the function use operators and torch functions "
    "(torch.sin, not math.sin), and no float(), .item() or .detach()."
)


@dataclass(frozen=True)
class Slider:
    """The range of one argument, and where it starts."""

    name: str
    low: float
    high: float
    step: float
    start: float


@dataclass(frozen=True)
class Point:
    """What a function gives at one point: its result, the slopes, and the graph if there is one."""

    loss: float
    grads: dict[str, float]
    graph: Graph | None
    recipe: object  # equal for two points that were computed in the same way


class Function:
    """A function with a range for some of its arguments and a fixed value for the others.

    Raises:
        TypeError: for what is not a function, and for arguments that it does not take or misses.
        ValueError: for a range that cannot be one.
    """

    def __init__(self, f: Callable[..., Any], arguments: Mapping[str, object], caller: str) -> None:
        self.call = f
        self.example = f"torch.{caller}({display_name(f)}, "
        parameters = self.check(f, arguments, caller)
        ranges = {name: x for name, x in arguments.items() if isinstance(x, tuple | list)}
        if not ranges:
            first = next(iter(arguments or parameters), "w")
            given = f", and {first}={arguments[first]!r} is no range" if arguments else ""
            raise ValueError(
                f"{caller}() moves at least one argument of {display_name(f)}{given}. Give it a "
                f"range, as in {self.example}{first}=(-3, 3))."
            )
        self.sliders = {name: slider(name, limit) for name, limit in ranges.items()}
        self.fixed: dict[str, Any] = {n: x for n, x in arguments.items() if n not in ranges}
        self.positional = [
            p.name
            for p in parameters.values()
            if p.kind is p.POSITIONAL_ONLY and p.name in arguments
        ]
        self.name = result_name(f, arguments)
        self.code = code_of(f)

    def check(
        self, f: object, arguments: Mapping[str, object], caller: str
    ) -> Mapping[str, inspect.Parameter]:
        """The parameters of f, if the arguments fit them."""
        if isinstance(f, Tensor):
            raise TypeError(
                f"{caller}() needs a function, and this is a tensor that is already computed. "
                "torch.walk(loss, w=(-3, 3)) puts sliders under a tensor."
            )
        if not callable(f):
            raise TypeError(
                f"{caller}() needs a function, not {f!r}. Write, for example, "
                f"torch.{caller}(lambda w: (w - 1) ** 2, w=(-3, 3))."
            )
        name = display_name(f)
        if isinstance(f, type):
            raise TypeError(
                f"{name} is a class, and {caller}() needs a function. Make one of its kind first: "
                f"torch.{caller}({name}(...), w=(-3, 3))."
            )
        parameters = parameters_of(f)
        if next(iter(parameters), "") == "self" and "self" not in arguments:
            raise TypeError(
                f"{name} is a method without its object. Give it one: "
                f"torch.{caller}(model.{name}, w=(-3, 3))."
            )
        if any(p.kind is p.VAR_POSITIONAL for p in parameters.values()):
            raise TypeError(
                f"{name} takes a list of arguments without names (*args), and a slider needs a "
                f"name. Wrap it: torch.{caller}(lambda a, b: {name}(a, b), a=(-3, 3), b=1.0)."
            )
        takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        known = [p.name for p in parameters.values() if p.kind is not p.VAR_KEYWORD]
        strange = [argument for argument in arguments if argument not in known]
        if strange and not takes_any:
            has = f"It has: {', '.join(known)}." if known else "It has none."
            raise TypeError(f"{name} has no argument called {strange[0]!r}. {has}")
        missing = [
            p.name
            for p in parameters.values()
            if p.name in known and p.default is p.empty and p.name not in arguments
        ]
        if missing:
            raise TypeError(
                f"{name} also needs {' and '.join(missing)}. Give a range for a slider, "
                f"{missing[0]}=(-3, 3), or a number to keep it fixed, {missing[0]}=1.0."
            )
        return parameters

    @property
    def start(self) -> dict[str, float]:
        """Where all sliders stand at first."""
        return {name: slider.start for name, slider in self.sliders.items()}

    def leaves(self, values: Values) -> dict[str, Tensor]:
        """A parameter for every slider, and a tensor for every other number."""
        dtype = get_default_dtype()
        made = {n: tensor(values[n], dtype=dtype, requires_grad=True) for n in self.sliders}
        return made | {n: tensor(x) if is_number(x) else x for n, x in self.fixed.items()}

    def result(self, leaves: Mapping[str, Any]) -> Any:
        """Call the function."""
        given = dict(leaves)
        return self.call(*[given.pop(name) for name in self.positional], **given)

    def quick(self, values: Values) -> tuple[float, object]:
        """The number that the function gives at a point, and its recipe; no graph is drawn.

        For many points at a time: what the function prints or warns of is not shown again and
        again, and where it raises there is nan.
        """
        found = self.attempt(values, lambda y, leaves: (number(y, self), recipe(y, leaves)))
        return (math.nan, None) if found is None else found

    def loss(self, values: Values) -> float:
        """The number that the function gives at a point, nan where it raises."""
        found = self.attempt(values, lambda y, _: number(y, self))
        return math.nan if found is None else found

    def attempt(self, values: Values, look: Callable[[Any, Mapping[str, Any]], T]) -> T | None:
        """What is seen of the result at a point, by a look at it and at the arguments.

        None if something raises.
        """
        leaves = self.leaves(values)
        with silence():
            try:
                return look(self.result(leaves), leaves)
            except KeyboardInterrupt as stop:
                stop.add_note(f"This was {self.called(values)}: the whole range is tried.")
                raise
            except Exception:  # noqa: BLE001 (whatever it is, there is no number here)
                return None

    def point(self, values: Values) -> Point:
        """Everything about one point.

        Raises what the function raises there, and ValueError or TypeError for a result that is
        not a single number.
        """
        leaves = self.leaves(values)
        with watching(self.code) as names, warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Converting a tensor with requires_grad=True")
            try:
                result = self.result(leaves)
            except Exception as problem:
                problem.add_note(
                    f"This was {self.called(values)}. A range can say where to start: "
                    "(low, high, step, start)."
                )
                raise
        loss = number(result, self)
        if not isinstance(result, Tensor) or result._node is None:
            return Point(loss, dict.fromkeys(self.sliders, 0.0), None, None)
        own = {key(x): name for name, x in leaves.items() if isinstance(x, Tensor)}
        with np.errstate(all="ignore"):  # the picture shows nan and ∞
            graph = trace(result, {key(result): self.name} | names | own)
        grads = {name: slope(graph, name) for name in self.sliders}
        return Point(loss, grads, graph, recipe(result, leaves))

    def recipes(self, start: Point) -> set[object]:
        """The recipes all over the range: at random, along each slider, and in the corners.

        Raises TypeError if there is no graph at the start nor anywhere else.
        """
        tries = islice(self.tries(), FEW if self.pace > SLOW else None)
        recipes = {self.quick(values)[1] for values in tries}
        if start.graph is None and recipes == {None}:
            raise TypeError(
                f"{self.called(self.start)} is {short(start.loss)}, which does not depend on the "
                f"sliders through tensors, {NO_GRAPH}"
            )
        return recipes

    @cached_property
    def pace(self) -> float:
        """The seconds that a call takes."""
        times = []
        for values in islice(self.tries(), 3):
            begin = perf_counter()
            self.quick(values)
            times.append(perf_counter() - begin)
        return min(times)

    @contextlib.contextmanager
    def at_work(self, calls: int, depth: int, more: float = 0.0) -> Iterator[None]:
        """Say that so many calls, and ``more`` seconds for other things, take a while, if they do.

        Where it is long there is a warning that stays; ``depth`` frames up is the learner's line.
        """
        seconds = calls * self.pace + more
        name = display_name(self.call)
        if seconds > PATIENCE:
            warnings.warn(
                f"{name} takes {self.pace:.2g} seconds for one call, and {calls} calls are needed. "
                "Wait, or interrupt the kernel.",
                stacklevel=depth,
            )
            yield
        else:
            with at_work(f"Calling {name} about {calls} times …", seconds):
                yield

    def tries(self) -> Iterator[dict[str, float]]:
        """Some points of the whole range, the same in every run."""
        sliders = self.sliders.values()
        chance = Random(0)
        for _ in range(TRIES):
            yield {s.name: chance.uniform(s.low, s.high) for s in sliders}
        for s in sliders:
            for i in range(TRIES + 1):
                yield self.start | {s.name: s.low + (s.high - s.low) * (i / TRIES)}
        first = list(sliders)[:4]  # 16 corners are enough
        for corner in product(*[(s.low, s.high) for s in first]):
            yield self.start | {s.name: x for s, x in zip(first, corner, strict=True)}

    def called(self, values: Values) -> str:
        """The call that stands for a point: ``loss(w=1.5, x=1.0)``."""
        everything = {name: values[name] for name in self.sliders} | self.fixed
        arguments = ", ".join(f"{n}={brief_argument(x)}" for n, x in everything.items())
        return f"{display_name(self.call)}({arguments})"


def brief_argument(x: object) -> str:
    return f"{x:g}" if is_number(x) else "..."


def slope(graph: Graph, name: str) -> float:
    """d result / d argument; 0 where the result does not depend on it."""
    value = by_name(graph, name)
    if value is None or value.kind != "parameter" or value.grad is None:
        return 0.0
    return float(value.grad)


def slider(name: str, limit: tuple[Any, ...] | list[Any]) -> Slider:
    """``(low, high)``, ``(low, high, step)`` or ``(low, high, step, start)``."""
    limits = finfo(get_default_dtype())
    if len(limit) > 4:
        raise ValueError(
            f"{name}={limit!r} is no range: that is (low, high), with a step and a start at most. "
            f"Numbers that stay as they are come as a tensor: {name}=torch.tensor([...])."
        )
    if all(is_number(x) for x in limit[:2]) and len(limit) > 1:
        size, width = max(abs(limit[0]), abs(limit[1])), limit[1] / 2 - limit[0] / 2
        if limit[0] < limit[1] and width < 100 * max(limits.eps * size, limits.tiny):
            raise ValueError(
                f"The slider {name} is too narrow: {limits.dtype} cannot tell enough numbers apart "
                f"between {limit[0]!r} and {limit[1]!r}. Take a wider range."
            )
    found = bounds(name, limit[:3] if len(limit) == 4 else limit)
    low, high, step = found["low"], found["high"], found["step"]
    if max(abs(low), abs(high)) > limits.max:
        raise ValueError(
            f"The slider {name} goes from {low:g} to {high:g}, but {limits.dtype} ends at "
            f"{limits.max:.2g}. Take a smaller range, or write "
            "torch.set_default_dtype(torch.float64) first."
        )
    if len(limit) < 4:  # in the middle much is zero by symmetry, and at the ends there is no room
        quarters = round(0.75 * (high - low) / step)
        return Slider(name, low, high, step, rounded(min(low + quarters * step, high)))
    start = limit[3]
    if not is_number(start) or not low <= start <= high:
        raise ValueError(
            f"The slider {name} starts at {start!r}, which is not between {low:g} and {high:g}. "
            f"Write {name}=({low:g}, {high:g}, {step:g}, start)."
        )
    return Slider(name, low, high, step, float(start))


def rounded(x: float) -> float:
    """Without the dust of binary arithmetic: 1.2000000000000002 is 1.2."""
    return float(f"{x:.12g}")


def number(result: object, function: Function) -> float:
    """The single number that a function returned.

    Raises:
        TypeError: if it is no number.
        ValueError: if it is more than one.
    """
    name = display_name(function.call)
    if isinstance(result, Tensor):
        if result.numel() != 1:
            raise ValueError(
                f"{name} must return a single number, but it returned a tensor of shape "
                f"{tuple(result.shape)}. Add .sum() or .mean() to make one number of it."
            )
        return float(result.detach().item())
    if isinstance(result, int | float | np.number):
        return float(result)
    what = "nothing (is a return missing?)" if result is None else f"a {type(result).__name__}"
    several = (
        f" Take one of them: lambda w: {name}(w)[0]." if isinstance(result, tuple | list) else ""
    )
    raise TypeError(f"{name} must return a single number, but it returned {what}.{several}")


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """What a learner's function prints and warns of, when it is called hundreds of times."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def watching(code: CodeType | None) -> Iterator[Names]:
    """The names of the variables inside of a function, as they are when it returns."""
    names: Names = {}

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "return" and frame.f_code is code:
            names.update(caller_names(frame))

    if code is None or sys.getprofile() is not None:  # somebody is measuring: let them
        yield names
        return
    sys.setprofile(note)
    try:
        yield names
    finally:
        sys.setprofile(None)


def parameters_of(f: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """The parameters of a function; for a layer or network those of its forward method."""
    forward = getattr(f, "forward", None)
    try:
        return inspect.signature(forward if callable(forward) else f).parameters
    except (TypeError, ValueError):
        raise TypeError(
            f"{display_name(f)} does not say which arguments it has. Wrap it in a function of "
            f"your own: lambda w: {display_name(f)}(w)."
        ) from None


def code_of(f: Any) -> CodeType | None:
    """The code that runs in a call of f, where it is written in Python."""
    while isinstance(f, partial):
        f = f.func
    forward = getattr(f, "forward", None)
    f = inspect.unwrap(forward if callable(forward) else f)
    return getattr(f, "__code__", None)


def display_name(f: Any) -> str:
    """What a message calls a function."""
    name = getattr(f, "__name__", None) or type(f).__name__
    return "f" if name == "<lambda>" else str(name)


def result_name(f: Any, arguments: Mapping[str, object]) -> str:
    """What the picture calls the result: as the function; "loss" if it has no name of its own."""
    name = getattr(f, "__name__", "")
    return name if name.isidentifier() and len(name) > 1 and name not in arguments else "loss"
