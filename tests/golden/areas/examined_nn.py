"""What an examiner of whole programs tried: parameters of every kind, masks, old type names."""

from __future__ import annotations

from golden.case import Case, ints

CASES = [
    # A parameter keeps its number of dimensions and its dtype
    Case("torch.nn.Parameter(torch.tensor(1.5))"),
    Case("torch.nn.Parameter(torch.tensor(1.5, dtype=torch.float64))"),
    Case("torch.nn.Parameter(torch.ones(2, 3, dtype=torch.float64)).dtype"),
    Case("torch.nn.Parameter(torch.randn(()).half()).shape"),
    Case("torch.nn.Parameter(torch.tensor([1, 2]))", error=True),
    Case("torch.nn.Parameter(torch.tensor([1, 2]), requires_grad=False)"),
    Case("torch.nn.Buffer(torch.tensor(3))"),
    Case(
        "import copy\np = torch.nn.Parameter(torch.ones(2, dtype=torch.float64))\n"
        "result = copy.deepcopy(p).dtype, type(copy.deepcopy(p)).__name__"
    ),
    # Dropout draws in the order of the memory: with batch_first, MultiheadAttention returns a view
    Case(
        "torch.manual_seed(5)\nx = torch.ones(2, 3, 4).transpose(1, 2)\n"
        "result = torch.nn.functional.dropout(x, 0.5)"
    ),
    Case(
        "torch.manual_seed(5)\nx = torch.ones(5, 4).t() + 1\n"
        "result = torch.nn.functional.dropout(x, 0.3)"
    ),
    Case(
        "torch.manual_seed(5)\nx = torch.ones(2, 3, 4).transpose(0, 1)\n"
        "result = torch.nn.functional.alpha_dropout(x, 0.4, training=True)"
    ),
    Case(
        "torch.manual_seed(0)\n"
        "layer = torch.nn.TransformerEncoderLayer(8, 2, 16, 0.5, batch_first=True)\n"
        "result = layer(torch.randn(2, 3, 8))",
        tol=10,
        second=False,
        name=False,
    ),
    # Errors about arguments name the class
    *[
        Case(f"torch.nn.{call}", error=True)
        for call in (
            "Conv2d(3, 16)",
            "Conv1d()",
            "ConvTranspose2d(3, 4)",
            "ReLU(foo=1)",
            "SiLU(True, 1)",
            "LogSoftmax(1, 2)",
            "ZeroPad2d()",
            "MaxPool2d()",
            "AdaptiveAvgPool2d()",
            "Dropout(q=0.1)",
            "MSELoss(foo=1)",
            "BCELoss(foo=1)",
            "BatchNorm2d()",
            "InstanceNorm1d()",
            "Tanh()(3)",
        )
    ],
    Case("torch.nn.PReLU(2, 3).weight"),
    # The last dimension is looked at first
    Case("x.expand(2, 2)", x=[[1.0] * 3] * 3, error=True),
    Case("torch.broadcast_to(x, (2, 2, 2))", x=[[1.0] * 3] * 3, error=True),
    Case(
        "torch.nn.functional.pad(torch.ones(1, 1, 4, 4), (4, 4, 4, 4), mode='reflect')", error=True
    ),
    # Old names of types
    Case("x.type(torch.LongTensor), x.type('torch.DoubleTensor')", x=(3,), grad=False),
    Case("torch.nn.Linear(2, 2).type(torch.DoubleTensor).weight.dtype"),
    Case("x.type(torch.FloatTensor) / 2", x=ints(3)),
    Case("x.type('torch.foo')", x=(3,), error=True),
    Case("x.type(int)", x=(3,), error=True),
    Case("x.type(3)", x=(3,), error=True),
    # A number taken out of a graph: no warning where nothing is recorded
    Case(
        "w = torch.tensor([1.5], requires_grad=True)\nwith torch.no_grad():\n"
        "    y = float(w), torch.tensor([w])\nresult = y"
    ),
    Case("w = torch.tensor([1.5], requires_grad=True)\nresult = float(w)", warns=True),
    # Images of another dtype than the layer
    *[
        Case(code, error=True)
        for code in (
            "torch.nn.Conv2d(1, 1, 2)(torch.ones(1, 1, 2, 2).double())",
            "torch.nn.Conv2d(1, 1, 2)(torch.ones(1, 1, 2, 2, dtype=torch.uint8))",
            "torch.nn.Conv2d(1, 1, 2).double()(torch.ones(1, 1, 2, 2))",
            "torch.nn.Conv2d(1, 1, 2, bias=False)(torch.ones(1, 1, 2, 2).double())",
            "torch.nn.Conv2d(1, 1, 2, bias=False)(torch.ones(1, 1, 2, 2) > 0)",
            "torch.nn.ConvTranspose2d(1, 1, 2)(torch.ones(1, 1, 2, 2).double())",
            "torch.nn.LayerNorm(3)(torch.ones(2, 3).long())",
            "torch.nn.functional.layer_norm(torch.ones(2, 3).long(), (3,))",
        )
    ],
    # Three shapes that do not fit, and stacks of one matrix
    Case("torch.where(x > 0, torch.ones(2), torch.zeros(2))", x=[1.0, 2.0, 3.0], error=True),
    Case("torch.where(x > 0, torch.ones(2, 3), 0.0)", x=[1.0, 2.0], error=True),
    Case("x.where(torch.ones(2) > 0, 0)", x=[1.0, 2.0, 3.0], error=True),
    Case(
        "torch.nn.functional.hinge_embedding_loss(torch.ones(2), x)", x=[1.0, 1.0, 1.0], error=True
    ),
    Case("x @ torch.ones(1, 3, 2)", x=(1, 2, 4), error=True),
    Case("x @ torch.ones(1, 3, 2)", x=(2, 2, 4), error=True),
    Case(
        "torch.nn.functional.scaled_dot_product_attention(x, x[..., 1:], x)",
        x=(1, 2, 4),
        error=True,
    ),
]
