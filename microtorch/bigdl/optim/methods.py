"""Optimization methods: from the gradient to the next weights, in BigDL's words and rules.

All work on one long vector of all parameters. Their rules differ from PyTorch's in places, which
each of them says.
"""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from microtorch.bigdl.activity import Array
from microtorch.bigdl.optim.schedules import Default, Schedule

DOUBLEMAX = 1.7976931348623157e308  # Java's largest number: BigDL's "not given"


class OptimMethod:
    """One way to step. ``step(x, gradient, state)`` changes x in place."""

    def __init__(self, learningrate: float, learningrate_decay: float = 0.0) -> None:
        if not learningrate >= 0:
            raise ValueError(
                f"{type(self).__name__}: learningrate is 0 or more, not {learningrate}"
            )
        self.learningrate, self.learningrate_decay = learningrate, learningrate_decay
        self.count = 0  # steps so far
        self.memory: dict[str, Array] = {}  # what a method remembers for every parameter
        self.current = learningrate  # the rate of the last step

    def step(self, x: Array, gradient: Array, state: dict[str, Any] | None = None) -> None:
        """One step: x becomes smaller where the gradient is positive."""
        self.current = self.rate(state or {})
        x -= np.asarray(self.change(x, gradient), x.dtype)
        self.count += 1

    def rate(self, state: dict[str, Any]) -> float:
        """The learning rate of this step: lr / (1 + n · decay)."""
        return self.learningrate / (1 + self.count * self.learningrate_decay)

    def change(self, x: Array, gradient: Array) -> Any:
        """What is subtracted from x."""
        raise NotImplementedError

    def remembered(self, name: str, like: Array) -> Array:
        """Something remembered for every parameter, 0 at first. To be changed in place."""
        return self.memory.setdefault(name, np.zeros_like(like))

    def save(self, path: str, overWrite: bool = False) -> Self:
        """Write the method with all it remembers to a file."""
        from microtorch.bigdl.optim.files import save

        save(self, path, overWrite)
        return self

    @staticmethod
    def load(path: str, bigdl_type: str = "float") -> OptimMethod:
        """The method in a file that ``save`` wrote. Open only files that you trust."""
        from microtorch.bigdl.optim.files import load

        method: OptimMethod = load(path, OptimMethod)
        return method


