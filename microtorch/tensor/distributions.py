"""How numbers of a distribution are made from the raw stream: PyTorch's rules, on arrays.

Every function here takes a Generator first and returns ``count`` numbers in one dimension, in
the order in which PyTorch draws them, and leaves the generator where PyTorch leaves it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from microtorch.tensor.dtypes import WIDER, convert
from microtorch.tensor.generator import Generator

Array = np.ndarray[Any, Any]
DTypeLike = np.dtype[Any]

FLOAT64 = np.dtype(np.float64)
DIGITS = {"float16": 11, "float32": 24, "float64": 53}  # binary digits of a float's fraction
BLOCK = 16  # a long row of normal numbers is made in blocks


def as_dtype(numbers: Array, dtype: DTypeLike) -> Array:
    """Numbers in the dtype asked for."""
    converted: Array = convert(numbers, dtype)
    return converted


def standard_uniform(g: Generator, count: int, dtype: DTypeLike) -> Array:
    """Uniform in [0, 1): as many random bits as the fraction has digits.

    For float16 they are float32: PyTorch rounds only the end result.
    """
    digits = 53 if dtype == FLOAT64 else 24
    raw = g.draw(count, 64 if dtype == FLOAT64 else 32)
    raw &= raw.dtype.type(2**digits - 1)
    u: Array = raw.astype(FLOAT64 if dtype == FLOAT64 else np.float32)
    u *= 2.0**-digits
    return u


def uniform(g: Generator, count: int, dtype: DTypeLike, low: float, high: float) -> Array:
    """Uniform in [low, high): low + (high - low) u; what is rounded up to high becomes low."""
    u = standard_uniform(g, count, dtype)
    start, end = u.dtype.type(low), u.dtype.type(high)
    if (start, end) != (0, 1):
        wide = WIDER[u.dtype.name]
        u = (u.astype(wide) * wide(end - start) + wide(start)).astype(u.dtype)
    made = u.astype(dtype, copy=False)
    if (start, end) != (0, 1) or made.dtype != u.dtype:
        made[made == dtype.type(high)] = low
    return made


def normal(
    g: Generator, count: int, dtype: DTypeLike, mean: float, std: float, blocks: bool
) -> Array:
    """Normal, by the method of Box and Muller: r cos a and r sin a of a random point (r, a).

    ``blocks``: whether the target lies in memory without gaps. Then 16 and more are made in
    blocks; otherwise one pair at a time, of which the second waits in the generator for its turn.
    """
    if blocks and count >= BLOCK:
        return normal_blocks(g, count, dtype, mean, std)
    waiting = [] if g.next_normal is None or not count else [g.next_normal]
    missing = count - len(waiting)
    angle, radius = standard_uniform(g, missing + missing % 2, FLOAT64).reshape(-1, 2).T
    radius, angle = np.sqrt(-2 * np.log1p(-radius)), 2 * np.pi * angle
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()
    if count:
        g.next_normal = float(pairs[-1]) if missing % 2 else None
    return as_dtype(np.concatenate([waiting, pairs[:missing]]) * std + mean, dtype)


def normal_blocks(g: Generator, count: int, dtype: DTypeLike, mean: float, std: float) -> Array:
    """16 numbers at a time: the first 8 are radii, the last 8 angles.

    If they do not come out even, the last 16 numbers are made of 16 new ones.
    """
    even = count // BLOCK * BLOCK
    drawn = even if dtype.itemsize == 2 else count  # PyTorch draws more than it needs
    u = standard_uniform(g, drawn, dtype)
    made = np.empty(count, u.dtype)
    made[:even] = box_muller(u[:even], mean, std)
    if count % BLOCK:
        made[-BLOCK:] = box_muller(standard_uniform(g, BLOCK, dtype), mean, std)
    return made.astype(dtype, copy=False)


def box_muller(u: Array, mean: float, std: float) -> Array:
    """Uniform numbers in blocks of 8 radii and 8 angles, as normal numbers."""
    number = u.dtype.type
    radius, angle = np.moveaxis(u.reshape(-1, 2, BLOCK // 2), 1, 0)
    radius, angle = np.sqrt(-2 * np.log(1 - radius)), angle * number(2 * np.pi)
    pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()
    numbers: Array = pairs * number(std) + number(mean)
    return numbers


def integers(g: Generator, count: int, dtype: DTypeLike, low: int, width: int) -> Array:
    """Whole numbers from low up to, and without, low + width: the remainder of a raw number."""
    raw = g.draw(count, 64 if width >= 2**28 else 32)
    if width == 2**64:  # all 64 bits as they are
        return as_dtype(raw.astype(np.int64), dtype)
    raw %= raw.dtype.type(width)
    return as_dtype(raw.astype(np.int64) + np.int64(low), dtype)


def any_integers(g: Generator, count: int, dtype: DTypeLike) -> Array:
    """Whole numbers over all that the dtype can hold from 0 on; floats up to 2**digits."""
    if dtype.kind == "f":
        largest = 2 ** DIGITS[dtype.name]
    else:
        largest = 1 if dtype.kind == "b" else int(np.iinfo(dtype).max)
    raw = g.draw(count, 64 if dtype.itemsize == 8 else 32)
    return as_dtype(raw % raw.dtype.type(largest + 1), dtype)


def permutation(g: Generator, count: int) -> Array:
    """0 to count - 1 in random order: each place swaps with itself or a later one (Fisher-Yates)."""
    order = list(range(count))
    steps = g.draw(max(count - 1, 0)) % np.arange(count, 1, -1, dtype=np.uint32)
    for place, step in enumerate(steps.tolist()):
        other = place + step
        order[place], order[other] = order[other], order[place]
    return np.array(order, np.int64)


def bernoulli(g: Generator, p: Array, dtype: DTypeLike) -> Array:
    """1 with probability p, else 0: whether a uniform number is less than p."""
    return standard_uniform(g, p.size, dtype) < p


def exponential(g: Generator, count: int, lambd: float) -> Array:
    """Exponential with rate lambd: -log(1 - u) / lambd."""
    return -1 / lambd * np.log1p(-standard_uniform(g, count, FLOAT64))


def geometric(g: Generator, count: int, p: float) -> Array:
    """How many trials until the first success: ceil(log(u) / log(1 - p))."""
    trials: Array = np.ceil(np.log(standard_uniform(g, count, FLOAT64)) / np.log(1 - p))
    return trials


def cauchy(g: Generator, count: int, median: float, sigma: float) -> Array:
    """Cauchy: median + sigma tan(pi (u - 1/2))."""
    return median + sigma * np.tan(np.pi * (standard_uniform(g, count, FLOAT64) - 0.5))


def poisson(g: Generator, rates: Array) -> list[float]:
    """One count for each rate. Small ones: uniform numbers are multiplied until exp(-rate)."""
    return [
        0.0 if rate == 0 else large_poisson(g, rate) if rate >= 10 else small_poisson(g, rate)
        for rate in rates.tolist()
    ]


def small_poisson(g: Generator, rate: float) -> float:
    count, product, least = 0, 1.0, math.exp(-rate)
    while True:
        product *= float(standard_uniform(g, 1, FLOAT64)[0])
        if product <= least:
            return count
        count += 1


def large_poisson(g: Generator, rate: float) -> float:
    """Transformed rejection (Hörmann 1993, "The transformed rejection method", algorithm PTRS)."""
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    accepted = 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = (float(standard_uniform(g, 1, FLOAT64)[0]) for _ in range(2))
        u -= 0.5
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + rate + 0.43) if us else -1
        if us >= 0.07 and v <= accepted:
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        hat = math.log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b)
        if hat <= -rate + k * math.log(rate) - math.lgamma(k + 1):
            return k
