// Controls that several widgets have: a slider with an exact number beside it, and buttons.

// A row for one number. `change(x)` is called while it moves, `settle()` when it is let go.
// JupyterLab takes the keys unless the element that has the focus says no.
function sliderRow({ name, label = name, low, high, step }, change, settle) {
  const row = make("div", { class: "mt-slider" });
  const range = make("input", { type: "range", min: low, max: high, step, "aria-label": label });
  const exact = make("input", { type: "number", step: "any", "aria-label": `${label} as a number` });
  for (const input of [range, exact]) keepKeys(input);
  range.oninput = () => change(+range.value);
  exact.oninput = () => exact.value !== "" && Number.isFinite(+exact.value) && change(+exact.value);
  range.onchange = exact.onchange = settle;
  row.append(make("span", { class: "mt-knob", "aria-hidden": "true" }, label), range, exact);
  const show = (x) => {
    range.value = x;
    if (document.activeElement !== exact || +exact.value !== x) exact.value = +x.toPrecision(6);
    range.setAttribute("aria-valuetext", short(x));
  };
  return { row, range, exact, show };
}

function actButton(label, act, attributes = {}) {
  const button = make("button", { type: "button", class: "mt-act", ...attributes }, label);
  keepKeys(button);
  button.onclick = act;
  return button;
}

function keepKeys(node) {
  node.setAttribute("data-lm-suppress-shortcuts", "true");
}

function finiteOrNull(x) {
  return Number.isFinite(x) ? x : null;
}

function inSteps(count) {
  return count === 1 ? "1 step" : count + " steps";
}
