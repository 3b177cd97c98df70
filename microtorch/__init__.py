"""microtorch: learn backpropagation with PyTorch's API, pictures and exercises.

``import microtorch as torch`` and the names stand where PyTorch has them. Added to them are
``torch.draw`` (the picture of a computation), ``torch.walk`` (the same, step by step, live),
``torch.explore`` (a function with sliders, its curve and gradient descent) and ``torch.landscape``
(optimizers on the map of a function of two numbers).
"""

from __future__ import annotations

import warnings
from importlib import import_module
from math import e, inf, nan, pi
from typing import TYPE_CHECKING, Any

from microtorch import autograd
from microtorch.autograd import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from microtorch.tensor import Tensor, return_types
from microtorch.tensor.accelerators import *
from microtorch.tensor.algebra import *
from microtorch.tensor.arithmetic import *
from microtorch.tensor.bits import *
from microtorch.tensor.broadcasting import *
from microtorch.tensor.choices import *
from microtorch.tensor.comparison import *
from microtorch.tensor.conversion import *
from microtorch.tensor.counting import *
from microtorch.tensor.creation import *
from microtorch.tensor.data import *
from microtorch.tensor.device import *
from microtorch.tensor.extremes import *
from microtorch.tensor.gathering import *
from microtorch.tensor.joining import *
from microtorch.tensor.generator import *
from microtorch.tensor.limits import *
from microtorch.tensor.moving import *
from microtorch.tensor.pointwise import *
from microtorch.tensor.printing import *
from microtorch.tensor.promotion import *
from microtorch.tensor.random import *
from microtorch.tensor.real import *
from microtorch.tensor.reductions import *
from microtorch.tensor.saving import *
from microtorch.tensor.scans import *
from microtorch.tensor.scattering import *
from microtorch.tensor.shaping import *
from microtorch.tensor.softmax import *
from microtorch.tensor.sorting import *
from microtorch.tensor.splitting import *
from microtorch.tensor.statistics import *
from microtorch.tensor.storage import *
from microtorch.tensor.tensor_types import *
from microtorch.tensor.typename import *
from microtorch.tensor.dtypes import DType as dtype
from microtorch.tensor.dtypes import (
    LEFT_OUT,
    Size,
    float16,
    float32,
    float64,
    get_default_dtype,
    int8,
    int16,
    int32,
    int64,
    no_dtype,
    set_default_dtype,
    uint8,
)
from microtorch.tensor.dtypes import bool_ as bool

from microtorch.tensor.names import functions as _in_place  # made of all these methods

if TYPE_CHECKING:
    from microtorch import nn, optim, utils
    from microtorch.graph.draw import draw
    from microtorch.graph.explain import explain
    from microtorch.graph.formulas import formula
    from microtorch.tensor import linalg
    from microtorch.widgets.explore import explore
    from microtorch.widgets.landscape import landscape
    from microtorch.widgets.walk import walk

__version__ = "0.1.0"

Tensor.__module__ = "microtorch"  # type(x) prints <class 'microtorch.Tensor'>

float, double, half = float32, float64, float16
int, long, short = int32, int64, int16
newaxis = None

# log(0) is -inf and 0/0 is nan, as in PyTorch: answers, not accidents.
warnings.filterwarnings(
    "ignore", category=RuntimeWarning, module=r"microtorch\.(ops|autograd|tensor|optim)\."
)

# Pictures, widgets and layers load when they are first used: importing the library costs NumPy alone.
LAZY = {
    "draw": "microtorch.graph.draw",
    "explain": "microtorch.graph.explain",
    "explore": "microtorch.widgets.explore",
    "formula": "microtorch.graph.formulas",
    "landscape": "microtorch.widgets.landscape",
    "vmap": "microtorch.func.vmap",
    "walk": "microtorch.widgets.walk",
}
# PyTorch has these in two places, and we have them in nn.functional.
OF_LAYERS = {
    "adaptive_avg_pool1d",
    "adaptive_max_pool1d",
    "alpha_dropout",
    "avg_pool1d",
    "batch_norm",
    "bilinear",
    "binary_cross_entropy_with_logits",
    "celu",
    "celu_",
    "channel_shuffle",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "ctc_loss",
    "dropout",
    "embedding",
    "feature_alpha_dropout",
    "group_norm",
    "hardshrink",
    "hinge_embedding_loss",
    "instance_norm",
    "kl_div",
    "layer_norm",
    "margin_ranking_loss",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "pairwise_distance",
    "pixel_shuffle",
    "pixel_unshuffle",
    "poisson_nll_loss",
    "prelu",
    "relu_",
    "rms_norm",
    "rrelu",
    "rrelu_",
    "selu",
    "selu_",
    "threshold",
    "threshold_",
    "triplet_margin_loss",
}
LAZY_MODULES = {
    "distributions": "microtorch.distributions",
    "func": "microtorch.func",
    "linalg": "microtorch.tensor.linalg",
    "nn": "microtorch.nn",
    "optim": "microtorch.optim",
    "random": "microtorch.tensor.random",
    "special": "microtorch.special",
    "utils": "microtorch.utils",
}


def __getattr__(name: str) -> Any:
    if name in LAZY:
        return getattr(import_module(LAZY[name]), name)
    if name in LAZY_MODULES:
        return import_module(LAZY_MODULES[name])
    if name in OF_LAYERS:
        return getattr(import_module("microtorch.nn.functional"), name)
    if name in _in_place:
        return getattr(Tensor, name)
    if name in LEFT_OUT:
        raise AttributeError(str(no_dtype(name)))
    raise AttributeError(
        f"microtorch has no {name!r}. If PyTorch has it, it is not part of microtorch (yet)."
    )
