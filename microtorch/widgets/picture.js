// A living picture of a graph. Python draws and places it; here its numbers are patched, its parts
// are marked, and it is moved and zoomed. Parts are called v3 (value), o5 (operation), e5.0 (line
// into operation 5 from its input 0; e5.-1: from it to its result) and l5.0 (local gradient).

const DOT = "·"; // not computed yet
const CLOSEST = 0.1; // how far the picture can be zoomed out ...
const WIDEST = 4; // ... and in
const REST = 200; // milliseconds without a change: then nobody waits for the next one
const PIECE = 30; // values that are described at a time
const NEAR = "40px"; // round the frame: what is there will soon be in sight
const ROOM = 40; // pixels between what is in the spotlight and the edge of the frame

// `since(slot)` says from which step on a slot is shown; until then there is a dot. `resized` is
// called when the frame has got its size, or another one.
function livePicture(markup, { values }, since, resized = () => {}) {
  const scroller = make("div", { class: "mt-scroller" });
  scroller.innerHTML = markup;
  const svg = scroller.firstElementChild;
  const natural = +svg.getAttribute("width");
  svg.style.setProperty("--width", natural + "px");
  const parts = {};
  for (const [kind, letter] of [["value", "v"], ["op", "o"], ["edge", "e"], ["label", "l"]])
    for (const part of svg.querySelectorAll(`[data-${kind}]`)) parts[letter + part.dataset[kind]] = part;
  const boxes = values.map((_, i) => parts[`v${i}`]);
  const numbers = new Map(); // the texts that hold numbers, by the parts that they stand in
  for (const node of svg.querySelectorAll("[data-slot]")) {
    node.textContent ||= DOT; // from now on its one text node is patched
    const { slot } = node.dataset;
    const text = { slot, from: since(slot), node: node.firstChild };
    numbers.set(node.parentNode, [...(numbers.get(node.parentNode) ?? []), text]);
  }

  // Only a module for arrays has heat maps.
  const paint = typeof heatMaps === "undefined" ? () => {} : heatMaps(svg, since);

  // ---- numbers: those in sight are written at once, the others when the hand rests ------------
  let shown = { entries: {}, step: -1 };
  const said = []; // the words of each value when it was described
  let later; // what screen readers read can wait until the hand rests
  const all = new Set(svg.querySelectorAll(".mt-value, .mt-label"));
  const sight = new Set(all);
  const eye = new IntersectionObserver(
    (changes) => {
      const came = new Set();
      for (const { target, isIntersecting } of changes) {
        sight[isIntersecting ? "add" : "delete"](target);
        if (isIntersecting) came.add(target);
      }
      update(came);
    },
    { root: scroller, rootMargin: NEAR },
  );
  for (const part of all) eye.observe(part);

  function update(parts = sight) {
    for (const part of parts) numbers.get(part)?.forEach(patch);
    paint(shown, parts);
  }

  const catchUp = () => update(all);
  addEventListener("beforeprint", catchUp);

  function write(entries, step) {
    shown = { entries, step };
    update();
    clearTimeout(later);
    later = setTimeout(describeAll, REST, 0);
  }

  // A piece at a time, so that nothing has to wait for it.
  function describeAll(i) {
    for (const end = i + PIECE; i < end; i++) describe(i);
    if (i < boxes.length) later = setTimeout(describeAll, 0, i);
    else catchUp();
  }

  // What a number says now; to remember it is faster than to write it anew.
  function wordsOf(text) {
    const entry = text.from <= shown.step ? shown.entries[text.slot] ?? "…" : DOT;
    if (text.entry !== entry) text.words = show((text.entry = entry));
    return text.words;
  }

  function patch(text) {
    const words = wordsOf(text);
    if (text.written === words) return;
    if ((text.written === DOT) !== (words === DOT)) text.node.parentNode.classList.toggle("mt-dot", words === DOT);
    text.node.data = text.written = words;
  }

  // What a screen reader says of a value.
  function describe(i) {
    if (!boxes[i]) return;
    const words = numbers.get(boxes[i]).map(wordsOf);
    if (said[i] === String(words)) return;
    said[i] = String(words);
    const { name, shape } = values[i];
    const [data, grad] = words.map((text) => (text === DOT ? "not computed yet" : text));
    const size = shape.length ? ", shape " + shape.join("×") : "";
    set(boxes[i], "aria-label", `${name}${size}, data ${data}` + (grad ? ", gradient " + grad : ""));
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
  }

  // The whole picture in the frame, or back to a size that can be read. Says which it is now.
  function whole(on = !scroller.classList.contains("mt-whole")) {
    scroller.classList.remove("mt-zoomed");
    scroller.classList.toggle("mt-whole", on);
    svg.style.setProperty("--width", natural + "px");
    return on;
  }

  function pan(left, top) {
    scroller.scrollBy({ left, top, behavior: smooth() });
  }

  // The page itself must not jump, so only the picture's own frame scrolls.
  function spotlight(i) {
    if (!boxes[i]) return;
    const [frame, box] = [scroller, boxes[i]].map(rectOf);
    const off = (low, high) =>
      box[low] < frame[low] + ROOM || box[high] > frame[high] - ROOM ? (box[low] + box[high] - frame[low] - frame[high]) / 2 : 0;
    const [left, top] = [off("left", "right"), off("top", "bottom")];
    if (frame.width && (left || top)) pan(left, top);
  }

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
  const watcher = new ResizeObserver(resized);
  watcher.observe(scroller);

  return {
    node: scroller, svg, parts, boxes, write, describe, mark, spotlight, zoom, whole, pan,
    isWide: () => natural * 0.9 > scroller.clientWidth,
    close() {
      watcher.disconnect();
      eye.disconnect();
      removeEventListener("beforeprint", catchUp);
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
