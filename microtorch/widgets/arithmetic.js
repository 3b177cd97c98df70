// The numbers of a graph, worked out in the page. OPS, printed above this file from the operations'
// own Python source, holds for each kind of operation its forward rule and its local gradients.

// NumPy's numbers of a dtype: double precision is all that JavaScript has.
const rounding = (dtype) => ({ float32: Math.fround, float64: (x) => x })[dtype] ?? Math.trunc;

// A graph of single numbers, made ready once and then computed again for every new set of leaves.
// The answer is the same four arrays each time; `local` and `flow` have one place for each input
// of each operation, in order.
function calculator({ values, operations, root }) {
  const data = new Float64Array(values.length);
  const grad = new Float64Array(values.length);
  const fit = values.map(({ dtype }) => rounding(dtype));
  let uses = 0;
  const plan = operations.map(({ rule, inputs, output, params }) => {
    const first = uses;
    uses += inputs.length;
    return { ...OPS[rule], inputs, output, params, first, round: fit[output] };
  });
  const local = new Float64Array(uses);
  const flow = new Float64Array(uses);

  return (leaves) => {
    leaves.forEach((x, i) => (data[i] = fit[i](x)));
    for (const { forward, local: slopes, inputs, output, params, first, round } of plan) {
      const operands = inputs.map((i) => round(data[i])).concat(params);
      data[output] = round(forward(...operands));
      const found = slopes(data[output], ...operands);
      for (let k = 0; k < inputs.length; k++) local[first + k] = round(found[k]);
    }
    grad.fill(-0); // which changes no number that is added to it
    grad[root] = 1;
    for (let o = plan.length - 1; o >= 0; o--) {
      const { inputs, output, first, masks, round } = plan[o];
      for (let k = 0; k < inputs.length; k++) {
        const [at, into, up] = [first + k, inputs[k], grad[output]];
        flow[at] = masks ? (local[at] ? up : 0) : round(up * local[at]);
        grad[into] = fit[into](grad[into] + flow[at]);
      }
    }
    return { data, grad, local, flow };
  };
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
      const text = sign + rounded(size, decimals);
      if (text.length <= 7) return text;
    }
  }
  for (let digits = 5; ; digits--) {
    const [mantissa, exponent] = exponential(size, digits).split("e");
    const text = sign + +mantissa + "e" + String(+exponent).replace("-", "−");
    if (text.length <= 7 || digits === 0) return text;
  }
}

// toFixed rounds exact halves up, Python rounds them to even.
function rounded(size, decimals) {
  if ((size * 2 ** (decimals + 1)) % 2 !== 1) return +size.toFixed(decimals);
  const n = Math.floor(size * 10 ** decimals);
  return (n + (n % 2)) / 10 ** decimals;
}

function exponential(size, digits) {
  const [mantissa, exponent] = size.toExponential(40).split("e");
  const kept = mantissa.slice(0, digits ? digits + 2 : 1);
  const half = /^\.?50*$/.test(mantissa.slice(kept.length));
  return half && kept.at(-1) % 2 === 0 ? kept + "e" + exponent : size.toExponential(digits);
}

// What is not finite cannot travel as JSON, so it comes as the text that it is shown by.
const SPECIAL = { nan: NaN, "∞": Infinity, "−∞": -Infinity };

function number(entry) {
  return typeof entry === "string" ? SPECIAL[entry] ?? entry : entry;
}

function show(entry) {
  return typeof entry === "number" ? short(entry) : String(entry ?? "…");
}

// Put today's numbers into the slots of a template: {d3}, or {(d3)} with brackets round a minus.
function fill(template, entries) {
  return template.replace(/\{(\(?)([dgptlf]\d[\d.]*)\)?\}/g, (_, bracket, slot) => {
    const text = show(entries[slot]);
    return bracket && text.startsWith("−") ? `(${text})` : text;
  });
}
