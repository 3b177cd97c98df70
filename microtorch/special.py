"""PyTorch's ``torch.special``: the special functions under their names there.

>>> import microtorch as torch
>>> torch.special.expit(torch.tensor(0.0))
tensor(0.5000)
"""

from __future__ import annotations

from microtorch.tensor.pointwise import (
    digamma,
    erf,
    erfc,
    erfinv,
    exp2,
    expm1,
    log1p,
    logit,
    polygamma,
    round,
    sinc,
    xlogy,
)
from microtorch.tensor.pointwise import digamma as psi
from microtorch.tensor.pointwise import lgamma as gammaln
from microtorch.tensor.pointwise import sigmoid as expit
from microtorch.tensor.reductions import logsumexp
from microtorch.tensor.softmax import log_softmax, softmax

__all__ = [
    "digamma",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammaln",
    "log1p",
    "log_softmax",
    "logit",
    "logsumexp",
    "polygamma",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlogy",
]
