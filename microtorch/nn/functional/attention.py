"""Attention: every position looks at others, and takes a weighted mean of what they hold.

Vaswani et al. 2017, "Attention is all you need": softmax(q k^T / sqrt(E)) v, with several heads
side by side.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

from microtorch.autograd.dtype_names import c_name
from microtorch.nn.functional.common import check_tensor
from microtorch.nn.functional.dropout import dropout
from microtorch.tensor import Tensor
from microtorch.tensor.contractions import baddbmm, bmm
from microtorch.tensor.creation import ones, zeros, zeros_like
from microtorch.tensor.dtypes import DType, bool_, float16, float32
from microtorch.tensor.joining import cat
from microtorch.tensor.padding import pad
from microtorch.tensor.products import linear
from microtorch.tensor.softmax import softmax

__all__ = ["multi_head_attention_forward", "scaled_dot_product_attention"]

INF = math.inf


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(q k^T scale + mask) v, where scale is 1 / sqrt(E) unless it is given.

    query (..., L, E), key (..., S, E), value (..., S, Ev); the result is (..., L, Ev). In a bool
    mask (..., L, S), True means: may be looked at; a mask of floats is added. ``is_causal``: nobody
    looks at later positions. A position that may look at nothing gets zeros. ``dropout_p`` always
    applies, so pass 0 outside of training. ``enable_gqa``: several query heads (dimension -3)
    share one head of key and value (Ainslie et al. 2023, "GQA").

    >>> import microtorch as torch
    >>> q, k = torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> torch.nn.functional.scaled_dot_product_attention(q, k, k)
    tensor([[2., 3.]])
    """
    check_attention(query, key, value, attn_mask, dropout_p, is_causal)
    dtype = query.dtype
    if dtype == float16:
        query, key, value = query.float(), key.float(), value.float()
    if enable_gqa:
        key, value = repeated_heads(query, key, value)
    if is_causal:
        attn_mask = ones(query.size(-2), key.size(-2), dtype=bool_).tril()
    if scale is None:
        scale = 1 / math.sqrt(max(query.size(-1), 1))
    scores = (query * scale) @ key.transpose(-2, -1)
    if attn_mask is not None:
        scores = scores + (floats(~attn_mask, dtype) if attn_mask.dtype == bool_ else attn_mask)
    weights = dropout(softmax_or_zeros(scores), dropout_p)
    result: Tensor = weights @ value
    return result.to(dtype)


def check_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Any, dropout_p: float, is_causal: bool
) -> None:
    """Raise PyTorch's words for arguments that do not fit together."""
    named = {"query": query, "key": key, "value": value}
    for position, (name, tensor) in enumerate(named.items(), 1):
        check_tensor("scaled_dot_product_attention", tensor, name, position)
    types = [c_name(tensor._data.dtype) for tensor in named.values()]
    if len(set(types)) > 1:
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got "
            f"query.dtype: {types[0]} key.dtype: {types[1]} and value.dtype: {types[2]} instead.\n"
            "Hint: convert them to one dtype, for example with .float()."
        )
    if min(tensor.dim() for tensor in named.values()) < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got "
            f"query.dim: {query.dim()} key.dim: {key.dim()} and value.dim: {value.dim()} instead.\n"
            "Hint: the last two dimensions are (positions, features)."
        )
    if attn_mask is not None:
        check_tensor("scaled_dot_product_attention", attn_mask, "attn_mask", 4)
        if attn_mask.dtype not in (bool_, float32, query.dtype):
            raise RuntimeError(
                "Expected attn_mask dtype to be bool or float or to match query dtype, but got "
                f"attn_mask.dtype: {c_name(attn_mask._data.dtype)} and  query.dtype: {types[0]} "
                "instead.\nHint: convert the mask with .bool() (True: may be looked at)."
            )
        if is_causal:
            raise RuntimeError(
                "_scaled_dot_product_attention: Explicit attn_mask should not be set when "
                "is_causal=True\nHint: pass one of the two."
            )
    if not 0 <= dropout_p <= 1:
        raise RuntimeError(f"dropout probability has to be between 0 and 1, but got {dropout_p}")


