// Optimizers on a map. Python has drawn the map and worked out the paths; here they are shown up to
// a step, and a click on the map asks for paths from another start.

const SHAPES = [
  "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0z",
  "M-5-5h10v10h-10z",
  "M0-6.5 6 5H-6z",
  "M0-6.8 6.8 0 0 6.8-6.8 0z",
  "M0 6.5 6-5H-6z",
  "M-2-6h4v4h4v4h-4v4h-4v-4h-4v-4h4z",
];
const DASHES = ["none", "8 4", "2 3", "10 4 3 4", "5 3", "12 3 2 3 2 3"];
const SIDE = 420; // height of the map
const OVER = 10; // pixels above the map
const INSET = 8; // pixels between its edge and the mark of who has left it
const NOTICED = 1000; // milliseconds: who waits longer begins to wonder
const BLURRED = 8; // how often a picture that nobody draws anew is enlarged, at most
const TURN = 250; // milliseconds without another view: then Python draws it
const FRAME = 60; // milliseconds between two steps of "play"
const CALM = 900; // the same for readers who want little motion: few long steps instead of many short ones
const PLAY = { play: "M4 2l10 6-10 6z", pause: "M3 2h4v12H3zM9 2h4v12H9z", "back to the start": "M3 3h10v10H3z" };

