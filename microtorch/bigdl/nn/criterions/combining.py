"""Criterions made of others: weighted sums, one for each step in time, or behind two networks."""

from __future__ import annotations

from abc import abstractmethod
from copy import copy
from typing import Any, NamedTuple, Self

import numpy as np

from microtorch.bigdl.activity import Activity, add_up, shape
from microtorch.bigdl.nn.criterions.base import Averaged, Criterion, Tensors


class Part(NamedTuple):
    """One criterion that is asked: how much it counts, and what about."""

    criterion: Criterion
    weight: float
    input: Activity
    target: Activity


class Combined(Averaged):
    """A criterion that adds up others: the loss is the sum of weight · loss, and so the gradient."""

    passing = (*Criterion.passing, "asked")
    asked: list[Part]

    @abstractmethod
    def parts(self, input: Activity, target: Activity) -> list[Part]:
        """Who is asked about what."""

    @abstractmethod
    def together(self, gradients: list[Activity]) -> Activity:
        """The gradient of the input, from the gradients of the parts."""

    @abstractmethod
    def pieces(self, x: Tensors, t: Tensors) -> list[tuple[Tensors, Tensors]]:
        """What each part sees of an input and of a target, as tensors."""

    def formula(self, x: Tensors, t: Tensors) -> Any:
        """The last sum again, of one tensor that all parts share: what a picture shows."""
        total: Any = None
        for (criterion, weight, *_), (piece, goal) in zip(
            self.asked, self.pieces(x, t), strict=True
        ):
            if criterion.same_shape and goal.shape != piece.shape:
                goal = goal.reshape(piece.shape)
            loss = criterion.formula(piece, goal)
            loss = loss if weight == 1 else weight * loss
            total = loss if total is None else total + loss
        return total

    def check(self, input: Activity, target: Activity) -> None:
        for part in self.parts(input, target):
            part.criterion.check(part.input, part.target)

    def updateOutput(self, input: Activity, target: Activity) -> float:
        self.input, self.target, self.source = input, target, None
        # A criterion remembers its last forward: each part is asked as a copy of its own.
        self.asked = [
            part._replace(criterion=copy(part.criterion)) for part in self.parts(input, target)
        ]
        output, self.loss = 0.0, None
        for criterion, weight, x, t in self.asked:
            output += weight * criterion.updateOutput(x, t)
            self.loss = add_up(self.loss, weight * criterion.loss)
        return output

    def updateGradInput(self, input: Activity, target: Activity) -> Activity:
        return self.together(
            [
                scaled(criterion.updateGradInput(x, t), weight)
                for criterion, weight, x, t in self.asked
            ]
        )


class Weighted(Combined):
    """A criterion with a list of others: ``add(criterion, weight)`` returns itself."""

    def __init__(self, bigdl_type: str = "float") -> None:
        super().__init__(False, bigdl_type)
        self.criterions: list[tuple[Criterion, float]] = []

    def add(self, criterion: Criterion, weight: float = 1.0) -> Self:
        """Add one more criterion."""
        self.criterions.append((checked(criterion, str(self)), weight))
        return self

    def check(self, input: Activity, target: Activity) -> None:
        if not self.criterions:
            raise ValueError(f"{self}: there is no criterion inside; add() one first.")
        super().check(input, target)


class MultiCriterion(Weighted):
    """The weighted sum of other criterions of the same input and target.

    (BigDL never sets its sum back to 0, so that a second forward there adds to the first. Torch7
    and this class start from 0 each time: the documented value.)
    """

    def parts(self, input: Activity, target: Activity) -> list[Part]:
        return [Part(criterion, weight, input, target) for criterion, weight in self.criterions]

    def together(self, gradients: list[Activity]) -> Activity:
        total = None
        for gradient in gradients:
            total = add_up(total, gradient)
        return total

    def pieces(self, x: Tensors, t: Tensors) -> list[tuple[Tensors, Tensors]]:
        return [(x, t)] * len(self.criterions)


class ParallelCriterion(Weighted):
    """The weighted sum of other criterions: the i-th one of the i-th input and the i-th target.

    With ``repeat_target`` all of them get the same target.
    """

    def __init__(self, repeat_target: bool = False, bigdl_type: str = "float") -> None:
        super().__init__(bigdl_type)
        self.repeat_target = repeat_target

    def parts(self, input: Activity, target: Activity) -> list[Part]:
        targets = [target] * len(self.criterions) if self.repeat_target else target
        for what, table in (("input", input), ("target", targets)):
            if not isinstance(table, list) or len(table) != len(self.criterions):
                raise ValueError(
                    f"{self}: the {what} must be a table with one entry for each of the "
                    f"{len(self.criterions)} criterions, not {shape(table)}."
                )
        return [
            Part(criterion, weight, x, t)
            for (criterion, weight), x, t in zip(self.criterions, input, targets, strict=True)
        ]

    def together(self, gradients: list[Activity]) -> Activity:
        return gradients

    def pieces(self, x: Tensors, t: Tensors) -> list[tuple[Tensors, Tensors]]:
        return list(zip(x, [t] * len(x) if self.repeat_target else t, strict=True))


