"""Pictures and walks of layers: boxes with their names, and the gradients that backward has left."""

from __future__ import annotations

from typing import Any

import pytest

import microtorch as torch
from microtorch.bigdl.nn.criterion import *
from microtorch.bigdl.nn.layer import *


def w2() -> tuple[Linear, AbsCriterion, Any, Any]:
    linear = Linear(2, 1).set_name("linear")
    linear.set_weights([np.array([[-0.56752282, -0.36998892]]), np.array([0.05133221])])
    x, t, mae = np.array([1, -2]), np.array([0]), AbsCriterion()
    output = linear.forward(x)
    mae.forward(output, t)
    linear.backward(x, mae.backward(output, t))
    return linear, mae, x, t


def rows(drawing: Any) -> dict[str, str]:
    return {line.split()[0]: line for line in drawing.text.splitlines()}


def test_the_picture_of_the_walkthrough_goes_from_the_input_to_the_loss() -> None:
    linear, mae, *_ = w2()
    for thing in (linear, mae):
        found = rows(torch.draw(thing))
        assert "= Linear(input, linear.weight, linear.bias)" in found["output"]
        assert "grad [−0.5675, −0.37]" in found["input"]
        assert "grad −2 … 1" in found["linear.weight"]
        assert "grad [1]" in found["output"]
        assert "data 0.2238" in found["loss"]
    assert ">Linear<" in torch.draw(linear).svg
    walked = repr(torch.walk(linear))
    assert "∂loss/∂input = (∂loss/∂output) @ linear.weight ≈ [−0.5675, −0.37]" in walked


def test_a_second_backward_shows_what_was_there_before() -> None:
    linear, mae, x, t = w2()
    linear.backward(x, mae.backward(mae.input, t))
    assert "grad [2]" in rows(torch.draw(linear))["linear.bias"]
    assert "linear.bias.grad = 1 + 1 = 2" in torch.draw(linear, "backward").text.replace(
        "[", ""
    ).replace("]", "")


def test_before_backward_there_are_dots_and_no_zeros() -> None:
    linear = Linear(2, 1)
    linear.forward(np.ones(2))
    assert torch.draw(linear).text.count("grad ·") == 4


def test_without_a_criterion_the_end_is_what_backward_differentiates() -> None:
    layer = Tanh()
    layer.forward(np.array([0.0, 1.0]))
    layer.backward(np.array([0.0, 1.0]), np.array([1.0, 10.0]))
    drawing = torch.draw(layer, "backward")
    (given,) = [v for v in drawing.graph.values if v.name == "input"]
    np.testing.assert_allclose(given.grad, layer.gradInput, rtol=1e-6)
    assert "grad_output" in drawing.text


def models() -> list[tuple[Layer, Any]]:
    a, b = Input(), Input()
    hidden = Linear(3, 4)(a)
    graph = Model([a, b], [Tanh()(hidden), CMulTable()([Sigmoid()(hidden), b])])
    image = Sequential().add(SpatialConvolution(1, 2, 2, 2)).add(SpatialMaxPooling(2, 2))
    image.add(SpatialBatchNormalization(2)).add(Reshape([8])).add(Dropout(0.5)).add(Linear(8, 3))
    two = Concat(2).add(Linear(3, 2)).add(Sequential().add(Linear(3, 1)).add(ReLU()))
    tables = (
        Sequential()
        .add(ConcatTable().add(Identity()).add(Linear(3, 3)))
        .add(ParallelTable().add(Tanh()).add(SoftMax()))
    )
    return [
        (graph, [np.ones((2, 3)), np.ones((2, 4))]),
        (image.add(LogSoftMax()), np.random.default_rng(0).normal(size=(2, 1, 4, 4))),
        (two, np.ones((2, 3))),
        (tables.add(CAddTable()), np.ones((2, 3))),
        (LookupTable(4, 2), np.array([1, 3])),
        (Sequential().add(BatchNormalization(3, affine=False)), np.eye(3)),
        (SpatialAveragePooling(2, 2), np.ones((1, 3, 3))),
    ]


