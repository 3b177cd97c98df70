"""Einstein's summation: ``torch.einsum("ij,jk->ik", a, b)``.

The equation is made explicit first (every axis has one letter), each operand is brought into
order by itself (diagonals, sums), and then the operands are contracted, two at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from microtorch import ops
from microtorch.tensor import numpy_protocol
from microtorch.tensor.dispatch import record
from microtorch.tensor.dtypes import result_type
from microtorch.tensor.products import check_dtypes
from microtorch.tensor.tensor import Tensor

__all__ = ["einsum"]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def einsum(*args: Any) -> Tensor:
    """Sums of products, written with one letter for each dimension.

    ``einsum("ij,jk->ik", a, b)``: a letter that is missing after the arrow is summed over, a
    letter that stands twice in an operand takes its diagonal, ``...`` stands for any further
    dimensions. Without an arrow the result has the letters that stand once, in alphabetical order.
    Also ``einsum(a, [0, 1], b, [1, 2], [0, 2])``, with numbers for letters.
    Raises RuntimeError if the equation does not fit the operands.

    >>> import microtorch as torch
    >>> a, b = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([1.0, 10.0])
    >>> torch.einsum("ij,j->i", a, b)
    tensor([21., 43.])
    >>> torch.einsum("ii", a)  # the trace
    tensor(5.)
    """
    equation, operands = arguments(args)
    inputs, output, hidden = explicit(equation, operands)
    sizes = lengths(inputs, operands, hidden)
    terms = [diagonals(x, letters) for x, letters in zip(operands, inputs, strict=True)]
    if len(terms) == 1:
        return alone(terms[0].x, terms[0].letters, output)
    terms = [stretched(term, sizes) for term in terms]
    terms = [without_lonely(i, terms, output) for i in range(len(terms))]
    for _ in range(len(terms) - 1):
        i, j = next_pair(terms, output)
        second, first = terms.pop(j), terms.pop(i)
        terms.insert(0, contraction(first, second, {*output, *letters_of(terms)}, output))
    return terms[0].x


class Term(NamedTuple):
    """An operand, the letters of its axes, and whether others have been summed over."""

    x: Tensor
    letters: str
    summed: bool = False


def arguments(args: tuple[Any, ...]) -> tuple[str, list[Tensor]]:
    """The equation and the operands, from either form of the call."""
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one "
            'operand and its subscripts list\nHint: for example torch.einsum("ij,jk->ik", a, b).'
        )
    if isinstance(args[0], Tensor):
        parts = [subscripts(numbers) for numbers in args[1::2]]
        operands = list(args[0 : len(args) - len(args) % 2 : 2])
        equation = ",".join(parts)
        if len(args) % 2:
            equation += "->" + subscripts(args[-1])
        return equation, operands
    equation, *rest = args
    if not isinstance(equation, str):
        raise TypeError(
            "einsum(): argument 'equation' (position 1) must be str, "
            f'not {type(equation).__name__}\nHint: for example torch.einsum("ij,jk->ik", a, b).'
        )
    if len(rest) == 1 and isinstance(rest[0], list | tuple):
        rest = list(rest[0])
    for i, operand in enumerate(rest):
        if not isinstance(operand, Tensor):
            raise TypeError(
                f"expected Tensor as element {i} in argument 1, but got {type(operand).__name__}"
            )
    return equation, rest


def subscripts(numbers: Any) -> str:
    """``[0, 1, ...]`` as letters."""
    letters = []
    for number in numbers:
        if number is Ellipsis:
            letters.append("...")
        elif isinstance(number, int) and 0 <= number < len(LETTERS):
            letters.append(LETTERS[number])
        else:
            raise ValueError(
                "einsum(): subscript in subscript list is not within the valid range [0, 52)"
            )
    return "".join(letters)


# The equation made explicit -------------------------------------------------------------------

ELLIPSIS = "…"  # one sign for "..."


def explicit(equation: str, operands: Sequence[Tensor]) -> tuple[list[str], str, str]:
    """The letters of every operand and of the result, and those that stand for the ellipsis."""
    left, arrow, right = equation.partition("->")
    check_letters(left, 0, LETTERS + " .,")
    check_letters(right, len(left) + 2, LETTERS + " .")
    parts = left.replace("...", ELLIPSIS).replace(" ", "").split(",")
    output = right.replace("...", ELLIPSIS).replace(" ", "")
    check_operands(equation, parts, operands)
    extra = [
        x.ndim - len(part.replace(ELLIPSIS, "")) for x, part in zip(operands, parts, strict=True)
    ]
    free = "".join(s for s in LETTERS if s not in equation)
    widest = free[: max(extra)]
    inputs = [
        part.replace(ELLIPSIS, widest[len(widest) - more :])
        for part, more in zip(parts, extra, strict=True)
    ]
    every = "".join(inputs)
    if arrow:
        check_output(output, every)
    else:
        output = ELLIPSIS + "".join(
            s for s in sorted(every) if every.count(s) == 1 and s in equation
        )
    return inputs, output.replace(ELLIPSIS, widest), widest


def check_letters(text: str, start: int, allowed: str) -> None:
    """Raise PyTorch's words for a sign that is no letter."""
    for index, sign in enumerate(text, start):
        if sign not in allowed:
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {index} in the equation string, "
                "subscripts must be in [a-zA-Z]\n"
                'Hint: an equation looks like "ij,jk->ik".'
            )


