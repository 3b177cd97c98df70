"""The map with its optimizers on the page: playing, hiding, another start, names and keys."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from labdriver import MakeNotebook, OpenNotebook, Page, expect
from modelpage import put
from test_explore_hands import middle, pinch

import microtorch as torch
from microtorch.widgets.landscape import Landscape, landscape

TRAITS = ("spec", "land", "view", "start", "runs", "at", "hidden")


def bowl(**arguments: Any) -> Landscape:
    ranges = {"x": (-3, 3, 0.5, -2.0), "y": (-3, 3, 0.5, 2.0)}
    return landscape(
        lambda x, y: x**2 + 2 * y**2, **(ranges | {"steps": 20, "lr": 0.1} | arguments)
    )


def show(page: Page, widget: Landscape) -> Any:
    """Put a widget on an empty page, without Python behind it; returns its root."""
    put(page, widget._esm, widget.look, {name: getattr(widget, name) for name in TRAITS})
    return page.locator(".mt-landscape")


def answer(page: Page, widget: Landscape) -> None:
    """Let Python work out the paths for the start that the page has set."""
    widget.start = page.evaluate("test.state.start")
    page.evaluate("(runs) => test.model.set('runs', runs)", widget.runs)


WHOLE = "x from −3 to 3, y from −3 to 3"


def seen(root: Any) -> str:
    """From where to where the map is shown, in words."""
    return str(root.locator(".mt-view .mt-given").inner_text())


def at(page: Page, root: Any, x: float, y: float) -> tuple[float, float]:
    """Where a point of the whole map is on the page."""
    box = root.locator(".mt-map image").bounding_box()
    return box["x"] + (x + 3) / 6 * box["width"], box["y"] + (3 - y) / 6 * box["height"]


def corners(root: Any) -> list[int]:
    """The number of points of each path that is drawn."""
    trails = root.locator(".mt-map .mt-trail")
    return [trails.nth(k).get_attribute("d").count("L") + 1 for k in range(trails.count())]


def test_the_step_slider_shows_more_or_less_of_every_path(bare_page: Page) -> None:
    widget = bowl()
    root = show(bare_page, widget)
    assert corners(root) == [1, 1, 1, 1]
    expect(root.locator(".mt-sentence")).to_contain_text("All start at x = −2, y = 2.")
    bare_page.get_by_label("step", exact=True).fill("7")
    assert corners(root) == [8, 8, 8, 8]
    row = root.locator("tr", has_text="RMSprop")
    x, _, loss = widget.paths["RMSprop"][7]
    expect(row.locator("td").nth(0)).to_have_text(f"{x:.4f}".replace("-", "−").rstrip("0"))
    assert float(row.locator("td").nth(2).inner_text()) == round(loss, 4)
    bare_page.get_by_label("step", exact=True).fill("20")
    losses = {name: path[-1][2] for name, path in widget.paths.items()}
    best = min(losses, key=losses.__getitem__)
    expect(root.locator(".mt-sentence")).to_contain_text(f"After 20 steps {best} is lowest")


def test_an_optimizer_can_be_hidden_with_the_keyboard(bare_page: Page) -> None:
    root = show(bare_page, bowl())
    bare_page.get_by_role("checkbox", name="Adam").press("Space")
    assert bare_page.evaluate("test.state.hidden") == ["Adam"]
    visible = root.locator(".mt-map svg g")
    expect(visible.nth(3)).to_be_hidden()
    expect(visible.nth(0)).to_be_visible()
    expect(root.locator(".mt-map")).to_have_attribute(
        "aria-label",
        "Map of loss over x and y, with the paths of SGD, SGD with momentum, RMSprop.",
    )


def test_a_click_on_the_map_starts_there_and_python_is_asked_once_at_a_time(
    bare_page: Page,
) -> None:
    widget = bowl()
    root = show(bare_page, widget)
    box = root.locator(".mt-map").bounding_box()
    bare_page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 60)
    bare_page.mouse.down()
    first = bare_page.evaluate("test.state.start")
    assert first["x"] > 0
    assert first["y"] > 0
    bare_page.mouse.move(box["x"] + 70, box["y"] + 380, steps=8)
    bare_page.mouse.up()
    assert bare_page.evaluate("test.state.start") == first  # until Python has answered
    answer(bare_page, widget)
    assert bare_page.evaluate("test.state.start") == {"x": -3, "y": -3}
    answer(bare_page, widget)
    expect(root.locator(".mt-sentence")).to_contain_text("All start at x = −3, y = −3.")
    expect(bare_page.get_by_label("start x as a number")).to_have_value("-3")


def test_a_tap_is_a_new_start_and_two_fingers_zoom(bare_page: Page) -> None:
    root = show(bare_page, bowl())
    plot = root.locator(".mt-map")
    before = bare_page.evaluate("test.state.start")
    pinch(bare_page, middle(plot), [100, 130, 160])
    assert bare_page.evaluate("test.state.start") == before
    assert bare_page.evaluate("visualViewport.scale") == 1
    assert seen(root) != WHOLE
    pinch(bare_page, middle(plot), [160, 130, 100])
    assert seen(root) == WHOLE
    touch = bare_page.context.new_cdp_session(bare_page)
    x, y = middle(plot)
    touch.send(
        "Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]}
    )
    assert bare_page.evaluate("test.state.start") == before  # it may be about to scroll
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert bare_page.evaluate("test.state.start") != before


def test_a_kernel_that_does_not_answer_is_noticed(bare_page: Page) -> None:
    bare_page.clock.install()
    root = show(bare_page, bowl())
    bare_page.get_by_label("start x as a number").fill("1")
    bare_page.clock.run_for(9000)
    expect(root.locator(".mt-sentence")).to_contain_text("Python does not answer")


def test_a_start_can_be_typed_and_moved_with_the_arrow_keys(bare_page: Page) -> None:
    widget = bowl()
    show(bare_page, widget)
    bare_page.get_by_label("start y", exact=True).press("ArrowLeft")
    assert bare_page.evaluate("test.state.start") == {"x": -2, "y": 1.5}
    answer(bare_page, widget)
    bare_page.get_by_label("start x as a number").fill("0.25")
    assert bare_page.evaluate("test.state.start") == {"x": 0.25, "y": 1.5}


def test_paths_that_leave_the_map_or_end_early_are_told(bare_page: Page) -> None:
    def loss(x: Any, y: Any) -> Any:
        return torch.log(x) + y**2

    widget = landscape(
        loss, x=(0.01, 3), y=(-2, 2), steps=30, lr=1.1, optimizers={"fast": torch.optim.SGD}
    )
    root = show(bare_page, widget)
    bare_page.get_by_label("step", exact=True).fill("30")
    expect(root.locator(".mt-sentence")).to_contain_text("fast ended at step")
    assert "NaN" not in root.locator(".mt-map").inner_html()


def test_every_control_has_a_name_and_keeps_its_keys(bare_page: Page) -> None:
    root = show(bare_page, bowl())
    for role, name in [
        ("checkbox", "SGD"), ("checkbox", "Adam"), ("slider", "step"), ("slider", "start x"),
        ("spinbutton", "start y as a number"), ("table", "Optimizers at this step"),
    ]:  # fmt: skip
        expect(bare_page.get_by_role(role, name=name, exact=True)).to_have_count(1)
    expect(root.locator(":is(button, input):not([data-lm-suppress-shortcuts])")).to_have_count(0)
    expect(root.locator(".mt-panel")).to_have_attribute("aria-live", "polite")
    styles = root.locator("table .mt-trail").evaluate_all(
        "nodes => nodes.map(node => node.getAttribute('stroke-dasharray'))"
    )
    assert len(set(styles)) == 4  # colour is not the only difference


def test_nothing_sticks_out_of_a_narrow_page(bare_page: Page) -> None:
    bare_page.set_viewport_size({"width": 340, "height": 900})
    root = show(bare_page, bowl())
    assert bare_page.evaluate("document.documentElement.scrollWidth") <= 340
    right = "node => node.getBoundingClientRect().right"
    for part in root.locator("button, input, td, .mt-map").all():
        assert part.evaluate(right) <= 340


def test_a_removed_map_lets_go_of_everything(bare_page: Page) -> None:
    show(bare_page, bowl())
    bare_page.evaluate("test.end()")
    assert bare_page.evaluate("test.listeners()") == 0


def alone(page: Page, widget: Landscape, tmp_path: Path, motion: str = "no-preference") -> Any:
    """The map on a page of its own, from a file."""
    page.emulate_media(reduced_motion=motion)
    page.goto(widget.save(tmp_path / "map.html").as_uri())
    return page.locator(".mt-landscape")


def test_a_page_of_its_own_plays_without_a_kernel(bare_page: Page, tmp_path: Path) -> None:
    root = alone(bare_page, bowl(steps=200), tmp_path)
    bare_page.get_by_role("button", name="play").press("Enter")
    expect(root).to_have_attribute("data-at", re.compile(r"[4-9]|\d\d"))
    bare_page.get_by_role("button", name="pause").press("Space")
    paused = root.get_attribute("data-at")
    expect(root.locator(".mt-sentence")).to_contain_text(f"After {paused} steps")
    expect(root).to_have_attribute("data-at", paused)
    bare_page.get_by_role("button", name="back to the start").press("Enter")
    expect(root).to_have_attribute("data-at", "0")
    bare_page.get_by_label("step", exact=True).fill("199")
    bare_page.get_by_role("button", name="play").click()
    expect(root).to_have_attribute("data-at", "200")
    expect(bare_page.get_by_role("button", name="play")).to_be_visible()  # it has stopped
    bare_page.get_by_label("start x", exact=True).press("ArrowRight")
    expect(root.locator(".mt-sentence")).to_contain_text("no Python to work out other paths")
    expect(bare_page.get_by_label("start x as a number")).to_have_value("-2")


def test_who_wants_little_motion_sees_few_long_steps(bare_page: Page, tmp_path: Path) -> None:
    bare_page.clock.install()
    root = alone(bare_page, bowl(steps=100), tmp_path, "reduce")
    bare_page.get_by_role("button", name="play").click()
    bare_page.clock.run_for(800)
    expect(root).to_have_attribute("data-at", "0")
    bare_page.clock.run_for(200)
    expect(root).to_have_attribute("data-at", "10")
    bare_page.clock.run_for(20_000)
    expect(root).to_have_attribute("data-at", "100")


def test_in_jupyterlab_it_plays_and_another_start_is_worked_out(
    notebook: OpenNotebook, make_notebook: MakeNotebook
) -> None:
    program = (
        "import microtorch as torch\n"
        "shown = torch.landscape(lambda x, y: x**2 + 2 * y**2, x=(-3, 3), y=(-3, 3), steps=400)\n"
        "shown"
    )
    cells = [
        program,
        "print(shown.start['x'], 0 < shown.at < 400, len(shown.paths['Adam']))",
        "shown.close()",
    ]
    lab = notebook(make_notebook(cells))
    lab.run_cell(0)
    root = lab.panel.locator(".mt-landscape")
    lab.panel.get_by_role("button", name="play").press("Enter")
    lab.page.wait_for_function("+document.querySelector('.mt-landscape').dataset.at > 3")
    frames = lab.page.evaluate(
        """() => new Promise((done) => {
            const page = document.querySelector(".mt-landscape");
            const [first, start] = [+page.dataset.at, performance.now()];
            setTimeout(() => done((+page.dataset.at - first) / (performance.now() - start) * 1000), 1500);
        })"""
    )
    print(f"{frames:.1f} steps a second")
    lab.panel.get_by_role("button", name="pause").click()
    expect(root.locator(".mt-sentence")).to_contain_text("is lowest")
    lab.panel.get_by_role("slider", name="start x", exact=True).press("Home")
    lab.run_cell_until(1, "-3.0 True 401")
    lab.run_cell(2)
    expect(lab.panel.locator(".mt-landscape")).to_have_count(0)


# ---- a part of the map ---------------------------------------------------------------------------


def test_buttons_and_keys_look_closer_at_the_lowest_optimizer(bare_page: Page) -> None:
    root = show(bare_page, bowl())
    assert seen(root) == WHOLE
    expect(bare_page.get_by_role("button", name="whole map")).to_have_attribute(
        "aria-disabled", "true"
    )
    bare_page.get_by_role("button", name="zoom in").click()  # all start at (-2, 2)
    assert seen(root) == "x from −2.5 to 0.5, y from −0.5 to 2.5"
    bare_page.keyboard.press("0")
    assert seen(root) == WHOLE
    bare_page.keyboard.press("-")
    assert seen(root) == "x from −4 to 8, y from −8 to 4"
    bare_page.get_by_role("button", name="zoom in").press("+")
    assert bare_page.evaluate("test.state.view") == {}  # all of it again
    expect(root.locator(".mt-sentence")).to_have_text(f"The map shows {WHOLE}.")


def test_the_wheel_keeps_the_point_under_the_pointer_and_the_paths_in_place(
    bare_page: Page,
) -> None:
    widget = bowl()
    root = show(bare_page, widget)
    bare_page.get_by_label("step", exact=True).fill("20")
    before = at(bare_page, root, 1, -1)
    bare_page.mouse.move(*before)
    bare_page.mouse.wheel(0, -200)
    assert bare_page.evaluate("test.state.view") == {}
    bare_page.keyboard.down("Control")
    bare_page.mouse.wheel(0, -60)
    bare_page.keyboard.up("Control")
    view = bare_page.evaluate("test.state.view")
    assert view["x"] == pytest.approx([-1, 2], abs=0.02)
    assert view["y"] == pytest.approx([-2, 1], abs=0.02)
    picture = at(bare_page, root, 1, -1)  # it is enlarged while Python draws another one
    assert picture == pytest.approx(before, abs=2)
    x, y, _ = widget.paths["SGD"][-1]
    mark = middle(root.locator(".mt-map .mt-mark").first)
    assert mark == pytest.approx(at(bare_page, root, x, y), abs=2)


def test_python_draws_the_part_that_is_seen_once_the_hand_rests(bare_page: Page) -> None:
    bare_page.clock.install()
    widget = bowl()
    root = show(bare_page, widget)
    saved = bare_page.evaluate("test.saved")
    for _ in range(3):
        bare_page.get_by_role("button", name="zoom in").click()
    assert bare_page.evaluate("test.saved") == saved
    bare_page.clock.run_for(300)
    assert bare_page.evaluate("test.saved") == saved + 1
    widget.view = bare_page.evaluate("test.state.view")
    bare_page.evaluate("(land) => test.model.set('land', land)", widget.land)
    box = root.locator(".mt-map > svg")
    picture = root.locator(".mt-map image")
    for name in ("width", "height"):
        assert float(picture.get_attribute(name)) == pytest.approx(float(box.get_attribute(name)))
    expect(root.locator(".mt-note")).to_have_text(widget.land["legend"])


def test_the_point_under_the_pointer_is_told(bare_page: Page) -> None:
    root = show(bare_page, bowl())
    bare_page.mouse.move(*at(bare_page, root, 1, -1.5))
    found = re.fullmatch(r"x ≈ ([\d.]+), y ≈ −([\d.]+), loss ≈ ([\d.]+)", seen(root))
    assert found
    x, y, loss = map(float, found.groups())
    assert (x, y) == (pytest.approx(1, abs=0.03), pytest.approx(1.5, abs=0.03))
    assert loss == pytest.approx(x**2 + 2 * y**2, rel=0.05)
    bare_page.mouse.move(1, 1)
    assert seen(root) == WHOLE


def test_a_page_without_python_enlarges_its_map_a_little(bare_page: Page, tmp_path: Path) -> None:
    root = alone(bare_page, bowl(), tmp_path)
    closer = bare_page.get_by_role("button", name="zoom in")
    closer.focus()
    for _ in range(9):
        closer.press("Enter")
    expect(closer).to_have_attribute("aria-disabled", "true")
    low, high = map(float, re.findall(r"x from −([\d.]+) to −([\d.]+)", seen(root))[0])
    assert low - high == pytest.approx(6 / 8)


def test_a_path_that_has_left_the_map_waits_at_its_edge_as_an_outline(bare_page: Page) -> None:
    optimizers = {"far": lambda p: torch.optim.SGD(p, lr=2.0), "near": torch.optim.SGD}
    widget = bowl(optimizers=optimizers)
    root = show(bare_page, widget)
    bare_page.get_by_label("step", exact=True).fill("20")
    far, near = root.locator(".mt-map .mt-mark").all()
    expect(far).to_have_class("mt-mark mt-out")
    expect(near).to_have_class("mt-mark")
    frame = root.locator(".mt-map rect").last
    place = re.findall(r"[\d.]+", far.get_attribute("transform"))
    for name, at_ in zip(("width", "height"), map(float, place), strict=True):
        assert 6 < at_ < float(frame.get_attribute(name)) - 6
    line = root.locator(".mt-map .mt-trail").first.get_attribute("d")
    assert all(abs(float(x)) < 800 for x in re.findall(r"-?[\d.]+", line))


def test_paths_are_cut_off_at_the_frame_where_they_leave_it(bare_page: Page) -> None:
    show(bare_page, bowl())
    cut = "(points) => test.module.pieces(points, [100, 100])"
    assert bare_page.evaluate(cut, [[10, 10], [10, 90], [20, 90]]) == ["M10 10", "L10 90", "L20 90"]
    # From afar and back: two lines that end at the margin of 20 pixels, and slope as they should.
    assert bare_page.evaluate(cut, [[0, 0], [1000, 500], [1000, 900], [50, 50]]) == [
        "M0 0", "L120 60", "", "M120 112.6L50 50",
    ]  # fmt: skip
    assert bare_page.evaluate(cut, [[-500, 50], [500, 50]]) == ["", "M-20 50L120 50"]
    assert bare_page.evaluate(cut, [[0, 0], [1e300, -1e300], [5e299, 5e299]])[2] == ""


def test_it_is_told_that_python_is_at_work(bare_page: Page) -> None:
    bare_page.clock.install()
    widget = bowl()
    widget.spec = widget.spec | {"patience": 20}
    root = show(bare_page, widget)
    bare_page.get_by_label("start x as a number").fill("1")
    bare_page.clock.run_for(800)
    expect(root.locator(".mt-sentence")).not_to_contain_text("at work")
    bare_page.clock.run_for(15_000)
    expect(root.locator(".mt-sentence")).to_have_text("Python is at work on the paths from there.")
    bare_page.clock.run_for(5_000)
    expect(root.locator(".mt-sentence")).to_contain_text("Python does not answer")
