"""The key of an exercise: what its checks expect, and what each known mistake would give.

The key is made by ``release`` from runs of the reference solution and of the planted misconceptions.
It holds numbers and messages, never code.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from microtorch.classroom.content import content_dir, known_exercises
from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.values import Json

FORMAT = 1


@dataclass(frozen=True)
class Misconception:
    """A known mistake: the values it leads to, and what to say to its owner."""

    name: str
    message: str
    results: list[Json]


@dataclass(frozen=True)
class Check:
    """One check: ``function`` is called with each entry of ``inputs`` and must give ``results``.

    ``credit`` says how many points each returned value brings by itself; without it a check brings
    all of its points or none. Of the inputs only the first ``shown`` may be told to the learner;
    None means all.
    """

    name: str
    title: str
    points: float
    function: str
    arguments: list[str]
    returns: list[str]
    right: str
    rtol: float
    atol: float
    inputs: list[Json]
    results: list[Json]
    misconceptions: list[Misconception]
    credit: dict[str, float] | None = None
    shown: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """The check as plain data; what it does not use is left out."""
        plain = {name: value for name, value in vars(self).items() if value is not None}
        return {**plain, "misconceptions": [vars(known) for known in self.misconceptions]}


@dataclass(frozen=True)
class Key:
    """All checks of one exercise, in the order of the notebook."""

    exercise: str
    checks: list[Check]

    def check(self, name: str) -> Check | None:
        """The check called ``name``."""
        return next((check for check in self.checks if check.name == name), None)

    def to_json(self) -> str:
        """The text of the key file."""
        checks = [check.as_dict() for check in self.checks]
        data = {"format": FORMAT, "exercise": self.exercise, "checks": checks}
        return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Key:
        """Read the text of a key file."""
        return cls.from_data(json.loads(text))

    @classmethod
    def from_data(cls, data: Json) -> Key:
        """Read what ``to_json`` writes, as plain data."""
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']} is not {FORMAT}")
        checks = [
            Check(
                **{**check, "misconceptions": [Misconception(**m) for m in check["misconceptions"]]}
            )
            for check in data["checks"]
        ]
        return cls(data["exercise"], checks)


def load_key(path: Path) -> Key:
    """The key in the file ``path``.

    Raises:
        ClassroomError: if it is missing or is not a key that this version can read.
    """
    try:
        return Key.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join(known_exercises())
        raise ClassroomError(
            f"There is no exercise {path.stem!r}. The exercises of this microtorch are: {known}."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ClassroomError(
            f"The key {path.name} cannot be read ({type(error).__name__}: {error}). "
            "Delete it: microtorch then uses its own copy."
        ) from None


def find_key(exercise: str, folder: Path) -> Key:
    """The key of ``exercise``: beside the notebook in ``folder`` if there is one, else our own.

    The one beside the notebook goes first because it was made together with that notebook.
    """
    beside = folder / f"{exercise}.json"
    found = os.path.isfile(beside)  # False also where nobody may look
    return load_key(beside if found else content_dir("exercises") / beside.name)
