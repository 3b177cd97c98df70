"""What programs ask before they choose a device: here the answer is always that there is the CPU.

``torch.cuda``, ``torch.accelerator`` and ``torch.backends`` with the questions that PyTorch's
tutorials ask; there is nothing behind them.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

__all__ = [
    "accelerator",
    "are_deterministic_algorithms_enabled",
    "backends",
    "cuda",
    "get_float32_matmul_precision",
    "get_num_threads",
    "set_float32_matmul_precision",
    "set_num_threads",
    "use_deterministic_algorithms",
]


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

# Settings that programs make at their top. NumPy decides for itself; what was set is remembered.
settings: dict[str, Any] = {"deterministic": False, "precision": "highest", "threads": 1}


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for the same result in every run: which is always so here."""
    settings["deterministic"] = mode


def are_deterministic_algorithms_enabled() -> bool:
    """Whether use_deterministic_algorithms(True) was called."""
    return bool(settings["deterministic"])


def set_float32_matmul_precision(precision: str) -> None:
    """Allow matrix products to be less precise: here they never are."""
    settings["precision"] = precision


def get_float32_matmul_precision() -> str:
    """What set_float32_matmul_precision has set; "highest" at first."""
    return str(settings["precision"])


def set_num_threads(threads: int) -> None:
    """Remember a number of threads; how many NumPy takes is set by OMP_NUM_THREADS."""
    settings["threads"] = threads


def get_num_threads() -> int:
    """What set_num_threads has set; 1 at first."""
    return int(settings["threads"])
