"""More or less of the curve: zoom by buttons, keys and wheel, and a descent that leaves the slider."""

from __future__ import annotations

import math
import re
from typing import Any

from labdriver import Page, expect
from test_explore_page import branches, regression, show

from microtorch.widgets.curve import stretched


def view(root: Any) -> str:
    """What part of the argument is drawn."""
    text: str = root.locator(".mt-view .mt-given").inner_text()
    return text


def test_buttons_show_more_of_the_curve_and_look_closer(bare_page: Page) -> None:
    root = show(bare_page, regression())
    assert view(root) == "w from −3 to 3"
    whole = bare_page.get_by_role("button", name="range of the slider")
    expect(whole).to_have_attribute("aria-disabled", "true")
    bare_page.get_by_role("button", name="zoom out").click()
    assert view(root) == "w from −8 to 4"  # w = 2 is where it was on the page
    expect(root.locator(".mt-sentence")).to_have_text("The curve is drawn over w from −8 to 4.")
    expect(root.locator(".mt-plot")).to_have_attribute("aria-label", re.compile("from −8 to 4"))
    whole.press("Enter")
    assert view(root) == "w from −3 to 3"
    bare_page.get_by_role("button", name="zoom in").press("Space")
    assert view(root) == "w from −0.5 to 2.5"
    limits = ("min", "max")
    slider = bare_page.get_by_role("slider", name="w", exact=True)
    assert [slider.get_attribute(limit) for limit in limits] == ["-3", "3"]
    assert bare_page.evaluate("test.state.view") == [-0.5, 2.5]
    bare_page.get_by_role("button", name="zoom out").click()
    assert bare_page.evaluate("test.state.view") == []  # back to the range of the slider


def test_plus_minus_and_zero_zoom_but_not_while_a_number_is_typed(bare_page: Page) -> None:
    root = show(bare_page, regression())
    slider = bare_page.get_by_role("slider", name="w", exact=True)
    slider.press("+")
    assert view(root) == "w from −0.5 to 2.5"
    slider.press("0")
    slider.press("-")
    assert view(root) == "w from −8 to 4"
    slider.press("0")
    exact = bare_page.get_by_label("w as a number")
    exact.press("Control+a")
    exact.press_sequentially("-0.5")
    assert view(root) == "w from −3 to 3"
    expect(root.locator(".mt-slopes")).to_contain_text("At w = −0.5")


def test_the_wheel_zooms_with_ctrl_only(bare_page: Page) -> None:
    root = show(bare_page, regression())
    root.locator(".mt-plot").hover()
    bare_page.mouse.wheel(0, -200)
    assert view(root) == "w from −3 to 3"
    bare_page.keyboard.down("Control")
    bare_page.mouse.wheel(0, -60)
    bare_page.keyboard.up("Control")
    expect(root.locator(".mt-view .mt-given")).to_have_text("w from −0.5 to 2.5")


def test_zooming_ends_before_numbers_are_too_close(bare_page: Page) -> None:
    root = show(bare_page, regression())
    closer = bare_page.get_by_role("button", name="zoom in")
    closer.focus()
    for _ in range(30):
        bare_page.keyboard.press("Enter")
    expect(closer).to_have_attribute("aria-disabled", "true")
    low, high = bare_page.evaluate("test.state.view")
    assert 0.001 < high - low < 0.01
    assert low < 2 < high
    bare_page.keyboard.press("0")
    for _ in range(30):
        bare_page.keyboard.press("-")
    low, high = bare_page.evaluate("test.state.view")
    assert 3000 < high - low < 10_000
    assert "NaN" not in root.locator(".mt-plot").inner_html()


def test_close_up_the_mouse_moves_in_finer_steps(bare_page: Page) -> None:
    root = show(bare_page, regression())
    for _ in range(4):
        bare_page.get_by_role("button", name="zoom in").click()
    low, high = bare_page.evaluate("test.state.view")
    box = root.locator(".mt-plot").bounding_box()
    bare_page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 100)
    w = bare_page.evaluate("test.state.values.w")
    assert low <= w <= high
    assert w != round(w, 1)


def test_the_curve_follows_a_descent_that_leaves_the_slider(bare_page: Page) -> None:
    widget = regression(lr=1.2)
    root = show(bare_page, widget)
    for _ in range(4):
        bare_page.get_by_role("button", name="Step", exact=True).click()
    widget.step(4)
    x = bare_page.evaluate("test.state.values.w")
    assert x > 3
    low, high = widget._range(widget.values)
    assert low <= x <= high
    assert view(root) == f"w from {low:g} to {high:g}".replace("-", "−")
    expect(root.locator(".mt-sentence")).to_contain_text(
        f"w has left its slider, so the curve now goes from {low:g} to {high:g}".replace("-", "−")
    )
    plot, dot = (
        root.locator(part).bounding_box() for part in (".mt-plot", ".mt-plot circle >> nth=-1")
    )
    assert dot["x"] + dot["width"] < plot["x"] + plot["width"] - 20  # not stuck to the edge
    bare_page.get_by_role("button", name="Reset").click()
    assert view(root) == "w from −3 to 3"


def test_page_and_python_stretch_a_range_alike(bare_page: Page) -> None:
    show(bare_page, regression())
    for low, high, xs in [
        (-3.0, 3.0, [5.0, -10.0, 0.1]),
        (0.1, 0.7, [0.70001, -0.3]),
        (-1e-3, 1e-3, [1e300, -1e300]),
        (0.0, 1.0, [1.7e308, -1.7e308]),
    ]:
        found = bare_page.evaluate("(given) => test.module.stretched(...given)", [low, high, xs])
        assert found == list(stretched(low, high, xs))
        assert all(map(math.isfinite, found))


def test_a_zoomed_curve_goes_along_with_its_point(bare_page: Page) -> None:
    root = show(bare_page, regression())
    bare_page.get_by_role("button", name="zoom in").click()
    slider = bare_page.get_by_role("slider", name="w", exact=True)
    slider.press("Home")
    assert view(root) == "w from −3.5 to 2.5"
    slider.press("End")
    assert view(root) == "w from −0.5 to 5.5"


def test_another_argument_is_drawn_over_all_of_its_slider(bare_page: Page) -> None:
    root = show(bare_page, regression(x=(-1, 1, 0.1, 1)))
    bare_page.get_by_role("button", name="zoom in").click()
    bare_page.get_by_label("argument of the curve").select_option("x")
    assert view(root) == "x from −1 to 1"
    assert bare_page.evaluate("test.state.view") == []


def test_python_draws_the_part_of_a_curve_that_the_page_cannot(bare_page: Page) -> None:
    widget = branches()
    root = show(bare_page, widget)
    bare_page.get_by_role("button", name="zoom out").click()
    widget.view = bare_page.evaluate("test.state.view")
    assert widget.numbers["curve"][0][0] == -8
    bare_page.evaluate("(numbers) => test.model.set('numbers', numbers)", widget.numbers)
    assert view(root) == "w from −8 to 4"
    expect(root.locator(".mt-sentence")).to_have_text("The curve is drawn over w from −8 to 4.")
