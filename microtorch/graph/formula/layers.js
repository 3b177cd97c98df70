// Normalisation, losses, recurrent layers, and what is read and written by place. Continues
// windows.js.

// ---------------------------------------------------------------- normalisation and losses

const as_channels = (x) => reshape(x, [...shape(x).slice(0, 2), product(shape(x).slice(2))]);
const row_mean = (x) => mean(x, { axis: -1, keepdims: true });

function normalised(table_, eps) {
  const centred = sub(table_, row_mean(table_));
  const scale = div(1, sqrt(add(row_mean(mul(centred, centred)), eps)));
  return [mul(centred, scale), scale];
}

function row_gradient(h, hat, scale) {
  return mul(sub(sub(h, row_mean(h)), mul(hat, row_mean(mul(h, hat)))), scale);
}

function CrossEntropyLoss(x, index, factor, axis, reduction) {
  const below = sub(x, amax(x, { axis, keepdims: true }));
  const logs = sub(below, log(sum(exp(below), { axis, keepdims: true })));
  const each = entries((v, f) => (f === 0 ? f : -v * f), item(logs, index), factor);
  return reduction === "none" ? each : reduction === "sum" ? sum(each) : div(sum(each), sum(factor));
}

const CrossEntropyLoss2D = CrossEntropyLoss;

// ---------------------------------------------------------------- distances

function norm_slope(g, y, x, p) {
  const one = (g_, y_, x_) => {
    const way = Math.sign(x_) * Math.abs(x_) ** (p - 1);
    if (p === 0) return 0;
    if (p === 1) return g_ * Math.sign(x_);
    if (Math.abs(p) === Infinity) return Math.abs(x_) === y_ ? g_ * Math.sign(x_) : 0;
    if (p < 1) return x_ === 0 ? 0 : way * g_ * y_ ** (1 - p);
    return y_ === 0 || x_ === 0 ? 0 : (way * g_) / y_ ** (p - 1);
  };
  return entries(one, g, y, x);
}

function Dist(a, b, p) {
  return vector_norm(sub(a, b), p, null, false);
}

Dist.vjp = (g, y, a, b, p) => {
  const away = sub(a, b);
  const ties = Math.abs(p) === Infinity ? sum(equal(abs(away), y)) : 1;
  const slope = norm_slope(div(g, ties), y, away, p);
  return [slope, neg(slope)];
};

function Cdist(a, b, p) {
  const away = sub(item(a, [ELLIPSIS, slice(), null, slice()]), item(b, [ELLIPSIS, null, slice(), slice()]));
  return vector_norm(away, p, -1, false);
}

Cdist.vjp = (g, y, a, b, p) => {
  const away = sub(item(a, [ELLIPSIS, slice(), null, slice()]), item(b, [ELLIPSIS, null, slice(), slice()]));
  const slope = norm_slope(column(g), column(y), away, p);
  return [sum(slope, -2), neg(sum(slope, -3))];
};

// ---------------------------------------------------------------- recurrent layers

const stacked = (arrays) => concatenate(arrays.map((x) => reshape(x, [1, ...shape(x)])));
const joined = (...arrays) => concatenate(arrays, -1);
const steps = (x) => range(len(x)).map((t) => item(x, t));
const before = (first, states) =>
  concatenate([reshape(first, [1, ...shape(first)]), item(states, slice(0, -1))]);
const slopeOfTanh = (y) => sub(1, mul(y, y));
const slopeOfSigmoid = (y) => mul(y, sub(1, y));

// Equal parts of the last axis.
function parted(x, parts) {
  const width = shape(x).at(-1) / parts;
  return range(parts).map((k) => item(x, [ELLIPSIS, slice(k * width, (k + 1) * width)]));
}

// h' = activation(x + h wᵀ), step by step.
function unrolled(x, h, w, activation) {
  let state = h;
  return stacked(steps(x).map((now) => (state = activation(add(now, matmul(state, transpose(w)))))));
}

