"""A slider's numbers should follow the hand: small messages leave at once.

JupyterLab's server leaves Nagle's algorithm on, so the second of two small messages waits for the
browser's delayed acknowledgement, about 40 ms. This class switches it off for a kernel's websocket.
``microtorch lab`` names it in ``--ServerApp.kernel_websocket_connection_class``.
"""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class NoDelayConnection(ZMQChannelsWebsocketConnection):
    """The ordinary connection between browser and kernel, with TCP_NODELAY."""

    def connect(self) -> Any:
        self.websocket_handler.set_nodelay(True)
        return super().connect()
