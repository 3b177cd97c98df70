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
const PATIENCE = 8000; // milliseconds to wait for Python
const FRAME = 60; // milliseconds between two steps of "play"
const CALM = 900; // the same for readers who want little motion: few long steps instead of many short ones
const PLAY = { play: "M4 2l10 6-10 6z", pause: "M3 2h4v12H3zM9 2h4v12H9z", "back to the start": "M3 3h10v10H3z" };

function render({ model, el }) {
  wear(el, model.get("look"), "mt-look-landscape");
  const { axes, result, image, legend, steps } = model.get("spec");
  const [across, upward] = axes;
  let runs = model.get("runs");
  let complaint = ""; // about a start that could not be taken
  let waiting = null; // a timer while Python is at work on new paths
  let width = 0;

  // ---- what is on the page -------------------------------------------------------------------
  const page = make("div", { class: "mt-walk mt-landscape", "data-stage": "forward", role: "group" });
  page.setAttribute("aria-label", `Optimizers on the map of ${result}`);
  const plot = svgNode("svg", { class: "mt-plot mt-map", role: "img", "font-size": 11 });
  const frame = make("div.mt-plot-frame");
  frame.append(plot);

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
  const note = make("p.mt-note", {}, legend);
  const side = make("div.mt-side");
  const hint = make("p.mt-given", {}, "All paths begin here (or click on the map):");
  side.append(table, player, hint, ...knobs.map(({ row }) => row));
  const top = make("div.mt-top");
  top.append(frame, side);
  page.append(top, panel, note);

  // ---- the map: drawn when its width changes; the paths on it whenever the step does ----------
  let lines = [];

  function drawMap() {
    const now = Math.max(300, Math.round(frame.clientWidth || 480));
    if (now === width) return;
    width = now;
    const [wide, high] = [width - LEFT - RIGHT, SIDE - BOTTOM - 10];
    plot.setAttribute("viewBox", `0 0 ${width} ${SIDE}`);
    const parts = [];
    for (const tick of ticks(upward.low, upward.high, 6)) {
      const at = 10 + ((upward.high - tick) / (upward.high - upward.low)) * high;
      parts.push(svgLine(LEFT - 4, at, LEFT, at, LINE, 'stroke-width="1"'));
      parts.push(svgText(LEFT - 7, at + 4, short(tick), MUTED, 'text-anchor="end"'));
    }
    for (const tick of ticks(across.low, across.high, Math.max(2, Math.floor(wide / 60)))) {
      const at = LEFT + ((tick - across.low) / (across.high - across.low)) * wide;
      parts.push(svgLine(at, 10 + high, at, 14 + high, LINE, 'stroke-width="1"'));
      parts.push(svgText(at, 27 + high, short(tick), MUTED, 'text-anchor="middle"'));
    }
    const bold = 'text-anchor="middle" font-weight="700"';
    parts.push(svgText(LEFT + wide / 2, SIDE - 8, clipped(across.name, 22), INK, bold));
    parts.push(svgText(12, 10 + high / 2, clipped(upward.name, 4), INK, bold));
    plot.innerHTML = parts.join("");
    const inner = svgNode("svg", { x: LEFT, y: 10, width: wide, height: high, overflow: "hidden" });
    const land = svgNode("image", { href: image, width: wide, height: high, preserveAspectRatio: "none" });
    inner.append(land);
    lines = runs.paths.map((_, k) => {
      const group = svgNode("g", { class: `mt-run-${k % SHAPES.length}` });
      const halo = svgNode("path", { class: "mt-halo" });
      const line = svgNode("path", { class: "mt-trail", "stroke-dasharray": dashes(k) });
      const mark = svgNode("path", { class: "mt-mark", d: SHAPES[k % SHAPES.length] });
      group.append(halo, line, mark);
      inner.append(group);
      return { group, halo, line, mark };
    });
    plot.append(inner);
    plot.insertAdjacentHTML(
      "beforeend",
      `<rect x="${LEFT}" y="10" width="${wide}" height="${high}" fill="none" stroke="${LINE}"/>`,
    );
    locate();
  }

  // Where all points are on the map.
  let places = [];
  function locate() {
    const [wide, high] = [width - LEFT - RIGHT, SIDE - BOTTOM - 10];
    places = runs.paths.map(({ points }) =>
      points.map(([x, y]) => {
        const left = clamp(((x - across.low) / (across.high - across.low)) * wide);
        const top = clamp(((upward.high - y) / (upward.high - upward.low)) * high);
        return `${px(left)} ${px(top)}`;
      }),
    );
    drawPaths();
  }

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
      const d = "M" + places[k].slice(0, last + 1).join("L");
      halo.setAttribute("d", d);
      line.setAttribute("d", d);
      mark.setAttribute("transform", `translate(${places[k][last]})`);
      points[last].forEach((x, i) => write(cells[i], x === null ? "—" : short(x)));
    });
    scrubber.value = at;
    scrubber.setAttribute("aria-valuetext", `step ${at} of ${steps}`);
    write(counter, `step ${at} of ${steps}`);
    page.dataset.at = at;
  }

  // What has come of it, when nothing moves.
  function tell() {
    const at = model.get("at");
    const seen = runs.paths.filter(({ name }) => !model.get("hidden").includes(name));
    const words = complaint ? [complaint] : [];
    const here = seen.map(({ name, points }) => [name, points[Math.min(at, points.length - 1)]]);
    const known = here.filter(([, point]) => point[2] !== null);
    if (at === 0) {
      const start = axes.map(({ name }) => `${name} = ${short(runs.start[name])}`).join(", ");
      words.push(`All start at ${start}. Press play, or move the step slider.`);
    } else if (known.length) {
      const [name, point] = known.reduce((a, b) => (b[1][2] < a[1][2] ? b : a));
      words.push(`After ${inSteps(at)} ${name} is lowest: ${result} = ${short(point[2])}.`);
    }
    for (const { name, points, end } of seen) {
      if (end && at >= points.length - 1) words.push(`${name} ended at step ${points.length - 1}: ${end}.`);
      const out = points.findIndex(([x, y]) => x < across.low || x > across.high || y < upward.low || y > upward.high);
      if (!end && out >= 0 && out <= at) words.push(`${name} left the map at step ${out}.`);
    }
    write(sentence, words.join(" "));
    panel.removeAttribute("aria-busy");
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
    waiting = setTimeout(() => refuse(silent), PATIENCE);
    panel.setAttribute("aria-busy", "true");
    send({ start: wanted });
    wanted = null;
  }

  function refuse(why) {
    waiting = wanted = null;
    panel.removeAttribute("aria-busy");
    complaint = why;
    showStart();
    tell();
  }

  function hear() {
    complaint = "";
    runs = model.get("runs");
    clearTimeout(waiting);
    waiting = null;
    locate();
    if (wanted) ask();
    else tell();
  }

  pullable(plot, pull);

  function pull(event) {
    const { left, top, width: shown } = plot.getBoundingClientRect();
    const scale = width / shown;
    const [wide, high] = [width - LEFT - RIGHT, SIDE - BOTTOM - 10];
    const share = [((event.clientX - left) * scale - LEFT) / wide, 1 - ((event.clientY - top) * scale - 10) / high];
    const start = {};
    axes.forEach(({ name, low, high: end, step }, k) => {
      const count = Math.round((Math.max(0, Math.min(1, share[k])) * (end - low)) / step);
      start[name] = Math.min(end, +(low + count * step).toPrecision(12));
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
  const events = { "change:runs": hear, "change:at": onAt, "change:hidden": onHidden, "change:start": showStart };
  for (const [event, act] of Object.entries(events)) model.on(event, act);
  const watcher = new ResizeObserver(drawMap);
  const leave = [
    () => watcher.disconnect(),
    () => clearTimeout(quiet),
    () => clearTimeout(waiting),
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

export default { initialize: ({ model }) => hearPython(model), render };
