"""The teacher's bundle of an exercise: all that grading needs, in one file that no learner may see.

It holds the pristine notebook, the key of the visible checks, and for every check a pool of drawn
inputs with what the reference solution and every planted misconception give for them. It is made
once, by ``release``: at grading time no solution is run, and none is there.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.hidden import DRAWS, VARIANTS, number_from
from microtorch.classroom.key import Check, Key
from microtorch.classroom.values import Json, JsonObject

FORMAT = 1
MAX_BYTES = 50_000_000


@dataclass(frozen=True)
class Pool:
    """Drawn inputs of one check, and the values for them: DRAWS in a row make one variant."""

    inputs: list[Json]
    results: list[Json]
    misconceptions: dict[str, list[Json]]


@dataclass(frozen=True)
class Bundle:
    """A bundle, read. ``pools`` go by the name of the task; ``taught`` cannot be imported."""

    exercise: str
    secret: str
    taught: list[str]
    notebook: JsonObject
    key: Key
    pools: dict[str, Pool]

    def variant(self, name: str, data: bytes) -> int:
        """Which variant the submission ``data`` called ``name`` gets: always the same one."""
        return number_from(self.secret, self.exercise, name, data.hex()) % VARIANTS

    def key_of(self, variant: int) -> Key:
        """The key with the inputs of ``variant`` behind those that the learner knows."""
        return Key(self.exercise, [self._check(check, variant) for check in self.key.checks])

    def _check(self, check: Check, variant: int) -> Check:
        pool = self.pools[check.name]
        part = slice(variant * DRAWS, (variant + 1) * DRAWS)
        return replace(
            check,
            inputs=check.inputs + pool.inputs[part],
            results=check.results + pool.results[part],
            misconceptions=[
                replace(known, results=known.results + pool.misconceptions[known.name][part])
                for known in check.misconceptions
            ],
            shown=len(check.inputs),
        )

    def to_json(self) -> str:
        """The text of the bundle file."""
        data = {
            "format": FORMAT,
            "exercise": self.exercise,
            "secret": self.secret,
            "taught": self.taught,
            "notebook": self.notebook,
            "key": json.loads(self.key.to_json()),
            "pools": {name: asdict(pool) for name, pool in self.pools.items()},
        }
        return json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n"


def load_bundle(path: Path) -> Bundle:
    """The bundle in the file ``path``.

    Raises:
        ClassroomError: with the cause and the way out, if it is not a bundle that can be read.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES:,} bytes")
        return read_bundle(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError:
        raise ClassroomError(
            f"There is no bundle {path}. `microtorch release AUTHOR.ipynb --to DIR` makes one."
        ) from None
    except (OSError, ValueError) as error:
        raise _unreadable(str(path), error) from None


def read_bundle(text: str, name: str) -> Bundle:
    """The bundle with the content ``text``; ``name`` is what errors call it.

    Raises:
        ClassroomError: as ``load_bundle``.
    """
    try:
        data = json.loads(text)
        if not isinstance(data, dict) or "pools" not in data:
            raise ValueError("it holds no `pools`")
        if data["format"] != FORMAT:
            raise ValueError(f"format {data['format']} is not {FORMAT}")
        bundle = Bundle(
            data["exercise"],
            data["secret"],
            data["taught"],
            data["notebook"],
            Key.from_data(data["key"]),
            {name: Pool(**pool) for name, pool in data["pools"].items()},
        )
        for cell in bundle.notebook["cells"]:
            cell["source"] = "".join(cell["source"])
        bundle.key_of(VARIANTS - 1)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable(name, error) from None
    return bundle


def _unreadable(name: str, error: Exception) -> ClassroomError:
    return ClassroomError(
        f"{name} is not a bundle that can be read ({type(error).__name__}: {error}). "
        "Make it again with `microtorch release AUTHOR.ipynb --to DIR`."
    )
