"""The pages that people read: one for each student, and one for the class."""

from __future__ import annotations

import base64
import html
import io
import json
import re
from collections import Counter
from collections.abc import Sequence

from microtorch.classroom.batch import Result
from microtorch.classroom.bundle import Bundle
from microtorch.classroom.feedback import SIGN
from microtorch.classroom.reader import role
from microtorch.classroom.values import JsonObject

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 54rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; }
.score { font-size: 1.25rem; margin-top: 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid #8886; vertical-align: top; }
td.status { white-space: nowrap; }
td.points { white-space: nowrap; text-align: right; }
code { font: .92em ui-monospace, monospace; background: #8882; border-radius: 4px; padding: .1em .3em; }
.right { color: #18794e; } .wrong, .error { color: #c2313a; } .not { color: #8a6d00; }
@media (prefers-color-scheme: dark) {
  .right { color: #4cc38a; } .wrong, .error { color: #ff8b8b; } .not { color: #f0c000; }
}
img { max-width: 100%; background: #fff; border-radius: 8px; margin: .5rem 0 1.5rem; }
.note { opacity: .8; }
"""
UNREADABLE = "This file could not be read as a notebook, so nothing in it could be graded."
FAILED = (
    "This notebook could not be graded, and that is not your fault. Your teacher has been told."
)


def student_page(result: Result) -> str:
    """The feedback for one student as HTML: tasks, points, messages; no expected hidden value."""
    report = result.report
    rows = "".join(
        f"<tr><td class='status {task.status.split()[0]}'>{SIGN[task.status]} {_text(task.status)}</td>"
        f"<td><strong>{_text(task.title)}</strong><br>{_rich(task.message)}</td>"
        f"<td class='points'>{task.points:g} of {task.max_points:g}</td></tr>"
        for task in report.tasks
    )
    table = (
        "<table><thead><tr><th scope='col'>Result</th><th scope='col'>Task</th>"
        f"<th scope='col'>Points</th></tr></thead><tbody>{rows}</tbody></table>"
    )
    told = {"failed": f"<p>{FAILED}</p>", "unreadable": f"<p>{UNREADABLE}</p>", "graded": table}
    notes = [] if result.status == "failed" else report.notes
    score = "" if result.score is None else f"{result.score:g} of {report.max_score:g} points"
    return _page(
        f"{report.exercise}: {result.submission.student}",
        f"<p class='score'>{score}</p>{told[result.status]}"
        + "".join(f"<p class='note'>{_text(note)}</p>" for note in notes),
    )


def student_notebook(result: Result, answers: dict[str, str], bundle: Bundle) -> str:
    """The exercise with the student's own answers, and below each check what became of it."""
    found = {task.name: task for task in result.report.tasks}
    cells: list[JsonObject] = []
    for cell in bundle.notebook["cells"]:
        kind, name = role(cell), cell["metadata"]["microtorch"].get("task", "")
        source = answers.get(name, cell["source"]) if kind == "task" else cell["source"]
        cells.append(_cell(cell["cell_type"], cell["id"], source))
        if kind == "task":
            current = name
        elif kind == "check":
            task = found[current]
            text = f"**{SIGN[task.status]} {task.points:g} of {task.max_points:g} points**: "
            text += f"{task.status}. {_text(task.message)}"
            cells.append(_cell("markdown", f"feedback-{len(cells)}", text))
    score = f"# {result.report.score:g} of {result.report.max_score:g} points\n\n"
    notes = "\n".join(f"- {_text(note)}" for note in result.report.notes)
    cells.insert(0, _cell("markdown", "feedback", score + notes))
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def class_page(results: Sequence[Result], bundle: Bundle) -> str:
    """How the class did: scores, hardest checks, most frequent misconceptions, as pictures."""
    graded = [result for result in results if result.status != "failed"]
    failed = len(results) - len(graded)
    scores = [result.report.score for result in graded]
    mean = f", {sum(scores) / len(scores):.1f} points on average" if scores else ""
    head = f"<p class='score'>{len(graded)} submissions{mean}.</p>"
    if failed:
        head += f"<p class='error'>{failed} could not be graded; grade again to try once more.</p>"
    pictures = "".join(
        f"<h2>{_text(title)}</h2><img alt='{_text(words)}' src='data:image/png;base64,{picture}'>"
        for title, words, picture in _pictures(graded, bundle)
    )
    rows = "".join(
        f"<tr><td>{_text(result.submission.student)}</td><td>{result.status}</td>"
        f"<td class='points'>{'' if result.score is None else f'{result.score:g}'}</td></tr>"
        for result in results
    )
    table = (
        "<h2>All submissions</h2><table><thead><tr><th scope='col'>Student</th>"
        "<th scope='col'>Status</th><th scope='col'>Points</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
    return _page(f"{bundle.exercise}: the class", head + pictures + table)


def _pictures(graded: Sequence[Result], bundle: Bundle) -> list[tuple[str, str, str]]:
    """Title, description and PNG of every picture."""
    if not graded:
        return []
    most = graded[0].report.max_score
    scores = Counter(round(result.report.score, 2) for result in graded)
    solved = {
        check.title: sum(_task_points(result, check.name) == check.points for result in graded)
        for check in bundle.key.checks
    }
    told = {
        (check.name, known.name): f"{check.title}: {known.name.replace('-', ' ')}"
        for check in bundle.key.checks
        for known in check.misconceptions
    }
    causes = Counter(
        told[task.name, task.cause]
        for result in graded
        for task in result.report.tasks
        if task.cause is not None and (task.name, task.cause) in told
    )
    hardest = dict(sorted(solved.items(), key=lambda item: item[1]))
    pictures = [
        (
            "Scores",
            f"Bars: how many submissions have how many of {most:g} points.",
            _bars(
                {f"{score:g}": scores[score] for score in sorted(scores)}, "points", "submissions"
            ),
        ),
        (
            "Solved, the hardest task first",
            "; ".join(f"{title}: {count} of {len(graded)}" for title, count in hardest.items()),
            _bars(hardest, "submissions with full points", "", across=True, limit=len(graded)),
        ),
    ]
    if causes:
        common = dict(causes.most_common(10))
        words = "; ".join(f"{title}: {count}" for title, count in common.items())
        picture = _bars(common, "submissions", "", across=True)
        pictures.append(("Most frequent misconceptions", words, picture))
    return pictures


def _bars(
    values: dict[str, int], x: str, y: str, *, across: bool = False, limit: int | None = None
) -> str:
    """A bar chart as PNG in base64."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    height = 0.8 + 0.42 * len(values) if across else 3.2
    figure = Figure(figsize=(8, height), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    names = list(values)
    if across:
        bars = axes.barh(names[::-1], [values[name] for name in names[::-1]], color="#3b6fb5")
        axes.set_xlim(0, (limit or max(values.values())) * 1.08 or 1)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        bars = axes.bar(names, list(values.values()), color="#3b6fb5")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.bar_label(bars, padding=3)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    image = io.BytesIO()
    figure.savefig(image, format="png")
    return base64.b64encode(image.getvalue()).decode("ascii")


def _task_points(result: Result, name: str) -> float:
    return next((task.points for task in result.report.tasks if task.name == name), 0.0)


def _page(title: str, body: str) -> str:
    return (
        f"<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><title>{_text(title)}</title>"
        "<meta name='viewport' content='width=device-width'>"
        f"<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; img-src data:; "
        f"style-src 'unsafe-inline'\"><style>{STYLE}</style></head>"
        f"<body><h1>{_text(title)}</h1>{body}</body></html>\n"
    )


def _cell(kind: str, id: str, source: str) -> JsonObject:
    cell: JsonObject = {
        "cell_type": kind,
        "id": id,
        "metadata": {},
        "source": source.splitlines(keepends=True),
    }
    if kind == "code":
        cell.update(execution_count=None, outputs=[])
    return cell


def _rich(text: str) -> str:
    """``text`` in HTML, with what stands between backticks as code.

    >>> _rich("`a < b` is & stays")
    '<code>a &lt; b</code> is &amp; stays'
    """
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _text(text))


def _text(text: str) -> str:
    return html.escape(text, quote=True)
