"""Activations, convolution, pooling, normalisation, losses, and images in another size."""

from __future__ import annotations

import numpy as np

import microtorch as torch
import microtorch.nn.functional as F
from op_cases import OpCase

CLASSES = torch.tensor(np.array([2, 0]))
PLACES = torch.tensor(np.array([[1, 0], [2, 1]]))
SIGNS = torch.tensor(np.array([1.0, -1.0, 1.0]))
RUNNING = torch.tensor(np.array([0.3, 0.6, 1.2]))


def slope(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The gradient of y's sum of squares, recorded: some ops stand in backward passes only."""
    return torch.autograd.grad((y * y).sum(), x, create_graph=True)[0]


CASES: dict[str, OpCase] = {
    # activations
    "LeakyRelu": (lambda a: F.leaky_relu(a - 1, 0.1), ((2, 3),)),
    "RreluWithNoise": (lambda a: F.rrelu(a - 1), ((2, 3),)),
    "RreluWithNoiseDrawn": (
        lambda a: (torch.manual_seed(0), F.rrelu(a - 1, training=True))[1],
        ((2, 3),),
    ),
    "PreluKernel": (lambda a, b: F.prelu(a - 1, b), ((2, 3), (3,))),
    "Elu": (lambda a: F.elu(a - 1, 0.7) + F.selu(a - 1), ((2, 3),)),
    "Celu": (lambda a: F.celu(a - 1, 0.7), ((2, 3),)),
    "NormalCdf": (lambda a: slope(F.gelu(a), a), ((3,),)),
    "Gelu": (lambda a: F.gelu(a, approximate="tanh") + F.gelu(-a), ((3,),)),
    "Silu": (lambda a: F.silu(a - 1), ((3,),)),
    "Softplus": (lambda a: F.softplus(a - 1, 2, 1), ((3,),)),
    "Mish": (lambda a: F.mish(a - 1), ((3,),)),
    "LogSigmoid": (lambda a: F.logsigmoid(a - 1), ((3,),)),
    "Glu": (lambda a: F.glu(a, 1), ((2, 4),)),
    "Threshold": (lambda a: F.threshold(a, 1.1, 0.3), ((2, 3),)),
    "Hardtanh": (lambda a: F.hardtanh(a, 0.7, 1.3), ((2, 3),)),
    "Hardsigmoid": (lambda a: F.hardsigmoid(3 * a).pow(2), ((2, 3),)),
    "Hardswish": (lambda a: F.hardswish(3 * a - 3), ((2, 3),)),
    "Softshrink": (lambda a: F.softshrink(a - 1, 0.2), ((2, 3),)),
    "Hardshrink": (lambda a: F.hardshrink(a - 1, 0.2), ((2, 3),)),
    "Softmax": (lambda a: F.softmax(a, 1) + F.softmax(a, 0), ((2, 3),)),
    "LogSoftmax": (lambda a: F.log_softmax(a, 1) + F.log_softmax(a, 0), ((2, 3),)),
    # convolution
    "Convolution": (
        lambda a, b: F.conv2d(a, b, stride=(1, 2), padding=1, dilation=(2, 1), groups=2),
        ((1, 2, 3, 4), (2, 1, 2, 2)),
    ),
    "ConvolutionWithBias": (F.conv1d, ((2, 2, 4), (3, 2, 2), (3,))),
    "TransposedConvolution": (
        lambda a, b: F.conv_transpose2d(a, b, stride=2, padding=1, output_padding=1, groups=2),
        ((1, 2, 2, 3), (2, 1, 3, 2)),
    ),
    "TransposedConvolutionWithBias": (F.conv_transpose1d, ((2, 2, 3), (2, 3, 2), (3,))),
    "KernelGradient": (lambda a, b: slope(F.conv1d(a, b), b), ((1, 2, 4), (2, 2, 2))),
    "Im2Col": (lambda a: F.unfold(a, 2, padding=1), ((1, 2, 2, 3),)),
    "Col2Im": (lambda a: F.fold(a, (2, 3), 2), ((1, 4, 2),)),
    # pooling
    "MaxPool": (lambda a: F.max_pool2d(a, 2, padding=1, ceil_mode=True), ((1, 2, 4, 3),)),
    "MaxPool3D": (lambda a: F.max_pool3d(a, 2), ((1, 1, 2, 4, 2),)),
    "MaxPoolScatter": (lambda a: slope(F.max_pool2d(a, 2), a), ((1, 1, 4, 4),)),
    "MaxPoolGather": (lambda a: slope(slope(F.max_pool2d(a, 2), a), a), ((1, 1, 4, 4),)),
    "Pick": (lambda a: F.adaptive_max_pool2d(a, (2, 3)), ((1, 2, 3, 4),)),
    "Unpool": (lambda a: slope(F.adaptive_max_pool2d(a, 2), a), ((1, 1, 3, 3),)),
    "MaxUnpool": (
        lambda a: F.max_unpool2d(a, torch.tensor(np.array([[[0, 3], [8, 10]]])), 2),
        ((1, 2, 2),),
    ),
    "AvgPool": (
        lambda a: F.avg_pool2d(a, 3, 2, 1, ceil_mode=True, count_include_pad=False),
        ((1, 2, 4, 4),),
    ),
    "AvgPool3D": (lambda a: F.avg_pool3d(a, 2), ((1, 1, 2, 4, 2),)),
    "AvgPoolSpread": (lambda a: slope(F.avg_pool2d(a, 2), a), ((1, 1, 4, 4),)),
    "AdaptiveAvgPool": (lambda a: F.adaptive_avg_pool2d(a, (2, 3)), ((1, 2, 3, 4),)),
    "AdaptiveAvgPool3D": (lambda a: F.adaptive_avg_pool3d(a, 2), ((1, 1, 3, 2, 2),)),
    "AdaptiveAvgPoolSpread": (lambda a: slope(F.adaptive_avg_pool2d(a, 2), a), ((1, 1, 3, 3),)),
    # normalisation
    "NativeLayerNorm": (
        lambda a, b, c: F.layer_norm(a, (2, 3), b, c),
        ((2, 2, 3), (2, 3), (2, 3)),
    ),
    "NativeGroupNorm": (lambda a, b, c: F.group_norm(a, 2, b, c), ((2, 4, 3), (4,), (4,))),
    "NativeBatchNorm": (
        lambda a, b, c: F.batch_norm(a, None, None, b, c, training=True),
        ((3, 2, 2), (2,), (2,)),
    ),
    "BatchNormOfRunning": (
        lambda a, b, c: F.batch_norm(a, RUNNING, RUNNING, b, c),
        ((2, 3), (3,), (3,)),
    ),
    # losses
    "DistanceNorm": (F.pairwise_distance, ((2, 3), (2, 3))),
    "DivNumber": (lambda a: F.cross_entropy(a, torch.softmax(a, 1)), ((2, 3),)),
    "MseLoss": (F.mse_loss, ((2, 3), (2, 3))),
    "SmoothL1Loss": (lambda a, b: F.smooth_l1_loss(a, b, beta=0.4), ((2, 3), (2, 3))),
    "HuberLoss": (
        lambda a, b: F.huber_loss(a, b, delta=0.4, reduction="none"),
        ((2, 3), (2, 3)),
    ),
    "SoftMarginLoss": (lambda a: F.soft_margin_loss(a, SIGNS), ((2, 3),)),
    "BinaryCrossEntropy": (lambda a, b: F.binary_cross_entropy(a / 3, b / 3), ((2, 3), (2, 3))),
    "BinaryCrossEntropyWithLogits": (
        lambda a, b: (
            F.binary_cross_entropy_with_logits(a - 1, b, pos_weight=RUNNING, reduction="sum")
            + F.binary_cross_entropy_with_logits(a - 1, b, weight=RUNNING)
        ),
        ((2, 3), (2, 3)),
    ),
    "NllLoss": (lambda a: F.nll_loss(a * a, CLASSES), ((2, 3),)),
    "NllLoss2D": (lambda a: F.nll_loss(a * a, PLACES, RUNNING), ((2, 3, 2),)),
    "CrossEntropyLoss": (lambda a: F.cross_entropy(a, CLASSES, RUNNING), ((2, 3),)),
    "CrossEntropyLoss2D": (
        lambda a: F.cross_entropy(a, PLACES, ignore_index=0, reduction="none"),
        ((2, 3, 2),),
    ),
    "MultiMarginLoss": (
        lambda a: (
            F.multi_margin_loss(a, CLASSES, p=2, margin=0.7) + F.multi_margin_loss(a, CLASSES)
        ),
        ((2, 3),),
    ),
    "MultilabelMarginLoss": (
        lambda a: F.multilabel_margin_loss(a * a, torch.tensor(np.array([[0, 2, -1], [1, -1, 0]]))),
        ((2, 3),),
    ),
    # images in another size
    "UpsampleNearest1D": (lambda a: F.interpolate(a, size=5), ((1, 2, 3),)),
    "UpsampleNearest2D": (lambda a: F.interpolate(a, scale_factor=1.5), ((1, 1, 2, 4),)),
    "UpsampleNearest3D": (lambda a: F.interpolate(a, scale_factor=2), ((1, 1, 1, 2, 1),)),
    "UpsampleNearestExact1D": (
        lambda a: F.interpolate(a, size=5, mode="nearest-exact"),
        ((1, 2, 3),),
    ),
    "UpsampleNearestExact2D": (
        lambda a: F.interpolate(a, size=3, mode="nearest-exact"),
        ((1, 1, 2, 4),),
    ),
    "UpsampleNearestExact3D": (
        lambda a: F.interpolate(a, size=2, mode="nearest-exact"),
        ((1, 1, 1, 2, 1),),
    ),
    "UpsampleLinear1D": (lambda a: F.interpolate(a, size=5, mode="linear"), ((1, 2, 3),)),
    "UpsampleBilinear2D": (lambda a: F.interpolate(a, size=3, mode="bilinear"), ((1, 1, 2, 4),)),
    "UpsampleTrilinear3D": (
        lambda a: F.interpolate(a, size=2, mode="trilinear"),
        ((1, 1, 1, 2, 3),),
    ),
    "UpsampleBicubic2D": (lambda a: F.interpolate(a, size=3, mode="bicubic"), ((1, 1, 2, 4),)),
    "PixelShuffle": (lambda a: F.pixel_shuffle(a, 2), ((1, 4, 1, 2),)),
    "PixelUnshuffle": (lambda a: F.pixel_unshuffle(a, 2), ((1, 2, 4),)),
    "ChannelShuffle": (lambda a: F.channel_shuffle(a, 2), ((1, 6, 2),)),
}
