"""torch.save and torch.load: what is saved comes back, and no file can do harm."""

from __future__ import annotations

import io
import json
import math
import os
import struct
import zipfile
from collections import OrderedDict, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microtorch as torch
from microtorch.tensor import archive
from microtorch.tensor.unreadable import Damaged, LoadError, Unsafe, Unsupported

FIXTURE = Path(__file__).parent / "golden" / "data" / "pytorch.safetensors"


def state_dict() -> OrderedDict[str, Any]:
    state = OrderedDict(
        [
            ("0.weight", torch.tensor([[1.0, 2.0], [3.0, 4.0]])),
            ("0.bias", torch.tensor([0.5, -0.5], dtype=torch.float64)),
            ("1.count", torch.tensor(3)),
        ]
    )
    state._metadata = OrderedDict([("", {"version": 1})])  # type: ignore[attr-defined]
    return state


def checkpoint() -> dict[Any, Any]:
    return {
        "epoch": 3,
        "model": state_dict(),
        "optim": {
            "state": {0: {"step": torch.tensor(2.0), "average": torch.zeros(0, 3)}},
            "param_groups": [{"lr": 0.1, "betas": (0.9, 0.999), "foreach": None, "params": [0]}],
        },
        "loss": 0.5,
        "best": math.inf,
        1: True,
        (1, "a"): torch.Size([2, 3]),
        "dtype": torch.float16,
        "seen": {1, 2},
        "bytes": b"\x00\xff",
        "large": 2**70,
        "../up": torch.tensor([True, False]),
    }


def through(obj: Any, path: Any = None) -> Any:
    """What comes back from a file."""
    if path is not None:
        torch.save(obj, path)
        return torch.load(path)
    buffer = io.BytesIO()
    torch.save(obj, buffer)
    buffer.seek(0)
    return torch.load(buffer)


def same(a: Any, b: Any) -> bool:
    """Whether two values are equal, with the same types and dtypes all the way down."""
    if type(a) is not type(b):
        return False
    if isinstance(a, torch.Tensor):
        return (
            a.dtype == b.dtype
            and a.shape == b.shape
            and a.requires_grad == b.requires_grad
            and np.array_equal(
                a.detach().numpy(), b.detach().numpy(), equal_nan=a.is_floating_point()
            )
        )
    if isinstance(a, dict):
        entries = zip(a.items(), b.items(), strict=True)
        return len(a) == len(b) and all(same(x, y) for x, y in entries)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b) or (isinstance(a, float) and math.isnan(a) and math.isnan(b))


# What comes back ------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".pt", ".npz", ""])
def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"checkpoint{suffix}"
    back = through(checkpoint(), path)
    assert same(back, checkpoint())
    assert back["model"]._metadata == OrderedDict([("", {"version": 1})])
    assert same(torch.load(str(path), map_location="cpu", weights_only=True), back)


