"""The author's notebook of an exercise: prose, solutions, checks and planted misconceptions.

The role of a cell stands in ``metadata.microtorch``:

=============  ==================================================================================
prose          markdown for the learner: text and hints
setup          code that every check needs
task           ``task``: its name; ``defines``: the names it must define. The solution stands
               between ``### BEGIN SOLUTION`` and ``### END SOLUTION``
check          ``title``, ``returns`` (names of the returned values), ``right`` (what to say when all
               is right), optional ``rtol`` and ``atol``, optional ``credit`` (points for each
               returned value, for partial credit); it belongs to the task above it. Between
               ``### BEGIN HIDDEN TESTS`` and ``### END HIDDEN TESTS`` stands ``def draw(random)``:
               it returns one tuple of arguments, drawn from a ``random.Random``, for the grading
misconception  for authors only, below the check. First line ``### MISCONCEPTION name``, then the
               message as comment lines, then the mistaken code
demo           code for the learner that no check needs
=============  ==================================================================================

``metadata.nbgrader`` follows nbgrader's schema (version 3) and holds the points. The notebook's own
``metadata.microtorch.taught`` names the parts of microtorch that the exercise asks for: a learner's
answer cannot import them while it is graded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.reader import load_own_notebook, read_notebook, role
from microtorch.classroom.values import JsonObject

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
SOLUTION = re.compile(rf"^([ \t]*){BEGIN}\n.*?^[ \t]*{END}$", re.DOTALL | re.MULTILINE)
HIDDEN_BEGIN, HIDDEN_END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
HIDDEN = re.compile(rf"^{HIDDEN_BEGIN}\n(.*?)^{HIDDEN_END}\n?", re.DOTALL | re.MULTILINE)
MARKER_LINE = re.compile(rf"^[ \t]*({BEGIN}|{END})\n?", re.MULTILINE)
MISCONCEPTION = re.compile(r"### MISCONCEPTION ([a-z0-9-]+)\n((?:# ?[^\n]*\n)+)(.+)", re.DOTALL)
NEEDS: dict[str, tuple[str, ...]] = {  # what the metadata of a cell must hold, for each role
    "prose": (),
    "setup": (),
    "demo": (),
    "misconception": (),
    "task": ("task", "defines"),
    "check": ("title", "returns", "right"),
}
STUB = "raise NotImplementedError  # put your own lines here"


@dataclass(frozen=True)
class Mistake:
    """A planted misconception: its message, and the code that has it."""

    name: str
    message: str
    code: str


@dataclass(frozen=True)
class AuthoredTask:
    """A task with its check and its misconceptions, in the order of the notebook."""

    name: str
    cell: JsonObject
    check: JsonObject
    mistakes: list[Mistake]

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

    @property
    def draw(self) -> str | None:
        """The source of ``draw``, if the check has hidden inputs."""
        found = HIDDEN.search(self.check["source"])
        return found[1] if found else None


@dataclass(frozen=True)
class AuthorNotebook:
    """An author's notebook, taken apart."""

    exercise: str
    cells: list[JsonObject]
    setup: str
    tasks: list[AuthoredTask]
    taught: list[str]


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
    return HIDDEN.sub("", source).rstrip("\n") if HIDDEN.search(source) else source


def _load(path: Path) -> JsonObject:
    """The notebook at ``path``, in which every cell is known to have a role and a source."""
    read_notebook(path)  # explains what is no notebook
    notebook = load_own_notebook(path)
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
        if missing := [name for name in needs if name not in own]:
            raise _error(path, cell, f"lacks {', '.join(missing)} in its metadata.microtorch")
        points = meta.get("nbgrader", {}).get("points")
        if kind == "check" and (not isinstance(points, int | float) or points < 0):
            raise _error(path, cell, "needs its points, a number, in metadata.nbgrader.points")
    return notebook


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
            if not SOLUTION.search(cell["source"]):
                raise _error(path, cell, f"needs its solution between {BEGIN} and {END}")
            task = cell
        elif kind == "check":
            if task is None:
                raise _error(path, cell, "is a check without a task above it")
            tasks.append(AuthoredTask(task["metadata"]["microtorch"]["task"], task, cell, []))
            task = None
        elif kind == "misconception":
            found = MISCONCEPTION.fullmatch(cell["source"])
            if found is None or not tasks or task is not None:
                raise _error(path, cell, "is not a misconception with a name, a message and code")
            message = " ".join(line.lstrip("# ").rstrip() for line in found[2].splitlines())
            tasks[-1].mistakes.append(Mistake(found[1], message, found[3]))
    if task is not None:
        raise _error(path, task, "has no check below it")
    taught = notebook["metadata"].get("microtorch", {}).get("taught", [])
    return AuthorNotebook(path.stem, cells, "\n".join(setup), tasks, taught)


def _error(path: Path, cell: JsonObject, what: str) -> ClassroomError:
    return ClassroomError(f"{path.name}: the cell {cell['id']!r} {what}.")
