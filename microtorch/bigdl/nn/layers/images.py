"""What layers for images share: one image counts as a batch of one."""

from __future__ import annotations

from typing import Any

import numpy as np

from microtorch.bigdl.activity import Activity, Array, shape
from microtorch.bigdl.nn.layers.of_op import OpLayer, way_back


def only_nchw(name: str, data_format: str) -> None:
    """Raise ValueError for images whose channels come last."""
    if data_format != "NCHW":
        raise ValueError(
            f'{name}: images are (batch, channels, height, width), "NCHW"; {data_format!r} is not '
            "supported. Swap the axes first: x.transpose(0, 3, 1, 2)."
        )


class ImageLayer(OpLayer):
    """Takes images (batch, channels, height, width), or one image without the batch."""

    channels: int | None = None  # how many an image must have, if that is fixed

    def check(self, input: Activity) -> None:
        fits = not isinstance(input, list) and input.ndim in (3, 4)
        if not fits or self.channels not in (None, input.shape[-3]):
            c = "channels" if self.channels is None else self.channels
            raise ValueError(
                f"{self}: the input must have shape (batch, {c}, height, width), or "
                f"({c}, height, width), not {shape(input)}."
            )

    def operands(self, input: Activity) -> list[Array]:
        return super().operands(as_batch(input))

    def updateOutput(self, input: Activity) -> Activity:
        output = super().updateOutput(input)
        return output[0] if input.ndim == 3 else output

    def gradient(self, k: int, input: Activity, grad_output: Array) -> Array:
        operands = [*self.operands(input), *self.settings]
        g = way_back(self.kind(), k, as_batch(grad_output), as_batch(self.output), *operands)
        g = g.astype(self.dtype, copy=False)
        return g[0] if k == 0 and input.ndim == 3 else g

    def record(self, tensors: list[Any], parameters: list[Any], symbol: str) -> Any:
        if tensors[0].ndim == 4:
            return super().record(tensors, parameters, symbol)
        return super().record([tensors[0].unsqueeze(0)], parameters, symbol).squeeze(0)


def as_batch(image: Array) -> Array:
    """One image as a batch of one; a batch as it is."""
    return image[np.newaxis] if image.ndim == 3 else image
