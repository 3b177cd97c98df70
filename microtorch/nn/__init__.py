"""Building blocks of networks, under PyTorch's names: ``torch.nn``."""

from typing import Any

from microtorch.nn import functional as functional
from microtorch.nn import init as init
from microtorch.nn import utils as utils
from microtorch.nn.modules.activation import *
from microtorch.nn.modules.attention import *
from microtorch.nn.modules.batchnorm import *
from microtorch.nn.modules.container import *
from microtorch.nn.modules.conv import *
from microtorch.nn.modules.distance import *
from microtorch.nn.modules.dropout import *
from microtorch.nn.modules.flatten import *
from microtorch.nn.modules.fold import *
from microtorch.nn.modules.linear import *
from microtorch.nn.modules.loss import *
from microtorch.nn.modules.module import *
from microtorch.nn.modules.normalization import *
from microtorch.nn.modules.padding import *
from microtorch.nn.modules.parameter_container import *
from microtorch.nn.modules.pixelshuffle import *
from microtorch.nn.modules.pooling import *
from microtorch.nn.modules.rnn import *
from microtorch.nn.modules.rnn_cells import *
from microtorch.nn.modules.sparse import *
from microtorch.nn.modules.transformer import *
from microtorch.nn.modules.upsampling import *
from microtorch.nn.parameter import *


def __getattr__(name: str) -> Any:
    raise AttributeError(
        f"module 'torch.nn' has no attribute '{name}'\n"
        "Hint: mind capital letters (nn.Linear, nn.ReLU). If PyTorch has it, it is not part of "
        "microtorch."
    )
