"""Recurrent layers and cells, and sequences of different lengths."""

from __future__ import annotations

from golden.case import Case, T, f64, grid, ints

RNN_UTILS = "from importlib import import_module\nR = import_module(nn.__name__ + '.utils.rnn')\n"


def show(expression: str) -> Case:
    """What an expression gives, without gradients."""
    return Case(f"torch.manual_seed(1)\nresult = {expression}", grad=False)


def message(expression: str) -> Case:
    """What an expression raises."""
    return Case(f"result = {expression}", error=True, x=(3, 2, 4))


def packed(code: str, **inputs: object) -> Case:
    """Some code in which R is torch.nn.utils.rnn."""
    return Case(RNN_UTILS + code, name=False, **inputs)  # type: ignore[arg-type]


INITIAL = [
    f"dict(nn.{layer}.state_dict())"
    for layer in (
        "RNN(2, 3)",
        "RNN(2, 2, 2, bias=False)",
        "RNN(2, 1, bidirectional=True, dtype=torch.float64)",
        "GRU(2, 2)",
        "GRU(1, 2, 2, bidirectional=True)",
        "LSTM(2, 2)",
        "LSTM(1, 2, 2, bias=False, bidirectional=True)",
        "LSTM(2, 3, proj_size=1)",
        "LSTM(2, 3, 2, proj_size=2, bias=False)",
        "RNNCell(2, 3)",
        "RNNCell(2, 3, bias=False)",
        "LSTMCell(2, 2)",
        "GRUCell(3, 2)",
    )
]
PRINTED = [
    "nn.RNN(3, 4)",
    "nn.RNN(3, 4, 2, 'relu')",
    "nn.RNN(3, 4, 2, nonlinearity='relu', bias=False, batch_first=True, bidirectional=True)",
    "nn.GRU(3, 4, num_layers=3, dropout=0.25)",
    "nn.LSTM(3, 4, proj_size=2, num_layers=2, dropout=0.5, bidirectional=True)",
    "nn.LSTM(input_size=10, hidden_size=20, batch_first=True)",
    "nn.RNNCell(3, 4)",
    "nn.RNNCell(3, 4, bias=False, nonlinearity='relu')",
    "nn.LSTMCell(3, 4, bias=False)",
    "nn.GRUCell(3, 4)",
    "nn.RNN(3, 4).mode, nn.RNN(3, 4, nonlinearity='relu').mode, nn.GRU(3, 4).mode",
    "nn.LSTM(3, 4, 2, bidirectional=True)._all_weights",
    "[p.shape for group in nn.LSTM(3, 4, 2, proj_size=2).all_weights for p in group]",
    "nn.GRU(2, 2).flatten_parameters()",
    "list(nn.RNN(2, 2, 2, bidirectional=True).state_dict())",
    "nn.Sequential(nn.GRU(2, 2), nn.Linear(2, 1))",
]
RAISING = [
    "nn.RNN(3)",
    "nn.RNN(3, 4, 0)",
    "nn.RNN(0, 4)",
    "nn.GRU(3, 0)",
    "nn.LSTM(3.0, 4)",
    "nn.LSTM(3, 4.0)",
    "nn.RNN(3, 4, bias=1)",
    "nn.RNN(3, 4, batch_first=1)",
    "nn.GRU(3, 4, 2, dropout=1.5)",
    "nn.GRU(3, 4, 2, dropout=True)",
    "nn.GRU(3, 4, 2, dropout='a')",
    "nn.RNN(3, 4, nonlinearity='gelu')",
    "nn.RNN(3, 4, proj_size=2)",
    "nn.GRU(3, 4, proj_size=2)",
    "nn.LSTM(3, 4, proj_size=4)",
    "nn.LSTM(3, 4, proj_size=-1)",
    "nn.GRU(3, 4, layers=1)",
    "nn.RNNBase('GRU', 4, 5)(x)",
    "nn.RNNBase('ELMAN', 4, 5)",
    "nn.RNN(3, 5)(x)",
    "nn.LSTM(3, 5)(x)",
    "nn.GRU(4, 5)(x[0, 0])",
    "nn.RNN(4, 5)(x[0, 0])",
    "nn.LSTM(4, 5)(x[None])",
    "nn.RNN(4, 5)(x.double())",
    "nn.LSTM(4, 5)(x.long())",
    "nn.GRU(4, 5)(x[:0])",
    "nn.RNN(4, 5)(x, torch.ones(1, 3, 5))",
    "nn.RNN(4, 5)(x, torch.ones(1, 2, 5).double())",
    "nn.GRU(4, 5)(x, torch.ones(1, 5))",
    "nn.GRU(4, 5)(x[:, 0], torch.ones(1, 1, 5))",
    "nn.GRU(4, 5, 2, bidirectional=True)(x, torch.ones(2, 2, 5))",
    "nn.LSTM(4, 5)(x, torch.ones(1, 2, 5))",
    "nn.LSTM(4, 5)(x, (torch.ones(1, 3, 5), torch.ones(1, 2, 5)))",
    "nn.LSTM(4, 5)(x, (torch.ones(1, 2, 5), torch.ones(1, 2, 4)))",
    "nn.LSTM(4, 5)(x, (torch.ones(1, 5), torch.ones(1, 2, 5)))",
    "nn.LSTM(4, 5)(x[:, 0], (torch.ones(1, 5), torch.ones(1, 2, 5)))",
    "nn.LSTM(4, 5)()",
    "nn.RNNCell(3, 5)(x[0])",
    "nn.GRUCell(4, 5)(x)",
    "nn.RNNCell(4, 5)(x[0], torch.ones(3, 5))",
    "nn.RNNCell(4, 5)(x[0], torch.ones(2, 4))",
    "nn.GRUCell(4, 5)(x[0], torch.ones(1, 2, 5))",
    "nn.GRUCell(4, 5)(x[0, 0], torch.ones(4))",
    "nn.LSTMCell(4, 5)(x[0], torch.ones(2, 5))",
    "nn.LSTMCell(4, 5)(x[0], (torch.ones(2, 5),))",
    "nn.LSTMCell(4, 5)(x[0], (torch.ones(2, 5), torch.ones(3, 5)))",
    "nn.LSTMCell(4, 5)(x[0], (torch.ones(2, 5), torch.ones(1, 2, 5)))",
    "nn.RNNCell(4, 5)(x[0].double())",
    "nn.RNNCell(4, 5, nonlinearity='gelu')(x[0])",
]
LAYERS = [
    Case("nn.RNN(2, 3)(x)", x=(4, 2, 2)),
    Case("nn.RNN(2, 3, nonlinearity='relu')(x)", x=(4, 2, 2)),
    Case("nn.RNN(2, 3, batch_first=True)(x, h)", x=(2, 3, 2), h=(1, 2, 3)),
    Case("nn.RNN(2, 2, 2, bias=False, bidirectional=True)(x, h)", x=(3, 2, 2), h=(4, 2, 2)),
    Case("nn.RNN(2, 3, 2)(x)", x=(4, 2)),
    Case("nn.RNN(2, 3)(x, h)", x=(4, 2), h=(1, 3)),
    Case("nn.RNN(2, 3, batch_first=True)(x)", x=(4, 2)),
    Case("nn.RNN(2, 3)(x)", x=T(4, 2, 2)),
    Case("nn.RNN(2, 3)(x)", x=(4, 0, 2)),
    Case("nn.RNN(2, 3)(x)", x=(1, 1, 2)),
    Case("nn.RNN(2, 2, dtype=torch.float64)(x)", x=f64(5, 1, 2)),
    Case("nn.GRU(2, 3)(x)", x=(4, 2, 2)),
    Case("nn.GRU(2, 3)(x, h)", x=(4, 2, 2), h=(1, 2, 3)),
    Case("nn.GRU(2, 3, bidirectional=True, batch_first=True)(x)", x=(2, 3, 2)),
    Case("nn.GRU(2, 2, 3, bias=False)(x, h)", x=(3, 2, 2), h=(3, 2, 2)),
    Case("nn.GRU(2, 3, 2)(x, h)", x=(4, 2), h=(2, 3)),
    Case("nn.GRU(2, 3)(x)", x=(4, 0, 2)),
    Case("nn.GRU(2, 2, 2, bidirectional=True, dtype=torch.float64)(x)", x=f64(4, 2, 2)),
    Case("nn.LSTM(2, 3)(x)", x=(4, 2, 2), second=False),
    Case("nn.LSTM(2, 3)(x, (h, c))", x=(4, 2, 2), h=(1, 2, 3), c=(1, 2, 3), second=False),
    Case("nn.LSTM(2, 3, batch_first=True)(x)", x=(2, 4, 2), second=False),
    Case("nn.LSTM(2, 2, 2, bidirectional=True)(x)", x=(3, 2, 2), second=False),
    Case("nn.LSTM(2, 2, bias=False)(x, (h, c))", x=(3, 2), h=(1, 2), c=(1, 2), second=False),
    Case("nn.LSTM(2, 3)(x)", x=(4, 0, 2), second=False, name=False, printed=False),
    Case("nn.LSTM(2, 3, dtype=torch.float64)(x)", x=f64(4, 2, 2), name=False),
    Case(
        "nn.LSTM(2, 2, 2, bidirectional=True, dtype=torch.float64)(x, (h, c))",
        x=f64(3, 2, 2),
        h=f64(4, 2, 2),
        c=f64(4, 2, 2),
        name=False,
    ),
    *grid(
        "nn.LSTM(2, 3, proj_size=2, dtype=torch.float64)(x)",
        x=[f64(4, 2, 2), f64(1, 1, 2), f64(3, 2)],
        name=False,
    ),
    Case(
        "nn.LSTM(2, 3, 2, bidirectional=True, proj_size=1, dtype=torch.float64)(x, (h, c))",
        x=f64(3, 2, 2),
        h=f64(4, 2, 1),
        c=f64(4, 2, 3),
        name=False,
    ),
    Case("nn.RNN(2, 3, dropout=0.5)(x)[0].shape", x=(4, 2, 2), warns=True),
    Case("nn.GRU(2, 3, 2, dropout=0.5).eval()(x)", x=(4, 2, 2)),
    Case("nn.LSTM(2, 3, 2, dropout=1.0)(x)[0]", x=(4, 2, 2), second=False),
    Case("nn.GRU(2, 3)(x)[0].is_contiguous()", x=(4, 2, 2)),
    Case("nn.GRU(2, 3, batch_first=True)(x)[0].is_contiguous()", x=(4, 2, 2)),
    Case("nn.LSTM(2, 3)(x)[0].view(-1, 3).sum()", x=(4, 2, 2), second=False),
    Case("nn.RNN(2, 3)(x)[0][-1].sum()", x=(4, 2, 2)),
]
CELLS = [
    Case("nn.RNNCell(2, 3)(x)", x=(2, 2)),
    Case("nn.RNNCell(2, 3)(x, h)", x=(2, 2), h=(2, 3)),
    Case("nn.RNNCell(2, 3, nonlinearity='relu')(x, h)", x=(2, 2), h=(2, 3)),
    Case("nn.RNNCell(2, 3, bias=False)(x, h)", x=(2,), h=(3,)),
    Case("nn.RNNCell(2, 3)(x)", x=(0, 2)),
    Case("nn.LSTMCell(2, 3)(x)", x=(2, 2)),
    Case("nn.LSTMCell(2, 3)(x, (h, c))", x=(2, 2), h=(2, 3), c=(2, 3)),
    Case("nn.LSTMCell(2, 3, bias=False)(x, (h, c))", x=(2,), h=(3,), c=(3,)),
    Case("nn.LSTMCell(2, 3, dtype=torch.float64)(x)", x=f64(2, 2)),
    Case("nn.GRUCell(2, 3)(x)", x=(2, 2)),
    Case("nn.GRUCell(2, 3)(x, h)", x=(2, 2), h=(2, 3)),
    Case("nn.GRUCell(2, 3, bias=False)(x, h)", x=(2,), h=(3,)),
    Case(
        "cell, h = nn.RNNCell(2, 3), torch.zeros(2, 3)\n"
        "for x_t in x:\n    h = cell(x_t, h)\nresult = h",
        x=(4, 2, 2),
    ),
    Case(
        "cell, state = nn.LSTMCell(2, 3), None\n"
        "for x_t in x:\n    state = cell(x_t, state)\nresult = state",
        x=(3, 2, 2),
    ),
]
OF_PARAMETERS = [
    Case(
        f"m = nn.{layer}\nm(x)[0].pow(2).sum().backward()\n"
        "result = {name: p.grad for name, p in m.named_parameters()}",
        x=x,
        grad=False,
    )
    for layer, x in (
        ("RNN(2, 3)", (4, 2, 2)),
        ("RNN(2, 2, 2, 'relu', bidirectional=True)", (3, 2, 2)),
        ("GRU(2, 2, bidirectional=True)", (4, 2, 2)),
        ("GRU(2, 2, 2, bias=False, batch_first=True)", (2, 3, 2)),
        ("LSTM(2, 2, 2)", (3, 2, 2)),
        ("LSTM(2, 2, bidirectional=True, bias=False)", (3, 2)),
        ("RNNCell(2, 3)", (2, 2)),
        ("GRUCell(2, 2)", (2, 2)),
        ("LSTMCell(2, 2)", (2, 2)),
    )
]
SEQUENCES = [
    packed("result = R.pad_sequence([x, y, z])", x=(3,), y=(1,), z=(2,)),
    packed(
        "result = R.pad_sequence([x, y], batch_first=True, padding_value=-1)", x=(1, 2), y=(3, 2)
    ),
    packed("result = R.pad_sequence([x, y], padding_side='left')", x=(1, 2), y=(3, 2)),
    packed("result = R.pad_sequence([x, y])", x=ints(2), y=(3,)),
    packed("result = R.pad_sequence(x)", x=(2, 3)),
    packed("result = R.pack_sequence([x, y, z])", x=(3, 2), y=(2, 2), z=(1, 2)),
    packed("result = R.pack_sequence([x, y, z], enforce_sorted=False)", x=(1,), y=(3,), z=(2,)),
    packed("result = R.pack_padded_sequence(x, [3, 2, 2])", x=(3, 3)),
    packed("result = R.pack_padded_sequence(x, [1, 3], True, False)", x=(2, 3, 2)),
    packed("result = R.pack_padded_sequence(x, torch.tensor([2, 1]))", x=(4, 2)),
    packed("result = R.pad_packed_sequence(R.pack_sequence([x, y]))", x=(3, 2), y=(1, 2)),
    packed(
        "p = R.pack_sequence([x, y], enforce_sorted=False)\n"
        "result = R.pad_packed_sequence(p, batch_first=True, padding_value=9.0, total_length=5)",
        x=(1, 2),
        y=(3, 2),
    ),
    packed("result = R.unpack_sequence(R.pack_sequence([x, y], False))", x=(1, 2), y=(3, 2)),
    packed("result = R.unpad_sequence(x, torch.tensor([2, 1]), batch_first=True)", x=(2, 3)),
    packed("result = R.invert_permutation(torch.tensor([2, 0, 1]))"),
    packed("result = R.pack_sequence([x, y]).double()", x=(2,), y=(1,)),
    packed("p = R.pack_sequence([x])\nresult = p.to('cpu') is p, p.is_cuda", x=(2,)),
    packed("result = R.PackedSequence(x, torch.tensor([2, 1]))", x=(3,)),
    *[
        packed(
            f"p = R.pack_padded_sequence(x, {lengths}, enforce_sorted=False)\n"
            f"output, h = nn.{layer}(p)\n"
            "result = output, R.pad_packed_sequence(output), h",
            x=x,
        )
        for layer, lengths, x in (
            ("RNN(2, 3)", [3, 2], (3, 2, 2)),
            ("GRU(2, 2, bidirectional=True)", [1, 3, 2], (3, 3, 2)),
            ("GRU(2, 2, 2, batch_first=True)", [2, 2], (2, 2, 2)),
            ("RNN(2, 2, 2, 'relu', bidirectional=True)", [2, 4, 4], (4, 3, 2)),
            ("LSTM(2, 2, dtype=torch.float64)", [2, 1, 3], f64(3, 3, 2)),
            ("LSTM(2, 2, 2, bidirectional=True, dtype=torch.float64)", [1, 3], f64(3, 2, 2)),
            (
                "LSTM(2, 3, proj_size=2, bidirectional=True, dtype=torch.float64)",
                [1, 3],
                f64(3, 2, 2),
            ),
        )
    ],
    packed(
        "p = R.pack_padded_sequence(x, [1, 3, 2], enforce_sorted=False)\n"
        "result = nn.GRU(2, 2, bidirectional=True)(p, h)",
        x=(3, 3, 2),
        h=(2, 3, 2),
    ),
    *[
        Case(f"{RNN_UTILS}result = {expression}", error=True, x=(3, 2))
        for expression in (
            "R.pad_sequence([])",
            "R.pad_sequence(3)",
            "R.pad_sequence([1, 2])",
            "R.pad_sequence([x, x], padding_side='top')",
            "R.pad_sequence([x, torch.ones(3, 4)])",
            "R.pack_sequence([x[:1], x])",
            "R.pack_padded_sequence(x, [1, 3])",
            "R.pack_padded_sequence(x, [3, 0])",
            "R.pack_padded_sequence(x, [3])",
            "R.pack_padded_sequence(x, torch.tensor([[3, 1]]))",
            "R.pack_padded_sequence(x[:0], [3, 1])",
            "R.pad_packed_sequence(R.pack_sequence([x]), total_length=2)",
            "R.PackedSequence(x)",
            "nn.GRU(3, 2)(R.pack_sequence([x]))",
            "nn.RNN(2, 2)(R.pack_sequence([x[0]]))",
            "nn.RNN(2, 2)(R.pack_sequence([x, x]), torch.ones(1, 3, 2))",
        )
    ],
]
CASES = [
    *[show(expression) for expression in [*INITIAL, *PRINTED]],
    *[message(expression) for expression in RAISING],
    *LAYERS,
    *CELLS,
    *OF_PARAMETERS,
    *SEQUENCES,
]
