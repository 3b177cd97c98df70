"""Where a tensor lives, and how it lies there: in microtorch on the CPU, as NumPy arranges it."""

from __future__ import annotations

from typing import Any

__all__ = [
    "channels_last",
    "contiguous_format",
    "device",
    "get_default_device",
    "preserve_format",
    "set_default_device",
    "strided",
]

TYPES = [
    "cpu",
    "cuda",
    "ipu",
    "xpu",
    "mkldnn",
    "opengl",
    "opencl",
    "ideep",
    "hip",
    "ve",
    "fpga",
    "maia",
    "xla",
    "lazy",
    "vulkan",
    "mps",
    "meta",
    "hpu",
    "mtia",
    "privateuseone",
]


class device:
    """The name of a device: ``torch.device("cpu")``.

    PyTorch's names for other devices can be written down too, so that a program may compare
    them, but no tensor can be made there. Raises RuntimeError for a name that is none.

    >>> import microtorch as torch
    >>> torch.device("cpu")
    device(type='cpu')
    """

    __slots__ = ("index", "type")

    type: str
    index: int | None

    def __init__(self, type: Any, index: int | None = None) -> None:
        if isinstance(type, device):
            self.type, self.index = type.type, type.index
            return
        if not isinstance(type, str):
            raise no_accelerator(type)
        self.type, _, number = type.partition(":")
        self.index = index
        if not type:
            raise RuntimeError("Device string must not be empty")
        if self.type not in TYPES:
            raise RuntimeError(
                f"Expected one of {', '.join(TYPES)} device type at start of device string: "
                f"{self.type}\nHint: microtorch runs on the CPU only; write 'cpu'."
            )
        if number or type.endswith(":"):
            if not number.isdecimal() or index is not None:
                raise RuntimeError(f"Invalid device string: {type!r}")
            self.index = int(number)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        index = "" if self.index is None else f", index={self.index}"
        return f"device(type={self.type!r}{index})"


CPU = device("cpu")


def check_cpu(wanted: Any) -> None:
    """Raise an error, PyTorch's own where it is a build without GPU, for a device but the CPU."""
    if wanted is None or wanted == "cpu":
        return
    found = device(wanted)
    if found.type == "cpu":
        return
    hint = (
        f"\nHint: microtorch runs on the CPU only, there is no device '{found}' here. Leave "
        "device= out or write device='cpu'."
    )
    if found.type == "cuda":
        raise AssertionError("Torch not compiled with CUDA enabled" + hint)
    raise RuntimeError(f"microtorch has no device '{found}'" + hint)


def no_accelerator(given: object) -> Exception:
    """What to say of a device that is given as a number, or as nothing sensible."""
    if isinstance(given, int) and not isinstance(given, bool):
        return RuntimeError(
            "Cannot access accelerator device when none is available.\n"
            "Hint: a number means a GPU; microtorch runs on the CPU only. Write 'cpu'."
        )
    return TypeError(
        f"device() received an invalid combination of arguments - got ({type(given).__name__}), "
        "but expected one of:\n * (torch.device device)\n * (str type, int index = -1)"
    )


def get_default_device() -> device:
    """The device of new tensors: the CPU."""
    return CPU


def set_default_device(device: Any) -> None:
    """Accepts the CPU, which is the default already; an error for any other device."""
    check_cpu(device)


class Arrangement:
    """A name for how tensors lie in memory, as in PyTorch's ``memory_format=`` and ``layout=``.

    microtorch accepts the names and leaves the arrangement to NumPy: no value depends on it.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


strided = Arrangement("strided")
contiguous_format = Arrangement("contiguous_format")
preserve_format = Arrangement("preserve_format")
channels_last = Arrangement("channels_last")
