"""Training: ``from microtorch.bigdl.optim.optimizer import *``.

BigDL's programs find NumPy under the name ``np`` here, and so do ours.
"""

import numpy as np

from microtorch.bigdl.nn.initialisation import (
    BilinearFiller,
    ConstInitMethod,
    MsraFiller,
    Ones,
    RandomNormal,
    RandomUniform,
    Xavier,
    Zeros,
)
from microtorch.bigdl.nn.regularizers import L1L2Regularizer, L1Regularizer, L2Regularizer
from microtorch.bigdl.optim.methods import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    OptimMethod,
    RMSprop,
)
from microtorch.bigdl.optim.schedules import (
    Default,
    Exponential,
    MultiStep,
    Plateau,
    Poly,
    SequentialSchedule,
    Step,
    Warmup,
)
from microtorch.bigdl.optim.summary import TrainSummary, ValidationSummary
from microtorch.bigdl.optim.training import Optimizer
from microtorch.bigdl.optim.triggers import (
    EveryEpoch,
    MaxEpoch,
    MaxIteration,
    MaxScore,
    MinLoss,
    SeveralIteration,
    TriggerAnd,
    TriggerOr,
)
from microtorch.bigdl.optim.validation import MAE, Loss, Top1Accuracy, Top5Accuracy

__all__ = [
    "MAE",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "Adamax",
    "BilinearFiller",
    "ConstInitMethod",
    "Default",
    "EveryEpoch",
    "Exponential",
    "L1L2Regularizer",
    "L1Regularizer",
    "L2Regularizer",
    "Loss",
    "MaxEpoch",
    "MaxIteration",
    "MaxScore",
    "MinLoss",
    "MsraFiller",
    "MultiStep",
    "Ones",
    "OptimMethod",
    "Optimizer",
    "Plateau",
    "Poly",
    "RMSprop",
    "RandomNormal",
    "RandomUniform",
    "SequentialSchedule",
    "SeveralIteration",
    "Step",
    "Top1Accuracy",
    "Top5Accuracy",
    "TrainSummary",
    "TriggerAnd",
    "TriggerOr",
    "ValidationSummary",
    "Warmup",
    "Xavier",
    "Zeros",
    "np",
]
