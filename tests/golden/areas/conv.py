"""Convolution, pooling, borders, and images in another size."""

from golden.case import Case, T, bools, f16, f64, grid, ints, leaf, sliced


def each(code, *rows, **inputs):
    """One case for each row of options, which are written into the code."""
    return [Case(code.format(*row), **inputs) for row in rows]


SEEDED = "torch.manual_seed(1)\nlayer = {}\nresult = {}"

CASES = [
    # conv2d
    *each(
        "F.conv2d(x, w, b, stride={}, padding={}, dilation={})",
        *[(s, p, d) for s in (1, (2, 1)) for p in (0, (1, 2)) for d in (1, (2, 1))],
        x=(2, 2, 5, 6),
        w=(3, 2, 2, 3),
        b=(3,),
    ),
    *grid("F.conv2d(x, w)", x=[(1, 1, 3, 3), (0, 1, 3, 3), T(2, 1, 4, 3)], w=(2, 1, 2, 2)),
    Case("F.conv2d(x, w)", x=sliced(2, 1, 4, 3), w=(2, 1, 2, 2)),
    Case("F.conv2d(x, w, b)", x=(2, 5, 5), w=(3, 2, 2, 2), b=(3,)),
    Case("F.conv2d(x, w)", x=f64(2, 2, 4, 4), w=f64(2, 2, 3, 3)),
    Case("F.conv2d(x, w, b)", x=f16(1, 2, 3, 3), w=f16(2, 2, 2, 2), b=f16(2), grad=False),
    Case("F.conv2d(x, w)", x=ints(1, 1, 3, 3), w=ints(1, 1, 2, 2)),
    Case("F.conv2d(x, w, groups=2)", x=(2, 4, 4, 4), w=(6, 2, 3, 3)),
    Case(
        "F.conv2d(x, w, b, groups=3, stride=2, padding=1)", x=(2, 3, 5, 5), w=(6, 1, 3, 3), b=(6,)
    ),
    Case("F.conv2d(x, w)", x=(2, 3, 4, 4), w=(5, 3, 1, 1)),
    Case("F.conv2d(x, w, stride=2)", x=(2, 3, 4, 4), w=(5, 3, 1, 1)),
    Case("F.conv2d(x, w, padding='same')", x=(1, 1, 4, 5), w=(1, 1, 2, 3), warns=True),
    Case("F.conv2d(x, w, padding='same', dilation=2)", x=(1, 1, 4, 5), w=(1, 1, 3, 3)),
    Case("F.conv2d(x, w, padding='valid')", x=(1, 1, 4, 5), w=(1, 1, 2, 3)),
    Case("F.conv2d(x, torch.ones(1, 1, 2, 2))", x=(1, 1, 3, 3)),
    Case("F.conv2d(torch.ones(1, 1, 3, 3), w)", w=(1, 1, 2, 2)),
    Case(
        "F.conv2d(input=x, weight=w, bias=None, stride=(1, 1), padding=(1, 1))",
        x=(1, 1, 2, 2),
        w=(1, 1, 3, 3),
    ),
    # conv1d, conv3d
    *each(
        "F.conv1d(x, w, b, {}, {}, {})",
        *[(1, 0, 1), (2, 1, 2), (1, 2, 2), ((3,), (1,), (1,))],
        x=(2, 2, 7),
        w=(3, 2, 3),
        b=(3,),
    ),
    Case("F.conv1d(x, w)", x=(2, 5), w=(3, 2, 2)),
    Case("F.conv1d(x, w, groups=2, padding='same')", x=(2, 4, 5), w=(4, 2, 2), warns=True),
    Case("F.conv3d(x, w, b, padding=1)", x=(1, 2, 3, 3, 3), w=(2, 2, 2, 2, 2), b=(2,)),
    # transposed
    *each(
        "F.conv_transpose2d(x, w, b, stride={}, padding={}, output_padding={}, dilation={})",
        *[(1, 0, 0, 1), (2, 1, 1, 1), ((2, 3), (0, 1), (1, 2), 1), (2, 1, 0, (2, 1))],
        x=(2, 2, 3, 4),
        w=(2, 3, 2, 3),
        b=(3,),
    ),
    Case("F.conv_transpose2d(x, w, groups=2)", x=(2, 4, 3, 3), w=(4, 2, 2, 2)),
    Case("F.conv_transpose2d(x, w)", x=(2, 3, 3), w=(2, 1, 2, 2)),
    *grid("F.conv_transpose1d(x, w, b, s)", s=[1, 2, 3], x=(2, 2, 4), w=(2, 3, 3), b=(3,)),
    Case("F.conv_transpose1d(x, w, output_padding=1, stride=2)", x=(2, 4), w=(2, 1, 2)),
    Case("F.conv_transpose3d(x, w, stride=2)", x=(1, 1, 2, 2, 2), w=(1, 1, 2, 2, 2)),
    # layers
    *[
        Case(SEEDED.format(made, "[layer, *layer.parameters(), layer(x)]"), x=shape)
        for made, shape in {
            "nn.Conv1d(2, 3, 3)": (2, 2, 6),
            "nn.Conv2d(2, 3, 3)": (2, 2, 5, 5),
            "nn.Conv2d(2, 4, (2, 3), stride=2, padding=(1, 0), dilation=2, groups=2)": (1, 2, 6, 8),
            "nn.Conv2d(2, 3, 3, padding=1, bias=False)": (2, 5, 5),
            "nn.Conv2d(1, 2, 3, padding=1, padding_mode='reflect')": (1, 1, 4, 4),
            "nn.Conv2d(1, 2, 3, padding=(1, 2), padding_mode='replicate')": (1, 1, 4, 4),
            "nn.Conv2d(1, 2, 3, padding='same', padding_mode='circular')": (1, 1, 4, 4),
            "nn.Conv1d(1, 1, 2, padding='same', padding_mode='reflect')": (1, 1, 4),
            "nn.Conv2d(1, 2, 3, padding='valid')": (1, 1, 4, 4),
            "nn.Conv3d(1, 2, 2)": (1, 1, 3, 3, 3),
            "nn.ConvTranspose1d(2, 3, 3, stride=2, output_padding=1)": (1, 2, 3),
            "nn.ConvTranspose2d(2, 4, 3, stride=2, groups=2, padding=1)": (1, 2, 3, 3),
        }.items()
    ],
    Case(
        SEEDED.format("nn.ConvTranspose2d(1, 1, 3, stride=2)", "layer(x, output_size=(8, 7))"),
        x=(1, 1, 3, 3),
    ),
    Case(SEEDED.format("nn.Conv2d(1, 1, 2)", "list(layer.state_dict())")),
    Case(SEEDED.format("nn.Conv2d(1, 2, 2, dtype=torch.float64)", "layer.weight")),
    # pooling
    *each(
        "F.max_pool2d(x, {}, stride={}, padding={}, dilation={}, ceil_mode={})",
        (2, None, 0, 1, False),
        (3, 2, 1, 1, False),
        ((2, 3), 1, (1, 0), 1, False),
        (2, 2, 0, 2, False),
        (3, 3, 1, 1, True),
        (3, (2, 1), 1, 1, True),
        x=(2, 2, 5, 7),
    ),
    *grid("F.max_pool2d(x, 2, return_indices=True)", x=[(1, 2, 4, 4), (2, 5, 5)]),
    Case("F.max_pool2d(x, 3, 2, 1, return_indices=True)", x=(1, 2, 5, 5)),
    Case("F.max_pool2d(x, 2)", x=leaf([[[[1.0, 1.0], [1.0, 0.0]]]]), second=False),
    Case("F.max_pool2d(x, 2, 1)", x=leaf([[[2.0, 2.0, 2.0], [1.0, 2.0, 2.0]]]), second=False),
    Case("F.max_pool2d(x, 2)", x=leaf([[[float("nan"), 1.0], [float("inf"), 0.0]]]), second=False),
    Case("F.max_pool2d(x, 2)", x=ints(1, 4, 4)),
    Case("F.max_pool2d(x, 2)", x=T(1, 4, 5)),
    Case("F.max_pool2d(x, 2)", x=(0, 1, 4, 4)),
    *grid(
        "F.max_pool1d(x, k, s, p, d, c)",
        k=[2, 3],
        s=[None, 2],
        p=[0, 1],
        d=[1, 2],
        c=[False, True],
        x=(2, 2, 9),
    ),
    Case("F.max_pool1d(x, 2)", x=(2, 5)),
    Case("F.max_pool1d(x, 2, return_indices=True)", x=(1, 2, 5)),
    Case("F.max_pool3d(x, 2)", x=(1, 1, 4, 4, 4)),
    *each(
        "F.avg_pool2d(x, {}, {}, {}, {}, {})",
        (2, None, 0, False, True),
        (3, 2, 1, False, True),
        ((2, 3), 1, (1, 0), False, True),
        (3, 2, 1, True, False),
        (3, 3, 1, True, True),
        (3, 2, 1, False, False),
        x=(2, 2, 5, 7),
    ),
    Case("F.avg_pool2d(x, 2, divisor_override=3)", x=(1, 4, 4)),
    Case("F.avg_pool2d(x, 2)", x=ints(1, 4, 4)),
    Case("F.avg_pool2d(x, 2)", x=f16(1, 4, 4), grad=False),
    *grid("F.avg_pool1d(x, k, s, p)", k=[2, 3], s=[None, 2], p=[0, 1], x=(2, 2, 7)),
    Case("F.avg_pool1d(x, 2, ceil_mode=True, count_include_pad=False)", x=(2, 5)),
    Case("F.avg_pool3d(x, 2)", x=(1, 1, 4, 4, 4)),
    *each(
        "F.adaptive_avg_pool2d(x, {})",
        *[(n,) for n in (1, 2, (3, 2), (None, 1), (5, 7), (7, 9), 3)],
        x=(2, 2, 5, 7),
    ),
    Case("F.adaptive_avg_pool2d(x, 0)", x=(2, 2, 5, 7), grad=False),
    *grid("F.adaptive_avg_pool1d(x, n)", n=[1, 2, 3, 5], x=(2, 2, 5)),
    Case("F.adaptive_avg_pool1d(x, 2)", x=(2, 5)),
    Case("F.adaptive_avg_pool2d(x, 1)", x=(2, 3, 3)),
    *each("F.adaptive_max_pool2d(x, {})", (1,), (2,), ((3, 2),), ((None, 1),), x=(2, 2, 5, 7)),
    Case("F.adaptive_max_pool2d(x, 2, return_indices=True)", x=(1, 2, 5, 5)),
    Case("F.adaptive_max_pool1d(x, 2)", x=(2, 2, 5)),
    Case("F.adaptive_max_pool1d(x, 2, True)", x=(2, 5)),
    *grid("F.lp_pool2d(x, p, 2)", p=[1.0, 2, 3.0], x=(1, 1, 4, 4), tol=10),
    Case("F.lp_pool1d(x, 2, 2, stride=1)", x=(1, 1, 4)),
    Case("F.lp_pool2d(x, float('inf'), 2)", x=(1, 1, 4, 4)),
    Case(
        "y, i = F.max_pool2d(x, 2, return_indices=True)\nresult = F.max_unpool2d(y, i, 2)",
        x=(1, 2, 4, 4),
    ),
    Case(
        "y, i = F.max_pool2d(x, 2, return_indices=True)\nresult = F.max_unpool2d(y, i, 2, output_size=(5, 5))",
        x=(2, 5, 5),
    ),
    Case(
        "y, i = F.max_pool1d(x, 2, return_indices=True)\nresult = F.max_unpool1d(y, i, 2)",
        x=(1, 2, 4),
    ),
    *[
        Case(f"[{made}, {made}(x)]", x=shape)
        for made, shape in {
            "nn.MaxPool1d(2)": (1, 2, 5),
            "nn.MaxPool2d(2)": (1, 2, 5, 5),
            "nn.MaxPool2d((2, 3), stride=1, padding=1, ceil_mode=True)": (1, 2, 5, 5),
            "nn.MaxPool2d(2, return_indices=True)": (1, 2, 4, 4),
            "nn.AvgPool1d(2)": (1, 2, 5),
            "nn.AvgPool2d(3, 2, 1, count_include_pad=False)": (1, 2, 5, 5),
            "nn.AdaptiveAvgPool1d(2)": (1, 2, 5),
            "nn.AdaptiveAvgPool2d((2, 1))": (1, 2, 5, 5),
            "nn.AdaptiveMaxPool2d(2)": (1, 2, 5, 5),
            "nn.LPPool2d(2, 2)": (1, 2, 4, 4),
            "nn.Upsample(scale_factor=2)": (1, 1, 2, 2),
            "nn.Upsample(size=3, mode='bilinear')": (1, 1, 2, 2),
            "nn.UpsamplingNearest2d(scale_factor=2)": (1, 1, 2, 2),
            "nn.UpsamplingBilinear2d(size=(3, 4))": (1, 1, 2, 2),
            "nn.PixelShuffle(2)": (1, 4, 2, 2),
            "nn.PixelUnshuffle(2)": (1, 1, 4, 2),
            "nn.ChannelShuffle(2)": (1, 4, 2, 2),
            "nn.Fold((3, 3), 2)": (1, 4, 4),
            "nn.Unfold(2)": (1, 1, 3, 3),
            "nn.ZeroPad2d(1)": (1, 1, 2, 2),
            "nn.ZeroPad1d((1, 2))": (1, 1, 2),
            "nn.ConstantPad1d(1, 3.5)": (1, 1, 2),
            "nn.ConstantPad2d((1, 0, 2, 1), 0.5)": (1, 1, 2, 2),
            "nn.ReflectionPad1d(2)": (1, 1, 4),
            "nn.ReflectionPad2d((1, 2, 0, 1))": (1, 1, 3, 3),
            "nn.ReplicationPad1d(2)": (1, 1, 3),
            "nn.ReplicationPad2d(1)": (1, 1, 3, 3),
            "nn.CircularPad1d(1)": (1, 1, 3),
        }.items()
    ],
    # windows, channels and sizes
    *each(
        "F.unfold(x, {}, {}, {}, {})",
        *[(2, 1, 0, 1), ((2, 3), 1, 1, (2, 1)), (2, 2, 0, 1)],
        x=(2, 2, 4, 5),
    ),
    Case("F.unfold(x, 2)", x=(1, 3, 3)),
    Case("F.fold(x, (4, 5), (2, 3), stride=(2, 1), padding=(0, 1))", x=(2, 12, 10)),
    Case("F.fold(x, 3, 2)", x=(4, 4)),
    *grid("F.pixel_shuffle(x, 2)", x=[(2, 8, 2, 3), (4, 1, 1), T(1, 4, 2, 3)]),
    Case("F.pixel_unshuffle(x, 2)", x=(2, 2, 4, 6)),
    Case("F.channel_shuffle(x, 3)", x=(2, 6, 2, 2)),
    *each("F.interpolate(x, scale_factor={})", (2,), (1.5,), (0.5,), ((2, 3),), x=(1, 2, 3, 4)),
    *each("F.interpolate(x, size={})", (2,), (5,), ((4, 7),), x=(1, 2, 3, 4)),
    *each("F.interpolate(x, size={}, mode='nearest-exact')", (2,), (5,), ((4, 7),), x=(1, 2, 3, 4)),
    *each(
        "F.interpolate(x, size={}, mode='bilinear', align_corners={})",
        *[(n, a) for n in (2, 5, (4, 7)) for a in (False, True)],
        x=(1, 2, 3, 4),
        tol=3,
    ),
    *grid(
        "F.interpolate(x, scale_factor=f, mode='bilinear')", f=[2, 1.7, 0.6], x=(1, 1, 3, 4), tol=3
    ),
    Case(
        "F.interpolate(x, scale_factor=1.7, mode='bilinear', recompute_scale_factor=True)",
        x=(1, 1, 3, 4),
        tol=3,
    ),
    *grid(
        "F.interpolate(x, size=n, mode='bicubic', align_corners=a)",
        n=[5, 2],
        a=[False, True],
        x=(1, 1, 4, 4),
        tol=3,
    ),
    *grid("F.interpolate(x, size=n, mode='linear')", n=[5, 2], x=(1, 2, 3), tol=3),
    *grid("F.interpolate(x, size=n, mode='area')", n=[5, 2], x=(1, 2, 4, 3)),
    Case("F.interpolate(x, scale_factor=2)", x=(1, 2, 3)),
    Case("F.upsample(x, scale_factor=2)", x=(1, 1, 2, 2), warns=True),
    # errors
    *[
        Case(f"F.conv2d(torch.ones{x}, torch.ones{w}{rest})", error=True)
        for x, w, rest in (
            ((1, 1, 3, 3), (1, 2, 2, 2), ""),
            ((1, 2, 3, 3), (3, 1, 2, 2), ", groups=2"),
            ((1, 2, 3, 3), (4, 2, 2, 2), ", groups=2"),
            ((1, 1, 3, 3), (1, 1, 4, 4), ""),
            ((3, 3), (1, 1, 2, 2), ""),
            ((1, 1, 1, 3, 3), (1, 1, 2, 2), ""),
            ((1, 1, 3, 3), (1, 1, 2), ""),
            ((1, 1, 3, 3), (2, 1, 2, 2), ", torch.ones(3)"),
            ((1, 1, 3, 3), (1, 1, 2, 2), ", stride=0"),
            ((1, 1, 3, 3), (1, 1, 2, 2), ", padding=-1"),
            ((1, 1, 3, 3), (1, 1, 2, 2), ", dilation=0"),
            ((1, 1, 3, 3), (1, 1, 2, 2), ", padding='full'"),
            ((1, 1, 3, 3), (1, 1, 2, 2), ", padding='same', stride=2"),
            ((1, 1, 3, 3), (1, 1, 2, 2), ", stride=(1, 2, 3)"),
            ((1, 1, 3, 3), (1, 1, 2, 2), ", groups=0"),
        )
    ],
    Case("F.conv2d(x, w)", x=(1, 1, 3, 3), w=f64(1, 1, 2, 2), error=True),
    Case("F.conv2d(x, w)", x=ints(1, 1, 3, 3), w=(1, 1, 2, 2), error=True),
    Case("F.conv2d(x, w, b)", x=(1, 1, 3, 3), w=(1, 1, 2, 2), b=f64(1), error=True),
    Case("F.conv1d(x, w)", x=(2, 3, 4), w=(5, 2, 2), error=True),
    Case("F.conv1d(x, w)", x=(1, 1, 1), w=(1, 1, 2), error=True),
    Case("F.conv_transpose2d(x, w)", x=(1, 1, 3, 3), w=(2, 1, 2, 2), error=True),
    Case("F.conv_transpose2d(x, w, output_padding=1)", x=(1, 1, 3, 3), w=(1, 1, 2, 2), error=True),
    Case("F.conv_transpose2d(x, w, padding=3)", x=(1, 1, 3, 3), w=(1, 1, 2, 2), error=True),
    Case("F.conv_transpose2d(x, w, b)", x=(1, 1, 3, 3), w=(1, 1, 2, 2), b=(2,), error=True),
    Case("nn.Conv2d(1, 2, 3)(x)", x=(1, 2, 5, 5), error=True),
    Case("nn.Conv2d(1, 2, 3)(x)", x=(2, 5), error=True),
    Case("nn.Conv2d(1, 2, 3, groups=0)", error=True),
    Case("nn.Conv2d(3, 2, 3, groups=2)", error=True),
    Case("nn.Conv2d(1, 2, 3, padding='same', stride=2)", error=True),
    Case("nn.ConvTranspose2d(1, 2, 3, padding_mode='reflect')", error=True),
    Case(
        "nn.ConvTranspose2d(1, 2, 3, stride=2)(x, output_size=(20, 20))", x=(1, 1, 3, 3), error=True
    ),
    *[
        Case(code, x=(1, 1, 3, 3), error=True)
        for code in (
            "F.max_pool2d(x, 4)",
            "F.max_pool2d(x, 2, padding=2)",
            "F.max_pool2d(x, 2, padding=-1)",
            "F.max_pool2d(x, 0)",
            "F.max_pool2d(x, -1)",
            "F.max_pool2d(x, 2, stride=0)",
            "F.max_pool2d(x, 2, dilation=0)",
            "F.max_pool2d(x, (2, 2, 2))",
            "F.avg_pool2d(x, 4)",
            "F.avg_pool2d(x, 2, padding=2)",
            "F.avg_pool2d(x, 2, divisor_override=0)",
            "F.adaptive_avg_pool2d(x, (2, 2, 2))",
            "F.adaptive_avg_pool2d(x, -1)",
            "F.adaptive_max_pool2d(x, (2, 2, 2))",
            "F.unfold(x, 4)",
            "F.unfold(x, 2, stride=0)",
            "F.pixel_shuffle(x, 2)",
            "F.pixel_unshuffle(x, 2)",
            "F.channel_shuffle(x, 2)",
            "F.interpolate(x)",
            "F.interpolate(x, size=2, scale_factor=2)",
            "F.interpolate(x, size=(2, 2, 2))",
            "F.interpolate(x, size=2, align_corners=True)",
            "F.interpolate(x, size=2, mode='linear')",
            "F.interpolate(x, size=0)",
        )
    ],
    *[
        Case(code, x=(3,), error=True)
        for code in (
            "F.max_pool1d(x, 2)",
            "F.avg_pool1d(x, 2)",
            "F.adaptive_avg_pool1d(x, 2)",
            "F.max_pool2d(x, 2)",
            "F.avg_pool2d(x, 2)",
        )
    ],
    *[
        Case(code, x=(1, 1, 3), error=True)
        for code in (
            "F.max_pool1d(x, 4)",
            "F.max_pool1d(x, 2, padding=2)",
            "F.max_pool1d(x, 0)",
            "F.avg_pool1d(x, (2, 2))",
            "nn.ReflectionPad1d(3)(x)",
        )
    ],
    Case("F.max_pool2d(x, 2)", x=bools(1, 3, 3), error=True),
    Case("F.fold(x, (2, 2), 3)", x=(1, 4, 1), error=True),
    Case("F.fold(x, (2, 2), 2)", x=(1, 4, 2), error=True),
    Case("F.max_unpool2d(x, torch.tensor([[[[9]]]]), 2)", x=(1, 1, 1, 1), error=True),
    Case("nn.CircularPad1d(1)(x)", x=(3,), error=True),
]
