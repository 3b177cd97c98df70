// Explore a function: sliders, its curve with the tangent, gradient descent, and its graph.
// Graphs of single numbers are worked out here; for all others Python is asked, always with the
// latest values only.

const PATIENCE = 5000; // milliseconds to wait for Python
const PAUSE = 600; // milliseconds between two steps of "play"
const MOST_STEPS = 500; // of one "play"
const RATES = [-4, -3, -2, -1, 0].flatMap((e) => [1, 2, 5].map((f) => Number(`${f}e${e}`))).concat(10);
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
  let picture = null;
  let finder = null; // of paths in the picture
  let traced = null; // the value that is pointed at
  let stage = 2; // everything is shown at first
  let compute = null;
  let playing = null;

  // ---- what is on the page -------------------------------------------------------------------
  const page = make("div", { class: "mt-walk mt-explore", "data-stage": "backward", role: "group", "aria-label": `Explore ${result}` });
  const plot = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  plot.setAttribute("class", "mt-plot");
  plot.setAttribute("role", "img");
  plot.setAttribute("font-size", "11");
  const [still, moving] = ["g", "g"].map((tag) => document.createElementNS(plot.namespaceURI, tag));
  plot.append(still, moving);
  let drawn = {}; // the curve that is drawn, and where everything is on it
  const plotFrame = make("div", { class: "mt-plot-frame" });
  plotFrame.append(plot);

  const knobs = sliders.map((slider) =>
    sliderRow(slider, (x) => drag({ [slider.name]: x }), settle),
  );
  const given = make("p", { class: "mt-given" }, fixed.length ? `fixed: ${fixed.join(", ")}` : "");
  const over = make("select", { "aria-label": "argument of the curve" });
  keepKeys(over);
  for (const name of names) over.append(new Option(name, name));
  over.onchange = () => send({ along: over.value });
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
  const stages = stageButtons((name) => enter(STAGES.findIndex(([each]) => each === name)));
  stages.buttons.forEach(keepKeys);
  const paths = make("div", { class: "mt-paths", "aria-live": "polite" });
  const pathWords = teller();
  pathWords.sentence.className = "mt-path-words";
  paths.append(pathWords.sentence, pathWords.formula);
  const top = make("div", { class: "mt-top" });
  top.append(plotFrame, controls);
  page.append(top, panel, note, stages.node, graph, paths);

  // ---- one point -------------------------------------------------------------------------------
  // Move to other values; `then` is called when everything is known there.
  function move(next, then = draw) {
    values = next;
    showSliders();
    if (!live) return ask(then);
    work();
    then();
  }

  function work() {
    const { leaves, graph } = model.get("picture");
    const found = compute(leavesAt(leaves, values));
    const entries = {};
    graph.values.forEach((value, i) => {
      entries[`d${i}`] = found.data[i];
      if (value.requires_grad) entries[`g${i}`] = entries[`t${i}`] = found.grad[i];
    });
    let place = 0;
    graph.operations.forEach(({ inputs }, o) =>
      inputs.forEach((_, k) => {
        entries[`f${o}.${k}`] = found.flow[place];
        entries[`l${o}.${k}`] = found.local[place++];
      }),
    );
    const grads = Object.fromEntries(names.map((name) => [name, name in leaves ? found.grad[leaves[name]] : 0]));
    now = { loss: found.data[graph.root], grads, entries };
  }

  // The curve changes only if another argument than its own has moved.
  function trace() {
    const along = model.get("along");
    const key = JSON.stringify([along, ...names.filter((name) => name !== along).map((name) => values[name])]);
    if (key === curveOf) return;
    curveOf = key;
    const { low, high } = sliders.find(({ name }) => name === along);
    const { leaves, graph } = model.get("picture");
    const at = leavesAt(leaves, values);
    curve = sample((x) => {
      if (along in leaves) at.set(leaves[along], x);
      return compute(at).data[graph.root];
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
  let question = null; // what is on its way to Python: values, what follows, a timer
  let next = null; // what follows the next question

  // One question at a time, and always about the latest values.
  function ask(then) {
    if (question && isAt(question.values)) question.then = then;
    else if (question) next = then;
    else {
      if (!model.send) return refuse("This function has branches or arrays: it moves in a notebook, where Python computes it.");
      const silent = "Python does not answer. Is it busy, or stopped? Run the notebook's cells again.";
      question = { values, then, timer: setTimeout(() => refuse(silent), PATIENCE) };
      model.send({ type: "point", values });
    }
  }

  // The numbers stay as they are, so the sliders go back to where they belong.
  function refuse(why) {
    question = next = null;
    stop();
    panel.removeAttribute("aria-busy");
    values = { ...model.get("values") };
    showSliders();
    write(note, why);
  }

  function answer({ type, state }) {
    if (type !== "point" || !question) return;
    const { then, timer } = question;
    clearTimeout(timer);
    question = null;
    write(note, "");
    adopt(state);
    if (!next) return then();
    const later = next;
    next = null;
    ask(later);
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
    page.dataset.stage = STAGES[stage][0];
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
    const slope = now.grads?.[along];
    if (now.problem) return write(sentence, "There is no number here, so there is no slope. Move a slider.");
    if (!Number.isFinite(now.loss)) return write(sentence, `${result} is no finite number here.`);
    if (!Number.isFinite(slope)) return write(sentence, "Here the curve has no slope.");
    if (Math.abs(slope) < FLAT)
      return write(sentence, `The tangent is flat: a little nudge of ${brief(along)} leaves ${result} as it is.`);
    const way = slope > 0 ? ["rises", "down"] : ["falls", "up"];
    write(sentence, `Nudge ${brief(along)} up and ${result} ${way[0]}: downhill is to turn ${brief(along)} ${way[1]}.`);
  }

  function describePlot() {
    const along = model.get("along");
    const known = curve.filter(([, y]) => y !== null);
    const { low, high } = sliders.find(({ name }) => name === along);
    let words = `Curve of ${result} over ${along} from ${short(low)} to ${short(high)}`;
    if (known.length) {
      const [at, least] = known.reduce((a, b) => (b[1] < a[1] ? b : a));
      words += `, lowest ${short(least)} at ${along} = ${short(at)}`;
    }
    plot.setAttribute("aria-label", words);
  }

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
    if (question) ask(done);
    else done();
  }

  function setRate(lr) {
    model.set("lr", lr);
    model.save_changes();
    showSliders();
  }

  plot.onpointerdown = (event) => {
    plot.setPointerCapture(event.pointerId);
    plot.onpointermove = pull;
    pull(event);
  };
  plot.onpointerup = plot.onpointercancel = () => {
    if (!plot.onpointermove) return;
    plot.onpointermove = null;
    settle();
  };

  function pull(event) {
    const { left, width } = plot.getBoundingClientRect();
    const wide = plot.viewBox.baseVal.width;
    const share = (((event.clientX - left) / width) * wide - LEFT) / (wide - LEFT - RIGHT);
    const { name, low, high, step } = sliders.find((slider) => slider.name === model.get("along"));
    const steps = Math.round((Math.max(0, Math.min(1, share)) * (high - low)) / step);
    drag({ [name]: Math.min(high, +(low + steps * step).toPrecision(12)) });
  }

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
    const moves = names.slice(0, 3).map((name) => moveInWords(name, before, lr, grads, values));
    let words = `Step ${history.length - 1}: ${moves.join("; ")}${names.length > 3 ? "; …" : ""}. `;
    if (now.problem) words += `There the function raises ${now.problem}`;
    else if (!Number.isFinite(now.loss)) words += `There ${result} is ${show(now.loss)}: the learning rate is too large. Press Reset and try a smaller one.`;
    else if (now.loss > loss) words += `${result} rises from ${short(loss)} to ${short(now.loss)}: the step was too long. Try a smaller learning rate.`;
    else if (now.loss < loss) words += `${result} falls from ${short(loss)} to ${short(now.loss)}.`;
    else words += `${result} stays ${short(now.loss)}.`;
    const along = model.get("along");
    const { low, high } = sliders.find(({ name }) => name === along);
    if (values[along] < low || values[along] > high)
      words += ` (${brief(along)} = ${short(values[along])} is outside of the curve, which goes from ${short(low)} to ${short(high)}.)`;
    if (names.length > 1 && history.length === 2)
      words += ` The curve over ${brief(along)} changes too, because every slider has moved.`;
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
    "change:lr": showSliders,
    "change:picture": showPicture,
    "change:numbers": hear,
    "msg:custom": answer,
  };
  for (const [event, act] of Object.entries(events)) model.on(event, act);
  showPicture();
  showSliders();
  adopt(model.get("numbers"));
  if (live) work();
  draw();
  tell();
  el.append(page);
  const watcher = new ResizeObserver(() => draw());
  watcher.observe(plotFrame);
  return () => {
    stop();
    clearTimeout(question?.timer);
    watcher.disconnect();
    picture?.close();
    for (const [event, act] of Object.entries(events)) model.off(event, act);
  };
}

export { movingPart, plotOf, sample, stillPart };
export default { initialize: ({ model }) => hearPython(model), render };
