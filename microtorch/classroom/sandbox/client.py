"""The grader's side of the connection to a locked-in kernel, without waits of a fixed length."""

from __future__ import annotations

import time
from queue import Empty
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient

LOOK = 0.5  # seconds between two looks at whether the kernel is still there


class QuickClient(BlockingKernelClient):
    """As of jupyter_client, with the two channels that nbval uses, and no thread for a heartbeat."""

    def start_channels(self, *args: Any, **kwargs: Any) -> None:
        """Open the channels for requests and for outputs."""
        super().start_channels(shell=True, iopub=True, stdin=False, hb=False, control=False)

    def stop_channels(self) -> None:
        """Close them; the others were never there."""
        self.shell_channel.stop()
        self.iopub_channel.stop()

    def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return when the kernel has answered, and its outputs come in too.

        Raises:
            RuntimeError: if it ends, or ``timeout`` seconds are over.
        """
        end = time.monotonic() + (timeout or float("inf"))
        while time.monotonic() < end:
            request = self.kernel_info()
            try:
                reply = self.shell_channel.get_msg(timeout=LOOK)
                while reply["msg_type"] != "kernel_info_reply":
                    reply = self.shell_channel.get_msg(timeout=LOOK)
                self._handle_kernel_info_reply(reply)
                self._wait_for_idle(request)
                return
            except Empty:
                if self.parent is not None and not self.parent.is_alive():
                    raise RuntimeError("The kernel ended before it was ready.") from None
        raise RuntimeError(f"The kernel was not ready within {timeout:g} seconds.")

    def _wait_for_idle(self, request: str) -> None:
        """Read outputs until the one that says that ``request`` is done."""
        while True:
            message = self.iopub_channel.get_msg(timeout=LOOK)
            of_request = message["parent_header"].get("msg_id") == request
            if of_request and message["content"].get("execution_state") == "idle":
                return