function render({ model, el }) {
  wear(el, model.get("look"), "mt-look-landscape");
  const { axes, result, steps, sharp, patience } = model.get("spec");
  const [across, upward] = axes;
  let runs = model.get("runs");
  let complaint = ""; // about a start that could not be taken
  let waiting = null; // timers while Python is at work on new paths
  let width = 0;

  // ---- what is on the page -------------------------------------------------------------------
  const page = make("div", { class: "mt-walk mt-landscape", "data-stage": "forward", role: "group" });
  page.setAttribute("aria-label", `Optimizers on the map of ${result}`);
  const plot = svgNode("svg", { class: "mt-plot mt-map", role: "img", "font-size": 11 });
  const frame = make("div.mt-plot-frame");
  const view = viewRow(look, "map", "whole map");
  frame.append(plot, view.node);

  const table = make("table.mt-runs");
  const head = make("tr");
  for (const title of ["optimizer", across.name, upward.name, result]) head.append(make("th", { scope: "col", title }, clipped(title, 12)));
  table.append(make("caption", {}, "Optimizers at this step"), head);
  const rows = runs.paths.map(({ name }, k) => {
    const row = make("tr");
    const box = make("input", { type: "checkbox" });
    keepKeys(box);
    box.onchange = () => {
      const hidden = new Set(model.get("hidden"));
      if (box.checked) hidden.delete(name);
      else hidden.add(name);
      send({ hidden: [...hidden] });
    };
    const label = make("label", { class: `mt-run mt-run-${k % SHAPES.length}` });
    label.append(box, swatch(k), make("span", {}, name));
    const first = make("th", { scope: "row" });
    first.append(label);
    const cells = [0, 1, 2].map(() => make("td"));
    row.append(first, ...cells);
    table.append(row);
    return { row, box, cells };
  });

  const player = make("div.mt-player", { role: "group", "aria-label": "play the steps" });
  const scrubber = make("input", {
    type: "range", min: 0, max: steps, step: 1, class: "mt-scrubber", "aria-label": "step",
  });
  keepKeys(scrubber);
  scrubber.oninput = () => {
    halt();
    show(+scrubber.value);
  };
  scrubber.onchange = tell;
  const counter = make("span.mt-counter", { "aria-hidden": "true" });
  player.append(scrubber, counter);

  const knobs = axes.map((axis) =>
    sliderRow(
      { ...axis, label: `start ${axis.name}` },
      (x) => begin({ [axis.name]: x }),
      tell,
    ),
  );
  const sentence = make("p.mt-sentence");
  const panel = make("div.mt-panel", { "aria-live": "polite" });
  panel.append(sentence);
  const note = make("p.mt-note");
  const side = make("div.mt-side");
  const hint = make("p.mt-given", {}, "All paths begin here (or click on the map):");
  side.append(table, player, hint, ...knobs.map(({ row }) => row));
  const top = make("div.mt-top");
  top.append(frame, side);
  page.append(top, panel, note);

  // ---- the map: its parts are made once, and placed when its width or the view changes ---------
  const scales = svgNode("g");
  const inner = svgNode("svg", { x: LEFT, y: OVER, overflow: "hidden" });
  const picture = svgNode("image", { preserveAspectRatio: "none" });
  const border = svgNode("rect", { x: LEFT, y: OVER, fill: "none", stroke: LINE });
  inner.append(picture);
  const lines = runs.paths.map((_, k) => {
    const group = svgNode("g", { class: `mt-run-${k % SHAPES.length}` });
    const halo = svgNode("path", { class: "mt-halo" });
    const line = svgNode("path", { class: "mt-trail", "stroke-dasharray": dashes(k) });
    const mark = svgNode("path", { class: "mt-mark", d: SHAPES[k % SHAPES.length] });
    group.append(halo, line, mark);
    inner.append(group);
    return { group, halo, line, mark };
  });
  plot.append(scales, inner, border);

  const room = () => [width - LEFT - RIGHT, SIDE - BOTTOM - OVER];
  // From where to where the map is shown, to the right and upwards.
  const sides = () => axes.map(({ name, low, high }) => model.get("view")[name] ?? [low, high]);
  const share = (x, [low, high]) => (x / 2 - low / 2) / (high / 2 - low / 2);
  // Where a point is in the frame.
  function locate([x, y]) {
    const [[wide, high], [right, up]] = [room(), sides()];
    return [share(x, right) * wide, (1 - share(y, up)) * high];
  }

  function drawMap() {
    const now = Math.max(300, Math.round(frame.clientWidth || 480));
    if (now === width) return;
    width = now;
    place();
  }

  function place() {
    const [wide, high] = room();
    const [right, up] = sides();
    plot.setAttribute("viewBox", `0 0 ${width} ${SIDE}`);
    const parts = [];
    for (const tick of ticks(...up, 6)) {
      const at = OVER + (1 - share(tick, up)) * high;
      parts.push(svgLine(LEFT - 4, at, LEFT, at, LINE, 'stroke-width="1"'));
      parts.push(svgText(LEFT - 7, at + 4, short(tick), MUTED, 'text-anchor="end"'));
    }
    for (const tick of ticks(...right, Math.max(2, Math.floor(wide / 60)))) {
      const at = LEFT + share(tick, right) * wide;
      parts.push(svgLine(at, OVER + high, at, OVER + 4 + high, LINE, 'stroke-width="1"'));
      parts.push(svgText(at, OVER + 17 + high, short(tick), MUTED, 'text-anchor="middle"'));
    }
    const bold = 'text-anchor="middle" font-weight="700"';
    parts.push(svgText(LEFT + wide / 2, SIDE - 8, clipped(across.name, 22), INK, bold));
    parts.push(svgText(12, OVER + high / 2, clipped(upward.name, 4), INK, bold));
    scales.innerHTML = parts.join("");
    for (const part of [inner, border]) for (const [name, size] of [["width", wide], ["height", high]]) set(part, name, size);
    placePicture();
    trails = runs.paths.map(({ points }) => {
      const places = points.map(locate);
      return { places, drawn: pieces(places, room()) };
    });
    view.show(words(), choices());
    drawPaths();
  }

  function placePicture() {
    const { image, sides, legend, heights: text } = model.get("land");
    heights = new Float32Array(Uint8Array.from(atob(text), (sign) => sign.charCodeAt()).buffer);
    const [left, bottom] = locate(sides.map(([low]) => low));
    const [right, top] = locate(sides.map(([, high]) => high));
    const box = { href: image, x: left, y: top, width: right - left, height: bottom - top };
    for (const [name, value] of Object.entries(box)) if (picture.getAttribute(name) !== String(value)) set(picture, name, value);
    write(note, legend);
  }

  let heights = []; // on a grid over the whole picture, from the lower left
  let trails = []; // of each path: where its points are, and what is drawn up to each of them

  // ---- a part of the map -------------------------------------------------------------------------
  const words = () => axes.map(({ name }, k) => `${name} ${reach(sides()[k].map((end) => [end]))}`).join(", ");

  function choices() {
    const isWhole = !Object.keys(model.get("view")).length;
    const most = sharp && model.send ? undefined : BLURRED;
    const [one, other] = sides().map((side, k) => viewChoices(side, axes[k], isWhole, most));
    return { closer: one.closer && other.closer, farther: one.farther && other.farther, whole: !isWhole };
  }

  // Where the optimizer is that the words name, if it can be seen, and else the middle of the map.
  function middle() {
    const [[wide, high], best] = [room(), lowest()];
    const [x, y] = best ? best.place : [-1];
    return x >= 0 && x <= wide && y >= 0 && y <= high ? [x, y] : [wide / 2, high / 2];
  }

  function look(name, x, y) {
    if (!choices()[name]) return;
    const scale = width / rectOf(plot).width;
    const kept = pointAt(x === undefined ? middle() : [x * scale - LEFT, y * scale - OVER]);
    const next = sides().map((side, k) => nextView(name, side, kept[k], axes[k]));
    const isWhole = next.every((side) => !side.length);
    const full = ({ low, high }, side) => (side.length ? side : [low, high]);
    model.set("view", isWhole ? {} : Object.fromEntries(axes.map((axis, k) => [axis.name, full(axis, next[k])])));
    clearTimeout(turning);
    turning = setTimeout(() => {
      model.save_changes();
      say(`The map shows ${words()}.`);
    }, TURN);
  }

  let turning = null;

  // What is at a place of the frame.
  function pointAt([left, top]) {
    const [[wide, high], [right, up]] = [room(), sides()];
    const between = ([low, end], t) => low + t * (end - low);
    return [between(right, left / wide), between(up, 1 - top / high)];
  }

  // The height of the map, from those that came with it, between them in proportion; NaN beside it.
  function heightAt(point) {
    const { sides } = model.get("land");
    const size = Math.sqrt(heights.length);
    const [column, row] = point.map((x, d) => share(x, sides[d]) * (size - 1));
    const [left, top] = [column, row].map((at) => within(Math.floor(at), 0, size - 2));
    const [h, v] = [column - left, row - top];
    if (within(h, 0, 1) !== h || within(v, 0, 1) !== v) return NaN;
    const [a, b, c, d] = [0, 1, size, size + 1].map((step) => heights[top * size + left + step]);
    return (1 - v) * ((1 - h) * a + h * b) + v * ((1 - h) * c + h * d);
  }

  // Say the point under the pointer.
  plot.addEventListener("pointermove", ({ clientX, clientY }) => {
    const { left, top, width: shown } = rectOf(plot);
    const scale = width / shown;
    const point = pointAt([(clientX - left) * scale - LEFT, (clientY - top) * scale - OVER]);
    if (!point.every((x, k) => x >= sides()[k][0] && x <= sides()[k][1])) return view.show(words(), choices());
    const height = heightAt(point);
    const there = axes.map(({ name }, k) => `${name} ≈ ${short(+point[k].toPrecision(3))}`);
    if (Number.isFinite(height)) there.push(`${result} ≈ ${short(+height.toPrecision(2))}`);
    view.show(there.join(", "), choices());
  });
  plot.addEventListener("pointerleave", () => view.show(words(), choices()));

  function drawPaths() {
    const at = model.get("at");
    const hidden = model.get("hidden");
    runs.paths.forEach(({ name, points }, k) => {
      const { group, halo, line, mark } = lines[k];
      const { row, box, cells } = rows[k];
      const last = Math.min(at, points.length - 1);
      const away = hidden.includes(name);
      group.style.display = away ? "none" : "";
      row.classList.toggle("mt-away", away);
      box.checked = !away;
      const { places, drawn } = trails[k];
      const d = drawn.slice(0, last + 1).join("");
      halo.setAttribute("d", d);
      line.setAttribute("d", d);
      // Who has left the map waits at its edge, as an outline.
      const isOut = places[last].some((at, i) => !(at >= 0 && at <= room()[i]));
      const edge = places[last].map((at, i) => (isOut ? within(at, INSET, room()[i] - INSET) : at));
      mark.setAttribute("transform", `translate(${edge.map(px)})`);
      mark.classList.toggle("mt-out", isOut);
      points[last].forEach((x, i) => write(cells[i], x === null ? "—" : short(x)));
    });
    scrubber.value = at;
    scrubber.setAttribute("aria-valuetext", `step ${at} of ${steps}`);
    write(counter, `step ${at} of ${steps}`);
    page.dataset.at = at;
  }

  const isSeen = ({ name }) => !model.get("hidden").includes(name);

  // The optimizer that is lowest at this step.
  function lowest() {
    const now = runs.paths.map((run, k) => {
      const last = Math.min(model.get("at"), run.points.length - 1);
      return { run, loss: run.points[last][2], place: trails[k].places[last] };
    });
    const known = now.filter(({ run, loss }) => isSeen(run) && loss !== null);
    return known.length ? known.reduce((a, b) => (b.loss < a.loss ? b : a)) : null;
  }

  function say(words) {
    write(sentence, words);
    panel.removeAttribute("aria-busy");
  }

  // What has come of it, when nothing moves.
  function tell() {
    const at = model.get("at");
    const seen = runs.paths.filter(isSeen);
    const words = complaint ? [complaint] : [];
    const best = lowest();
    if (at === 0) {
      const start = axes.map(({ name }) => `${name} = ${short(runs.start[name])}`).join(", ");
      words.push(`All start at ${start}. Press play, or move the step slider.`);
    } else if (best) {
      words.push(`After ${inSteps(at)} ${best.run.name} is lowest: ${result} = ${short(best.loss)}.`);
    }
    for (const { name, points, end } of seen) {
      if (end && at >= points.length - 1) words.push(`${name} ended at step ${points.length - 1}: ${end}.`);
      const out = points.findIndex(([x, y]) => x < across.low || x > across.high || y < upward.low || y > upward.high);
      if (!end && out >= 0 && out <= at) words.push(`${name} left the map at step ${out}.`);
    }
    say(words.join(" "));
    const names = seen.map(({ name }) => name).join(", ");
    plot.setAttribute("aria-label", `Map of ${result} over ${across.name} and ${upward.name}, with the paths of ${names}.`);
  }

  // ---- steps -----------------------------------------------------------------------------------
  let player_ = null; // the model of ipywidgets' Play
  let halt = () => player_?.set("playing", false);
  const tenth = (k) => k >= steps / 10 && steps % k === 0;
  const hop = Array.from({ length: steps }, (_, k) => k + 1).find(tenth);
  const pace = calm.matches ? { interval: CALM, step: hop } : { interval: FRAME, step: 1 };
  let quiet = null;

  function show(at) {
    panel.setAttribute("aria-busy", "true"); // do not read out every step on the way
    model.set("at", at);
    player_?.set("value", at);
    drawPaths();
    complaint = "";
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      tell();
      model.save_changes();
    }, 400);
  }

  async function addPlayer() {
    const id = model.get("play")?.replace?.("IPY_MODEL_", "");
    if (!id || !model.widget_manager) return addButtons();
    player_ = await model.widget_manager.get_model(id);
    player_.set(pace);
    const view = await model.widget_manager.create_view(player_);
    const [start, stop] = view.el.querySelectorAll("button");
    const rename = () => label(start, player_.get("playing") ? "pause" : "play");
    label(stop, "back to the start"); // ipywidgets gives the buttons of Play no names
    player_.on("change:playing", rename);
    player_.on("change:value", onPlay);
    rename();
    player.prepend(view.el);
    leave.push(() => {
      player_.set("playing", false);
      player_.off("change:playing", rename);
      player_.off("change:value", onPlay);
      view.remove();
    });
  }

  // A page of its own has no ipywidgets, so it plays by itself.
  function addButtons() {
    let timer = null;
    const start = iconButton(() => {
      if (timer === null && model.get("at") >= steps) show(0);
      playing(timer === null);
    });
    const stop = iconButton(() => {
      playing(false);
      show(0);
    });
    const dress = (button, name) => icon(button, PLAY[name], name);
    const playing = (on) => {
      clearInterval(timer);
      timer = on ? setInterval(advance, pace.interval) : null;
      dress(start, on ? "pause" : "play");
    };
    const advance = () => {
      const at = Math.min(steps, model.get("at") + pace.step);
      if (at === steps) playing(false);
      show(at);
    };
    halt = () => playing(false);
    dress(start, "play");
    dress(stop, "back to the start");
    const buttons = make("div.widget-play");
    buttons.append(start, stop);
    player.prepend(buttons);
    leave.push(halt);
  }

  function onPlay() {
    const at = player_.get("value");
    if (at !== model.get("at")) show(at);
  }

  // ---- another start ---------------------------------------------------------------------------
  let wanted = null;

  function begin(change) {
    halt();
    wanted = { ...(wanted ?? model.get("start")), ...change };
    axes.forEach(({ name }, k) => knobs[k].show(wanted[name]));
    if (!waiting) ask();
  }

  function ask() {
    if (!model.send) return refuse("This page has no Python to work out other paths; in a notebook they can start anywhere.");
    const silent = "Python does not answer, so the paths stay where they were. Run the notebook's cells again.";
    const working = "Python is at work on the paths from there.";
    waiting = [setTimeout(say, NOTICED, working), setTimeout(refuse, patience * 1000, silent)];
    panel.setAttribute("aria-busy", "true");
    send({ start: wanted });
    wanted = null;
  }

  function stopWaiting() {
    waiting?.forEach(clearTimeout);
    waiting = null;
  }

  function refuse(why) {
    stopWaiting();
    wanted = null;
    complaint = why;
    showStart();
    tell();
  }

  function hear() {
    complaint = "";
    runs = model.get("runs");
    stopWaiting();
    place();
    if (wanted) ask();
    else tell();
  }

  onViewKeys(page, look);
  onZoom(plot, look);
  pullable(plot, pull);

  function pull(event) {
    const { left, top, width: shown } = plot.getBoundingClientRect();
    const scale = width / shown;
    const found = pointAt([(event.clientX - left) * scale - LEFT, (event.clientY - top) * scale - OVER]);
    const start = {};
    axes.forEach(({ name, low, high, step }, k) => {
      const [first, last] = sides()[k];
      const grain = step * Math.min(1, (last - first) / (high - low)); // finer from close up
      const x = within(within(found[k], first, last), low, high);
      start[name] = Math.min(high, +(low + Math.round((x - low) / grain) * grain).toPrecision(12));
    });
    begin(start);
  }

  // ---- beginning and end -----------------------------------------------------------------------
  function send(traits) {
    for (const [name, value] of Object.entries(traits)) model.set(name, value);
    model.save_changes();
  }

  function showStart() {
    if (!wanted) axes.forEach(({ name }, k) => knobs[k].show(model.get("start")[name]));
  }

  const onAt = () => {
    player_?.set("value", model.get("at"));
    drawPaths();
  };
  const onHidden = () => {
    drawPaths();
    tell();
  };
  const events = {
    "change:runs": hear,
    "change:at": onAt,
    "change:hidden": onHidden,
    "change:start": showStart,
    "change:view": place,
    "change:land": placePicture,
  };
  for (const [event, act] of Object.entries(events)) model.on(event, act);
  const watcher = new ResizeObserver(drawMap);
  const leave = [
    () => watcher.disconnect(),
    () => clearTimeout(quiet),
    stopWaiting,
    () => clearTimeout(turning),
    () => Object.entries(events).forEach(([event, act]) => model.off(event, act)),
  ];
  el.append(page);
  drawMap();
  showStart();
  tell();
  addPlayer();
  watcher.observe(frame);
  return () => leave.forEach((act) => act());
}

// Colour, dashes and shape repeat after six; the seventh has other dashes than the first.
function dashes(k) {
  return DASHES[(k + Math.floor(k / 6)) % 6];
}

// A piece of an optimizer's line with its mark.
function swatch(k) {
  const small = svgNode("svg", { width: 34, height: 14, viewBox: "0 -7 34 14", "aria-hidden": "true" });
  small.append(
    svgNode("path", { class: "mt-trail", d: "M0 0H34", "stroke-dasharray": dashes(k) }),
    svgNode("path", { class: "mt-mark", d: SHAPES[k % SHAPES.length], transform: "translate(17 0) scale(.9)" }),
  );
  return small;
}

export { pieces };
export default { initialize: ({ model }) => hearPython(model), render };
