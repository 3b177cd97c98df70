"""A case: a few lines of code and their inputs, run with PyTorch and with microtorch alike.

    Case("torch.clamp(x, -0.5, 0.5)", x=(2, 3))

PyTorch's outcome is recorded by ``python -m golden.make_areas``; tests/test_golden_areas.py asks
for the same from microtorch: numbers, dtypes, shapes, printed form, first and second gradients,
names of the steps, errors and warnings.

What an input may be:

- a tuple: the shape of a float32 leaf, with numbers of 0.2 to 2 of either sign;
- ``f64(2, 3)``, ``f16(2, 3)``, ``pos(2, 3)``: a leaf of another dtype, or with positive numbers;
- ``leaf([0.0, 1.0])``: a leaf with these very numbers, ``leaf([...], "float64")`` of that dtype;
- ``T(2, 3)``, ``sliced(2, 3)``: a view of this shape, whose numbers do not lie side by side;
- ``ints(2, 3, low=-5, high=5)``, ``bools(2, 3)``: without a gradient (``dtype="uint8"``, ...);
- a list or a NumPy array: ``torch.tensor`` of it, without a gradient;
- anything else (a number, a string, None) is handed over as it is.
"""

from __future__ import annotations

import itertools
import random
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]


class Drawn(NamedTuple):
    """An input of random numbers."""

    kind: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    low: int = -5
    high: int = 5

    def __repr__(self) -> str:
        """``f64(2, 3)``, ``ints(3, low=0)``: as it is written in a case."""
        parts = [str(length) for length in self.shape]
        if self.kind in ("pos", "T", "sliced") and self.dtype != "float32":
            parts.append(f"dtype={self.dtype!r}")
        if self.kind == "ints":
            parts += [f"dtype={self.dtype!r}"] if self.dtype != "int64" else []
            parts += [f"low={self.low}"] if self.low != -5 else []
            parts += [f"high={self.high}"] if self.high != 5 else []
        return f"{self.kind}({', '.join(parts)})"


class Given(NamedTuple):
    """A leaf with given numbers."""

    numbers: Any
    dtype: str = "float32"

    def __repr__(self) -> str:
        dtype = "" if self.dtype == "float32" else f", {self.dtype!r}"
        return f"leaf({self.numbers!r}{dtype})"


def pos(*shape: int, dtype: str = "float32") -> Drawn:
    return Drawn("pos", shape, dtype)


def f64(*shape: int) -> Drawn:
    return Drawn("f64", shape, "float64")


def f16(*shape: int) -> Drawn:
    return Drawn("f16", shape, "float16")


def T(*shape: int, dtype: str = "float32") -> Drawn:
    """The transpose of a leaf (its last two dimensions are swapped); ``shape`` is the view's."""
    return Drawn("T", shape, dtype)


def sliced(*shape: int, dtype: str = "float32") -> Drawn:
    """Every second row of a leaf; ``shape`` is the view's."""
    return Drawn("sliced", shape, dtype)


def ints(*shape: int, low: int = -5, high: int = 5, dtype: str = "int64") -> Drawn:
    """Integers from ``low`` to ``high``, both included."""
    return Drawn("ints", shape, dtype, low, high)


def bools(*shape: int) -> Drawn:
    return Drawn("bools", shape, "bool")


leaf = Given


class Case:
    """Code and its inputs. The options say what is recorded and compared:

    - ``grad=False``: no gradients (the leaves do not require any); ``second=False``: only first;
    - ``error=True``: the code must raise; ``warns=True``: it must warn;
    - ``tol``: how many times the usual tolerance is allowed;
    - ``name=False``: names of steps (grad_fn) are not compared;
    - ``printed=False``: the printed form is not compared.
    """

    def __init__(
        self,
        code: str,
        /,
        *,
        grad: bool = True,
        second: bool = True,
        error: bool = False,
        warns: bool = False,
        tol: float = 1.0,
        name: bool = True,
        printed: bool = True,
        **inputs: Any,
    ) -> None:
        self.code = code
        self.inputs = inputs
        self.grad = grad and not error
        self.second = second and self.grad
        self.error = error
        self.warns = warns
        self.tol = tol
        self.name = name
        self.printed = printed

    def __repr__(self) -> str:
        """``torch.exp(x) (2, 3)``: readable, and all that PyTorch's outcome depends on."""
        parts = [" | ".join(line for line in self.code.splitlines() if line.strip())]
        if self.inputs:
            parts.append(", ".join(written(value) for value in self.inputs.values()))
        if self.error:
            parts.append("raises")
        if self.warns:
            parts.append("warns")
        if not (self.grad or self.error):
            parts.append("no grad")
        if self.grad and not self.second:
            parts.append("first order")
        return " ".join(parts)

    @property
    def id(self) -> str:
        """The name of the test: a long one loses its middle, and stays the only one of its kind."""
        text = repr(self)
        if len(text) <= 120:
            return text
        return f"{text[:40]}...{text[-60:]} #{zlib.crc32(text.encode()):08x}"


