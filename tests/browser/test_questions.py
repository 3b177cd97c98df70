"""Predictions and quizzes on the page: they work by keyboard, have names, and reply."""

from __future__ import annotations

from labdriver import MakeNotebook, OpenNotebook, expect

IMPORT = "from microtorch.widgets import predict, quiz\n"


def test_a_number_is_recorded_with_the_enter_key(
    notebook: OpenNotebook, make_notebook: MakeNotebook
) -> None:
    cells = [IMPORT + "p = predict('What will `loss` be?', number=True)\np", "p.reveal(1)"]
    lab = notebook(make_notebook(cells)).run_all()
    assert "No prediction recorded yet" in lab.text(1)
    form = lab.panel.get_by_role("group", name="What will loss be?")
    number = form.get_by_role("spinbutton", name="Your prediction")
    expect(number).to_have_value("")
    number.press_sequentially("4")
    number.press("Enter")
    expect(form.get_by_role("status")).to_have_text("Recorded: 4 (after the answer was shown)")


def test_a_prediction_outlives_a_second_run_of_its_cell(
    notebook: OpenNotebook, make_notebook: MakeNotebook
) -> None:
    cells = [IMPORT + "p = predict('What will loss be?', number=True)\np", "p.reveal(1)"]
    lab = notebook(make_notebook(cells))
    lab.run_cell(0)
    number = lab.panel.get_by_role("spinbutton")
    number.fill("4")
    lab.panel.get_by_role("button", name="Record").click()
    expect(lab.panel.get_by_role("status")).to_have_text("Recorded: 4")
    lab.run_cell(0)
    expect(number).to_have_value("4")
    assert lab.run_cell(1) == "You predicted 4. It is 1: not quite."


def test_nothing_is_recorded_before_there_is_an_answer(
    notebook: OpenNotebook, make_notebook: MakeNotebook
) -> None:
    cells = [IMPORT + "p = predict('The loss?', number=True)\np", "print(repr(p.answer))"]
    lab = notebook(make_notebook(cells)).run_all()
    lab.panel.get_by_role("button", name="Record").click()
    assert lab.run_cell(1) == "''\n"
    expect(lab.panel.get_by_role("status")).to_have_text("")


def test_arrow_keys_choose_an_option_and_leave_the_cells_alone(
    notebook: OpenNotebook, make_notebook: MakeNotebook
) -> None:
    why = "{'it falls': 'Look at the sign.', 'it rises': 'The sum is `too long`.'}"
    cells = [IMPORT + f"why = {why}\nquiz('Next loss?', list(why), 'it rises', why)", "", ""]
    lab = notebook(make_notebook(cells)).run_all()
    form = lab.panel.get_by_role("group", name="Next loss?")
    form.get_by_role("radio", name="it falls").press("Space")
    form.get_by_role("button", name="Check").press("Enter")
    expect(form.get_by_role("status")).to_have_text("Not quite. Look at the sign.")
    form.get_by_role("radio", name="it falls").press("ArrowDown")
    expect(form.get_by_role("radio", name="it rises")).to_be_checked()
    form.get_by_role("radio", name="it rises").press("b")  # JupyterLab: insert a cell below
    form.get_by_role("button", name="Check").press("Enter")
    expect(form.get_by_role("status")).to_have_text("Right. The sum is too long.")
    expect(lab.panel.locator(".jp-Cell")).to_have_count(3)


def test_what_is_revealed_and_a_wide_picture_suit_a_narrow_page(
    notebook: OpenNotebook, make_notebook: MakeNotebook
) -> None:
    cells = [
        IMPORT + "import microtorch as torch\np = predict('What?', options=['a', '<b>'])\np",
        "p.reveal('<b>', 'Long words such as differentiation are not broken anywhere.')",
        "w = torch.tensor(1.0, requires_grad=True)\ntorch.draw((w * 2.0 - 1.0) ** 2)",
    ]
    lab = notebook(make_notebook(cells)).run_all()
    assert "“<b>”" in lab.text(1)
    words = lab.cell(1).locator(".jp-RenderedHTML p")
    expect(words).to_contain_text("The answer is “<b>”.Long words")
    assert words.evaluate("node => getComputedStyle(node).wordBreak") == "normal"
    picture = lab.cell(2).locator(".jp-RenderedSVG")
    expect(picture).to_have_css("--mt-left", "0px")  # all of it is to be seen
    expect(picture).to_have_css("--mt-right", "0px")
    lab.page.set_viewport_size({"width": 420, "height": 900})
    expect(picture).to_have_css("--mt-right", "36px")
    picture.evaluate("node => node.scrollTo(10000, 0)")
    expect(picture).to_have_css("--mt-left", "36px")
    expect(picture).to_have_css("--mt-right", "0px")
