"""Walks that a hostile or clumsy user makes: strange names and numbers, huge graphs, no kernel."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from labdriver import Page, expect
from nbformat.v4 import new_code_cell, new_notebook, new_output
from walkpage import show, shown, value

import microtorch as torch
from microtorch import nn
from microtorch.widgets.export import STATE, VIEW, StandaloneExporter
from microtorch.widgets.walk import Walk, walk

NAMES = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"quoted\" & 'single'",
    "n" * 200,
    "שלום",
    "{d0}",
    "{(g1)}",
    "</math><b>bold</b>",
]


def product(**arguments: Any) -> Walk:
    w = torch.tensor(2.0, requires_grad=True)
    loss = (w * 3.0) ** 2
    return walk(loss, **arguments)


def doubled(times: int) -> Any:
    w = torch.tensor(1.0, requires_grad=True)
    total = w
    for _ in range(times):
        total = total + total
    return total


def model_loss(kind: str) -> Any:
    torch.manual_seed(0)
    if kind == "convolution":
        return nn.Conv2d(1, 2, 3)(torch.randn(1, 1, 5, 5)).relu().mean()
    if kind == "lstm":
        return nn.LSTM(3, 4)(torch.randn(2, 1, 3))[0].pow(2).mean()
    if kind == "transformer":
        return nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)(torch.randn(1, 3, 8)).mean()
    logits = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))(torch.randn(6, 4))
    if kind == "softmax":
        return -(logits.softmax(1) + 1e-9).log().mean()
    return nn.functional.cross_entropy(logits, torch.tensor([0, 1, 2, 0, 1, 2]))


def walked_to_the_end(page: Page, root: Any) -> int:
    """Press the arrow through all steps; returns their number. Every step has its sentence."""
    steps: int = root.evaluate(
        """page => {
            const press = key =>
                page.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
            press("Home");
            for (let k = 0; k < page.dataset.steps; k++) {
                const sentence = page.querySelector(".mt-sentence").textContent;
                if (+page.dataset.step !== k || !sentence || /undefined|NaN,/.test(sentence))
                    throw new Error(`step ${k}: ${page.dataset.step} ${sentence}`);
                press("ArrowRight");
            }
            return +page.dataset.steps;
        }"""
    )
    expect(root).to_have_attribute("data-step", str(steps - 1))
    return steps


# ---- names and numbers -------------------------------------------------------------------------


def test_strange_names_are_only_text(bare_page: Page) -> None:
    for name in NAMES:
        w = torch.tensor(1.5, requires_grad=True)
        root = show(bare_page, walk(w * 2.0, names={name: w}))
        walked_to_the_end(bare_page, root)
        value_box = root.locator(".mt-parameter")
        value_box.dispatch_event("mouseenter")
        expect(root.locator(":is(script, img, b)")).to_have_count(0)
        sentence = re.sub("[\u2060\u2068\u2069]", "", root.locator(".mt-sentence").text_content())
        assert sentence.startswith(f"{name} reaches")
        formula = re.sub("[\u2060\u2068\u2069]", "", root.locator(".mt-formula").text_content())
        assert name in formula
        fits = "page => page.scrollWidth <= page.clientWidth"
        assert root.evaluate(fits)


def test_a_long_name_leaves_room_for_its_slider(bare_page: Page) -> None:
    w = torch.tensor(1.5, requires_grad=True)
    name = "n" * 200
    root = show(bare_page, walk(w * 2.0, names={name: w}, **{name: (0, 2)}))
    slider = bare_page.get_by_role("slider", name=name)
    assert slider.bounding_box()["width"] > 100
    assert root.evaluate("page => page.scrollWidth <= page.clientWidth")


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e300", "1e-300", "-0.0"])
def test_strange_numbers_are_shown_and_can_be_left_again(bare_page: Page, number: str) -> None:
    w = torch.tensor(float(number), dtype=torch.float64, requires_grad=True)
    loss = (w * w).exp() - w
    loss.backward()
    root = show(bare_page, walk(loss, w=(-3, 3)))
    walked_to_the_end(bare_page, root)
    value(root, "w").hover()
    bare_page.get_by_label("w as a number").fill("1")
    assert shown(root, "loss") == ["1.7183", "1"]


def test_a_slider_may_leave_the_numbers_that_a_function_takes(bare_page: Page) -> None:
    w = torch.tensor(0.22, requires_grad=True)
    root = show(bare_page, walk(w.log() ** 2, w=(-3, 3), names={"w": w}))
    box = bare_page.get_by_label("w as a number")
    expect(box).to_have_value("0.22")
    for number, loss in (("-1", ["nan", "1"]), ("0", ["∞", "1"]), ("1", ["0", "1"])):
        box.fill(number)
        assert shown(root, "v2") == loss
    assert shown(root, "w") == ["1", "0"]


def test_a_chain_whose_paths_are_too_many_to_count_is_told_at_once(bare_page: Page) -> None:
    for doublings, count in (
        (2, "4 paths: multiply along each, then add."),
        (40, "1,099,511,627,776 paths. Gradients add up"),
        (70, "about 1.18e21 paths."),
        (1100, "more than 10^308 paths."),
    ):
        loss = doubled(doublings)
        root = show(bare_page, walk(loss, stage="backward"))
        root.press("End")
        root.locator("[data-value]").first.dispatch_event("mouseenter")
        expect(root.locator(".mt-sentence")).to_contain_text(count)
        expect(root.locator(".mt-formula")).to_contain_text("∂")


def test_a_value_that_is_used_hundreds_of_times_can_be_walked(bare_page: Page) -> None:
    w = torch.tensor(0.5, requires_grad=True)
    loss = w * 1.0
    for _ in range(299):
        loss = loss + w
    root = show(bare_page, walk(loss, w=(0, 1)))
    value(root, "w").dispatch_event("mouseenter")
    expect(root.locator(".mt-sentence")).to_contain_text("w reaches loss along 300 paths.")
    value(root, "w").dispatch_event("mouseleave")
    bare_page.get_by_label("w as a number").fill("1")
    expect(value(root, "loss").locator("[data-slot]")).to_have_text(["300", "1"])
    assert shown(root, "w") == ["1", "300"]


def test_a_graph_that_was_swept_and_freed_can_still_be_walked(bare_page: Page) -> None:
    w = torch.tensor(3.0, requires_grad=True)
    loss = w**2
    loss.backward()
    root = show(bare_page, walk(loss))
    walked_to_the_end(bare_page, root)
    assert shown(root, "w") == ["3", "6"]


# ---- arrays ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["linear", "softmax", "convolution", "lstm", "transformer"])
def test_models_are_walked_forwards_and_backwards(bare_page: Page, kind: str) -> None:
    root = show(bare_page, walk(model_loss(kind)))
    assert walked_to_the_end(bare_page, root) > 10
    assert root.locator(".mt-value.mt-waiting").count() == 0
    weight = root.locator(".mt-parameter").first
    weight.dispatch_event("mouseenter")
    expect(root.locator(".mt-sentence")).to_contain_text("its gradient has its shape")
    rows = root.locator(".mt-formula > div")
    assert 2 <= rows.count() <= 8
    expect(rows.first).to_contain_text("=1")  # d loss / d loss, from where it starts
    assert root.locator(".mt-lit").count() >= 2


def test_python_tells_why_it_cannot_compute(bare_page: Page) -> None:
    y = torch.tensor(1.0)
    a = torch.ones(2, 2, requires_grad=True)
    widget = walk((a * y).sum(), y=(-1, 1))
    said: list[Any] = []
    widget.send = said.append
    widget._answer(widget, {"type": "replay", "leaves": {"99": 0.0}}, [])
    assert said[0]["type"] == "failed"
    root = show(bare_page, widget)
    slider = bare_page.get_by_label("y", exact=True)
    slider.fill("0")
    bare_page.evaluate("message => test.emit('msg:custom', message)", said[0])
    expect(root.locator(".mt-note")).to_contain_text("cannot be computed with these numbers")
    expect(slider).to_have_value("1")  # where its numbers are


# ---- by keyboard -------------------------------------------------------------------------------


def test_the_picture_is_one_stop_and_its_values_are_reached_with_up_and_down(
    bare_page: Page,
) -> None:
    w, b = (torch.tensor(x, requires_grad=True) for x in (2.0, 1.0))
    root = show(bare_page, walk((w * 3.0 + b) ** 2, names={"w": w, "b": b}))
    root.press("End")
    expect(root.locator("[data-value][tabindex='0']")).to_have_count(1)
    names = root.locator("[data-value]").evaluate_all("all => all.map(v => v.dataset.name)")
    root.locator("[data-value][tabindex='0']").focus()
    seen = set()
    for _ in range(len(names)):
        bare_page.keyboard.press("ArrowUp")
    for _ in range(len(names)):
        focused = bare_page.evaluate("document.activeElement.dataset.name")
        expect(value(root, focused)).to_have_attribute("aria-label", re.compile("^" + focused))
        seen.add(focused)
        expect(root.locator(".mt-sentence")).to_contain_text(focused)
        bare_page.keyboard.press("ArrowDown")
    assert seen == set(names)
    expect(root.locator(".mt-hint")).to_be_visible()


def test_the_picture_is_zoomed_and_moved_by_keys_buttons_and_wheel(bare_page: Page) -> None:
    root = show(bare_page, walk(doubled(12)))
    picture, frame = root.locator(".mt-scroller > svg"), root.locator(".mt-scroller")
    width = "svg => svg.getBoundingClientRect().width"
    natural = picture.evaluate(width)
    whole = bare_page.get_by_role("button", name="whole picture")
    whole.click()
    expect(whole).to_have_attribute("aria-pressed", "true")
    fits = "node => node.scrollWidth <= node.clientWidth && node.scrollHeight <= node.clientHeight"
    assert frame.evaluate(fits)
    assert picture.evaluate(width) < natural
    root.press("0")
    assert picture.evaluate(width) == natural
    root.press("+")
    assert picture.evaluate(width) == pytest.approx(1.25 * natural, rel=0.01)
    expect(whole).to_have_attribute("aria-pressed", "false")
    bare_page.get_by_role("button", name="zoom out").click()
    assert picture.evaluate(width) == pytest.approx(natural, rel=0.01)

    box = frame.bounding_box()
    x, y = box["x"] + 300, box["y"] + 30
    bare_page.mouse.move(x, y)
    under = (
        "([svg, x]) => (x - svg.getBoundingClientRect().left) / svg.getBoundingClientRect().width"
    )
    before = bare_page.evaluate(under, [picture.element_handle(), x])
    bare_page.keyboard.down("Control")
    bare_page.mouse.wheel(0, -120)
    bare_page.keyboard.up("Control")
    bare_page.wait_for_function(
        "([svg, w]) => svg.getBoundingClientRect().width > 1.2 * w",
        arg=[picture.element_handle(), natural],
    )
    assert bare_page.evaluate(under, [picture.element_handle(), x]) == pytest.approx(
        before, abs=0.01
    )

    bare_page.emulate_media(reduced_motion="reduce")
    left = frame.evaluate("node => node.scrollLeft")
    root.press("Shift+ArrowRight")
    assert frame.evaluate("node => node.scrollLeft") > left
    left = frame.evaluate("node => node.scrollLeft")
    bare_page.mouse.move(x, box["y"] + box["height"] - 8)
    bare_page.mouse.down()
    bare_page.mouse.move(x - 50, box["y"] + box["height"] - 8, steps=5)
    bare_page.mouse.up()
    assert frame.evaluate("node => node.scrollLeft") > left


# ---- without a kernel --------------------------------------------------------------------------


def test_a_saved_walk_works_from_a_file_without_a_network(bare_page: Page, tmp_path: Path) -> None:
    widget = product(w=(-3, 3), goal={"loss": 9})
    bare_page.goto(widget.save(tmp_path / "walk.html").as_uri())
    root = bare_page.locator(".mt-walk")
    bare_page.get_by_label("w", exact=True).fill("1")
    assert shown(root, "loss") == ["9", "1"]
    expect(root.locator(".mt-reached")).to_have_text("✓ reached")
    walked_to_the_end(bare_page, root)
    value(root, "w").hover()
    expect(root.locator(".mt-sentence")).to_contain_text("one path")


def test_a_saved_walk_with_arrays_can_be_stepped_and_says_what_needs_python(
    bare_page: Page, tmp_path: Path
) -> None:
    scale = torch.tensor(2.0, requires_grad=True)
    loss = (torch.ones(3) * scale).sum()
    bare_page.goto(walk(loss, scale=(0, 3)).save(tmp_path / "walk.html").as_uri())
    root = bare_page.locator(".mt-walk")
    walked_to_the_end(bare_page, root)
    bare_page.get_by_label("scale", exact=True).fill("1")
    expect(root.locator(".mt-note")).to_contain_text("in a notebook")
    expect(bare_page.get_by_label("scale", exact=True)).to_have_value("2")


def test_a_converted_notebook_works_without_kernel_and_network(
    bare_page: Page, tmp_path: Path
) -> None:
    widgets = [product(w=(-3, 3)), product(names={"</script><script>alert(1)": torch.ones(1)})]
    notebook = new_notebook(
        cells=[
            new_code_cell("walk", outputs=[new_output("display_data", bundle(widget))])
            for widget in widgets
        ],
        metadata={"widgets": {STATE: {"state": {w.model_id: stored(w) for w in widgets}}}},
    )
    page, _ = StandaloneExporter().from_notebook_node(nbformat.from_dict(notebook))
    file = tmp_path / "notebook.html"
    # The look of a converted notebook, not its walks, comes from elsewhere: there is no network.
    file.write_text(
        re.sub(r'<script[^>]*src="https?:[^>]*>\s*</script>', "", page), encoding="utf-8"
    )
    bare_page.goto(file.as_uri())
    walks = bare_page.locator(".mt-walk")
    expect(walks).to_have_count(2)
    walks.first.get_by_label("w", exact=True).fill("1")
    assert shown(walks.first, "loss") == ["9", "1"]
    walked_to_the_end(bare_page, walks.last)


def bundle(widget: Walk) -> dict[str, Any]:
    data: dict[str, Any] = widget._repr_mimebundle_()[0]
    assert VIEW in data
    return data


def stored(widget: Walk) -> dict[str, Any]:
    """What a notebook keeps of a widget."""
    return {"model_name": "AnyModel", "model_module": "anywidget", "state": widget.get_state()}
