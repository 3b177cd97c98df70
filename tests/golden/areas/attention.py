"""Attention and the Transformer."""

from __future__ import annotations

from golden.case import Case, bools, f64, grid

NET = "torch.manual_seed(1)\nm = "
SDPA = "F.scaled_dot_product_attention"
CAUSAL = "nn.Transformer.generate_square_subsequent_mask"


def show(expression: str, warns: bool = False) -> Case:
    """What an expression gives, without gradients."""
    return Case(f"torch.manual_seed(1)\nresult = {expression}", grad=False, warns=warns)


def message(expression: str) -> Case:
    """What an expression raises."""
    return Case(f"result = {expression}", error=True, x=(3, 2, 4))


def layer(make: str, call: str, **inputs: object) -> Case:
    """A layer called with inputs. (Fused in PyTorch, so without second gradients.)"""
    return Case(f"{NET}{make}\nresult = {call}", name=False, second=False, **inputs)  # type: ignore[arg-type]


QKV = {"q": (2, 3, 4), "k": (2, 5, 4), "v": (2, 5, 3)}
HEADS = {"q": (2, 2, 3, 4), "k": (2, 2, 5, 4), "v": (2, 2, 5, 4)}
FUNCTION = [
    Case(f"{SDPA}(q, k, v)", **QKV),
    Case(f"{SDPA}(q, k, v)", q=(3, 4), k=(5, 4), v=(5, 4)),
    Case(f"{SDPA}(q, k, v)", q=f64(3, 4), k=f64(5, 4), v=f64(5, 2)),
    Case(f"{SDPA}(q, k, v)", **HEADS, name=False, second=False),
    Case(f"{SDPA}(q, k, v)", q=(1, 2, 3, 4), k=(2, 2, 5, 4), v=(2, 2, 5, 4), name=False),
    Case(f"{SDPA}(q, k, v, is_causal=True)", **QKV),
    Case(f"{SDPA}(q, k, v, is_causal=True)", **HEADS, name=False, second=False),
    Case(f"{SDPA}(q, k, v, scale=0.3)", **QKV),
    Case(f"{SDPA}(q, k, v, scale=-1.0)", **QKV),
    Case(f"{SDPA}(q, k, v, mask)", **QKV, mask=(3, 5)),
    Case(f"{SDPA}(q, k, v, mask)", **QKV, mask=(2, 1, 5)),
    Case(f"{SDPA}(q, k, v, attn_mask=mask)", **QKV, mask=bools(3, 5)),
    Case(
        f"{SDPA}(q, k, v, attn_mask=mask)",
        **HEADS,
        mask=bools(2, 1, 1, 5),
        name=False,
        second=False,
    ),
    Case(f"{SDPA}(q, k, v, torch.arange(5) > torch.tensor([[1], [9], [2]]))", **QKV),
    Case(f"{SDPA}(q, k, v, torch.zeros(3, 5) > 0)", **QKV),
    Case(f"{SDPA}(q, k, v, dropout_p=1.0)", **QKV, name=False),
    Case(f"{SDPA}(q, k, v, enable_gqa=True)", q=(4, 3, 4), k=(2, 3, 4), v=(2, 3, 4), name=False),
    *grid(f"{SDPA}(x, x, x)", x=[(0, 3, 2), (2, 0, 3)], name=False),
    Case(f"{SDPA}(q, k, v)", q=(2, 3), k=(0, 3), v=(0, 3), name=False),
    Case(f"{SDPA}(x.half(), x.half(), x.half())", x=(2, 3, 4), grad=False, tol=20),
    *[
        message(f"{SDPA}({arguments})")
        for arguments in (
            "x[0, 0], x[0, 0], x[0, 0]",
            "x, x, [1]",
            "x, x.double(), x",
            "x, x, x, torch.ones(2, 2).long()",
            "x, x, x, torch.ones(2, 2).double()",
            "x, x, x, torch.ones(2, 2), is_causal=True",
            "x, x, x, torch.ones(2, 3)",
            "x, x, x, dropout_p=1.5",
            "x, x, x, None, 0.0, False, 0.3",
            "x, torch.ones(3, 2, 5), x",
            "x, x, torch.ones(3, 4, 4)",
            "x, torch.ones(2, 2, 4), x",
            "x, torch.ones(2, 2, 4), torch.ones(2, 2, 4), enable_gqa=True",
        )
    ],
]
MHA = "nn.MultiheadAttention(4, 2)"
MHA_FIRST = "nn.MultiheadAttention(4, 2, batch_first=True)"
ODD = "nn.MultiheadAttention(4, 2, kdim=3, vdim=5, bias=False)"
EXTRA = "nn.MultiheadAttention(4, 2, add_bias_kv=True, add_zero_attn=True)"
MULTIHEAD = [
    show(f"dict({make}.state_dict())")
    for make in (MHA, ODD, EXTRA, "nn.MultiheadAttention(2, 1, bias=False, dtype=torch.float64)")
] + [
    show(MHA),
    show(ODD),
    show(f"{MHA}.in_proj_bias"),
    show(f"{ODD}.in_proj_weight, {MHA}.head_dim, {MHA}._qkv_same_embed_dim"),
    Case(f"{NET}{MHA}\nresult = m(x, x, x)", x=(3, 2, 4)),
    Case(f"{NET}{MHA}\nresult = m(x, x, x)", x=(3, 4)),
    Case(f"{NET}{MHA_FIRST}\nresult = m(x, x, x)", x=(2, 3, 4)),
    Case(f"{NET}{MHA}\nresult = m(q, k, k)", q=(3, 2, 4), k=(5, 2, 4)),
    Case(f"{NET}{MHA}\nresult = m(q, k, v)", q=(3, 2, 4), k=(5, 2, 4), v=(5, 2, 4)),
    Case(f"{NET}{ODD}\nresult = m(q, k, v)", q=(3, 2, 4), k=(5, 2, 3), v=(5, 2, 5)),
    Case(f"{NET}{EXTRA}\nresult = m(q, k, k)", q=(3, 2, 4), k=(5, 2, 4)),
    Case(f"{NET}{MHA}\nresult = m(x, x, x, average_attn_weights=False)", x=(3, 2, 4)),
    Case(
        f"{NET}nn.MultiheadAttention(4, 2, dtype=torch.float64)\nresult = m(x, x, x)",
        x=f64(3, 2, 4),
    ),
    layer(MHA, "m(x, x, x, need_weights=False)", x=(3, 2, 4)),
    layer(MHA, "m(x, x, x, need_weights=False)", x=(3, 4)),
    layer(MHA, "m(x, x, x, attn_mask=mask)", x=(3, 2, 4), mask=(3, 3)),
    layer(MHA, "m(x, x, x, attn_mask=mask)", x=(3, 2, 4), mask=(4, 3, 3)),
    layer(MHA, "m(x, x, x, attn_mask=torch.ones(3, 3).triu(1).bool())", x=(3, 2, 4)),
    layer(MHA, f"m(x, x, x, attn_mask={CAUSAL}(3), is_causal=True)", x=(3, 2, 4)),
    layer(
        MHA,
        f"m(x, x, x, attn_mask={CAUSAL}(3), is_causal=True, need_weights=False)",
        x=(3, 2, 4),
    ),
    layer(MHA, "m(x, x, x, mask)", x=(3, 2, 4), mask=[[False, False, True], [True, False, True]]),
    layer(MHA, "m(x, x, x, mask)", x=(3, 4), mask=[False, True, False]),
    layer(MHA, "m(x, x, x, mask, False)", x=(3, 2, 4), mask=[[True] * 3, [False] * 3]),
    layer(EXTRA, "m(x, x, x, mask)", x=(3, 2, 4), mask=[[False, False, True], [True, False, True]]),
    Case(
        f"{NET}{MHA}\nresult = m(x, x, x, torch.tensor([[False, True, False]]), False, y)[0]",
        x=(3, 1, 4),
        y=(3, 3),
        name=False,
        second=False,
        warns=True,
    ),
    Case(
        f"{NET}{MHA_FIRST}.eval()\nresult = m(x, x, x, mask)",
        x=(2, 3, 4),
        mask=[[False, False, True], [True, False, True]],
        grad=False,
    ),
    Case(
        f"{NET}{MHA}\nm(x, x, x)[0].pow(2).sum().backward()\n"
        "result = {name: p.grad for name, p in m.named_parameters()}",
        x=(3, 2, 4),
        grad=False,
    ),
    *[
        message(expression)
        for expression in (
            "nn.MultiheadAttention(4, 3)",
            "nn.MultiheadAttention(0, 1)",
            "nn.MultiheadAttention(4, 0)",
            *(
                f"{MHA}({arguments})"
                for arguments in (
                    "x, x, x[:2]",
                    "x, x[:, 0], x",
                    "x[:, 0], x, x",
                    "x[0, 0], x, x",
                    "x[None], x, x",
                    "x[..., :3], x, x",
                    "x, x, x, torch.ones(3, 2)",
                    "x, x, x, torch.ones(2, 3).long()",
                    "x, x, x, torch.ones(2)",
                    "x[:, 0], x[:, 0], x[:, 0], torch.ones(1, 3)",
                    "x, x, x, attn_mask=torch.ones(2, 3)",
                    "x, x, x, attn_mask=torch.ones(2, 3, 3)",
                    "x, x, x, attn_mask=torch.ones(3)",
                    "x, x, x, attn_mask=torch.ones(3, 3).long()",
                    "x[:, 0], x[:, 0], x[:, 0], attn_mask=torch.ones(1, 3, 3)",
                    "x, x, x, is_causal=True",
                )
            ),
            f"{ODD}(x, x, x)",
            "nn.MultiheadAttention(4, 2, kdim=3)(x, x[..., :3], x[:2])",
        )
    ],
]
ENCODER = "nn.TransformerEncoderLayer(4, 2, 5, dropout=0.0)"
DECODER = "nn.TransformerDecoderLayer(4, 2, 5, dropout=0.0)"
FIRST = "nn.TransformerEncoderLayer(4, 2, 5, 0.0, batch_first=True)"
STACK = f"nn.TransformerEncoder({FIRST}, 2)"
WHOLE = "nn.Transformer(4, 2, 1, 1, 5, dropout=0.0, batch_first=True)"
TRANSFORMER = [
    show("nn.TransformerEncoderLayer(4, 2, 8)"),
    show("nn.TransformerDecoderLayer(4, 2, 8, activation=nn.GELU())"),
    show(STACK),
    show("nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 8), 2, nn.LayerNorm(4))"),
    show("nn.Transformer(4, 2, 1, 2, 8, batch_first=True)"),
    show("list(nn.Transformer(4, 2, 1, 1, 8, batch_first=True).state_dict())"),
    show("list(nn.TransformerDecoderLayer(4, 2, 8, bias=False).state_dict())"),
    show("dict(nn.TransformerEncoderLayer(2, 1, 3).state_dict())"),
    show("dict(nn.TransformerDecoderLayer(2, 1, 2, bias=False).state_dict())"),
    show("dict(nn.Transformer(2, 2, 1, 1, 2, batch_first=True).state_dict())"),
    show(f"{CAUSAL}(3)"),
    show(f"{CAUSAL}(2, dtype=torch.float64)"),
    show(f"{CAUSAL}(0)"),
    show(f"{ENCODER}.activation_relu_or_gelu"),
    *[
        show(f"{make}.use_nested_tensor", warns=True)
        for make in (
            f"nn.TransformerEncoder({ENCODER}, 1)",
            "nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 1, 5, batch_first=True), 1)",
            "nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, norm_first=True), 1)",
            "nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, batch_first=True, bias=False), 1)",
            "nn.TransformerEncoder(nn.Linear(2, 2), 1)",
            "nn.Transformer(4, 2, 1, 1, 5).encoder",
        )
    ],
    layer(ENCODER, "m(x)", x=(3, 2, 4)),
    layer(ENCODER, "m(x)", x=(3, 4)),
    layer(ENCODER, f"m(x, {CAUSAL}(3), is_causal=True)", x=(3, 2, 4)),
    layer(FIRST, "m(x, src_key_padding_mask=mask)", x=(1, 3, 4), mask=[[False, False, True]]),
    *[
        layer(f"nn.TransformerEncoderLayer(4, 2, 5, 0.0, {options})", "m(x)", x=(3, 2, 4))
        for options in (
            "'gelu'",
            "torch.tanh",
            "norm_first=True",
            "bias=False",
            "layer_norm_eps=0.1",
        )
    ],
    layer(DECODER, "m(x, y)", x=(3, 2, 4), y=(2, 2, 4)),
    layer(DECODER, f"m(x, y, {CAUSAL}(3))", x=(3, 4), y=(2, 4)),
    layer(DECODER, "m(x, y, None, z)", x=(3, 2, 4), y=(2, 2, 4), z=(3, 2)),
    layer(
        "nn.TransformerDecoderLayer(4, 2, 5, 0.0, norm_first=True, batch_first=True)",
        "m(x, y, memory_key_padding_mask=mask)",
        x=(1, 3, 4),
        y=(1, 2, 4),
        mask=[[False, True]],
    ),
    layer(STACK, "m(x)", x=(2, 3, 4)),
    layer(f"nn.TransformerEncoder({FIRST}, 2, nn.LayerNorm(4))", f"m(x, {CAUSAL}(3))", x=(2, 3, 4)),
    layer(f"nn.TransformerDecoder({DECODER}, 2)", "m(x, y)", x=(3, 2, 4), y=(2, 2, 4)),
    layer(WHOLE, "m(x, y)", x=(2, 3, 4), y=(2, 2, 4)),
    layer(WHOLE, f"m(x, y, tgt_mask={CAUSAL}(2))", x=(2, 3, 4), y=(2, 2, 4)),
    layer(WHOLE, f"m(x, y, tgt_mask={CAUSAL}(2), tgt_is_causal=True)", x=(3, 4), y=(2, 4)),
    layer(
        "nn.Transformer(4, 2, 1, 1, 5, 0.0, 'gelu', None, None, 1e-3, True, True, False, dtype=torch.float64)",
        "m(x, y)",
        x=f64(1, 3, 4),
        y=f64(1, 2, 4),
        warns=True,
    ),
    Case(
        f"import warnings\n{NET}{STACK}.eval()\n"
        "with torch.no_grad(), warnings.catch_warnings():\n"
        "    warnings.simplefilter('ignore')  # PyTorch's own, of its nested tensors\n"
        "    result = m(x, src_key_padding_mask=mask)",
        x=(2, 3, 4),
        mask=[[False, False, True], [False, True, True]],
        grad=False,
    ),
    Case(f"{NET}{FIRST}.eval()\nwith torch.no_grad():\n    result = m(x)", x=(2, 3, 4), grad=False),
    Case(
        f"{NET}{WHOLE}\nm(x, y).pow(2).sum().backward()\nresult = [p.grad for p in m.parameters()]",
        x=(2, 3, 4),
        y=(2, 2, 4),
        grad=False,
    ),
    *[
        message(expression)
        for expression in (
            "nn.TransformerEncoderLayer(4, 3)",
            "nn.TransformerEncoderLayer(4, 2, activation='tanh')",
            "nn.TransformerDecoderLayer(4, 2, activation='selu')",
            "nn.TransformerEncoderLayer(4, 2, dropout=2)",
            "nn.TransformerEncoderLayer()",
            f"{ENCODER}(x, torch.ones(3, 3).long())",
            f"{ENCODER}(x, src_key_padding_mask=torch.ones(2, 3).long())",
            f"{ENCODER}(x, is_causal=True)",
            f"{ENCODER}(x[..., :3])",
            f"{ENCODER}(x[None])",
            f"{WHOLE}(x, x[:2])",
            f"{WHOLE}(x, x[..., :2])",
        )
    ],
]
CASES = [*FUNCTION, *MULTIHEAD, *TRANSFORMER]
