// The part of the curve that is drawn: buttons and keys to see more of it, or to look closer.

const CLOSEST_VIEW = 1024; // how often the range of a slider is halved, and doubled, at most
const SHARPEST = 2e-5; // float32 has hardly a hundred numbers in a part as small as this
const STEP = 0.35; // a pinch that makes a picture this much larger, e ** 0.35, is a step
const VIEW_KEYS = { "+": "closer", "=": "closer", "-": "farther", 0: "whole" };
const VIEW_ICONS = {
  farther: ["M2 7h12v2H2z", "zoom out", "-"],
  closer: ["M7 2h2v5h5v2H9v5H7V9H2V7h5z", "zoom in", "Plus"],
  whole: ["M1 6V1h5v2H3v3zM10 1h5v5h-2V3h-3zM3 10v3h3v2H1v-5zM13 10h2v5h-5v-2h3z", "", "0"],
};

// A row with three buttons; `act` is called with "closer", "farther" or "whole". `what` is viewed,
// and `range` is what all of it is called.
function viewRow(act, what, range) {
  const node = make("div.mt-view", { role: "group", "aria-label": `view of the ${what}` });
  const words = make("span.mt-given");
  const buttons = Object.fromEntries(
    Object.entries(VIEW_ICONS).map(([name, [shape, title, key]]) => {
      const button = iconButton(() => act(name));
      icon(button, shape, title || range);
      set(button, "aria-keyshortcuts", key);
      return [name, button];
    }),
  );
  node.append(words, ...Object.values(buttons));
  // A button that is really disabled would drop the focus.
  const show = (text, can) => {
    write(words, text);
    for (const [name, button] of Object.entries(buttons)) set(button, "aria-disabled", !can[name]);
  };
  return { node, show };
}

// What the row's buttons can do with a view of a slider's range.
function viewChoices([low, high], slider, isWhole, most = CLOSEST_VIEW) {
  const share = (high - low) / (slider.high - slider.low);
  const sharp = high - low > 2 * SHARPEST * Math.max(Math.abs(low), Math.abs(high));
  return { closer: share > 1 / most && sharp, farther: share < most, whole: !isWhole };
}

// The next view: x stays where it is on the page. Empty is the range of the slider.
function nextView(name, [low, high], x, slider) {
  if (name === "whole") return [];
  const factor = name === "closer" ? 2 : 0.5;
  const next = [x - (x - low) / factor, x + (high - x) / factor].map((end) => +end.toPrecision(12));
  const dust = 1e-9 * (slider.high - slider.low);
  const isWhole = Math.abs(next[0] - slider.low) < dust && Math.abs(next[1] - slider.high) < dust;
  return isWhole ? [] : next;
}

// The keys of these buttons anywhere on a page, except where numbers are typed.
function onViewKeys(page, act) {
  page.onkeydown = (event) => {
    const { key, target } = event;
    const isTyped = target.matches("[type=number], select");
    if (!(key in VIEW_KEYS) || isTyped || isCommand(event)) return;
    event.preventDefault();
    act(VIEW_KEYS[key]);
  };
}

// Turns of the wheel with Ctrl or ⌘ and pinches, with two fingers or on a touchpad, add up to steps;
// `act` hears too where on the node they are made.
function onZoom(node, act) {
  let sum = 0; // the logarithm of the factor since the last step
  const turn = (change, ...place) => {
    sum += change;
    if (Math.abs(sum) < STEP) return;
    act(sum > 0 ? "closer" : "farther", ...place);
    sum = 0;
  };
  const onWheel = (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // an ordinary wheel scrolls the page
    event.preventDefault();
    const { left, top } = rectOf(node);
    turn((-event.deltaY / 50) * STEP, event.clientX - left, event.clientY - top);
  };
  node.addEventListener("wheel", onWheel, { passive: false });
  onPinch(node, (factor, ...place) => turn(Math.log(factor), ...place));
}

function reach(curve) {
  return `from ${short(curve[0][0])} to ${short(curve.at(-1)[0])}`;
}
