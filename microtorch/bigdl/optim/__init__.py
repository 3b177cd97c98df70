"""Training: see :mod:`microtorch.bigdl.optim.optimizer`."""
