"""The examples of BigDL 0.10's page on losses (APIGuide/Losses): inputs, and what it prints.

The page has 36 sections. ``PYTHON`` holds the Python examples whose printed numbers follow from
their printed inputs. ``NOT_REPRODUCIBLE`` names the others and says why; ``SCALA`` holds the Scala
examples of those sections that can be followed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from microtorch.bigdl.nn.criterion import *
from microtorch.bigdl.nn.layer import Identity, np


class Example(NamedTuple):
    criterion: Any
    input: Any
    target: Any
    loss: float
    gradient: Any = None
    tolerance: float = 3e-7  # of the loss: float32 with eight digits


UP = np.arange(1, 7, dtype=np.float32).reshape(2, 3)
ODD = np.arange(1, 12, 2, dtype=np.float32).reshape(2, 3)
EVEN = np.arange(2, 13, 2, dtype=np.float32).reshape(2, 3)
THREE = np.array(
    [
        [1.0262627674932, -1.2412600935171, -1.0423174168648],
        [-0.90330565804228, -1.3686840144413, -1.0778380454479],
        [-0.99131220658219, -1.0559142847536, -1.2692712660404],
    ]
)
SMOOTH = (
    np.array(
        [
            *(0.17503996845335, 0.83220188552514, 0.48450597329065, 0.64701424003579),
            *(0.62694586534053, 0.34398410236463, 0.55356747563928, 0.20383032318205),
        ]
    ),
    np.array(
        [
            *(0.69956525065936, 0.86074831243604, 0.54923197557218, 0.57388074393384),
            *(0.63334444304928, 0.99680578662083, 0.49997645849362, 0.23869121982716),
        ]
    ),
)

PYTHON: dict[str, Example] = {
    "TimeDistributedCriterion": Example(
        TimeDistributedCriterion(ClassNLLCriterion(), True),
        np.stack([THREE, THREE * [[-1, 1, 1], [1, 1, 1], [1, 1, 1]]], 1),
        np.array([[1, 1], [2, 2], [3, 3]]),
        0.8793184,
    ),
    "MarginRankingCriterion": Example(
        MarginRankingCriterion(),
        [np.arange(1, 6), np.arange(5, 0, -1)],
        [np.array([-1, 1, -1, 1, 1])] * 2,
        0.8,
        [[0, -0.2, 0.2, 0, 0], [0, 0.2, -0.2, 0, 0]],
    ),
    "ClassNLLCriterion": Example(
        ClassNLLCriterion(),
        np.array([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0], [3.0, 4.0, 5.0]]),
        np.array([1.0, 2.0, 3.0]),
        -3.0,
        -np.eye(3) / 3,
    ),
    "SoftmaxWithCriterion": Example(
        SoftmaxWithCriterion(),
        np.array(
            [
                *(0.78455689, 0.01402084, 0.82539628, -1.06448238, 2.58168413, 0.60053703),
                *(-0.48617618, 0.44538094, 0.46611658, -1.41509329, 0.40038991, -0.63505732),
                *(0.91266769, 1.68667933, 0.92423611, 0.1465411, 0.84637557, 0.14917515),
                *(-0.7060493, -2.02544114, 0.89070726, 0.14535539, 0.73980064, -0.33130613),
                *(0.64538791, -0.44384233, -0.40112523, 0.44346658, -2.22303621, 0.35715986),
            ]
        ).reshape(1, 5, 2, 3),
        np.array([[[[2.0, 4.0, 2.0], [4.0, 1.0, 2.0]]]]),
        2.1002123,
    ),
    "SmoothL1CriterionWithWeights": Example(
        SmoothL1CriterionWithWeights(2.4, 2),
        np.array([1.1, -0.8, 0.1, 0.4, 1.3, 0.2, 0.2, 0.03]),
        [
            np.array([0.9, 1.5, -0.08, -1.68, -0.68, -1.17, -0.92, 1.58]),
            np.array([-0.1, 1.7, -0.8, -1.9, 1.0, 1.4, 0.8, 0.8]),
            np.array([-1.9, -0.5, 1.9, -1.0, -0.2, 0.1, 0.3, 1.1]),
        ],
        -2.17488,
        [-0.010944, 0.42500001, 0.63037443, -0.94999999, -0.1, 0.07, 0.12, -0.44000003],
    ),
    "MultiMarginCriterion": Example(
        MultiMarginCriterion(1),
        np.array([[0.46868305, -2.28562261], [0.8076243, -0.67809689], [-0.20342555, -0.66264743]]),
        np.array([2, 1, 2]),
        0.8689213,
        [[0.16666667, -0.16666667], [0, 0], [0.16666667, -0.16666667]],
    ),
    "HingeEmbeddingCriterion": Example(
        HingeEmbeddingCriterion(1.0, size_average=False),
        np.array([0.1, 2.0, 2.0, 2.0]),
        np.full(4, 1),
        6.1,
    ),
    "MarginCriterion": Example(
        MarginCriterion(margin=1.0, size_average=True),
        np.array([[0.20824672, 0.67299837], [0.80561452, 0.19564743], [0.42501441, 0.19408184]]),
        np.array([[0.67882632, 0.61257846], [0.10111138, 0.75225082], [0.60404296, 0.31373273]]),
        0.8166871,
    ),
    "CosineEmbeddingCriterion": Example(
        CosineEmbeddingCriterion(0.0, False),
        [np.arange(1.0, 6.0), np.arange(5.0, 0.0, -1.0)],
        [np.array(-0.5)],
        0.6363636,
        [
            [0.07933884, 0.04958678, 0.01983471, -0.00991735, -0.03966942],
            [-0.03966942, -0.00991735, 0.01983471, 0.04958678, 0.07933884],
        ],
    ),
    "DiceCoefficientCriterion": Example(
        DiceCoefficientCriterion(size_average=True, epsilon=1.0),
        np.array([0.4440505, 2.9430301]),
        np.array([2.0, 1.0]),
        -0.17262316,
        [[-0.38274616, -0.11200322]],
        1e-6,
    ),
    "MSECriterion": Example(
        MSECriterion(),
        np.array([[1.0, 2.0], [3.0, 4.0]]),
        np.array([[2.0, 3.0], [4.0, 5.0]]),
        1.0,
        [[-0.5, -0.5], [-0.5, -0.5]],
    ),
    "DistKLDivCriterion": Example(
        DistKLDivCriterion(),
        np.array([-1.14333924, 0.97662296]),
        np.array([2, 1]),
        1.348175,
        [-1.0, -0.5],
    ),
    "ClassSimplexCriterion": Example(
        ClassSimplexCriterion(5),
        np.array([[1.0, 2.0, 3.0, 4.0, 5.0], [4.0, 5.0, 6.0, 7.0, 8.0]]),
        np.array([2.0, 1.0]),
        23.562702,
        [[0.25, 0.20635083, 0.6, 0.8, 1.0], [0.6, 1.0, 1.2, 1.4, 1.6]],
    ),
    "L1HingeEmbeddingCriterion": Example(
        L1HingeEmbeddingCriterion(0.6),
        [np.array([1.0, -0.1]), np.array([2.0, -0.2])],
        np.array([1.0]),
        1.1,
    ),
    "CrossEntropyCriterion": Example(
        CrossEntropyCriterion(), THREE, np.array([1, 2, 3]), 0.94830513
    ),
    "ParallelCriterion": Example(
        ParallelCriterion().add(ClassNLLCriterion(), weight=0.5).add(MSECriterion()),
        [np.arange(1, 21).reshape(2, 10), np.arange(20)[::-1].reshape(2, 10)],
        [np.array([1.0, 8.0]), np.full([2, 10], 1)],
        100.75,
        [
            np.eye(10)[[0, 7]] * -0.25,
            (np.arange(18, -2, -1) / 10).reshape(2, 10),
        ],
    ),
    "MultiLabelMarginCriterion": Example(
        MultiLabelMarginCriterion(False),
        np.array([0.3, 0.4, 0.2, 0.6]),
        np.array([3, 2, 1, 0]),
        0.975,
        [-0.25, -0.25, -0.25, 0.75],
    ),
    "MultiLabelSoftMarginCriterion": Example(
        MultiLabelSoftMarginCriterion(),
        np.array([0.4, 0.5, 0.6]),
        np.array([0, 1, 1]),
        0.6081934,
    ),
    "AbsCriterion": Example(
        AbsCriterion(), np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]), 3.0
    ),
    "MultiCriterion": Example(
        MultiCriterion().add(ClassNLLCriterion(), 0.5).add(MSECriterion()),
        np.array(
            [
                *(0.9682213801388531, 0.35258855644097503, 0.04584479998452568),
                *(-0.21781499692588918, -1.02721844006879),
            ]
        ),
        np.array([1, 2, 3, 2, 1]),
        3.6099546,
    ),
    "GaussianCriterion": Example(GaussianCriterion(), [UP, ODD], EVEN, 23.836603),
    "CosineProximityCriterion": Example(CosineProximityCriterion(), UP, EVEN, -0.3333333),
    "MeanSquaredLogarithmicCriterion": Example(
        MeanSquaredLogarithmicCriterion(), UP, EVEN, 0.30576965
    ),
    "MeanAbsolutePercentageCriterion": Example(MeanAbsolutePercentageCriterion(), UP, EVEN, 50.0),
    "KullbackLeiblerDivergenceCriterion": Example(
        KullbackLeiblerDivergenceCriterion(),
        np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]),
        np.array([[0.6, 0.5, 0.4], [0.3, 0.2, 0.1]]),
        0.59976757,
    ),
    "PoissonCriterion": Example(PoissonCriterion(), UP, EVEN, -6.1750183),
    "TransformerCriterion": Example(
        TransformerCriterion(MSECriterion(), Identity(), Identity()), UP, EVEN, 15.166667
    ),
    "DotProductCriterion": Example(DotProductCriterion(), UP, EVEN, 182.0),
    "PGCriterion": Example(PGCriterion(), UP, EVEN, -58.05011),
    "CosineDistanceCriterion": Example(
        CosineDistanceCriterion(size_average=True),
        np.array([[0.34291017, 0.95894575, 0.23869193, 0.42518589, 0.73902631]]),
        np.array([[0.00489056, 0.7253111, 0.94344038, 0.69811821, 0.45532107]]),
        0.20651573,
        tolerance=1e-6,
    ),
    "CategoricalCrossEntropy": Example(
        CategoricalCrossEntropy(),
        np.array([[0.31309742, 0.75959802, 0.01649681, 0.65792692, 0.21528937]]),
        np.array([[0.0, 0.0, 1.0, 0.0, 0.0]]),
        4.7787604,
    ),
}

NOT_REPRODUCIBLE = {
    "L1Cost": "the input is random and not printed",
    "SmoothL1Criterion": "the Python example prints no numbers",
    "BCECriterion": "the input is random and not printed",
    "SoftMarginCriterion": "the printed numbers belong to the target of the Scala example",
    "KLDCriterion": "the printed sum is of a version that did not average over the batch",
}

SCALA: dict[str, Example] = {
    "L1Cost": Example(
        L1Cost(),
        np.array([[0.48145306, 0.476887], [0.23729686, 0.5169516]]),
        np.array([[0.42999148, 0.22272833], [0.49723643, 0.17884709]]),
        1.7125885,
        [[1.0, 1.0], [1.0, 1.0]],
    ),
    "SmoothL1Criterion": Example(
        SmoothL1Criterion(),
        *SMOOTH,
        0.0447365,
        [
            *(-0.06556566, -0.003568299, -0.008090746, 0.009141691),
            *(-7.998273e-4, -0.08160271, 0.0066988766, -0.0043576136),
        ],
    ),
    # Its input can be read off the printed gradient, (x - t) / (x (1 - x)) / 3.
    "BCECriterion": Example(
        BCECriterion(),
        np.array([[1 / (3 * 1.5277504)], [1 - 1 / (3 * 1.0736246)], [1 / (3 * 0.336957)]]),
        np.array([1, 0, 1]),
        0.9009579,
        [[-1.5277504], [1.0736246], [-0.336957]],
        1e-6,
    ),
    "SoftMarginCriterion": Example(
        SoftMarginCriterion(),
        np.array([[1.0, 2.0], [3.0, 4.0]]),
        np.array([[1.0, -1.0], [-1.0, 1.0]]),
        1.3767318,
        [[-0.06723536, 0.22019927], [0.23814353, -0.00449655]],
    ),
    "KLDCriterion": Example(KLDCriterion(size_average=False), [UP, ODD], EVEN, 34647.04),
}
