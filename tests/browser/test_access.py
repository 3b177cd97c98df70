"""Explorations and maps for everyone: what a screen reader finds, the Tab key, contrast."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from labdriver import Page, expect

import microtorch as torch
import microtorch.widgets


def exploration() -> Any:
    shown = torch.explore(
        lambda w, b: (w * 1.5 + b - 1.0) ** 2, w=(-3, 3, 0.1, 2.0), b=(-1, 1, 0.1, 0.5)
    )
    shown.step(2)
    return shown


def land() -> Any:
    shown = torch.landscape(
        lambda x, y: torch.log(x) + y * y,
        x=(-3, 3),
        y=(-3, 3),
        steps=20,
        optimizers=[torch.optim.SGD, torch.optim.Adam],
    )
    shown.at = 5
    return shown


def frozen() -> Any:
    """An exploration that needs Python, on a page that has none: everything is switched off."""
    return torch.explore(lambda w: w * 2 if w > 0 else w * w, w=(-3, 3))


WIDGETS = {"explore": exploration, "landscape": land}


@pytest.fixture(params=WIDGETS)
def root(request: pytest.FixtureRequest, bare_page: Page, tmp_path: Path) -> Any:
    bare_page.goto(WIDGETS[request.param]().save(tmp_path / "page.html").as_uri())
    found = bare_page.locator(".mt-walk")
    expect(found).to_be_visible()
    return found


TREES = {
    "mt-explore": """
        - group "Explore loss":
          - img /Curve of loss over w from −3 to 3, lowest .* at w = .*/
          - group "view of the curve":
            - text: w from −3 to 3
            - button "zoom out"
            - button "zoom in"
            - button "range of the slider" [disabled]
          - slider "w"
          - spinbutton "w as a number"
          - slider "b"
          - spinbutton "b as a number"
          - combobox "argument of the curve":
            - option "w" [selected]
            - option "b"
          - heading "Gradient descent" [level=4]
          - slider "learning rate"
          - spinbutton "learning rate as a number"
          - group "gradient descent":
            - button "Step"
            - button "10 steps"
            - button "Play"
            - button "Reset"
          - paragraph: /At w . .*, b . .*. loss . .*, ∂loss.∂w . .*, ∂loss.∂b . .*/
          - paragraph: /Nudge w/
          - status
          - group "stage":
            - button "1 Forward"
            - button "2 Local gradients"
            - button "3 Backward" [pressed]
          - group "Computation graph of loss":
            - img /w, data .*, gradient .*/
            - img "1.5, data 1.5"
    """,
    "mt-landscape": """
        - group "Optimizers on the map of loss":
          - img "Map of loss over x and y, with the paths of SGD, Adam."
          - group "view of the map":
            - text: x from −3 to 3, y from −3 to 3
            - button "zoom out"
            - button "zoom in"
            - button "whole map" [disabled]
          - table "Optimizers at this step":
            - row "optimizer x y loss"
            - row /SGD .*/:
              - rowheader "SGD":
                - checkbox "SGD" [checked]
            - row /Adam .*/
          - group "play the steps":
            - button "play"
            - button "back to the start"
            - slider "step"
          - slider "start x"
          - spinbutton "start x as a number"
          - slider "start y"
          - spinbutton "start y as a number"
          - paragraph: /After 5 steps .* is lowest/
          - paragraph: "/Colour: from .* Hatched: no finite value./"
    """,
}


def test_a_screen_reader_finds_everything_by_its_name(root: Any) -> None:
    kind = root.get_attribute("class").split()[1]
    expect(root.locator("..")).to_match_aria_snapshot(TREES[kind])
    assert root.locator("[aria-live]").count() >= 1


FOCUSED = """() => {
    const node = document.activeElement;
    if (node === document.body) return null;
    const name = node.getAttribute("aria-label") || node.labels?.[0]?.textContent || node.textContent;
    const { outlineStyle, outlineWidth } = getComputedStyle(node);
    return [name, outlineStyle === "solid" ? parseFloat(outlineWidth) : 0];
}"""


def test_the_tab_key_goes_through_all_controls_and_shows_where_it_is(root: Any) -> None:
    page = root.page
    names: list[str] = []
    while page.keyboard.press("Tab") or (found := page.evaluate(FOCUSED)):
        name, outline = found
        assert outline >= 2, name
        names.append(name)
    controls = "button, input, select, .mt-value[tabindex='0']"
    assert len(names) == root.locator(controls).count()
    assert all(names)


# The contrast of every text with what is behind it; a text in a picture is in front of its box.
CONTRASTS = """() => {
    const paper = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const over = (colour, under, alpha = 1) => {
        for (const [paint, share] of [[under, 1], [colour, alpha]]) {
            paper.globalAlpha = share;
            paper.fillStyle = paint;
            paper.fillRect(0, 0, 1, 1);
        }
        return `rgb(${[...paper.getImageData(0, 0, 1, 1).data].slice(0, 3)})`;
    };
    const light = (colour) => {
        const [r, g, b] = colour.match(/\\d+/g).map((x) => {
            const share = x / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const found = [];
    const texts = document.createTreeWalker(document.querySelector(".mt-walk"), NodeFilter.SHOW_TEXT);
    for (let text; (text = texts.nextNode()); ) {
        const node = text.parentElement;
        if (!text.data.trim() || !node.getBoundingClientRect().width || node.closest("title, desc")) continue;
        let behind = "rgb(255, 255, 255)";
        let opacity = 1;
        const above = [];
        for (let each = node; each; each = each.parentElement) above.unshift(getComputedStyle(each));
        for (const style of above) {
            behind = over(style.backgroundColor, behind);
            opacity *= style.opacity;
        }
        const box = node.closest("[data-name], [data-label]")?.querySelector("rect");
        if (box) behind = over(getComputedStyle(box).fill, behind);
        const style = getComputedStyle(node);
        const front = over(node instanceof SVGElement ? style.fill : style.color, behind, opacity);
        const [dim, bright] = [light(front), light(behind)].sort((a, b) => a - b);
        found.push([text.data.trim(), (bright + 0.05) / (dim + 0.05)]);
    }
    return found;
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_stands_out_from_its_background(root: Any, theme: str) -> None:
    root.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    texts = root.page.evaluate(CONTRASTS)
    assert len(texts) > 30
    assert [each for each in texts if each[1] < 4.5] == []


@pytest.fixture(params=[*WIDGETS, "frozen"])
def any_root(request: pytest.FixtureRequest, bare_page: Page, tmp_path: Path) -> Any:
    make = WIDGETS.get(request.param, frozen)
    bare_page.goto(make().save(tmp_path / "page.html").as_uri())
    found = bare_page.locator(".mt-walk")
    expect(found).to_be_visible()
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_stands_out_in_every_state_too(any_root: Any, theme: str) -> None:
    page = any_root.page
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    stages = any_root.locator(".mt-stages button")
    for k in range(max(1, stages.count())):
        if stages.count():
            stages.nth(k).click()
            any_root.locator(".mt-value").first.hover()  # its paths are lit
        assert [each for each in page.evaluate(CONTRASTS) if each[1] < 4.5] == []
    any_root.evaluate("node => node.classList.add('mt-stale')")  # the function raises here
    assert [each for each in page.evaluate(CONTRASTS) if each[1] < 4.5] == []


@pytest.mark.parametrize("width", [320, 252])  # that of a cell in JupyterLab on such a page
def test_on_a_page_of_320_pixels_nothing_sticks_out_of_the_card(any_root: Any, width: int) -> None:
    page = any_root.page
    page.set_viewport_size({"width": width, "height": 800})
    right = any_root.evaluate("node => node.getBoundingClientRect().right")
    controls = any_root.locator("button, input, select, .mt-plot, p, table")
    ends = [node.evaluate("node => node.getBoundingClientRect().right") for node in controls.all()]
    assert max(ends) <= right
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_high_contrast_of_the_system_leaves_every_button_readable(any_root: Any) -> None:
    any_root.page.emulate_media(forced_colors="active", color_scheme="dark")
    for button in any_root.locator("button").all():
        colours = button.evaluate(
            "node => { const { color, backgroundColor } = getComputedStyle(node);"
            " return [color, backgroundColor]; }"
        )
        assert colours[0] != colours[1]


def test_only_browsers_that_lay_out_formulas_as_rows_are_asked_to() -> None:
    """Firefox puts every sign of such a formula on a line of its own."""
    look = Path(microtorch.widgets.__file__).with_name("walk.css").read_text(encoding="utf-8")
    block = r"@supports not \(-moz-appearance: none\) \{.*?\n\}\n"
    rules = re.findall(r"([^{}]+)\{[^{}]*display: flex", re.sub(block, "", look, flags=re.DOTALL))
    assert rules
    assert not [rule for rule in rules if re.search(r"\bm(ath|row)\b", rule)]
    assert re.search(block, look, flags=re.DOTALL)


def test_the_paths_of_optimizers_differ_where_there_are_no_colours(
    bare_page: Page, tmp_path: Path
) -> None:
    optimizers = {f"number {k}": torch.optim.SGD for k in range(12)}
    shown = torch.landscape(lambda x, y: x * y, x=(-1, 1), y=(-1, 1), optimizers=optimizers)
    bare_page.goto(shown.save(tmp_path / "page.html").as_uri())
    swatches = bare_page.locator(".mt-runs svg").all()
    for swatch in swatches:
        swatch.evaluate("node => node.style.setProperty('--run', '#555')")
    assert len({swatch.screenshot() for swatch in swatches}) == 12
