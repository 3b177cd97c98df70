// The numbers of a walk, worked out in the page. OPS, printed above this file from the operations'
// own Python source, holds for each kind of operation its forward rule and its local gradients.

// Forward, local gradients and backward for a graph of single numbers. `data` holds the leaves.
function compute(graph, data) {
  const { values, operations, root } = graph;
  const y = [...data];
  const local = [];
  const flow = [];
  const grad = values.map((value) => (value.requires_grad ? 0 : null));
  const fit = (index) => (values[index].dtype === "float32" ? Math.fround : Number);
  for (const { kind, inputs, output, params } of operations) {
    const arguments_ = [...inputs.map((i) => y[i]), ...params];
    y[output] = fit(output)(OPS[kind].forward(...arguments_));
    local.push(OPS[kind].local(y[output], ...arguments_).map(fit(output)));
  }
  grad[root] = 1;
  for (let o = operations.length - 1; o >= 0; o--) {
    const { inputs, output } = operations[o];
    flow[o] = local[o].map((slope) => fit(output)(grad[output] * slope));
    inputs.forEach((i, k) => {
      if (grad[i] !== null) grad[i] = fit(i)(grad[i] + flow[o][k]);
    });
  }
  return { data: y, grad, local, flow };
}

// A number in at most seven characters: the twin of microtorch.graph.numbers.short.
function short(x) {
  if (Number.isNaN(x)) return "nan";
  const sign = x < 0 ? "−" : "";
  const size = Math.abs(x);
  if (size === Infinity) return sign + "∞";
  if (size === 0) return "0";
  if (size >= 0.001 && size < 1e7) {
    for (let decimals = 4; decimals >= 0; decimals--) {
      const text = sign + strip(fixed(size, decimals));
      if (text.length <= 7) return text;
    }
  }
  for (let digits = 5; ; digits--) {
    const [mantissa, exponent] = exponential(size, digits).split("e");
    const text = sign + strip(mantissa) + "e" + String(+exponent).replace("-", "−");
    if (text.length <= 7 || digits === 0) return text;
  }
}

// toFixed rounds exact halves up, Python rounds them to even.
function fixed(size, decimals) {
  if ((size * 2 ** (decimals + 1)) % 2 !== 1) return size.toFixed(decimals);
  const n = Math.floor(size * 10 ** decimals);
  return ((n + (n % 2)) / 10 ** decimals).toFixed(decimals);
}

function exponential(size, digits) {
  const [mantissa, exponent] = size.toExponential(40).split("e");
  const kept = mantissa.slice(0, digits ? digits + 2 : 1);
  const half = /^\.?50*$/.test(mantissa.slice(kept.length));
  return half && kept.at(-1) % 2 === 0 ? kept + "e" + exponent : size.toExponential(digits);
}

function strip(text) {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

// What is not finite cannot travel as JSON, so it comes as the text that it is shown by.
function number(entry) {
  return { nan: NaN, "∞": Infinity, "−∞": -Infinity }[entry] ?? entry;
}

function show(entry) {
  return typeof entry === "number" ? short(entry) : String(entry ?? "…");
}

// Put today's numbers into the slots of a template: {d3}, or {(d3)} with brackets round a minus.
function fill(template, entries) {
  return template.replace(/\{(\(?)([a-z][\d.]+)\)?\}/g, (_, bracket, slot) => {
    const text = show(entries[slot]);
    return bracket && text.startsWith("−") ? `(${text})` : text;
  });
}