@pytest.mark.parametrize(
    "name", ["float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "bool"]
)
@pytest.mark.parametrize("shape", [(), (3,), (0,), (2, 0), (2, 3)])
@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_every_dtype_and_shape_comes_back(
    tmp_path: Path, name: str, shape: tuple[int, ...], suffix: str
) -> None:
    array = np.arange(math.prod(shape)).reshape(shape).astype(name)
    tensor = torch.tensor(array)
    assert same(through({"x": tensor}, tmp_path / f"x{suffix}"), {"x": tensor})


def test_a_tensor_alone_and_what_it_asks_for_come_back() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    assert same(through(x), x)
    result = through(x * 2)
    assert result.is_leaf
    assert result.requires_grad
    views = through([torch.ones(2, 3).T, torch.arange(6.0)[::2]])
    assert same(views, [torch.ones(3, 2), torch.tensor([0.0, 2.0, 4.0])])


def test_a_parameter_comes_back_as_a_parameter() -> None:
    back = through(torch.nn.Parameter(torch.ones(2), requires_grad=False))
    assert type(back) is torch.nn.Parameter
    assert not back.requires_grad


def test_what_was_loaded_can_be_changed() -> None:
    back = through(torch.zeros(2))
    back += 1
    assert back.tolist() == [1.0, 1.0]


def test_numpy_reads_the_file_and_we_read_numpys(tmp_path: Path) -> None:
    torch.save({"model": state_dict()}, tmp_path / "model.pt")
    with np.load(tmp_path / "model.pt") as arrays:
        np.testing.assert_array_equal(arrays["model/0.weight"], [[1, 2], [3, 4]])
    by_columns = np.asfortranarray([[1.0, 2.0], [3.0, 4.0]])
    np.savez(tmp_path / "plain.npz", a=np.arange(3), b=by_columns.astype(">f4"))
    expected = {"a": torch.arange(3), "b": torch.tensor([[1.0, 2.0], [3.0, 4.0]])}
    assert same(torch.load(tmp_path / "plain.npz"), expected)
    np.savez_compressed(tmp_path / "small.npz", a=np.zeros(100_000))
    assert torch.load(tmp_path / "small.npz")["a"].shape == (100_000,)


def test_the_same_data_give_the_same_file() -> None:
    first, second = io.BytesIO(), io.BytesIO()
    torch.save(checkpoint(), first)
    torch.save(checkpoint(), second)
    assert first.getvalue() == second.getvalue()


def test_a_safetensors_file_of_pytorch_loads() -> None:
    loaded = torch.load(FIXTURE)
    assert loaded["0.weight"].shape == (2, 3)
    assert loaded["1.num_batches_tracked"].dtype == torch.int64
    assert loaded["half"].tolist() == [1.5, -2.0]
    assert loaded["double"].tolist() == [[0.1], [0.2]]
    assert loaded["bytes"].tolist() == [0, 255]
    assert loaded["flags"].tolist() == [True, False]
    assert loaded["scalar"].item() == 7
    assert loaded["empty"].shape == (0, 3)
    torch.manual_seed(0)
    assert same(loaded["0.weight"], torch.nn.Linear(3, 2).weight.detach())


def test_a_file_object_is_read_from_where_it_stands(tmp_path: Path) -> None:
    buffer = io.BytesIO(b"before")
    buffer.seek(6)
    content = io.BytesIO()
    torch.save([1], content)
    buffer.write(content.getvalue())
    buffer.seek(6)
    assert torch.load(buffer) == [1]
    with (tmp_path / "x").open("wb") as stream:
        torch.save([2], stream)
    with (tmp_path / "x").open("rb") as stream:
        assert torch.load(stream) == [2]


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
keys = st.integers() | st.text() | st.booleans() | st.none() | st.tuples(st.integers(), st.text())
values = st.recursive(
    scalars | st.just(torch.tensor([1.5])),
    lambda inner: st.lists(inner) | st.dictionaries(keys, inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@given(values)
@settings(max_examples=100, deadline=None)
def test_anything_that_can_be_saved_comes_back(value: Any) -> None:
    assert same(through(value), value)


# What cannot be saved, and how it is written --------------------------------------------------


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": [object()]}, "builtins.object at ['a'][0]"),
        ({"loss": np.float64(3)}, "number.item()"),
        (defaultdict(list), "dict(x)"),
    ],
)
def test_what_cannot_be_saved_leaves_the_old_file(tmp_path: Path, value: Any, words: str) -> None:
    path = tmp_path / "x.pt"
    torch.save([1], path)
    with pytest.raises(TypeError) as caught:
        torch.save(value, path)
    assert words in str(caught.value)
    assert torch.load(path) == [1]
    assert os.listdir(tmp_path) == ["x.pt"]


def test_a_model_itself_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"model\.state_dict\(\)"):
        torch.save(torch.nn.Linear(2, 2), tmp_path / "x.pt")


def test_a_list_inside_of_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ValueError, match="inside of itself"):
        torch.save(endless, io.BytesIO())


@pytest.mark.parametrize("value", [[1], {"epoch": 3}, {1: torch.ones(1)}, torch.ones(1)])
def test_safetensors_takes_a_dict_of_tensors_only(tmp_path: Path, value: Any) -> None:
    with pytest.raises(TypeError, match="a dict of names and tensors"):
        torch.save(value, tmp_path / "x.safetensors")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.pt"
    torch.save([1], path)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        torch.save([2], path)
    assert torch.load(path) == [1]
    assert os.listdir(tmp_path) == ["x.pt"]


def test_links_permissions_and_devices_stay_as_they_are(tmp_path: Path) -> None:
    torch.save([1], os.devnull)
    assert not os.path.isfile(os.devnull)
    real, link = tmp_path / "real.pt", tmp_path / "link.pt"
    torch.save([1], real)
    real.chmod(0o600)
    link.symlink_to(real)
    torch.save([2], link)
    assert link.is_symlink()
    assert torch.load(real) == [2]
    assert real.stat().st_mode & 0o777 == 0o600


def test_pytorchs_words_for_places_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"Parent directory .* does not exist\."):
        torch.save([1], tmp_path / "none" / "x.pt")
    with pytest.raises(FileNotFoundError):
        torch.load(tmp_path / "none.pt")
    with pytest.raises(AttributeError, match="expected 'f' to be string, path"):
        torch.save([1], 3)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="Attempting to deserialize object on a CUDA device"):
        torch.load(tmp_path / "x.pt", map_location="cuda")
    with pytest.raises(Damaged, match=r"buffer\.seek\(0\)"):
        torch.load(io.BytesIO())


