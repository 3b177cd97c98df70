"""Anomaly mode: find the operation that first made a NaN, and the line that asked for it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

modes: list[bool] = []  # not empty while anomaly mode is on: [check_nan of the innermost, last]

LIBRARY = __file__.rpartition("autograd")[0]


class ForwardTrace:
    """Where in the user's program an operation was recorded, and whether its result had a NaN."""

    def __init__(self, output: Any) -> None:
        import traceback  # slow to import, and seldom needed

        frames = traceback.extract_stack()
        own = [k for k, frame in enumerate(frames) if not frame.filename.startswith(LIBRARY)]
        self.frames = traceback.StackSummary.from_list(frames[: own[-1] + 1] if own else frames)
        self.made_nan = has_nan(output)

    def line(self) -> str:
        """File, number and text of the line."""
        last = self.frames[-1]
        return f"{last.filename}, line {last.lineno}: {last.line}"


def has_nan(x: Any) -> bool:
    """Whether an array (or a Tensor) has an entry that is not a number."""
    data = getattr(x, "_data", x)
    return (
        getattr(data, "dtype", None) is not None
        and data.dtype.kind == "f"
        and bool(np.isnan(data).any())
    )


class set_detect_anomaly:
    """Switch anomaly mode on or off; as a ``with`` block, go back at the end.

    While it is on, every operation remembers the line that recorded it, and backward() stops at
    the first gradient that is not a number, naming the operation and that line. It makes a
    program several times slower: for finding an error, not for training.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.before = list(modes)
        modes[:] = [check_nan] if mode else []

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        modes[:] = self.before


class detect_anomaly(set_detect_anomaly):
    """Anomaly mode inside of a ``with`` block.

    >>> import microtorch as torch
    >>> x = torch.tensor(0.0, requires_grad=True)
    >>> with warnings.catch_warnings(), torch.autograd.set_detect_anomaly(True):
    ...     warnings.simplefilter("ignore")  # the traceback of the forward call is one
    ...     (x.sqrt() * 0).backward()
    Traceback (most recent call last):
    ...
    RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output.
    ...
    """

    def __init__(self, check_nan: bool = True) -> None:
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should "
            "only be enabled for debugging.",
            stacklevel=2,
        )
        super().__init__(True, check_nan)


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on."""
    return bool(modes)


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode is on and looks for NaN."""
    return bool(modes) and modes[-1]


def check(node: Any, k: int, part: Any, order: list[Any]) -> None:
    """Raise RuntimeError if the gradient that a node hands to its k-th operand has a NaN."""
    if not modes[-1] or not has_nan(part):
        return
    trace = getattr(node, "forward_trace", None)
    hint = "Hint: "
    if trace is None:
        hint += "run the forward pass inside of detect_anomaly() too, and the line is named."
    else:
        lines = "".join(trace.frames.format())
        warnings.warn(
            f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n"
            f"{lines}",
            stacklevel=4,
        )
        hint += f"the operation stands in {trace.line()}"
    made = [n for n in reversed(order) if getattr(n, "forward_trace", None)]
    first = next((n for n in made if n.forward_trace.made_nan), None)
    if first is not None:
        hint += (
            f"\nThe first result that is not a number was made in the forward pass by "
            f"{first.name()}: {first.forward_trace.line()}"
        )
    raise RuntimeError(f"Function '{node.name()}' returned nan values in its {k}th output.\n{hint}")
