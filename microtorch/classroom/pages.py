"""The pages that people read: one for each student, and one for the class."""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from microtorch.classroom.bars import columns, rows
from microtorch.classroom.batch import Result
from microtorch.classroom.bundle import Bundle
from microtorch.classroom.feedback import SIGN
from microtorch.classroom.reader import role
from microtorch.classroom.values import JsonObject
from microtorch.classroom.work import VERSION

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 54rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .2rem; }
.score { font-size: 1.25rem; margin-top: 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid #8886; vertical-align: top; }
td.status { white-space: nowrap; }
.points { white-space: nowrap; text-align: right; }
code { font: .92em ui-monospace, monospace; background: #8882; border-radius: 4px; padding: .1em .3em; }
.right { color: #18794e; } .wrong, .error { color: #c2313a; } .not { color: #8a6d00; }
@media (prefers-color-scheme: dark) {
  .right { color: #4cc38a; } .wrong, .error { color: #ff8b8b; } .not { color: #f0c000; }
}
.note { opacity: .8; }
a { color: inherit; text-underline-offset: .15em; text-decoration-color: #8888; }
table.class td, table.class th { padding: .25rem .6rem; }
ul.lists { columns: 20rem; padding-left: 1.2rem; }
svg.bars { width: 100%; font: 14px system-ui, sans-serif; fill: currentColor; margin-bottom: 1rem; }
svg.bars rect { fill: #3b6fb5; } svg.bars .room { fill: #8882; }
svg.bars .axis { opacity: .7; } svg.bars line { stroke: #888a; }
@media (prefers-color-scheme: dark) { svg.bars rect:not(.room) { fill: #6ea0e0; } }
"""
ROWS = 1000  # of a table on one page: a browser opens it at once
LISTS = "class"  # the folder for the pages of a large class
MOST_BARS = 24
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
        f"<th scope='col' class='points'>Points</th></tr></thead><tbody>{rows}</tbody></table>"
    )
    told = {"failed": f"<p>{FAILED}</p>", "unreadable": f"<p>{UNREADABLE}</p>", "graded": table}
    notes = [] if result.status == "failed" else report.notes
    score = "" if result.score is None else f"{result.score:g} of {report.max_score:g} points"
    return _page(
        f"{report.exercise}: {result.submission.student}",
        f"{stamp(result)}<p class='score'>{score}</p>{told[result.status]}"
        + "".join(f"<p class='note'>{_text(note)}</p>" for note in notes),
    )


def stamp(result: Result) -> str:
    """A comment that only the page of this very result has; none if it may be graded again."""
    if result.status == "failed":
        return ""
    text = f"{result.key} {VERSION}"
    return f"<!-- {hashlib.sha256(text.encode()).hexdigest()[:32]} -->"


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
    """How the class did: scores, hardest checks, most frequent misconceptions, as pictures.

    A class of more than ROWS has its lists on pages of their own: ``list_pages``.
    """
    graded = [result for result in results if result.status != "failed"]
    failed = len(results) - len(graded)
    scores = [result.report.score for result in graded]
    mean = f", {sum(scores) / len(scores):.1f} points on average" if scores else ""
    head = f"<p class='score'>{len(graded):,} submissions{mean}.</p>"
    if failed:
        head += f"<p class='error'>{failed} could not be graded; grade again to try once more.</p>"
    pictures = "".join(
        f"<h2>{_text(title)}</h2>{picture}" for title, picture in _pictures(graded, bundle)
    )
    if len(results) <= ROWS:
        tables = f"<h2>All submissions</h2>{_table(results, bundle, '')}"
    else:
        links = "".join(
            f"<li><a href='{LISTS}/{name}'>{_text(part[0].submission.student)} – "
            f"{_text(part[-1].submission.student)}</a></li>"
            for name, part in _parts(results)
        )
        tables = f"<h2>All submissions</h2><ul class='lists'>{links}</ul>"
        odd = [result for result in results if result.status != "graded"]
        if odd:
            more = "" if len(odd) <= ROWS else f" (the first {ROWS})"
            tables += f"<h2>Not graded or not readable: {len(odd):,}{more}</h2>"
            tables += _table(odd[:ROWS], bundle, "")
    return _page(f"{bundle.exercise}: the class", head + pictures + tables)


def list_pages(results: Sequence[Result], bundle: Bundle) -> Iterator[tuple[str, str]]:
    """For a large class, name and text of each page with a part of the list."""
    if len(results) <= ROWS:
        return
    parts = _parts(results)
    for k, (name, part) in enumerate(parts):
        links = ["<a href='../class.html'>The class</a>"]
        links += [f"<a href='{parts[k - 1][0]}'>Before</a>"] if k else []
        links += [f"<a href='{parts[k + 1][0]}'>Next</a>"] if k + 1 < len(parts) else []
        title = f"{bundle.exercise}: submissions {k * ROWS + 1:,} to {k * ROWS + len(part):,}"
        way = f"<p>{' · '.join(links)}</p>"
        yield name, _page(title, f"{way}{_table(part, bundle, '../')}{way}")


def _parts(results: Sequence[Result]) -> list[tuple[str, Sequence[Result]]]:
    """The class in parts of ROWS, each with the name of its page."""
    starts = range(0, len(results), ROWS)
    return [(f"{k:03}.html", results[start : start + ROWS]) for k, start in enumerate(starts, 1)]


def _table(results: Sequence[Result], bundle: Bundle, root: str) -> str:
    """A row for each student, with a sign for each task; ``root`` is the way to the reports."""
    checks = bundle.key.checks
    heads = "".join(
        f"<th scope='col' title='{_text(check.title)}'>{k}</th>"
        for k, check in enumerate(checks, 1)
    )
    rows = "".join(
        f"<tr><td><a href='{root}feedback/{result.submission.file_name}.html'>"
        f"{_text(result.submission.student)}</a></td>"
        f"<td>{'' if result.status == 'graded' else result.status}</td>"
        f"{_signs(result, len(checks))}"
        f"<td class='points'>{'' if result.score is None else f'{result.score:g}'}</td></tr>"
        for result in results
    )
    return (
        "<table class='class'><thead><tr><th scope='col'>Student</th><th scope='col'></th>"
        f"{heads}<th scope='col' class='points'>Points</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _signs(result: Result, count: int) -> str:
    if result.status != "graded":
        return "<td></td>" * count
    return "".join(
        f"<td class='{task.status.split()[0]}' title='{_text(task.status)}'>{SIGN[task.status]}</td>"
        for task in result.report.tasks
    )


def _pictures(graded: Sequence[Result], bundle: Bundle) -> list[tuple[str, str]]:
    """Title and SVG of every picture."""
    if not graded:
        return []
    most = graded[0].report.max_score
    scores = _distribution([result.report.score for result in graded], most)
    titles = {check.name: check.title for check in bundle.key.checks}
    solved = Counter(dict.fromkeys(titles.values(), 0))
    causes: Counter[str] = Counter()
    known = {
        (check.name, one.name): f"{check.title}: {one.name.replace('-', ' ')}"
        for check in bundle.key.checks
        for one in check.misconceptions
    }
    for result in graded:
        for task in result.report.tasks:
            solved[titles.get(task.name, task.title)] += task.points == task.max_points
            if (cause := known.get((task.name, task.cause or ""))) is not None:
                causes[cause] += 1
    hardest = sorted(solved.items(), key=lambda item: item[1])
    n = len(graded)
    words = f"How many submissions have how many of {most:g} points: {_words(scores)}"
    pictures = [
        ("Scores", columns(scores, f"points of {most:g}", "submissions", words)),
        (
            "Solved, the hardest task first",
            rows(hardest, n, "submissions with full points", _words(hardest)),
        ),
    ]
    if causes:
        common = causes.most_common(10)
        pictures.append(
            ("Most frequent misconceptions", rows(common, n, "submissions", _words(common)))
        )
    return pictures


def _distribution(scores: Sequence[float], most: float) -> list[tuple[str, int]]:
    """How many submissions have each score; parts of a point are put together where they are many."""
    if all(score == round(score) for score in scores) and most == round(most) <= MOST_BARS:
        exact = Counter(round(score) for score in scores)
        return [(str(score), exact[score]) for score in range(round(most) + 1)]
    different = sorted({round(score, 2) for score in scores})
    if len(different) <= MOST_BARS // 2:
        found = Counter(round(score, 2) for score in scores)
        return [(f"{score:g}", found[score]) for score in different]
    width = most / 10
    binned = Counter(min(9, int(score / width)) for score in scores)
    return [(f"{k * width:.4g}–{(k + 1) * width:.4g}", binned[k]) for k in range(10)]


def _words(bars: Sequence[tuple[str, int]]) -> str:
    return "; ".join(f"{label}: {count}" for label, count in bars if count)


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
