"""The names of the library are PyTorch's names, and their parameters are PyTorch's parameters.

What PyTorch has is written down in golden/data/api.json, by golden/make_api.py.
"""

from __future__ import annotations

import json

import pytest
from golden.make_api import FILE, PLACES, offered, place, signature

PYTORCH = json.loads(FILE.read_text(encoding="utf-8"))

OWN: dict[str, set[str]] = {
    "": {
        *("draw", "explore", "landscape", "walk"),  # the pictures
        *("LAZY", "LAZY_MODULES", "LEFT_OUT", "no_dtype"),  # what __init__ itself is written with
        *("OF_LAYERS",),
    },
    "Tensor": {
        "apply",  # how the library records an operation
        "astype",  # NumPy's name: rules of operations work on arrays and on tensors
    },
    "autograd": {"Leaf", "Node", "sweep"},  # the engine, for those who read it
}
ELSEWHERE = {  # in PyTorch under torch, or in a module that microtorch does not have
    "autograd": {
        *("GradcheckError", "RemovableHandle", "is_anomaly_enabled"),
        *("is_anomaly_check_nan_enabled", "is_grad_enabled", "is_inference_mode_enabled"),
    },
    "random": {name for name in PYTORCH[""] if name.startswith(("rand", "normal"))}
    | {"bernoulli", "multinomial", "poisson"},
}
OTHER_SIGNATURES: dict[str, dict[str, str]] = {
    "": {
        "concatenate": "documented with axis, which is taken too",
        "enable_grad": "positional only in practice",
        "matrix_exp": "documented as A, but called input",
        "norm": "PyTorch places out before dtype; out is not supported",
        "searchsorted": "documented as values, but called input",
        "set_num_threads": "documented as int, its type",
        "Size": "positional only",
        "true_divide": "documented as dividend, but called input",
    },
    "Tensor": {"split": "the function's name; the method's own is split_size"},
    "autograd": {
        "enable_grad": "positional only in practice",
    },
    "linalg": {"matrix_power": "documented as A, but called input"},
    "nn.functional": {"one_hot": "documented as tensor, but called input"},
    "utils.data": {"random_split": "the default generator is None here, which means the same"},
}


@pytest.mark.parametrize("path", PLACES)
def test_pytorch_has_every_name(path: str) -> None:
    known = {*PYTORCH[path], *OWN.get(path, ()), *ELSEWHERE.get(path, ())}
    assert sorted(set(offered(path)) - known) == []


SIGNATURES = [
    pytest.param(path, name, id=f"{path or 'torch'}.{name}")
    for path in PLACES
    for name in offered(path)
    if PYTORCH[path].get(name) and signature(getattr(place("microtorch", path), name))
]


@pytest.mark.parametrize(("path", "name"), SIGNATURES)
def test_parameters_start_as_in_pytorch(path: str, name: str) -> None:
    """The same names in the same order with the same defaults; later ones may be missing."""
    mine = signature(getattr(place("microtorch", path), name))
    assert mine is not None
    if name not in OTHER_SIGNATURES.get(path, {}):
        assert fits(mine, PYTORCH[path][name], method=path == "Tensor")


@pytest.mark.parametrize(
    ("path", "name"), [(path, name) for path, found in OTHER_SIGNATURES.items() for name in found]
)
def test_every_exception_is_one(path: str, name: str) -> None:
    mine = signature(getattr(place("microtorch", path), name))
    assert mine is not None
    assert not fits(mine, PYTORCH[path][name], method=path == "Tensor")


def fits(mine: list[str], theirs: list[str], method: bool) -> bool:
    """Whether one signature is the beginning of the other, and keywords are known."""
    if method:
        mine = mine[1:]
        theirs = theirs[1:] if theirs[:1] == ["self"] else theirs
    positional, keywords = split(mine)
    known, known_keywords = split(theirs)
    if not all(agree(a, b) for a, b in zip(positional, known, strict=False)):
        return False
    return any(part.startswith("**") for part in theirs) or set(keywords) <= {
        *known,
        *known_keywords,
    }


def agree(mine: str, theirs: str) -> bool:
    """The same name and default; a docstring of PyTorch's tells the name alone."""
    return mine == theirs or ("=" not in theirs and word(mine) == theirs)


def split(parts: list[str]) -> tuple[list[str], list[str]]:
    """What may be given by place, and what by keyword only."""
    place = next((k for k, part in enumerate(parts) if part.startswith("*")), len(parts))
    return parts[:place], [part for part in parts[place:] if not part.startswith("*")]


def word(part: str) -> str:
    return part.partition("=")[0]


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (["input", "dim=None"], ["input", "axis=None"]),
        (["input", "dim=0.0"], ["input", "dim=-1.0"]),
        (["dim", "input"], ["input", "dim"]),
        (["input", "*", "scale=1.0"], ["input", "*", "alpha=1.0"]),
    ],
)
def test_another_signature_is_noticed(mine: list[str], theirs: list[str]) -> None:
    assert not fits(mine, theirs, method=False)
