"""Multi-head attention as a layer that holds its weights."""

from __future__ import annotations

from typing import Any

from microtorch.nn import functional as F
from microtorch.nn import init
from microtorch.nn.functional.attention import canonical_mask
from microtorch.nn.modules.linear import Linear
from microtorch.nn.modules.module import Module
from microtorch.nn.parameter import Parameter
from microtorch.tensor import Tensor
from microtorch.tensor.creation import empty

__all__ = ["MultiheadAttention"]


class NonDynamicallyQuantizableLinear(Linear):
    """A Linear under the name that PyTorch prints for the output weights of attention."""


class MultiheadAttention(Module):
    """Several attentions side by side, each to its own part of the features, then joined.

    head_i = softmax(q W_i^Q (k W_i^K)^T / sqrt(E / heads)) v W_i^V;  output = all heads times W^O.
    Vaswani et al. 2017, "Attention is all you need".

    query (L, N, E), key (S, N, kdim) and value (S, N, vdim); with ``batch_first`` (N, L, E), ...;
    or without the batch N. ``add_bias_kv`` adds a learned position to key and value,
    ``add_zero_attn`` one that holds 0. Returns the output, shaped like the query, and the attention
    weights (N, L, S), averaged over the heads, or (N, heads, L, S); None if not needed.

    ``key_padding_mask`` (N, S) says which positions of the key are padding, ``attn_mask`` (L, S) or
    (N x heads, L, S) who must not look where: True means no; floats are added to the scores.
    ``is_causal`` is a hint that ``attn_mask`` forbids just the later positions.

    >>> import microtorch as torch
    >>> attention = torch.nn.MultiheadAttention(embed_dim=8, num_heads=2, batch_first=True)
    >>> x = torch.zeros(3, 5, 8)
    >>> output, weights = attention(x, x, x)
    >>> output.shape, weights.shape
    (torch.Size([3, 5, 8]), torch.Size([3, 5, 5]))
    """

    in_proj_weight: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                "embed_dim and num_heads must be greater than 0, "
                f"got embed_dim={embed_dim} and num_heads={num_heads} instead"
            )
        super().__init__()
        self.embed_dim, self.num_heads, self.dropout = embed_dim, num_heads, dropout
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == self.vdim == embed_dim
        self.batch_first, self.add_zero_attn = batch_first, add_zero_attn
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError(
                "embed_dim must be divisible by num_heads\n"
                f"Hint: each of the {num_heads} heads gets an equal part of {embed_dim} features."
            )
        same, e = self._qkv_same_embed_dim, embed_dim
        shapes: dict[str, tuple[int, ...] | None] = {
            "q_proj_weight": None if same else (e, e),
            "k_proj_weight": None if same else (e, self.kdim),
            "v_proj_weight": None if same else (e, self.vdim),
            "in_proj_weight": (3 * e, e) if same else None,
            "in_proj_bias": (3 * e,) if bias else None,
        }
        for name, shape in shapes.items():
            self._make(name, shape, device, dtype)
        self.out_proj = NonDynamicallyQuantizableLinear(e, e, bias, device, dtype)
        for name in ("bias_k", "bias_v"):
            self._make(name, (1, 1, e) if add_bias_kv else None, device, dtype)
        self._reset_parameters()

    def _make(self, name: str, shape: tuple[int, ...] | None, device: Any, dtype: Any) -> None:
        made = None if shape is None else Parameter(empty(shape, device=device, dtype=dtype))
        self.register_parameter(name, made)

    def _reset_parameters(self) -> None:
        """New random numbers: Glorot's for the weights, 0 for the biases."""
        for weight in (
            self.in_proj_weight,
            self.q_proj_weight,
            self.k_proj_weight,
            self.v_proj_weight,
        ):
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None and self.out_proj.bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)
        for extra in (self.bias_k, self.bias_v):
            if extra is not None:
                init.xavier_normal_(extra)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        key_padding_mask = canonical_mask(
            key_padding_mask, "key_padding_mask", query.dtype, attn_mask, "attn_mask"
        )
        attn_mask = canonical_mask(attn_mask, "attn_mask", query.dtype)
        swapped = self.batch_first and query.dim() == 3
        if swapped and query is key is value:
            query = key = value = query.transpose(1, 0)
        elif swapped:
            query, key, value = (x.transpose(1, 0) for x in (query, key, value))
        output, weights = F.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            key_padding_mask=key_padding_mask,
            need_weights=need_weights,
            attn_mask=attn_mask,
            use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        return output.transpose(1, 0) if swapped else output, weights
