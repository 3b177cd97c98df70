"""The same assignment in the form of each grader: four tasks, checked with the same inputs.

A notebook has a set-up cell, four task cells with a check cell each, and cells of the student's own
that every grader runs. ``PLAIN`` has 10 code cells; ``ARRAYS`` has 19, with NumPy and a figure.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

POINTS = 2
HIDDEN = 4  # hidden inputs of a check
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


@dataclass(frozen=True)
class Task:
    """A task: the name of the function, its solution, one with a mistake, and its inputs."""

    name: str
    solution: str
    mistake: str
    numbers: int | None = None  # two lists of so many numbers; None for two numbers

    def inputs(self, count: int) -> list[tuple[Any, Any]]:
        """``count`` inputs, always the same ones."""
        numbers = random.Random(self.name)
        return [self._draw(numbers) for _ in range(count)]

    def _draw(self, numbers: random.Random) -> tuple[Any, Any]:
        one = self.numbers is None
        drawn = [[round(numbers.uniform(1, 9), 3) for _ in range(self.numbers or 1)] for _ in "xy"]
        return (drawn[0][0], drawn[1][0]) if one else (drawn[0], drawn[1])

    def cell(self, body: str) -> str:
        """The source of the task cell."""
        return f"def {self.name}(x, y):\n    {body}"


@dataclass(frozen=True)
class Workload:
    """An assignment: its set-up, its tasks, and the student's own cells in the middle."""

    name: str
    setup: str
    tasks: list[Task]
    own: list[str]

    @property
    def cells(self) -> int:
        return 1 + 2 * len(self.tasks) + len(self.own)

    def expected(self, task: Task, inputs: list[tuple[Any, Any]]) -> list[Any]:
        """What the solution gives."""
        names: dict[str, Any] = {}
        exec(f"{self.setup}\n{task.cell(task.solution)}", names)  # noqa: S102
        return [names[task.name](*values) for values in inputs]

    def answers(self, *, right: bool) -> dict[str, str]:
        """The task cells of a student; without ``right`` the first two tasks have a mistake."""
        return {
            task.name: task.cell(task.solution if right or k >= 2 else task.mistake)
            for k, task in enumerate(self.tasks)
        }


PLAIN = Workload(
    "plain",
    "import math",
    [
        Task("scale", "return 3 * x - y", "return 3 * x + y"),
        Task("length", "return math.sqrt(x * x + y * y)", "return x + y"),
        Task("mean", "return (x + y) / 2", "return x + y / 2"),
        Task("wave", "return sum(math.sin(k * x) / k for k in range(1, 99)) + y", "return y"),
    ],
    ["history = [scale(k, 1) for k in range(100)]\nmax(history)"],
)
ARRAYS = Workload(
    "arrays",
    "import matplotlib.pyplot as plt\nimport numpy as np",
    [
        Task("dot", "return float(np.dot(x, y))", "return float(np.sum(x))", 6),
        Task("distance", "return float(np.linalg.norm(np.subtract(x, y)))", "return 0.0", 6),
        Task("slope", "return float(np.polyfit(x, y, 1)[0])", "return 1.0", 6),
        Task("entropy", "p = np.divide(x, np.sum(x)); return float(-p @ np.log(p))", "return y", 6),
    ],
    [
        "x = np.linspace(-3, 3, 400)",
        "noise = np.random.default_rng(0).normal(size=x.size)",
        "y = np.sin(x) + 0.1 * noise",
        "A = np.vander(x, 8)",
        "weights, *_ = np.linalg.lstsq(A, y, rcond=None)",
        "fit = A @ weights",
        "errors = fit - y\nprint(errors.std())",
        "u, s, vt = np.linalg.svd(A, full_matrices=False)\ns",
        "counts, edges = np.histogram(errors, bins=20)",
        "fig, ax = plt.subplots()\nax.plot(x, y, '.')\nax.plot(x, fit)\nplt.show()",
    ],
)


def author(work: Workload) -> str:
    """The author's notebook for microtorch."""
    setup = f"{work.setup}\n\nfrom microtorch.classroom import exercise\n\ncheck = exercise('{work.name}')"
    cells = [_cell("setup", setup, microtorch={"role": "setup"})]
    for task in work.tasks:
        body = task.solution.replace("; ", "\n    ")
        solution = f"### BEGIN SOLUTION\n    {body}  # no mutants\n    ### END SOLUTION"
        count = task.numbers
        drawn = (
            "random.uniform(1, 9)"
            if count is None
            else f"[random.uniform(1, 9) for _ in range({count})]"
        )
        hidden = f"def draw(random):\n    return {drawn}, {drawn}"
        check = f"check('{task.name}', lambda x, y: {task.name}(x, y), inputs={task.inputs(3)})"
        noted = {"role": "check", "title": task.name, "returns": ["value"], "right": "Right."}
        cells += [
            _cell(
                task.name,
                task.cell(solution),
                microtorch={"role": "task", "task": task.name, "defines": [task.name]},
            ),
            _cell(
                f"{task.name}-check",
                f"### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS\n{check}",
                microtorch=noted,
                points=POINTS,
            ),
        ]
    return _notebook(cells)


