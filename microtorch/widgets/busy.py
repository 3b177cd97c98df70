"""A kernel that follows a slider says nothing but the answers, and that it is idle in the end.

Jupyter's server sends each message of a kernel at once only if the browser has acknowledged the one
before; else it waits for that (Nagle's algorithm), and the browser takes 40 ms over it unless it has
something to send itself. A kernel frames each answer in two messages more, "busy" before and "idle"
after, so every answer to a slider would be that late. Here "busy" stays away, and "idle" waits until
the hand rests. ``microtorch lab`` sends without such delay anyway (``microtorch/cli/nodelay.py``);
this is for every other Jupyter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from IPython.core.getipython import get_ipython

REPLAY = "replay"  # the type of a question that is answered at once
REST = 0.3  # seconds without a question: then "idle" disturbs no answer


class QuietKernel:
    """What takes the place of a kernel's ``_publish_status``."""

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel
        self.publish: Callable[..., None] = kernel._publish_status
        self.answered: list[dict[str, Any]] = []  # questions whose "idle" is still to be said
        self.timer: asyncio.TimerHandle | None = None

    def __call__(self, status: str, channel: str, parent: dict[str, Any] | None = None) -> None:
        """Publish a status, or not yet, or not at all."""
        if channel != "shell":  # another thread's
            return self.publish(status, channel, parent)
        question = parent or self.kernel.get_parent(channel)
        if not is_question(question):
            self.rest()  # so that no "idle" is said while a cell runs
            self.publish(status, channel, parent)
        elif status == "idle":
            self.answered.append(question)
            self.stop_timer()
            self.timer = asyncio.get_running_loop().call_later(REST, self.rest)

    def rest(self) -> None:
        """Say "idle" of all questions: a page keeps something of each in mind until it hears it."""
        self.stop_timer()
        questions, self.answered = self.answered, []
        for question in questions:
            self.publish("idle", "shell", question)

    def stop_timer(self) -> None:
        """Forget when to say "idle"."""
        if self.timer is not None:
            self.timer.cancel()


def answer_first() -> None:
    """From now on this kernel's answers to sliders come first; to call it again does no more."""
    kernel: Any = getattr(get_ipython(), "kernel", None)
    publish = getattr(kernel, "_publish_status", None)
    if publish is not None and not isinstance(publish, QuietKernel):
        kernel._publish_status = QuietKernel(kernel)


def is_question(message: dict[str, Any]) -> bool:
    """Whether a message comes from a slider that Python is to follow.

    >>> asked = {"method": "custom", "content": {"type": "replay", "leaves": {"0": 1.5}}}
    >>> is_question({"header": {"msg_type": "comm_msg"}, "content": {"data": asked}})
    True
    >>> is_question({"header": {"msg_type": "execute_request"}, "content": {"code": "1 + 1"}})
    False
    """
    try:
        return bool(message["content"]["data"]["content"]["type"] == REPLAY)
    except (KeyError, TypeError):
        return False
