"""Read a learner's notebook: only the sources of its cells, within bounds, without trusting it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from microtorch.classroom.errors import BadSubmission, ClassroomError
from microtorch.classroom.names import parse
from microtorch.classroom.values import JsonObject

MAX_BYTES = 20_000_000
MAX_CELLS = 2_000
MAX_SOURCE = 1_000_000
MAX_PARTS = 500_000  # lists and objects: empty ones need thirty times the memory of their text
BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True)
class Cell:
    """What is taken over from a cell: its kind, its source, and the two ids it is found by."""

    kind: str
    source: str
    id: str | None
    grade_id: str | None


@dataclass(frozen=True)
class Notebook:
    """A notebook as far as it is read; ``exercise`` is the name that its metadata gives."""

    exercise: str | None
    cells: list[Cell]

    def code(self) -> list[Cell]:
        """The code cells, in order."""
        return [cell for cell in self.cells if cell.kind == "code"]


def read_notebook(path: Path) -> Notebook:
    """Read the notebook at ``path``.

    Raises:
        ClassroomError: with the cause and the way out, if it cannot be read as a notebook.
    """
    return parse_notebook(read_bytes(path), str(path))


def parse_notebook(data: bytes | str, name: str) -> Notebook:
    """Read the content of a notebook; ``name`` is what errors call it."""
    text = data if isinstance(data, str) else _text(data, name)
    if text.count("{") + text.count("[") > MAX_PARTS:
        raise BadSubmission(
            f"{name} is not a notebook, or its outputs hold too many parts. Choose Edit > Clear Outputs "
            "of All Cells in JupyterLab, save, and try again."
        )
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadSubmission(f"{name} is not a notebook: {_why_not_json(text, error)}") from None
    cells = _cells(content, name)
    if len(cells) > MAX_CELLS:
        raise BadSubmission(
            f"{name} has {len(cells)} cells; at most {MAX_CELLS} are read. Delete what is not yours."
        )
    notebook = Notebook(
        _string(_dict(_dict(_dict(content).get("metadata")).get("microtorch")).get("exercise")),
        [_cell(cell) for cell in cells if isinstance(cell, dict)],
    )
    if sum(len(cell.source) for cell in notebook.cells) > MAX_SOURCE:
        raise BadSubmission(
            f"{name} has more than {MAX_SOURCE:,} characters of source. "
            "Move data out of the cells and try again."
        )
    return notebook


def load_own_notebook(path: Path) -> JsonObject:
    """All of a notebook that we made ourselves, with the source of each cell as one string."""
    notebook: JsonObject = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        source = cell.get("source", "")
        if not isinstance(source, str | list) or not all(isinstance(line, str) for line in source):
            raise ClassroomError(
                f"{path}: the source of the cell {cell.get('id')!r} is no text. Open the notebook in "
                "JupyterLab and save it again."
            )
        cell["source"] = "".join(source)
    return notebook


def read_bytes(path: Path, name: str = "") -> bytes:
    """What is in the file ``path``; ``name`` is what errors call it, if not by its path.

    Raises:
        ClassroomError: with the cause and the way out, if it cannot be read or is too large.
    """
    name = name or str(path)
    try:
        if path.is_dir():
            raise BadSubmission(
                f"{name} is a folder. Name one notebook in it, a file that ends in .ipynb."
            )
        if path.exists() and not path.is_file():
            raise BadSubmission(f"{name} is no ordinary file, so there is no notebook in it.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise BadSubmission(
                f"{name} has {size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read. "
                "Choose Edit > Clear Outputs of All Cells in JupyterLab, save, and try again."
            )
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ClassroomError(
            f"There is no file {name}. Check the name and the folder you are in; "
            "notebooks end in .ipynb."
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ClassroomError(  # perhaps the disk's fault, or that of who may read it
            f"{name} cannot be read: {reason}. Check that it is a file and that you may read it."
        ) from None


def _text(data: bytes, name: str) -> str:
    if data.startswith(b"PK\x03\x04"):
        raise BadSubmission(f"{name} is a zip archive. Unpack it, and hand in the notebook in it.")
    encoding = next((e for mark, e in BYTE_ORDER_MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise BadSubmission(
            f"{name} is not UTF-8 text, so it is not a notebook or it was damaged. "
            "Open it in JupyterLab and save it again, or start from a fresh copy of the exercise."
        ) from None


def _why_not_json(text: str, error: Exception) -> str:
    start = text.lstrip()[:200].lower()
    if not start:
        return "the file is empty. Start from a fresh copy of the exercise."
    if start.startswith(("<!doctype", "<html")):
        return "it is a web page. Download the notebook itself (the raw file) and try again."
    if "<<<<<<< " in text:
        return "it holds git's conflict marks (<<<<<<<). Settle the conflict and try again."
    if not start.startswith(("{", "[")) and parse(text):
        return (
            "it is Python code, not valid JSON. Hand in the notebook (.ipynb) that it comes from."
        )
    return (
        f"it is not valid JSON ({error}). Open it in JupyterLab and save it again, "
        "or start from a fresh copy of the exercise."
    )


def _cells(data: Any, name: str) -> list[Any]:
    version = _dict(data).get("nbformat")
    cells = None
    if version == 4:
        cells = data.get("cells")
    elif version == 3 and isinstance(data.get("worksheets"), list):
        cells = [c for sheet in data["worksheets"] for c in _list(_dict(sheet).get("cells"))]
    if not isinstance(cells, list):
        raise BadSubmission(
            f"{name} is JSON, but not a notebook in a format that can be read (nbformat 3 or 4). "
            "Open it in JupyterLab and save it again, or start from a fresh copy of the exercise."
        )
    return cells


def _cell(cell: dict[str, Any]) -> Cell:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    text = source if isinstance(source, str) else ""
    text = text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair cannot be sent
    grade_id = _dict(_dict(cell.get("metadata")).get("nbgrader")).get("grade_id")
    return Cell(
        kind=_string(cell.get("cell_type")) or "",
        source=text.replace("\r\n", "\n").lstrip("\ufeff").rstrip("\n"),
        id=_string(cell.get("id")),
        grade_id=_string(grade_id),
    )


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def noted(cell: JsonObject) -> JsonObject:
    """What microtorch itself has noted about a cell of one of its own notebooks."""
    own: JsonObject = cell["metadata"]["microtorch"]
    return own


def role(cell: JsonObject) -> str:
    """What a cell is for: "task", "check", "setup", ..."""
    return str(noted(cell)["role"])
