"""Write down PyTorch's public names and signatures, in the environment of make_golden.py.

cd tests
../torchenv/bin/python -m golden.make_api
python -m golden.make_api --count      # how many of them microtorch has
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

FILE = Path(__file__).parent / "data" / "api.json"
PLACES = [
    *("", "Tensor", "autograd", "autograd.functional", "linalg", "special"),
    *("nn", "nn.functional", "nn.init", "nn.utils", "nn.utils.rnn"),
    *("nn.utils.parametrize", "nn.utils.parametrizations", "func", "distributions"),
    *("optim", "optim.lr_scheduler", "utils.data", "random"),
]
NO_DEFAULT = inspect.Parameter.empty


def place(library: str, path: str) -> Any:
    """The module or class at a path such as ``nn.functional``."""
    thing = import_module(library)
    for part in path.split(".") if path else ():
        thing = getattr(thing, part)
    return thing


def names(thing: Any) -> list[str]:
    """Everything that can be reached there, but for what is meant to be private."""
    return sorted(name for name in dir(thing) if not name.startswith("_"))


def offered(path: str) -> list[str]:
    """The public names that microtorch itself defines at a place."""
    here = place("microtorch", path)
    return [name for name in getattr(here, "__all__", names(here)) if ours(getattr(here, name))]


def ours(thing: Any) -> bool:
    module = getattr(thing, "__module__", None) or "microtorch"
    return not isinstance(thing, ModuleType) and str(module).startswith("microtorch")


def signature(thing: Any, documented: bool = False) -> list[str] | None:
    """``["input", "dim=None", "*", "out=None"]``; None where nobody says.

    With ``documented``, the docstring is read if Python does not know.
    """
    try:
        parameters = list(inspect.signature(thing).parameters.values())
    except (ValueError, TypeError):
        return in_words(thing) if documented else None
    written, bare = [], True
    for p in parameters:
        if p.kind is p.KEYWORD_ONLY and bare:
            written.append("*")
        bare = bare and p.kind not in (p.KEYWORD_ONLY, p.VAR_POSITIONAL)
        stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        default = "" if p.default is NO_DEFAULT else f"={shown(p.default)}"
        written.append(f"{stars}{p.name}{default}")
    return written


def in_words(thing: Any) -> list[str] | None:
    """The first names in a docstring, which is all that functions in C have."""
    found = re.match(r"\s*\w+\((.+)\)( *->.*)?$", inspect.getdoc(thing) or "", re.MULTILINE)
    try:
        [function] = ast.parse(f"def f({found[1]}): ...").body if found else []
    except (SyntaxError, ValueError):
        return None
    return [*[a.arg for a in function.args.args], "**others"]  # type: ignore[attr-defined]


def shown(default: Any) -> str:
    """A default value as text: numbers and words as they are, all else by its name."""
    if default is None or isinstance(default, bool | str | tuple):
        return repr(default)
    if isinstance(default, int | float):
        return repr(float(default))  # 1 and 1.0 are one default
    name = getattr(default, "__name__", None) or str(default)
    return name.removeprefix("torch.")


def count() -> None:
    """How many callable names PyTorch and microtorch have in common, by place."""
    for path, known in json.loads(FILE.read_text(encoding="utf-8")).items():
        here = place("microtorch", path)
        found = [getattr(here, name) for name in known if hasattr(here, name)]
        common = [thing for thing in found if callable(thing) and ours(thing)]
        classes = sum(isinstance(thing, type) for thing in common)
        where = f"torch.{path}".rstrip(".")
        print(f"{where}: {len(common) - classes} functions, {classes} classes")


def main() -> None:
    api = {}
    for path in PLACES:
        thing = place("torch", path)
        documented = path != "Tensor"  # the docstrings of methods call many arguments otherwise
        api[path] = {name: signature(getattr(thing, name), documented) for name in names(thing)}
    lines = [f"{json.dumps(path)}: {json.dumps(known)}" for path, known in api.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    count() if "--count" in sys.argv else main()
