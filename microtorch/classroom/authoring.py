"""The author's notebook of an exercise: prose, solutions, checks and planted misconceptions.

The role of a cell stands in ``metadata.microtorch``:

======  =========================================================================================
prose   markdown for the learner: text and hints
setup   code that every check needs
task    ``task``: its name; ``defines``: the names it must define. The solution stands between
        ``### BEGIN SOLUTION`` and ``### END SOLUTION``
check   ``title``, ``returns`` (names of the returned values), ``right`` (what to say when all is
        right), optional ``rtol`` and ``atol``, optional ``credit`` (points for each returned value,
        for partial credit); it belongs to the task above it
demo    code for the learner that no check needs
======  =========================================================================================

A check cell begins with what learners never see, between ``### BEGIN HIDDEN TESTS`` and ``### END
HIDDEN TESTS``, and ends with the check that they do see:

- ``def draw(random)`` returns one tuple of arguments, drawn from a ``random.Random``;
- a class for each misconception. Its name is the misconception's, its docstring the message, and
  the rest of it the mistaken code. (Inside of a class it stands in nobody's way.);
- ``check.key(...)``, which ``microtorch release --nbgrader`` writes: what nbgrader grades by.

``metadata.nbgrader`` follows nbgrader's schema (version 3) and holds the points, so nbgrader makes a
release of the same notebook. The notebook's own ``metadata.microtorch.taught`` names the parts of
microtorch that the exercise asks for: a learner's answer cannot import them while it is graded.
"""

from __future__ import annotations

import ast
import math
import re
import textwrap
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.reader import load_own_notebook, noted, read_notebook, role
from microtorch.classroom.values import JsonObject, is_number

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
SOLUTION = re.compile(rf"^([ \t]*){BEGIN}\n.*?^[ \t]*{END}$", re.DOTALL | re.MULTILINE)
KEY = '''# Written by `microtorch release --nbgrader`.
check.key(
    r"""{}"""
)'''
HIDDEN_BEGIN, HIDDEN_END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
HIDDEN = re.compile(rf"^{HIDDEN_BEGIN}\n(.*?)^{HIDDEN_END}\n?", re.DOTALL | re.MULTILINE)
# A line that is meant to be one of the markers, however it is written.
MARKER = re.compile(
    r"^[ \t]*#+[ \t]*(?:BEGIN|END)[ \t]+(?:SOLUTION|HIDDEN TESTS?)\b.*$",
    re.MULTILINE | re.IGNORECASE,
)
MARKER_LINE = re.compile(rf"^[ \t]*({BEGIN}|{END})\n?", re.MULTILINE)
NEEDS: dict[str, tuple[str, ...]] = {  # what the metadata of a cell must hold, for each role
    "prose": (),
    "setup": (),
    "demo": (),
    "task": ("task", "defines"),
    "check": ("title", "returns", "right"),
}
GRADE_ID = re.compile(r"[a-zA-Z0-9_-]+\Z")
STUB = "raise NotImplementedError  # put your own lines here"


@dataclass(frozen=True)
class Mistake:
    """A planted misconception: its message, and the code that has it."""

    name: str
    message: str
    code: str


@dataclass(frozen=True)
class Hidden:
    """The hidden part of a check: the source of ``draw``, the misconceptions, the key for nbgrader."""

    draw: str | None
    mistakes: list[Mistake]
    key: str | None


@dataclass(frozen=True)
class AuthoredTask:
    """A task with its check, in the order of the notebook."""

    name: str
    cell: JsonObject
    check: JsonObject

    @property
    def solution(self) -> str:
        """The source of the task cell with the reference solution."""
        return MARKER_LINE.sub("", self.cell["source"])

    @property
    def blank(self) -> str:
        """The source of the task cell as the learner gets it."""
        return stub(self.cell["source"])

    @property
    def visible_check(self) -> str:
        """The source of the check cell as the learner gets it."""
        return without_hidden(self.check["source"])

    @cached_property
    def hidden(self) -> Hidden:
        """What stands between the markers of hidden tests in the check cell."""
        return read_hidden("\n".join(HIDDEN.findall(self.check["source"])))


@dataclass(frozen=True)
class AuthorNotebook:
    """An author's notebook, taken apart."""

    exercise: str
    notebook: JsonObject
    setup: str
    tasks: list[AuthoredTask]
    taught: list[str]

    @property
    def cells(self) -> list[JsonObject]:
        """All cells, in order."""
        cells: list[JsonObject] = self.notebook["cells"]
        return cells


