"""A slider's numbers should follow the hand: small messages leave at once, and few of them.

JupyterLab's server leaves Nagle's algorithm on, so the second of two small messages waits for the
browser's delayed acknowledgement, about 40 ms. And the first of them says only that the kernel is
busy: the page draws that, and again that it is idle, which takes it longer than the answer.
``microtorch lab`` names this class in ``--ServerApp.kernel_websocket_connection_class``.
"""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.ioloop import IOLoop

BRIEF = 0.1  # seconds: a kernel that answers a widget sooner is not shown as busy


class NoDelayConnection(ZMQChannelsWebsocketConnection):
    """The ordinary connection between browser and kernel, with TCP_NODELAY.

    That the kernel is busy with a widget's message is told only if it takes a while; cells that
    run are told of at once, as ever.
    """

    def connect(self) -> Any:
        self.websocket_handler.set_nodelay(True)
        self.busy: dict[str, object] = {}  # timers, by the message that the kernel works on
        return super().connect()

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Send a message of the kernel on; "busy" may wait, and then need not be sent at all."""
        state, parent = self.status(stream, outgoing_msg)
        send = super().handle_outgoing_message
        if state == "busy":
            self.busy[parent] = IOLoop.current().call_later(
                BRIEF, self.send_late, parent, stream, outgoing_msg
            )
            return
        if state == "idle" and parent in self.busy:
            IOLoop.current().remove_timeout(self.busy.pop(parent))
        send(stream, outgoing_msg)

    def send_late(self, parent: str, stream: Any, message: list[Any]) -> None:
        del self.busy[parent]
        if not stream.closed():
            super().handle_outgoing_message(stream, message)

    def status(self, stream: Any, message: list[Any]) -> tuple[str, str]:
        """What the kernel is, "busy" or "idle", and for which message, if that is a widget's; else two empty texts."""
        if getattr(stream, "channel", None) != "iopub":
            return "", ""
        parts: list[Any] = self.session.feed_identities(message)[1]
        _, header, parent, _, content, *_ = parts
        if b"status" not in bytes(header) or b"comm_msg" not in bytes(parent):
            return "", ""  # nearly all messages, without reading them
        told, asked, said = map(self.session.unpack, (header, parent, content))
        if told["msg_type"] != "status" or asked.get("msg_type") != "comm_msg":
            return "", ""
        return said["execution_state"], asked["msg_id"]
