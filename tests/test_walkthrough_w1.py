"""The first walkthrough, regression by backpropagation, prints what PyTorch prints."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from golden.w1_programs import PROGRAMS

GOLDEN = json.loads((Path(__file__).parent / "golden" / "w1.json").read_text())


def run(program: str) -> list[str]:
    """Run a program on its own, as a learner does, and return the lines that it prints."""
    command = [sys.executable, "-W", "error", "-c", PROGRAMS[program]]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def losses(*numbers: str) -> list[str]:
    return [f"tensor({number}, grad_fn=<PowBackward0>)" for number in numbers]


@pytest.mark.parametrize("program", PROGRAMS)
def test_program_prints_what_pytorch_printed(program: str) -> None:
    assert run(program) == GOLDEN[program]


def test_scalar_program_prints_the_loss_and_the_gradient_worked_out_by_hand() -> None:
    assert run("scalar") == [
        "tensor(1., grad_fn=<PowBackward0>)",
        "tensor(-2.)",
    ]


def test_vector_program_prints_the_table_of_the_walkthrough() -> None:
    assert run("vector") == [
        # step 0: y_hat, loss, w.grad after backward, w.data after the update
        "tensor(7., grad_fn=<DotBackward0>)",
        "tensor(16., grad_fn=<PowBackward0>)",
        "tensor([16., 24.,  8.])",
        "tensor([0.8400, 0.7600, 1.9200])",
        # step 1
        "tensor(5.8800, grad_fn=<DotBackward0>)",
        "tensor(8.2944, grad_fn=<PowBackward0>)",
        "tensor([27.5200, 41.2800, 13.7600])",
        "tensor([0.5648, 0.3472, 1.7824])",
        # step 2
        "tensor(3.9536, grad_fn=<DotBackward0>)",
        "tensor(0.9094, grad_fn=<PowBackward0>)",
        "tensor([31.3344, 47.0016, 15.6672])",
        "tensor([ 0.2515, -0.1228,  1.6257])",
        # step 3
        "tensor(1.7602, grad_fn=<DotBackward0>)",
        "tensor(1.5371, grad_fn=<PowBackward0>)",
    ]


def test_loss_falls_and_then_rises_when_gradients_are_never_zeroed() -> None:
    expected = losses("16.", "8.2944", "0.9094", "1.5371", "9.5238", "16.5505")
    assert run("never zeroed") == expected


@pytest.mark.parametrize("program", ["zeroed", "zeroed in place"])
def test_loss_falls_at_every_step_when_gradients_are_zeroed(program: str) -> None:
    expected = losses("16.", "8.2944", "4.2998", "2.2290", "1.1555", "0.5990")
    assert run(program) == expected
