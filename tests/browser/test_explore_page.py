"""Exploring a function on the page: sliders, curve, descent, words, and the same numbers as Python."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from labdriver import MakeNotebook, OpenNotebook, Page, expect
from modelpage import put, slider_times

from microtorch.widgets.curve import Dot, draw, sample
from microtorch.widgets.explore import Explore, explore

TRAITS = ("spec", "picture", "numbers", "values", "history", "lr", "along", "view")


def show(page: Page, widget: Explore) -> Any:
    """Put a widget on an empty page, without Python behind it; returns its root."""
    state = {
        name: widget.trait_metadata(name, "to_json", keep)(getattr(widget, name), widget)
        for name in TRAITS
    }
    put(page, widget._esm, widget.look, state)
    return page.locator(".mt-explore")


def keep(value: Any, _: Any) -> Any:
    return value


def answer(page: Page, widget: Explore) -> list[dict[str, Any]]:
    """Let Python answer what the page has asked; returns the questions."""
    questions = page.evaluate("test.sent.splice(0)")
    for question in questions:
        replies: list[dict[str, Any]] = []
        widget.send = replies.append
        widget._answer(None, question, None)
        page.evaluate("(picture) => test.model.set('picture', picture)", widget.picture)
        for reply in replies:
            page.evaluate("(reply) => test.emit('msg:custom', reply)", reply)
    return questions


def regression(**arguments: Any) -> Explore:
    def loss(w: Any, x: Any) -> Any:
        y_hat = w * x
        return (y_hat - 1.0) ** 2

    return explore(loss, **({"w": (-3, 3, 0.1, 2.0), "x": 1.0} | arguments))


def branches() -> Explore:
    def loss(w: Any) -> Any:
        return w * 3.0 if w > 0 else w * w.exp()

    return explore(loss, w=(-3, 3, 0.1, 2.0))


def shown(root: Any, name: str) -> list[str]:
    texts: list[str] = root.locator(f'[data-name="{name}"] [data-slot]').all_text_contents()
    return texts


def test_a_slider_moves_point_tangent_graph_and_words(bare_page: Page) -> None:
    root = show(bare_page, regression())
    expect(root.locator(".mt-slopes")).to_have_text("At w = 2: loss = 1, ∂loss/∂w = 2.")
    bare_page.get_by_label("w", exact=True).fill("0.5")
    expect(root.locator(".mt-slopes")).to_have_text("At w = 0.5: loss = 0.25, ∂loss/∂w = −1.")
    expect(root.locator(".mt-sentence")).to_have_text(
        "Nudge w up and loss falls: downhill is to turn w up."
    )
    expect(root.locator(".mt-plot")).to_contain_text("tangent, slope −1")
    assert shown(root, "w") == ["0.5", "−1"]
    assert root.locator('[data-slot^="l"]').all_text_contents()[-1] == "−1"
    assert bare_page.evaluate("test.state.values") == {"w": 0.5}
    assert bare_page.evaluate("test.sent") == []  # no question to Python
    bare_page.get_by_label("w", exact=True).fill("1")
    expect(root.locator(".mt-sentence")).to_contain_text("The tangent is flat")


def test_the_graph_shows_one_stage_after_the_other(bare_page: Page) -> None:
    root = show(bare_page, regression())
    stages = root.get_by_role("group", name="stage")
    pressed = stages.locator('[aria-pressed="true"]')
    expect(pressed).to_have_text("3 Backward")
    assert shown(root, "w") == ["2", "2"]
    stages.get_by_role("button", name="1 Forward").press("Enter")
    expect(pressed).to_have_text("1 Forward")
    assert shown(root, "w") == ["2", "·"]  # not computed yet is no 0
    expect(root.locator(".mt-label").first).to_be_hidden()
    stages.get_by_role("button", name="2 Local gradients").click()
    assert shown(root, "w") == ["2", "·"]
    expect(root.locator(".mt-label").first).to_be_visible()
    bare_page.get_by_label("w", exact=True).fill("0.5")  # the stage stays
    assert shown(root, "w") == ["0.5", "·"]
    expect(root.locator('[data-name="w"]')).to_have_attribute(
        "aria-label", "w, data 0.5, gradient not computed yet"
    )


def test_a_value_that_is_pointed_at_lights_its_paths(bare_page: Page) -> None:
    root = show(bare_page, regression())
    words = root.locator(".mt-path-words")
    expect(words).to_contain_text("Point at a value")
    root.locator('[data-name="w"]').hover()
    expect(words).to_have_text(
        "w reaches loss along one path: multiply the local gradients along it."
    )
    formula = root.locator(".mt-paths math")
    expect(formula).to_have_text("∂loss∂w=2·1·1=2")
    assert root.locator(".mt-edge.mt-lit").count() == 6
    bare_page.get_by_label("w", exact=True).fill("1.5")  # its numbers follow the slider
    root.locator('[data-name="w"]').hover()
    expect(formula).to_have_text("∂loss∂w=1·1·1=1")
    bare_page.mouse.move(0, 0)
    expect(root.locator(".mt-edge.mt-lit")).to_have_count(0)


def test_the_values_can_be_reached_with_the_keyboard(bare_page: Page) -> None:
    root = show(bare_page, regression())
    bare_page.get_by_role("button", name="3 Backward").focus()
    bare_page.keyboard.press("Tab")  # one stop for the whole graph
    focused = bare_page.locator(":focus")
    expect(focused).to_have_attribute("data-name", "loss")
    for _ in range(2):
        bare_page.keyboard.press("ArrowUp")
    expect(focused).to_have_attribute("data-name", "1.0")
    bare_page.keyboard.press("ArrowUp")
    expect(focused).to_have_attribute("data-name", "y_hat")
    expect(root.locator(".mt-path-words")).to_contain_text("y_hat reaches loss along one path")
    bare_page.keyboard.press("Tab")
    expect(root.locator(".mt-value:focus")).to_have_count(0)


def test_the_mouse_on_the_curve_moves_the_point(bare_page: Page) -> None:
    root = show(bare_page, regression())
    box = root.locator(".mt-plot").bounding_box()
    bare_page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 100)
    bare_page.mouse.down()
    bare_page.mouse.move(box["x"] + 3000, box["y"] + 100)
    bare_page.mouse.up()
    assert bare_page.evaluate("test.state.values") == {"w": 3}
    expect(bare_page.get_by_label("w as a number")).to_have_value("3")


def test_steps_go_downhill_and_their_path_is_drawn(bare_page: Page) -> None:
    widget = regression()
    root = show(bare_page, widget)
    bare_page.get_by_role("button", name="Step", exact=True).click()
    expect(root.locator(".mt-sentence")).to_have_text(
        "Step 1: w = 2 − 0.1 · 2 = 1.8. loss falls from 1 to 0.64."
    )
    expect(root.locator(".mt-plot")).to_contain_text("1 step")
    bare_page.get_by_role("button", name="10 steps").click()
    expect(root).to_have_attribute("data-steps", "11")
    widget.step(11)
    values = bare_page.evaluate("test.state.values")
    assert values["w"] == pytest.approx(widget.values["w"], rel=1e-12)
    history = bare_page.evaluate("test.state.history")
    assert [step["loss"] for step in history] == pytest.approx(
        [step["loss"] for step in widget.history], rel=1e-12
    )
    bare_page.get_by_role("button", name="Reset").click()
    assert bare_page.evaluate("test.state.values") == {"w": 2}
    assert len(bare_page.evaluate("test.state.history")) == 1


def test_the_learning_rate_is_a_slider_and_a_number(bare_page: Page) -> None:
    root = show(bare_page, regression())
    bare_page.get_by_label("learning rate", exact=True).press("ArrowRight")
    expect(bare_page.get_by_label("learning rate as a number")).to_have_value("0.2")
    exact = bare_page.get_by_label("learning rate as a number")
    exact.fill("0.25")
    assert bare_page.evaluate("test.state.lr") == 0.25
    exact.press("Enter")
    exact.fill("-1")  # is not taken
    assert bare_page.evaluate("test.state.lr") == 0.25
    bare_page.get_by_role("button", name="Step", exact=True).click()
    expect(root.locator(".mt-sentence")).to_contain_text("w = 2 − 0.25 · 2 = 1.5")


def test_a_learning_rate_that_is_too_large_is_told_in_words(bare_page: Page) -> None:
    widget = regression()
    widget.lr = 1.5
    root = show(bare_page, widget)
    bare_page.get_by_role("button", name="Step", exact=True).click()
    expect(root.locator(".mt-sentence")).to_contain_text(
        "loss rises from 1 to 4: the step was too long. Try a smaller learning rate."
    )
    expect(root.locator(".mt-sentence")).to_contain_text("· 2 = −1")
    for _ in range(10):
        bare_page.get_by_role("button", name="10 steps").click()
    expect(root.locator(".mt-sentence")).to_contain_text("Press Reset and try a smaller")
    drawn = root.locator(".mt-plot").inner_html()
    assert "NaN" not in drawn
    assert "Infinity" not in drawn
    last = bare_page.evaluate("test.state.history.at(-1).values.w")
    assert math.isfinite(last)


def test_play_steps_until_it_is_flat_and_can_be_paused(bare_page: Page) -> None:
    bare_page.clock.install()
    widget = regression()
    widget.lr = 0.4
    root = show(bare_page, widget)
    bare_page.get_by_role("button", name="Play").click()
    bare_page.clock.run_for(1300)
    bare_page.get_by_role("button", name="Pause").click()
    paused = root.get_attribute("data-steps")
    assert 2 <= int(paused) < 20
    bare_page.clock.run_for(5000)
    expect(root).to_have_attribute("data-steps", paused)
    bare_page.get_by_role("button", name="Play").click()
    bare_page.clock.run_for(60_000)
    expect(root.locator(".mt-sentence")).to_contain_text("every slope is 0")
    expect(bare_page.get_by_role("button", name="Play")).to_be_visible()


def test_a_widget_that_is_closed_while_it_plays_stops_and_lets_go(bare_page: Page) -> None:
    bare_page.clock.install()
    show(bare_page, regression())
    bare_page.get_by_role("button", name="Play").click()
    bare_page.evaluate("test.end()")
    saved = bare_page.evaluate("test.saved")
    bare_page.clock.run_for(5000)
    assert bare_page.evaluate("test.saved") == saved
    assert bare_page.evaluate("test.listeners()") == 0


def test_the_curve_can_be_drawn_over_another_argument(bare_page: Page) -> None:
    root = show(bare_page, regression(x=(-1, 1, 0.1, 1)))
    bare_page.get_by_label("argument of the curve").select_option("x")
    expect(root.locator(".mt-plot")).to_have_attribute(
        "aria-label", "Curve of loss over x from −1 to 1, lowest 0 at x = 0.5"
    )
    bare_page.get_by_label("w", exact=True).fill("1")
    expect(root.locator(".mt-plot")).to_have_attribute(
        "aria-label", "Curve of loss over x from −1 to 1, lowest 0 at x = 1"
    )
    expect(root.locator(".mt-slopes")).to_contain_text("∂loss/∂w = 0, ∂loss/∂x = 0")


def test_python_can_move_the_sliders(bare_page: Page) -> None:
    root = show(bare_page, regression())
    bare_page.evaluate("test.model.set('values', { w: -1 })")
    expect(root.locator(".mt-slopes")).to_contain_text("At w = −1: loss = 4")
    bare_page.evaluate("test.model.set('lr', 0.5)")
    expect(bare_page.get_by_label("learning rate as a number")).to_have_value("0.5")


def test_a_graph_that_changes_with_the_slider_comes_from_python(bare_page: Page) -> None:
    widget = branches()
    root = show(bare_page, widget)
    assert root.locator(".mt-op").all_text_contents() == ["×"]
    slider = bare_page.get_by_label("w", exact=True)
    for x in ("1", "0.7", "-0.5"):
        slider.evaluate(f"node => {{ node.value = {x}; node.dispatchEvent(new Event('input')); }}")
    assert answer(bare_page, widget) == [{"type": "point", "values": {"w": 1}}]
    assert answer(bare_page, widget) == [{"type": "point", "values": {"w": -0.5}}]
    assert answer(bare_page, widget) == []
    assert root.locator(".mt-op").all_text_contents() == ["exp", "×"]
    expect(root.locator(".mt-slopes")).to_have_text(
        "At w = −0.5: loss ≈ −0.3033, ∂loss/∂w ≈ 0.3033."
    )
    slider.evaluate("node => node.dispatchEvent(new Event('change'))")
    assert bare_page.evaluate("test.state.values") == {"w": -0.5}
    bare_page.get_by_role("button", name="Reset").click()
    answer(bare_page, widget)
    for _ in range(2):  # each step asks Python once
        bare_page.get_by_role("button", name="Step", exact=True).click()
        assert len(answer(bare_page, widget)) == 1
    expect(root.locator(".mt-sentence")).to_contain_text("Step 2: w ≈ ")


def test_a_function_that_raises_is_quoted_and_the_slider_still_works(bare_page: Page) -> None:
    def loss(w: Any) -> Any:
        return w * w * (1 / round(w.item(), 2))

    widget = explore(loss, w=(-1, 1, 0.1, 0.5))
    root = show(bare_page, widget)
    bare_page.get_by_label("w", exact=True).fill("0")
    answer(bare_page, widget)
    expect(root.locator(".mt-slopes")).to_have_text(
        "At w = 0 the function raises ZeroDivisionError: float division by zero"
    )
    bare_page.get_by_role("button", name="Step", exact=True).click()
    expect(root.locator(".mt-sentence")).to_contain_text("no way down")
    bare_page.get_by_label("w", exact=True).fill("1")
    answer(bare_page, widget)
    expect(root.locator(".mt-slopes")).to_have_text("At w = 1: loss = 1, ∂loss/∂w = 2.")


def test_a_kernel_that_does_not_answer_is_noticed(bare_page: Page) -> None:
    bare_page.clock.install()
    root = show(bare_page, branches())
    bare_page.get_by_label("w", exact=True).fill("1")
    bare_page.clock.run_for(6000)
    expect(root.locator(".mt-note")).to_contain_text("Python does not answer.")


def test_a_kernel_that_is_gone_is_noticed_at_once(bare_page: Page) -> None:
    root = show(bare_page, branches())
    bare_page.evaluate("() => { test.model.send = () => { throw new Error('closed'); }; }")
    bare_page.get_by_label("w", exact=True).fill("1")
    expect(root.locator(".mt-note")).to_contain_text("Python does not answer.")
    expect(bare_page.get_by_label("w as a number")).to_have_value("2")


def test_every_control_has_a_name_and_keeps_its_keys(bare_page: Page) -> None:
    root = show(bare_page, regression(x=(-1, 1)))
    for role, name in [
        ("slider", "w"), ("spinbutton", "w as a number"), ("slider", "x"), ("slider", "learning rate"),
        ("combobox", "argument of the curve"), ("button", "Step"), ("button", "10 steps"),
        ("button", "Play"), ("button", "Reset"),
    ]:  # fmt: skip
        expect(bare_page.get_by_role(role, name=name, exact=True)).to_have_count(1)
    expect(
        root.locator(":is(button, input, select, [tabindex]):not([data-lm-suppress-shortcuts])")
    ).to_have_count(0)
    expect(root.locator(".mt-panel")).to_have_attribute("aria-live", "polite")
    slider = bare_page.get_by_role("slider", name="w", exact=True)
    slider.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", "1.9")


def test_nothing_sticks_out_of_a_narrow_page(bare_page: Page) -> None:
    bare_page.set_viewport_size({"width": 340, "height": 900})
    root = show(bare_page, regression(x=(-1, 1)))
    assert bare_page.evaluate("document.documentElement.scrollWidth") <= 340
    right = "node => node.getBoundingClientRect().right"
    for part in root.locator("button, input, select, .mt-plot").all():
        assert part.evaluate(right) <= 340


FUNCTIONS: list[tuple[str, Callable[[float], float]]] = [
    ("x ** 2", lambda x: x**2),
    ("x === 0 ? Infinity : 1 / x", lambda x: 1 / x if x else math.inf),
    ("Math.floor(x)", lambda x: float(math.floor(x))),
    ("x < 0 ? NaN : x", lambda x: math.nan if x < 0 else x),
    ("NaN", lambda x: math.nan),
    ("1", lambda x: 1.0),
    ("x * 1e300", lambda x: x * 1e300),
]


@pytest.mark.parametrize(("source", "f"), FUNCTIONS)
def test_the_page_draws_the_curve_as_python_does(
    bare_page: Page, source: str, f: Callable[[float], float]
) -> None:
    show(bare_page, regression())
    dots: list[Dot] = sample(f, -3.0, 3.0)
    path: list[Dot] = [(2.0, 4.0), (1.5, 2.25), (1e300, None), (1.0, 1e300)]
    for width, now in [
        (480.0, (0.5, f(0.5), 1.5)),
        (301.0, (-9.0, 2.0, -1e300)),
        (640.0, (1.0, None, None)),
    ]:
        y = now[1] if now[1] is not None and math.isfinite(now[1]) else None
        point = (now[0], y, now[2])
        drawn = bare_page.evaluate(
            f"""([width, point, path]) => {{
                const dots = test.module.sample((x) => {source}, -3, 3);
                const plot = test.module.plotOf(width, dots);
                const page = test.module;
                return [dots, page.stillPart(plot, "w<") + page.movingPart(plot, "loss&", point, path)];
            }}""",
            [width, point, path],
        )
        assert [tuple(dot) for dot in drawn[0]] == dots
        assert drawn[1] == draw(width, "w<", "loss&", dots, point, path)


def test_the_time_of_a_slider_event_is_printed(bare_page: Page) -> None:
    """No limit is asserted: the machine may be busy. At 60 updates a second there are 16.7 ms."""
    root = show(bare_page, regression(x=(-2, 2)))
    for name in ("w", "x"):  # along the curve, and across it: there the curve is computed anew
        times = slider_times(bare_page, f"input[type=range][aria-label={name}]")
        print(f"slider {name}: {times[100]:.1f} ms (p95 {times[190]:.1f} ms)")
    assert shown(root, "w")[0] != "2"


def test_in_jupyterlab_page_and_python_agree(
    notebook: OpenNotebook, make_notebook: MakeNotebook
) -> None:
    program = (
        "import microtorch as torch\n"
        "def loss(w):\n    if w > 0:\n        return (w - 1) ** 2\n    return 1 - w\n"
        "shown = torch.explore(loss, w=(-3, 3, 0.5, 2.0))\nshown"
    )
    cells = [
        program,
        "print(shown.values['w'], round(shown.loss, 4), shown.grads['w'], len(shown.history))",
        "shown.step()",
        "shown.close()",
    ]
    lab = notebook(make_notebook(cells))
    lab.run_cell(0)
    root = lab.panel.locator(".mt-explore")
    slider = lab.panel.get_by_role("slider", name="w", exact=True)
    slider.press("ArrowRight")
    expect(root.locator(".mt-slopes")).to_have_text("At w = 2.5: loss = 2.25, ∂loss/∂w = 3.")
    lab.run_cell_until(1, "2.5 2.25 3.0 1")
    lab.run_cell(2)
    expect(root.locator(".mt-slopes")).to_contain_text("At w = 2.2: loss = 1.44")
    slider.press("Home")
    expect(root.locator(".mt-slopes")).to_have_text("At w = −3: loss = 4, ∂loss/∂w = −1.")
    expect(root.locator(".mt-op")).to_have_text(["−"])
    lab.run_cell_until(1, "-3.0 4.0 -1.0 1")
    lab.panel.get_by_role("button", name="zoom out").click()  # Python draws more of the curve
    expect(root.locator(".mt-sentence")).to_have_text("The curve is drawn over w from −3 to 9.")
    slider.press("0")
    expect(root.locator(".mt-sentence")).to_have_text("The curve is drawn over w from −3 to 3.")
    lab.panel.get_by_role("button", name="Play").click()
    expect(root.locator(".mt-sentence")).to_contain_text("Step 2")
    lab.run_cell(3)
    expect(lab.panel.locator(".mt-explore")).to_have_count(0)