def check_operands(equation: str, parts: Sequence[str], operands: Sequence[Tensor]) -> None:
    """Raise PyTorch's words unless there is an operand for each part, with a letter for each axis."""
    for i, part in enumerate(parts):
        if "." in part or part.count(ELLIPSIS) > 1:
            already = ELLIPSIS in part.partition(".")[0]
            raise RuntimeError(
                f"einsum(): found '.' for operand {i} "
                + (
                    "for which an ellipsis was already found"
                    if already
                    else "that is not part of any ellipsis"
                )
            )
    if len(parts) != len(operands):
        word = "fewer" if len(operands) < len(parts) else "more"
        raise RuntimeError(
            f"einsum(): {word} operands were provided than specified in the equation\n"
            f"Hint: {equation!r} takes {len(parts)} operands, and {len(operands)} were given."
        )
    for i, (part, x) in enumerate(zip(parts, operands, strict=True)):
        count = len(part.replace(ELLIPSIS, ""))
        if ELLIPSIS in part and count > x.ndim:
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({count}) is more than the "
                f"number of dimensions ({x.ndim}) for operand {i}"
            )
        if ELLIPSIS not in part and count != x.ndim:
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({count}) does not match the "
                f"number of dimensions ({x.ndim}) for operand {i} and no ellipsis was given\n"
                f"Hint: operand {i} has shape {tuple(x.shape)}: one letter for each dimension."
            )


def check_output(output: str, given: str) -> None:
    """Raise PyTorch's words for a result that cannot be made of the operands."""
    if "." in output or output.count(ELLIPSIS) > 1:
        already = ELLIPSIS in output.partition(".")[0]
        raise RuntimeError(
            "einsum(): found '.' for output "
            + (
                "but an ellipsis (...) was already found"
                if already
                else "that is not part of any ellipsis (...)"
            )
        )
    letters = output.replace(ELLIPSIS, "")
    for i, letter in enumerate(letters):
        if letter in letters[:i]:
            raise RuntimeError(
                f"einsum(): output subscript {letter} appears more than once in the output"
            )
        if letter not in given:
            raise RuntimeError(
                f"einsum(): output subscript {letter} does not appear in the equation for any "
                "input operand"
            )


def lengths(inputs: Sequence[str], operands: Sequence[Tensor], hidden: str) -> dict[str, int]:
    """The length of every letter; a length of 1 broadcasts."""
    sizes: dict[str, int] = {}
    for i, (letters, x) in enumerate(zip(inputs, operands, strict=True)):
        for letter, size in zip(letters, x.shape, strict=True):
            first = x.shape[letters.index(letter)]
            if first != size:
                raise RuntimeError(
                    f"einsum(): subscript {letter} is repeated for operand {i} but the sizes "
                    f"don't match, {size} != {first}"
                )
            known = sizes.get(letter, 1)
            if 1 not in (known, size) and known != size:
                place = (
                    [s for s in letters if s in hidden].index(letter) if letter in hidden else None
                )
                raise does_not_broadcast(letter, i, size, known, place)
            sizes[letter] = size if known == 1 else known
    return sizes


