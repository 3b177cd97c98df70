"""Helpers around parameters: ``torch.nn.utils``."""

from microtorch.nn.utils import parametrizations as parametrizations
from microtorch.nn.utils import parametrize as parametrize
from microtorch.nn.utils import rnn as rnn
from microtorch.nn.utils.clip_grad import (
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
)
from microtorch.nn.utils.convert_parameters import parameters_to_vector, vector_to_parameters
from microtorch.nn.utils.weight_hooks import (
    remove_spectral_norm,
    remove_weight_norm,
    spectral_norm,
    weight_norm,
)

__all__ = [
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "get_total_norm",
    "parameters_to_vector",
    "parametrizations",
    "parametrize",
    "remove_spectral_norm",
    "remove_weight_norm",
    "rnn",
    "spectral_norm",
    "vector_to_parameters",
    "weight_norm",
]
