"""Recurrent layers: RNN, LSTM, GRU. They read sequences step by step and keep a hidden state.

Every layer multiplies the inputs of all time steps by its weights in one product; the steps
themselves are one operation, see microtorch/ops/recurrent.py. (To see them one by one, loop over
an nn.RNNCell, nn.LSTMCell or nn.GRUCell.)
"""

from __future__ import annotations

import math
import numbers
import warnings
from collections.abc import Sequence
from typing import Any

from microtorch.autograd.dtype_names import title
from microtorch.nn import init
from microtorch.nn.functional.recurrent import Weights, through_layers
from microtorch.nn.modules.module import Module
from microtorch.nn.parameter import Parameter
from microtorch.nn.utils.rnn import PackedSequence
from microtorch.ops import recurrent
from microtorch.tensor import Tensor
from microtorch.tensor.creation import empty, zeros

__all__ = ["GRU", "LSTM", "RNN", "RNNBase"]

# How many gates there are, each with hidden_size rows of the weights; and the op of all steps.
MODES: dict[str, tuple[int, type[recurrent.Recurrent]]] = {
    "RNN_TANH": (1, recurrent.RnnTanh),
    "RNN_RELU": (1, recurrent.RnnRelu),
    "GRU": (3, recurrent.Gru),
    "LSTM": (4, recurrent.Lstm),
}


