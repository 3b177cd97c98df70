// The numbers of a graph, worked out in the page. OPS, printed above from the operations' own Python
// source, holds for each kind of operation its forward rule and its local gradients.

// A graph of single numbers, made ready once and then computed again for every new set of leaves.
// The answer is the same four arrays each time; `local` and `flow` have one place for each input
// of each operation, in order.
function calculator({ values, operations, root }) {
  const data = new Float64Array(values.length);
  const grad = new Float64Array(values.length);
  let uses = 0;
  const plan = operations.map(({ kind, inputs, output, params }) => {
    const first = uses;
    uses += inputs.length;
    return { ...OPS[kind], inputs, output, params, first };
  });
  const local = new Float64Array(uses);
  const flow = new Float64Array(uses);
  const rounding = { float32: Math.fround, float64: (x) => x };
  const fit = values.map(({ dtype }) => rounding[dtype] ?? Math.trunc);

  return (leaves) => {
    leaves.forEach((x, i) => (data[i] = fit[i](x)));
    for (const { forward, local: slopes, inputs, output, params, first } of plan) {
      const operands = inputs.map((i) => data[i]).concat(params);
      const round = fit[output];
      data[output] = round(forward(...operands));
      const found = slopes(data[output], ...operands);
      for (let k = 0; k < inputs.length; k++) local[first + k] = round(found[k]);
    }
    grad.fill(0);
    grad[root] = 1;
    for (let o = plan.length - 1; o >= 0; o--) {
      const { inputs, output, first } = plan[o];
      for (let k = 0; k < inputs.length; k++) {
        flow[first + k] = fit[output](grad[output] * local[first + k]);
        grad[inputs[k]] = fit[inputs[k]](grad[inputs[k]] + flow[first + k]);
      }
    }
    return { data, grad, local, flow };
  };
}

export { calculator };
