"""Tensors: making, reading, changing, and errors that teach."""

from __future__ import annotations

import numpy as np
import pytest

import microtorch as torch


def test_python_floats_become_float32_and_whole_numbers_int64() -> None:
    assert torch.tensor([1.0]).dtype is torch.float32
    assert torch.tensor([1]).dtype is torch.int64
    assert torch.tensor(True).dtype is torch.bool
    assert torch.tensor(np.array([1.0])).dtype is torch.float64
    assert torch.tensor([torch.tensor(1.0), torch.tensor(2.0)]).tolist() == [1.0, 2.0]


def test_a_tensor_copies_its_data_and_from_numpy_shares_it() -> None:
    array = np.array([1.0, 2.0])
    copied, shared = torch.tensor(array), torch.from_numpy(array)
    array[0] = 9.0
    assert copied.tolist() == [1.0, 2.0]
    assert shared.tolist() == [9.0, 2.0]


def test_numbers_do_not_raise_the_precision_of_a_tensor() -> None:
    x = torch.tensor([1.0, 2.0])
    for result in (x + 1, 1 + x, x * 2.5, 2.5 - x, x / 3, 3 / x, x**2, 2.0**x, x * np.float64(2)):
        assert result.dtype is torch.float32
    assert (torch.tensor([1, 2]) * 2.5).dtype is torch.float32
    assert (torch.tensor([1, 2]) / 2).dtype is torch.float32
    assert (torch.tensor([1, 2]) * 2).dtype is torch.int64
    assert (x * torch.tensor(2.0, dtype=torch.float64)).dtype is torch.float32
    assert (x * torch.tensor([2.0], dtype=torch.float64)).dtype is torch.float64
    assert (torch.tensor([1, 2]) + torch.tensor(0.5)).dtype is torch.float32


def test_gradient_has_the_dtype_of_its_tensor_in_a_mixed_product() -> None:
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    (w * torch.tensor([3.0, 4.0], dtype=torch.float64)).sum().backward()
    assert w.grad.dtype is torch.float32
    assert w.grad.tolist() == [3.0, 4.0]


def test_shape_mismatch_names_shapes_and_cause() -> None:
    with pytest.raises(RuntimeError) as e:
        torch.ones(2, 3) + torch.ones(2, 4)
    first, hint = str(e.value).split("\n")
    assert first == (
        "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 1"
    )
    assert "(2, 3) and (2, 4)" in hint
    with pytest.raises(RuntimeError, match="The size of tensor a"):
        assert torch.ones(3) < torch.ones(2)


def test_matrix_mismatch_says_whether_a_transpose_would_do() -> None:
    with pytest.raises(RuntimeError) as e:
        torch.ones(2, 5) @ torch.ones(3, 4)
    assert str(e.value).startswith("mat1 and mat2 shapes cannot be multiplied (2x5 and 3x4)")
    assert "transposed" not in str(e.value)
    with pytest.raises(RuntimeError, match=r"a @ b\.T"):
        torch.ones(2, 5) @ torch.ones(3, 5)
    with pytest.raises(RuntimeError, match=r"a\.T @ b"):
        torch.ones(3, 2) @ torch.ones(3, 5)
    with pytest.raises(RuntimeError, match="inconsistent tensor size"):
        torch.ones(3) @ torch.ones(4)
    with pytest.raises(RuntimeError, match="at least 1D"):
        torch.ones(3) @ torch.tensor(2.0)


def test_only_floats_can_require_gradients() -> None:
    with pytest.raises(RuntimeError, match="Only Tensors of floating point") as e:
        torch.tensor([1, 2], requires_grad=True)
    assert "1.0" in str(e.value)


def test_a_function_on_a_plain_number_names_it() -> None:
    with pytest.raises(TypeError, match="must be Tensor, not float"):
        torch.exp(2.0)


def test_operands_that_are_no_numbers_are_refused_by_python() -> None:
    with pytest.raises(TypeError):
        torch.ones(2) + "a"
    with pytest.raises(TypeError):
        None * torch.ones(2)


def test_numpy_of_a_tensor_that_requires_grad_is_refused() -> None:
    w = torch.tensor([1.0], requires_grad=True)
    with pytest.raises(RuntimeError, match=r"detach\(\)\.numpy\(\)"):
        w.numpy()
    assert w.detach().numpy().tolist() == [1.0]


def test_numpy_functions_on_tensors_are_recorded() -> None:
    w = torch.tensor([0.0, 1.0], requires_grad=True)
    out = np.exp(w) + np.where(np.array([True, False]), w, 2.0)
    out.sum().backward()
    np.testing.assert_allclose(w.grad.numpy(), [2.0, np.e], rtol=1e-6)
    assert isinstance(np.float32(2) * torch.ones(2), torch.Tensor)
    assert isinstance(np.ones(2, np.float32) * torch.ones(2), torch.Tensor)
    with pytest.raises(TypeError, match=r"no gradient rule for np\.cbrt"):
        np.cbrt(w)
    with pytest.raises(TypeError, match=r"no gradient rule for np\.median"):
        np.median(w)


