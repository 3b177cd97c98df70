"""All criterions: ``from microtorch.bigdl.nn.criterion import *``.

BigDL's programs find NumPy under the name ``np`` here, and so do ours.
"""

import numpy as np

from microtorch.bigdl.nn.criterions.base import Criterion
from microtorch.bigdl.nn.criterions.classification import (
    BCECriterion,
    CategoricalCrossEntropy,
    ClassNLLCriterion,
    ClassSimplexCriterion,
    CrossEntropyCriterion,
    MultiLabelSoftMarginCriterion,
    SoftmaxWithCriterion,
)
from microtorch.bigdl.nn.criterions.combining import (
    MultiCriterion,
    ParallelCriterion,
    TimeDistributedCriterion,
    TimeDistributedMaskCriterion,
    TransformerCriterion,
)
from microtorch.bigdl.nn.criterions.distributions import (
    DistKLDivCriterion,
    GaussianCriterion,
    KLDCriterion,
    KullbackLeiblerDivergenceCriterion,
    PGCriterion,
)
from microtorch.bigdl.nn.criterions.margins import (
    HingeEmbeddingCriterion,
    L1HingeEmbeddingCriterion,
    MarginCriterion,
    MarginRankingCriterion,
    MultiLabelMarginCriterion,
    MultiMarginCriterion,
    SoftMarginCriterion,
)
from microtorch.bigdl.nn.criterions.regression import (
    AbsCriterion,
    DiceCoefficientCriterion,
    L1Cost,
    MeanAbsolutePercentageCriterion,
    MeanSquaredLogarithmicCriterion,
    MSECriterion,
    PoissonCriterion,
    SmoothL1Criterion,
    SmoothL1CriterionWithWeights,
)
from microtorch.bigdl.nn.criterions.similarity import (
    CosineDistanceCriterion,
    CosineEmbeddingCriterion,
    CosineProximityCriterion,
    DotProductCriterion,
)

__all__ = [
    "AbsCriterion",
    "BCECriterion",
    "CategoricalCrossEntropy",
    "ClassNLLCriterion",
    "ClassSimplexCriterion",
    "CosineDistanceCriterion",
    "CosineEmbeddingCriterion",
    "CosineProximityCriterion",
    "Criterion",
    "CrossEntropyCriterion",
    "DiceCoefficientCriterion",
    "DistKLDivCriterion",
    "DotProductCriterion",
    "GaussianCriterion",
    "HingeEmbeddingCriterion",
    "KLDCriterion",
    "KullbackLeiblerDivergenceCriterion",
    "L1Cost",
    "L1HingeEmbeddingCriterion",
    "MSECriterion",
    "MarginCriterion",
    "MarginRankingCriterion",
    "MeanAbsolutePercentageCriterion",
    "MeanSquaredLogarithmicCriterion",
    "MultiCriterion",
    "MultiLabelMarginCriterion",
    "MultiLabelSoftMarginCriterion",
    "MultiMarginCriterion",
    "PGCriterion",
    "ParallelCriterion",
    "PoissonCriterion",
    "SmoothL1Criterion",
    "SmoothL1CriterionWithWeights",
    "SoftMarginCriterion",
    "SoftmaxWithCriterion",
    "TimeDistributedCriterion",
    "TimeDistributedMaskCriterion",
    "TransformerCriterion",
    "np",
]
