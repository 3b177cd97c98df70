"""How kernels are locked in, as plain data that goes from process to process."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from microtorch.classroom.sandbox import KERNEL
from microtorch.classroom.sandbox.levels import Level
from microtorch.classroom.sandbox.limits import Limits

POLICY_FILE = "policy.json"  # in the folder of the policy
QUIET = ("--HistoryManager.enabled=False", "--log-level=CRITICAL")


@dataclass(frozen=True)
class Policy:
    """How kernels are locked in: the level, the limits, and the folder for all that a run needs.

    ``modules`` are what a warm kernel has imported when it starts; ``warm`` is whether kernels may be
    forks of a zygote.
    """

    level: Level
    folder: str
    limits: Limits
    modules: tuple[str, ...] = ()
    warm: bool = True

    @property
    def library(self) -> str:
        """The folder with the microtorch that kernels find."""
        return f"{self.folder}/library"

    @property
    def runs(self) -> str:
        """The folder in which each kernel has a folder for its sockets."""
        return f"{self.folder}/runs"

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Policy:
        data = json.loads(text)
        limits, modules = Limits(**data["limits"]), tuple(data["modules"])
        return cls(**{**data, "limits": limits, "modules": modules})


def write_kernelspec(folder: Path) -> None:
    """Describe the kernel KERNEL below ``folder``, which JUPYTER_PATH must name."""
    spec = folder / "kernels" / KERNEL
    spec.mkdir(parents=True)
    argv = [sys.executable, "-s", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    description = {
        "argv": [*argv, *QUIET],
        "display_name": "microtorch, locked in",
        "language": "python",
        "interrupt_mode": "signal",
        "metadata": {"kernel_provisioner": {"provisioner_name": KERNEL}},
    }
    (spec / "kernel.json").write_text(json.dumps(description), encoding="utf-8")
