// The numbers of a graph, worked out in the page. OPS, printed above from the operations' own Python
// source, holds for each kind of operation its forward rule and its local gradients.

// NumPy's numbers of a dtype: double precision is all that JavaScript has.
const rounding = (dtype) => ({ float32: Math.fround, float64: (x) => x })[dtype] ?? Math.trunc;

// A graph of single numbers, made ready once and then computed again for every new set of leaves.
// The answer is the same four arrays each time, by the letters of their slots; those of local
// gradients and flows have one place for each input of each operation, in order.
function calculator({ values, operations, root }) {
  const data = new Float64Array(values.length);
  const grad = new Float64Array(values.length);
  const fit = values.map(({ dtype }) => rounding(dtype));
  let uses = 0;
  const plan = operations.map(({ rule, inputs, output, params }) => {
    const first = uses;
    uses += inputs.length;
    return { ...OPS[rule], inputs, output, operands: [...inputs, ...params], first, round: fit[output] };
  });
  const local = new Float64Array(uses);
  const flow = new Float64Array(uses);

  return (leaves) => {
    leaves.forEach((x, i) => (data[i] = fit[i](x)));
    for (const { forward, local: slopes, inputs, output, operands, first, round } of plan) {
      for (let k = 0; k < inputs.length; k++) operands[k] = round(data[inputs[k]]);
      data[output] = round(forward(...operands));
      const found = slopes(data[output], ...operands);
      for (let k = 0; k < inputs.length; k++) local[first + k] = round(found[k]);
    }
    grad.fill(-0); // which changes no number that is added to it
    grad[root] = 1;
    for (let o = plan.length - 1; o >= 0; o--) {
      const { inputs, output, first, masks, round } = plan[o];
      for (let k = 0; k < inputs.length; k++) {
        const into = inputs[k];
        const slope = local[first + k];
        const share = masks ? (slope ? grad[output] : 0) : round(grad[output] * slope);
        flow[first + k] = share;
        grad[into] = fit[into](grad[into] + share);
      }
    }
    return { d: data, g: grad, l: local, f: flow };
  };
}

export { calculator };
