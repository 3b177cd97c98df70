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