class RNNBase(Module):
    """What RNN, LSTM and GRU share: the parameters, and the way through layers and directions.

    Layer k has ``weight_ih_l{k}`` (gates x hidden_size, features in), ``weight_hh_l{k}`` (gates x
    hidden_size, hidden_size) and two biases; those of the backward direction end in ``_reverse``.
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.mode, self.input_size, self.hidden_size = mode, input_size, hidden_size
        self.num_layers, self.bias, self.batch_first = num_layers, bias, batch_first
        self.dropout, self.bidirectional = float(dropout), bidirectional
        self.proj_size = proj_size
        self._check_settings(dropout)
        gates, _ = MODES[mode]
        state_size = proj_size or hidden_size
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            in_features = input_size if layer == 0 else state_size * self._directions
            shapes: dict[str, tuple[int, ...]] = {
                "weight_ih": (gates * hidden_size, in_features),
                "weight_hh": (gates * hidden_size, state_size),
            }
            if bias:
                shapes["bias_ih"] = shapes["bias_hh"] = (gates * hidden_size,)
            if proj_size:
                shapes["weight_hr"] = (proj_size, hidden_size)
            for suffix in ("", "_reverse")[: self._directions]:
                names = [f"{name}_l{layer}{suffix}" for name in shapes]
                for name, shape in zip(names, shapes.values(), strict=True):
                    setattr(self, name, Parameter(empty(shape, device=device, dtype=dtype)))
                self._all_weights.append(names)
        self.reset_parameters()

    def _check_settings(self, dropout: Any) -> None:
        """Raise PyTorch's words for settings that make no sense."""
        if (
            not isinstance(dropout, numbers.Number)
            or isinstance(dropout, bool)
            or not 0 <= dropout <= 1  # type: ignore[operator]
        ):
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an "
                "element being zeroed"
            )
        if self.dropout > 0 and self.num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero "
                f"dropout expects num_layers greater than 1, but got dropout={dropout} and "
                f"num_layers={self.num_layers}",
                stacklevel=4,
            )
        for name, kind in (
            ("bias", bool),
            ("batch_first", bool),
            ("input_size", int),
            ("hidden_size", int),
        ):
            value = getattr(self, name)
            if not isinstance(value, kind):
                raise TypeError(
                    f"{name} should be of type {kind.__name__}, got: {type(value).__name__}"
                )
            if kind is int and value <= 0:
                raise ValueError(f"{name} must be greater than zero")
        if self.num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        if self.proj_size < 0:
            raise ValueError(
                "proj_size should be a positive integer or zero to disable projections"
            )
        if self.proj_size >= self.hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if self.mode not in MODES:
            raise ValueError("Unrecognized RNN mode: " + self.mode)

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of every layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def reset_parameters(self) -> None:
        """New random numbers: U(-k, k) with k = 1 / sqrt(hidden_size)."""
        bound = 1 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def flatten_parameters(self) -> None:
        """Nothing: it is for faster memory access on graphics cards."""

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        for name, usual in (
            ("proj_size", 0),
            ("num_layers", 1),
            ("bias", True),
            ("batch_first", False),
            ("dropout", 0),
            ("bidirectional", False),
        ):
            value = getattr(self, name)
            if value != usual:
                text += f", {name}={value}"
        return text

    # From the arguments of forward() to its result ------------------------------------------------

    def _run(
        self, input: Tensor | PackedSequence, hx: Sequence[Tensor] | None
    ) -> tuple[Any, tuple[Tensor, ...]]:
        """The output and the last states, for every form of input."""
        if isinstance(input, PackedSequence):
            return self._run_packed(input, hx)
        if input.dim() not in (2, 3):
            tensor = " tensor" if self.mode.startswith("RNN") else ""
            raise ValueError(
                f"{self._get_name()}: Expected input to be 2D or 3D, got {input.dim()}D{tensor} "
                "instead\nHint: (time, batch, features), or (time, features) for one sequence."
            )
        batched, batch_dim = input.dim() == 3, 0 if self.batch_first else 1
        if hx is not None:
            self._check_dimensions(hx, input.dim())
        if not batched:
            input = input.unsqueeze(batch_dim)
            hx = None if hx is None else [state.unsqueeze(1) for state in hx]
        states = self._states(input, input.size(batch_dim), hx)
        steps = input.transpose(0, 1) if self.batch_first else input
        if not len(steps):
            raise RuntimeError(
                "Expected sequence length to be larger than 0 in RNN\n"
                f"Hint: the input has no time steps; batch_first={self.batch_first}."
            )
        output, states = self._layers(steps, None, states)
        if self.batch_first:
            output = self._batch_first(output)
        if not batched:
            return output.squeeze(batch_dim), tuple([state.squeeze(1) for state in states])
        return output, states

    def _run_packed(
        self, input: PackedSequence, hx: Sequence[Tensor] | None
    ) -> tuple[PackedSequence, tuple[Tensor, ...]]:
        """The same for packed sequences. Inside, the longest comes first."""
        data, batch_sizes, order, back = input
        if data.dim() != 2:
            raise RuntimeError(
                f"input must have 2 dimensions, got {data.dim()}\n"
                "Hint: every sequence that is packed has the shape (time, features)."
            )
        sizes = batch_sizes.tolist()
        if hx is not None and order is not None:
            hx = [state.index_select(1, order) for state in hx]
        states = self._states(data, sizes[0], hx)
        output, states = self._layers(data, sizes, states)
        if back is not None:
            states = tuple([state.index_select(1, back) for state in states])
        return PackedSequence(output, batch_sizes, order, back), states

    def _layers(
        self, input: Tensor, batch_sizes: list[int] | None, states: Sequence[Tensor]
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Through all layers, with the parameters of each."""
        weights = [
            Weights(**{name.partition("_l")[0]: getattr(self, name) for name in names})
            for names in self._all_weights
        ]
        _, op = MODES[self.mode]
        dropout = self.dropout if self.training else 0.0
        return through_layers(op, input, batch_sizes, states, weights, self._directions, dropout)

    def _batch_first(self, output: Tensor) -> Tensor:
        """The output as (batch, time, features)."""
        return output.transpose_(0, 1)

    def _states(self, input: Tensor, batch: int, hx: Sequence[Tensor] | None) -> tuple[Tensor, ...]:
        """The first states, zeros if there are none; an error if something does not fit."""
        weight: Tensor = getattr(self, self._all_weights[0][0])
        if input.dtype != weight.dtype:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({weight.dtype}). "
                f"Convert input: input.to({weight.dtype}), or convert model: "
                f"model.to({input.dtype})"
            )
        if input.size(-1) != self.input_size:
            raise RuntimeError(
                "input.size(-1) must be equal to input_size. "
                f"Expected {self.input_size}, got {input.size(-1)}\n"
                f"Hint: the input has shape {tuple(input.shape)}; its last length is the number of "
                "features."
            )
        count = self.num_layers * self._directions
        sizes = [self.proj_size or self.hidden_size, self.hidden_size]
        if hx is None:
            made = sizes if self.mode == "LSTM" else sizes[:1]
            return tuple([zeros(count, batch, size, dtype=input.dtype) for size in made])
        for number, (state, size) in enumerate(zip(hx, sizes, strict=False)):
            if state.shape != (count, batch, size):
                which = f"hidden[{number}]" if self.mode == "LSTM" else "hidden"
                raise RuntimeError(
                    f"Expected {which} size {(count, batch, size)}, got {list(state.shape)}\n"
                    "Hint: a state is (layers x directions, batch, hidden size)."
                )
        for state in hx:
            if state.dtype != weight.dtype:
                raise RuntimeError(
                    "mat1 and mat2 must have the same dtype, but got "
                    f"{title(state._data.dtype)} and {title(weight._data.dtype)}\n"
                    "Hint: the states have the dtype of the weights."
                )
        return tuple(hx)

    def _check_dimensions(self, hx: Sequence[Tensor], dimensions: int) -> None:
        """RuntimeError unless the states have a batch dimension where the input has one."""
        found = [state.dim() for state in hx]
        if all(number == dimensions for number in found):
            return
        form = "unbatched 2-D" if dimensions == 2 else "batched 3-D"
        which, got = "hx", f"{found[0]}-D tensor"
        if self.mode == "LSTM":
            which, got = "hx and cx", f"({found[0]}-D, {found[1]}-D) tensors"
        raise RuntimeError(
            f"For {form} input, {which} should also be {dimensions}-D but got {got}\n"
            "Hint: a state is (layers x directions, batch, hidden size); without a batch, it has "
            "no second dimension."
        )


def without_proj_size(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings themselves; ValueError if there is one that only LSTM has."""
    if "proj_size" in settings:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
    return settings


class RNN(RNNBase):
    """An Elman network: h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh).

    Settings: ``input_size, hidden_size, num_layers=1, nonlinearity="tanh", bias=True,
    batch_first=False, dropout=0.0, bidirectional=False``; the nonlinearity may be "relu". With
    several layers, each reads the hidden states of the one below; dropout is between them.

    Input (time, batch, input_size), or (batch, time, input_size) if ``batch_first``, or (time,
    input_size), or a PackedSequence; and a first hidden state (layers x directions, batch,
    hidden_size), 0 if there is none. Returns the hidden states of the last layer at all time
    steps, (time, batch, directions x hidden_size), and the last hidden state of every layer.
    Elman 1990, "Finding structure in time".

    >>> import microtorch as torch
    >>> rnn = torch.nn.RNN(10, 20, num_layers=2)
    >>> output, h = rnn(torch.zeros(5, 3, 10))
    >>> output.shape, h.shape
    (torch.Size([5, 3, 20]), torch.Size([2, 3, 20]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        nonlinearity = args[3] if len(args) > 3 else kwargs.pop("nonlinearity", "tanh")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(
                f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'."
            )
        mode = f"RNN_{nonlinearity.upper()}"
        super().__init__(mode, *args[:3], *args[4:], **without_proj_size(kwargs))
        self.nonlinearity = nonlinearity

    def forward(
        self, input: Tensor | PackedSequence, hx: Tensor | None = None
    ) -> tuple[Any, Tensor]:
        output, (h,) = self._run(input, None if hx is None else (hx,))
        return output, h


class LSTM(RNNBase):
    """Long short-term memory: gates decide what a cell state c keeps, takes in and shows.

    i, f, o = sigmoid(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh), n = tanh of the same with other
    weights; c_t = f c_(t-1) + i n;  h_t = o tanh(c_t). The rows of the weights stand in the order
    i, f, n, o. With ``proj_size``, h_t is multiplied by W_hr, so that it is shorter.

    Settings: ``input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0,
    bidirectional=False, proj_size=0``. Input and output are those of :class:`RNN`, but the state is
    a pair (h, c). Hochreiter and Schmidhuber 1997, "Long short-term memory"; the forget gate f is
    from Gers et al. 2000; the projection from Sak et al. 2014.

    >>> import microtorch as torch
    >>> lstm = torch.nn.LSTM(10, 20, bidirectional=True)
    >>> output, (h, c) = lstm(torch.zeros(5, 3, 10))
    >>> output.shape, h.shape
    (torch.Size([5, 3, 40]), torch.Size([2, 3, 20]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def forward(
        self, input: Tensor | PackedSequence, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Any, tuple[Tensor, Tensor]]:
        output, (h, c) = self._run(input, None if hx is None else (hx[0], hx[1]))
        return output, (h, c)

    def _batch_first(self, output: Tensor) -> Tensor:
        return output.transpose(0, 1)


class GRU(RNNBase):
    """Gated recurrent unit: the new hidden state is a mixture of the old one and of n.

    r, z = sigmoid(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh);
    n = tanh(W_in x_t + b_in + r (W_hn h_(t-1) + b_hn));  h_t = (1 - z) n + z h_(t-1). The rows of
    the weights stand in the order r, z, n.

    Settings: ``input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0,
    bidirectional=False``. Input, state and output are those of :class:`RNN`. Cho et al. 2014,
    "Learning phrase representations using RNN encoder-decoder".

    >>> import microtorch as torch
    >>> gru = torch.nn.GRU(10, 20, batch_first=True)
    >>> output, h = gru(torch.zeros(3, 5, 10))
    >>> output.shape, h.shape
    (torch.Size([3, 5, 20]), torch.Size([1, 3, 20]))
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("GRU", *args, **without_proj_size(kwargs))

    def forward(
        self, input: Tensor | PackedSequence, hx: Tensor | None = None
    ) -> tuple[Any, Tensor]:
        output, (h,) = self._run(input, None if hx is None else (hx,))
        return output, h
