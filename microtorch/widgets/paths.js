// From a value to the result: which parts lie on the way, along how many paths, and what to say.

const FEW_PATHS = 4; // as many are spelled out
const LONG = 24; // factors, at most, in what is spelled out
const ROWS = 8; // formulas, at most, in a chain of arrays

// The ways through a graph; every question takes time in proportion to its size.
function pathFinder({ values, operations, root }) {
  const uses = values.map(() => []); // of each value: [operation, input]
  operations.forEach(({ inputs }, o) => inputs.forEach((i, k) => uses[i].push([o, k])));
  const count = values.map(() => 0); // the number of paths to the root
  count[root] = 1;
  for (let o = operations.length - 1; o >= 0; o--)
    for (const i of operations[o].inputs) count[i] += count[operations[o].output];

  // The names of all parts on the way, and the values among them, from the root back.
  function lit(from) {
    const reached = new Set([from]);
    const parts = new Set([`v${from}`]);
    operations.forEach(({ inputs, output }, o) =>
      inputs.forEach((i, k) => {
        if (!reached.has(i)) return;
        reached.add(output);
        for (const part of [`e${o}.${k}`, `l${o}.${k}`, `o${o}`, `e${o}.-1`, `v${output}`]) parts.add(part);
      }),
    );
    return { parts, values: [...reached].sort((a, b) => b - a) };
  }

  // Every path as its steps [operation, input], from the root down; asked for while they are few.
  function routes(from) {
    const found = [];
    const open = [[from, []]];
    while (open.length) {
      const [here, path] = open.pop();
      if (here === root) found.push(path);
      else for (const use of uses[here]) open.push([operations[use[0]].output, [use, ...path]]);
    }
    return found.reverse();
  }

  return { count, uses, lit, routes };
}

// What to tell about a value: a sentence, and formulas as templates, one for each line.
// `chain` holds for each value the formula of its gradient.
function story(graph, finder, from, isKnown, entries, chain) {
  const { values, operations, root } = graph;
  const { name, requires_grad, shape } = values[from];
  const goal = values[root].name;
  if (from === root) return [`${name} is where the backward pass starts.`, []];
  if (!requires_grad) return [`${name} asks for no gradient, so none is computed for it.`, []];
  const count = finder.count[from];
  const few = count <= FEW_PATHS ? finder.routes(from) : [];
  const along = count === 1 ? "one path" : `${many(count)} paths`;
  const through = count === 1 ? few[0].map(([o]) => operations[o].symbol).reverse() : [];
  let words = `${name} reaches ${goal} along ${along}`;
  if (!isKnown(`t${from}`)) return [`${words}.`, []];

  const slots = few.flat().map(([o, k]) => `l${o}.${k}`);
  if ([`g${from}`, ...slots].some((slot) => typeof number(entries[slot]) !== "number")) {
    if (shape.length) words += `; its gradient has its shape, ${shape.join("×")}`;
    if (through.length && through.length <= ROWS) words += `. Its gradient comes back through ${through.reverse().join(", ")}`;
    return [`${words}.`, shorten(finder.lit(from).values.map((i) => [chain[i], values[i].shape]))];
  }
  if (few.length && slots.length <= LONG && slots.every(isKnown)) {
    const product = (path) => path.map(([o, k]) => `<mn>{(l${o}.${k})}</mn>`).join("<mo>·</mo>");
    const sum = few.map(product).join("<mo>+</mo>");
    words += count === 1 ? ": multiply the local gradients along it." : ": multiply along each, then add.";
    return [words, [[`${partial(goal, name)}<mo>{=}</mo>${sum}<mo>{=}</mo><mn>{g${from}}</mn>`, []]]];
  }
  const how = finder.uses[from].length > 1 ? "over its uses" : "on the way";
  return [`${words}. Gradients add up ${how}.`, [[chain[from], []]]];
}

// Beyond 2^53 a count is no longer exact.
function many(count) {
  if (count === Infinity) return "more than 10^308";
  return count <= Number.MAX_SAFE_INTEGER ? count.toLocaleString("en") : `about ${short(count)}`;
}

// The first lines and the last ones of a long chain.
function shorten(lines) {
  const there = lines.filter(([formula]) => formula);
  if (there.length <= ROWS) return there;
  const left = there.length - ROWS + 1;
  return [...there.slice(0, ROWS / 2), [`<mtext>… ${left} more …</mtext>`, []], ...there.slice(1 - ROWS / 2)];
}
