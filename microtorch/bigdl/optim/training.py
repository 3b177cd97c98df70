"""The training loop: ``Optimizer.create(model, (X, Y), criterion, ...).optimize()``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Self

import numpy as np

from microtorch.bigdl.activity import Activity, Array
from microtorch.bigdl.nn.criterions.base import Criterion
from microtorch.bigdl.nn.criterions.combining import checked
from microtorch.bigdl.nn.layers.base import Layer
from microtorch.bigdl.optim.data import TrainingSet, count
from microtorch.bigdl.optim.evaluation import measure
from microtorch.bigdl.optim.files import save
from microtorch.bigdl.optim.methods import SGD, OptimMethod
from microtorch.bigdl.optim.progress import Progress
from microtorch.bigdl.optim.summary import TrainSummary, ValidationSummary
from microtorch.bigdl.optim.triggers import MaxEpoch, State, Trigger, as_trigger
from microtorch.bigdl.optim.validation import Top1Accuracy, ValidationMethod, checked_methods


class Optimizer:
    """Trains a layer. Make one with :meth:`create`.

    ``state`` says where the training stands: "epoch", "neval" (the next iteration), "Loss",
    "LearningRate" and, after a validation, "score" and the results by name.
    """

    def __init__(
        self,
        model: Layer,
        training_set: Any,
        criterion: Criterion,
        end_trigger: Trigger | None = None,
        batch_size: int = 32,
        optim_method: OptimMethod | None = None,
        bigdl_type: str = "float",
        *,
        shuffle: bool = False,
        client: Any = None,
        progress: bool | None = None,
    ) -> None:
        self.set_model(model)
        self.set_criterion(criterion)
        self.set_end_when(MaxEpoch(1) if end_trigger is None else end_trigger)
        method = SGD() if optim_method is None else optim_method
        if not isinstance(method, OptimMethod):
            raise TypeError(f"an optim_method is one such as SGD() or Adam(), not {method!r}")
        self.method = method
        self.data = TrainingSet(training_set, batch_size, shuffle)
        self.client, self.progress = client, progress
        self.state: State = {"epoch": 1, "neval": 1}
        self.validation: tuple[TrainingSet, Any, list[ValidationMethod]] | None = None
        self.checkpoint: tuple[Any, Path, bool] | None = None
        self.train_summary: TrainSummary | None = None
        self.val_summary: ValidationSummary | None = None
        self.clip: tuple[float, float] | None = None
        self.clip_norm: float | None = None

    @staticmethod
    def create(
        model: Layer,
        training_set: Any,
        criterion: Criterion,
        end_trigger: Trigger | None = None,
        batch_size: int = 32,
        optim_method: OptimMethod | None = None,
        cores: int | None = None,
        bigdl_type: str = "float",
        *,
        shuffle: bool = False,
        client: Any = None,
        progress: bool | None = None,
    ) -> Optimizer:
        """An optimizer for a model, its training data and a criterion.

        Args:
            training_set: ``(X, Y)``, two arrays (or tables of arrays) with a sample in every row;
                or any iterable of samples ``(x, y)``. A generator is remembered for later epochs.
            end_trigger: when to stop; by default after one epoch.
            batch_size: samples in one iteration. The last batch of an epoch may be smaller.
            cores: BigDL's; NumPy decides here.
            shuffle: another order in every epoch (BigDL always does; here the order is kept).
            client: of ``dask.distributed``: every worker computes the gradient of its part of a
                batch, and the sum is applied.
            progress: show a progress bar; None shows it in a terminal.

        >>> from microtorch.bigdl.nn.layer import Linear
        >>> from microtorch.bigdl.nn.criterion import MSECriterion
        >>> X = np.array([[0.0], [1.0], [2.0]])
        >>> fit = Optimizer.create(
        ...     Linear(1, 1), (X, 3 * X + 1), MSECriterion(), MaxEpoch(200), 3, SGD(0.2)
        ... ).optimize()
        >>> [weight.round(2) for weight in fit.get_weights()]
        [array([[3.]], dtype=float32), array([1.], dtype=float32)]
        """
        method = (criterion, end_trigger, batch_size, optim_method, bigdl_type)
        return Optimizer(
            model, training_set, *method, shuffle=shuffle, client=client, progress=progress
        )

    # ------------------------------------------------------------ what can be set

    def set_model(self, model: Layer) -> Self:
        """Train another layer."""
        if not isinstance(model, Layer):
            raise TypeError(f"Optimizer: the model must be a layer, not {type(model).__name__}.")
        self.model = model
        return self

    def set_criterion(self, criterion: Criterion) -> Self:
        """Train for another loss."""
        self.criterion = checked(criterion, "Optimizer")
        return self

    def set_end_when(self, end_when: Trigger) -> Self:
        """Stop when a trigger says so. It is asked before every iteration."""
        self.end_when = as_trigger(end_when)
        return self

    def set_validation(
        self, batch_size: int, X_val: Any, Y_val: Any, trigger: Trigger, val_method: Any = None
    ) -> Self:
        """Validate whenever a trigger says so.

        The result of the first method becomes ``state["score"]``, which MaxScore and Plateau read.
        """
        methods = checked_methods([Top1Accuracy()] if val_method is None else val_method)
        self.validation = TrainingSet((X_val, Y_val), batch_size), as_trigger(trigger), methods
        return self

    def set_checkpoint(
        self, checkpoint_trigger: Trigger, checkpoint_path: str, isOverWrite: bool = True
    ) -> Self:
        """Save the model and the method into a folder whenever a trigger says so.

        The files are ``model`` and ``optimMethod``; with ``isOverWrite=False`` one for every time,
        ``model.12`` and ``optimMethod.12``. ``Model.loadModel`` and ``OptimMethod.load`` read them.
        """
        folder = Path(checkpoint_path)
        folder.mkdir(parents=True, exist_ok=True)
        self.checkpoint = as_trigger(checkpoint_trigger), folder, isOverWrite
        return self

    def set_train_summary(self, summary: TrainSummary) -> Self:
        """Write down what happens in training."""
        self.train_summary = summary
        return self

    def set_val_summary(self, summary: ValidationSummary) -> Self:
        """Write down the results of validation."""
        self.val_summary = summary
        return self

    def set_gradclip_const(self, min_value: float, max_value: float) -> Self:
        """Cut every entry of the gradient off below and above."""
        if min_value > max_value:
            raise ValueError(f"clipping from {min_value} to {max_value}: the first is larger")
        self.clip = (min_value, max_value)
        return self

    def set_gradclip_l2norm(self, clip_norm: float) -> Self:
        """Shorten the gradient, the one long vector of all, to this length if it is longer."""
        if not clip_norm > 0:
            raise ValueError(f"a length to clip to is above 0, not {clip_norm}")
        self.clip_norm = clip_norm
        return self

    def disable_gradclip(self) -> Self:
        """Leave the gradient as it is."""
        self.clip = self.clip_norm = None
        return self

    # ------------------------------------------------------------ training

    def optimize(self) -> Layer:
        """Train until the end trigger says stop, and return the trained layer.

        Called again, it goes on where it stopped (with another end trigger).
        """
        self.model.training()
        with Progress(self.progress, self.end_when) as bar:
            batches = self.data.epoch()
            held = next(batches, None)
            while not self.end_when(self.state):
                assert held is not None
                started = time.perf_counter()
                self.iterate(*held)
                samples = count(held[0])
                held = next(batches, None)
                self.state["neval"] += 1
                if held is None:  # all samples seen
                    self.state["epoch"] += 1
                    batches = self.data.epoch()
                    held = next(batches)
                self.write_down(samples / max(time.perf_counter() - started, 1e-9))
                self.validate()
                self.save()
                bar.show(self.state)
        return self.model

    def iterate(self, X: Activity, Y: Activity) -> None:
        """One iteration: the gradient of a batch, and one step against it."""
        loss = self.gradient(X, Y)
        self.state["Loss"] = loss
        pairs = self.pairs()
        if not pairs:
            return
        weights = np.concatenate([array.reshape(-1) for array, _ in pairs])
        gradient = self.clipped(np.concatenate([g.reshape(-1) for _, g in pairs]))
        self.method.step(weights, gradient, self.state)
        self.state["LearningRate"] = self.method.current
        start = 0
        for array, _ in pairs:
            array[...] = weights[start : start + array.size].reshape(array.shape)
            start += array.size

    def gradient(self, X: Activity, Y: Activity) -> float:
        """The loss of a batch; its gradient is in the layers' gradWeight and gradBias then."""
        self.model.zero_grad_parameters()
        if self.client is not None:
            from microtorch.bigdl.optim.distributed import gradient

            return gradient(self.client, self.model, self.criterion, X, Y)
        output = self.model.forward(X)
        loss = self.criterion.forward(output, Y)
        self.model.backward(X, self.criterion.backward(output, Y))
        return loss

    def pairs(self) -> list[tuple[Array, Array]]:
        """The parameters that learn, with their gradients: those of layers that are not frozen."""
        return [pair for layer in self.model.every() if not layer.frozen for pair in layer.pairs()]

    def clipped(self, gradient: Array) -> Array:
        """The gradient, not too large."""
        if self.clip is not None:
            gradient = np.clip(gradient, *self.clip)
        if self.clip_norm is not None:
            length = float(np.linalg.norm(gradient))
            if length > self.clip_norm:
                gradient = gradient * gradient.dtype.type(self.clip_norm / length)
        return gradient

    # ------------------------------------------------------------ after an iteration

    def write_down(self, throughput: float) -> None:
        """The training summary."""
        if self.train_summary is None:
            return
        numbers = {
            "Loss": self.state["Loss"],
            "LearningRate": self.state.get("LearningRate", 0.0),
            "Throughput": throughput,
        }
        for tag, value in numbers.items():
            trigger = self.train_summary.triggers.get(tag)
            if trigger is None or trigger(self.state):
                self.train_summary.add_scalar(tag, self.state["neval"] - 1, value)

    def validate(self) -> None:
        """Validation, if it is time."""
        if self.validation is None or not self.validation[1](self.state):
            return
        data, _, methods = self.validation
        results = measure(self.model, data, methods)
        self.state["score"] = results[str(methods[0])]
        self.state["validation"] = results
        if self.val_summary is not None:
            for name, value in results.items():
                self.val_summary.add_scalar(name, self.state["neval"] - 1, value)

    def save(self) -> None:
        """A checkpoint, if it is time."""
        if self.checkpoint is None or not self.checkpoint[0](self.state):
            return
        _, folder, over_write = self.checkpoint
        ending = "" if over_write else f".{self.state['neval'] - 1}"
        save(self.model, folder / f"model{ending}", True)
        save(self.method, folder / f"optimMethod{ending}", True)
