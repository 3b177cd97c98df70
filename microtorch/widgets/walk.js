// The walk through a computation: forward, local gradients, backward, one step at a time.
// The picture comes from Python, which also places it; here its numbers are patched, its lines
// light up, and, if all of them are single numbers, everything is worked out again in the page.

const STAGES = [
  ["forward", "Forward"],
  ["local", "Local gradients"],
  ["backward", "Backward"],
];
const PAUSE = 2200; // milliseconds between two steps of "play"
const PATIENCE = 5000; // milliseconds to wait for Python
const FEW_PATHS = 4; // as many are spelled out
const LONG = 24; // factors, at most, in what is spelled out

const ICONS = {
  previous: "M11 2 4 8l7 6z",
  next: "M5 2l7 6-7 6z",
  play: "M4 2l10 6-10 6z",
  pause: "M3 2h4v12H3zM9 2h4v12H9z",
  whole: "M1 6V1h5v2H3v3zM10 1h5v5h-2V3h-3zM3 10v3h3v2H1v-5zM13 10h2v5h-5v-2h3z",
};

function render({ model, el }) {
  const spec = model.get("spec");
  const { graph, steps, sliders, goals } = spec;
  const { values, operations, root } = graph;
  const entries = { ...spec.entries }; // what every slot holds now: a number, or the text of an array
  const firstShown = {};
  steps.forEach((step, k) => step.shows.forEach((slot) => (firstShown[slot] ??= k)));
  let position = spec.start;
  let traced = null; // the value whose paths to the root are lit up
  let timer = null;

  // ---- what is on the page -------------------------------------------------------------------
  const page = make("div", { class: "mt-walk", tabindex: "-1" });
  const stages = make("div", { class: "mt-stages", role: "group", "aria-label": "stage" });
  const stageButtons = STAGES.map(([stage, title], i) => {
    const first = steps.findIndex((step) => step.stage === stage);
    const button = make("button", { type: "button", "data-for": stage }, `${i + 1} ${title}`);
    button.disabled = first < 0;
    button.onclick = () => go(first);
    return button;
  });
  stages.append(...stageButtons);
  const previous = iconButton("previous", "previous step", () => go(position - 1));
  const play = iconButton("play", "play", () => (timer ? stop() : start()));
  const next = iconButton("next", "next step", () => go(position + 1));
  const scrubber = make("input", {
    type: "range", min: 0, max: steps.length - 1, step: 1, class: "mt-scrubber", "aria-label": "step",
  });
  scrubber.oninput = () => go(+scrubber.value);
  const counter = make("span", { class: "mt-counter", "aria-hidden": "true" });
  const whole = iconButton("whole", "whole picture", () => {
    const on = page.classList.toggle("mt-whole");
    whole.setAttribute("aria-pressed", on);
    spotlight();
  });
  whole.setAttribute("aria-pressed", "false");
  const controls = make("div", { class: "mt-controls" });
  controls.append(previous, play, next, scrubber, counter, whole);
  const bar = make("div", { class: "mt-bar" });
  bar.append(stages, controls);

  const scroller = make("div", { class: "mt-scroller" });
  scroller.innerHTML = spec.svg;
  const picture = scroller.firstElementChild;
  picture.style.setProperty("--width", picture.getAttribute("width") + "px");
  const panel = make("div", { class: "mt-panel", "aria-live": "polite" });
  const sentence = make("p", { class: "mt-sentence" });
  const formula = make("div", { class: "mt-formula" });
  panel.append(sentence, formula);
  const note = make("p", { class: "mt-note", role: "status" });
  page.append(bar, scroller, panel);

  const shares = STAGES.map(([stage]) => steps.filter((step) => step.stage === stage).length);
  const share = (n) => `${(100 * n) / steps.length}%`;
  scrubber.style.setProperty("--forward", share(shares[0]));
  scrubber.style.setProperty("--local-end", share(shares[0] + shares[1]));

  const find = (selector) => [...picture.querySelectorAll(selector)];
  const boxes = find("[data-value]");
  const pills = find("[data-op]");
  const lines = find("[data-edge]");
  const labels = find("[data-label]");
  const texts = find("[data-slot]").map((node) => {
    const slot = node.dataset.slot;
    return { node, slot, label: node.closest("[data-label]") };
  });

  // ---- goals and sliders ---------------------------------------------------------------------
  const goalLines = goals.map((goal) => {
    const line = make("p", { class: "mt-goal" });
    const now = make("span", { class: "mt-now-at" });
    const reached = make("strong", { class: "mt-reached", role: "status" });
    line.append("Goal: ", make("span", { class: "mt-target" }, `${goal.label} = ${short(goal.target)}`));
    line.append(now, reached);
    page.append(line);
    return { ...goal, now, reached };
  });
  const knobs = sliders.map((slider) => {
    const row = make("div", { class: "mt-slider" });
    const limits = { min: slider.low, max: slider.high, step: slider.step };
    const range = make("input", { type: "range", ...limits, "aria-label": slider.name });
    const exact = make("input", { type: "number", step: "any", "aria-label": `${slider.name} as a number` });
    const set = (x) => change({ [slider.value]: x });
    range.oninput = () => set(+range.value);
    exact.oninput = () => exact.value !== "" && Number.isFinite(+exact.value) && set(+exact.value);
    range.onchange = exact.onchange = settle;
    row.append(make("span", { class: "mt-knob", "aria-hidden": "true" }, slider.name), range, exact);
    page.append(row);
    return { ...slider, range, exact };
  });
  page.append(note);

  // ---- showing -------------------------------------------------------------------------------
  const known = (slot) => (firstShown[slot] ?? -1) <= position;

  function go(k) {
    position = Math.max(0, Math.min(steps.length - 1, k));
    traced = null;
    if (position === steps.length - 1) stop();
    draw();
    spotlight();
  }

  function draw() {
    const step = steps[position];
    page.dataset.step = position;
    page.dataset.stage = step.stage;
    page.dataset.steps = steps.length;
    write(counter, `step ${position + 1} of ${steps.length}`);
    scrubber.value = position;
    const stage = STAGES.find(([name]) => name === step.stage)[1].toLowerCase();
    const where = `${position + 1} of ${steps.length}, ${stage}: ${values[step.value].name}`;
    scrubber.setAttribute("aria-valuetext", where);
    stageButtons.forEach((button) => button.setAttribute("aria-pressed", button.dataset.for === step.stage));
    // A button that is really disabled would drop the focus, and with it the arrow keys.
    previous.setAttribute("aria-disabled", position === 0);
    next.setAttribute("aria-disabled", position === steps.length - 1);
    const { onPath, through } = traced === null ? {} : paths(traced);
    page.classList.toggle("mt-tracing", traced !== null);
    boxes.forEach((box, i) => {
      box.classList.toggle("mt-now", traced === null ? i === step.value : i === traced);
      box.classList.toggle("mt-on", traced !== null && through.has(i));
      box.classList.toggle("mt-waiting", !known(`d${i}`));
    });
    pills.forEach((pill) => {
      const o = +pill.dataset.op;
      pill.classList.toggle("mt-now", traced === null && o === step.operation);
      pill.classList.toggle("mt-on", traced !== null && onPath.has(`${o}.-1`));
      pill.classList.toggle("mt-waiting", !known(`d${operations[o].output}`));
    });
    const lit = traced === null ? new Set(step.edges.map(([o, k]) => `${o}.${k}`)) : onPath;
    lines.forEach((line) => line.classList.toggle("mt-lit", lit.has(line.dataset.edge)));
    labels.forEach((label) => {
      const key = label.dataset.label;
      label.classList.toggle("mt-now", traced === null && step.shows.includes(`l${key}`));
      label.classList.toggle("mt-on", onPath?.has(key) ?? false);
    });
    patch();
  }

  // Everything that depends on a number; also the only thing a slider has to bring up to date.
  function patch() {
    for (const { node, slot, label } of texts) {
      const shown = known(slot);
      write(node, shown ? show(entries[slot]) : "·");
      (label ?? node).classList.toggle("mt-waiting", !shown);
    }
    boxes.forEach(describe);
    if (traced === null) tell(steps[position].sentence, steps[position].formula);
    else tell(...story(traced));
    let all = goals.length > 0;
    for (const { slot, target, now, reached } of goalLines) {
      const entry = number(entries[slot]);
      const seen = known(slot.replace("g", "t")); // boxes show totals
      const there = seen && Math.abs(entry - target) <= 1e-6 + 1e-3 * Math.max(1, Math.abs(target));
      write(now, there ? " " : ` — now ${seen ? show(entries[slot]) : "·"}`);
      write(reached, there ? "✓ reached" : "");
      all &&= there;
    }
    if (goals.length && model.get("goal_reached") !== all) send({ goal_reached: all });
  }

  function describe(box, i) {
    const { name, requires_grad } = values[i];
    const say = (slot) => (known(slot) ? show(entries[slot]) : "not computed yet");
    const label = `${name}, data ${say(`d${i}`)}` + (requires_grad ? `, gradient ${say(`t${i}`)}` : "");
    const [data, grad] = [entries[`d${i}`], entries[`t${i}`]];
    if (box.mtLabel === label && box.mtData === data && box.mtGrad === grad) return;
    Object.assign(box, { mtLabel: label, mtData: data, mtGrad: grad });
    box.setAttribute("aria-label", label);
    box.dataset.data = data;
    if (requires_grad) box.dataset.grad = grad;
  }

  function tell(words, mathml) {
    write(sentence, fill(words, entries));
    if (formula.mtTemplate !== mathml) {
      formula.mtTemplate = mathml;
      formula.innerHTML = mathml && (mathml.startsWith("<math") ? mathml : `<math>${mathml}</math>`);
      formula.mtSlots = textNodes(formula).map((node) => [node, node.nodeValue]);
    }
    for (const [node, template] of formula.mtSlots) {
      const text = fill(template, entries);
      if (node.nodeValue !== text) node.nodeValue = text;
    }
  }

  // The page itself must not jump, so only the picture's own frame scrolls.
  function spotlight() {
    const frame = scroller.getBoundingClientRect();
    const box = boxes[steps[position].value].getBoundingClientRect();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const off = (low, high, from, to) => (low < from + 40 || high > to - 40 ? (low + high - from - to) / 2 : 0);
    const left = off(box.left, box.right, frame.left, frame.right);
    const top = off(box.top, box.bottom, frame.top, frame.bottom);
    scroller.scrollBy({ left, top, behavior: still ? "auto" : "smooth" });
  }

  // ---- paths from a value to the root ----------------------------------------------------------
  function paths(from) {
    const through = new Set([from]);
    const onPath = new Set();
    operations.forEach(({ inputs, output }, o) =>
      inputs.forEach((i, k) => {
        if (through.has(i)) {
          onPath.add(`${o}.${k}`).add(`${o}.-1`);
          through.add(output);
        }
      }),
    );
    return { onPath, through };
  }

  function story(from) {
    const [name, goal] = [values[from].name, values[root].name];
    if (from === root) return [`${name} is where the backward pass starts.`, ""];
    if (!values[from].requires_grad) return [`${name} asks for no gradient, so none is computed for it.`, ""];
    const count = values.map(() => 0);
    count[root] = 1;
    for (let o = operations.length - 1; o >= 0; o--)
      for (const i of operations[o].inputs) count[i] += count[operations[o].output];
    const products = count[from] <= FEW_PATHS ? routes(from) : [];
    const slots = products.flat();
    const words = `${name} reaches ${goal} along ${count[from] === 1 ? "one path" : `${count[from]} paths`}`;
    const numbers = [`g${from}`, ...slots].every((slot) => typeof entries[slot] === "number");
    if (!numbers || ![`t${from}`, ...slots].every(known)) return [`${words}.`, ""];
    const rule = count[from] === 1 ? "multiply the local gradients along it" : "multiply along each, then add";
    const total = `${part(goal, name)}<mo>=</mo>`;
    if (!slots.length || slots.length > LONG) return [`${words}: ${rule}.`, `${total}<mn>{g${from}}</mn>`];
    const sum = products.map((path) => path.map((slot) => `<mn>{(${slot})}</mn>`).join("<mo>·</mo>")).join("<mo>+</mo>");
    return [`${words}: ${rule}.`, `${total}${sum}<mo>=</mo><mn>{g${from}}</mn>`];
  }

  // For every path the slots of its local gradients, from the root down.
  function routes(from) {
    if (from === root) return [[]];
    return operations.flatMap(({ inputs, output }, o) =>
      inputs.flatMap((i, k) => (i === from ? routes(output).map((rest) => [...rest, `l${o}.${k}`]) : [])),
    );
  }

  // ---- numbers that change ---------------------------------------------------------------------
  let wanted = null; // what Python has not been asked for yet
  let asked = null; // the timer of the question that is on its way

  function change(leaves) {
    panel.setAttribute("aria-busy", "true"); // do not read out every number on the way
    for (const knob of knobs) {
      const x = leaves[knob.value];
      if (x === undefined) continue;
      if (+knob.range.value !== x) knob.range.value = x;
      if (+knob.exact.value !== x || knob.exact.value === "") knob.exact.value = x;
      knob.now = x;
    }
    if (!spec.live) return ask({ ...wanted, ...leaves });
    const data = values.map((_, i) => leaves[i] ?? number(entries[`d${i}`]));
    const fresh = compute(graph, data);
    values.forEach((value, i) => {
      entries[`d${i}`] = fresh.data[i];
      if (!value.requires_grad) return;
      entries[`g${i}`] = fresh.grad[i];
      entries[`t${i}`] = fresh.grad[i] + (number(entries[`p${i}`]) ?? 0);
    });
    operations.forEach(({ inputs }, o) =>
      inputs.forEach((_, k) => {
        entries[`l${o}.${k}`] = fresh.local[o][k];
        entries[`f${o}.${k}`] = fresh.flow[o][k];
      }),
    );
    patch();
  }

  // Graphs with arrays are computed by Python: one question at a time, always the latest value.
  function ask(leaves) {
    wanted = leaves;
    if (asked !== null) return;
    wanted = null;
    asked = setTimeout(() => {
      asked = null;
      write(note, "Python does not answer. Run the notebook's cells again to move this slider.");
    }, PATIENCE);
    const now = Object.fromEntries(knobs.map((knob) => [knob.value, knob.now]));
    model.send({ type: "replay", leaves: { ...now, ...leaves } });
  }

  function answer({ type, entries: fresh }) {
    if (type !== "entries") return;
    clearTimeout(asked);
    asked = null;
    write(note, "");
    Object.assign(entries, fresh);
    patch();
    if (wanted) ask(wanted);
  }

  function settle() {
    panel.removeAttribute("aria-busy");
    send({ values: Object.fromEntries(knobs.map((knob) => [knob.name, knob.now])) });
  }

  function send(traits) {
    for (const [name, value] of Object.entries(traits)) model.set(name, value);
    model.save_changes();
  }

  function follow() {
    const now = model.get("values");
    const moved = knobs.filter((knob) => knob.name in now && now[knob.name] !== knob.now);
    if (moved.length) change(Object.fromEntries(moved.map((knob) => [knob.value, now[knob.name]])));
    panel.removeAttribute("aria-busy");
  }

  // ---- keys, mouse, play -------------------------------------------------------------------------
  function start() {
    if (position === steps.length - 1) go(0);
    timer = setInterval(() => go(position + 1), PAUSE);
    icon(play, "pause", "pause");
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    icon(play, "play", "play");
  }

  page.onkeydown = (event) => {
    const { key, target } = event;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (target.tagName === "INPUT" && target !== scrubber) return;
    if (key === " " && target.tagName === "BUTTON") return; // presses the button
    const act = {
      ArrowRight: () => go(position + 1),
      ArrowLeft: () => go(position - 1),
      Home: () => go(0),
      End: () => go(steps.length - 1),
      " ": () => (timer ? stop() : start()),
    }[key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  const trace = (i) => {
    traced = i;
    draw();
  };
  boxes.forEach((box, i) => {
    box.onmouseenter = () => trace(i);
    box.onfocus = () => box.matches(":focus-visible") && trace(i);
    box.onmouseleave = box.onblur = () => traced === i && trace(null);
  });

  // JupyterLab takes the keys unless the element that has the focus says no.
  page.querySelectorAll("input, button").forEach(keepKeys);
  keepKeys(page);
  knobs.forEach((knob) => {
    knob.now = number(entries[`d${knob.value}`]);
    knob.range.value = knob.exact.value = knob.now;
  });
  if (!spec.live) model.on("msg:custom", answer);
  model.on("change:values", follow);
  el.append(page);
  draw();
  follow();
  // The button that shrinks a wide picture is there only where it is of use.
  const watcher = new ResizeObserver(() => {
    whole.hidden = picture.getAttribute("width") * 0.9 <= scroller.clientWidth;
    spotlight();
  });
  watcher.observe(scroller);
  return () => {
    watcher.disconnect();
    stop();
    clearTimeout(asked);
    model.off("msg:custom", answer);
    model.off("change:values", follow);
  };
}

// ---- small tools -----------------------------------------------------------------------------------
function make(tag, attributes = {}, text = "") {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return node;
}

// The texts inside of a node that hold slots.
function textNodes(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.nodeValue.includes("{") ? [node] : [];
  return [...node.childNodes].flatMap(textNodes);
}

// Touch the page only where a text really changes; to remember it is faster than to ask the page.
function write(node, text) {
  if (node.mtText !== text) node.mtText = node.textContent = text;
}

function keepKeys(node) {
  node.setAttribute("data-lm-suppress-shortcuts", "true");
}

function iconButton(shape, label, act) {
  const button = make("button", { type: "button", class: "mt-icon" });
  icon(button, shape, label);
  button.onclick = act;
  return button;
}

function icon(button, shape, label) {
  button.setAttribute("aria-label", label);
  button.title = label;
  button.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${ICONS[shape]}"/></svg>`;
}

function part(of, by) {
  const d = (name) => `<mrow><mo>∂</mo><mi>${escape(name)}</mi></mrow>`;
  return `<mfrac>${d(of)}${d(by)}</mfrac>`;
}

function escape(text) {
  const node = document.createElement("i");
  node.textContent = text;
  return node.innerHTML;
}

export { compute, fill, short };
export default { render };
