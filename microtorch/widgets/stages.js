// What a walk and an exploration have in common: buttons for the three stages, a panel of words and
// formulas, and values that can be pointed at, whose paths to the result are lit up.

const STAGES = [
  ["forward", "Forward"],
  ["local", "Local gradients"],
  ["backward", "Backward"],
];

// One button for each stage; `press` shows which one it is.
function stageButtons(act) {
  const node = make("div", { class: "mt-stages", role: "group", "aria-label": "stage" });
  const buttons = STAGES.map(([stage, title], i) => {
    const button = make("button", { type: "button", "data-for": stage }, `${i + 1} ${title}`);
    button.onclick = () => act(stage);
    return button;
  });
  node.append(...buttons);
  const press = (stage) => buttons.forEach((button) => set(button, "aria-pressed", button.dataset.for === stage));
  return { node, buttons, press };
}

const BREAK = "\0"; // between texts; none contains it

// A sentence with formulas below it; both are templates, whose numbers are brought up to date in place.
function teller() {
  const sentence = make("p", { class: "mt-sentence" });
  const formula = make("div", { class: "mt-formula" });
  let shown = "";
  let slots; // the texts that hold numbers and signs, with their templates; found when a number moves
  function tell(words, lines, entries) {
    write(sentence, fill(words, entries));
    const markup = lines.map(formulaLine).join("{;}");
    if (shown !== markup) {
      formula.innerHTML = fill((shown = markup), entries);
      slots = null;
      return;
    }
    if (!slots) {
      formula.innerHTML = markup;
      slots = [];
      const walker = document.createTreeWalker(formula, NodeFilter.SHOW_TEXT);
      for (let text; (text = walker.nextNode()); ) if (text.data.includes("{")) slots.push([text, text.data]);
    }
    const texts = fill(slots.map(([, template]) => template).join(BREAK), entries).split(BREAK);
    slots.forEach(([node], i) => node.data === texts[i] || (node.data = texts[i]));
  }
  return { sentence, formula, tell };
}

// One formula on a line of its own, with the shape of what it is about.
function formulaLine([template, shape]) {
  if (!template) return "";
  const math = template.startsWith("<math") ? template : `<math>${template}</math>`;
  const size = shape.length ? `<span class="mt-shape">${shape.join("×")}</span>` : "";
  return `<div>${math}${size}</div>`;
}

// Light up all paths from a value to the result; without one, the parts of a step.
function light(page, picture, finder, traced, now, lit) {
  const tracing = traced !== null;
  page.classList.toggle("mt-tracing", tracing);
  const way = tracing ? [...finder.lit(traced).parts] : [];
  picture.mark("mt-on", way);
  picture.mark("mt-now", tracing ? [`v${traced}`] : now);
  picture.mark("mt-lit", tracing ? way.filter((key) => key[0] === "e") : lit);
}

// Values that can be pointed at with the mouse, or with Tab and the arrow keys: of all values one can
// be reached with Tab, from there up and down go to the others. `trace` hears which it is, or null.
function pointing({ boxes, describe, spotlight }, first, trace) {
  let reachable = first;
  let pointed = null;
  const point = (i) => trace((pointed = i));
  function visit(direction, i) {
    do i += direction;
    while (i in boxes && !boxes[i]);
    boxes[i]?.focus({ focusVisible: true });
  }
  boxes.forEach((box, i) => {
    if (!box) return;
    box.tabIndex = i === first ? 0 : -1;
    box.onmouseenter = () => point(i);
    box.onfocus = () => {
      describe(i);
      (boxes[reachable] ?? box).tabIndex = -1;
      boxes[(reachable = i)].tabIndex = 0;
      if (!box.matches(":focus-visible")) return;
      spotlight(i);
      point(i);
    };
    box.onmouseleave = box.onblur = () => pointed === i && point(null);
  });
  return visit;
}
