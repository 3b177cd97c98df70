"""Files for layers and optimization methods. They hold pickles: open only those that you trust."""

from __future__ import annotations

import os
import pickle
import tempfile
from pathlib import Path
from typing import Any


def save(thing: Any, path: str | os.PathLike[str], over_write: bool = False) -> None:
    """Write something to a file: all of it, or, if that is interrupted, nothing.

    Raises FileExistsError if the file is there already and is not to be overwritten.
    """
    file = Path(path)
    if file.exists() and not over_write:
        raise FileExistsError(f"{file} is there already; over_write=True replaces it.")
    handle, half = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            pickle.dump(thing, out)
        os.replace(half, file)
    except BaseException:
        Path(half).unlink(missing_ok=True)
        raise


def load(path: str | os.PathLike[str], kind: type) -> Any:
    """What a file holds.

    Raises FileNotFoundError if there is none, and TypeError if it holds something else.
    """
    with open(path, "rb") as file:
        thing = pickle.load(file)
    if not isinstance(thing, kind):
        raise TypeError(f"{path} holds a {type(thing).__name__}, not a {kind.__name__}.")
    return thing