def microtorch_submission(work: Workload, released: str, answers: dict[str, str]) -> str:
    """The learner's notebook that microtorch made, filled in."""
    cells = json.loads(released)["cells"]
    for cell in cells:
        task = cell["metadata"]["microtorch"].get("task")
        if cell["metadata"]["microtorch"]["role"] == "task":
            cell["source"] = answers[task]
    return _notebook(_with_own(work, cells))


def nbgrader_source(work: Workload) -> str:
    """The instructor's notebook for nbgrader, with checks as nbgrader's users write them."""
    cells = [_cell("setup", work.setup)]
    for task in work.tasks:
        solution = f"### BEGIN SOLUTION\n    {task.solution}\n    ### END SOLUTION"
        inputs = task.inputs(3 + HIDDEN)
        visible, hidden = asserts(work, task, inputs[:3]), asserts(work, task, inputs[3:])
        source = f"{visible}\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
        cells += [
            _cell(task.name, task.cell(solution)),
            _cell(f"{task.name}-check", source, points=POINTS),
        ]
    return _notebook(cells)


def nbgrader_submission(work: Workload, released: str, answers: dict[str, str]) -> str:
    """nbgrader's release, filled in."""
    cells = json.loads(released)["cells"]
    for cell in cells:
        cell["source"] = answers.get(cell["id"], cell["source"])
    return _notebook(_with_own(work, cells))


def otter_test(work: Workload, task: Task) -> str:
    """A test file for Otter."""
    inputs = task.inputs(3 + HIDDEN)
    cases = [
        {"code": _doctest(asserts(work, task, part)), "hidden": hidden, "locked": False}
        for part, hidden in ((inputs[:3], False), (inputs[3:], True))
    ]
    suite = {"cases": cases, "scored": True, "setup": "", "teardown": "", "type": "doctest"}
    test = {"name": task.name, "points": POINTS, "suites": [suite]}
    return f"OK_FORMAT = True\ntest = {test!r}\n"


def otter_submission(work: Workload, answers: dict[str, str]) -> str:
    """A notebook for Otter, filled in."""
    setup = f"{work.setup}\nimport otter\ngrader = otter.Notebook()"
    return _filled(work, answers, setup, lambda task: f"grader.check('{task.name}')")


def nbval_submission(work: Workload, answers: dict[str, str]) -> str:
    """A notebook whose stored outputs are what the solutions print."""
    cells = json.loads(
        _filled(work, answers, work.setup, lambda task: _printing(task, task.inputs(3 + HIDDEN)))
    )["cells"]
    for task in work.tasks:
        cell = next(cell for cell in cells if cell["id"] == f"{task.name}-check")
        wanted = work.expected(task, task.inputs(3 + HIDDEN))
        text = f"{[round(value, 6) for value in wanted]}\n"
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": text}]
        cell["execution_count"] = 1
    return _notebook(cells)


def asserts(work: Workload, task: Task, inputs: list[tuple[Any, Any]]) -> str:
    """A check as a test that raises."""
    wanted = work.expected(task, inputs)
    lines = [
        f"assert abs({task.name}({x}, {y}) - {value!r}) < 1e-6"
        for (x, y), value in zip(inputs, wanted, strict=True)
    ]
    return "\n".join(lines)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _printing(task: Task, inputs: list[tuple[Any, Any]]) -> str:
    return f"print([round({task.name}(x, y), 6) for x, y in {inputs}])"


def _doctest(source: str) -> str:
    return "\n".join(f">>> {line}" for line in source.splitlines())


def _filled(work: Workload, answers: dict[str, str], setup: str, check: Any) -> str:
    cells = [_cell("setup", setup)]
    for task in work.tasks:
        cells += [_cell(task.name, answers[task.name]), _cell(f"{task.name}-check", check(task))]
    return _notebook(_with_own(work, cells))


def _with_own(work: Workload, cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the student's own cells after the first task and its check."""
    own = [_code(f"own-{k}", source, {}) for k, source in enumerate(work.own)]
    return [*cells[:3], *own, *cells[3:]]


def _cell(
    name: str, source: str, *, microtorch: dict[str, Any] | None = None, points: int = 0
) -> dict[str, Any]:
    solution = "BEGIN SOLUTION" in source
    graded = {"schema_version": 3, "grade_id": name, "task": False, "solution": solution}
    graded |= {"grade": points > 0, "locked": not solution} | ({"points": points} if points else {})
    noted = {"microtorch": microtorch} if microtorch else {}
    return _code(name, source, {"nbgrader": graded, **noted})


def _code(name: str, source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    cell = {"cell_type": "code", "id": name, "metadata": metadata, "source": source}
    return {**cell, "outputs": [], "execution_count": None}


def _notebook(cells: list[dict[str, Any]]) -> str:
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})
