"""Copying the lessons and exercises to a learner's folder, never over the learner's work.

A file that exists is never touched. The folder's manifest keeps the hash of each file as it was
shipped, so that a later microtorch can tell "the learner wrote here" from "there is a newer version".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from microtorch.classroom.content import content_dir

MANIFEST = ".microtorch.json"


@dataclass
class Copied:
    """What became of each shipped file; names are relative to the learner's folder."""

    new: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    newer: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


def shipped() -> dict[str, bytes]:
    """Every file that comes with microtorch, by its name in the learner's folder.

    Only files directly in ``lessons`` and ``exercises`` count: folders in them belong to the authors.
    """
    return {
        f"{kind}/{path.name}": without_outputs(path.read_bytes())
        if path.suffix == ".ipynb"
        else path.read_bytes()
        for kind in ("lessons", "exercises")
        for path in sorted(content_dir(kind).iterdir())
        if path.is_file() and not path.name.startswith(".")
    }


def without_outputs(notebook: bytes) -> bytes:
    """A notebook as a learner gets it: a stored output would give a prediction's answer away."""
    data = json.loads(notebook)
    for cell in data["cells"]:
        if cell["cell_type"] == "code":
            cell.update(execution_count=None, outputs=[])
    return (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode()


def copy(files: dict[str, bytes], folder: Path) -> Copied:
    """Copy ``files`` to ``folder`` where they are missing.

    Raises:
        OSError: if the folder cannot be written; the learner's files are as before.
    """
    manifest = read_manifest(folder)
    digests = {name: sha256(content).hexdigest() for name, content in files.items()}
    copied = Copied()
    for name, content in files.items():
        if write_new(folder / name, content):
            fate = copied.new
        elif (folder / name).read_bytes() == content:
            fate = copied.same
        elif name not in manifest:
            fate = copied.foreign
        elif manifest[name] == digests[name]:
            fate = copied.edited
        else:
            fate = copied.newer
        fate.append(name)
    known = manifest | {name: digests[name] for name in copied.new + copied.same}
    if known != manifest:
        write_manifest(folder, known)
    return copied


def write_new(path: Path, content: bytes) -> bool:
    """Write a file that does not exist yet; False, and nothing done, if it does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = path.open("xb")
    except FileExistsError:
        return False
    try:
        with file:
            file.write(content)
    except OSError:
        path.unlink()  # half a lesson would be taken for the learner's own
        raise
    return True


def read_manifest(folder: Path) -> dict[str, str]:
    """The hash of each file as it was copied; empty where there is no readable manifest."""
    try:
        files = json.loads((folder / MANIFEST).read_bytes())["files"]
        return {str(name): str(digest) for name, digest in files.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}


def write_manifest(folder: Path, known: dict[str, str]) -> None:
    """Write the manifest in one step, so that it is never half there."""
    text = json.dumps({"files": dict(sorted(known.items()))}, indent=1)
    draft = folder / f"{MANIFEST}.new"
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(folder / MANIFEST)