# Files that are wrong -------------------------------------------------------------------------


def zipped(**members: bytes | str) -> io.BytesIO:
    """An archive with these members; a name is written with __ for the point."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "."), content)
    buffer.seek(0)
    return buffer


def npy(header: str, data: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    return b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header.encode("latin1") + data


def contents(data: str) -> str:
    return f'{{"format": "microtorch", "version": 1, "data": {data}}}'


F4 = "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }"
ONE = npy(F4 % "1,", bytes(4))
DEEP = "[" * 100_000
BAD_ARRAYS = {
    "2^60 entries": npy(F4 % f"{2**60},", bytes(4)),
    "too few bytes": npy(F4 % "3,", bytes(4)),
    "too many bytes": npy(F4 % "3,", bytes(16)),
    "a negative length": npy(F4 % "-1,-1", bytes(4)),
    "an enormous shape": npy(F4 % ",".join(["0"] * 500)),
    "objects": npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"cos\nsystem\n."),
    "text": npy("{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }", bytes(4)),
    "complex": npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", bytes(8)),
    "fields": npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", bytes(4)),
    "code": npy("__import__('os').system('false')", bytes(4)),
    "a long header": npy(" " * 60_000 + F4 % "1,", bytes(4)),
    "another version": npy(F4 % "1,", bytes(4), b"\x09\x00"),
    "no header": b"\x93NUMPY",
    "nothing": b"",
}
BAD_CONTENTS = {
    "NaN": contents("[NaN]"),
    "a number that is too large": contents("[1e999]"),
    "a number without end": contents("1" * 10_000),
    "a key twice": contents('{"tuple": [], "tuple": []}'),
    "a dict's key twice": contents('{"dict": [["a", 1], ["a", 2]]}'),
    "a list as a key": contents('{"dict": [[[1], 2]]}'),
    "an unknown kind": contents('{"module": "os"}'),
    "an unknown dtype": contents('{"dtype": "object"}'),
    "a tensor that is missing": contents('{"tensor": "b"}'),
    "a tensor twice": contents('[{"tensor": "a"}, {"tensor": "a"}]'),
    "a tensor nobody asks for": contents("1"),
    "an empty object": contents("{}"),
    "another format": '{"format": "pickle", "version": 1, "data": 1}',
    "a later version": '{"format": "microtorch", "version": 2, "data": 1}',
    "no data": '{"format": "microtorch", "version": 1}',
    "too deep": contents(DEEP),
    "deep": contents("[" * 500 + "]" * 500),
    "no object": "[]",
    "no text": b"\xff\xfe",
}


@pytest.mark.parametrize("kind", BAD_ARRAYS)
def test_a_wrong_array_is_refused(kind: str) -> None:
    with pytest.raises(LoadError) as caught:
        torch.load(zipped(a__npy=BAD_ARRAYS[kind]))
    assert "cannot load the file object: " in str(caught.value)
    assert "\nHint: " in str(caught.value)


@pytest.mark.parametrize("kind", BAD_CONTENTS)
def test_wrong_contents_are_refused(kind: str) -> None:
    with pytest.raises(LoadError):
        torch.load(zipped(microtorch__json=BAD_CONTENTS[kind], a__npy=ONE))


@pytest.mark.parametrize(
    "name", ["../a__npy", "/a__npy", "b/../../a__npy", "c:a__npy", "a\\b__npy"]
)
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    with pytest.raises(Unsafe, match="leads out of the archive"):
        torch.load(zipped(**{name: ONE}))


def test_two_members_of_one_name_are_refused() -> None:
    content = zipped(a__npy=ONE, b__npy=ONE).getvalue().replace(b"b.npy", b"a.npy")
    with pytest.raises(Unsafe, match="twice"):
        torch.load(io.BytesIO(content))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.npy", npy(F4 % f"{2**20},", bytes(2**22)))
    monkeypatch.setattr(archive, "available_memory", lambda: 2**20)
    with pytest.raises(Unsafe, match="bytes of memory"):
        torch.load(io.BytesIO(buffer.getvalue()))


def test_a_size_that_cannot_be_is_refused() -> None:
    content = bytearray(zipped(a__npy=ONE).getvalue())
    place = content.index(b"PK\x01\x02") + 24  # the declared size, in the central directory
    content[place : place + 4] = struct.pack("<I", 2**30)
    with pytest.raises(Unsafe, match="larger than it can be"):
        torch.load(io.BytesIO(content))


@pytest.mark.parametrize(
    ("beginning", "words"),
    [
        (b"\x80\x02}q\x00.", "pickle"),
        (b"\x93NUMPY\x01\x00", "np.load"),
        (b"garbage, nothing else", "does not begin like"),
        (b"PK\x03\x04", "File is not a zip file"),
    ],
)
def test_a_file_of_another_kind_is_named(beginning: bytes, words: str) -> None:
    with pytest.raises(LoadError) as caught:
        torch.load(io.BytesIO(beginning))
    assert words in str(caught.value)


def test_a_file_of_pytorch_is_named_with_the_way_out() -> None:
    pickled = zipped(**{"model/data__pkl": b"\x80\x02}.", "model/data/0": bytes(4)})
    with pytest.raises(Unsupported, match=r"safetensors\.torch\.save_file"):
        torch.load(pickled)


def safetensors_file(header: Any, data: bytes = b"", length: int | None = None) -> io.BytesIO:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    size = len(text) if length is None else length
    return io.BytesIO(size.to_bytes(8, "little") + text + data)


BAD_SAFETENSORS = {
    "a header without end": safetensors_file({}, length=2**60),
    "data that are missing": safetensors_file(
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, bytes(4)
    ),
    "data that nobody owns": safetensors_file(
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, bytes(8)
    ),
    "an enormous shape": safetensors_file(
        {"a": {"dtype": "F32", "shape": [2**60], "data_offsets": [0, 4]}}, bytes(4)
    ),
    "bfloat16": safetensors_file(
        {"a": {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2]}}, bytes(2)
    ),
    "an unknown dtype": safetensors_file(
        {"a": {"dtype": "X", "shape": [1], "data_offsets": [0, 2]}}, bytes(2)
    ),
    "a name twice": safetensors_file(
        b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},'
        b'"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        bytes(1),
    ),
    "NaN": safetensors_file(b'{"a": NaN}'),
    "no dict": safetensors_file(b"{", b"[1, 2]"),
    "too deep": safetensors_file(b'{"a":' + DEEP.encode()),
}


@pytest.mark.parametrize("kind", BAD_SAFETENSORS)
def test_a_wrong_safetensors_file_is_refused(kind: str) -> None:
    with pytest.raises(LoadError):
        torch.load(io.BytesIO(BAD_SAFETENSORS[kind].getvalue()))


def written(suffix: str, tmp_path: Path) -> bytes:
    path = tmp_path / f"x{suffix}"
    tensors = {"w": torch.tensor([1.0, 2.0]), "n": torch.tensor(3)}
    torch.save(tensors if suffix == ".safetensors" else {"epoch": 3, **tensors}, path)
    return path.read_bytes()


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_a_file_that_is_cut_short_is_refused(tmp_path: Path, suffix: str) -> None:
    content = written(suffix, tmp_path)
    for length in range(len(content)):
        with pytest.raises(LoadError):
            torch.load(io.BytesIO(content[:length]))


def test_a_file_with_a_byte_changed_is_refused_or_loads_all_the_same(tmp_path: Path) -> None:
    """Checksums guard the contents; what is left are dates and the like."""
    content = written(".pt", tmp_path)
    expected = torch.load(io.BytesIO(content))
    refused = 0
    for place in range(len(content)):
        for change in (1, 0x80, 0xFF):
            altered = bytearray(content)
            altered[place] ^= change
            try:
                assert same(torch.load(io.BytesIO(altered)), expected)
            except LoadError:
                refused += 1
    assert refused > 2 * len(content)


def test_a_safetensors_file_with_a_byte_changed_never_loads_in_part(tmp_path: Path) -> None:
    """The format has no checksums: other numbers are possible, but no crash and nothing missing."""
    content = written(".safetensors", tmp_path)
    for place in range(len(content)):
        for change in (1, 0x80, 0xFF):
            altered = bytearray(content)
            altered[place] ^= change
            try:
                loaded = torch.load(io.BytesIO(altered))
            except LoadError:
                continue
            assert len(loaded) == 2
            assert sum(tensor.numel() * tensor.element_size() for tensor in loaded.values()) == 16


@given(st.binary(max_size=200), st.sampled_from([b"", b"PK\x03\x04", b"\x10\0\0\0\0\0\0\0{"]))
@settings(max_examples=200, deadline=None)
def test_no_bytes_at_all_do_harm(content: bytes, beginning: bytes) -> None:
    with pytest.raises(LoadError):
        torch.load(io.BytesIO(beginning + content))