def test_reading_a_tensor() -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert repr(x.shape) == "torch.Size([2, 2])"
    assert x.size(0) == x.ndim == x.dim() == 2
    assert x.numel() == 4
    assert [row.tolist() for row in x] == [[1.0, 2.0], [3.0, 4.0]]
    assert float(x[0, 1]) == 2.0
    assert f"{x[0, 0]:.3f}" == "1.000"
    assert x.T.tolist() == [[1.0, 3.0], [2.0, 4.0]]
    with pytest.raises(RuntimeError, match="cannot be converted to Scalar"):
        x.item()
    with pytest.raises(RuntimeError, match="ambiguous"):
        bool(x)
    with pytest.raises(TypeError, match="0-d tensor"):
        len(x[0, 0])
    with pytest.raises(IndexError, match=r"shape \(2, 2\)"):
        x[5]


def test_changing_a_tensor_in_place() -> None:
    x = torch.tensor([1.0, 2.0])
    view = x.detach()
    x += 1
    x[0] = 7.0
    assert view.tolist() == [7.0, 3.0]
    x.mul_(2).sub_(1).copy_(x).fill_(4)
    assert x.tolist() == [4.0, 4.0]
    number = torch.tensor(2.0)
    number.add_(1)
    assert number.item() == 3.0
    with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
        x += torch.ones(3, 2)


def test_reshape_says_why_it_does_not_fit() -> None:
    with pytest.raises(RuntimeError, match=r"shape '\[4, -1\]' is invalid for input of size 6"):
        torch.ones(2, 3).reshape(4, -1)
    assert torch.ones(2, 3).reshape(3, -1).shape == (3, 2)


def test_dimension_out_of_range_is_named() -> None:
    with pytest.raises(IndexError, match=r"expected to be in range of \[-2, 1\], but got 2"):
        torch.ones(2, 3).sum(2)


def test_uneven_lists_are_refused() -> None:
    with pytest.raises(ValueError, match="every row has the same length"):
        torch.tensor([[1.0, 2.0], [3.0]])
    with pytest.raises(TypeError, match="numbers"):
        torch.tensor("one")


def test_unknown_names_say_that_they_are_not_there() -> None:
    with pytest.raises(AttributeError, match="microtorch has no 'stft'"):
        torch.stft  # noqa: B018


def test_creation_functions() -> None:
    assert torch.zeros(2, 2).tolist() == torch.zeros((2, 2)).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert torch.arange(3).tolist() == [0, 1, 2]
    assert torch.arange(0.0, 1.0, 0.5).tolist() == [0.0, 0.5]
    assert torch.linspace(0, 1, 3).tolist() == [0.0, 0.5, 1.0]
    assert torch.full((2,), 3.0).tolist() == [3.0, 3.0]
    assert torch.ones_like(torch.zeros(2)).tolist() == [1.0, 1.0]


@pytest.mark.parametrize("name", ["exp", "add", "sum", "mean", "pow", "reshape", "t", "relu"])
def test_every_function_refuses_what_is_no_tensor(name: str) -> None:
    with pytest.raises(TypeError, match=rf"{name}\(\)"):
        getattr(torch, name)(2.0, 1.0)
    with pytest.raises(TypeError, match="must be Tensor, not list"):
        torch.matmul([1.0], torch.ones(1))


def test_a_power_of_a_plain_number() -> None:
    assert torch.pow(2.0, torch.tensor([1.0, 3.0])).tolist() == [2.0, 8.0]


def test_joining_follows_pytorchs_promotion() -> None:
    assert torch.cat([torch.ones(1), torch.tensor([1])]).dtype is torch.float32
    with pytest.raises(RuntimeError, match="non-empty TensorList"):
        torch.stack([])


def test_whole_numbers_do_not_lose_their_fractions_in_place() -> None:
    with pytest.raises(RuntimeError, match=r"result type Float can't be cast .* Long"):
        torch.tensor([1, 2]).add_(0.5)


def test_copying_into_a_tensor_takes_values_only() -> None:
    x, w = torch.zeros(3), torch.tensor(2.0)
    x.copy_(w)
    assert x.tolist() == [2.0, 2.0, 2.0]


def test_f_strings_write_a_single_number_as_pytorch_does() -> None:
    assert f"{torch.tensor(1.5)} {torch.tensor(1.5):.3f}" == "1.5 1.500"
    assert f"{torch.tensor([1.0])}" == "tensor([1.])"
    with pytest.raises(TypeError):
        f"{torch.tensor([1.0]):.2f}"


def test_emptying_a_gradient_with_a_number_says_how_to_do_it() -> None:
    w = torch.tensor(1.0, requires_grad=True)
    with pytest.raises(TypeError, match=r"got grad of type int\nHint: .* w\.grad = None"):
        w.grad = 0
    torch.tensor(1.0).grad = None


def test_reading_the_gradient_of_a_result_warns_that_there_is_none() -> None:
    w = torch.tensor(1.0, requires_grad=True)
    w = w - 0.1 * w
    with pytest.warns(UserWarning, match="not a leaf Tensor is being accessed"):
        assert w.grad is None


def test_the_hint_for_stacks_of_matrices_speaks_of_no_transpose() -> None:
    with pytest.raises(RuntimeError) as e:
        torch.ones(2, 3, 4) @ torch.ones(2, 3, 4)
    assert "transposed" not in str(e.value)
    assert (+torch.ones(2)).tolist() == [1.0, 1.0]
