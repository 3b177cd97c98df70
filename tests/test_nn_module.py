"""nn.Module and its containers, where PyTorch's outcome (golden/areas/nn_core.py) is not enough."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from typing import Any

import numpy as np
import pytest

import microtorch as torch
from microtorch import nn


class Net(nn.Module):
    """Two layers, a buffer and a parameter of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.second = nn.Linear(4, 2)
        self.scale = nn.Parameter(torch.tensor([2.0]))
        self.register_buffer("shift", torch.zeros(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(torch.relu(self.first(x))) * self.scale + self.shift


def weights(module: nn.Module) -> list[Any]:
    return [tensor.numpy().copy() for tensor in module.state_dict().values()]


# Attributes -----------------------------------------------------------------------------------


def test_parameters_modules_and_buffers_are_ordinary_attributes() -> None:
    """Reading self.weight in forward() costs no more than reading any attribute."""
    net = Net()
    assert {"first", "second", "scale", "shift"} <= vars(net).keys()
    assert not hasattr(nn.Module, "__getattr__")


def test_what_is_written_to_the_dictionaries_of_members_is_an_attribute() -> None:
    net = Net()
    net._modules["third"] = nn.Identity()
    net._parameters.update(scale=None, extra=nn.Parameter(torch.ones(1)))
    assert net.third is net._modules["third"]
    assert net.scale is None
    assert [name for name, _ in net.named_parameters(recurse=False)] == ["extra"]
    with pytest.raises(KeyError):
        del net._buffers["third"]
    assert net._modules.pop("third")
    assert not hasattr(net, "third")


def test_a_module_is_freed_without_the_garbage_collector() -> None:
    gc.disable()
    try:
        net = Net()
        net.register_forward_hook(lambda module, args, output: None)
        net(torch.ones(1, 3)).sum().backward()
        watcher = weakref.ref(net)
        del net
        assert watcher() is None
    finally:
        gc.enable()


def test_forgetting_to_call_init_is_explained() -> None:
    class Forgetful(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(1, 1)

    class MoreForgetful(nn.Module):
        def __init__(self) -> None:
            self.add_module("layer", nn.Linear(1, 1))

    for module in (Forgetful, MoreForgetful):
        with pytest.raises(AttributeError, match=r"(?s)before Module.__init__.*super\(\)\.__init"):
            module()


def test_a_module_may_look_attributes_up_elsewhere() -> None:
    class Wrapper(nn.Module):
        def __init__(self, module: nn.Module) -> None:
            super().__init__()
            self.module = module

        def __getattr__(self, name: str) -> Any:
            return getattr(self.module, name)

    wrapper = Wrapper(nn.Linear(2, 3))
    assert wrapper.in_features == 2
    assert list(wrapper.state_dict()) == ["module.weight", "module.bias"]


def test_a_missing_forward_is_explained() -> None:
    class Misspelt(nn.Module):
        def foward(self, x: Any) -> Any:
            return x

    with pytest.raises(NotImplementedError, match=r"(?s)Misspelt.*def forward"):
        Misspelt()(torch.ones(1))


def test_a_wrong_input_length_is_explained_by_the_layer() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)2x5 and 3x4.*the layer takes 3 features"):
        nn.Linear(3, 4)(torch.ones(2, 5))
    with pytest.raises(RuntimeError, match=r"flatten\(1\)"):
        nn.Linear(6, 4)(torch.ones(5, 2, 3))


# Copies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_has_the_same_values_and_memory_of_its_own(again: Any) -> None:
    net = Net()
    net.tied = net.second
    twin = again(net)
    assert twin.tied is twin.second
    assert repr(twin) == repr(net)
    for one, other in zip(weights(net), weights(twin), strict=True):
        np.testing.assert_array_equal(one, other)
    with torch.no_grad():
        twin.first.weight.fill_(9.0)
    assert not (net.first.weight == 9.0).any()
    assert isinstance(twin.scale, nn.Parameter)
    assert twin.scale.requires_grad


def test_a_shallow_copy_registers_for_itself() -> None:
    net = Net()
    twin = copy.copy(net)
    twin.third = nn.Identity()
    assert "third" not in net._modules
    assert twin.scale is net.scale
    assert repr(net) != repr(twin)


def test_a_frozen_parameter_stays_frozen_in_a_copy() -> None:
    frozen = nn.Parameter(torch.ones(2), requires_grad=False)
    assert not copy.deepcopy(frozen).requires_grad
    assert not copy.copy(frozen).requires_grad


def test_a_buffer_remembers_in_a_copy_whether_it_is_saved() -> None:
    buffer = nn.Buffer(torch.ones(2), persistent=False)
    assert not copy.deepcopy(buffer).persistent
    assert isinstance(buffer, nn.Buffer)
    assert isinstance(buffer + 1, torch.Tensor)
    assert not isinstance(buffer + 1, nn.Buffer)


# State ----------------------------------------------------------------------------------------


def test_state_goes_from_one_model_into_another() -> None:
    net, other = Net(), Net()
    other.load_state_dict(net.state_dict())
    x = torch.tensor([[0.5, -1.0, 2.0]])
    np.testing.assert_array_equal(net(x).detach().numpy(), other(x).detach().numpy())


def test_what_fits_is_loaded_even_if_something_does_not() -> None:
    net = Net()
    state = {"scale": torch.tensor([5.0]), "first.weight": torch.ones(1)}
    with pytest.raises(
        RuntimeError, match=r"(?s)Missing key.*size mismatch for first.weight.*Hint"
    ):
        net.load_state_dict(state)
    assert net.scale.item() == 5.0


def test_a_module_may_save_more_than_tensors() -> None:
    class Counter(nn.Module):
        count = 0

        def get_extra_state(self) -> int:
            return self.count

        def set_extra_state(self, state: int) -> None:
            self.count = state

    counter, other = Counter(), Counter()
    counter.count = 3
    assert counter.state_dict() == {"_extra_state": 3}
    other.load_state_dict(counter.state_dict())
    assert other.count == 3
    with pytest.raises(RuntimeError, match=r'Missing key.*"_extra_state"'):
        other.load_state_dict({})
    with pytest.raises(RuntimeError, match=r'Unexpected key.*"_extra_state"'):
        nn.Module().load_state_dict(counter.state_dict())


# Hooks ----------------------------------------------------------------------------------------


def test_backward_hooks_change_no_gradient() -> None:
    torch.manual_seed(0)
    net, x = Net(), torch.tensor([[1.0, 2.0, -1.0]], requires_grad=True)
    net(x).sum().backward()
    expected = [x.grad.tolist(), *[p.grad.tolist() for p in net.parameters()]]
    net.zero_grad()
    x.grad = None
    seen = []
    for module in net.modules():
        module.register_full_backward_hook(lambda m, gi, go: seen.append(type(m).__name__))
    net(x).sum().backward()
    assert [x.grad.tolist(), *[p.grad.tolist() for p in net.parameters()]] == expected
    assert seen == ["Linear", "Linear", "Net"]


def test_a_hook_is_removed_at_the_end_of_a_with_block_even_after_an_error() -> None:
    net = nn.Identity()
    with pytest.raises(ZeroDivisionError), net.register_forward_hook(lambda m, i, o: 1 / 0):
        net(torch.ones(1))
    assert net(torch.ones(1)).item() == 1.0


def test_an_error_in_a_hook_that_is_always_called_is_only_a_warning() -> None:
    class Failing(nn.Module):
        def forward(self, x: Any) -> Any:
            raise ValueError("the real error")

    net = Failing()
    net.register_forward_hook(lambda m, i, o: 1 / 0, always_call=True)
    with pytest.warns(UserWarning, match="always_call"), pytest.raises(ValueError, match="real"):
        net(torch.ones(1))


# Dropout --------------------------------------------------------------------------------------


def test_dropout_zeroes_the_fraction_p_and_makes_up_for_it() -> None:
    torch.manual_seed(0)
    dropped = nn.Dropout(0.3)(torch.ones(200, 100)).numpy()
    assert set(np.unique(dropped)) == {np.float32(0), np.float32(1) / np.float32(0.7)}
    assert abs((dropped == 0).mean() - 0.3) < 0.01


def test_dropout_repeats_itself_after_the_same_seed() -> None:
    layer, x = nn.Dropout(), torch.ones(50)
    torch.manual_seed(1)
    first, second = layer(x), layer(x)
    torch.manual_seed(1)
    assert torch.equal(layer(x), first)
    assert not torch.equal(first, second)


def test_the_gradient_of_dropout_is_zero_where_the_output_is() -> None:
    x = torch.ones(100, requires_grad=True)
    y = nn.Dropout(0.5)(x)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())


@pytest.mark.parametrize(
    ("layer", "shape"),
    [(nn.Dropout1d, (20, 5, 4)), (nn.Dropout2d, (20, 5, 3, 2)), (nn.Dropout3d, (9, 5, 2, 2, 2))],
)
def test_channels_are_dropped_as_a_whole(layer: Any, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    dropped = layer(0.5)(torch.ones(shape)).numpy().reshape(*shape[:2], -1)
    assert (dropped == dropped[:, :, :1]).all()
    assert 0 < (dropped == 0).mean() < 1


def test_alpha_dropout_keeps_mean_and_spread() -> None:
    torch.manual_seed(0)
    y = nn.AlphaDropout(0.2)(torch.randn(400, 100)).numpy()
    assert abs(y.mean()) < 0.02
    assert abs(y.std() - 1) < 0.02


# Embedding ------------------------------------------------------------------------------------


def test_the_row_of_padding_is_never_learned() -> None:
    table = nn.Embedding(4, 2, padding_idx=1)
    table(torch.tensor([1, 2, 1])).sum().backward()
    assert table.weight.grad.tolist() == [[0, 0], [0, 0], [1, 1], [0, 0]]
    assert table.weight[1].tolist() == [0, 0]


# Utilities ------------------------------------------------------------------------------------


def test_a_vector_of_parameters_goes_there_and_back() -> None:
    net = Net()
    before = weights(net)
    vector = nn.utils.parameters_to_vector(net.parameters())
    assert vector.requires_grad
    nn.utils.vector_to_parameters(vector * 2, net.parameters())
    for name, old in zip(net.state_dict(), before, strict=True):
        np.testing.assert_allclose(
            net.state_dict()[name].numpy(), old * (2 if name != "shift" else 1)
        )
    assert all(p.is_leaf for p in net.parameters())


def test_clipping_refuses_infinite_gradients_if_it_is_told_to() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    w.grad = torch.tensor([float("inf"), 1.0])
    with pytest.raises(RuntimeError, match=r"(?s)non-finite.*Hint"):
        nn.utils.clip_grad_norm_([w], 1.0, error_if_nonfinite=True)