// The gradients of w and of b, from what arrives at each step and the states before it.
function of_weights(d, states) {
  const [left, right] = [d, states].map(rows);
  return [matmul(transpose(left), right), sum(left, 0)];
}

// The gradients of x, h, w and b, from the slope of the activation at each step.
function through_time(g, slope, states, w) {
  const found = [];
  let back = 0;
  for (const t of range(len(g)).reverse()) {
    found.unshift(mul(add(item(g, t), back), item(slope, t)));
    back = matmul(found[0], w);
  }
  const d = stacked(found);
  return [d, back, ...of_weights(d, states)];
}

const RnnTanh = (x, h, w, b) => unrolled(add(x, b), h, w, tanh);
RnnTanh.vjp = (g, y, x, h, w) => through_time(g, slopeOfTanh(y), before(h, y), w);
const RnnRelu = (x, h, w, b) => unrolled(add(x, b), h, w, (z) => max(z, 0));
RnnRelu.vjp = (g, y, x, h, w) => through_time(g, entries((v) => Number(v > 0), y), before(h, y), w);

function Lstm(x, h, c, w, b) {
  let [state, cell] = [h, c];
  const cells = [];
  const states = steps(add(x, b)).map((now) => {
    const [i, f, n, o] = parted(add(now, matmul(state, transpose(w))), 4);
    cell = add(mul(sigmoid(f), cell), mul(sigmoid(i), tanh(n)));
    cells.push(cell);
    return (state = mul(sigmoid(o), tanh(cell)));
  });
  return stacked([stacked(states), stacked(cells)]);
}

Lstm.vjp = (g, y, x, h, c, w, b) => {
  const [states, cells] = [before(h, item(y, 0)), before(c, item(y, 1))];
  const gates = parted(add(add(x, b), matmul(states, transpose(w))), 4);
  const [i, f, n, o] = [sigmoid(gates[0]), sigmoid(gates[1]), tanh(gates[2]), sigmoid(gates[3])];
  const squashed = tanh(item(y, 1));
  const c_to_h = mul(o, slopeOfTanh(squashed));
  const to_c = joined(mul(n, slopeOfSigmoid(i)), mul(cells, slopeOfSigmoid(f)), mul(i, slopeOfTanh(n)));
  const to_h = mul(squashed, slopeOfSigmoid(o));
  let [dh, dc] = [0, 0];
  const found = [];
  for (const t of range(len(x)).reverse()) {
    dh = add(item(g, [0, t]), dh);
    dc = add(add(item(g, [1, t]), dc), mul(dh, item(c_to_h, t)));
    found.unshift(joined(mul(joined(dc, dc, dc), item(to_c, t)), mul(dh, item(to_h, t))));
    [dh, dc] = [matmul(found[0], w), mul(dc, item(f, t))];
  }
  const d = stacked(found);
  return [d, dh, dc, ...of_weights(d, states)];
};

function gru_gates(from_input, from_state) {
  const [[x_r, x_z, x_n], [s_r, s_z, s_n]] = [parted(from_input, 3), parted(from_state, 3)];
  const [r, z] = [sigmoid(add(x_r, s_r)), sigmoid(add(x_z, s_z))];
  return [r, z, tanh(add(x_n, mul(r, s_n))), s_n];
}

function Gru(x, h, w, b) {
  let state = h;
  const one = (now) => {
    const [, z, n] = gru_gates(now, add(matmul(state, transpose(w)), b));
    return (state = add(mul(sub(state, n), z), n));
  };
  return stacked(steps(x).map(one));
}

Gru.vjp = (g, y, x, h, w, b) => {
  const states = before(h, y);
  const [r, z, n, s_n] = gru_gates(x, add(matmul(states, transpose(w)), b));
  const to_n = mul(sub(1, z), slopeOfTanh(n));
  const to_gates = joined(mul(mul(to_n, s_n), slopeOfSigmoid(r)), mul(sub(states, n), slopeOfSigmoid(z)));
  let dh = 0;
  const [by_input, by_state] = [[], []];
  for (const t of range(len(x)).reverse()) {
    dh = add(item(g, t), dh);
    const dn = mul(dh, item(to_n, t));
    const by_gates = mul(joined(dh, dh), item(to_gates, t));
    by_input.unshift(joined(by_gates, dn));
    by_state.unshift(joined(by_gates, mul(dn, item(r, t))));
    dh = add(mul(dh, item(z, t)), matmul(by_state[0], w));
  }
  return [stacked(by_input), dh, ...of_weights(stacked(by_state), states)];
};

