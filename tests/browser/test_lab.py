"""What a learner does in JupyterLab: run a lesson, walk through a backpropagation, move a slider."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, Literal

import pytest
from labdriver import LabNotebook, Locator, MakeNotebook, OpenNotebook, expect

from microtorch.graph.numbers import short

LESSONS = [
    "00-start-here",
    "01-forward-pass",
    "02-local-gradients",
    "03-backward-pass",
    "04-gradient-descent",
    "05-layers-and-criterions",
]
REGRESSION = """\
import microtorch as torch

x = torch.tensor(1.0)
y = torch.tensor(2.0)
w = torch.tensor({w}, requires_grad=True)
y_hat = w * x
s = y_hat - y
loss = s**2
"""
NEURON = """\
import microtorch as torch

x = torch.tensor(0.5)
y = torch.tensor(2.0)
w = torch.tensor({w}, requires_grad=True)
b = torch.tensor({b}, requires_grad=True)
u = w * x
z = u + b
y_hat = torch.tanh(z)
s = y_hat - y
error = s**2
size = w**2
loss = error + size
"""
VECTOR = """\
import microtorch as torch

x = torch.tensor([1.0, 2.0, 3.0])
w = torch.tensor({w}, requires_grad=True)
y_hat = w * x
squares = y_hat**2
loss = squares.sum()
"""
OpenWalk = Callable[..., tuple[LabNotebook, Locator]]


@pytest.fixture
def open_walk(notebook: OpenNotebook, make_notebook: MakeNotebook) -> OpenWalk:
    """open_walk(code, "walk(...)", more cells): a notebook with one walk, run to its end."""

    def open_walk(code: str, call: str, *more: str) -> tuple[LabNotebook, Locator]:
        lab = notebook(make_notebook([f"{code}\nwalk = torch.{call}\nwalk", *more])).run_all()
        walk = lab.panel.locator(".mt-walk")
        expect(walk).to_have_count(1)
        return lab, walk

    return open_walk


def shown(walk: Locator) -> dict[str, list[str]]:
    """What every box shows: data, and the gradient if it has one."""
    numbers: dict[str, list[str]] = walk.evaluate(
        """walk => Object.fromEntries([...walk.querySelectorAll("[data-name]")].map(box =>
            [box.dataset.name, [...box.querySelectorAll("[data-slot]")].map(t => t.textContent)]))"""
    )
    return numbers


def assert_agrees(walk: Locator, code: str, w: Locator, **others: float) -> None:
    """The page shows what Python computes, as soon as the last move of the mouse has arrived."""
    deadline = time.monotonic() + 5
    while shown(walk) != (wanted := in_python(code, w=w.input_value(), **others)):
        assert time.monotonic() < deadline, (shown(walk), wanted)


def in_python(code: str, **numbers: float) -> dict[str, list[str]]:
    """What the boxes of a program have to show with these numbers in it, from microtorch itself."""
    code = code.format(**numbers)
    result: dict[str, list[str]] = {}
    for name in re.findall(r"^(\w+) = ", code, flags=re.MULTILINE):
        # from this variable on, the program is a function of it alone
        start = f"\\g<0>\n{name} = torch.tensor({name}.item(), requires_grad=True)"
        program: dict[str, Any] = {}
        exec(re.sub(rf"^{name} = .*$", start, code, flags=re.MULTILINE), program)  # noqa: S102
        program["loss"].backward()
        value = program[name]
        result[name] = [short(value.item()), short(value.grad.item())]
        if re.search(rf"^{name} = torch.tensor\([^,]*\)$", code, flags=re.MULTILINE):
            del result[name][1]  # an input asks for no gradient
    return result


def assert_fits(element: Locator) -> None:
    """Its content is not wider than the element itself."""
    needed, room = element.evaluate("element => [element.scrollWidth, element.clientWidth]")
    assert needed <= room


def assert_every_control_has_a_name(outputs: Locator) -> None:
    for role in ("button", "slider", "spinbutton", "radio", "checkbox", "combobox", "textbox"):
        without = outputs.get_by_role(role).count()
        without -= outputs.get_by_role(role, name=re.compile(r"\w")).count()
        assert without == 0, f"{without} of role {role} have no name"


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_runs_from_top_to_bottom_on_a_narrow_page_too(
    notebook: OpenNotebook, lesson: str
) -> None:
    lab = notebook(f"lessons/{lesson}.ipynb").run_all()
    assert_every_control_has_a_name(lab.panel.locator(".jp-OutputArea"))
    lab.page.set_viewport_size({"width": 420, "height": 900})
    assert_fits(lab.page.locator("html"))
    assert_fits(lab.panel.locator(".jp-WindowedPanel-outer"))


def test_the_walk_is_stepped_with_the_keyboard(open_walk: OpenWalk) -> None:
    lab, walk = open_walk(REGRESSION.format(w=1.0), "walk(loss, w=(-3, 3))")
    sentence = walk.locator(".mt-sentence")
    walk.get_by_role("button", name="next step").focus()
    keys = lab.page.keyboard

    keys.press("Home")
    expect(walk).to_have_attribute("data-stage", "forward")
    given, waiting = {"x": ["1"], "y": ["2"], "w": ["1", "·"]}, ["·", "·"]
    assert shown(walk) == given | {"y_hat": waiting, "s": waiting, "loss": waiting}
    keys.press("ArrowRight")
    expect(sentence).to_contain_text("y_hat")
    assert shown(walk) == given | {"y_hat": ["1", "·"], "s": waiting, "loss": waiting}
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    expect(sentence).to_contain_text("loss")
    assert shown(walk) == given | {"y_hat": ["1", "·"], "s": ["−1", "·"], "loss": ["1", "·"]}

    local = walk.locator("[data-label]")
    assert set(local.all_text_contents()) == {"·"}
    while walk.get_attribute("data-stage") != "backward":
        before = local.all_text_contents().count("·")
        keys.press("ArrowRight")
        if walk.get_attribute("data-stage") == "local":
            assert local.all_text_contents().count("·") < before
            assert all(numbers[1:] in ([], ["·"]) for numbers in shown(walk).values())
    assert sorted(local.all_text_contents()) == sorted(["1", "1", "1", "−1", "−2"])

    for gradients in ({"loss": "1"}, {"s": "−2"}, {"y_hat": "−2"}, {"w": "−2"}):
        expect(sentence).to_contain_text(next(iter(gradients)))
        for name, gradient in gradients.items():
            assert shown(walk)[name][1] == gradient
        keys.press("ArrowRight")
    assert shown(walk) == in_python(REGRESSION, w=1.0)
    keys.press("ArrowLeft")
    assert shown(walk)["w"] == ["1", "·"]
    keys.press("b")  # JupyterLab would insert a cell
    assert lab.panel.locator(".jp-Cell").count() == 1


def test_a_slider_moves_every_number_and_tells_python_when_it_is_released(
    open_walk: OpenWalk,
) -> None:
    count = "changes = []\nwalk.observe(changes.append, 'values')"
    lab, walk = open_walk(
        NEURON.format(w=1.0, b=-0.5),
        "walk(loss, w=(-3, 3), b=(-2, 2, 0.125))",
        count,
        "print(len(changes), walk.values['w'], walk.values['b'])",
        "print(walk.values['w'], walk.values['b'])",
    )
    w = walk.get_by_role("slider", name="w", exact=True)
    b = walk.get_by_role("slider", name="b", exact=True)
    assert shown(walk) == in_python(NEURON, w=1.0, b=-0.5)

    def while_the_button_is_down() -> None:
        assert_agrees(walk, NEURON, w, b=-0.5)

    lab.drag_range(w, -1.7, during=while_the_button_is_down)
    assert float(w.input_value()) == pytest.approx(-1.7, abs=0.2)
    assert_agrees(walk, NEURON, w, b=-0.5)
    lab.run_cell_until(2, f"1 {w.input_value()} -0.5")

    b.press("ArrowRight")
    b.press("ArrowUp")  # the same for a slider; JupyterLab would go to the cell above
    w.press("ArrowLeft")
    assert b.input_value() == "-0.25"
    assert_agrees(walk, NEURON, w, b=-0.25)
    lab.run_cell_until(3, f"{w.input_value()} -0.25")


def test_a_graph_with_arrays_follows_its_slider_through_the_kernel(open_walk: OpenWalk) -> None:
    lab, walk = open_walk(
        VECTOR.format(w=1.0), "walk(loss, w=(-3, 3))", "print(walk.spec['live'], walk.values['w'])"
    )
    assert lab.run_cell(1) == "False 1.0\n"
    slider = walk.get_by_role("slider", name="w", exact=True)
    lab.drag_range(slider, 2)
    slider.press("ArrowRight")
    w = float(slider.input_value())
    assert w == pytest.approx(2.05, abs=0.2)
    data = walk.locator("[data-name=loss] [data-slot]").first
    expect(data).to_have_text(short(14 * w**2))  # the kernel answers a little later
    assert shown(walk)["w"] == [short(w), short(28 * w)]
    assert shown(walk)["y_hat"][0] == f"[{short(w)}, {short(2 * w)}, {short(3 * w)}]"
    lab.run_cell_until(1, f"False {w}")


def test_a_goal_is_noticed_by_the_page_and_by_python(open_walk: OpenWalk) -> None:
    lab, walk = open_walk(
        REGRESSION.format(w=1.0),
        "walk(loss, w=(-3, 3), goal={'w.grad': 0})",
        "print(walk.goal_reached)",
    )
    expect(walk).not_to_contain_text("reached")
    assert lab.run_cell(1) == "False\n"
    walk.get_by_role("spinbutton", name="w").fill("2")
    expect(walk).to_contain_text("reached")
    lab.run_cell_until(1, "True")
    walk.get_by_role("slider", name="w", exact=True).press("ArrowLeft")
    expect(walk).not_to_contain_text("reached")
    lab.run_cell_until(1, "False")


def test_every_control_of_a_walk_has_its_name(open_walk: OpenWalk) -> None:
    _, walk = open_walk(REGRESSION.format(w=1.0), "walk(loss, w=(-3, 3))")
    for name in ("Forward", "Local gradients", "Backward", "previous", "next", "play"):
        expect(walk.get_by_role("button", name=name)).to_have_count(1)
    for name in ("step", "w"):
        expect(walk.get_by_role("slider", name=name, exact=True)).to_have_count(1)
    expect(walk.get_by_role("spinbutton", name="w")).to_have_count(1)
    expect(walk.get_by_role("img", name="w, data 1, gradient −2")).to_have_count(1)
    assert_every_control_has_a_name(walk)


def luminance(colour: str) -> float:
    """Relative luminance of "rgb(0, 103, 163)", as WCAG 2 defines it."""
    channels = [int(c) / 255 for c in re.findall(r"\d+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_number_stands_out_from_its_background(
    open_walk: OpenWalk, theme: Literal["light", "dark"]
) -> None:
    lab, walk = open_walk(REGRESSION.format(w=1.0), "walk(loss, w=(-3, 3))")
    lab.theme(theme)
    lab.page.emulate_media(reduced_motion="reduce")  # no colour on its way from one to the other
    colours = walk.evaluate(
        """walk => [...walk.querySelectorAll("[data-slot]")].map(text => {
            const box = text.closest("[data-name], [data-label]").querySelector("rect");
            return [text.dataset.slot, getComputedStyle(text).fill, getComputedStyle(box).fill];
        })"""
    )
    assert {slot[0] for slot, *_ in colours} == {"d", "l", "t"}
    for slot, text, background in colours:
        assert contrast(text, background) >= 4.5, (slot, text, background)
    card = walk.evaluate("walk => getComputedStyle(walk).backgroundColor")
    assert (luminance(card) < 0.1) == (theme == "dark")


def test_on_a_narrow_page_only_the_picture_scrolls(open_walk: OpenWalk) -> None:
    lab, walk = open_walk(REGRESSION.format(w=1.0), "walk(loss, w=(-3, 3), goal={'loss': 0})")
    lab.page.set_viewport_size({"width": 420, "height": 900})
    assert_fits(walk)
    for control in walk.get_by_role("slider").all() + walk.get_by_role("button").all():
        box = control.bounding_box()
        assert box is not None
        assert box["width"] > 20
        assert box["x"] + box["width"] <= 420