def does_not_broadcast(
    letter: str, operand: int, size: int, known: int, place: int | None
) -> RuntimeError:
    """PyTorch's words for one letter with two lengths; ``place`` is its place in an ellipsis."""
    if place is not None:
        return RuntimeError(
            f"einsum(): dimension {place} covered by ellipsis in operand {operand}has size {size} "
            f"which does not broadcast with previously seen ellipsis with size {known} for the "
            "respective dimension"
        )
    return RuntimeError(
        f"einsum(): subscript {letter} has size {size} for operand {operand} which does not "
        f"broadcast with previously seen size {known}\n"
        f"Hint: all dimensions called {letter} must have the same length."
    )


# The work ---------------------------------------------------------------------------------------


def diagonals(x: Tensor, letters: str) -> Term:
    """Each letter once: where one stands twice, the diagonal."""
    for letter in letters:
        if letters.count(letter) > 1:
            first = letters.index(letter)
            second = letters.index(letter, first + 1)
            x = x.diagonal(0, first, second)
            letters = letters[:first] + letters[first + 1 : second] + letters[second + 1 :] + letter
            return diagonals(x, letters)
    return Term(x, letters)


def alone(x: Tensor, letters: str, output: str) -> Tensor:
    """A single operand: the axes in the order of the result, the others summed over."""
    order = [letters.index(s) for s in output]
    lonely = [axis for axis in range(x.ndim) if axis not in order]
    x = x.permute(dims=(*order, *lonely))
    return x.sum(tuple(range(len(order), x.ndim))) if lonely else x


def stretched(term: Term, sizes: dict[str, int]) -> Term:
    """Every axis in its full length."""
    shape = tuple(sizes[s] for s in term.letters)
    return term if tuple(term.x.shape) == shape else Term(term.x.expand(shape), term.letters)


def without_lonely(i: int, terms: list[Term], output: str) -> Term:
    """Sum over the axes that neither the result nor another operand has."""
    x, letters, _ = terms[i]
    needed = {*output, *letters_of(terms[:i] + terms[i + 1 :])}
    lonely = tuple(axis for axis, letter in enumerate(letters) if letter not in needed)
    if not lonely:
        return terms[i]
    return Term(x.sum(lonely), "".join(s for s in letters if s in needed), summed=True)


def letters_of(terms: Sequence[Term]) -> str:
    return "".join(term.letters for term in terms)


def next_pair(terms: list[Term], output: str) -> tuple[int, int]:
    """Which two operands to contract next: by NumPy's greedy plan, if there is a choice."""
    if len(terms) == 2:
        return 0, 1
    equation = ",".join(term.letters for term in terms) + "->" + output
    plan, _ = np.einsum_path(equation, *[term.x._data for term in terms], optimize="greedy")
    first, second, *_ = sorted(plan[1])
    return first, second


def contraction(a: Term, b: Term, needed: set[str], output: str) -> Term:
    """Two operands as one, summed over the letters that nobody needs any more."""
    x, left, _ = a
    z, right, _ = b
    summed = [s for s in left if s in right and s not in needed]
    if x._data.dtype != z._data.dtype and summed:
        check_dtypes(x._data, z._data, ops.Bmm)
    common = result_type(x._data, z._data)
    if common.kind == "b" and summed:
        check_dtypes(x._data, z._data, ops.Bmm)
    out = "".join(dict.fromkeys(s for s in left + right if s not in summed))
    # PyTorch's name: it sums what one operand has for itself in the same step
    op = ops.Contraction if summed or a.summed or b.summed else ops.OuterProduct
    if set(out) == set(output):
        out = output
    return Term(record(op, (x._cast(common), z._cast(common)), (left, right, out)), out)


numpy_protocol.FUNCTIONS[np.einsum] = einsum