@pytest.mark.parametrize("k", range(7))
def test_every_kind_of_layer_can_be_drawn_and_walked(k: int) -> None:
    torch.manual_seed(0)
    layer, x = models()[k]
    output = layer.forward(x)
    drawn = torch.draw(layer)
    assert drawn.svg.startswith("<svg")
    layer.backward(x, output)
    given = layer.gradInput if isinstance(layer.gradInput, list) else [layer.gradInput]
    graph = torch.draw(layer, "backward").graph
    inputs = [v for v in graph.values if v.name.startswith("input")]
    for value, gradient in zip(inputs, given, strict=len(inputs) > 0):
        np.testing.assert_allclose(value.stored, gradient)
        np.testing.assert_allclose(value.grad, gradient, atol=1e-5)
    assert repr(torch.walk(layer)).startswith("Forward")


def test_a_layer_that_a_learner_wrote_is_a_box_too() -> None:
    class Triple(Layer):
        def updateOutput(self, input: Any) -> Any:
            return 3 * input

        def updateGradInput(self, input: Any, grad_output: Any) -> Any:
            return 3 * grad_output

    layer = Triple()
    layer.forward(np.ones(2))
    layer.backward(np.ones(2), np.array([1.0, 2.0]))
    text = torch.draw(layer, "backward").text
    assert "output = Triple(input)" in text
    assert "∂L/∂input = [3, 6]" in text


def test_a_picture_shows_the_last_pass_only() -> None:
    linear, mae, _, t = w2()
    mae.forward(np.array([5.0]), t)  # another input: no longer the layer's
    assert "loss" not in rows(torch.draw(linear))
    assert "input" in rows(torch.draw(mae))
    assert "linear.weight" not in rows(torch.draw(mae))


# Criterions that are made of others --------------------------------------------------------------


def test_criterions_made_of_others_are_drawn_behind_the_layers_that_made_their_input() -> None:
    model = Sequential().add(Linear(3, 1))
    both = MultiCriterion().add(MSECriterion(), 0.5).add(MultiCriterion().add(AbsCriterion()))
    x, t = np.array([[1.0, 2.0, -1.0]]), np.array([[3.0]])
    both.forward(model.forward(x), t)
    assert torch.draw(model).text == torch.draw(both).text
    model.backward(x, both.backward(model.output, t))
    found = rows(torch.draw(model))
    # All parts share one output and one target.
    assert [name for name in found if name in ("output", "target", "loss")] == [
        *("output", "target", "loss")
    ]
    assert found["loss"].endswith("grad 1")
    values = {v.name: v for v in torch.draw(both, "backward").graph.values}
    assert values["loss"].data == pytest.approx(both.output)
    np.testing.assert_allclose(values["output"].grad, both.gradInput, rtol=1e-5)


def test_inputs_of_combined_criterions_have_names_and_gradients() -> None:
    x, t = np.array([[1.0, 4.0]]), np.array([[0.0, 1.0]])
    steps = np.arange(12.0).reshape(1, 3, 4)
    combined: list[tuple[Criterion, Any, Any, list[str]]] = [
        (MultiCriterion().add(MSECriterion()).add(AbsCriterion(), 2.0), x, t, ["input", "target"]),
        (
            ParallelCriterion().add(MSECriterion()).add(AbsCriterion()),
            [x, 2 * x],
            [t, t + 1],
            ["input1", "target1", "input2", "target2"],
        ),
        (
            ParallelCriterion(repeat_target=True).add(MSECriterion()).add(AbsCriterion()),
            [x, 2 * x],
            t,
            ["input1", "target", "input2"],
        ),
        (TimeDistributedCriterion(MSECriterion()), steps, steps / 2, ["input"]),
        (TransformerCriterion(MSECriterion()), x, t, ["input", "target"]),
        (
            TransformerCriterion(MSECriterion(), Sequential().add(Tanh())),
            x,
            t,
            ["input", "output", "target"],
        ),
    ]
    for criterion, given, target, names in combined:
        criterion.forward(given, target)
        gradient = criterion.backward(given, target)
        values = {v.name: v for v in torch.draw(criterion, "backward").graph.values}
        assert [n for n in values if n.startswith(("input", "output", "target"))] == names
        assert values["loss"].data == pytest.approx(criterion.output)
        inputs = [values[n].grad for n in names if n.startswith("input")]
        expected = gradient if isinstance(gradient, list) else [gradient]
        for found, wanted in zip(inputs, expected, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-5)
        assert "loss" in repr(torch.walk(criterion))