class TimeDistributedCriterion(Combined):
    """Another criterion for every step in time, added up; over the number of steps if averaged.

    ``dimension`` is that of time in the input, counted from 1: 2 for (batch, time, ...).
    """

    def __init__(
        self,
        criterion: Criterion,
        size_average: bool = False,
        dimension: int = 2,
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(size_average, bigdl_type)
        self.criterion = checked(criterion, str(self))
        self.dimension = dimension

    def parts(self, input: Activity, target: Activity) -> list[Part]:
        self.check_array(input, "input")
        self.check_array(target, "target")
        axis = self.dimension - 1
        if input.ndim <= axis or target.ndim <= axis or input.shape[axis] != target.shape[axis]:
            raise ValueError(
                f"{self}: input and target must have as many steps in time (dimension "
                f"{self.dimension}); their shapes are {shape(input)} and {shape(target)}."
            )
        steps = range(input.shape[axis])
        goals = [target.take(step, axis) for step in steps]
        weights = self.weights(goals)
        return [
            Part(self.criterion, weights[step], input.take(step, axis), goals[step])
            for step in steps
        ]

    def weights(self, goals: list[Any]) -> list[float]:
        """How much each step counts."""
        return [1 / len(goals) if self.size_average else 1.0] * len(goals)

    def together(self, gradients: list[Activity]) -> Activity:
        return np.stack(gradients, self.dimension - 1)

    def pieces(self, x: Tensors, t: Tensors) -> list[tuple[Tensors, Tensors]]:
        axis = self.dimension - 1
        return [(x.select(axis, step), t.select(axis, step)) for step in range(x.shape[axis])]


class TimeDistributedMaskCriterion(TimeDistributedCriterion):
    """The same where sequences are filled up with a padding value, which does not count.

    The sum over time of each step's loss, times the number of its targets that count; over all
    that count. The criterion inside is told to leave the same value out.
    """

    def __init__(
        self, criterion: Criterion, padding_value: int = 0, bigdl_type: str = "float"
    ) -> None:
        super().__init__(criterion, False, 2, bigdl_type)
        if not isinstance(criterion, Averaged):
            raise TypeError(f"{self}: {criterion} has no size_average, so it cannot be masked.")
        self.padding_value = padding_value
        if hasattr(criterion, "paddingValue"):
            self.criterion = copy(criterion)
            self.criterion.paddingValue = padding_value

    def weights(self, goals: list[Any]) -> list[float]:
        assert isinstance(self.criterion, Averaged)
        counts = [int(np.sum(goal != self.padding_value)) for goal in goals]
        all_of_them = max(1, sum(counts))
        return [(n if self.criterion.size_average else 1) / all_of_them for n in counts]


class TransformerCriterion(Criterion):
    """A criterion of f(input) and g(target), where f and g are layers: a loss of features.

    A transformer that is None changes nothing. The gradient goes back through f; g gets none.
    """

    def __init__(
        self,
        criterion: Criterion,
        input_transformer: Any = None,
        target_transformer: Any = None,
        bigdl_type: str = "float",
    ) -> None:
        super().__init__(bigdl_type)
        self.criterion = checked(criterion, str(self))
        self.input_transformer, self.target_transformer = input_transformer, target_transformer

    def updateOutput(self, input: Activity, target: Activity) -> float:
        f, g = self.input_transformer, self.target_transformer
        self.input, self.target = input, target
        features = input if f is None else f.forward(input)
        loss = self.criterion.forward(features, target if g is None else g.forward(target))
        self.loss = self.criterion.loss
        return loss

    def formula(self, x: Tensors, t: Tensors) -> Any:
        """The criterion's own, of an input that nothing transforms."""
        return self.criterion.formula(x, t)

    def updateGradInput(self, input: Activity, target: Activity) -> Activity:
        gradient = self.criterion.updateGradInput(self.criterion.input, self.criterion.target)
        f = self.input_transformer
        return gradient if f is None else f.backward(input, gradient)


def checked(criterion: Any, who: str) -> Criterion:
    """The criterion, or TypeError if it is none."""
    if not isinstance(criterion, Criterion):
        kind = criterion.__name__ if isinstance(criterion, type) else type(criterion).__name__
        raise TypeError(f"{who}: expected a criterion such as MSECriterion(), not {kind}.")
    return criterion


def scaled(activity: Activity, factor: float) -> Activity:
    """An activity times a number."""
    if isinstance(activity, list):
        return [scaled(each, factor) for each in activity]
    return activity * activity.dtype.type(factor)
