"""Data in batches: a Dataset holds the samples, a Sampler says in which order, a DataLoader reads.

>>> import microtorch as torch
>>> from microtorch.utils.data import DataLoader, TensorDataset
>>> x = torch.arange(5.0)
>>> for inputs, targets in DataLoader(TensorDataset(x, x**2), batch_size=2):
...     print(inputs, targets)
tensor([0., 1.]) tensor([0., 1.])
tensor([2., 3.]) tensor([4., 9.])
tensor([4.]) tensor([16.])
"""

from __future__ import annotations

from microtorch.utils.data.collate import default_collate, default_convert
from microtorch.utils.data.dataloader import DataLoader, get_worker_info
from microtorch.utils.data.dataset import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from microtorch.utils.data.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)

__all__ = [
    "BatchSampler",
    "ChainDataset",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "IterableDataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "StackDataset",
    "Subset",
    "SubsetRandomSampler",
    "TensorDataset",
    "WeightedRandomSampler",
    "default_collate",
    "default_convert",
    "get_worker_info",
    "random_split",
]