def stub(source: str) -> str:
    """``source`` with ``raise NotImplementedError`` in the place of every solution.

    >>> print(stub("def one():\\n    ### BEGIN SOLUTION\\n    return 1\\n    ### END SOLUTION"))
    def one():
        raise NotImplementedError  # put your own lines here
    """
    return SOLUTION.sub(lambda found: found[1] + STUB, source)


def without_hidden(source: str) -> str:
    """``source`` without what stands between the markers of hidden tests.

    >>> without_hidden("check(1)\\n### BEGIN HIDDEN TESTS\\ndraw = 2\\n### END HIDDEN TESTS\\n")
    'check(1)'
    """
    return HIDDEN.sub("", source).strip("\n") if HIDDEN.search(source) else source


def read_hidden(code: str) -> Hidden:
    """Take the hidden part of a check apart.

    >>> read_hidden("class too_small:\\n    'Add one.'\\n    def f(x): return x").mistakes
    [Mistake(name='too-small', message='Add one.', code='def f(x): return x')]

    Raises:
        ValueError: if it is not Python, or if a class has no message or no code.
    """
    draw: list[str] = []
    mistakes: list[Mistake] = []
    key = None
    for node in ast.parse(code).body:
        if isinstance(node, ast.ClassDef):
            mistakes.append(_mistake(node, code))
        elif (found := _key_text(node)) is not None:
            key = found
        else:
            draw.append(ast.get_source_segment(code, node) or "")
    return Hidden("\n".join(draw) or None, mistakes, key)


def with_key(source: str, text: str) -> str:
    """The source of a check cell with ``text`` as what nbgrader grades by, in its hidden tests."""
    parts = HIDDEN.split(source)  # what is seen stands at 0, 2 ..., and what is hidden between
    hidden = [_without_key(part).rstrip("\n") for part in parts[1::2]]
    lines = [HIDDEN_BEGIN, *(f"{part}\n\n" for part in hidden if part), KEY.format(text), "\n"]
    return "\n".join([*lines, HIDDEN_END, "".join(parts[::2]).strip("\n")])


def _without_key(code: str) -> str:
    lines = code.splitlines(keepends=True)
    for node in reversed(ast.parse(code).body):
        if _key_text(node) is not None:
            del lines[node.lineno - 1 : node.end_lineno]
    return "".join(line for line in lines if line.rstrip("\n") != KEY.splitlines()[0])


def _mistake(node: ast.ClassDef, code: str) -> Mistake:
    message, start = ast.get_docstring(node), node.body[0].end_lineno
    body = textwrap.dedent("\n".join(code.splitlines()[start : node.end_lineno])).strip("\n")
    if not message or not body:
        raise ValueError(
            f"the class {node.name} lacks its message, a docstring, or the mistaken code below it"
        )
    return Mistake(node.name.replace("_", "-"), " ".join(message.split()), body)


def _key_text(node: ast.stmt) -> str | None:
    """The text in ``check.key(text)``, or None if ``node`` is something else."""
    call = node.value if isinstance(node, ast.Expr) else None
    if (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "key"
        and len(call.args) == 1
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    ):
        return call.args[0].value
    return None


def _load(path: Path) -> JsonObject:
    """The notebook at ``path``, in which every cell is known to have a role and a source."""
    read_notebook(path)  # explains what is no notebook
    notebook = load_own_notebook(path)
    ids: set[str] = set()
    grade_ids: set[str] = set()
    for place, cell in enumerate(notebook["cells"], start=1):
        meta = cell.get("metadata", {})
        own = meta.get("microtorch", {}) if isinstance(meta, dict) else {}
        kind = own.get("role") if isinstance(own, dict) else None
        needs = NEEDS.get(kind) if isinstance(kind, str) else None
        if needs is None:
            raise ClassroomError(
                f"{path.name}: cell {place} has the role {kind!r} in its metadata.microtorch. "
                f"It must be one of: {', '.join(NEEDS)}."
            )
        if not isinstance(cell.get("id"), str) or cell["id"] in ids:
            raise ClassroomError(
                f"{path.name}: cell {place} needs an id that no other cell has, not "
                f"{cell.get('id')!r}. JupyterLab gives one to every new cell."
            )
        ids.add(cell["id"])
        if missing := [name for name in needs if name not in own]:
            raise _error(path, cell, f"lacks {', '.join(missing)} in its metadata.microtorch")
        if (kind == "prose") != (cell["cell_type"] != "code"):
            raise _error(
                path, cell, f"is a {cell['cell_type']} cell, which the role {kind} cannot be"
            )
        if kind != "prose":
            grade_id = _dict(meta.get("nbgrader")).get("grade_id")
            if (
                not isinstance(grade_id, str)
                or not GRADE_ID.match(grade_id)
                or grade_id in grade_ids
            ):
                raise _error(
                    path,
                    cell,
                    "needs its own metadata.nbgrader.grade_id, of letters, digits, - and _, not "
                    f"{grade_id!r}",
                )
            grade_ids.add(grade_id)
        wrong = _wrong_marker(cell, str(kind))
        if kind in ("task", "check"):
            wrong = wrong or (_wrong_task(own) if kind == "task" else _wrong_check(meta, own))
        if wrong is not None:
            raise _error(path, cell, wrong)
    return notebook


