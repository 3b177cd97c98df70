"""What a kernel says while it follows a slider: the answers first, and that it is idle at the end."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace
from typing import Any

import pytest

import microtorch as torch
from microtorch.widgets import busy
from microtorch.widgets.busy import QuietKernel, answer_first


class Kernel:
    """As much of a kernel as says how it is."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Any]] = []
        self.parent: dict[str, Any] = {}

    def get_parent(self, channel: str) -> dict[str, Any]:
        assert channel == "shell"
        return self.parent

    def _publish_status(self, status: str, channel: str, parent: Any = None) -> None:
        self.said.append((status, (parent or self.parent)["id"]))

    def handle(self, message: dict[str, Any]) -> None:
        """What a kernel does around each message."""
        self.parent = message
        self._publish_status("busy", "shell")
        self.said.append(("answer", message["id"]))
        self._publish_status("idle", "shell")


def question(number: int) -> dict[str, Any]:
    content = {"type": "replay", "leaves": {"0": 1.0}, "id": number}
    return {"id": number, "content": {"data": {"method": "custom", "content": content}}}


def cell(number: int) -> dict[str, Any]:
    return {"id": number, "content": {"code": "1 + 1"}}


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    kernel = Kernel()
    monkeypatch.setattr(busy, "get_ipython", lambda: SimpleNamespace(kernel=kernel))
    monkeypatch.setattr(busy, "REST", 0.01)
    return kernel


def in_a_loop(*messages: dict[str, Any]) -> None:
    """Let the kernel handle messages, and wait until it has said everything."""

    async def handle() -> None:
        kernel = busy.get_ipython().kernel  # type: ignore[no-untyped-call]
        for message in messages:
            kernel.handle(message)
        quiet = kernel._publish_status
        while isinstance(quiet, QuietKernel) and quiet.answered:
            await asyncio.sleep(0.001)

    thread = threading.Thread(target=asyncio.run, args=[handle()])
    thread.start()
    thread.join()


def test_answers_come_first_and_idle_is_said_of_each_question_when_the_hand_rests(
    kernel: Kernel,
) -> None:
    answer_first()
    in_a_loop(question(1), question(2), question(3))
    answers = [("answer", n) for n in (1, 2, 3)]
    assert kernel.said == answers + [("idle", n) for n in (1, 2, 3)]


def test_cells_are_told_of_as_ever_and_no_idle_falls_into_one(kernel: Kernel) -> None:
    answer_first()
    in_a_loop(question(1), cell(2), question(3))
    assert kernel.said == [
        *[("answer", 1), ("idle", 1)],
        *[("busy", 2), ("answer", 2), ("idle", 2)],
        *[("answer", 3), ("idle", 3)],
    ]


def test_what_another_thread_says_of_its_channel_is_left_alone(kernel: Kernel) -> None:
    answer_first()
    quiet = kernel._publish_status
    kernel.parent = question(1)
    quiet("busy", "control")
    assert kernel.said == [("busy", 1)]


def test_to_ask_for_it_twice_does_no_more(kernel: Kernel) -> None:
    answer_first()
    once = kernel._publish_status
    answer_first()
    assert kernel._publish_status is once


@pytest.mark.parametrize("shell", [None, SimpleNamespace(), SimpleNamespace(kernel=object())])
def test_without_such_a_kernel_nothing_happens(
    monkeypatch: pytest.MonkeyPatch, shell: object
) -> None:
    monkeypatch.setattr(busy, "get_ipython", lambda: shell)
    answer_first()


def test_only_a_walk_that_python_must_compute_asks_for_it(kernel: Kernel) -> None:
    w = torch.tensor(2.0, requires_grad=True)
    torch.walk(w * 3.0, w=(0, 3))
    assert not isinstance(kernel._publish_status, QuietKernel)
    loss = (w * torch.tensor([1.0, 2.0])).sum()
    torch.walk(loss, w=(0, 3))
    assert isinstance(kernel._publish_status, QuietKernel)