def grid(code: str, /, *, times: bool = False, **choices: Any) -> list[Case]:
    """One case for each entry of the lists, taken side by side; ``times=True``: each with each.

    A choice that is no list (an option, or an input that stays the same) goes into every case.
    """
    lists = {name: value for name, value in choices.items() if isinstance(value, list)}
    same = {name: value for name, value in choices.items() if name not in lists}
    rows = itertools.product(*lists.values()) if times else zip(*lists.values(), strict=True)
    made = [{**same, **dict(zip(lists, row, strict=True))} for row in rows]
    return [Case(code, **{name: keywords[name] for name in choices}) for keywords in made]


def written(value: Any) -> str:
    """An input as it is written in a case; of an array, all the numbers."""
    if isinstance(value, np.ndarray):
        return f"array({value.tolist()}, {value.dtype})"
    return repr(value)


# ---------------------------------------------------------------- inputs


def make_inputs(case: Case, torch: Any, attempt: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the code sees under each name, and the leaves whose gradients are asked for."""
    rng = random.Random(zlib.crc32(f"{case.code} {case.inputs!r} {attempt}".encode()))
    seen, leaves = {}, {}
    for name, spec in case.inputs.items():
        if type(spec) is tuple:
            spec = Drawn("f32", spec)
        if isinstance(spec, Drawn):
            tensor = torch.tensor(draw(rng, spec))
        elif isinstance(spec, Given):
            tensor = torch.tensor(np.array(spec.numbers, dtype=spec.dtype))
        elif isinstance(spec, (list, np.ndarray)):
            tensor = torch.tensor(spec)
        else:
            seen[name] = spec
            continue
        seen[name] = tensor
        wanted = isinstance(spec, (Drawn, Given)) and spec.dtype.startswith("float")
        if wanted and (case.grad or case.error):
            leaves[name] = tensor.requires_grad_()
        if isinstance(spec, Drawn) and spec.kind == "T":
            seen[name] = tensor.transpose(-1, -2)
        if isinstance(spec, Drawn) and spec.kind == "sliced":
            seen[name] = tensor[::2]
    return seen, leaves


def draw(rng: random.Random, spec: Drawn) -> Array:
    """Draw the numbers of a leaf: short ones, away from 0."""
    shape = spec.shape
    if spec.kind == "T":
        shape = (*shape[:-2], shape[-1], shape[-2])
    if spec.kind == "sliced":
        shape = (2 * shape[0], *shape[1:])
    size = range(int(np.prod(shape)))
    if spec.kind == "ints":
        low = max(spec.low, 0) if spec.dtype == "uint8" else spec.low
        entries: list[Any] = [rng.randint(low, spec.high) for _ in size]
    elif spec.kind == "bools":
        entries = [rng.random() < 0.5 for _ in size]
    else:
        signs = (1,) if spec.kind == "pos" else (-1, 1)
        entries = [rng.choice(signs) * rng.randint(20, 199) / 100 for _ in size]
    return np.array(entries, dtype=spec.dtype).reshape(shape)


# ---------------------------------------------------------------- numbers as text


def write_array(array: Array) -> list[Any]:
    """Return [dtype, shape, numbers], with as few digits as bring back the very same numbers."""
    kept = array.astype(int) if array.dtype == bool else array
    return [str(array.dtype), list(array.shape), " ".join(str(number) for number in kept.ravel())]


def read_array(written: Sequence[Any]) -> Array:
    dtype, shape, text = written
    read = float if dtype.startswith("float") else int
    return np.array([read(number) for number in text.split()], dtype=dtype).reshape(shape)
