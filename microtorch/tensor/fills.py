"""Random numbers written into a tensor that exists: ``w.uniform_(-1, 1)``, ``w.normal_()``.

The numbers are PyTorch's for the same seed. They are drawn in the order in which the entries lie
in memory, as PyTorch does: so a transposed view gets the numbers of what it is a view of.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from microtorch.autograd.dtype_names import c_name, title
from microtorch.ops import random as draws
from microtorch.tensor import distributions
from microtorch.tensor.dispatch import record
from microtorch.tensor.distributions import FLOAT64
from microtorch.tensor.dtypes import convert
from microtorch.tensor.generator import Generator, chosen
from microtorch.tensor.methods import method
from microtorch.tensor.options import as_float, as_int, wrong_arguments
from microtorch.tensor.tensor import Tensor

Array = np.ndarray[Any, Any]
Draw = Callable[[Generator, int], Array]  # so many numbers, in a row


def fill(input: Tensor, op: Any, source: Generator, draw: Draw) -> Tensor:
    """Write the numbers that ``draw`` makes into the tensor."""
    input._check_no_leaf()
    data = np.asarray(input._data)
    if not data.size:
        return input
    if data.ndim:
        input._check_one_place_each()
    numbers = convert(draw(source, data.size), data.dtype)
    return input._become(record(op, (input,), (arranged(numbers, data),)))


def arranged(numbers: Array, data: Array) -> Array:
    """A row of numbers in the shape of an array, in the order of its memory."""
    axes = memory_order(data)
    placed = numbers.reshape([data.shape[axis] for axis in axes])
    return placed.transpose(np.argsort(axes))


def memory_order(data: Array) -> list[int]:
    """The dimensions of an array, that with the largest steps in memory first."""
    return sorted(range(data.ndim), key=lambda axis: -data.strides[axis])


def need_float(input: Tensor, kernel: str) -> None:
    """Raise NotImplementedError for whole numbers and bools: these have no fractions."""
    if input._data.dtype.kind != "f":
        raise NotImplementedError(
            f"\"{kernel}\" not implemented for '{title(input)}'\n"
            "Hint: these numbers have fractions; give a float dtype, for example torch.float32."
        )


# Fractions --------------------------------------------------------------------------------------


@method
def uniform_(input: Tensor, *bounds: Any, generator: Any = None, **named: Any) -> Tensor:
    """Every entry uniform in [from, to): ``uniform_(from=0, to=1)``.

    >>> import microtorch as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.zeros(3).uniform_(-1, 1)
    tensor([-0.0075,  0.5364, -0.8230])
    """
    given = dict(zip(("from", "to"), bounds, strict=False)) | named
    if len(bounds) > 2 or len(given) < len(bounds) + len(named) or given.keys() - {"from", "to"}:
        raise wrong_arguments("uniform_", *bounds, **named)
    low = as_float("uniform_", given.get("from", 0), "from", 1)
    high = as_float("uniform_", given.get("to", 1), "to", 2)
    need_float(input, "check_uniform_bounds")
    dtype = input._data.dtype
    largest = float(np.finfo(dtype).max)
    for name, bound in (("from", low), ("to", high)):
        if not abs(bound) <= largest:
            raise RuntimeError(f"{name} is out of bounds for {plain_name(dtype)}")
    if low > high:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}"
            "\nHint: the smaller number comes first."
        )
    if high - low > largest:
        raise RuntimeError(
            f"uniform_ expects to-from <= std::numeric_limits<{title(input)}>::max(), but found "
            f"to={high:g} and from={low:g} which result in to-from to exceed the limit"
        )
    return fill(
        input,
        draws.Uniform,
        chosen(generator, "uniform_"),
        lambda g, n: distributions.uniform(g, n, dtype, low, high),
    )


@method
def normal_(input: Tensor, mean: float = 0, std: float = 1, *, generator: Any = None) -> Tensor:
    """Every entry normal, with this mean and standard deviation.

    >>> import microtorch as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.zeros(3).normal_(2, 0.5)
    tensor([2.7705, 1.8533, 0.9106])
    """
    middle = as_float("normal_", mean, "mean", 1)
    spread = as_float("normal_", std, "std", 2)
    check_std(spread)
    need_float(input, "normal_kernel_cpu")
    data = np.asarray(input._data)

    def draw(g: Generator, count: int) -> Array:
        blocks = data.flags.c_contiguous
        return distributions.normal(g, count, data.dtype, middle, spread, blocks)

    return fill(input, draws.Normal, chosen(generator, "normal_"), draw)


def check_std(std: float) -> None:
    """Raise RuntimeError for a standard deviation below 0."""
    if not std >= 0:
        raise RuntimeError(
            f"normal expects std >= 0.0, but found std {std:g}\n"
            "Hint: a standard deviation is a distance: 0 or more."
        )


@method
def exponential_(input: Tensor, lambd: float = 1, *, generator: Any = None) -> Tensor:
    """Every entry exponential with rate lambd: density lambd exp(-lambd x), mean 1 / lambd."""
    rate = as_float("exponential_", lambd, "lambd", 1)
    if not rate > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={rate:g}")
    if input._data.dtype.kind != "f":
        raise RuntimeError(
            "Exponential distribution is a continuous probability distribution. dtype must be a "
            f"floating point but you specified {title(input)}"
        )
    return fill(
        input,
        draws.Exponential,
        chosen(generator, "exponential_"),
        lambda g, n: distributions.exponential(g, n, rate),
    )


@method
def log_normal_(input: Tensor, mean: float = 1, std: float = 2, *, generator: Any = None) -> Tensor:
    """Every entry exp(z), z normal with this mean and standard deviation."""
    middle = as_float("log_normal_", mean, "mean", 1)
    spread = as_float("log_normal_", std, "std", 2)
    if not spread > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={spread:g}")
    need_float(input, "log_normal_cpu")

    def draw(g: Generator, count: int) -> Array:
        return np.exp(distributions.normal(g, count, FLOAT64, middle, spread, False))

    return fill(input, draws.LogNormal, chosen(generator, "log_normal_"), draw)


@method
def cauchy_(input: Tensor, median: float = 0, sigma: float = 1, *, generator: Any = None) -> Tensor:
    """Every entry from a Cauchy distribution around median, of width sigma."""
    middle = as_float("cauchy_", median, "median", 1)
    width = as_float("cauchy_", sigma, "sigma", 2)
    if not width > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={width:g}")
    if input._data.dtype.kind != "f":
        dtype = input._data.dtype
        name = c_name(dtype) if dtype == np.int64 else plain_name(dtype)
        raise RuntimeError(
            "Cauchy distribution is a continuous probability distribution. dtype must be a "
            f"floating point but you specified {name}"
        )
    return fill(
        input,
        draws.Cauchy,
        chosen(generator, "cauchy_"),
        lambda g, n: distributions.cauchy(g, n, middle, width),
    )


# Whole numbers ----------------------------------------------------------------------------------


@method
def geometric_(input: Tensor, p: float, *, generator: Any = None) -> Tensor:
    """Every entry the number of trials until one succeeds that succeeds with probability p."""
    chance = as_float("geometric_", p, "p", 1)
    if not 0 < chance < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={chance:g}")
    if input._data.dtype.kind == "b":
        raise NotImplementedError("\"geometric_cpu\" not implemented for 'Bool'")
    return fill(
        input,
        draws.Geometric,
        chosen(generator, "geometric_"),
        lambda g, n: distributions.geometric(g, n, chance),
    )


@method
def bernoulli_(input: Tensor, p: Any = 0.5, *, generator: Any = None) -> Tensor:
    """Every entry 1 with probability p, else 0; p is a number, or a tensor with one for each.

    These are PyTorch's numbers as its own generator makes them; a PyTorch built to draw them
    from a vendor's library has others.
    """
    if isinstance(p, Tensor):
        return bernoulli_tensor(input, p, generator)
    if not isinstance(p, int | float | np.number):
        raise wrong_arguments("bernoulli_", p)
    if not 0 <= p <= 1:
        raise RuntimeError(
            f"bernoulli_ expects p to be in [0, 1], but got p={p:g}\nHint: p is a probability."
        )
    chance = float(p)
    return fill(
        input,
        draws.BernoulliNumber,
        chosen(generator, "bernoulli_"),
        lambda g, n: distributions.bernoulli(g, np.full(n, chance), FLOAT64),
    )


def bernoulli_tensor(input: Tensor, p: Tensor, generator: Any) -> Tensor:
    """The same with one probability for each entry."""
    data = np.asarray(input._data)
    if p._data.dtype.kind != "f":
        raise NotImplementedError(
            f"\"bernoulli_tensor_cpu_p_\" not implemented for '{title(p)}'\n"
            "Hint: probabilities are floats; convert with .float()."
        )
    chances = np.broadcast_to(p.expand(data.shape)._data, data.shape)
    if not ((chances >= 0) & (chances <= 1)).all():
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error "
            "message be improved?  If so, please report an enhancement request to PyTorch.)\n"
            f"Hint: probabilities lie in [0, 1]; here they go from {chances.min():g} to "
            f"{chances.max():g}."
        )
    in_order = chances.transpose(memory_order(data)).ravel()
    uniform = FLOAT64 if p._data.dtype == FLOAT64 else np.dtype(np.float32)
    return fill(
        input,
        draws.BernoulliTensor,
        chosen(generator, "bernoulli_"),
        lambda g, n: distributions.bernoulli(g, in_order, uniform),
    )


@method
def random_(input: Tensor, *bounds: Any, generator: Any = None, **named: Any) -> Tensor:
    """Every entry a whole number: ``random_()``, ``random_(to)`` or ``random_(from, to)``.

    from is included, to is not. Without bounds: from 0 to the largest whole number that the
    dtype holds, for floats the largest up to which it holds every one.

    >>> import microtorch as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.zeros(5).random_(1, 7)
    tensor([3., 4., 6., 1., 2.])
    """
    given = dict(zip(("from", "to") if len(bounds) > 1 else ("to",), bounds, strict=False)) | named
    known = given.keys() <= {"from", "to"} and (not given or "to" in given)
    if len(bounds) > 2 or len(given) < len(bounds) + len(named) or not known:
        raise wrong_arguments("random_", *bounds, **named)
    dtype = input._data.dtype
    if not given:
        return fill(
            input,
            draws.Random,
            chosen(generator, "random_"),
            lambda g, n: distributions.any_integers(g, n, dtype),
        )
    try:
        low = as_int("random_", given.get("from", 0), "from", 1)
        high = None if given["to"] is None else as_int("random_", given["to"], "to", 2)
    except TypeError:
        raise wrong_arguments("random_", *bounds, **named) from None
    for bound in (low, high or 0):
        if not -(2**63) <= bound < 2**63:
            raise ValueError("Overflow when unpacking long long")
    low, width = whole_range(dtype, low, high)
    return fill(
        input,
        draws.Random,
        chosen(generator, "random_"),
        lambda g, n: distributions.integers(g, n, dtype, low, width),
    )


def whole_range(dtype: np.dtype[Any], low: int, high: int | None) -> tuple[int, int]:
    """The smallest number and how many there are, after PyTorch's checks of the two bounds."""
    if high is not None and low >= high:
        raise RuntimeError(
            f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}\n"
            "Hint: 'to' is not included; the largest number is to - 1."
        )
    if dtype.kind == "f":
        low, last = float_bounds(dtype, low, high)
    else:
        largest = 1 if dtype.kind == "b" else int(np.iinfo(dtype).max)
        last = largest if high is None else high - 1
        lowest = 0 if dtype.kind in "bu" else -largest - 1
        for name, bound in (("from", low), ("to - 1", last)):
            if not lowest <= bound <= largest:
                raise out_of_bounds(name, dtype)
    return low, last - low + 1


