"""Why a file cannot be loaded."""

from __future__ import annotations


class LoadError(RuntimeError):
    """A file cannot be loaded; nothing of it has been."""

    def __init__(self, name: str, cause: str, way_out: str) -> None:
        super().__init__(f"cannot load {name}: {cause}\nHint: {way_out}")


class Damaged(LoadError):
    """The file was cut short or altered."""

    def __init__(self, name: str, cause: str, way_out: str = "") -> None:
        usual = "the file is cut short or altered; take another copy of it, or save it again."
        super().__init__(name, cause, way_out or usual)


class Unsafe(LoadError):
    """The file asks for something that no saved model needs."""

    def __init__(self, name: str, cause: str) -> None:
        super().__init__(name, cause, "do not trust this file; torch.save does not write such.")


class Unsupported(LoadError):
    """The file is fine, but it is of another kind."""