def repeated_heads(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """Key and value with as many heads as the query."""
    heads, key_heads, value_heads = query.size(-3), key.size(-3), value.size(-3)
    if heads % key_heads or heads % value_heads:
        raise RuntimeError(
            "Number of heads in key and value must divide the number of heads in \n"
            f"Hint: the query has {heads} heads, the key {key_heads} and the value {value_heads}."
        )
    return (
        key.repeat_interleave(heads // key_heads, -3),
        value.repeat_interleave(heads // value_heads, -3),
    )


def softmax_or_zeros(scores: Tensor) -> Tensor:
    """Softmax of each row; zeros for a row in which everything is masked out (-inf)."""
    hopeless = (scores.detach() == -INF).all(-1, keepdim=True)
    if not hopeless.any():
        return softmax(scores, -1)
    return softmax(scores.masked_fill(hopeless, 0.0), -1).masked_fill(hopeless, 0.0)


def floats(mask: Tensor, dtype: DType) -> Tensor:
    """A bool mask as what is added to scores: -inf where it is True."""
    return zeros_like(mask, dtype=dtype).masked_fill(mask, -INF)


# Several heads ------------------------------------------------------------------------------------


def canonical_mask(
    mask: Tensor | None,
    name: str,
    dtype: DType,
    other: Tensor | None = None,
    other_name: str = "",
) -> Tensor | None:
    """A mask as what is added to scores. In a bool mask, True means: must not be looked at."""
    if mask is None:
        return None
    if mask.dtype != bool_ and not mask.is_floating_point():
        raise AssertionError(
            f"only bool and floating types of {name} are supported\nHint: {name}.bool()."
        )
    if other is not None and mask.dtype != other.dtype:
        warnings.warn(
            f"Support for mismatched {name} and {other_name} is deprecated. "
            "Use same type for both instead.",
            stacklevel=3,
        )
    return floats(mask, dtype) if mask.dtype == bool_ else mask


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """What :class:`torch.nn.MultiheadAttention` computes: use that, it holds the weights.

    query (L, N, E), key and value (S, N, .), or all without the batch N. They are multiplied by
    their weights, cut into heads, attended to, joined, and multiplied by the output weights. The
    result is the output (L, N, E), and the attention weights (N, L, S) if they are needed.
    """
    batched = is_batched(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        if query is key is value:
            query = key = value = query.unsqueeze(1)
        else:
            query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
        if key_padding_mask is not None:
            key_padding_mask = key_padding_mask.unsqueeze(0)
    length, batch, embed_dim = query.shape
    dtype = query.dtype

    key_padding_mask = canonical_mask(
        key_padding_mask, "key_padding_mask", dtype, attn_mask, "attn_mask"
    )
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module "
            "method `generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and key_padding_mask is None and not need_weights:
        attn_mask = None
    else:
        attn_mask = canonical_mask(attn_mask, "attn_mask", dtype)
        is_causal = is_causal and key_padding_mask is None
    check_embedding(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)

    if use_separate_proj_weight:
        weights = (q_proj_weight, k_proj_weight, v_proj_weight)
        q, k, v = separate_projections(query, key, value, weights, in_proj_bias)
    else:
        q, k, v = packed_projections(query, key, value, in_proj_weight, in_proj_bias)
    attn_mask = three_dimensional(attn_mask, batch, num_heads, length, len(key))
    if bias_k is not None and bias_v is not None:
        k = cat([k, bias_k.repeat(1, batch, 1)])
        v = cat([v, bias_v.repeat(1, batch, 1)])

    q = heads(q, batch, num_heads)
    k = heads(k, batch, num_heads) if static_k is None else static_k
    v = heads(v, batch, num_heads) if static_v is None else static_v
    if add_zero_attn:
        nothing = zeros(batch * num_heads, 1, embed_dim // num_heads, dtype=dtype)
        k, v = cat([k, nothing], 1), cat([v, nothing], 1)
    source = k.size(1)
    if attn_mask is not None:
        attn_mask = pad(attn_mask, (0, source - attn_mask.size(-1)))
    if key_padding_mask is not None:
        added = source - len(key) if static_k is None else 0
        padding = pad(key_padding_mask, (0, added))
        check_padding(padding, batch, source)
        padding = padding.view(batch, 1, 1, source).expand(-1, num_heads, -1, -1)
        padding = padding.reshape(batch * num_heads, 1, source)
        attn_mask = padding if attn_mask is None else attn_mask + padding

    p = dropout_p if training else 0.0
    attention: Tensor | None = None
    if need_weights:
        scores = q * math.sqrt(1 / q.size(-1))
        keys = k.transpose(-2, -1)
        scores = bmm(scores, keys) if attn_mask is None else baddbmm(attn_mask, scores, keys)
        attention = dropout(softmax(scores, -1), p)
        joined = bmm(attention, v)
        attention = attention.view(batch, num_heads, length, source)
        attention = attention.mean(1) if average_attn_weights else attention
    else:
        apart = (batch, num_heads, -1, embed_dim // num_heads)
        if attn_mask is not None and len(attn_mask) > 1:
            attn_mask = attn_mask.view(batch, num_heads, -1, source)
        joined = scaled_dot_product_attention(
            q.view(apart), k.view(apart), v.view(apart), attn_mask, p, is_causal
        ).reshape(batch * num_heads, length, -1)
    output = joined.transpose(0, 1).reshape(length * batch, embed_dim)
    output = linear(output, out_proj_weight, out_proj_bias).view(length, batch, embed_dim)
    if batched:
        return output, attention
    return output.squeeze(1), None if attention is None else attention.squeeze(0)


def heads(x: Tensor, batch: int, num_heads: int) -> Tensor:
    """(length, batch, features) cut into (batch x heads, length, features of one head)."""
    return x.reshape(len(x), batch * num_heads, x.size(-1) // num_heads).transpose(0, 1)


def packed_projections(
    query: Tensor, key: Tensor, value: Tensor, weight: Tensor | None, bias: Tensor | None
) -> tuple[Tensor, ...]:
    """Query, key and value times their weights, which stand below each other in one matrix."""
    if weight is None:
        raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
    if query is key is value:  # self-attention: one product
        return tuple(linear(query, weight, bias).chunk(3, -1))
    biases = (None,) * 3 if bias is None else bias.chunk(3)
    parts = zip((query, key, value), weight.chunk(3), biases, strict=True)
    return tuple([linear(x, w, b) for x, w, b in parts])


def separate_projections(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    weights: tuple[Tensor | None, ...],
    bias: Tensor | None,
) -> tuple[Tensor, ...]:
    """The same with a matrix for each, because key or value have other lengths."""
    inputs = {"query": query, "key": key, "value": value}
    checked = []
    for (name, x), weight in zip(inputs.items(), weights, strict=True):
        if weight is None:
            raise AssertionError(
                f"use_separate_proj_weight is True but {name[0]}_proj_weight is None"
            )
        expected = (query.size(-1), x.size(-1))
        if weight.shape != expected:
            raise AssertionError(
                f"expecting {name} weights shape of {expected}, but got {weight.shape}\n"
                "Hint: kdim and vdim are the numbers of features of key and value."
            )
        checked.append(weight)
    biases = (None,) * 3 if bias is None else bias.chunk(3)
    parts = zip(inputs.values(), checked, biases, strict=True)
    return tuple([linear(x, w, b) for x, w, b in parts])


# Checks -------------------------------------------------------------------------------------------


def is_batched(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    key_padding_mask: Tensor | None,
    attn_mask: Tensor | None,
    num_heads: int,
) -> bool:
    """Whether there is a batch dimension. AssertionError unless all have it, or none."""
    n = query.dim()
    if n not in (2, 3):
        raise AssertionError(
            "query should be unbatched 2D or batched 3D tensor but received "
            f"{n}-D query tensor\nHint: (length, batch, features), or (length, features)."
        )
    form = "batched (3-D)" if n == 3 else "unbatched (2-D)"
    if key.dim() != n or value.dim() != n:
        raise AssertionError(
            f"For {form} `query`, expected `key` and `value` to be {n}-D but found "
            f"{key.dim()}-D and {value.dim()}-D tensors respectively"
        )
    if key_padding_mask is not None and key_padding_mask.dim() != n - 1:
        raise AssertionError(
            f"For {form} `query`, expected `key_padding_mask` to be `None` or {n - 1}-D but found "
            f"{key_padding_mask.dim()}-D tensor instead"
        )
    if attn_mask is not None:
        if attn_mask.dim() not in (2, 3):
            raise AssertionError(
                f"For {form} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found "
                f"{attn_mask.dim()}-D tensor instead"
            )
        expected = (num_heads, query.shape[0], key.shape[0])
        if n == 2 and attn_mask.dim() == 3 and attn_mask.shape != expected:
            raise AssertionError(
                f"Expected `attn_mask` shape to be {expected} but got {attn_mask.shape}"
            )
    return n == 3


def check_embedding(
    query: Tensor, key: Tensor, value: Tensor, expected: int, num_heads: int, separate: bool
) -> None:
    """AssertionError unless the numbers of features fit the layer, and key and value each other."""
    embed_dim = query.size(-1)
    if embed_dim != expected:
        raise AssertionError(
            f"was expecting embedding dimension of {expected}, but got {embed_dim}\n"
            f"Hint: the last length of the query, of shape {tuple(query.shape)}."
        )
    if embed_dim % num_heads:
        raise AssertionError(f"embed_dim {embed_dim} not divisible by num_heads {num_heads}")
    if separate and key.shape[:2] != value.shape[:2]:
        raise AssertionError(
            f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}"
        )
    if not separate and key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")


def three_dimensional(
    mask: Tensor | None, batch: int, num_heads: int, length: int, source: int
) -> Tensor | None:
    """A mask (L, S) for all, or (N x heads, L, S), with three dimensions."""
    if mask is None:
        return None
    expected = (length, source) if mask.dim() == 2 else (batch * num_heads, length, source)
    if mask.shape != expected:
        raise RuntimeError(
            f"The shape of the {mask.dim()}D attn_mask is {mask.shape}, but should be {expected}.\n"
            "Hint: one row for each position of the query, one column for each of the key."
        )
    return mask.unsqueeze(0) if mask.dim() == 2 else mask


def check_padding(mask: Tensor, batch: int, source: int) -> None:
    """AssertionError unless there is one entry for each position of each key."""
    for axis, expected in enumerate((batch, source)):
        if mask.shape[axis] != expected:
            raise AssertionError(
                f"Expected key_padded_mask.shape[{axis}] to be {expected}, "
                f"but got {mask.shape[axis]}\nHint: the mask is (batch, length of the key)."
            )
