"""The record of what was computed, and the sweep back through it."""

from microtorch.autograd.engine import sweep
from microtorch.autograd.gradcheck import gradcheck, gradgradcheck
from microtorch.autograd.gradient import grad
from microtorch.autograd.mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from microtorch.autograd.node import Leaf, Node

__all__ = [
    "Leaf",
    "Node",
    "enable_grad",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "is_grad_enabled",
    "no_grad",
    "set_grad_enabled",
    "sweep",
]
