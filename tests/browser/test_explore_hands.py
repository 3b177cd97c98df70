"""An exploration in the learner's hands: numbers that are typed, fingers, odd names, odd functions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from labdriver import MakeNotebook, OpenNotebook, Page, expect
from test_explore_page import answer, regression, show
from test_explore_view import view

from microtorch.widgets.explore import explore


def number(page: Page, name: str, text: str) -> Any:
    """Type a number, and press Enter."""
    field = page.get_by_label(f"{name} as a number")
    field.press("Control+a")
    field.press("Delete")
    field.press_sequentially(text)
    field.press("Enter")
    return field


@pytest.mark.parametrize("text", ["-0.5", "", "1e999"])
def test_a_learning_rate_that_cannot_be_one_goes_back_to_the_last_one(
    bare_page: Page, text: str
) -> None:
    show(bare_page, regression())
    number(bare_page, "learning rate", "0.25")
    field = number(bare_page, "learning rate", text)
    expect(field).to_have_value("0.25")
    assert bare_page.evaluate("test.state.lr") == 0.25


def test_a_learning_rate_is_used_with_all_its_digits(bare_page: Page) -> None:
    show(bare_page, regression())
    field = number(bare_page, "learning rate", "0.123456789")
    bare_page.get_by_role("button", name="Step", exact=True).click()
    expect(field).to_have_value("0.123456789")
    assert bare_page.evaluate("test.state.lr") == 0.123456789


def test_a_number_that_is_wiped_out_comes_back(bare_page: Page) -> None:
    show(bare_page, regression())
    expect(number(bare_page, "w", "")).to_have_value("2")


def test_enter_settles_a_number_once(bare_page: Page) -> None:
    root = show(bare_page, regression())
    field = number(bare_page, "w", "0.5")
    expect(root.locator(".mt-sentence")).to_contain_text("downhill is to turn w up")
    bare_page.get_by_role("button", name="Step", exact=True).focus()
    bare_page.evaluate("test.model.set('values', { w: 0.6 })")  # Python moves it meanwhile
    saved = bare_page.evaluate("test.saved")
    field.focus()
    field.blur()
    assert bare_page.evaluate("test.saved") == saved


def test_a_rounded_number_stands_behind_its_own_sign(bare_page: Page) -> None:
    root = show(bare_page, regression())
    expect(root.locator(".mt-slopes")).to_have_text("At w = 2: loss = 1, ∂loss/∂w = 2.")
    number(bare_page, "w", "1.23456789")
    expect(root.locator(".mt-slopes")).to_have_text(
        "At w ≈ 1.2346: loss ≈ 0.055, ∂loss/∂w ≈ 0.4691."
    )
    bare_page.get_by_role("button", name="Step", exact=True).click()
    expect(root.locator(".mt-sentence")).to_contain_text(
        "Step 1: w ≈ 1.2346 − 0.1 · 0.4691 ≈ 1.1877."
    )


def test_names_from_right_to_left_leave_the_words_around_them_alone(bare_page: Page) -> None:
    hebrew = "אבג"
    root = show(
        bare_page, explore(lambda **k: k[hebrew] * k["{d0}"], **{hebrew: (0, 4, 1, 2), "{d0}": 3.0})
    )
    expect(root.locator(".mt-slopes")).to_have_text(
        f"At \u2068{hebrew}\u2069 = 2: loss = 6, ∂loss/∂\u2068{hebrew}\u2069 = 3."
    )


def test_a_name_in_braces_is_no_slot(bare_page: Page) -> None:
    root = show(bare_page, explore(lambda **k: k["{d0}"] * 3.0, **{"{d0}": (0, 4, 1, 2)}))
    expect(root.locator(".mt-slopes")).to_contain_text("d0} = 2: loss = 6")


def raises() -> Any:
    def loss(w: Any) -> Any:
        if w < 0:
            raise ValueError("no <b>root</b>\nof " + "9" * 1000)
        return w.sqrt() * w

    return explore(loss, w=(-1, 4, 0.5, 2.0))


def test_the_graph_can_be_looked_at_where_the_function_raises(bare_page: Page) -> None:
    widget = raises()
    root = show(bare_page, widget)
    number(bare_page, "w", "-0.5")
    while answer(bare_page, widget):
        pass
    expect(root.locator(".mt-slopes")).to_contain_text("raises ValueError: no <b>root</b> of 999")
    assert len(root.locator(".mt-slopes").inner_text()) < 400
    root.locator("[data-name='w']").hover()  # an error of the page would fail this test
    expect(root.locator(".mt-path-words")).to_contain_text("w reaches loss along 2 paths")


def pinch(page: Page, centre: tuple[float, float], apart: list[float]) -> None:
    """Two fingers, side by side, that move to these distances from each other."""
    touch = page.context.new_cdp_session(page)
    x, y = centre
    for kind, distance in zip(
        ["touchStart"] + ["touchMove"] * (len(apart) - 1), apart, strict=True
    ):
        points = [{"x": x + side * distance / 2, "y": y, "id": i} for i, side in enumerate((-1, 1))]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def middle(part: Any) -> tuple[float, float]:
    part.scroll_into_view_if_needed()
    box = part.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_two_fingers_zoom_the_curve_and_leave_the_point_alone(bare_page: Page) -> None:
    root = show(bare_page, regression())
    plot = root.locator(".mt-plot")
    pinch(bare_page, middle(plot), [100, 120, 140, 160])
    expect(root.locator(".mt-view .mt-given")).to_have_text("w from −0.5 to 2.5")
    pinch(bare_page, middle(plot), [160, 130, 100])
    assert view(root) == "w from −3 to 3"
    assert bare_page.evaluate("visualViewport.scale") == 1


def test_two_fingers_zoom_the_graph(bare_page: Page) -> None:
    root = show(bare_page, regression())
    graph = root.locator(".mt-scroller > svg")
    before = graph.bounding_box()["width"]
    pinch(bare_page, middle(graph), [100, 125, 150])
    assert graph.bounding_box()["width"] == pytest.approx(1.5 * before, rel=0.02)


def test_a_saved_page_ends_where_the_function_does_something_else(
    bare_page: Page, tmp_path: Path
) -> None:
    def loss(w: Any) -> Any:
        return (w - 1.0) ** 2 if w < 5.0 else w * 3.0

    widget = explore(loss, w=(-3, 3))
    assert widget.numbers["live"]
    bare_page.goto(widget.save(tmp_path / "page.html").as_uri())
    root = bare_page.locator(".mt-explore")
    number(bare_page, "w", "4.9")
    expect(root.locator(".mt-slopes")).to_contain_text("loss = 15.21")
    number(bare_page, "w", "6")
    expect(root.locator(".mt-slopes")).to_contain_text("At w = 6 the function does something else")
    expect(root.locator(".mt-sentence")).to_contain_text("There is no number here")
    bare_page.get_by_role("button", name="Reset").click()
    number(bare_page, "w", "1")
    expect(root.locator(".mt-slopes")).to_contain_text("At w = 1: loss = 0")


def test_in_jupyterlab_enter_tells_python(
    notebook: OpenNotebook, make_notebook: MakeNotebook
) -> None:
    cells = [
        "import microtorch as torch",
        "shown = torch.explore(lambda w: w * 2 if w > 0 else w * w, w=(-3, 3))\nshown",
        "print(shown.values)",
    ]
    lab = notebook(make_notebook(cells)).run_all()
    root = lab.cell(1).locator(".mt-explore")
    number(lab.page, "w", "-1")
    expect(root.locator(".mt-slopes")).to_contain_text("At w = −1: loss = 1")
    expect(root.locator(".mt-sentence")).to_contain_text("loss falls")
    lab.run_cell_until(2, "{'w': -1.0}")


def test_it_is_told_that_python_is_at_work_on_a_slow_function(bare_page: Page) -> None:
    bare_page.clock.install()
    widget = raises()
    widget.spec = widget.spec | {"patience": 20}
    root = show(bare_page, widget)
    bare_page.get_by_role("slider", name="w", exact=True).press("ArrowLeft")
    bare_page.clock.run_for(800)
    expect(root.locator(".mt-note")).to_have_text("")
    bare_page.clock.run_for(15_000)
    expect(root.locator(".mt-note")).to_have_text("Python is at work on this point.")
    while answer(bare_page, widget):
        pass
    expect(root.locator(".mt-note")).to_have_text("")


def test_a_cell_that_takes_a_while_says_so_until_it_is_done(
    notebook: OpenNotebook, make_notebook: MakeNotebook
) -> None:
    cells = [
        "import time\nimport microtorch as torch",
        "def slow(w):\n    time.sleep(0.04)\n    return w * w if w > 0 else w",
        "torch.explore(slow, w=(-3, 3))",
    ]
    lab = notebook(make_notebook(cells))
    lab.run_cell(0)
    lab.run_cell(1)
    lab.page.evaluate(
        """() => {
            const words = () => document.querySelectorAll(".jp-Cell-outputArea")[2]?.innerText ?? "";
            const look = () => (window.told ||= /Calling slow about 52 times …/.test(words()));
            new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
        }"""
    )
    lab.run_cell(2)
    expect(lab.cell(2).locator(".mt-explore")).to_be_visible(timeout=30_000)
    assert lab.page.evaluate("window.told")
    assert "Calling" not in lab.text(2)
    assert {} in [output.get("data") for output in lab.outputs(2)]  # nothing of it is kept