def _wrong_marker(cell: JsonObject, kind: str) -> str | None:
    """What is wrong with the markers in a cell: what a lost one should hide would be released."""
    source = cell["source"]
    if kind != "task" and SOLUTION.search(source):
        return f"holds a solution, which only a cell with the role task may, not {kind}"
    if kind != "check" and HIDDEN.search(source):
        return f"holds hidden tests, which only a cell with the role check may, not {kind}"
    if left := MARKER.search(without_hidden(stub(source))):
        return (
            f"has the line {left[0].strip()!r}, which makes no pair. Write {BEGIN} and {END}, or "
            f"{HIDDEN_BEGIN} and {HIDDEN_END}"
        )
    return None


def _wrong_task(own: JsonObject) -> str | None:
    if not isinstance(own["task"], str) or not own["task"]:
        return f"needs a name for its task, not {own['task']!r}"
    if not _are_names(own["defines"]):
        return f'needs a list of names in `defines`, such as ["f"], not {own["defines"]!r}'
    return None


def _wrong_check(meta: JsonObject, own: JsonObject) -> str | None:
    points = _dict(meta.get("nbgrader")).get("points")
    if not _is_amount(points):
        return "needs its points, a number from 0 up, in metadata.nbgrader.points"
    if not isinstance(own["title"], str) or not isinstance(own["right"], str):
        return "needs a text as `title` and as `right`"
    if not _are_names(own["returns"]):
        return f'needs a list of names in `returns`, such as ["loss"], not {own["returns"]!r}'
    for name in ("rtol", "atol"):
        if name in own and not _is_amount(own[name]):
            return f"needs a number from 0 up as `{name}`, not {own[name]!r}"
    credit = own.get("credit")
    if credit is not None and not (
        isinstance(credit, dict) and all(map(_is_amount, credit.values()))
    ):
        return f"needs `credit` as {{name: points}} with points from 0 up, not {credit!r}"
    return None


def _is_amount(value: object) -> bool:
    return is_number(value) and 0 <= value < math.inf  # type: ignore[operator]


def _are_names(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(n, str) and n for n in value)


def _dict(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}


def read_author(path: Path) -> AuthorNotebook:
    """Take the author's notebook at ``path`` apart.

    Raises:
        ClassroomError: if a cell does not keep to the form above.
    """
    notebook = _load(path)
    cells: list[JsonObject] = notebook["cells"]
    setup: list[str] = []
    tasks: list[AuthoredTask] = []
    task: JsonObject | None = None
    for cell in cells:
        kind = role(cell)
        if kind == "setup":
            setup.append(cell["source"])
        elif kind == "task":
            if task is not None:
                raise _error(path, task, "has no check below it")
            if any(one.name == noted(cell)["task"] for one in tasks):
                raise _error(path, cell, f"is a second task called {noted(cell)['task']!r}")
            if not SOLUTION.search(cell["source"]):
                raise _error(path, cell, f"needs its solution between {BEGIN} and {END}")
            task = cell
        elif kind == "check":
            if task is None:
                raise _error(path, cell, "is a check without a task above it")
            tasks.append(AuthoredTask(task["metadata"]["microtorch"]["task"], task, cell))
            task = None
            try:
                tasks[-1].hidden  # noqa: B018  (is it well formed?)
            except (ValueError, SyntaxError) as error:
                raise _error(path, cell, f"has hidden tests that cannot be used: {error}") from None
    if task is not None:
        raise _error(path, task, "has no check below it")
    if not tasks:
        raise ClassroomError(
            f"{path.name} has no task: a cell with the role task, and below it one with the role check."
        )
    taught = _dict(_dict(notebook.get("metadata")).get("microtorch")).get("taught", [])
    if not isinstance(taught, list):
        raise ClassroomError(
            f'{path.name}: `taught` must be a list, such as ["microtorch"], not {taught!r}.'
        )
    return AuthorNotebook(path.stem, notebook, "\n".join(setup), tasks, taught)


def _error(path: Path, cell: JsonObject, what: str) -> ClassroomError:
    return ClassroomError(f"{path.name}: the cell {cell['id']!r} {what}.")
