// Explore a function: sliders, its curve with the tangent, gradient descent, and its graph.
// Graphs of single numbers are worked out here; for all others Python is asked, always with the
// latest values only.

const RATES = [-4, -3, -2, -1, 0].flatMap((e) => [1, 2, 5].map((f) => Number(`${f}e${e}`))).concat(10);
const RATE = {
  name: "learning rate", low: 0, high: RATES.length - 1, step: 1, least: 0, digits: 12,
  scale: { number: (position) => RATES[position], position: (lr) => RATES.findLastIndex((x) => x <= lr * (1 + 1e-9)) },
};

function render({ model, el }) {
  wear(el, model.get("look"), "mt-look-explore");
  const { sliders, fixed, result: name, limits, patience } = model.get("spec");
  const result = brief(name);
  const names = sliders.map((slider) => slider.name);
  // The numbers of the sliders, the points of the descent, and what Python or the page has found:
  // loss, slopes and entries of the graph, or the problem there.
  const here = { values: model.get("values"), history: model.get("history"), now: {} };
  let curve = [];
  let curveOf = null; // the arguments that the curve belongs to
  let live = model.get("numbers").live;
  let points = null; // what the page works out by itself, where it can
  const frozen = !live && !model.send; // a page of its own, of a function that needs Python

  // ---- what is on the page -------------------------------------------------------------------
  const page = make("div", { class: "mt-walk mt-explore", "data-stage": "backward", role: "group", "aria-label": `Explore ${result}` });
  const plot = svgNode("svg", { class: "mt-plot", role: "img", "font-size": 11 });
  const [still, moving] = [svgNode("g"), svgNode("g")];
  plot.append(still, moving);
  let drawn = {}; // the curve that is drawn, and where everything is on it
  const view = viewRow(look, "curve", "range of the slider");
  const plotFrame = make("div.mt-plot-frame");
  plotFrame.append(plot, view.node);

  const knobs = sliders.map((slider) => sliderRow(slider, (x) => drag({ [slider.name]: x }), settle));
  const given = make("p.mt-given", {}, fixed.length ? `fixed: ${fixed.join(", ")}` : "");
  const over = make("select", { "aria-label": "argument of the curve" });
  keepKeys(over);
  for (const name of names) over.append(new Option(name, name));
  over.onchange = () => send({ view: [], along: over.value });
  const overRow = make("label.mt-over", {}, "curve over ");
  overRow.append(over);
  overRow.hidden = names.length < 2;
  const rate = sliderRow(RATE, setRate, () => {});
  const playButton = actButton("Play", () => descent.play());
  const buttons = make("div.mt-acts", { role: "group", "aria-label": "gradient descent" });
  buttons.append(
    actButton("Step", () => descent.run(1), { "data-main": "" }),
    actButton("10 steps", () => descent.run(10)),
    playButton,
    actButton("Reset", reset)
  );
  const downhill = make("div.mt-descent");
  downhill.append(make("h4", {}, "Gradient descent"), rate.row, buttons);
  const controls = make("div.mt-side");
  controls.append(...knobs.map(({ row }) => row), given, overRow, downhill);

  const sentence = make("p.mt-sentence");
  const slopes = make("p.mt-slopes");
  const note = make("p.mt-note", { role: "status" });
  const panel = make("div.mt-panel", { "aria-live": "polite" });
  panel.append(slopes, sentence);
  const busy = (on) => set(panel, "aria-busy", on);
  const graph = graphPane(page, model);
  const top = make("div.mt-top");
  top.append(plotFrame, controls);
  page.append(top, panel, note, ...graph.nodes);

  // ---- one point -------------------------------------------------------------------------------
  // Move to other values; `then` is called when everything is known there.
  function move(next, then = draw) {
    here.values = next;
    showSliders();
    if (!live) return python.ask(then);
    work();
    then();
  }

  const work = () => (here.now = points.point(here.values));

  // The argument of the curve, and from where to where it is drawn: the twin of Explore._range.
  const argument = () => model.get("along");
  const axis = () => sliders.find(({ name }) => name === argument());

  function range() {
    const { name, low, high } = axis();
    const chosen = model.get("view");
    if (chosen.length) return stretched(...chosen, [here.values[name]]);
    return stretched(low, high, [...here.history, here].map((step) => step.values[name]));
  }

  // The curve changes only if another argument than its own has moved.
  function trace() {
    const along = argument();
    const [low, high] = range();
    const key = JSON.stringify([along, low, high, { ...here.values, [along]: 0 }]);
    if (key === curveOf) return;
    curveOf = key;
    curve = points.curve(here.values, along, low, high);
  }

  // ---- Python ----------------------------------------------------------------------------------
  const python = questions(model, () => here.values, patience, { take, refuse, wait: (words) => write(note, words) });

  function take(state) {
    write(note, "");
    adopt(state);
  }

  // The numbers stay as they are, so the sliders go back to where they belong.
  function refuse(why) {
    descent.stop();
    busy(false);
    here.values = model.get("values");
    showSliders();
    write(note, why);
  }

  function isAt(place) {
    return names.every((name) => place[name] === here.values[name]);
  }

  // Take over what Python has found.
  function adopt(state) {
    const { problem, loss, grads } = state;
    here.now = { ...state, loss: number(loss), problem: problem && "the function raises " + problem, grads: {} };
    for (const name of names) here.now.grads[name] = number(grads?.[name] ?? null);
    if (state.along === argument()) curve = state.curve;
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
    if (live) points = pagePoints(model, names, !model.send && limits);
    graph.load();
  }

  // ---- showing ---------------------------------------------------------------------------------
  function draw(at = here.values) {
    if (live) trace();
    const { now, history } = here;
    const along = argument();
    const loss = finiteOrNull(now.loss);
    const slope = finiteOrNull(now.grads?.[along]);
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
    moving.innerHTML = movingPart(drawn, name, [at[along], loss, slope], moved ? [] : path);
    page.classList.toggle("mt-stale", !!now.problem);
    page.dataset.steps = path.length - 1;
    page.dataset.loss = now.problem ? "" : show(now.loss);
    graph.show(now.entries);
    write(slopes, pointInWords(now, result, names, at));
  }

  function showSliders() {
    names.forEach((name, k) => knobs[k].show(here.values[name]));
    over.value = argument();
    rate.show(model.get("lr"));
  }

  // What that means, when a slider is let go.
  function tell() {
    describePlot();
    const along = argument();
    write(sentence, slopeInWords(here.now, here.now.grads?.[along], result, along));
  }

  const describePlot = () => plot.setAttribute("aria-label", curveInWords(result, argument(), curve));

  // ---- moving by hand --------------------------------------------------------------------------
  function drag(change) {
    descent.stop();
    busy(true); // do not read out every number on the way
    move({ ...here.values, ...change });
  }

  function settle() {
    busy(false);
    const done = () => {
      here.history = [{ values: here.values, loss: finiteOrNull(here.now.loss) }];
      arrive();
      tell();
    };
    if (python.isOpen()) python.ask(done);
    else done();
  }

  function setRate(lr) {
    send({ lr });
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
    send({ view: nextView(name, seen, here.values[along], slider) });
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
    write(sentence, `The curve is drawn over ${brief(argument())} ${reach(curve)}.`);
  }

  onViewKeys(page, look);
  onZoom(plot, look);

  // ---- gradient descent ------------------------------------------------------------------------
  const descent = descender(model, here, names, { move, arrive, report, refuse: stay, change: prepare });

  function prepare(count, pause) {
    write(playButton, count && pause ? "Pause" : "Play");
    if (count) busy(count > 1);
  }

  // Show where the exploration has come to, and tell Python.
  function arrive() {
    draw();
    send({ values: here.values, history: here.history });
  }

  function report(step) {
    const { values, history } = here;
    describePlot();
    let words = stepInWords({ ...step, result, names });
    const { name, low, high } = axis();
    if (values[name] < low || values[name] > high)
      words += ` ${brief(name)} has left its slider, so the curve now goes ${reach(curve)}.`;
    if (names.length > 1 && history.length === 2)
      words += ` The curve over ${brief(name)} changes too, because every slider has moved.`;
    write(sentence, words);
    if (playButton.textContent === "Play") busy(false);
  }

  function stay(why) {
    busy(false);
    write(sentence, why);
  }

  function reset() {
    descent.stop();
    const [first] = here.history;
    here.history = [first];
    move(first.values, () => {
      arrive();
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
    here.history = model.get("history");
    const next = model.get("values");
    if (isAt(next)) return draw();
    descent.stop();
    here.values = next;
    if (live) work();
    else hear();
    turn();
  }

  function turn() {
    showSliders();
    draw();
    tell();
  }

  const events = {
    "change:values": follow,
    "change:history": follow,
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
  if (frozen) freeze(page, top, note);
  el.append(page);
  const watcher = new ResizeObserver(() => draw());
  watcher.observe(plotFrame);
  return () => {
    descent.stop();
    python.close();
    watcher.disconnect();
    graph.close();
    for (const [event, act] of Object.entries(events)) model.off(event, act);
  };
}

export { movingPart, plotOf, sample, stillPart, stretched };
export default { initialize: ({ model }) => hearPython(model), render };
