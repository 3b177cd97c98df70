// The walk through a computation: forward, local gradients, backward, one step at a time.
// The picture comes from Python, which also places it; if all of its numbers are single ones,
// everything is worked out again in the page, else Python is asked.

const PAUSE = 2200; // milliseconds between two steps of "play"
const PAN = 80; // pixels
const ZOOM = 1.25;
const HINT = "Keys: ← → step · Home End first, last · Space play · ↑ ↓ values · + − 0 zoom · Shift+arrows move";

const ICONS = {
  previous: "M13 2 6 8l7 6zM3 2h2v12h-2z",
  next: "M3 2l7 6-7 6zM11 2h2v12h-2z",
  play: "M4 2l10 6-10 6z",
  pause: "M3 2h4v12H3zM9 2h4v12H9z",
  smaller: "M2 7h12v2H2z",
  larger: "M7 2h2v5h5v2H9v5H7V9H2V7h5z",
  whole: "M1 6V1h5v2H3v3zM10 1h5v5h-2V3h-3zM3 10v3h3v2H1v-5zM13 10h2v5h-5v-2h3z",
};

function render({ model, el }) {
  const { graph, steps, sliders, goals, entries: first, live, start, svg } = model.get("spec");
  const { values, root } = graph;
  wear(el, model.get("look"));
  const last = steps.length - 1;
  const entries = { ...first }; // what every slot holds now: a number, or the text of an array
  const firstShown = {};
  const chain = {}; // of each value, the formula of its gradient
  const waiting = steps.map(() => []); // the parts that each step brings to light
  steps.forEach(({ stage, value, shows, formula }, k) => {
    if (stage === "backward") chain[value] = formula;
    for (const slot of shows) firstShown[slot] ??= k;
  });
  const since = (slot) => firstShown[slot] ?? Infinity;
  let position = start;
  let traced = null; // the value whose paths to the root are lit up
  let timer = null;

  // ---- what is on the page -------------------------------------------------------------------
  const page = make("div.mt-walk", { tabindex: "-1", role: "group" });
  set(page, "aria-label", `Walk through the computation of ${values[root].name}`);
  page.dataset.steps = steps.length;
  const bar = controls();
  const picture = livePicture(svg, graph, since, resized, () => python?.rest());
  const finder = pathFinder(graph);
  const panel = make("div.mt-panel", { "aria-live": "polite", "aria-atomic": "true" });
  const { tell, prepare } = teller(panel);
  const targets = goals.map(goalLine);
  const knobs = sliders.map(sliderRow);
  const note = make("p.mt-note", { role: "status" });
  page.append(bar.node, picture.node, panel, ...targets.map(({ line }) => line));
  page.append(...knobs.map(({ row }) => row), note, make("p.mt-hint", {}, HINT));
  for (const [key, part] of Object.entries(picture.parts)) {
    const index = key.slice(1);
    const slot = { v: "d" + index, o: "d" + graph.operations[index]?.output, l: key }[key[0]];
    if (slot && since(slot) <= last) waiting[since(slot)].push(key);
  }

  function controls() {
    const node = make("div.mt-bar");
    const stages = stageButtons((stage) => go(steps.findIndex((step) => step.stage === stage)));
    for (const button of stages.buttons) button.disabled = !steps.some((step) => step.stage === button.dataset.for);
    const previous = iconButton("previous", "previous step", () => go(position - 1));
    const play = iconButton("play", "play", () => (timer ? stop() : begin()));
    const next = iconButton("next", "next step", () => go(position + 1));
    const scrubber = make("input.mt-scrubber", { type: "range", min: 0, max: last, "aria-label": "step" });
    scrubber.oninput = () => go(+scrubber.value);
    const ends = Object.keys(STAGES).map((stage) => 1 + steps.findLastIndex((step) => step.stage === stage));
    ["--forward", "--local-end"].forEach((name, i) =>
      scrubber.style.setProperty(name, (100 * Math.max(...ends.slice(0, i + 1))) / steps.length + "%"),
    );
    const counter = make("span.mt-counter", { "aria-hidden": "true" });
    const smaller = iconButton("smaller", "zoom out", () => zoom(1 / ZOOM));
    const larger = iconButton("larger", "zoom in", () => zoom(ZOOM));
    const whole = iconButton("whole", "whole picture", () => showWhole());
    set(whole, "aria-pressed", "false");
    const row = make("div.mt-controls");
    row.append(previous, play, next, scrubber, counter, smaller, larger, whole);
    node.append(stages.node, row);
    return { node, stages, previous, play, next, scrubber, counter, whole };
  }

  function goalLine(goal) {
    const line = make("p.mt-goal");
    const now = make("span.mt-now-at");
    const reached = make("strong.mt-reached", { role: "status" });
    line.append(`Goal: ${goal.label} = ${short(goal.target)}`, now, reached);
    return { ...goal, line, now, reached };
  }

  function sliderRow(slider) {
    const row = make("div.mt-slider");
    const limits = { min: slider.low, max: slider.high, step: slider.step };
    const range = make("input", { type: "range", ...limits, "aria-label": slider.name });
    const exact = make("input", { type: "number", step: "any", "aria-label": `${slider.name} as a number` });
    const knob = { ...slider, row, range, exact };
    range.oninput = () => change({ [slider.value]: +range.value }, range);
    exact.oninput = () => {
      if (exact.value !== "" && Number.isFinite(+exact.value)) change({ [slider.value]: +exact.value }, exact);
    };
    range.onchange = exact.onchange = settle;
    row.append(make("bdi.mt-knob", { "aria-hidden": "true", title: slider.name }, slider.name), range, exact);
    turn(knob, number(slider.start));
    knob.kept = knob.now;
    return knob;
  }

  // ---- showing -------------------------------------------------------------------------------
  const isKnown = (slot) => since(slot) <= position;

  function go(k) {
    const before = position;
    position = within(k, 0, last);
    traced = null;
    if (position === last) stop();
    picture.spotlight(steps[position].value); // first, while everything is laid out
    uncover(before);
    draw();
  }

  // What is not computed yet is drawn with broken lines.
  function uncover(before) {
    for (let k = Math.min(before, position) + 1; k <= Math.max(before, position); k++)
      for (const key of waiting[k]) picture.parts[key].classList.toggle("mt-waiting", k > position);
  }

  function draw() {
    const step = steps[position];
    page.dataset.step = position;
    if (page.dataset.stage !== step.stage) {
      page.dataset.stage = step.stage;
      bar.stages.press(step.stage);
    }
    const count = position + 1 + " of " + steps.length;
    write(bar.counter, "step " + count);
    bar.scrubber.value = position;
    set(bar.scrubber, "aria-valuetext", `${count}, ${STAGES[step.stage].toLowerCase()}: ${values[step.value].name}`);
    // A button that is really disabled would drop the focus, and with it the arrow keys.
    set(bar.previous, "aria-disabled", position === 0);
    set(bar.next, "aria-disabled", position === last);
    lightUp();
    picture.write(entries, position);
    tellAll();
  }

  // Light up the parts of this step, or the paths of the value that is pointed at.
  function lightUp() {
    const { value, operation, edges, shows } = steps[position];
    const lit = edges.map(([o, k]) => `e${o}.${k}`);
    light(page, picture, finder, traced, [`v${value}`, `o${operation}`, ...shows], lit);
  }

  // Everything that depends on a number; also the only thing a slider has to bring up to date.
  function patch() {
    picture.write(entries, position);
    tellAll();
  }

  function tellAll() {
    const step = steps[position];
    if (traced === null) tell(step.sentence, [[step.formula, []]], entries);
    else tell(...story(graph, finder, traced, isKnown, entries, chain), entries);
    let all = targets.length > 0;
    for (const { slot, target, now, reached } of targets) {
      const seen = isKnown(slot.replace("g", "t")); // boxes show totals
      const there = seen && Math.abs(number(entries[slot]) - target) <= 1e-6 + 1e-3 * Math.max(1, Math.abs(target));
      write(now, there ? " " : ` — now ${seen ? show(entries[slot]) : DOT}`);
      write(reached, there ? "✓ reached" : "");
      all &&= there;
    }
    if (targets.length && model.get("goal_reached") !== all) send({ goal_reached: all });
  }

  // When the picture gets its size, what is in the spotlight can be shown.
  function resized(isWide) {
    bar.whole.hidden = !isWide;
    picture.spotlight(steps[position].value);
  }


  // ---- numbers that change ---------------------------------------------------------------------
  let compute = null; // made ready when it is first needed
  const names = {}; // of the slots, in the order in which numbers are computed
  for (const letter of "dgtp") names[letter] = values.map((_, i) => letter + i);
  for (const letter of "lf")
    names[letter] = graph.operations.flatMap(({ inputs }, o) => inputs.map((_, k) => `${letter}${o}.${k}`));
  // Only a module for arrays asks Python.
  const python = live ? null : asker(model, knobs, turn, take, (why) => write(note, why), picture.mapsInSight);

  function take(fresh) {
    Object.assign(entries, fresh);
    patch();
  }

  function change(leaves, by) {
    if (panel.ariaBusy !== "true") panel.ariaBusy = "true"; // do not read out every number on the way
    for (const knob of knobs) if (knob.value in leaves) turn(knob, leaves[knob.value], by);
    if (!live) return python.ask();
    compute ??= calculator(graph);
    const fresh = compute(values.map((_, i) => leaves[i] ?? number(entries[names.d[i]])));
    for (const letter in fresh) fresh[letter].forEach((x, i) => (entries[names[letter][i]] = x));
    values.forEach(({ dtype }, i) => {
      const prior = number(entries[names.p[i]]);
      entries[names.t[i]] = prior === undefined ? fresh.g[i] : rounding(dtype)(fresh.g[i] + prior);
    });
    patch();
  }

  // Put a slider and its number field to x, but leave alone the one that the hand is on.
  function turn(knob, x, by) {
    knob.now = x;
    for (const input of [knob.range, knob.exact]) if (input !== by) input.value = x;
  }

  // What was typed and is no number goes back to the last one that was.
  function settle() {
    panel.ariaBusy = "false";
    for (const knob of knobs) if (+knob.exact.value !== knob.now || !knob.exact.value) turn(knob, knob.now);
    const values = Object.fromEntries(knobs.map((knob) => [knob.name, knob.now]));
    if (JSON.stringify(values) !== JSON.stringify(model.get("values"))) send({ values });
  }

  function send(traits) {
    for (const [name, value] of Object.entries(traits)) model.set(name, value);
    model.save_changes();
  }

  function follow() {
    const now = model.get("values");
    const moved = knobs.filter((knob) => knob.name in now && !Object.is(number(now[knob.name]), knob.now));
    if (moved.length) change(Object.fromEntries(moved.map((knob) => [knob.value, number(now[knob.name])])));
    panel.ariaBusy = "false";
  }

  // ---- keys, mouse, play -------------------------------------------------------------------------
  function begin() {
    if (position === last) go(0);
    timer = setInterval(() => go(position + 1), PAUSE);
    icon(bar.play, "pause", "pause");
  }

  function stop() {
    if (timer === null) return;
    clearInterval(timer);
    timer = null;
    icon(bar.play, "play", "play");
  }

  function zoom(factor) {
    picture.zoom(factor);
    set(bar.whole, "aria-pressed", "false");
  }

  function showWhole(on) {
    set(bar.whole, "aria-pressed", picture.whole(on));
    picture.spotlight(steps[position].value);
  }

  const KEYS = {
    ArrowRight: () => go(position + 1),
    ArrowLeft: () => go(position - 1),
    ArrowDown: () => visit(1, traced ?? steps[position].value),
    ArrowUp: () => visit(-1, traced ?? steps[position].value),
    Home: () => go(0),
    End: () => go(last),
    " ": () => (timer ? stop() : begin()),
    "+": () => zoom(ZOOM),
    "=": () => zoom(ZOOM),
    "-": () => zoom(1 / ZOOM),
    0: () => showWhole(),
  };
  const PANS = { ArrowRight: [PAN, 0], ArrowLeft: [-PAN, 0], ArrowDown: [0, PAN], ArrowUp: [0, -PAN] };
  page.onkeydown = (event) => {
    const { key, target } = event;
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (target.tagName === "INPUT" && target !== bar.scrubber) {
      if (key === "Enter") settle(); // JupyterLab keeps it from the browser
      return;
    }
    if (key === " " && target.tagName === "BUTTON") return; // presses the button
    const act = event.shiftKey && PANS[key] ? () => picture.pan(...PANS[key]) : KEYS[key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation(); // nobody else needs to look at it
    act();
  };
  const visit = pointing(picture, steps[position].value, (i) => {
    traced = i;
    lightUp();
    tellAll();
  });

  // JupyterLab takes the keys unless the element that has the focus says no.
  [page, ...page.querySelectorAll("input, button")].forEach((node) =>
    set(node, "data-lm-suppress-shortcuts", "true"),
  );
  model.on("change:values", follow);
  waiting.slice(position + 1).flat().forEach((key) => picture.parts[key].classList.add("mt-waiting"));
  draw();
  follow();
  el.append(page);
  const early = setTimeout(() => steps.forEach(({ formula }) => prepare([formula, []]))); // while nobody waits
  return () => {
    picture.close();
    clearTimeout(early);
    stop();
    python?.close();
    model.off("change:values", follow);
  };
}

// ---- small tools -----------------------------------------------------------------------------------
function iconButton(shape, label, act) {
  const button = make("button.mt-icon", { type: "button" });
  icon(button, shape, label);
  button.onclick = act;
  return button;
}

function icon(button, shape, label) {
  set(button, "aria-label", label);
  button.title = label;
  button.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true"><path d="${ICONS[shape]}"/></svg>`;
}

export { fill, short };
export default { initialize: ({ model }) => hearPython(model), render };
