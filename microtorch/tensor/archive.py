"""Arrays in a zip file, as NumPy's .npz has them, and a table of contents in JSON.

Whatever a file says of itself is compared with what it can be before memory is set aside for it.
"""

from __future__ import annotations

import json
import math
import os
import zipfile
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from microtorch.tensor.dtypes import by_numpy
from microtorch.tensor.unreadable import Damaged, Unsafe, Unsupported

Array = np.ndarray[Any, Any]
CONTENTS = "microtorch.json"
LONGEST_CONTENTS = 16 * 2**20
DEFLATE_AT_MOST = 1032  # times as large as the compressed data can the data be
CHUNK = 2**20


class Source(NamedTuple):
    """An open file, what to call it in an error, and how large it is."""

    stream: IO[bytes]
    name: str
    size: int


# Writing --------------------------------------------------------------------------------------


def write_archive(stream: IO[bytes], tree: Any, arrays: dict[str, Array]) -> None:
    """Write plain data and arrays. The same data give the same bytes."""
    contents = json.dumps({"format": "microtorch", "version": 1, "data": tree}, allow_nan=False)
    if len(contents) > LONGEST_CONTENTS:
        raise ValueError(
            f"torch.save: more than {LONGEST_CONTENTS} bytes besides the tensors\n"
            "Hint: long lists of numbers belong into a tensor."
        )
    with zipfile.ZipFile(stream, "w") as archive:
        with archive.open(zipfile.ZipInfo(CONTENTS), "w") as member:
            member.write(contents.encode())
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy")
            with archive.open(info, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


# Reading --------------------------------------------------------------------------------------


def read_archive(source: Source) -> tuple[Any, dict[str, Array]]:
    """Plain data and arrays; of a .npz file of NumPy, a dict of its arrays."""
    with zipfile.ZipFile(source.stream) as archive:
        members = archive.infolist()
        check_members(members, source)
        named = {info.filename: info for info in members}
        contents = named.pop(CONTENTS, None)
        arrays = {
            name.removesuffix(".npy"): read_array(archive, info, source.name)
            for name, info in named.items()
        }
        if contents is not None:
            return read_contents(archive, contents, source.name), arrays
    return {"dict": [[name, {"tensor": name}] for name in arrays]}, arrays


def check_members(members: list[zipfile.ZipInfo], source: Source) -> None:
    """Raise LoadError if the list of members promises what cannot or should not be."""
    names = [info.filename for info in members]
    if any(name.endswith("data.pkl") for name in names):
        raise Unsupported(
            source.name,
            "it was written by PyTorch's torch.save as a pickle, which could run any code when it "
            "is loaded",
            "in PyTorch, write it anew: safetensors.torch.save_file(model.state_dict(), "
            '"model.safetensors").',
        )
    if not members:
        raise Damaged(source.name, "it is an archive with nothing in it")
    for i, (name, info) in enumerate(zip(names, members, strict=True)):
        if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
            raise Unsafe(source.name, f"the name {name!r} leads out of the archive")
        if name in names[:i] if len(names) < 100 else names.count(name) > 1:
            raise Unsafe(source.name, f"{name!r} is in it twice")
        if name != CONTENTS and not name.endswith(".npy"):
            raise Unsupported(
                source.name,
                f"it is an archive that holds {name!r}, not only arrays",
                "load files that torch.save or np.savez wrote.",
            )
        if info.flag_bits & 1 or info.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            raise Unsupported(
                source.name,
                f"{name!r} is encrypted, or compressed in an unusual way",
                "write it anew with torch.save.",
            )
        largest = info.compress_size * (DEFLATE_AT_MOST if info.compress_type else 1)
        if info.file_size > largest + (64 if info.compress_type else 0):
            raise Unsafe(source.name, f"{name!r} claims to be larger than it can be")
    if sum(info.compress_size for info in members) > source.size:
        raise Unsafe(source.name, "its parts claim to be larger than the whole")
    check_memory(sum(info.file_size for info in members), source.name)


def check_memory(size: int, name: str) -> None:
    """Raise LoadError if something is larger than the memory that is free."""
    free = available_memory()
    if size > free:
        raise Unsafe(name, f"it takes {size} bytes of memory, and there are {free}")


def available_memory() -> int:
    """How many bytes of memory are free; a guess where the system does not tell."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):
        return 8 * 2**30


def read_contents(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Any:
    """The table of contents: JSON without NaN, without a key that stands twice."""
    if info.file_size > LONGEST_CONTENTS or info.compress_type != zipfile.ZIP_STORED:
        raise Unsafe(name, "its table of contents is too long")
    with archive.open(info) as member:
        text = member.read()
    contents = json.loads(
        text, object_pairs_hook=once_each, parse_constant=no_number, parse_float=finite
    )
    if not isinstance(contents, dict) or contents.get("format") != "microtorch":
        raise Damaged(name, "its table of contents is not one of microtorch")
    if contents.get("version") != 1:
        raise Unsupported(
            name,
            f"its format has version {contents.get('version')}, this microtorch reads version 1",
            "load it with a newer microtorch.",
        )
    return contents["data"]


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


def no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number in JSON")


def finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number


def read_array(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Array:
    """One .npy file. Its header says dtype and shape, which must fit its length exactly."""
    with archive.open(info) as member:
        version = np.lib.format.read_magic(member)
        readers = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }
        if version not in readers:
            raise Damaged(name, f"{info.filename!r} has a header of version {version}")
        shape, by_columns, dtype = readers[version](member)
        if dtype.hasobject:
            raise Unsafe(name, f"{info.filename!r} holds pickled objects, which could run any code")
        native = dtype.newbyteorder("=")
        if native not in by_numpy:
            raise Unsupported(
                name,
                f"{info.filename!r} holds {dtype}, which is no dtype of microtorch",
                "convert it with NumPy: array.astype(np.float32).",
            )
        count = math.prod(shape)
        if any(length < 0 for length in shape) or len(shape) > 32:
            raise Damaged(name, f"{info.filename!r} has the shape {shape}")
        if count * dtype.itemsize != info.file_size - member.tell():
            raise Damaged(
                name,
                f"{info.filename!r} should hold {count} numbers, but it has "
                f"{info.file_size - member.tell()} bytes for them",
            )
        raw = np.empty(count * dtype.itemsize, np.uint8)
        filled = 0
        while filled < raw.size:
            part = member.read(min(CHUNK, raw.size - filled))
            if not part:
                raise Damaged(name, f"{info.filename!r} ends too early")
            raw[filled : filled + len(part)] = np.frombuffer(part, np.uint8)
            filled += len(part)
        member.read(1)  # at the end, the archive compares its checksum
    return shaped(raw, dtype, shape, by_columns)


def shaped(raw: Array, dtype: Any, shape: tuple[int, ...], by_columns: bool = False) -> Array:
    """Bytes as an array of our own byte order; any byte but 0 is true."""
    if dtype == bool:
        flat = raw != 0
    else:
        flat = raw.view(dtype).astype(dtype.newbyteorder("="), copy=False)
    return np.ascontiguousarray(flat.reshape(shape, order="F" if by_columns else "C")).reshape(
        shape
    )
