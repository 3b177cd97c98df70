// What a page works out by itself: the point at some values, and the curve through it.

const ELSEWHERE = "the function does something else, and that needs Python.";

// `limits` say for each slider from where to where Python has seen the function do the same; a page
// that has no Python to ask must not go on beyond. Without them there is no end.
function pagePoints(model, names, limits) {
  const { leaves, graph } = model.get("picture");
  const compute = calculator(graph);
  const made = new Set(graph.operations.map(({ output }) => output));
  const isBeyond = (values) =>
    limits && names.some((name) => values[name] < limits[name][0] || values[name] > limits[name][1]);

  // The picture's own inputs that no slider moves keep what they hold.
  function dataAt(values) {
    const entries = model.get("numbers").entries;
    const data = new Map();
    graph.values.forEach((_, i) => made.has(i) || data.set(i, number(entries[`d${i}`])));
    for (const name of names) if (name in leaves) data.set(leaves[name], values[name]);
    return data;
  }

  function point(values) {
    if (isBeyond(values)) return { problem: ELSEWHERE };
    const { d, g, l, f } = compute(dataAt(values));
    const entries = {};
    graph.values.forEach((value, i) => {
      entries[`d${i}`] = d[i];
      if (value.requires_grad) entries[`g${i}`] = entries[`t${i}`] = g[i];
    });
    let place = 0;
    graph.operations.forEach(({ inputs }, o) =>
      inputs.forEach((_, k) => {
        entries[`f${o}.${k}`] = f[place];
        entries[`l${o}.${k}`] = l[place++];
      })
    );
    const grads = Object.fromEntries(names.map((name) => [name, name in leaves ? g[leaves[name]] : 0]));
    return { loss: d[graph.root], grads, entries };
  }

  function curve(values, along, low, high) {
    const data = dataAt(values);
    return sample((x) => {
      if (isBeyond({ ...values, [along]: x })) return NaN;
      if (along in leaves) data.set(leaves[along], x);
      return compute(data).d[graph.root];
    }, low, high);
  }

  return { point, curve };
}
