"""Saving and loading, without pickle: a file can hold numbers and text, and never run code.

What a file is made of: trees.py turns any checkpoint into plain data and arrays, archive.py keeps
those in a zip file; files of the safetensors library are read and written by safetensors.py.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import IO, Any

# What takes long to import (archive, trees, ...) is imported where it is used.
from microtorch.tensor.unreadable import Damaged, LoadError, Unsupported

__all__ = ["load", "save"]

PathLike = str | os.PathLike[str]


def save(obj: Any, f: PathLike | IO[bytes]) -> None:
    """Write tensors, and what may stand around them in a checkpoint, to a file.

    ``obj``: a tensor, a state_dict, or dicts, lists and tuples of tensors, numbers, strings, bools
    and None, nested as you like. ``f``: a path or a file that is open for writing bytes.
    A path that ends in ``.safetensors`` gives a file of that format (obj must be a dict of tensors).
    Any other path gives a zip file, with one .npy file for each tensor, that NumPy can open too:
    ``np.load("model.pt")["0.weight"]``. It is not a pickle file like PyTorch's own .pt files, and
    PyTorch cannot read it: for exchange with PyTorch use .safetensors.

    Tensors that share memory are saved each for itself. The file appears under its name only when
    it is complete: a crash or a full disk leaves the old one. Raises TypeError for what cannot be
    saved.

    >>> import io, microtorch as torch
    >>> buffer = io.BytesIO()
    >>> torch.save({"epoch": 3, "weights": [torch.ones(2)]}, buffer)
    >>> _ = buffer.seek(0)
    >>> torch.load(buffer)
    {'epoch': 3, 'weights': [tensor([1., 1.])]}
    """
    from microtorch.tensor.archive import write_archive
    from microtorch.tensor.safetensors import to_safetensors
    from microtorch.tensor.trees import pack

    if not isinstance(f, str | os.PathLike):
        if not hasattr(f, "write"):
            raise AttributeError(
                "expected 'f' to be string, path, or a file-like object with a 'write' attribute\n"
                'Hint: torch.save(model.state_dict(), "model.pt"): first what, then where.'
            )
        write_archive(f, *pack(obj))
    elif os.fspath(f).endswith(".safetensors"):
        content = to_safetensors(obj)
        replace(f, lambda stream: stream.write(content))
    else:
        tree, arrays = pack(obj)
        replace(f, lambda stream: write_archive(stream, tree, arrays))


def replace(path: PathLike, write: Callable[[IO[bytes]], Any]) -> None:
    """Write a file beside ``path``, and give it that name when it is complete."""
    path = os.path.realpath(path)  # a link stays a link
    folder, name = os.path.split(path)
    if not os.path.isdir(folder):
        raise RuntimeError(
            f"Parent directory {folder} does not exist.\nHint: create it first: os.makedirs(...)."
        )
    if os.path.exists(path) and not os.path.isfile(path):
        content = io.BytesIO()
        write(content)
        with open(path, "wb") as stream:  # a pipe or a device; a directory cannot be opened
            stream.write(content.getvalue())
        return
    unfinished = os.path.join(folder, f".{name[:100]}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    try:
        with open(unfinished, "xb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        if os.path.exists(path):
            os.chmod(unfinished, os.stat(path).st_mode & 0o7777)
        os.replace(unfinished, path)
    except BaseException:
        if os.path.exists(unfinished):
            os.unlink(unfinished)
        raise


def load(
    f: PathLike | IO[bytes],
    map_location: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
) -> Any:
    """Read what :func:`save` wrote; also .safetensors files and .npz files of NumPy.

    ``f``: a path, or a file that is open for reading bytes. Tensors that asked for a gradient do so
    again. ``map_location`` may name the CPU; ``weights_only`` and ``mmap`` change nothing here.
    Raises LoadError, a RuntimeError that tells why, for a file that is damaged, unsafe or of
    another kind, and then loads nothing of it.
    """
    check_location(map_location)
    if isinstance(f, str | os.PathLike):
        with open(f, "rb") as stream:
            return read(stream, str(f))
    if not hasattr(f, "read"):
        raise AttributeError(
            f"{type(f).__name__!r} object has no attribute 'seek'. You can only torch.load from a "
            "file that is seekable. Please pre-load the data into a buffer like io.BytesIO and try "
            "to load from it instead."
        )
    if not (hasattr(f, "seekable") and f.seekable()):
        f = io.BytesIO(f.read())
    return read(f, str(getattr(f, "name", "the file object")))


def check_location(location: Any) -> None:
    """Raise PyTorch's words for a place that is not the CPU."""
    if location is None or callable(location) or isinstance(location, dict):
        return
    name = str(location)
    if name.startswith("cuda"):
        raise RuntimeError(
            "Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is "
            "False. If you are running on a CPU-only machine, please use torch.load with "
            "map_location=torch.device('cpu') to map your storages to the CPU."
        )
    if not name.startswith("cpu"):
        raise RuntimeError(
            "don't know how to restore data location of torch.storage.UntypedStorage "
            f"(tagged with {location})"
        )


def read(stream: IO[bytes], name: str) -> Any:
    """Find out what kind of file it is, and read it."""
    from microtorch.tensor.archive import Source, check_memory, read_archive
    from microtorch.tensor.safetensors import read_safetensors
    from microtorch.tensor.trees import unpack

    start = stream.tell()
    size = stream.seek(0, os.SEEK_END) - start
    stream.seek(start)
    beginning = stream.read(9)
    stream.seek(start)
    if not size:
        raise Damaged(
            name,
            "it is empty, or it has been read to its end",
            "after writing to a buffer, go back to its beginning: buffer.seek(0).",
        )
    try:
        if beginning.startswith(b"PK"):
            content = stream if not start else io.BytesIO(stream.read())
            return unpack(*read_archive(Source(content, name, size)), name)
        if beginning[8:] == b"{" or name.endswith(".safetensors"):
            check_memory(size, name)
            return read_safetensors(stream.read(), name)
    except LoadError:
        raise
    except Exception as error:  # a file can be wrong in more ways than anybody can list
        raise Damaged(name, f"{type(error).__name__}: {error}") from error
    raise unknown(beginning, name)


def unknown(beginning: bytes, name: str) -> LoadError:
    """What to say of a file that is none of ours."""
    if beginning.startswith(b"\x80"):
        return Unsupported(
            name,
            "it is a pickle file, which could run any code when it is loaded",
            "write it anew where it was made, in PyTorch with safetensors.torch.save_file(...).",
        )
    if beginning.startswith(b"\x93NUMPY"):
        return Unsupported(
            name, "it is a .npy file, a single array", "torch.from_numpy(np.load(path))."
        )
    return Damaged(name, "it does not begin like a file that torch.save writes")
