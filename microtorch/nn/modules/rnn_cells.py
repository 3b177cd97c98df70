"""One time step of a recurrent network: RNNCell, LSTMCell, GRUCell.

A loop over a cell is a recurrent layer whose every step can be seen in the graph. The formulas are
in microtorch/ops/recurrent.py.
"""

from __future__ import annotations

import math
from typing import Any

from microtorch.nn import functional as F
from microtorch.nn import init
from microtorch.nn.modules.module import Module
from microtorch.nn.parameter import Parameter
from microtorch.ops import recurrent
from microtorch.tensor import Tensor
from microtorch.tensor.creation import empty, zeros
from microtorch.tensor.pointwise import tanh

__all__ = ["GRUCell", "LSTMCell", "RNNCell", "RNNCellBase"]


class RNNCellBase(Module):
    """What the cells share: weights for the input and for the hidden state, one row per gate."""

    bias_ih: Parameter | None
    bias_hh: Parameter | None
    nonlinearity = "tanh"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        rows = num_chunks * hidden_size
        self.weight_ih = Parameter(empty((rows, input_size), device=device, dtype=dtype))
        self.weight_hh = Parameter(empty((rows, hidden_size), device=device, dtype=dtype))
        for name in ("bias_ih", "bias_hh"):
            made = Parameter(empty(rows, device=device, dtype=dtype)) if bias else None
            self.register_parameter(name, made)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """New random numbers: U(-k, k) with k = 1 / sqrt(hidden_size)."""
        bound = 1 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        if self.nonlinearity != "tanh":
            text += f", nonlinearity={self.nonlinearity}"
        return text

    def _gates(self, input: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        """What the input and the hidden state give to the gates: x W_ih^T + b_ih, h W_hh^T + b_hh."""
        return (
            F.linear(input, self.weight_ih, self.bias_ih),
            F.linear(h, self.weight_hh, self.bias_hh),
        )

    def _checked(self, input: Tensor, *states: Tensor | None) -> list[Tensor]:
        """Input and states with a batch dimension; zeros for states that are None."""
        batched = input.dim() == 2
        x = input if batched else input.unsqueeze(0)
        if x.size(1) != self.input_size:
            raise RuntimeError(
                f"input has inconsistent input_size: got {x.size(1)} expected {self.input_size}\n"
                f"Hint: the input has shape {tuple(input.shape)}; its last length is the number of "
                "features."
            )
        checked = [x]
        for number, state in enumerate(states):
            if state is None:
                state = zeros(x.size(0), self.hidden_size, dtype=x.dtype)
            elif not batched:
                state = state.unsqueeze(0)
            if x.size(0) != state.size(0):
                raise RuntimeError(
                    f"Input batch size {x.size(0)} doesn't match hidden{number} batch size "
                    f"{state.size(0)}\nHint: one hidden state (row) for each input (row)."
                )
            if state.size(1) != self.hidden_size:
                raise RuntimeError(
                    f"hidden{number} has inconsistent hidden_size: got {state.size(1)}, "
                    f"expected {self.hidden_size}\nHint: the state is (batch, hidden_size)."
                )
            checked.append(state)
        return checked

    def _check_dimensions(self, value: Tensor, what: str) -> None:
        """ValueError unless it is a vector or a matrix."""
        if value.dim() not in (1, 2):
            raise ValueError(
                f"{self._get_name()}: Expected {what} to be 1D or 2D, got {value.dim()}D instead\n"
                "Hint: a cell takes one time step: (batch, features) or (features)."
            )


class RNNCell(RNNCellBase):
    """One step of an Elman network: h' = tanh(W_ih x + b_ih + W_hh h + b_hh).

    With ``nonlinearity="relu"``, relu in place of tanh. Input (batch, input_size) and hidden state
    (batch, hidden_size), or both without the batch; without a hidden state, it is 0. Elman 1990,
    "Finding structure in time".

    >>> import microtorch as torch
    >>> cell, h = torch.nn.RNNCell(10, 20), torch.zeros(3, 20)
    >>> for x in torch.zeros(6, 3, 10):
    ...     h = cell(x, h)
    >>> h.shape
    torch.Size([3, 20])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        self._check_dimensions(input, "input")
        if hx is not None:
            self._check_dimensions(hx, "hidden")
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(
                f"Unknown nonlinearity: {self.nonlinearity}\nHint: 'tanh' or 'relu'."
            )
        x, h = self._checked(input, hx)
        from_input, from_state = self._gates(x, h)
        gates = from_input + from_state
        h = tanh(gates) if self.nonlinearity == "tanh" else F.relu(gates)
        return h if input.dim() == 2 else h.squeeze(0)


class LSTMCell(RNNCellBase):
    """One step of long short-term memory, from the states (h, c) to the new ones.

    i, f, o = sigmoid(W_ih x + b_ih + W_hh h + b_hh), n = tanh of the same with other weights;
    c' = f c + i n;  h' = o tanh(c'). The rows of the weights stand in the order i, f, n, o.
    Hochreiter and Schmidhuber 1997, "Long short-term memory"; the forget gate f is from Gers et
    al. 2000, "Learning to forget".
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(
        self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        self._check_dimensions(input, "input")
        if isinstance(hx, Tensor):
            raise TypeError(
                "lstm_cell(): argument 'hx' (position 2) must be tuple of Tensors, not Tensor\n"
                "Hint: an LSTM has two states: cell(x, (h, c))."
            )
        for number, state in enumerate(hx or ()):
            self._check_dimensions(state, f"hx[{number}]")
        if hx is not None and len(hx) != 2:
            raise RuntimeError("lstm_cell expects two hidden states\nHint: cell(x, (h, c)).")
        x, h, c = self._checked(input, *(hx or (None, None)))
        from_input, from_state = self._gates(x, h)
        h, c = recurrent.lstm_step(from_input + from_state, c)
        return (h, c) if input.dim() == 2 else (h.squeeze(0), c.squeeze(0))


class GRUCell(RNNCellBase):
    """One step of a gated recurrent unit: the new h is a mixture of the old one and of n.

    r, z = sigmoid(W_ih x + b_ih + W_hh h + b_hh);  n = tanh(W_in x + b_in + r (W_hn h + b_hn));
    h' = (1 - z) n + z h. The rows of the weights stand in the order r, z, n. Cho et al. 2014,
    "Learning phrase representations using RNN encoder-decoder".
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        self._check_dimensions(input, "input")
        if hx is not None:
            self._check_dimensions(hx, "hidden")
        x, h = self._checked(input, hx)
        from_input, from_state = self._gates(x, h)
        h_new: Tensor = recurrent.gru_step(from_input, from_state, h)
        return h_new if input.dim() == 2 else h_new.squeeze(0)
