// What a walk and an exploration have in common: buttons for the three stages, a panel of words and
// formulas, and values that can be pointed at, whose paths to the result are lit up.

const STAGES = { forward: "Forward", local: "Local gradients", backward: "Backward" };

// One button for each stage; `press` shows which one it is.
function stageButtons(act) {
  const node = make("div.mt-stages", { role: "group", "aria-label": "stage" });
  const buttons = Object.entries(STAGES).map(([stage, title], i) => {
    const button = make("button", { type: "button", "data-for": stage }, i + 1 + " " + title);
    button.onclick = () => act(stage);
    return button;
  });
  node.append(...buttons);
  const press = (stage) => buttons.forEach((button) => set(button, "aria-pressed", button.dataset.for === stage));
  return { node, buttons, press };
}

const BREAK = "\0"; // between texts; none contains it

// A sentence with formulas below it; both are templates, whose numbers are brought up to date in place.
// Formulas that differ only in their texts share one form: to put texts into one that is there is
// much faster than to make another.
const TEXTS = /[^<>]+(?=<)/g;
function teller(panel) {
  const sentence = make("p.mt-sentence");
  panel.append(sentence);
  const forms = {}; // all that were ever shown, by their tags
  let shown, form, templates;
  function tell(words, lines, entries) {
    write(sentence, fill(words, entries));
    const markup = lines.map(formulaLine).join("{;}");
    if (shown !== markup) {
      shown = markup;
      if (form) form.node.className = "mt-idle";
      (form = formOf(markup)).node.className = "mt-formula";
      templates = (isPlain(markup) && markup.match(TEXTS)) || form.templates;
    }
    const texts = fill(templates.join(BREAK), entries).split(BREAK);
    form.texts.forEach((node, i) => form.written[i] === texts[i] || (node.data = form.written[i] = texts[i]));
  }

  const isPlain = (markup) => !markup.includes("&"); // which is not a text, but how one is written
  const formOf = (markup) => (forms[isPlain(markup) ? markup.replace(TEXTS, "#") : markup] ??= newForm(markup));

  function newForm(markup) {
    const node = make("div.mt-idle");
    node.innerHTML = markup;
    panel.append(node);
    const texts = [];
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) texts.push(walker.currentNode);
    return { node, texts, templates: texts.map(({ data }) => data), written: [] };
  }

  return { sentence, tell, prepare: (line) => formOf(formulaLine(line)) };
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
