"""The grader's side of the connection to a locked-in kernel, without waits of a fixed length."""

from __future__ import annotations

import time
from queue import Empty
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient

from microtorch.classroom.sandbox.limits import MB

MAX_MESSAGE = 16 * MB
RETRY_MILLISECONDS = 5
LOOK = 0.5  # seconds between two looks at whether the kernel is still there
SOON = 0.01  # seconds until the first output should have come, if outputs come in already


class Message(dict[str, Any]):
    """A message that is short in print: nbval lays each one out for a log that nobody reads."""

    def __repr__(self) -> str:
        return "a message"


class QuickClient(BlockingKernelClient):
    """As of jupyter_client, with the two channels that nbval uses, and no thread for a heartbeat."""

    def start_channels(self, *args: Any, **kwargs: Any) -> None:
        """Open the channels for requests and for outputs."""
        # A message that is larger ends its connection, before it takes memory here.
        self.context.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE)
        self.context.setsockopt(zmq.LINGER, 0)
        # The kernel's sockets are asked for before they are there; ZeroMQ would wait 0.1 to 0.2 s.
        self.context.setsockopt(zmq.RECONNECT_IVL, RETRY_MILLISECONDS)
        super().start_channels(shell=True, iopub=True, stdin=False, hb=False, control=False)

    def stop_channels(self) -> None:
        """Close them; the others were never there."""
        self.shell_channel.stop()
        self.iopub_channel.stop()

    def get_shell_msg(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The next reply."""
        return Message(super().get_shell_msg(*args, **kwargs))

    def get_iopub_msg(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The next output."""
        return Message(super().get_iopub_msg(*args, **kwargs))

    def wait_for_ready(self, timeout: float | None = None) -> None:
        """Return when the kernel has answered, and its outputs come in too.

        Raises:
            RuntimeError: if it ends, or ``timeout`` seconds are over.
        """
        end = time.monotonic() + (timeout or float("inf"))
        patience = SOON
        while time.monotonic() < end:
            request = self.kernel_info()
            try:
                reply = self.shell_channel.get_msg(timeout=LOOK)
                while reply["msg_type"] != "kernel_info_reply":
                    reply = self.shell_channel.get_msg(timeout=LOOK)
                self._handle_kernel_info_reply(reply)
                self._wait_for_idle(request, patience)
                return
            except Empty:
                patience = min(2 * patience, LOOK)
                if self.parent is not None and not self.parent.is_alive():
                    raise RuntimeError("The kernel ended before it was ready.") from None
        raise RuntimeError(f"The kernel was not ready within {timeout:g} seconds.")

    def _wait_for_idle(self, request: str, seconds: float) -> None:
        """Read outputs until the one that says that ``request`` is done.

        Raises:
            Empty: if there is none for ``seconds``: the outputs may not come in yet.
        """
        while True:
            message = self.iopub_channel.get_msg(timeout=seconds)
            of_request = message["parent_header"].get("msg_id") == request
            if of_request and message["content"].get("execution_state") == "idle":
                return
