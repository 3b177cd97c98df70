"""What the page hears of a kernel in ``microtorch lab``: all of it, but not every short "busy"."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from jupyter_client.session import Session
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

from microtorch.cli import nodelay
from microtorch.cli.nodelay import NoDelayConnection

SESSION = Session(key=b"secret")
WIDGET = SESSION.msg("comm_msg", {"data": {}})
CELL = SESSION.msg("execute_request", {"code": "1"})


def frames(kind: str, parent: dict[str, Any], **content: Any) -> list[bytes]:
    """A message of the kernel as it comes out of its socket, with the topic in front."""
    message = SESSION.msg(kind, content, parent=parent)
    return [b"kernel.topic", *SESSION.serialize(message)]


def status(parent: dict[str, Any], state: str) -> list[bytes]:
    return frames("status", parent, execution_state=state)


@pytest.fixture
def heard(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., list[str]]:
    """Sends messages on, waiting where there is a number; what the page hears, in order."""
    sent: list[str] = []

    def send(_: object, stream: object, message: list[bytes]) -> None:
        parts = SESSION.feed_identities(message)[1]
        content = SESSION.unpack(parts[4])
        sent.append(content.get("execution_state") or SESSION.unpack(parts[1])["msg_type"])

    monkeypatch.setattr(ZMQChannelsWebsocketConnection, "handle_outgoing_message", send)
    monkeypatch.setattr(nodelay, "BRIEF", 0.05)

    def hear(
        *messages: list[bytes] | float, channel: str = "iopub", closed: bool = False
    ) -> list[str]:
        async def go() -> None:
            connection = NoDelayConnection.__new__(NoDelayConnection)
            connection.busy = {}
            connection.session = SESSION
            stream = SimpleNamespace(channel=channel, closed=lambda: closed)
            for message in messages:
                if isinstance(message, float):
                    await asyncio.sleep(message)
                else:
                    connection.handle_outgoing_message(stream, message)

        # Not in this thread: Playwright keeps a loop running here, once a browser test was run.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(go())).result()
        return sent

    return hear


def test_a_widgets_short_work_is_not_shown_as_busy(heard: Callable[..., list[str]]) -> None:
    answer = frames("comm_msg", WIDGET, data={"answer": 1})
    messages = (status(WIDGET, "busy"), answer, status(WIDGET, "idle"), 0.2)
    assert heard(*messages) == ["comm_msg", "idle"]


def test_a_widgets_long_work_is_shown_as_busy_and_then_as_idle(
    heard: Callable[..., list[str]],
) -> None:
    assert heard(status(WIDGET, "busy"), 0.3, status(WIDGET, "idle"), 0.1) == ["busy", "idle"]


def test_cells_are_busy_at_once(heard: Callable[..., list[str]]) -> None:
    assert heard(status(CELL, "busy"), status(CELL, "idle")) == ["busy", "idle"]


def test_two_messages_of_widgets_are_told_apart(heard: Callable[..., list[str]]) -> None:
    other = SESSION.msg("comm_msg", {"data": {}})
    messages = (status(WIDGET, "busy"), status(WIDGET, "idle"), status(other, "busy"), 0.3)
    assert heard(*messages) == ["idle", "busy"]


def test_a_connection_that_was_closed_meanwhile_hears_nothing(
    heard: Callable[..., list[str]],
) -> None:
    assert heard(status(WIDGET, "busy"), 0.3, closed=True) == []


def test_other_channels_pass_unread(heard: Callable[..., list[str]]) -> None:
    reply = frames("execute_reply", CELL, status="ok")
    assert heard(reply, channel="shell") == ["execute_reply"]
