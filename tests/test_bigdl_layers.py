"""The layers: the walkthrough's numbers, equality with tensors, containers, modes, and bad input."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microtorch as torch
from microtorch.bigdl.nn.layer import *

F = torch.nn.functional
RNG = np.random.default_rng(5)


def normal(*shape: int) -> Any:
    return RNG.normal(size=shape)


# ---------------------------------------------------------------- the walkthrough


def test_the_walkthrough_runs_as_written_and_gives_the_stated_numbers() -> None:
    names: dict[str, Any] = {}
    exec(  # noqa: S102 (as a learner writes it)
        """
from microtorch.bigdl.nn.layer import *
from microtorch.bigdl.nn.criterion import *
linear = Linear(2, 1)
before = linear.parameters()
linear.set_weights([np.array([[-0.56752282, -0.36998892]]), np.array([0.05133221])])
input = np.array([1, -2])
output = linear.forward(input)
mae = AbsCriterion()
target = np.array([0])
loss = mae.forward(output, target)
grad_output = mae.backward(output, target)
grad_input = linear.backward(input, grad_output)
after = linear.parameters()[linear.name()]
""",
        names,
    )
    (own,) = names["before"].values()
    assert {name: (a.shape, a.dtype.name) for name, a in own.items()} == {
        "weight": ((1, 2), "float32"),
        "bias": ((1,), "float32"),
        "gradWeight": ((1, 2), "float32"),
        "gradBias": ((1,), "float32"),
    }
    assert names["output"].shape == (1,)
    assert names["output"].dtype == np.float32
    assert names["loss"] == 0.22378722
    assert names["output"][0] == np.float32(0.22378722)
    assert names["after"]["gradWeight"].tolist() == [[1, -2]]
    assert names["after"]["gradBias"].tolist() == [1]
    assert names["grad_input"] == pytest.approx([-0.56752282, -0.36998892])


def test_the_published_printout_cannot_come_from_one_run() -> None:
    linear = Linear(2, 1)
    linear.set_weights([np.array([[0.49132586, 0.49123695]]), np.array([0.0053439])])
    assert linear.forward(np.array([1, -2]))[0] == pytest.approx(-0.48580414)


def test_parameters_and_weights_are_copies_and_results_may_be_changed() -> None:
    linear = Linear(2, 2).set_name("fc")
    x = normal(3, 2)
    output = linear.forward(x)
    linear.parameters()["fc"]["weight"][...] = 99
    linear.get_weights()[0][...] = 99
    output[...] = 99
    x_before = x.copy()
    gradient = linear.backward(x, np.ones((3, 2)))
    gradient[...] = 99
    assert np.abs(linear.get_weights()[0]).max() < 1
    assert (x == x_before).all()
    assert linear.parameters()["fc"]["gradBias"].tolist() == [3, 3]


# ---------------------------------------------------------------- equality with tensors

Case = tuple[Callable[[], Layer], Callable[..., Any], Any]


def in_conv(layer: Any, x: Any, w: Any, b: Any) -> Any:
    return F.conv2d(x, w.reshape(6, 2, 2, 3), b, (1, 2), (1, 1), groups=2)


CASES: dict[str, Case] = {
    "Linear, batch": (lambda: Linear(3, 2, bigdl_type="double"), lambda _, x, *p: F.linear(x, *p), [(4, 3)]),
    "Linear, vector": (lambda: Linear(3, 2, bigdl_type="double"), lambda _, x, *p: F.linear(x, *p), [(3,)]),
    "Linear, no bias": (lambda: Linear(3, 2, False, bigdl_type="double"), lambda _, x, w: F.linear(x, w), [(4, 3)]),
    "ReLU": (lambda: ReLU(bigdl_type="double"), lambda _, x: x.relu(), [(3, 4)]),
    "Tanh": (lambda: Tanh("double"), lambda _, x: x.tanh(), [(3, 4)]),
    "Sigmoid": (lambda: Sigmoid("double"), lambda _, x: x.sigmoid(), [(2, 3, 4)]),
    "SoftMax": (lambda: SoftMax("double"), lambda _, x: x.softmax(1), [(3, 4)]),
    "SoftMax, vector": (lambda: SoftMax("double"), lambda _, x: x.softmax(0), [(4,)]),
    "SoftMax, images": (lambda: SoftMax("double"), lambda _, x: x.softmax(1), [(2, 3, 2, 2)]),
    "SoftMax, image": (lambda: SoftMax("double"), lambda _, x: x.softmax(0), [(3, 2, 2)]),
    "LogSoftMax": (lambda: LogSoftMax("double"), lambda _, x: x.log_softmax(1), [(3, 4)]),
    "ELU": (lambda: ELU(0.7, bigdl_type="double"), lambda _, x: F.elu(x, 0.7), [(3, 4)]),
    "SoftPlus": (lambda: SoftPlus(2.0, "double"), lambda _, x: F.softplus(x, 2.0), [(3, 4)]),
    "HardTanh": (lambda: HardTanh(-0.5, 0.7, bigdl_type="double"), lambda _, x: F.hardtanh(x, -0.5, 0.7), [(3, 4)]),
    "LeakyReLU": (lambda: LeakyReLU(0.2, bigdl_type="double"), lambda _, x: F.leaky_relu(x, 0.2), [(3, 4)]),
    "Identity": (lambda: Identity("double"), lambda _, x: x * 1, [(3, 4)]),
    "Reshape": (lambda: Reshape([2, 6], bigdl_type="double"), lambda _, x: x.reshape(3, 2, 6), [(3, 4, 3)]),
    "View": (lambda: View([-1], 2, "double"), lambda _, x: x.reshape(3, 12), [(3, 4, 3)]),
    "JoinTable": (lambda: JoinTable(1, 1, "double"), lambda _, a, b: torch.cat([a, b], 1), [(3, 2), (3, 4)]),
    "CAddTable": (lambda: CAddTable(bigdl_type="double"), lambda _, a, b, c: a + b + c, [(3, 2)] * 3),
    "CMulTable": (lambda: CMulTable(bigdl_type="double"), lambda _, a, b, c: a * b * c, [(3, 2)] * 3),
    "SpatialConvolution": (
        lambda: SpatialConvolution(4, 6, 3, 2, 2, 1, 1, 1, 2, bigdl_type="double"), in_conv, [(2, 4, 5, 6)],
    ),
    "SpatialConvolution, image": (
        lambda: SpatialConvolution(4, 6, 3, 2, 2, 1, 1, 1, 2, bigdl_type="double"), in_conv, [(4, 5, 6)],
    ),
    "SpatialMaxPooling": (
        lambda: SpatialMaxPooling(3, 2, 2, 1, 1, 1, bigdl_type="double").ceil(),
        lambda _, x: F.max_pool2d(x, (2, 3), (1, 2), (1, 1), ceil_mode=True), [(2, 3, 5, 6)],
    ),
    "SpatialMaxPooling, image": (
        lambda: SpatialMaxPooling(2, 2, bigdl_type="double"), lambda _, x: F.max_pool2d(x, 2, 1), [(3, 4, 5)],
    ),
    "SpatialAveragePooling": (
        lambda: SpatialAveragePooling(3, 2, 2, 2, 1, 1, count_include_pad=False, bigdl_type="double"),
        lambda _, x: F.avg_pool2d(x, (2, 3), 2, 1, count_include_pad=False), [(2, 3, 5, 6)],
    ),
    "SpatialAveragePooling, sums": (
        lambda: SpatialAveragePooling(2, 2, 2, 2, divide=False, bigdl_type="double"),
        lambda _, x: 4 * F.avg_pool2d(x, 2), [(2, 3, 4, 4)],
    ),
    "SpatialAveragePooling, global": (
        lambda: SpatialAveragePooling(9, 9, global_pooling=True, bigdl_type="double"),
        lambda _, x: F.adaptive_avg_pool2d(x, 1), [(2, 3, 4, 5)],
    ),
    "BatchNormalization": (
        lambda: BatchNormalization(3, bigdl_type="double"),
        lambda _, x, w, b: F.batch_norm(x, None, None, w, b, True), [(5, 3)],
    ),
    "BatchNormalization, evaluation": (
        lambda: BatchNormalization(3, bigdl_type="double").evaluate(),
        lambda layer, x, w, b: F.batch_norm(
            x, torch.tensor(layer.runningMean), torch.tensor(layer.runningVar), w, b
        ), [(5, 3)],
    ),
    "BatchNormalization, plain": (
        lambda: BatchNormalization(3, affine=False, bigdl_type="double"),
        lambda _, x: F.batch_norm(x, None, None, None, None, True), [(5, 3)],
    ),
    "SpatialBatchNormalization": (
        lambda: SpatialBatchNormalization(3, bigdl_type="double"),
        lambda _, x, w, b: F.batch_norm(x, None, None, w, b, True), [(2, 3, 4, 2)],
    ),
    "Dropout": (
        lambda: Dropout(0.4, bigdl_type="double"), lambda layer, x: x * torch.tensor(layer.mask), [(4, 5)],
    ),
    "Dropout, evaluation": (
        lambda: Dropout(0.4, scale=False, bigdl_type="double").evaluate(), lambda _, x: x * 0.6, [(4, 5)],
    ),
    "Concat": (
        lambda: Concat(2).add(Linear(3, 2, bigdl_type="double")).add(Linear(3, 1, bigdl_type="double")),
        lambda _, x, w, b, v, c: torch.cat([F.linear(x, w, b), F.linear(x, v, c)], 1), [(4, 3)],
    ),
    "Sequential in a Sequential": (
        lambda: Sequential().add(
            Sequential().add(Linear(3, 4, bigdl_type="double")).add(Tanh("double"))
        ).add(Linear(4, 2, bigdl_type="double")),
        lambda _, x, w, b, v, c: F.linear(F.linear(x, w, b).tanh(), v, c), [(5, 3)],
    ),
    "ConcatTable, ParallelTable and CMulTable": (
        lambda: Sequential("double").add(
            ConcatTable().add(Linear(3, 2, bigdl_type="double")).add(Linear(3, 2, bigdl_type="double"))
        ).add(ParallelTable().add(Tanh("double")).add(Sigmoid("double"))).add(CMulTable(bigdl_type="double")),
        lambda _, x, w, b, v, c: F.linear(x, w, b).tanh() * F.linear(x, v, c).sigmoid(), [(5, 3)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=6, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_a_layer_equals_the_same_computation_on_tensors(name: str, seed: int) -> None:
    make, on_tensors, shapes = CASES[name]
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    layer = make()
    arrays = [rng.normal(size=shape) for shape in shapes]
    given = arrays if len(arrays) > 1 else arrays[0]
    if layer.get_weights():
        layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    output = layer.forward(given)
    g = rng.normal(size=output.shape)
    gradients = layer.backward(given, g)
    tensors = [torch.tensor(a).requires_grad_() for a in arrays]
    weights = [torch.tensor(w).requires_grad_() for w in layer.get_weights() or []]
    same = on_tensors(layer, *tensors, *weights)
    same.backward(torch.tensor(g))
    np.testing.assert_allclose(output, same.detach().numpy(), atol=1e-6)
    for got, x in zip(gradients if len(arrays) > 1 else [gradients], tensors, strict=True):
        np.testing.assert_allclose(got, x.grad.numpy(), atol=1e-6)
    own = [g for inner in layer.every() for _, g in inner.pairs()]
    for got, w in zip(own, weights, strict=True):
        np.testing.assert_allclose(got, w.grad.numpy(), atol=1e-6)


def test_a_lookup_table_equals_an_embedding_and_counts_from_1() -> None:
    table = LookupTable(5, 3, padding_value=2)
    index = np.array([[1, 2, 5], [1, 1, 4]])
    output = table.forward(index)
    assert table.backward(index, np.ones((2, 3, 3))).tolist() == np.zeros((2, 3)).tolist()
    weight = torch.tensor(table.get_weights()[0]).requires_grad_()
    same = F.embedding(torch.tensor(index - 1), weight, padding_idx=1)
    same.sum().backward()
    assert (output == same.detach().numpy()).all()
    assert (table.gradWeight == weight.grad.numpy()).all()
    assert table.gradWeight[:, 0].tolist() == [3, 0, 0, 1, 1]
    often = LookupTable(5, 3, should_scale_grad_by_freq=True, max_norm=0.1)
    often.forward(index)
    often.backward(index, np.ones((2, 3, 3)))
    assert often.gradWeight[0] == pytest.approx([1, 1, 1])
    assert np.linalg.norm(often.weight[[0, 1, 3, 4]], axis=1) == pytest.approx([0.1] * 4)
    assert np.linalg.norm(often.weight[2]) > 0.1


def test_batch_normalization_moves_its_running_statistics() -> None:
    layer = BatchNormalization(2, momentum=0.3)
    x = normal(6, 2)
    layer.forward(x)
    assert layer.runningMean == pytest.approx(0.3 * x.mean(0), abs=1e-6)
    assert layer.runningVar == pytest.approx(0.7 + 0.3 * x.var(0, ddof=1), rel=1e-5)
    kept = layer.runningMean.copy()
    layer.evaluate().forward(x)
    assert (layer.runningMean == kept).all()


def test_dropout_drops_a_share_keeps_the_mean_and_masks_the_gradient() -> None:
    torch.manual_seed(3)
    layer, x = Dropout(0.25), np.ones((100, 100))
    y = layer.forward(x)
    assert set(np.unique(y)) == {np.float32(0), np.float32(4 / 3)}
    assert (y == 0).mean() == pytest.approx(0.25, abs=0.02)
    assert (layer.backward(x, x) == y).all()
    assert (layer.evaluate().forward(x) == 1).all()


# ---------------------------------------------------------------- graphs


def test_a_model_shares_an_input_and_has_several_outputs() -> None:
    x, z = Input(), Input()
    first = Linear(3, 2, bigdl_type="double").set_name("first")
    shared = first(x)
    left = Tanh("double")(shared)
    right = CAddTable(bigdl_type="double")([shared, z])
    model = Model([x, z], [left, right], "double")
    a, b = normal(4, 3), normal(4, 2)
    g = [normal(4, 2), normal(4, 2)]
    outputs = model.forward([a, b])
    back = model.backward([a, b], g)
    ta, tb = torch.tensor(a).requires_grad_(), torch.tensor(b).requires_grad_()
    w, c = (torch.tensor(p).requires_grad_() for p in model.get_weights())
    h = F.linear(ta, w, c)
    ends = [h.tanh(), h + tb]
    sum((end * torch.tensor(each)).sum() for end, each in zip(ends, g, strict=True)).backward()
    for got, expected in zip([*outputs, *back], [*ends, ta.grad, tb.grad], strict=True):
        np.testing.assert_allclose(got, expected.detach().numpy(), atol=1e-12)
    np.testing.assert_allclose(first.gradWeight, w.grad.numpy(), atol=1e-12)
    assert model.node("first").element() is first


def test_stop_gradient_keeps_what_lies_before_from_learning() -> None:
    x = Input()
    model = Model(x, Linear(2, 1).set_name("b")(Linear(2, 2).set_name("a")(x)))
    model.stop_gradient(["b"])
    model.forward(normal(3, 2))
    back = model.backward(model.input, np.ones((3, 1)))
    table = model.parameters()
    assert not back.any()
    assert not table["a"]["gradWeight"].any()
    assert table["b"]["gradWeight"].any()


def test_a_table_runs_through_nested_containers() -> None:
    inner = ParallelTable().add(Identity()).add(Sequential().add(ReLU()).add(Identity()))
    outer = ParallelTable().add(inner).add(Identity())
    given = [[normal(2), normal(3)], normal(4)]
    output = outer.forward(given)
    back = outer.backward(given, output)
    assert [a.shape for a in (*back[0], back[1])] == [(2,), (3,), (4,)]


# ---------------------------------------------------------------- parameters and modes


def test_gradients_are_added_until_they_are_zeroed_and_a_step_goes_against_them() -> None:
    model = Sequential().add(Linear(2, 2)).add(ReLU()).add(Linear(2, 1))
    x, g = normal(5, 2), np.ones((5, 1))
    model.forward(x)
    model.backward(x, g)
    once = [g.copy() for layer in model.every() for _, g in layer.pairs()]
    model.backward(x, g)
    for (_, now), before in zip((p for m in model.every() for p in m.pairs()), once, strict=True):
        np.testing.assert_allclose(now, 2 * before, rtol=1e-6)
    before = model.get_weights()
    model.update_parameters(0.1)
    for now, w, g in zip(model.get_weights(), before, once, strict=True):
        np.testing.assert_allclose(now, w - 0.2 * g, rtol=1e-5, atol=1e-7)
    model.zero_grad_parameters()
    assert not any(g.any() for layer in model.every() for _, g in layer.pairs())


def test_a_frozen_layer_passes_gradients_on_but_does_not_learn() -> None:
    first = Linear(2, 2).set_name("first")
    model = Sequential().add(first).add(Linear(2, 1).set_name("last"))
    x = normal(3, 2)
    assert model.freeze(["last"]) is model
    model.forward(x)
    assert model.backward(x, np.ones((3, 1))).any()
    table = model.parameters()
    assert not table["last"]["gradWeight"].any()
    assert table["first"]["gradWeight"].any()
    model.unfreeze()
    model.backward(x, np.ones((3, 1)))
    kept = model.freeze().get_weights()
    model.update_parameters(1.0)
    assert all((a == b).all() for a, b in zip(kept, model.get_weights(), strict=True))
    assert model.parameters()["last"]["gradWeight"].any()
    with pytest.raises(ValueError, match=r"no layer called 'frist'.*first, last"):
        model.freeze("frist")


def test_regularizers_add_to_the_gradient() -> None:
    make = (L1Regularizer(0.5), L2Regularizer(0.25))
    layer = Linear(
        2, 1, True, *make, init_weight=np.array([[2.0, -3.0]]), init_bias=np.array([4.0])
    )
    layer.forward(np.zeros(2))
    layer.backward(np.zeros(2), np.zeros(1))
    assert layer.gradWeight.tolist() == [[0.5, -0.5]]
    assert layer.gradBias.tolist() == [1.0]
    layer.setWRegularizer(L1L2Regularizer(1.0, 2.0))
    layer.zero_grad_parameters()
    layer.backward(np.zeros(2), np.zeros(1))
    assert layer.gradWeight.tolist() == [[5.0, -7.0]]


def test_init_methods_draw_what_they_say() -> None:
    torch.manual_seed(0)
    layer = Linear(400, 100)
    assert np.abs(layer.weight).max() == pytest.approx(1 / 20, rel=0.01)
    assert layer.set_init_method(Xavier(), Zeros()) is layer
    assert np.abs(layer.weight).max() == pytest.approx(np.sqrt(6 / 500), rel=0.01)
    assert not layer.bias.any()
    layer.set_init_method(MsraFiller(False), ConstInitMethod(0.5))
    assert layer.weight.std() == pytest.approx(np.sqrt(2 / 400), rel=0.02)
    assert (layer.bias == 0.5).all()
    layer.set_init_method(RandomNormal(1.0, 0.1), Ones())
    assert (layer.weight.mean(), layer.weight.std()) == pytest.approx((1, 0.1), rel=0.01)
    layer.set_init_method(RandomUniform(-2.0, 3.0))
    assert (layer.weight.min(), layer.weight.max()) == pytest.approx((-2, 3), abs=0.01)
    conv = SpatialConvolution(1, 1, 4, 4).set_init_method(BilinearFiller(), Zeros())
    assert conv.weight[0, 0, 0, 1].tolist() == [0.1875, 0.5625, 0.5625, 0.1875]
    torch.manual_seed(1)
    first = Linear(2, 2).get_weights()[0]
    assert (Linear(2, 2).set_seed(1).reset().get_weights()[0] == first).all()


def test_predictions_are_made_in_evaluation_mode_in_batches() -> None:
    model = Sequential().add(Linear(3, 4)).add(Dropout(0.5)).add(BatchNormalization(4))
    X = normal(7, 3)
    whole = model.predict(X)
    assert whole.shape == (7, 4)
    np.testing.assert_allclose(model.predict_local(X, 2), whole, rtol=1e-6)
    assert (model.predict_class(X) == whole.argmax(1) + 1).all()
    assert model.predict_class(X).min() >= 1
    assert all(layer.is_training() for layer in model.every())
    model.layers[1].evaluate()
    model.predict(X)
    assert [layer.is_training() for layer in model.layers] == [True, False, True]


def test_layers_say_what_they_are_and_survive_a_file(tmp_path: Any) -> None:
    assert str(Linear(3, 5).set_name("fc")) == "Linear[fc](3 -> 5)"
    model = Sequential().add(Linear(2, 1)).add(Tanh())
    x = normal(3, 2)
    y = model.forward(x)
    path = tmp_path / "model"
    model.saveModel(str(path))
    with pytest.raises(FileExistsError, match="over_write=True"):
        model.saveModel(str(path))
    model.saveModel(str(path), True)
    assert (Model.loadModel(str(path)).forward(x) == y).all()
    assert pickle.loads(pickle.dumps(model)).output is None


def test_a_layer_without_weights_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert ReLU().get_weights() is None
    assert capsys.readouterr().out == "The layer does not have weight/bias\n"


# ---------------------------------------------------------------- what a clumsy user tries

FC = Linear(3, 5).set_name("fc")
BAD: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "wrong dimension": (lambda: FC.forward(np.ones(4)), ValueError, r"Linear\[fc\]\(3 -> 5\).*\(batch, 3\), not \(4,\)"),
    "too many dimensions": (lambda: FC.forward(np.ones((2, 2, 3))), ValueError, r"Linear\[fc\].*not \(2, 2, 3\)"),
    "a list of numbers": (lambda: FC.forward([1, 2, 3]), TypeError, r"np.array\(1\)"),
    "a tensor": (lambda: FC.forward(torch.ones(3)), TypeError, "detach"),
    "texts": (lambda: FC.forward(np.array(["a", "b", "c"])), TypeError, "real numbers"),
    "an empty table": (lambda: FC.forward([]), TypeError, "empty table"),
    "backward first": (lambda: Linear(3, 5).set_name("new").backward(np.ones(3), np.ones(5)), RuntimeError, r"\[new\].*backward before forward"),
    "another input": (lambda: after(FC, np.ones(3)).backward(np.zeros(3), np.ones(5)), ValueError, "another input"),
    "wrong grad_output": (lambda: after(FC, np.ones(3)).backward(np.ones(3), np.ones(3)), ValueError, r"shape of the output, \(5,\), not \(3,\)"),
    "weights of a wrong shape": (lambda: FC.set_weights([np.ones((3, 5)), np.ones(5)]), ValueError, r"fc.*weight has shape \(5, 3\), not \(3, 5\)"),
    "too few weights": (lambda: FC.set_weights([np.ones((5, 3))]), ValueError, r"got 1 array.*\(5, 3\), \(5,\)"),
    "weights for none": (lambda: ReLU().set_weights([np.ones(3)]), ValueError, "does not have weight/bias"),
    "init of a wrong shape": (lambda: Linear(3, 5, init_weight=np.ones((3, 5))), ValueError, r"init_weight.*\(5, 3\)"),
    "init of no bias": (lambda: Linear(3, 5, False, init_bias=np.ones(5)), ValueError, "no bias"),
    "no size": (lambda: Linear(0, 5), ValueError, "input_size"),
    "planes": (lambda: SpatialConvolution(3, 4, 2, 2).set_name("c").forward(np.ones((1, 2, 4, 4))), ValueError, r"\[c\].*\(batch, 3, height, width\).*\(1, 2, 4, 4\)"),
    "a small image": (lambda: SpatialConvolution(1, 1, 5, 5).forward(np.ones((1, 3, 3))), ValueError, "smaller than the window"),
    "a small pooled image": (lambda: SpatialMaxPooling(5, 5).forward(np.ones((1, 3, 3))), ValueError, "smaller than the window"),
    "NHWC": (lambda: SpatialMaxPooling(2, 2, format="NHWC"), ValueError, "transpose"),
    "groups": (lambda: SpatialConvolution(3, 4, 2, 2, n_group=2), ValueError, "groups"),
    "row 0": (lambda: LookupTable(3, 2).forward(np.array([0, 1])), ValueError, "counted from 1 to 3.*asks for 0"),
    "row beyond": (lambda: LookupTable(3, 2).forward(np.array([4])), ValueError, "asks for 4"),
    "half a row": (lambda: LookupTable(3, 2).forward(np.array([1.5])), ValueError, r"asks for 1\.5"),
    "features": (lambda: BatchNormalization(3).forward(np.ones((4, 2))), ValueError, r"\(batch, 3\), not \(4, 2\)"),
    "a batch of one": (lambda: BatchNormalization(3).forward(np.ones((1, 3))), ValueError, "no variance"),
    "reshape": (lambda: Reshape([5]).forward(np.ones((2, 3))), ValueError, r"\(2, 3\) does not fit into \(5,\)"),
    "view": (lambda: View([4, -1]).forward(np.ones((2, 3))), ValueError, "does not fit"),
    "join": (lambda: JoinTable(1).forward([np.ones((2, 3)), np.ones((2, 4))]), ValueError, "cannot|can be joined"),
    "no table": (lambda: CAddTable().forward(np.ones(3)), ValueError, "must be a table"),
    "a table of two shapes": (lambda: CAddTable().forward([np.ones(3), np.ones(2)]), ValueError, "one shape"),
    "a table too short": (lambda: ParallelTable().add(ReLU()).add(ReLU()).forward([np.ones(3)]), ValueError, "one entry for each of the 2"),
    "no layers": (lambda: Sequential().forward(np.ones(3)), ValueError, "no layer inside"),
    "a class": (lambda: Sequential().add(ReLU), TypeError, "parentheses"),
    "twice": (lambda: Sequential().add(FC).add(FC), ValueError, "in here already"),
    "itself": (lambda: loop(Sequential()), ValueError, "in here already"),
    "calling": (lambda: FC(np.ones(3)), TypeError, r"layer\.forward"),
    "no node": (lambda: Model(FC, FC), TypeError, "Input"),
    "an input that nobody needs": (lambda: Model([Input("x"), Input("y")], ReLU()(Input())), ValueError, "no output depends"),
    "a layer without input": (lambda: unconnected(), ValueError, "takes nothing"),
    "two names": (lambda: Sequential().add(Linear(1, 1).set_name("a")).add(Linear(1, 1).set_name("a")).parameters(), ValueError, "two layers are called 'a'"),
    "an unknown type": (lambda: Linear(1, 1, bigdl_type="half"), ValueError, '"float" or "double"'),
    "no such probability": (lambda: Dropout(1.0), ValueError, "probability"),
    "init method": (lambda: FC.set_init_method(Xavier), TypeError, "such as Xavier"),
    "drawing too early": (lambda: torch.draw(Linear(1, 1)), ValueError, "nothing to draw yet"),
}  # fmt: skip


def test_a_forward_that_failed_counts_as_none() -> None:
    model = Sequential().add(Linear(3, 4)).add(Linear(5, 2).set_name("b"))
    with pytest.raises(ValueError, match=r"Linear\[b\]\(5 -> 2\).*not \(2, 4\)"):
        model.forward(np.ones((2, 3)))
    with pytest.raises(RuntimeError, match="backward before forward"):
        model.backward(np.ones((2, 3)), np.ones((2, 2)))
    with pytest.raises(ValueError, match="nothing to draw yet"):
        torch.draw(model)
    with pytest.raises(TypeError, match="needs a Tensor, not type"):
        torch.draw(Linear)


def after(layer: Layer, x: Any) -> Layer:
    layer.forward(x)
    return layer


def loop(container: Sequential) -> None:
    container.add(container)


def unconnected() -> None:
    x = Input()
    Model(x, CAddTable()([ReLU()(x), Tanh()()]))


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_with_the_way_out(name: str) -> None:
    call, error, words = BAD[name]
    with pytest.raises(error, match=words):
        call()
