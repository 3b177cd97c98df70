"""The criterions, by kind. All can be imported from :mod:`microtorch.bigdl.nn.criterion`."""
