"""A fresh kernel of our own, to find out what a check publishes for a given answer."""

from __future__ import annotations

import subprocess
from types import TracebackType
from typing import Any, Self

from nbval.kernel import CURRENT_ENV_KERNEL_NAME, start_new_kernel

from microtorch.classroom.errors import ClassroomError
from microtorch.classroom.values import MIME, JsonObject

# All cells in one message and in a namespace of their own: `%reset` takes 0.2 seconds.
RUN = """
_names = {{"__name__": "__main__"}}
for _source in {sources!r}:
    exec(get_ipython().transform_cell(_source), _names)
"""
SECONDS = 30.0
SLIP_SECONDS = 5.0  # a slip may make an endless loop


class ReferenceKernel:
    """A kernel for code that the author wrote and trusts; use it in a ``with`` block."""

    def __enter__(self) -> Self:
        self.manager, self.client = start_new_kernel(
            kernel_name=CURRENT_ENV_KERNEL_NAME, stderr=subprocess.DEVNULL
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def tried(self, *sources: str) -> JsonObject | None:
        """What the check published, or None if a cell failed: for code with a planted slip."""
        try:
            return self.published(*sources, seconds=SLIP_SECONDS)
        except ClassroomError:
            return None

    def published(self, *sources: str, seconds: float = SECONDS) -> JsonObject:
        """Run the cells ``sources`` in an empty namespace and return what the check published."""
        found: list[JsonObject] = []

        def on_output(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "error":
                raise ClassroomError(f"A cell failed: {content['ename']}: {content['evalue']}")
            if MIME in content.get("data", {}):
                found.append(content["data"][MIME])

        try:
            self.client.execute_interactive(
                RUN.format(sources=sources),
                store_history=False,
                stop_on_error=False,  # after an error the kernel would drop what is sent at once
                timeout=seconds,
                output_hook=on_output,
            )
        except TimeoutError:
            if not self.manager.is_alive():
                raise ClassroomError("A cell ended its Python (exit, or a crash).") from None
            self.manager.interrupt_kernel()
            raise ClassroomError(f"A cell took longer than {seconds:g} seconds.") from None
        if len(found) != 1:
            raise ClassroomError(f"A check published {len(found)} results; it must be one.")
        return found[0]
