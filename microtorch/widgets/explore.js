// Explore a function: sliders, its curve with the tangent, gradient descent, and its graph.
// Graphs of single numbers are worked out here; for all others Python is asked, always with the
// latest values only.

const PAUSE = 600; // milliseconds between two steps of "play"
const MOST_STEPS = 500; // of one "play"
const RATES = [-4, -3, -2, -1, 0].flatMap((e) => [1, 2, 5].map((f) => Number(`${f}e${e}`))).concat(10);
const FROZEN = "This page has no Python, which this function needs: it has branches, works on arrays, or is large. The picture is as it was saved; in a notebook it moves.";
const POINT = "Point at a value of the graph, or go to it with Tab and ↑ ↓: its paths light up.";

function render({ model, el }) {
  wear(el, model.get("look"), "mt-look-explore");
  const { sliders, fixed, result } = model.get("spec");
  const names = sliders.map(({ name }) => name);
  let values = { ...model.get("values") };
  let history = model.get("history");
  let now = {}; // loss, grads, entries at the current point; or the problem there
  let curve = [];
  let curveOf = null; // the arguments that the curve belongs to
  let live = model.get("numbers").live;
  const frozen = !live && !model.send; // a page of its own, of a function that needs Python
  let picture = null;
  let finder = null; // of paths in the picture
  let traced = null; // the value that is pointed at
  let stage = 2; // everything is shown at first
  let compute = null;
  let playing = null;

  // ---- what is on the page -------------------------------------------------------------------
  const page = make("div", { class: "mt-walk mt-explore", "data-stage": "backward", role: "group", "aria-label": `Explore ${result}` });
  const plot = svgNode("svg", { class: "mt-plot", role: "img", "font-size": 11 });
  const [still, moving] = [svgNode("g", {}), svgNode("g", {})];
  plot.append(still, moving);
  let drawn = {}; // the curve that is drawn, and where everything is on it
  const view = viewRow(look);
  const plotFrame = make("div", { class: "mt-plot-frame" });
  plotFrame.append(plot, view.node);

  const knobs = sliders.map((slider) =>
    sliderRow(slider, (x) => drag({ [slider.name]: x }), settle),
  );
  const given = make("p", { class: "mt-given" }, fixed.length ? `fixed: ${fixed.join(", ")}` : "");
  const over = make("select", { "aria-label": "argument of the curve" });
  keepKeys(over);
  for (const name of names) over.append(new Option(name, name));
  over.onchange = () => send({ view: [], along: over.value });
  const overRow = make("label", { class: "mt-over" }, "curve over ");
  overRow.append(over);
  overRow.hidden = names.length < 2;
  const rate = sliderRow(
    { name: "learning rate", low: 0, high: RATES.length - 1, step: 1 },
    () => {},
    () => {},
  );
  rate.range.oninput = () => setRate(RATES[+rate.range.value]);
  rate.exact.oninput = () => +rate.exact.value >= 0 && rate.exact.value !== "" && setRate(+rate.exact.value);
  rate.exact.min = 0;
  const stepButton = actButton("Step", () => run(1), { "data-main": "" });
  const tenButton = actButton("10 steps", () => run(10));
  const playButton = actButton("Play", () => (playing ? stop() : run(MOST_STEPS, PAUSE)));
  const resetButton = actButton("Reset", reset);
  const buttons = make("div", { class: "mt-acts", role: "group", "aria-label": "gradient descent" });
  buttons.append(stepButton, tenButton, playButton, resetButton);
  const descent = make("div", { class: "mt-descent" });
  descent.append(make("h4", {}, "Gradient descent"), rate.row, buttons);
  const controls = make("div", { class: "mt-side" });
  controls.append(...knobs.map(({ row }) => row), given, overRow, descent);

  const sentence = make("p", { class: "mt-sentence" });
  const slopes = make("p", { class: "mt-slopes" });
  const note = make("p", { class: "mt-note", role: "status" });
  const panel = make("div", { class: "mt-panel", "aria-live": "polite" });
  panel.append(slopes, sentence);
  const graph = make("div", { class: "mt-graph" });
  const stages = stageButtons((name) => enter(Object.keys(STAGES).indexOf(name)));
  stages.buttons.forEach(keepKeys);
  const paths = make("div", { class: "mt-paths", "aria-live": "polite" });
  const pathWords = teller(paths);
  pathWords.sentence.className = "mt-path-words";
  const top = make("div", { class: "mt-top" });
  top.append(plotFrame, controls);
  page.append(top, panel, note, stages.node, graph, paths);

  // ---- one point -------------------------------------------------------------------------------
  // Move to other values; `then` is called when everything is known there.
  function move(next, then = draw) {
    values = next;
    showSliders();
    if (!live) return python.ask(then);
    work();
    then();
  }

  function work() {
    const { leaves, graph } = model.get("picture");
    const { d, g, l, f } = compute(leavesAt(leaves, values));
    const entries = {};
    graph.values.forEach((value, i) => {
      entries[`d${i}`] = d[i];
      if (value.requires_grad) entries[`g${i}`] = entries[`t${i}`] = g[i];
    });
    let place = 0;
    graph.operations.forEach(({ inputs }, o) =>
      inputs.forEach((_, k) => {
        entries[`f${o}.${k}`] = f[place];
        entries[`l${o}.${k}`] = l[place++];
      }),
    );
    const grads = Object.fromEntries(names.map((name) => [name, name in leaves ? g[leaves[name]] : 0]));
    now = { loss: d[graph.root], grads, entries };
  }

  // The argument of the curve, and from where to where it is drawn: the twin of Explore._range.
  const axis = () => sliders.find(({ name }) => name === model.get("along"));

  function range() {
    const { name, low, high } = axis();
    const chosen = model.get("view");
    if (chosen.length) return stretched(...chosen, [values[name]]);
    return stretched(low, high, [...history, { values }].map((step) => step.values[name]));
  }

  // The curve changes only if another argument than its own has moved.
  function trace() {
    const along = model.get("along");
    const [low, high] = range();
    const key = JSON.stringify([along, low, high, ...names.filter((name) => name !== along).map((name) => values[name])]);
    if (key === curveOf) return;
    curveOf = key;
    const { leaves, graph } = model.get("picture");
    const at = leavesAt(leaves, values);
    curve = sample((x) => {
      if (along in leaves) at.set(leaves[along], x);
      return compute(at).d[graph.root];
    }, low, high);
  }

  // The picture's own inputs that no slider moves keep what they hold.
  function leavesAt(leaves, at) {
    const entries = model.get("numbers").entries;
    const data = new Map();
    const { values: boxes, operations } = model.get("picture").graph;
    const made = new Set(operations.map(({ output }) => output));
    boxes.forEach((_, i) => made.has(i) || data.set(i, number(entries[`d${i}`])));
    for (const name of names) if (name in leaves) data.set(leaves[name], at[name]);
    return data;
  }

  // ---- Python ----------------------------------------------------------------------------------
  const python = questions(model, () => values, take, refuse);

  function take(state) {
    write(note, "");
    adopt(state);
  }

  // The numbers stay as they are, so the sliders go back to where they belong.
  function refuse(why) {
    stop();
    panel.removeAttribute("aria-busy");
    values = { ...model.get("values") };
    showSliders();
    write(note, why);
  }

  function isAt(place) {
    return names.every((name) => place[name] === values[name]);
  }

  // Take over what Python has found.
  function adopt(state) {
    now = { ...state, loss: number(state.loss), grads: {} };
    for (const name of names) now.grads[name] = number(state.grads?.[name] ?? null);
    if (state.along === model.get("along")) curve = state.curve;
    curveOf = null;
    draw(state.values);
  }

  // Python has worked out the point that a view of this widget has settled on.
  function hear() {
    const numbers = model.get("numbers");
    if (live && numbers.live) return draw();
    live = false; // here the function does something else than where the page began
    if (isAt(numbers.values)) adopt(numbers);
    if (turning) tellView();
  }

  function showPicture() {
    const { svg, words, graph: structure } = model.get("picture");
    picture?.close();
    picture = traced = null;
    graph.replaceChildren();
    stages.node.hidden = paths.hidden = !svg;
    if (!svg) return graph.append(make("p", { class: "mt-nothing" }, words));
    picture = livePicture(svg, structure, since);
    finder = pathFinder(structure);
    const visit = pointing(picture, structure.root, (i) => {
      traced = i;
      light(page, picture, finder, traced, [], []);
      tellPaths();
    });
    picture.svg.onkeydown = (event) => {
      const direction = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!direction || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      visit(direction, traced ?? structure.root);
    };
    graph.append(picture.node);
    compute = live ? calculator(structure) : null;
    enter(stage);
  }

  // ---- the three stages, and the paths of a value ------------------------------------------------
  // At which stage a slot is shown: data, then local gradients, then gradients.
  function since(slot) {
    return { d: 0, l: 1 }[slot[0]] ?? 2;
  }

  function enter(number) {
    stage = number;
    page.dataset.stage = Object.keys(STAGES)[stage];
    stages.press(page.dataset.stage);
    for (const [key, part] of Object.entries(picture.parts))
      if (key[0] === "l") part.classList.toggle("mt-waiting", since(key) > stage);
    if (now.entries) picture.write(now.entries, stage);
    tellPaths();
  }

  function tellPaths() {
    if (traced === null) return pathWords.tell(POINT, [], {});
    const { graph: structure, chain } = model.get("picture");
    const isKnown = (slot) => since(slot) <= stage;
    pathWords.tell(...story(structure, finder, traced, isKnown, now.entries, chain), now.entries);
  }

  // ---- showing ---------------------------------------------------------------------------------
  function draw(at = values) {
    if (live) trace();
    const along = model.get("along");
    const loss = finiteOrNull(now.loss ?? NaN);
    const slope = finiteOrNull(now.grads?.[along] ?? NaN);
    const path = history.map((step) => [step.values[along], step.loss]);
    const moved = history.at(-1).values[along] !== at[along];
    const width = Math.max(300, Math.round(plotFrame.clientWidth || 480));
    if (drawn.dots !== curve || drawn.width !== width) {
      drawn = plotOf(width, curve);
      plot.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
      still.innerHTML = stillPart(drawn, along);
      const can = viewChoices([drawn.low, drawn.end], axis(), !model.get("view").length);
      view.show(`${brief(along)} ${reach(curve)}`, frozen ? {} : can);
    }
    moving.innerHTML = movingPart(drawn, result, [at[along], loss, slope], moved ? [] : path);
    page.classList.toggle("mt-stale", Boolean(now.problem));
    page.dataset.loss = now.problem ? "" : show(now.loss);
    if (picture && now.entries) {
      picture.write(now.entries, stage);
      tellPaths();
    }
    tellSlopes(at);
  }

  function showSliders() {
    sliders.forEach(({ name }, k) => knobs[k].show(values[name]));
    over.value = model.get("along");
    const lr = model.get("lr");
    rate.range.value = RATES.findLastIndex((x) => x <= lr * (1 + 1e-9));
    rate.range.setAttribute("aria-valuetext", short(lr));
    if (+rate.exact.value !== lr || rate.exact.value === "") rate.exact.value = lr;
  }

  // What is the case at this point.
  function tellSlopes(at) {
    const place = names.map((name) => `${brief(name)} = ${short(at[name])}`).join(", ");
    if (now.problem) return write(slopes, `At ${place} the function raises ${now.problem}`);
    const grads = names.map((name) => `∂${result}/∂${brief(name)} = ${show(now.grads[name])}`).join(", ");
    write(slopes, `At ${place}: ${result} = ${show(now.loss)}, ${grads}.`);
  }

  // What that means, when a slider is let go.
  function tell() {
    page.dataset.steps = history.length - 1;
    describePlot();
    const along = model.get("along");
    write(sentence, slopeInWords(now, now.grads?.[along], result, along));
  }

  const describePlot = () => plot.setAttribute("aria-label", curveInWords(result, model.get("along"), curve));

  // ---- moving by hand --------------------------------------------------------------------------
  function drag(change) {
    stop();
    panel.setAttribute("aria-busy", "true"); // do not read out every number on the way
    move({ ...values, ...change });
  }

  function settle() {
    panel.removeAttribute("aria-busy");
    const done = () => {
      history = [{ values: { ...values }, loss: finiteOrNull(now.loss ?? NaN) }];
      draw();
      tell();
      send({ values: { ...values }, history });
    };
    if (python.isOpen()) python.ask(done);
    else done();
  }

  function setRate(lr) {
    model.set("lr", lr);
    model.save_changes();
    showSliders();
  }

  if (!frozen) pullable(plot, pull, settle);

  function pull(event) {
    const { left, width } = plot.getBoundingClientRect();
    const wide = plot.viewBox.baseVal.width;
    const share = (((event.clientX - left) / width) * wide - LEFT) / (wide - LEFT - RIGHT);
    const { name, low, high, step } = axis();
    const inside = Math.max(0, Math.min(1, share));
    const x = Math.max(low, Math.min(high, drawn.low + inside * (drawn.end - drawn.low)));
    const grain = step * Math.min(1, (drawn.end - drawn.low) / (high - low)); // finer from close up
    drag({ [name]: Math.min(high, +(low + Math.round((x - low) / grain) * grain).toPrecision(12)) });
  }

  // ---- more or less of the curve -----------------------------------------------------------------
  function look(name) {
    const { name: along, ...slider } = axis();
    const seen = [drawn.low, drawn.end];
    if (frozen || !viewChoices(seen, slider, !model.get("view").length)[name]) return;
    send({ view: nextView(name, seen, values[along], slider) });
  }

  let turning = false; // Python is at work on a curve from where to where it was not drawn before

  function turnView() {
    turning = !live;
    if (!live) return;
    draw();
    tellView();
  }

  function tellView() {
    turning = false;
    describePlot();
    write(sentence, `The curve is drawn over ${brief(model.get("along"))} ${reach(curve)}.`);
  }

  page.onkeydown = (event) => {
    const { key, target } = event;
    const isTyped = target.type === "number" || target.tagName === "SELECT";
    if (!(key in VIEW_KEYS) || isTyped || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    look(VIEW_KEYS[key]);
  };
  onWheel(plot, look);

  // ---- gradient descent ------------------------------------------------------------------------
  // `count` steps, one after the other as soon as the numbers are there.
  function run(count, pause = 0) {
    stop();
    playing = { left: count, pause };
    if (pause) write(playButton, "Pause");
    panel.setAttribute("aria-busy", String(count > 1));
    step();
  }

  function step() {
    const before = { ...values };
    const lr = model.get("lr");
    const grads = { ...now.grads };
    const loss = now.loss;
    const after = Object.fromEntries(names.map((name) => [name, before[name] - lr * grads[name]]));
    const refusal = whyNot(now, names, after, inSteps(history.length - 1));
    if (refusal) {
      stop();
      pause();
      panel.removeAttribute("aria-busy");
      return write(sentence, refusal);
    }
    const mine = playing;
    move(after, () => {
      history = [...history, { values: after, loss: finiteOrNull(now.loss ?? NaN) }];
      if (mine !== playing) return pause(); // stopped while Python was at work
      mine.left -= 1;
      const goes = mine.left > 0 && Number.isFinite(now.loss);
      if (goes && !mine.pause) return step();
      if (!goes) stop();
      pause();
      report(before, grads, lr, loss);
      if (goes) mine.timer = setTimeout(step, mine.pause);
    });
  }

  // Show where the descent has come to, and tell Python.
  function pause() {
    draw();
    send({ values: { ...values }, history });
  }

  function report(before, grads, lr, loss) {
    page.dataset.steps = history.length - 1;
    describePlot();
    const count = history.length - 1;
    let words = stepInWords({ result, names, before, after: values, lr, grads, loss, now, count });
    const { name, low, high } = axis();
    if (values[name] < low || values[name] > high)
      words += ` ${brief(name)} has left its slider, so the curve now goes ${reach(curve)}.`;
    if (names.length > 1 && history.length === 2)
      words += ` The curve over ${brief(name)} changes too, because every slider has moved.`;
    write(sentence, words);
    if (!playing) panel.removeAttribute("aria-busy");
  }

  function stop() {
    clearTimeout(playing?.timer);
    playing = null;
    write(playButton, "Play");
  }

  function reset() {
    stop();
    const [first] = history;
    history = [first];
    move({ ...first.values }, () => {
      pause();
      tell();
    });
  }

  // ---- beginning and end -----------------------------------------------------------------------
  function send(traits) {
    for (const [name, value] of Object.entries(traits)) model.set(name, value);
    model.save_changes();
  }

  // Python, or another view of the same widget, has moved something.
  function follow() {
    history = model.get("history");
    const next = model.get("values");
    if (isAt(next)) return;
    stop();
    values = { ...next };
    showSliders();
    if (live) work();
    else hear();
    draw();
    tell();
  }

  function turn() {
    showSliders();
    draw();
    tell();
  }

  const events = {
    "change:values": follow,
    "change:history": () => {
      history = model.get("history");
      draw();
    },
    "change:along": turn,
    "change:view": turnView,
    "change:lr": showSliders,
    "change:picture": showPicture,
    "change:numbers": hear,
    "msg:custom": python.answer,
  };
  for (const [event, act] of Object.entries(events)) model.on(event, act);
  showPicture();
  showSliders();
  adopt(model.get("numbers"));
  if (live) work();
  draw();
  tell();
  if (frozen) {
    write(note, FROZEN);
    page.classList.add("mt-frozen");
    for (const control of top.querySelectorAll("input, select, button")) control.disabled = true;
  }
  el.append(page);
  const watcher = new ResizeObserver(() => draw());
  watcher.observe(plotFrame);
  return () => {
    stop();
    python.close();
    watcher.disconnect();
    picture?.close();
    for (const [event, act] of Object.entries(events)) model.off(event, act);
  };
}

export { movingPart, plotOf, sample, stillPart, stretched };
export default { initialize: ({ model }) => hearPython(model), render };
