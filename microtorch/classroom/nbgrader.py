"""What a check does when nbgrader runs it: raise an error, or return points.

nbgrader knows nothing of published values. It looks at the cell: an error brings no points, a number
as the cell's result that many, anything else all of them. Points are given for what nbgrader's own
hidden tests expect, ``check.key(...)`` in the author's notebook: the values for the inputs that the
learner sees, and for hidden ones. ``microtorch release --nbgrader`` writes it there.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator

from microtorch.classroom.feedback import Verdict
from microtorch.classroom.key import Check

RUNNING = "NBGRADER_EXECUTION"  # nbgrader sets it, to "autograde" or "validate"
LISTS = ("inputs", "results")


class CheckFailed(AssertionError):
    """A check without points; nbgrader's feedback shows its text, and no lines of ours."""

    def _render_traceback_(self) -> list[str]:  # IPython asks for it
        return [f"{type(self).__name__}: {self}"]


def is_running() -> bool:
    """Whether this kernel was started by ``nbgrader autograde`` or ``nbgrader validate``."""
    return bool(os.environ.get(RUNNING))


@contextlib.contextmanager
def without_warnings() -> Iterator[None]:
    """nbgrader takes all points from a cell that writes to stderr: a warning would do that."""
    with contextlib.redirect_stderr(sys.stdout):
        yield


def points(check: Check, verdict: Verdict) -> float | None:
    """The result of the check's cell: None for all points, a number for a part of them.

    Raises:
        CheckFailed: if there are no points.
    """
    if verdict.status == "right":
        return None
    earned = round(check.points * verdict.fraction, 6)
    if not earned:
        raise CheckFailed(f"{check.title}: {verdict.status}. {verdict.hint}")
    return earned


def key_text(check: Check) -> str:
    """What ``check.key`` reads: one line for each entry, so that two versions can be compared.

    The misconceptions stay out, as no points hang on them.
    """
    entries = []
    for name, value in check.as_dict().items():
        if name != "misconceptions":
            text = _dumps(value)
            if name in LISTS:
                text = "[\n  " + ",\n  ".join(map(_dumps, value)) + "\n ]"
            entries.append(f" {_dumps(name)}: {text}")
    return "{\n" + ",\n".join(entries) + "\n}"


def read_key(text: str) -> Check:
    """The check that ``key_text`` wrote."""
    return Check(**json.loads(text), misconceptions=[])


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
