"""All layers: ``from microtorch.bigdl.nn.layer import *``.

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
from microtorch.bigdl.nn.layers.activations import (
    ELU,
    Dropout,
    HardTanh,
    LeakyReLU,
    LogSoftMax,
    ReLU,
    Sigmoid,
    SoftMax,
    SoftPlus,
    Tanh,
)
from microtorch.bigdl.nn.layers.base import Layer
from microtorch.bigdl.nn.layers.containers import (
    Concat,
    ConcatTable,
    Container,
    ParallelTable,
    Sequential,
)
from microtorch.bigdl.nn.layers.convolution import SpatialConvolution
from microtorch.bigdl.nn.layers.graph import Input, Model, Node
from microtorch.bigdl.nn.layers.linear import Linear
from microtorch.bigdl.nn.layers.lookup import LookupTable
from microtorch.bigdl.nn.layers.normalisation import BatchNormalization, SpatialBatchNormalization
from microtorch.bigdl.nn.layers.pooling import SpatialAveragePooling, SpatialMaxPooling
from microtorch.bigdl.nn.layers.shapes import Identity, Reshape, View
from microtorch.bigdl.nn.layers.tables import CAddTable, CMulTable, JoinTable
from microtorch.bigdl.nn.regularizers import L1L2Regularizer, L1Regularizer, L2Regularizer

__all__ = [
    "ELU",
    "BatchNormalization",
    "BilinearFiller",
    "CAddTable",
    "CMulTable",
    "Concat",
    "ConcatTable",
    "ConstInitMethod",
    "Container",
    "Dropout",
    "HardTanh",
    "Identity",
    "Input",
    "JoinTable",
    "L1L2Regularizer",
    "L1Regularizer",
    "L2Regularizer",
    "Layer",
    "LeakyReLU",
    "Linear",
    "LogSoftMax",
    "LookupTable",
    "Model",
    "MsraFiller",
    "Node",
    "Ones",
    "ParallelTable",
    "RandomNormal",
    "RandomUniform",
    "ReLU",
    "Reshape",
    "Sequential",
    "Sigmoid",
    "SoftMax",
    "SoftPlus",
    "SpatialAveragePooling",
    "SpatialBatchNormalization",
    "SpatialConvolution",
    "SpatialMaxPooling",
    "Tanh",
    "View",
    "Xavier",
    "Zeros",
    "np",
]
