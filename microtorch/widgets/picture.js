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
// called when the frame has got its width, or another one, with whether the picture is wider;
// `rested` when the numbers have stayed the same for a while.
function livePicture(markup, { values }, since, resized = () => {}, rested = () => {}) {
  const scroller = make("div", { class: "mt-scroller" });
  scroller.innerHTML = markup;
  const svg = scroller.firstElementChild;
  const natural = +svg.getAttribute("width");
  svg.style.setProperty("--width", natural + "px");
  const parts = {};
  for (const [kind, letter] of [["value", "v"], ["op", "o"], ["edge", "e"], ["label", "l"]])
    for (const part of svg.querySelectorAll(`[data-${kind}]`)) parts[letter + part.dataset[kind]] = part;
  const boxes = values.map((_, i) => parts[`v${i}`]);
  for (const node of svg.querySelectorAll("[data-slot]")) {
    node.textContent ||= DOT; // from now on its one text node is patched
    const { slot } = node.dataset;
    // A part remembers the texts in it that hold numbers.
    (node.parentNode.mtTexts ??= []).push({ slot, from: since(slot), node: node.firstChild });
  }

  // Only a module for arrays has heat maps.
  const maps = typeof heatMaps === "undefined" ? null : heatMaps(svg, since);

  // ---- numbers: those in sight are written at once, the others when the hand rests ------------
  let shown = { entries: {}, step: -1 };
  const said = []; // the words of each value when it was described
  let moved = false; // since `rest` looked last
  let later = null; // what screen readers read can wait until the hand rests
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
    for (const part of parts) part.mtTexts?.forEach(patch);
    maps?.paint(shown, parts);
  }

  const catchUp = () => update(all);
  addEventListener("beforeprint", catchUp);

  function write(entries, step) {
    shown = { entries, step };
    moved = true;
    later ??= setTimeout(rest, REST);
    update();
  }

  // When the hand rests, describe the values from the i-th one on: a piece at a time, so that nothing
  // has to wait for it.
  function rest(i = 0) {
    if (moved) {
      moved = false;
      later = setTimeout(rest, REST);
    } else if (i < boxes.length) {
      for (const end = i + PIECE; i < end; i++) describe(i);
      later = setTimeout(rest, 0, i);
    } else {
      later = null;
      catchUp();
      rested();
    }
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
    const words = boxes[i].mtTexts.map(wordsOf);
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
  // The point (x, y) of the frame, its middle unless told, keeps what is there.
  function zoom(factor, x, y) {
    measure();
    const point = [x ?? room[0] / 2, y ?? room[1] / 2];
    const held = point.map((p, d) => (at[d] + p - start[d]) / scale);
    scroller.classList.remove("mt-whole");
    scroller.classList.add("mt-zoomed");
    svg.style.setProperty("--width", natural * within(scale * factor, CLOSEST, WIDEST) + "px");
    measure();
    [scroller.scrollLeft, scroller.scrollTop] = held.map((u, d) => start[d] + u * scale - point[d]);
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

  // Where the boxes are in the picture, and the picture in its frame: measured when its size changes,
  // for a page that is asked at every step has to work out its layout at every step.
  const places = boxes.map((box) => box && ["x", "y", "width", "height"].map((name) => +box.querySelector("rect").getAttribute(name)));
  let scale, room, start, at, most;
  const whereAt = () => (at = [scroller.scrollLeft, scroller.scrollTop]);
  function measure() {
    const [outer, inner] = [scroller, svg].map(rectOf);
    whereAt();
    scale = inner.width / natural;
    room = [scroller.clientWidth, scroller.clientHeight];
    start = [inner.left - outer.left + at[0], inner.top - outer.top + at[1]];
    most = [scroller.scrollWidth - room[0], scroller.scrollHeight - room[1]];
  }

  // The page itself must not jump, so only the picture's own frame scrolls.
  function spotlight(i) {
    if (!places[i] || !room?.[0]) return;
    const [left, top] = at.map((now, d) => {
      const low = start[d] + scale * places[i][d];
      const high = low + scale * places[i][d + 2];
      if (low >= now + ROOM && high <= now + room[d] - ROOM) return now;
      return within((low + high - room[d]) / 2, 0, most[d]);
    });
    if (left === at[0] && top === at[1]) return;
    at = [left, top];
    scroller.scrollTo({ left, top, behavior: smooth() });
  }

  scroller.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // an ordinary wheel scrolls the page
      event.preventDefault();
      const { left, top } = rectOf(scroller);
      zoom(Math.exp(-event.deltaY / 300), event.clientX - left, event.clientY - top);
    },
    { passive: false },
  );
  onPinch(scroller, zoom);
  scroller.addEventListener("pointermove", (event) => {
    if (event.buttons !== 1 || event.pointerType !== "mouse") return; // fingers scroll by themselves
    scroller.scrollLeft -= event.movementX;
    scroller.scrollTop -= event.movementY;
  });
  scroller.addEventListener("onscrollend" in scroller ? "scrollend" : "scroll", whereAt);
  const watcher = new ResizeObserver(() => {
    const before = room?.[0];
    measure();
    if (room[0] !== before) resized(natural * 0.9 > room[0]);
  });
  watcher.observe(scroller);

  return {
    node: scroller, svg, parts, boxes, write, describe, mark, spotlight, zoom, whole, pan,
    mapsInSight: () => maps.slots(sight),
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
const within = (x, low, high) => Math.max(low, Math.min(high, x));

// Two fingers: `act` gets the factor by which they have moved apart, and where on the node they are.
function onPinch(node, act) {
  let before = 0; // their distance
  const hear = (event) => {
    if (event.touches.length !== 2) return (before = 0);
    if (event.cancelable) event.preventDefault(); // the page itself stays as large as it is
    const [a, b] = event.touches;
    const apart = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
    const { left, top } = rectOf(node);
    if (before) act(apart / before, (a.clientX + b.clientX) / 2 - left, (a.clientY + b.clientY) / 2 - top);
    before = apart;
  };
  for (const kind of ["touchstart", "touchmove", "touchend"]) node.addEventListener(kind, hear, { passive: false });
}

// An element; "p.mt-note" is a <p> of the class mt-note.
function make(kind, attributes = {}, text = "") {
  const [tag, name] = kind.split(".");
  const node = document.createElement(tag);
  if (name) node.className = name;
  for (const [name, value] of Object.entries(attributes)) set(node, name, value);
  node.textContent = text;
  return node;
}

// Touch the page only where a text really changes; to remember it is faster than to ask the page.
function write(node, text) {
  if (node.mtText !== text) (node.firstChild ?? node.appendChild(new Text())).data = node.mtText = text;
}

// Text between tags.
function escape(text) {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt()};`);
}

function partial(of, by) {
  const d = (name) => `<mrow><mo>∂</mo><mi>${escape(name)}</mi></mrow>`;
  return `<mfrac>${d(of)}${d(by)}</mfrac>`;
}
