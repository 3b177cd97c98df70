// A living picture of a graph. Python draws and places it; here its numbers are patched, its parts
// are marked, and it is moved and zoomed. Parts are called v3 (value), o5 (operation), e5.0 (line
// into operation 5 from its input 0; e5.-1: from it to its result) and l5.0 (local gradient).

const DOT = "·"; // not computed yet
const CLOSEST = 0.1; // how far the picture can be zoomed out ...
const WIDEST = 4; // ... and in
const REST = 200; // milliseconds without a change: then nobody waits for the next one
const ROOM = 40; // pixels between what is in the spotlight and the edge of the frame

// `since(slot)` says from which step on a slot is shown; until then there is a dot.
function livePicture(markup, { values }, since) {
  const scroller = make("div", { class: "mt-scroller" });
  scroller.innerHTML = markup;
  const svg = scroller.firstElementChild;
  const natural = +svg.getAttribute("width");
  svg.style.setProperty("--width", natural + "px");
  const parts = {};
  for (const [kind, letter] of [["value", "v"], ["op", "o"], ["edge", "e"], ["label", "l"]])
    for (const part of svg.querySelectorAll(`[data-${kind}]`)) parts[letter + part.dataset[kind]] = part;
  const boxes = values.map((_, i) => parts[`v${i}`]);
  const places = boxes.map((box) => {
    const rect = box?.querySelector("rect");
    return rect && ["x", "y", "width", "height"].map((side) => +rect.getAttribute(side));
  });
  const news = {}; // the texts that each step brings
  const texts = [...svg.querySelectorAll("[data-slot]")].map((node) => {
    node.textContent ||= DOT; // from now on its one text node is patched
    const { slot } = node.dataset;
    const text = { slot, from: since(slot), x: +node.getAttribute("x"), node: node.firstChild };
    (news[text.from] ??= []).push(text);
    return text;
  });

  // ---- numbers -----------------------------------------------------------------------------
  let shown = { entries: {}, step: -1 };
  const stale = new Set(values.keys()); // values whose words for screen readers are of before
  let later; // what is out of sight, and what screen readers read, can wait until the hand rests

  function write(entries, step) {
    shown = { entries, step };
    for (const text of texts) if (text.x >= frame.left && text.x <= frame.right) patch(text);
    rest();
  }

  // Another step with the same numbers.
  function turnTo(step) {
    const [from, to] = [shown.step, step].sort((a, b) => a - b);
    shown.step = step;
    for (let k = from + 1; k <= to; k++) news[k]?.forEach(patch);
    rest();
  }

  function rest() {
    clearTimeout(later);
    later = setTimeout(writeRest, REST);
  }

  function writeRest() {
    texts.forEach(patch);
    stale.forEach(describe);
    stale.clear();
  }

  function patch(text) {
    const entry = text.from <= shown.step ? shown.entries[text.slot] ?? "…" : DOT;
    if (text.entry === entry) return;
    text.entry = entry;
    const words = show(entry);
    if (text.words === words) return;
    if ((text.words === DOT) !== (words === DOT)) text.node.parentNode.classList.toggle("mt-dot", words === DOT);
    text.node.data = text.words = words;
    stale.add(+text.slot.slice(1)); // of a label it is no value, or one too many
  }

  // What a screen reader says of a value.
  function describe(i) {
    if (!boxes[i]) return;
    const { name, shape, requires_grad } = values[i];
    const say = (slot) => (since(slot) <= shown.step ? show(shown.entries[slot]) : "not computed yet");
    const size = shape.length ? ", shape " + shape.join("×") : "";
    let label = name + size + ", data " + say("d" + i);
    if (requires_grad) label += ", gradient " + say("t" + i);
    if (boxes[i].mtLabel === label) return;
    set(boxes[i], "aria-label", label);
    boxes[i].mtLabel = label;
  }

  // ---- marks -------------------------------------------------------------------------------
  const marked = {};

  // Exactly these parts carry the mark from now on.
  function mark(name, keys) {
    const now = new Set(keys);
    const before = marked[name] ?? new Set();
    for (const key of before) if (!now.has(key)) parts[key]?.classList.remove(name);
    for (const key of now) if (!before.has(key)) parts[key]?.classList.add(name);
    marked[name] = now;
  }

  // ---- the frame, in the picture's own coordinates: measured when nothing else is going on ----
  let frame = { left: -Infinity, right: Infinity };

  function measure() {
    const [outer, inner] = [scroller, svg].map(rectOf);
    if (!inner.width) return;
    const scale = inner.width / natural;
    const place = (x, from) => (x - from) / scale;
    frame = {
      scale,
      left: place(outer.left, inner.left),
      right: place(outer.right, inner.left),
      top: place(outer.top, inner.top),
      bottom: place(outer.bottom, inner.top),
    };
    write(shown.entries, shown.step);
  }

  // The page itself must not jump, so only the picture's own frame scrolls.
  function spotlight(i) {
    if (!places[i] || !frame.scale) return;
    const [x, y, width, height] = places[i];
    const room = ROOM / frame.scale;
    const off = (low, high, from, to) => (low < from + room || high > to - room ? (low + high - from - to) / 2 : 0);
    const left = off(x, x + width, frame.left, frame.right) * frame.scale;
    const top = off(y, y + height, frame.top, frame.bottom) * frame.scale;
    if (left || top) pan(left, top);
  }

  // ---- zoom and pan --------------------------------------------------------------------------
  // The point at `at` stays where it is; without `at` it is the middle of the frame.
  function zoom(factor, at) {
    const outer = rectOf(scroller);
    const [x, y] = at ?? [outer.left + outer.width / 2, outer.top + outer.height / 2];
    const before = rectOf(svg);
    const scale = Math.min(WIDEST, Math.max(CLOSEST, (before.width / natural) * factor));
    scroller.classList.remove("mt-whole");
    scroller.classList.add("mt-zoomed");
    svg.style.setProperty("--width", natural * scale + "px");
    const after = rectOf(svg);
    scroller.scrollLeft += after.left + ((x - before.left) / before.width) * after.width - x;
    scroller.scrollTop += after.top + ((y - before.top) / before.height) * after.height - y;
    measure();
  }

  // The whole picture in the frame, or back to a size that can be read. Says which it is now.
  function whole(on = !scroller.classList.contains("mt-whole")) {
    scroller.classList.remove("mt-zoomed");
    scroller.classList.toggle("mt-whole", on);
    svg.style.setProperty("--width", natural + "px");
    measure();
    return on;
  }

  function pan(left, top) {
    scroller.scrollBy({ left, top, behavior: smooth() });
  }

  scroller.addEventListener("scroll", measure, { passive: true });
  scroller.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // an ordinary wheel scrolls the page
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 300), [event.clientX, event.clientY]);
    },
    { passive: false },
  );
  scroller.addEventListener("pointermove", (event) => {
    if (event.buttons !== 1 || event.pointerType !== "mouse") return; // fingers scroll by themselves
    scroller.scrollLeft -= event.movementX;
    scroller.scrollTop -= event.movementY;
  });
  const watcher = new ResizeObserver(measure);
  watcher.observe(scroller);

  return {
    node: scroller, svg, parts, boxes, write, writeRest, turnTo, describe, mark, measure, spotlight, zoom, whole, pan,
    isWide: () => natural * 0.9 > scroller.clientWidth,
    close() {
      watcher.disconnect();
      clearTimeout(later);
    },
  };
}

// ---- small tools -----------------------------------------------------------------------------
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const smooth = () => (calm.matches ? "auto" : "smooth");

const rectOf = (node) => node.getBoundingClientRect();
const set = (node, name, value) => node.setAttribute(name, value);

function make(tag, attributes = {}, text = "") {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) set(node, name, value);
  node.textContent = text;
  return node;
}

// Touch the page only where a text really changes; to remember it is faster than to ask the page.
function write(node, text) {
  if (node.mtText === text) return;
  node.mtText = text;
  if (node.firstChild?.nodeType === Node.TEXT_NODE) node.firstChild.data = text;
  else node.textContent = text;
}

// Text between tags.
function escape(text) {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt()};`);
}

function partial(of, by) {
  const d = (name) => `<mrow><mo>∂</mo><mi>${escape(name)}</mi></mrow>`;
  return `<mfrac>${d(of)}${d(by)}</mfrac>`;
}
