"""Normalisation: batch, layer, group, instance, RMS; and normalize."""

from golden.case import Case, T, f16, f64, grid, ints, leaf, pos, sliced

TRAIN = "m, v = torch.zeros(3), torch.ones(3)\nresult = [F.batch_norm(x, m, v, w, b, training=True), m, v]"
LAYER = "layer = {}\nresult = [layer(x), layer(x + 1), *layer.state_dict().values()]"

CASES = [
    # batch norm
    *grid(
        TRAIN,
        x=[(4, 3), (2, 3, 5), (2, 3, 2, 2), (2, 3, 2, 1, 2)],
        w=(3,),
        b=(3,),
        tol=5,
        printed=[False] * 4,
    ),
    Case(TRAIN, x=T(2, 3, 4), w=(3,), b=(3,), tol=5),
    Case(TRAIN, x=sliced(4, 3), w=(3,), b=(3,), tol=5),
    *grid(
        "F.batch_norm(x, None, None, training=True)",
        x=[(4, 3), f64(4, 3), (2, 3, 4), (0, 3)],
        name=[True, True, True, False],
        tol=5,
    ),
    *grid(
        "F.batch_norm(x, m, v, w, b)",
        x=[(4, 3), (2, 3, 2, 2)],
        m=[[0.1, 0.2, 0.3]] * 2,
        v=[[1.0, 2.0, 0.5]] * 2,
        w=(3,),
        b=(3,),
    ),
    Case("F.batch_norm(x, torch.zeros(3), torch.ones(3))", x=(1, 3)),
    Case("F.batch_norm(x, torch.zeros(3), torch.ones(3), weight=w)", x=(2, 3), w=(3,)),
    Case(
        "F.batch_norm(x, torch.zeros(3), torch.ones(3), bias=b, eps=0.1)",
        x=(2, 3),
        b=(3,),
        second=False,
    ),
    Case(
        "m, v = torch.zeros(3), torch.ones(3)\nF.batch_norm(x, m, v, training=True, momentum=0.5)\nresult = [m, v]",
        x=(4, 3),
    ),
    Case("F.batch_norm(x, torch.zeros(3), torch.ones(3))", x=f16(2, 3), grad=False),
    Case(
        "F.batch_norm(x, torch.zeros(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64))",
        x=f64(2, 3),
    ),
    *[
        Case(LAYER.format(made), x=shape, tol=10)
        for made, shape in {
            "nn.BatchNorm1d(3)": (4, 3),
            "nn.BatchNorm1d(2, momentum=None)": (2, 2, 3),
            "nn.BatchNorm1d(3, momentum=0.3, eps=0.01)": (4, 3),
            "nn.BatchNorm1d(3, affine=False)": (4, 3),
            "nn.BatchNorm1d(3, track_running_stats=False)": (4, 3),
            "nn.BatchNorm1d(3, bias=False)": (4, 3),
            "nn.BatchNorm2d(2)": (2, 2, 3, 2),
            "nn.BatchNorm3d(1)": (2, 1, 2, 2, 2),
            "nn.InstanceNorm1d(2)": (2, 2, 4),
            "nn.InstanceNorm1d(2, affine=True)": (2, 2, 4),
            "nn.InstanceNorm1d(2, track_running_stats=True)": (2, 2, 4),
            "nn.InstanceNorm2d(2)": (2, 2, 2, 3),
            "nn.LayerNorm(4)": (3, 4),
            "nn.GroupNorm(2, 4)": (2, 4, 3),
            "nn.RMSNorm(4)": (3, 4),
        }.items()
    ],
    Case("nn.InstanceNorm1d(2)(x)", x=(2, 4), tol=5),
    Case("nn.InstanceNorm2d(2, affine=True, track_running_stats=True).eval()(x)", x=(2, 2, 2, 2)),
    Case("layer = nn.BatchNorm1d(3)\nlayer(x)\nlayer.eval()\nresult = layer(x)", x=(4, 3)),
    Case("nn.BatchNorm1d(3, track_running_stats=False).eval()(x)", x=(4, 3), tol=5),
    Case(
        "layer = nn.BatchNorm2d(2)\nlayer(x)\nlayer.reset_running_stats()\nresult = list(layer.state_dict().values())",
        x=(2, 2, 2, 2),
    ),
    Case("list(nn.BatchNorm1d(3).state_dict())"),
    Case("nn.BatchNorm1d(3, dtype=torch.float64).running_mean"),
    *[
        Case(made)
        for made in (
            "nn.BatchNorm1d(3)",
            "nn.BatchNorm2d(3, momentum=None, affine=False)",
            "nn.InstanceNorm2d(3)",
            "nn.LayerNorm(3)",
            "nn.LayerNorm([2, 3], eps=0.1, bias=False)",
            "nn.LayerNorm((2,), elementwise_affine=False)",
            "nn.GroupNorm(2, 4)",
            "nn.GroupNorm(2, 4, affine=False)",
            "nn.RMSNorm([2, 3])",
            "nn.LocalResponseNorm(2)",
        )
    ],
    # layer norm
    Case("F.layer_norm(x, (4,), w, b)", x=(2, 4), w=(4,), b=(4,), tol=5),
    Case("F.layer_norm(x, (3, 4), w, b)", x=(2, 3, 4), w=(3, 4), b=(3, 4), tol=5),
    Case("F.layer_norm(x, [3, 4], w, b)", x=(3, 4), w=(3, 4), b=(3, 4), tol=5),
    *grid("F.layer_norm(x, (4,))", x=[(4,), (2, 4), T(3, 4), f64(2, 4), (0, 4), (2, 3, 4)], tol=5),
    Case("F.layer_norm(x, (0,))", x=(2, 0)),
    Case("F.layer_norm(x, (1,))", x=(2, 1), second=False),
    Case("F.layer_norm(x, (3,), eps=1.0)", x=(2, 3)),
    Case("F.layer_norm(x, (3,), weight=w)", x=(2, 3), w=(3,), tol=5),
    Case("F.layer_norm(x, (3,), bias=b)", x=(2, 3), b=(3,), second=False, tol=5),
    Case("F.layer_norm(x, (2,))", x=leaf([[1.0, 1.0], [1000.0, 1001.0]]), second=False, tol=100),
    Case("F.layer_norm(x, torch.Size([3]))", x=(2, 3), tol=5),
    # the others
    *grid(
        "F.group_norm(x, g, w, b)",
        times=True,
        g=[1, 2, 4],
        x=[(2, 4, 3), (3, 4, 2, 2)],
        w=(4,),
        b=(4,),
        tol=5,
    ),
    Case("F.group_norm(x, 2)", x=(2, 4), tol=10),
    Case("F.group_norm(x, 2)", x=(0, 4, 2)),
    *grid("F.instance_norm(x)", x=[(2, 3, 4), (1, 2, 2, 2)], tol=5),
    Case("F.instance_norm(x, weight=w, bias=b)", x=(2, 3, 4), w=(3,), b=(3,), tol=5),
    Case(
        "m, v = torch.zeros(3), torch.ones(3)\nresult = [F.instance_norm(x, m, v, momentum=0.3), m, v]",
        x=(2, 3, 4),
        tol=5,
    ),
    Case("F.rms_norm(x, (4,))", x=(2, 4)),
    Case("F.rms_norm(x, (3, 4))", x=(2, 3, 4)),
    Case("F.rms_norm(x, [4])", x=f64(2, 4)),
    Case("F.rms_norm(x, (4,), w, eps=0.1)", x=(2, 4), w=(4,)),
    *grid("F.local_response_norm(x, n)", n=[2, 3, 4], x=(2, 4, 3)),
    Case("F.local_response_norm(x, 3, alpha=0.5, beta=0.5, k=2.0)", x=(1, 4, 2, 2)),
    Case("nn.LocalResponseNorm(2)(x)", x=(1, 3, 2, 2)),
    *grid("F.normalize(x)", x=[(2, 3), (2, 3, 2), f64(2, 3), T(2, 3)]),
    *grid("F.normalize(x, p=p, dim=d)", p=[1, 2.0, 3.0, float("inf")], d=[0, -1, 1, 0], x=(2, 3)),
    Case("F.normalize(x, dim=0)", x=(3,)),
    Case("F.normalize(x, dim=(0, 1))", x=(2, 3)),
    Case("F.normalize(torch.zeros(2, 2))"),
    # errors
    *[
        Case(code, x=(2, 3), error=True)
        for code in (
            "F.batch_norm(x, None, None)",
            "F.batch_norm(x, torch.zeros(4), torch.ones(3))",
            "F.batch_norm(x, torch.zeros(3), None)",
            "F.batch_norm(x, torch.zeros(3), torch.ones(3), weight=torch.ones(4))",
            "F.batch_norm(x, None, None, training=True, eps=0.0)",
            "F.batch_norm(x, torch.zeros(3), torch.ones(3), eps=-1.0)",
            "F.batch_norm(x, torch.zeros(3).double(), torch.ones(3).double())",
            "F.batch_norm(x[:1], None, None, training=True)",
            "nn.BatchNorm1d(4)(x)",
            "nn.BatchNorm1d(3)(x[0])",
            "nn.BatchNorm1d(3)(x[:1])",
            "nn.BatchNorm2d(3)(x)",
            "F.layer_norm(x, (4,))",
            "F.layer_norm(x, ())",
            "F.layer_norm(x, 3)",
            "F.layer_norm(x, (3,), torch.ones(2))",
            "F.layer_norm(x, (3,), bias=torch.ones(2))",
            "F.layer_norm(x.double(), (3,), torch.ones(3))",
            "nn.LayerNorm(4)(x)",
            "F.rms_norm(x, (4,))",
            "F.group_norm(x, 2)",
            "F.group_norm(x, 3, torch.ones(2))",
            "F.group_norm(x[0], 3)",
            "F.instance_norm(x)",
            "nn.InstanceNorm1d(3)(x[0])",
            "F.local_response_norm(x, 2)",
            "F.normalize(x[0])",
        )
    ],
    Case("F.group_norm(x, 3)", x=(2, 4, 2), error=True),
    Case("nn.GroupNorm(3, 4)", error=True),
    Case("nn.InstanceNorm1d(3, affine=True)(x)", x=(2, 4, 5), error=True),
    Case("nn.InstanceNorm1d(3)(x)", x=(2, 4, 5), warns=True, tol=5),
    *[
        Case(code, x=ints(2, 3), error=True)
        for code in (
            "F.layer_norm(x, (3,))",
            "F.batch_norm(x, torch.zeros(3), torch.ones(3))",
            "F.rms_norm(x, (3,))",
        )
    ],
    Case("F.normalize(x)", x=pos(2, 3)),
]
