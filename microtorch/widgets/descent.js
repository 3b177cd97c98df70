// What is said about a step of gradient descent.

const FLAT = 1e-7; // a slope below this moves nothing that could be seen

// Why no step can be made from here; nothing if one can.
function whyNot({ problem, loss, grads }, names, after, soFar) {
  if (problem) return "There is no slope here, so there is no way down. Move a slider, or press Reset.";
  if (names.some((name) => !Number.isFinite(grads[name])) || !Number.isFinite(loss))
    return `Numbers have become infinite or undefined after ${soFar}. Press Reset and try a smaller learning rate.`;
  if (names.some((name) => !Number.isFinite(after[name])))
    return "The next step would be infinitely long. Press Reset and try a smaller learning rate.";
  if (names.every((name) => Math.abs(grads[name]) < FLAT))
    return `It is flat here: every slope is 0, so gradient descent stays. It took ${soFar}.`;
  return "";
}

// One argument's step: w = 2 − 0.1 · 2 = 1.8.
function moveInWords(name, before, lr, grads, after) {
  const slope = grads[name] < 0 ? `(${short(grads[name])})` : short(grads[name]);
  return `${brief(name)} = ${short(before[name])} − ${short(lr)} · ${slope} = ${short(after[name])}`;
}

// A name as a sentence can hold it.
function brief(name) {
  return clipped(name, 22);
}

// What a step has come to.
function stepInWords({ result, names, before, after, lr, grads, loss, now, count }) {
  const moves = names.slice(0, 3).map((name) => moveInWords(name, before, lr, grads, after));
  const step = `Step ${count}: ${moves.join("; ")}${names.length > 3 ? "; …" : ""}.`;
  if (now.problem) return `${step} There the function raises ${now.problem}`;
  if (!Number.isFinite(now.loss))
    return `${step} There ${result} is ${show(now.loss)}: the learning rate is too large. Press Reset and try a smaller one.`;
  const [from, to] = [short(loss), short(now.loss)];
  if (now.loss > loss) return `${step} ${result} rises from ${from} to ${to}: the step was too long. Try a smaller learning rate.`;
  return now.loss < loss ? `${step} ${result} falls from ${from} to ${to}.` : `${step} ${result} stays ${to}.`;
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
