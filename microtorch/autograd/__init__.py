"""The record of what was computed, and the sweep back through it."""

from importlib import import_module
from typing import Any

from microtorch.autograd import functional
from microtorch.autograd.anomaly import (
    detect_anomaly,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    set_detect_anomaly,
)
from microtorch.autograd.engine import sweep
from microtorch.autograd.function import Function
from microtorch.autograd.gradcheck import GradcheckError, gradcheck, gradgradcheck
from microtorch.autograd.gradient import backward, grad
from microtorch.autograd.hooks import RemovableHandle
from microtorch.autograd.mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from microtorch.autograd.node import Leaf, Node

__all__ = [
    "Function",
    "GradcheckError",
    "Leaf",
    "Node",
    "RemovableHandle",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "inference_mode",
    "is_anomaly_check_nan_enabled",
    "is_anomaly_enabled",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name == "Variable":  # it is a Tensor, which this floor must not import
        return import_module("microtorch.tensor.tensor_types").Variable
    raise AttributeError(f"module 'microtorch.autograd' has no attribute {name!r}")
