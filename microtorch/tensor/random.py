"""New tensors of random numbers: PyTorch's own numbers from the same seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch.autograd.dtype_names import title
from microtorch.autograd.versions import forget_changes
from microtorch.ops import random as draws
from microtorch.tensor import distributions
from microtorch.tensor.dispatch import record, wrap
from microtorch.tensor.dtypes import by_numpy, int64, wanted_dtype
from microtorch.tensor.fills import (
    bernoulli_,
    check_std,
    exponential_,
    need_float,
    normal_,
    random_,
    uniform_,
)
from microtorch.tensor.generator import (
    chosen,
    default_generator,
    fork_rng,  # noqa: F401 (torch.random.fork_rng)
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from microtorch.tensor.methods import method
from microtorch.tensor.options import (
    as_int,
    as_size,
    check_options,
    check_tensor,
    finished,
    memory_layout,
    wrong_arguments,
)
from microtorch.tensor.tensor import Tensor

__all__ = [
    "bernoulli",
    "default_generator",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "multinomial",
    "normal",
    "poisson",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "seed",
    "set_rng_state",
]


def blank(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Tensor:
    """A tensor to be filled."""
    return wrap(np.zeros(shape, dtype)[()])


def blank_like(function: str, input: Tensor, dtype: Any) -> Tensor:
    """A tensor to be filled, with the shape and memory order of another."""
    check_tensor(function, input)
    wanted = wanted_dtype(dtype, function, by_numpy[input._data.dtype])
    return wrap(np.zeros_like(input._data, dtype=wanted, order=memory_layout(input))[()])


def drawn(function: str, made: Tensor, requires_grad: bool, options: dict[str, Any]) -> Tensor:
    """A blank that has been filled, as a new tensor: the filling was no change of it."""
    if made.ndim:
        forget_changes(made._data)
    return finished(function, made._data, requires_grad, options)


def rand(
    *args: Any,
    size: Any = None,
    generator: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """Numbers from the uniform distribution on [0, 1): ``rand(2, 3)`` or ``rand((2, 3))``.

    >>> import microtorch as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.rand(3)
    tensor([0.4963, 0.7682, 0.0885])
    """
    made = blank(as_size("rand", args, size), wanted_dtype(dtype, "rand"))
    uniform_(made, generator=chosen(generator, "rand"))
    return drawn("rand", made, requires_grad, options)


def randn(
    *args: Any,
    size: Any = None,
    generator: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """Numbers from the normal distribution with mean 0 and variance 1.

    >>> import microtorch as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.randn(3)
    tensor([ 1.5410, -0.2934, -2.1788])
    """
    made = blank(as_size("randn", args, size), wanted_dtype(dtype, "randn"))
    normal_(made, generator=chosen(generator, "randn"))
    return drawn("randn", made, requires_grad, options)


def randint(
    *args: Any,
    low: Any = None,
    high: Any = None,
    size: Any = None,
    generator: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """Whole numbers from low (0) up to, and without, high: ``randint(high, size)`` or
    ``randint(low, high, size)``.

    >>> import microtorch as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.randint(1, 7, (5,))
    tensor([3, 4, 6, 1, 2])
    """
    first, last, lengths = bounds_and_size("randint", args, low, high, size)
    made = blank(as_size("randint", (lengths,)), wanted_dtype(dtype, "randint", int64))
    random_(made, first, last, generator=chosen(generator, "randint"))
    return drawn("randint", made, requires_grad, options)


def bounds_and_size(
    function: str, args: tuple[Any, ...], low: Any, high: Any, size: Any
) -> tuple[int, int, Any]:
    """The arguments of randint, given by position or by name."""
    named = {"low": low, "high": high, "size": size}
    named = {name: value for name, value in named.items() if value is not None}
    positions = ("low", "high", "size")
    if len(args) + len(named) == 2 and "low" not in named:
        positions = ("high", "size", "")
    given = dict(zip(positions, args, strict=False)) | named
    if len(given) != len(args) + len(named) or not given.keys() >= {"high", "size"}:
        raise wrong_arguments(function, *args, **named)
    try:
        first = as_int(function, given.get("low", 0), "low", 1)
        last = as_int(function, given["high"], "high", 2)
    except TypeError:
        raise wrong_arguments(function, *args, **named) from None
    if not isinstance(given["size"], list | tuple):
        raise wrong_arguments(function, *args, **named)
    return first, last, given["size"]


def randperm(
    n: int,
    *,
    generator: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """The numbers 0 to n - 1 in random order.

    (PyTorch's numbers for all n up to 200 million.)

    >>> import microtorch as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.randperm(5)
    tensor([4, 0, 1, 3, 2])
    """
    count = as_int("randperm", n, "n", 1)
    wanted = wanted_dtype(dtype, "randperm", int64)
    if count < 0:
        raise RuntimeError(
            f"Trying to create tensor with negative dimension {count}: [{count}]\n"
            "Hint: n says how many numbers there are."
        )
    check_holds(count, wanted)
    order = distributions.permutation(chosen(generator, "randperm"), count)
    return finished("randperm", order.astype(wanted), requires_grad, options)


def check_holds(count: int, dtype: np.dtype[Any]) -> None:
    """Raise an error if the dtype cannot hold all numbers below count."""
    if dtype.kind == "b":
        raise NotImplementedError("\"randperm\" not implemented for 'Bool'")
    if dtype.kind == "f":
        largest = 2 ** (np.finfo(dtype).nmant + 1) + 1
        if count > largest:
            name = title(dtype)
            raise RuntimeError(f"n cannot be greater than {largest} for {name} type.")
    elif count - 1 > np.iinfo(dtype).max:
        name = {"int32": "int"}.get(dtype.name, f"{dtype.name}_t")
        raise RuntimeError(
            f"value cannot be converted to type {name} without overflow\n"
            f"Hint: torch.{dtype.name} does not hold {count - 1}; choose a wider dtype."
        )


def rand_like(
    input: Tensor,
    *,
    generator: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """Uniform numbers on [0, 1) with the shape and dtype of another tensor."""
    made = blank_like("rand_like", input, dtype)
    uniform_(made, generator=chosen(generator, "rand_like"))
    return drawn("rand_like", made, requires_grad, options)


def randn_like(
    input: Tensor,
    *,
    generator: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """Normal numbers with the shape and dtype of another tensor."""
    made = blank_like("randn_like", input, dtype)
    normal_(made, generator=chosen(generator, "randn_like"))
    return drawn("randn_like", made, requires_grad, options)


def randint_like(
    input: Tensor,
    *bounds: Any,
    low: Any = None,
    high: Any = None,
    generator: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """Whole numbers with the shape and dtype of another tensor: ``randint_like(x, high)`` or
    ``randint_like(x, low, high)``."""
    made = blank_like("randint_like", input, dtype)
    first, last, _ = bounds_and_size("randint_like", bounds, low, high, ())
    random_(made, first, last, generator=chosen(generator, "randint_like"))
    return drawn("randint_like", made, requires_grad, options)


# Distributions with parameters ------------------------------------------------------------------


def normal(
    mean: Any,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """Normal numbers: ``normal(mean, std, size)``, or tensors with one mean or std for each.

    No gradient passes to a mean or std (it is 0, as in PyTorch): to learn them, write
    ``mean + std * torch.randn(n)``.
    """
    from_tensors = isinstance(mean, Tensor) or isinstance(std, Tensor)
    numbers = all(isinstance(x, Tensor | int | float | np.number) for x in (mean, std))
    if not numbers or from_tensors == (size is not None) or (from_tensors and dtype is not None):
        named = {"dtype": dtype} if dtype is not None else {}
        raise wrong_arguments("normal", *[x for x in (mean, std, size) if x is not None], **named)
    if not from_tensors:
        if not isinstance(size, list | tuple):
            raise wrong_arguments("normal", mean, std, size)
        made = blank(as_size("normal", (size,)), wanted_dtype(dtype, "normal"))
        normal_(made, mean, std, generator=chosen(generator, "normal"))
        return drawn("normal", made, requires_grad, options)
    check_options("normal", options)
    made = normal_of_tensors(mean, std, chosen(generator, "normal"))
    if not isinstance(std, Tensor):
        return record(draws.NormalMean, (mean,), (made,))
    if not isinstance(mean, Tensor):
        return record(draws.NormalStd, (std,), (made,))
    return record(draws.NormalMeanStd, (mean, std._cast(mean._data.dtype)), (made,))


def normal_of_tensors(mean: Any, std: Any, generator: Any) -> Any:
    """mean + std z for normal z, in the dtype of the first that is a tensor."""
    lead = mean if isinstance(mean, Tensor) else std
    if not isinstance(std, Tensor):
        check_std(std)
    elif std._data.size and not std._data.min() >= 0:
        raise RuntimeError(
            "normal expects all elements of std >= 0.0\n"
            "Hint: a standard deviation is a distance: 0 or more."
        )
    need_float(lead, "normal_kernel_cpu")
    middle, spread = (x.detach() if isinstance(x, Tensor) else x for x in (mean, std))
    shape = (middle + spread).shape  # an error if the two do not fit
    z = blank(shape, lead._data.dtype)
    normal_(z, generator=generator)
    return (z * spread + middle)._data.astype(lead._data.dtype)


@method
def bernoulli(
    input: Tensor, p: float | None = None, *, generator: Any = None, **options: Any
) -> Tensor:
    """1 with the probability that stands in the tensor (or p, the same for all), else 0.

    No gradient passes through the draw (it is 0, as in PyTorch). The numbers are PyTorch's; see
    :func:`bernoulli_` for the exception.

    >>> import microtorch as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.bernoulli(torch.tensor([0.0, 0.8, 1.0]))
    tensor([0., 1., 1.])
    """
    check_options("bernoulli", options)
    made = blank(input._data.shape, input._data.dtype)
    source = input.detach() if p is None else p
    bernoulli_(made, source, generator=chosen(generator, "bernoulli"))
    return record(draws.Bernoulli, (input,), (made._data,))


def poisson(input: Tensor, generator: Any = None) -> Tensor:
    """For each rate in input, how often something happens that happens so often on average.

    >>> import microtorch as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.poisson(torch.tensor([0.0, 3.0, 50.0]))
    tensor([ 0.,  6., 47.])
    """
    rates = np.asarray(input._data)
    if rates.dtype.kind != "f":
        raise NotImplementedError(
            f"\"poisson_cpu\" not implemented for '{title(rates.dtype)}'\n"
            "Hint: the rates are floats; convert them: rates.float()."
        )
    if (rates < 0).any():
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    made = distributions.poisson(chosen(generator, "poisson"), rates.reshape(-1))
    counts = np.array(made, rates.dtype).reshape(rates.shape)
    return record(draws.Bernoulli, (input,), (counts[()],))


@method
def multinomial(
    input: Tensor,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Any = None,
    **options: Any,
) -> Tensor:
    """Indices drawn with probabilities proportional to the entries: a row of them for each row.

    Without replacement no index comes twice in a row of the result.

    >>> import microtorch as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.multinomial(torch.tensor([1.0, 2.0, 7.0]), 4, replacement=True)
    tensor([2, 2, 2, 2])
    """
    check_options("multinomial", options)
    count = as_int("multinomial", num_samples, "num_samples", 2)
    weights = np.asarray(input._data)
    check_weights(weights, count, replacement)
    source = chosen(generator, "multinomial")
    if not weights.shape[-1]:
        raise RuntimeError(
            "aminmax(): cannot compute aminmax over an empty dimension as the operation has no "
            "identity.\nHint: there is nothing to choose from."
        )
    if not weights.size:
        return wrap(np.zeros((*weights.shape[:-1], count), np.int64))
    if replacement and count > 1:
        return wrap(drawn_with_replacement(weights, count, source))
    # The smallest of exponential times, each with its own rate, is one of rate w with probability
    # proportional to w: so is the largest of w / q for q of rate 1.
    if not (weights.max() < np.inf and weights.min() >= 0):
        raise RuntimeError(
            "probability tensor contains either `inf`, `nan` or element < 0\n"
            "Hint: weights are 0 or more; torch.softmax makes such of any numbers."
        )
    if (weights.sum(axis=-1) == 0).any():
        raise no_weight()
    q = wrap(np.zeros_like(weights, order=memory_layout(input)))
    exponential_(q, generator=source)
    with np.errstate(divide="ignore", invalid="ignore"):
        order = np.argsort(-(weights / q._data), axis=-1, kind="stable")
    return wrap(np.ascontiguousarray(order[..., :count]))


def no_weight() -> RuntimeError:
    return RuntimeError(
        "invalid multinomial distribution (sum of probabilities <= 0)\n"
        "Hint: at least one weight of every row must be larger than 0."
    )


def check_weights(weights: Any, count: int, replacement: bool) -> None:
    """Raise RuntimeError, in PyTorch's words, for what multinomial cannot draw from."""
    if not 0 < weights.ndim <= 2:
        raise RuntimeError(
            f"prob_dist must be 1 or 2 dim\nHint: the weights have shape {weights.shape}."
        )
    if weights.dtype.kind != "f":
        raise RuntimeError(
            "multinomial only supports floating-point dtypes for input, got: "
            f"{title(weights.dtype)}\nHint: convert with .float()."
        )
    if count <= 0:
        raise RuntimeError("cannot sample n_sample <= 0 samples")
    if not replacement and count > weights.shape[-1]:
        raise RuntimeError(
            "cannot sample n_sample > prob_dist.size(-1) samples without replacement\n"
            f"Hint: there are {weights.shape[-1]} to choose from; replacement=True lets one come "
            "several times."
        )


def drawn_with_replacement(weights: Any, count: int, generator: Any) -> Any:
    """Where a uniform number falls among the weights laid end to end."""
    if not (weights >= 0).all():
        raise RuntimeError(
            "invalid multinomial distribution (encountering probability entry < 0)\n"
            "Hint: weights are 0 or more; torch.softmax makes such of any numbers."
        )
    if not np.isfinite(weights).all():
        raise RuntimeError(
            "invalid multinomial distribution (encountering probability entry = infinity or NaN)"
        )
    rows = weights.reshape(-1, weights.shape[-1])
    ends = np.cumsum(rows, axis=1, dtype=np.promote_types(weights.dtype, np.float32))
    if not (ends[:, -1] > 0).all():
        raise no_weight()
    ends /= ends[:, -1:].copy()
    ends[:, -1] = 1
    uniform = distributions.standard_uniform(
        generator, len(rows) * count, distributions.FLOAT64
    ).reshape(len(rows), count)
    found = [np.searchsorted(end, u) for end, u in zip(ends, uniform, strict=True)]
    return np.array(found, np.int64).reshape(*weights.shape[:-1], count)
