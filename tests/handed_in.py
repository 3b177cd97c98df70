"""What several tests of the classroom are made of: files that are handed in, and a check."""

from __future__ import annotations

from pathlib import Path

from hostile import NAME

from microtorch.classroom.key import Check
from microtorch.classroom.submissions import Submission, find_submissions

# Three points for two values; the learner sees the first two inputs, and the third is hidden.
CHECK = Check(
    name="both",
    title='Both "halves"',
    points=3,
    function="f",
    arguments=["x"],
    returns=["a", "b"],
    right="Good.",
    rtol=1e-6,
    atol=1e-9,
    inputs=[[1.0], [2.0], [7.0]],
    results=[[1.0, 2.0], [2.0, 4.0], [7.0, 14.0]],
    misconceptions=[],
    credit={"a": 1, "b": 2},
    shown=2,
)


def touch(folder: Path, *names: str) -> None:
    """Files that are there, and no more."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}")


def hand_in(folder: Path, **notebooks: bytes) -> list[Submission]:
    """The submissions of a class: for each student what is in the file."""
    folder.mkdir(exist_ok=True)
    for name, content in notebooks.items():
        (folder / f"{name}.ipynb").write_bytes(content)
    return find_submissions(folder, NAME).submissions
