"""The journal of a grading: one line for each result, on the disk before anything else is done.

Whatever is killed, and whenever: what the journal has is not graded again, and what it lacks is.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from microtorch.classroom.errors import ClassroomError

Entry = dict[str, Any]


class Journal:
    """Open for one grader at a time; ``done`` has the last entry for each key."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done: dict[str, Entry] = {}

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.file = self.path.open("a+b")
        except OSError as error:
            raise ClassroomError(
                f"{self.path} cannot be written: {error.strerror or error}. Choose another --out."
            ) from None
        try:
            _lock(self.file.fileno())
        except OSError:
            self.file.close()
            raise ClassroomError(
                f"Another grading writes to {self.path.parent} just now. Wait for it, or choose "
                "another --out."
            ) from None
        self.file.seek(0)
        content = self.file.read()
        for line in content.splitlines():
            try:
                entry = json.loads(line)
                self.done[entry["key"]] = entry
            except (ValueError, LookupError, TypeError):
                continue  # cut off when a grader was killed: that one is graded again
        if content and not content.endswith(b"\n"):
            self.file.write(b"\n")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.file.close()

    def add(self, entry: Entry) -> None:
        """Write ``entry``; when this returns, it is on the disk."""
        self.file.write(json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        self.file.flush()
        os.fsync(self.file.fileno())
        self.done[entry["key"]] = entry


def _lock(descriptor: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: the teacher has one grader at a time in hand
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