class SGD(OptimMethod):
    """Stochastic gradient descent: w := w - lr · gradient.

    With ``weightdecay`` d the gradient is g + d w. With ``momentum`` m it is replaced by a buffer
    v := m v + (1 - dampening) g, which starts as g itself; ``nesterov`` takes g + m v.

    **The dampening defaults to the momentum**, as in Torch7 (PyTorch: 0): only then is the length
    of the steps kept. Nesterov's needs ``dampening=0``.

    The rate is lr / (1 + n · learningrate_decay), or what ``leaningrate_schedule`` says (BigDL's
    spelling). ``learningrates`` and ``weightdecays`` hold a number for every single parameter.
    """

    def __init__(
        self,
        learningrate: float = 1e-3,
        learningrate_decay: float = 0.0,
        weightdecay: float = 0.0,
        momentum: float = 0.0,
        dampening: float = DOUBLEMAX,
        nesterov: bool = False,
        leaningrate_schedule: Schedule | None = None,
        learningrates: Any = None,
        weightdecays: Any = None,
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(learningrate, learningrate_decay)
        self.dampening = momentum if dampening == DOUBLEMAX else dampening
        if nesterov and (momentum <= 0 or self.dampening != 0):
            raise ValueError(
                "SGD: Nesterov momentum requires a momentum and zero dampening: "
                "SGD(..., momentum=0.9, dampening=0.0, nesterov=True). (The dampening is the "
                "momentum if it is not given.)"
            )
        if leaningrate_schedule is not None and not isinstance(leaningrate_schedule, Schedule):
            raise TypeError(
                f"SGD: a schedule is one such as Step(10, 0.5), not {leaningrate_schedule!r}"
            )
        self.weightdecay, self.momentum, self.nesterov = weightdecay, momentum, nesterov
        self.schedule = leaningrate_schedule or Default()
        self.learningrates, self.weightdecays = learningrates, weightdecays

    def rate(self, state: dict[str, Any]) -> float:
        return self.schedule.rate(self.learningrate, self.count, self.learningrate_decay, state)

    def change(self, x: Array, gradient: Array) -> Any:
        g = gradient
        if self.weightdecay:
            g = g + self.weightdecay * x
        elif self.weightdecays is not None:
            g = g + self.each("weightdecays", x) * x
        if self.momentum:
            if "velocity" in self.memory:
                v = self.memory["velocity"]
                v *= self.momentum
                v += (1 - self.dampening) * g
            else:
                v = self.memory["velocity"] = g.copy()
            g = g + self.momentum * v if self.nesterov else v
        if self.learningrates is not None:
            g = self.each("learningrates", x) * g
        return self.current * g

    def each(self, name: str, x: Array) -> Array:
        """A number for every parameter."""
        numbers = np.asarray(getattr(self, name), x.dtype)
        if numbers.shape != x.shape:
            raise ValueError(
                f"SGD: {name} must hold a number for each of the {x.size} parameters, shape "
                f"{x.shape}, not {numbers.shape}."
            )
        return numbers


class Adagrad(OptimMethod):
    """lr · g / (root of the sum of all g² so far + 1e-20)."""

    def __init__(
        self,
        learningrate: float = 1e-3,
        learningrate_decay: float = 0.0,
        weightdecay: float = 0.0,
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(learningrate, learningrate_decay)
        self.weightdecay = weightdecay

    def change(self, x: Array, gradient: Array) -> Any:
        g = gradient + self.weightdecay * x if self.weightdecay else gradient
        total = self.remembered("total", x)
        total += g * g
        return self.current * g / (np.sqrt(total) + 1e-20)


class Adadelta(OptimMethod):
    """root(d + epsilon) / root(s + epsilon) · g: no learning rate.

    s and d are running means of g² and of the squared changes themselves. Zeiler 2012.
    """

    def __init__(
        self, decayrate: float = 0.9, epsilon: float = 1e-10, bigdl_type: str = "float"
    ) -> None:
        super().__init__(1.0)
        self.decayrate, self.epsilon = decayrate, epsilon

    def change(self, x: Array, gradient: Array) -> Any:
        s, d = self.remembered("squares", x), self.remembered("changes", x)
        s *= self.decayrate
        s += (1 - self.decayrate) * gradient * gradient
        change = np.sqrt(d + self.epsilon) / np.sqrt(s + self.epsilon) * gradient
        d *= self.decayrate
        d += (1 - self.decayrate) * change * change
        return change


class Adam(OptimMethod):
    """lr · root(1 - beta2^t) / (1 - beta1^t) · m / (root(v) + epsilon), with t from 1.

    m and v are running means of g and g². Epsilon is added **before** the means are corrected for
    their start at 0, as in Torch7; PyTorch adds it afterwards. Kingma and Ba 2014.
    """

    def __init__(
        self,
        learningrate: float = 1e-3,
        learningrate_decay: float = 0.0,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(learningrate, learningrate_decay)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon

    def change(self, x: Array, gradient: Array) -> Any:
        m, v = self.remembered("mean", x), self.remembered("squares", x)
        m *= self.beta1
        m += (1 - self.beta1) * gradient
        v *= self.beta2
        v += (1 - self.beta2) * gradient * gradient
        t = self.count + 1
        correction = math.sqrt(1 - self.beta2**t) / (1 - self.beta1**t)
        return self.current * correction * m / (np.sqrt(v) + self.epsilon)


class Adamax(OptimMethod):
    """lr / (1 - beta1^t) · m / u, where u := max(beta2 u, |g| + epsilon)."""

    def __init__(
        self,
        learningrate: float = 0.002,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-38,
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(learningrate)
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon

    def change(self, x: Array, gradient: Array) -> Any:
        m, u = self.remembered("mean", x), self.remembered("largest", x)
        m *= self.beta1
        m += (1 - self.beta1) * gradient
        u[...] = np.maximum(self.beta2 * u, np.abs(gradient) + self.epsilon)
        return self.current / (1 - self.beta1 ** (self.count + 1)) * m / u


class RMSprop(OptimMethod):
    """lr · g / (root(s) + epsilon), where s is a running mean of g²."""

    def __init__(
        self,
        learningrate: float = 1e-2,
        learningrate_decay: float = 0.0,
        decayrate: float = 0.99,
        epsilon: float = 1e-8,
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(learningrate, learningrate_decay)
        self.decayrate, self.epsilon = decayrate, epsilon

    def change(self, x: Array, gradient: Array) -> Any:
        s = self.remembered("squares", x)
        s *= self.decayrate
        s += (1 - self.decayrate) * gradient * gradient
        return self.current * gradient / (np.sqrt(s) + self.epsilon)
