"""Layers and criterions: see :mod:`microtorch.bigdl.nn.layer` and ``...criterion``."""