def float_bounds(dtype: np.dtype[Any], low: int, high: int | None) -> tuple[int, int]:
    """The smallest and the largest number, moved to what the float type can hold."""
    digits = np.finfo(dtype).nmant + 1
    if high is None:
        last = 2**digits
        if low >= last:
            raise RuntimeError(
                "random_ expects 'from' casted to dtype to be less than or equal to 'to_inc' "
                f"casted to dtype, but got from={low} > to_inc={last}"
            )
    else:
        rounded = as_held(dtype, low + 1)
        if rounded < low:
            low = rounded + 2 ** (abs(low + 1).bit_length() - digits)
        rounded = as_held(dtype, high - 1)
        if rounded >= high:
            high = rounded - 2 ** (abs(high - 1).bit_length() - digits)
        if low >= high:
            raise RuntimeError(
                "random_ expects 'from' casted to dtype to be less than 'to' casted to dtype, "
                f"but got from={low} >= to={high}"
            )
        last = high - 1
    for name, bound in (("from", low), ("to - 1", last)):
        if abs(bound) > float(np.finfo(dtype).max):
            raise out_of_bounds(name, dtype)
        if abs(bound) > 2**digits:
            warnings.warn(
                f"{name} is out of bounds [-(2^{digits}), 2^{digits}]. Due to precision "
                f"limitations {plain_name(dtype)} can support discrete uniform distribution "
                "only within this range. This warning will become an error in version 1.7 "
                "release, please fix the code in advance",
                stacklevel=5,
            )
    return low, last


def as_held(dtype: np.dtype[Any], number: int) -> int:
    """A whole number as the float type holds it; far too large ones overflow as in C++."""
    with np.errstate(over="ignore"):
        held = float(np.float64(number).astype(dtype))
    return int(held) if math.isfinite(held) else -(2**63)


def plain_name(dtype: np.dtype[Any]) -> str:
    """``long``, ``short``: how messages about the range of whole numbers call a dtype."""
    return c_name(dtype).removesuffix(" int")


def out_of_bounds(name: str, dtype: np.dtype[Any]) -> RuntimeError:
    return RuntimeError(
        f"{name} is out of bounds for {plain_name(dtype)}\n"
        f"Hint: torch.{dtype.name} does not hold this number; choose a wider dtype."
    )
