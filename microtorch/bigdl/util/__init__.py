"""What BigDL keeps in its util package: see :mod:`microtorch.bigdl.util.common`."""
