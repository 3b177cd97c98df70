// What is said about a point, and about a step of gradient descent.

const FLAT = 1e-7; // a slope below this moves nothing that could be seen
const RETRY = "Press Reset and try a smaller learning rate.";
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufefc]/;

// Why no step can be made from here; nothing if one can.
function whyNot({ problem, loss, grads }, names, after, soFar) {
  if (problem) return "There is no slope here, so there is no way down. Move a slider, or press Reset.";
  if (names.some((name) => !Number.isFinite(grads[name])) || !Number.isFinite(loss))
    return `Numbers have become infinite or undefined after ${soFar}. ${RETRY}`;
  if (names.some((name) => !Number.isFinite(after[name])))
    return `The next step would be infinitely long. ${RETRY}`;
  if (names.every((name) => Math.abs(grads[name]) < FLAT))
    return `It is flat here: every slope is 0, so gradient descent stays. It took ${soFar}.`;
  return "";
}

// One argument's step: w = 2 − 0.1 · 2 = 1.8.
function moveInWords(name, before, lr, grads, after) {
  return fill(`${brief(name)} {=} {d0} − {d1} · {(d2)} {=} {d3}`, { d0: before[name], d1: lr, d2: grads[name], d3: after[name] });
}

// loss = 0.25, or loss ≈ 0.1024 where there are more digits.
function equation(label, x) {
  return fill(label + " {=} {d0}", { d0: x });
}

// A name as a sentence can hold it: it is no slot, and letters that run from right to left do not
// turn the words around them.
function brief(name) {
  const text = clipped(name, 22).replaceAll("{", "{\u2060");
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}

// What a step has come to.
function stepInWords({ result, names, before, after, lr, grads, loss, now, count }) {
  const moves = names.slice(0, 3).map((name) => moveInWords(name, before, lr, grads, after));
  const step = `Step ${count}: ${moves.join("; ")}${names.length > 3 ? "; …" : ""}.`;
  if (now.problem) return `${step} There ${now.problem}`;
  if (!Number.isFinite(now.loss))
    return `${step} There ${result} is ${show(now.loss)}: the learning rate is too large. Press Reset and try a smaller one.`;
  const [from, to] = [short(loss), short(now.loss)];
  if (now.loss > loss) return `${step} ${result} rises from ${from} to ${to}: the step was too long. Try a smaller learning rate.`;
  return now.loss < loss ? `${step} ${result} falls from ${from} to ${to}.` : `${step} ${result} stays ${to}.`;
}

// What is the case at a point.
function pointInWords({ problem, loss, grads }, result, names, values) {
  const place = `At ${names.map((name) => equation(brief(name), values[name])).join(", ")}`;
  if (problem) return `${place} ${problem}`;
  const slopes = names.map((name) => equation(`∂${result}/∂${brief(name)}`, grads[name]));
  return `${place}: ${[equation(result, loss), ...slopes].join(", ")}.`;
}

// What the tangent says at a point.
function slopeInWords({ problem, loss }, slope, result, along) {
  if (problem) return "There is no number here, so there is no slope. Move a slider.";
  if (!Number.isFinite(loss)) return `${result} is no finite number here.`;
  if (!Number.isFinite(slope)) return "Here the curve has no slope.";
  if (Math.abs(slope) < FLAT) return `The tangent is flat: a little nudge of ${brief(along)} leaves ${result} as it is.`;
  const [turns, way] = slope > 0 ? ["rises", "down"] : ["falls", "up"];
  return `Nudge ${brief(along)} up and ${result} ${turns}: downhill is to turn ${brief(along)} ${way}.`;
}

function curveInWords(result, along, curve) {
  const words = `Curve of ${result} over ${brief(along)} ${reach(curve)}`;
  const known = curve.filter(([, y]) => y !== null);
  if (!known.length) return words;
  const [at, least] = known.reduce((a, b) => (b[1] < a[1] ? b : a));
  return `${words}, lowest ${short(least)} at ${brief(along)} = ${short(at)}`;
}