// ---------------------------------------------------------------- by place

// For every entry, the numbers that src sends to it, and x itself if it takes part.
function sent(x, src, places, include_self) {
  const at = asArray(pick(numbered(shape(x)), places)).data;
  const arriving = asArray(x).data.map(() => []);
  at.forEach((place, i) => arriving[place].push(asArray(src).data[i]));
  const takesPart = arriving.map((list) => include_self || !list.length);
  const all = arriving.map((list, i) => (takesPart[i] ? [asArray(x).data[i], ...list] : list));
  return { at, all, takesPart };
}

const REDUCED = {
  sum: added,
  mean: (numbers) => added(numbers) / numbers.length,
  prod: product,
  amax: (numbers) => Math.max(...numbers),
  amin: (numbers) => Math.min(...numbers),
};

function ScatterReduce(x, src, places, reduce_, include_self) {
  return array(shape(x), sent(x, src, places, include_self).all.map(REDUCED[reduce_]));
}

ScatterReduce.vjp = (g, y, x, src, places, reduce_, include_self) => {
  const { at, all, takesPart } = sent(x, src, places, include_self);
  const [up, values, own] = [g, src, x].map((each) => asArray(each).data);
  const [first, next] = [takesPart.map(Number), all.map(() => 0)];
  const slope = (v, numbers, k) => {
    if (reduce_ === "prod") return product(numbers.filter((_, i) => i !== k));
    if (reduce_ === "sum" || reduce_ === "mean") return reduce_ === "sum" ? 1 : 1 / numbers.length;
    const best = REDUCED[reduce_](numbers);
    return v === best ? 1 / numbers.filter((each) => each === best).length : 0;
  };
  const of_x = own.map((v, i) => (takesPart[i] ? up[i] * slope(v, all[i], 0) : 0));
  const of_src = values.map((v, k) => up[at[k]] * slope(v, all[at[k]], first[at[k]] + next[at[k]]++));
  return [array(shape(x), of_x), array(shape(src), of_src)];
};

// ---------------------------------------------------------------- views

// The places in memory that a layout names: [shape, strides, offset], counted in entries.
const laid_out = ([lengths, strides_, offset]) =>
  grid(lengths).map((place) => place.reduce((sum_, i, axis) => sum_ + i * strides_[axis], offset));

function Relayout(g, size_, old, wanted) {
  const whole = Array(size_).fill(0);
  laid_out(old).forEach((place, i) => (whole[place] += asArray(g).data[i]));
  return settled(array([...wanted[0]], laid_out(wanted).map((place) => whole[place])));
}

function AsStrided(x, size_, old, wanted) {
  const memory = new Map(laid_out(old).map((place, i) => [place, asArray(x).data[i]]));
  const read = (place) => {
    if (!memory.has(place)) throw new Error("as_strided reads memory in which x has no entry");
    return memory.get(place);
  };
  return settled(array([...wanted[0]], laid_out(wanted).map(read)));
}

// The entries of x that a view shows, changed: view is a function of x and settings.
function in_view(x, view, settings, value) {
  const places = asArray(view(numbered(shape(x)), ...settings));
  const values = asArray(broadcast_to(value, places.shape)).data;
  const data = [...asArray(x).data];
  places.data.forEach((place, i) => (data[place] = values[i]));
  return settled(array(shape(x), data));
}

const PutView = (x, value, view, settings) => in_view(x, view, settings, value);
const EraseView = (g, view, settings) => in_view(g, view, settings, 0);
PutView.vjp = (g, y, x, value, view, settings) => [EraseView(g, view, settings), view(g, ...settings)];
