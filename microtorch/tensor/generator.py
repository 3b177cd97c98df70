"""The stream of random numbers: from one seed, PyTorch's own numbers.

PyTorch on the CPU draws from the Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), which
NumPy has too. A seed fixes an endless row of whole numbers of 32 bits; a Generator is a seed and
a place in that row.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np

from microtorch.tensor.device import CPU, check_cpu, device
from microtorch.tensor.dispatch import wrap
from microtorch.tensor.tensor import Tensor

__all__ = [
    "Generator",
    "default_generator",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]

Array = np.ndarray[Any, Any]

FIRST_SEED = 67280421310721  # what PyTorch gives a new Generator
TWISTER = 624  # numbers in the Mersenne Twister's state
STATE = np.dtype(  # the bytes that PyTorch's get_state() gives
    [
        ("seed", "<u8"),
        ("left", "<i4"),
        ("seeded", "<i4"),
        ("next", "<u8"),
        ("key", "<u8", TWISTER),
        ("unused", "V8"),
        ("normal", "<f8"),
        ("unused2", "V8"),
        ("has_normal", "<i4"),
        ("unused3", "V12"),
    ]
)


class Generator:
    """A source of random numbers of its own: ``torch.rand(3, generator=g)``.

    The same seed gives the same numbers, here and in PyTorch.

    >>> import microtorch as torch
    >>> g = torch.Generator().manual_seed(0)
    >>> torch.rand(2, generator=g)
    tensor([0.4963, 0.7682])
    """

    def __init__(self, device: Any = "cpu") -> None:
        check_cpu(device)
        self.manual_seed(FIRST_SEED)

    @property
    def device(self) -> device:
        """Always the CPU."""
        return CPU

    def manual_seed(self, seed: int) -> Generator:
        """Start again from a seed: a whole number from -2**63 to 2**64 - 1."""
        if not isinstance(seed, int):
            raise RuntimeError(  # noqa: TRY004 (PyTorch's exception)
                f"manual_seed expected a long, but got {type(seed).__name__}\n"
                "Hint: a seed is a whole number."
            )
        if not -(2**63) <= seed < 2**64:
            raise ValueError(
                "Overflow when unpacking long long\n"
                "Hint: a seed lies between -2**63 and 2**64 - 1; small numbers do as well."
            )
        self._seed = seed % 2**64
        self.next_normal: float | None = None  # normal numbers are made in pairs: the second one
        self.at_start = True  # nothing drawn yet
        self.__dict__.pop("twister", None)
        return self

    @cached_property
    def twister(self) -> np.random.MT19937:
        """NumPy's Mersenne Twister, made when the first number is drawn.

        (``np.random`` loads only then, which keeps the import of the library short.)
        """
        start: Any = np.random.RandomState(self._seed % 2**32).get_state(legacy=False)
        twister = np.random.MT19937(0)
        twister.state = start
        return twister

    def seed(self) -> int:
        """Start again from a seed that nobody can guess, and return it."""
        self.manual_seed(int.from_bytes(os.urandom(8)) >> 11)
        return self._seed

    def initial_seed(self) -> int:
        """The seed that the stream started from."""
        return self._seed

    def get_state(self) -> Tensor:
        """The place in the stream as bytes, the same bytes as PyTorch's."""
        place = self.twister.state["state"]
        state = np.zeros((), STATE)
        state["seed"] = self._seed
        state["left"] = TWISTER + 1 - place["pos"]
        state["seeded"] = 1
        state["next"] = 0 if self.at_start else place["pos"]
        state["key"] = place["key"]
        if self.next_normal is not None:
            state["has_normal"], state["normal"] = 1, self.next_normal
        return wrap(np.frombuffer(state.tobytes(), np.uint8).copy())

    def set_state(self, new_state: Tensor) -> Generator:
        """Go to the place in the stream that :meth:`get_state` gave. Returns the generator."""
        if not isinstance(new_state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(new_state).__name__}")
        if new_state._data.dtype != np.uint8:
            raise TypeError(
                "RNG state must be a torch.ByteTensor\nHint: pass what get_state() returned."
            )
        if new_state._data.size != STATE.itemsize:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {STATE.itemsize} but found the input "
                f"RNG state size to be {new_state._data.size}\n"
                "Hint: pass what get_state() returned."
            )
        state = np.frombuffer(new_state._data.tobytes(), STATE)[0]
        if not (state["seeded"] == 1 and 0 < state["left"] <= TWISTER):
            raise RuntimeError("Invalid mt19937 state\nHint: pass what get_state() returned.")
        self.manual_seed(int(state["seed"]))
        self.next_normal = float(state["normal"]) if state["has_normal"] else None
        self.at_start = bool(state["next"] == 0)
        place: Any = {
            "key": state["key"].astype(np.uint32),
            "pos": TWISTER + 1 - int(state["left"]),
        }
        self.twister.state = {"bit_generator": "MT19937", "state": place}
        return self

    def clone_state(self) -> Generator:
        """Another generator at the same place of the same stream."""
        return Generator().set_state(self.get_state())

    def draw(self, count: int, bits: int = 32) -> Array:
        """The next numbers of the stream, as an array of uint32 or uint64."""
        self.at_start &= count == 0
        if bits == 32:
            return self.twister.random_raw(count).astype(np.uint32)
        high, low = self.twister.random_raw(2 * count).reshape(-1, 2).T
        drawn: Array = (high << np.uint64(32)) | low
        return drawn


default_generator = Generator()
default_generator.seed()


def manual_seed(seed: Any) -> Generator:
    """Make everything random repeat itself: the same seed gives the same numbers.

    They are PyTorch's numbers on the CPU. The seed is a whole number from -2**63 to 2**64 - 1.
    Returns the default generator.

    >>> import microtorch as torch
    >>> torch.manual_seed(0).initial_seed()
    0
    >>> torch.rand(2)
    tensor([0.4963, 0.7682])
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start the default generator from a seed that nobody can guess, and return it."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that the default generator started from."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The default generator's place in its stream, to return to with :func:`set_rng_state`."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Take the default generator back to a place given by :func:`get_rng_state`."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(devices: Any = None, enabled: bool = True) -> Iterator[None]:
    """A ``with`` block whose draws do not move the default generator.

    >>> import microtorch as torch
    >>> _ = torch.manual_seed(0)
    >>> from microtorch.tensor.random import fork_rng
    >>> with fork_rng():
    ...     _ = torch.rand(100)
    >>> torch.rand(2)
    tensor([0.4963, 0.7682])
    """
    before = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(before)


def chosen(generator: Any, function: str) -> Generator:
    """The generator= argument, or the default generator."""
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise TypeError(
            f"{function}(): argument 'generator' must be torch.Generator, "
            f"not {type(generator).__name__}\n"
            "Hint: generator=torch.Generator().manual_seed(0), or leave it out."
        )
    return generator
