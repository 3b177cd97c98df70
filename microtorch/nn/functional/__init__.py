"""Layers and losses as functions, without parameters of their own: ``torch.nn.functional``."""

from microtorch.nn.functional.activations import *
from microtorch.nn.functional.adaptive_pooling import *
from microtorch.nn.functional.attention import *
from microtorch.nn.functional.bilinear import *
from microtorch.nn.functional.classification import *
from microtorch.nn.functional.convolution import *
from microtorch.nn.functional.ctc import *
from microtorch.nn.functional.distance import *
from microtorch.nn.functional.dropout import *
from microtorch.nn.functional.embedding_bag import *
from microtorch.nn.functional.grids import *
from microtorch.nn.functional.losses import *
from microtorch.nn.functional.normalisation import *
from microtorch.nn.functional.pooling import *
from microtorch.nn.functional.resizing import *
from microtorch.tensor.gathering import embedding as embedding
from microtorch.tensor.gathering import one_hot as one_hot
from microtorch.tensor.padding import pad as pad
from microtorch.tensor.products import linear as linear
