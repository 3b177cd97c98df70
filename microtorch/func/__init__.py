"""Functions of functions, PyTorch's ``torch.func``: grad, vmap, jacrev and their kin.

>>> import microtorch as torch
>>> cube = torch.func.grad(torch.func.grad(lambda x: x**3))
>>> cube(torch.tensor(2.0))
tensor(12.)
"""

from microtorch.func.functional_call import functional_call, stack_module_state
from microtorch.func.transforms import (
    grad,
    grad_and_value,
    hessian,
    jacfwd,
    jacrev,
    jvp,
    vjp,
)
from microtorch.func.vmap import vmap

__all__ = [
    "functional_call",
    "grad",
    "grad_and_value",
    "hessian",
    "jacfwd",
    "jacrev",
    "jvp",
    "stack_module_state",
    "vjp",
    "vmap",
]
