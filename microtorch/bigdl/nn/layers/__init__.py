"""The layers, by kind. All of them can be imported from :mod:`microtorch.bigdl.nn.layer`."""
