"""What programs ask before they choose a device: here the answer is always that there is the CPU.

``torch.cuda``, ``torch.accelerator`` and ``torch.backends`` with the questions that PyTorch's
tutorials ask; there is nothing behind them.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

__all__ = ["accelerator", "backends", "cuda"]


def is_available() -> bool:
    """Whether there is such a device: False."""
    return False


def device_count() -> int:
    """How many such devices there are: none."""
    return 0


def current_accelerator(check_available: bool = False) -> None:
    """The accelerator in use: none."""
    return


def manual_seed(seed: int) -> None:
    """Seed the generators of devices that do not exist: nothing happens."""


def nothing(*args: Any, **kwargs: Any) -> None:
    """Wait for, or empty, a device that does not exist: nothing happens."""


cuda = SimpleNamespace(
    is_available=is_available,
    device_count=device_count,
    manual_seed=manual_seed,
    manual_seed_all=manual_seed,
    synchronize=nothing,
    empty_cache=nothing,
)
accelerator = SimpleNamespace(
    is_available=is_available,
    device_count=device_count,
    current_accelerator=current_accelerator,
    synchronize=nothing,
)
backends = SimpleNamespace(
    mps=SimpleNamespace(is_available=is_available, is_built=is_available),
    cuda=SimpleNamespace(is_built=is_available),
    cudnn=SimpleNamespace(
        is_available=is_available, enabled=False, benchmark=False, deterministic=True
    ),
)
