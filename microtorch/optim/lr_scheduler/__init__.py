"""Schedules for the learning rate: call ``scheduler.step()`` after ``optimizer.step()``."""

from __future__ import annotations

from microtorch.optim.lr_scheduler.base import LRScheduler
from microtorch.optim.lr_scheduler.combined import ChainedScheduler, SequentialLR
from microtorch.optim.lr_scheduler.cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from microtorch.optim.lr_scheduler.cycles import CyclicLR, OneCycleLR
from microtorch.optim.lr_scheduler.factors import (
    ConstantLR,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from microtorch.optim.lr_scheduler.functions import LambdaLR, MultiplicativeLR
from microtorch.optim.lr_scheduler.plateau import ReduceLROnPlateau

_LRScheduler = LRScheduler  # the name in older programs

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
