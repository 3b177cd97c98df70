"""Loaded before nbval: keeps its start short.

nbval loads nbformat, and that loads two packages that can tell whether a notebook keeps to its format:
it judges by ``fastjsonschema``, and takes only names from ``jsonschema``, which is slow to load
(a fifth of a second), to lay out what is wrong. Here it only reads notebooks that we have written
ourselves, so the names are enough.

nbval also asks for the version of ``coverage``, which nobody measures here, and jupyter_client asks
``IPython``, if it is there, for one more folder that may describe kernels; ours are not in it.
"""

from __future__ import annotations

import sys
import types


def stand_in(name: str, **content: object) -> None:
    """Let ``import name`` give a module with ``content``, unless it is loaded already."""
    module = types.ModuleType(name)
    module.__dict__.update(content)
    sys.modules.setdefault(name, module)


class ValidationError(Exception):
    """A notebook that does not keep to the format."""

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)


class Validator:
    """Is asked what is wrong with a notebook, after that is known to be something."""

    def __init__(self, schema: object) -> None:
        pass

    def iter_errors(self, notebook: object, schema: object = None) -> list[ValidationError]:
        """One error, without the details."""
        return [ValidationError("It does not keep to the format of notebooks.")]


sys.modules.setdefault("IPython", None)  # type: ignore[arg-type]  # so Python says: not there
stand_in("coverage", version_info=(7, 0, 0))
stand_in("jsonschema", Draft4Validator=Validator, __path__=[])
stand_in("jsonschema.exceptions", ErrorTree=object, ValidationError=ValidationError)
