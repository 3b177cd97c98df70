"""Probability distributions: draw from them, and say how likely a value is.

>>> import microtorch as torch
>>> from microtorch.distributions import Categorical
>>> policy = Categorical(logits=torch.tensor([1.0, 2.0], requires_grad=True))
>>> loss = -policy.log_prob(torch.tensor(0))
>>> loss
tensor(1.3133, grad_fn=<NegBackward0>)
"""

from microtorch.distributions import constraints as constraints
from microtorch.distributions import kl as kl
from microtorch.distributions.continuous import *
from microtorch.distributions.discrete import *
from microtorch.distributions.distribution import Distribution as Distribution
from microtorch.distributions.kl import *
from microtorch.distributions.multivariate import *
