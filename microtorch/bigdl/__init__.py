"""Layer-style backpropagation with BigDL's names, in the tradition of Torch7.

There is no graph that remembers: every layer has an explicit ``forward(input)`` and
``backward(input, grad_output)``, a criterion has ``forward(output, target)`` and
``backward(output, target)``, and parameters are read as a dictionary. ::

    from microtorch.bigdl.nn.layer import *
    from microtorch.bigdl.nn.criterion import *
    from microtorch.bigdl.optim.optimizer import *

Numbers go in and come out as NumPy arrays, in float32 unless a layer is made with
``bigdl_type="double"``. A list of arrays is what Torch7 and BigDL call a table.
"""
