"""Optimizers: what turns gradients into better parameters, and schedules for the learning rate."""

from __future__ import annotations

from microtorch.optim import lr_scheduler
from microtorch.optim.adadelta import Adadelta
from microtorch.optim.adagrad import Adagrad
from microtorch.optim.adam import Adam, AdamW
from microtorch.optim.adamax import Adamax
from microtorch.optim.asgd import ASGD
from microtorch.optim.lbfgs import LBFGS
from microtorch.optim.nadam import NAdam
from microtorch.optim.optimizer import Optimizer
from microtorch.optim.radam import RAdam
from microtorch.optim.rmsprop import RMSprop
from microtorch.optim.rprop import Rprop
from microtorch.optim.sgd import SGD

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "lr_scheduler",
]
