"""The microtorch that a student's kernel finds: without keys, and without what the exercise teaches.

The library must not be its own answer key. What is taught is not hidden by a trick inside of the
kernel, which a student could undo: the files are not there.
"""

from __future__ import annotations

import ast
import compileall
import shutil
from collections.abc import Iterable, Sequence
from importlib.util import cache_from_source
from pathlib import Path

from microtorch.classroom.content import PACKAGE
from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.names import parse

LEFT_OUT = ("_content", "cli", "__pycache__", "*.json")  # no kernel needs data, and a key is data
# What a check cell needs, and what it needs in turn: none of it computes anything.
NEEDED = ("__init__", "content", "errors", "exercise", "feedback", "key", "nbgrader", "values")

MISSING = '''"""Not there while an exercise is graded that asks for it."""
raise ImportError("""{message}""")
'''
NO_DEBUGGER = '''"""Stands in for the debugger, which ipykernel would load (a tenth of a second) and nobody asks."""
raise ImportError("There is no debugger while an exercise is graded.")
'''
EMPTY = '''"""microtorch without what the exercise asks for."""
def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise ImportError("""{message}""")
'''
MESSAGE = (
    "{name} is what this exercise asks you to write, so it is not there while the exercise is graded. "
    "Write it with your own lines."
)


def make_library(folder: Path, taught: Sequence[str]) -> Path:
    """Put a microtorch without the modules ``taught`` into ``folder``, and return the folder."""
    require_modules(taught)
    target = folder / "microtorch"
    if "microtorch" in taught:
        classroom = target / "classroom"
        classroom.mkdir(parents=True)
        for name in NEEDED:
            shutil.copy2(PACKAGE / "classroom" / f"{name}.py", classroom / f"{name}.py")
        (target / "__init__.py").write_text(
            EMPTY.format(message=MESSAGE.format(name="microtorch")), encoding="utf-8"
        )
        taught = [
            f"microtorch.{path.stem}"
            for path in PACKAGE.iterdir()
            if path.stem not in ("classroom", "__init__", "__main__", *LEFT_OUT)
            and (path.is_dir() or path.suffix == ".py")
        ]
    else:
        shutil.copytree(PACKAGE, target, ignore=shutil.ignore_patterns(*LEFT_OUT))
        for name in set(_modules(PACKAGE / "classroom")) - set(NEEDED):
            shutil.rmtree(target / "classroom" / name, ignore_errors=True)
            (target / "classroom" / f"{name}.py").unlink(missing_ok=True)
    for name in taught:
        place = folder.joinpath(*name.split("."))
        shutil.rmtree(place, ignore_errors=True)
        text = MISSING.format(message=MESSAGE.format(name=name))
        place.with_suffix(".py").write_text(text, encoding="utf-8")
    (folder / "debugpy.py").write_text(NO_DEBUGGER, encoding="utf-8")
    _copy_bytecode(target)
    compileall.compile_dir(folder, quiet=2, stripdir=str(folder))
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def _copy_bytecode(target: Path) -> None:
    """Take what Python has compiled of the very same files: to compile it again takes seconds."""
    for path in target.rglob("*.py"):
        original = PACKAGE / path.relative_to(target)
        compiled = Path(cache_from_source(str(original)))
        if compiled.is_file() and original.is_file() and _same(path, original):
            place = Path(cache_from_source(str(path)))
            place.parent.mkdir(exist_ok=True)
            shutil.copyfile(compiled, place)


def _same(copy: Path, original: Path) -> bool:
    one, other = copy.stat(), original.stat()
    return (one.st_mtime_ns, one.st_size) == (other.st_mtime_ns, other.st_size)


def require_modules(taught: Iterable[str]) -> None:
    """Raise ClassroomError unless every name in ``taught`` is microtorch or a module of it."""
    for name in taught:
        first, *rest = name.split(".") if isinstance(name, str) else [""]
        place = PACKAGE.joinpath(*rest)
        is_module = all(map(str.isidentifier, rest)) and (
            place.is_dir() or place.with_suffix(".py").is_file()
        )
        if first != "microtorch" or not is_module:
            raise ClassroomError(
                f"`taught` names {name!r}, which is no module of microtorch. Use names such as "
                "'microtorch' (all of it) or 'microtorch.optim'."
            )


def taught_imports(source: str, taught: Sequence[str]) -> list[str]:
    """The imports in ``source`` that ask for something taught.

    >>> taught_imports("import microtorch.optim as o\\nfrom microtorch import nn", ["microtorch.optim"])
    ['microtorch.optim']
    """
    return [
        name
        for name in imports(source)
        if any(name == part or name.startswith(f"{part}.") for part in taught)
        and not name.startswith("microtorch.classroom")
    ]


def imports(source: str) -> list[str]:
    """The names of all that ``source`` imports: of modules, and of what is in them.

    >>> imports("import numpy as np\\nfrom microtorch import nn")
    ['numpy', 'microtorch.nn']
    """
    tree = parse(source)
    nodes = list(ast.walk(tree)) if tree else []
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def _modules(folder: Path) -> list[str]:
    return [path.stem for path in folder.iterdir() if path.is_dir() or path.suffix == ".py"]
