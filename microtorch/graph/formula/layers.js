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

const below_maximum = (x, axis) => (ndim(x) ? sub(x, amax(x, { axis, keepdims: true })) : sub(x, x));

// The losses of the samples, times their weights; what has no weight may be infinite.
function together(losses, factor, reduction) {
  const each = entries((v, f) => (f === 0 ? f : v * f), losses, factor);
  return reduction === "none" ? each : reduction === "sum" ? sum(each) : div(sum(each), sum(factor));
}

function per_sample(g, factor, reduction) {
  return reduction === "mean" ? mul(div(g, sum(factor) || 1), factor) : mul(g, factor);
}

// ---------------------------------------------------------------- distances

function length_slope(g, y, x, p, axes) {
  const one = (g_, y_, x_) => {
    const way = Math.sign(x_) * Math.abs(x_) ** (p - 1);
    if (p === 1) return g_ * Math.sign(x_);
    if (p < 1) return x_ === 0 ? 0 : way * g_ * y_ ** (1 - p);
    return y_ === 0 || x_ === 0 ? 0 : (way * g_) / y_ ** (p - 1);
  };
  if (Math.abs(p) !== Infinity) return entries(one, g, y, x);
  const largest = equal(abs(x), y);
  return div(mul(mul(g, sign(x)), largest), sum(largest, { axis: axes, keepdims: true }));
}

// ---------------------------------------------------------------- recurrent layers

const stacked = (arrays) => concatenate(arrays.map((x) => array([1, ...shape(x)], asArray(x).data)));
const before = (first, states) =>
  concatenate([reshape(first, [1, ...shape(first)]), item(states, slice(0, -1))]);

// Equal parts of the last axis.
function split(x, parts) {
  const width = shape(x).at(-1) / parts;
  return range(parts).map((k) => item(x, [ELLIPSIS, slice(k * width, (k + 1) * width)]));
}

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

// How many numbers take part at each place, and how many of them are as large as the result.
function arrivals(x, places, include_self) {
  return array(shape(x), sent(x, pick(x, places), places, include_self).all.map((list) => list.length));
}

function ties(x, src, y, places, include_self) {
  const { all } = sent(x, src, places, include_self);
  return array(shape(x), all.map((list, i) => Math.max(1, list.filter((v) => v === asArray(y).data[i]).length)));
}

// The slope of a factor is the product of the others.
function product_rule(g, y, x, src, places, include_self) {
  const { at, all, takesPart } = sent(x, src, places, include_self);
  const up = asArray(g).data;
  const others = (list, k) => product(list.filter((_, i) => i !== k));
  const next = takesPart.map(Number);
  const of_x = all.map((list, i) => up[i] * others(takesPart[i] ? list : [1, ...list], 0));
  return [array(shape(x), of_x), array(shape(src), at.map((i) => up[i] * others(all[i], next[i]++)))];
}

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
const seen = (x, view, settings) => view(x, ...settings);
