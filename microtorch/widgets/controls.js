// Controls that several widgets have: a slider with an exact number beside it, and buttons with a
// word or an icon.

// A row for one number. `change(x)` is called while it moves, `settle()` when it is let go; what is
// no number, or below `least`, goes back to the last one that was. A slider whose positions are not
// its numbers has a `scale` that turns the one into the other.
function sliderRow({ name, label = name, low, high, step, least, digits = 6, scale = PLAIN }, change, settle) {
  const row = make("div.mt-slider");
  const range = make("input", { type: "range", min: low, max: high, step, "aria-label": label });
  const exact = make("input", { type: "number", step: "any", "aria-label": `${label} as a number` });
  if (least !== undefined) exact.min = least;
  for (const input of [range, exact]) keepKeys(input);
  let shown = NaN;
  let before; // the number that was there when somebody began to move it
  let moved = false;
  const fits = () => exact.value && Number.isFinite(+exact.value) && exact.validity.valid;
  const move = (x) => {
    if (!moved) before = shown;
    moved = true;
    change(x);
  };
  const rest = () => {
    if (moved && !fits()) change(before);
    if (moved) settle();
    moved = false;
    if (+exact.value !== shown || !exact.value) exact.value = +shown.toPrecision(digits);
  };
  range.oninput = () => move(scale.number(+range.value));
  exact.oninput = () => fits() && move(+exact.value);
  exact.onkeydown = ({ key }) => {
    if (key === "Enter") rest(); // JupyterLab keeps it from the browser
  };
  range.onchange = exact.onchange = rest;
  row.append(make("span.mt-knob", { "aria-hidden": "true" }, label), range, exact);
  const show = (x) => {
    shown = x;
    range.value = scale.position(x);
    if (document.activeElement !== exact || +exact.value !== x) exact.value = +x.toPrecision(digits);
    range.setAttribute("aria-valuetext", short(x));
  };
  return { row, range, exact, show };
}

const PLAIN = { number: (position) => position, position: (x) => x };

function actButton(label, act, attributes = {}) {
  const button = make("button", { type: "button", class: "mt-act", ...attributes }, label);
  keepKeys(button);
  button.onclick = act;
  return button;
}

// A picture that can be pulled at: `pull(event)` is called on the way, `settle()` when it is let go.
// A finger may be about to scroll the page, or a second one may come to pinch: it pulls when it moves
// or has tapped.
function pullable(plot, pull, settle = () => {}) {
  let pulled = false;
  const move = (event) => {
    pulled = true;
    pull(event);
  };
  const end = () => {
    plot.onpointermove = null;
    if (pulled) settle();
    pulled = false;
  };
  plot.onpointerdown = (event) => {
    if (!event.isPrimary) return end();
    plot.setPointerCapture(event.pointerId);
    plot.onpointermove = move;
    if (event.pointerType === "mouse") move(event);
  };
  plot.onpointerup = (event) => {
    if (plot.onpointermove && !pulled) move(event);
    end();
  };
  plot.onpointercancel = end;
}

function isCommand({ altKey, ctrlKey, metaKey }) {
  return altKey || ctrlKey || metaKey;
}

function iconButton(act) {
  const button = make("button", { type: "button", class: "mt-icon" });
  button.onclick = act;
  return button;
}

// `shape` is a path in a square of 16 pixels.
function icon(button, shape, name) {
  const picture = svgNode("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" });
  picture.append(svgNode("path", { d: shape }));
  button.replaceChildren(picture);
  label(button, name);
}

// What a button is called by a screen reader, and by a tooltip.
function label(button, name) {
  button.setAttribute("aria-label", name);
  button.title = name;
  keepKeys(button);
}

function svgNode(tag, attributes = {}) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
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
