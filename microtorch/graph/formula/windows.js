// Windows that slide over an array, with one size, stride and dilation for each of its last
// lengths: pooling, convolution, images in another size. Continues systems.js.

// All places in lengths, in reading order: [0, 0], [0, 1], [1, 0], ...
const grid = (lengths) =>
  lengths.reduce((found, n) => found.flatMap((place) => range(n).map((i) => [...place, i])), [[]]);

// The index of what lies inside a border.
const inside = (before, lengths) => [ELLIPSIS, ...before.map((p, i) => slice(p, p + lengths[i]))];

function bordered_by(x, before, after, value) {
  const others = range(ndim(x) - before.length).map(() => [0, 0]);
  return Pad(x, [...others, ...before.map((p, i) => [p, after[i]])], value);
}

// For each place in a window, in reading order, the index of it in all windows.
function corners({ kernel, stride, dilation, positions }) {
  const along_ = (k, i) => {
    const start = k * dilation[i];
    return slice(start, start + Math.max(0, stride[i] * (positions[i] - 1) + 1), stride[i]);
  };
  return grid(kernel).map((place) => [ELLIPSIS, ...place.map(along_)]);
}

// All windows: [..., places in a window, windows].
function patches(x, pool) {
  const lead = shape(x).slice(0, ndim(x) - pool.kernel.length);
  const many = product(pool.positions);
  const parts = corners(pool).map((index) => reshape(item(x, index), [...lead, 1, many]));
  return concatenate(parts, lead.length);
}

// The way back: windows put together, their overlaps summed.
function overlapped(parts, lengths, pool) {
  const lead = shape(parts).slice(0, -2);
  const sizes = lengths.map((n, i) => n + pool.padding[i] + pool.after[i]);
  let whole = full([...lead, ...sizes], 0);
  corners(pool).forEach((index, k) => {
    const part = reshape(item(parts, [ELLIPSIS, k, slice()]), [...lead, ...pool.positions]);
    whole = changed(whole, Places(index), part, (a, b) => a + b);
  });
  return item(whole, inside(pool.padding, lengths));
}

// ---------------------------------------------------------------- pooling

const bordered = (x, pool) => bordered_by(x, pool.padding, pool.after, -Infinity);
const MaxPool = (x, pool) =>
  corners(pool).map((index) => item(bordered(x, pool), index)).reduce((a, b) => max(a, b));
const MaxPool3D = MaxPool;

// For each place in a window: its index, and whether the (first) largest stands there.
function hits(x, y, pool) {
  const isHit = (v, best, free) => free && (v === best || Number.isNaN(v));
  let free = full(shape(y), true);
  return corners(pool).map((index) => {
    const hit = entries(isHit, item(bordered(x, pool), index), y, free);
    free = entries((f, h) => f && !h, free, hit);
    return { index, hit };
  });
}

const masked = (x, hit) => entries((v, h) => (h ? v : 0), x, hit);

function MaxPoolScatter(g, x, y, pool) {
  let whole = full(shape(bordered(x, pool)), 0);
  for (const { index, hit } of hits(x, y, pool)) {
    whole = changed(whole, Places(index), masked(g, hit), (a, b) => a + b);
  }
  return item(whole, inside(pool.padding, shape(x).slice(-pool.kernel.length)));
}

function MaxPoolGather(a, x, y, pool) {
  const whole = bordered_by(a, pool.padding, pool.after, 0);
  return hits(x, y, pool)
    .map(({ index, hit }) => masked(item(whole, index), hit))
    .reduce((one, other) => add(one, other));
}

function AvgPool(x, lengths, pool, divisor) {
  const whole = bordered_by(x, pool.padding, pool.after, 0);
  const parts = corners(pool).map((index) => item(whole, index));
  return div(parts.reduce((a, b) => add(a, b)), divisor);
}

function AvgPoolSpread(g, lengths, pool, divisor) {
  const lead = shape(g).slice(0, ndim(g) - lengths.length);
  const [inWindow, many] = [product(pool.kernel), product(pool.positions)];
  const parts = reshape(div(g, divisor), [...lead, 1, many]);
  return overlapped(broadcast_to(parts, [...lead, inWindow, many]), lengths, pool);
}

const AvgPool3D = AvgPool;

// Every entry of one axis becomes a weighted sum of the entries of that axis.
const weighted = (x, axis, matrix) =>
  swapaxes(matmul(swapaxes(x, axis, -1), transpose(matrix)), axis, -1);

function averages(parts, n) {
  const weight = ([start, end], i) => (i >= start && i < end ? 1 / (end - start) : 0);
  return array([parts.length, n], parts.flatMap((part) => range(n).map((i) => weight(part, i))));
}

const AdaptiveAvgPool = (x, lengths, spans) =>
  spans.reduce((y, parts, k) => weighted(y, k - spans.length, averages(parts, lengths[k])), x);
const AdaptiveAvgPool3D = AdaptiveAvgPool;
const AdaptiveAvgPoolSpread = (g, lengths, spans) =>
  spans.reduce((y, parts, k) => weighted(y, k - spans.length, transpose(averages(parts, lengths[k]))), g);

// Numbers back at the places that they were picked from, counted in reading order.
function putBack(x, places, lengths, f) {
  const lead = shape(x).slice(0, ndim(x) - lengths.length);
  const size_ = product(lengths);
  const each = x.data.length / product(lead);
  const data = Array(product(lead) * size_).fill(0);
  x.data.forEach((v, i) => {
    const place = Math.floor(i / each) * size_ + places.data[i];
    data[place] = f(data[place], v);
  });
  return array([...lead, ...lengths], data);
}

const Unpool = (x, places, lengths) => putBack(x, places, lengths, (a, b) => a + b);
const MaxUnpool = (x, places, lengths) => putBack(x, places, lengths, (_, b) => b);

function Im2Col(x, lengths, pool) {
  const whole = bordered_by(x, pool.padding, pool.padding, 0);
  const [lead, channels] = [shape(x).slice(0, -3), shape(x).at(-3)];
  return reshape(patches(whole, pool), [...lead, channels * product(pool.kernel), product(pool.positions)]);
}

function Col2Im(x, lengths, pool) {
  const [lead, inWindow] = [shape(x).slice(0, -2), product(pool.kernel)];
  const parts = reshape(x, [...lead, shape(x).at(-2) / inWindow, inWindow, product(pool.positions)]);
  return overlapped(parts, lengths, { ...pool, after: pool.padding });
}

// ---------------------------------------------------------------- convolution

// The windows of a convolution: how many fit, unless that is given.
function sliding({ stride, padding, dilation }, lengths, kernel, positions = null) {
  const many = (n, i) => Math.floor((n + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1) / stride[i]) + 1;
  return { kernel, stride, dilation, padding, after: padding, positions: positions ?? lengths.map(many) };
}

// All windows of x as columns: [batch, groups, entries of a window, windows].
function columns(x, kernel, slide, positions = null) {
  const [n, channels, ...lengths] = shape(x);
  const pool = sliding(slide, lengths, kernel, positions);
  const parts = patches(bordered_by(x, slide.padding, slide.padding, 0), pool);
  const inWindow = (channels / slide.groups) * product(kernel);
  return reshape(parts, [n, slide.groups, inWindow, product(pool.positions)]);
}

const grouped = (w, { groups }) => reshape(w, [groups, len(w) / groups, product(shape(w).slice(1))]);

function convolution_rows(y, { groups }) {
  const [n, outputs, ...positions] = shape(y);
  return reshape(y, [n, groups, outputs / groups, product(positions)]);
}

function convolve(x, w, slide) {
  const [lengths, kernel] = [x, w].map((each) => shape(each).slice(2));
  const found = matmul(grouped(w, slide), columns(x, kernel, slide));
  return reshape(found, [len(x), len(w), ...sliding(slide, lengths, kernel).positions]);
}

function convolve_back(y, w, lengths, slide) {
  const [, inputs, ...kernel] = shape(w);
  const [n, , ...positions] = shape(y);
  const parts = matmul(transpose(grouped(w, slide)), convolution_rows(y, slide));
  const channels = reshape(parts, [n, inputs * slide.groups, product(kernel), product(positions)]);
  return overlapped(channels, lengths, sliding(slide, lengths, kernel, positions));
}

const convolve_weights = (y, parts, lengths, slide) =>
  reshape(sum(matmul(convolution_rows(y, slide), transpose(parts)), 0), lengths);
const trimmed = (x, lengths) => item(x, [ELLIPSIS, ...lengths.map((n) => slice(0, n))]);
const add_bias = (y, b) => add(y, reshape(b, [-1, ...shape(y).slice(2).map(() => 1)]));
const bias_gradient = (g) => sum(g, { axis: [0, ...range(ndim(g)).slice(2)] });

// ---------------------------------------------------------------- images in another size

const UpsampleBilinear2D = (x, matrices) =>
  matrices.reduce((y, matrix, k) => weighted(y, k + 2, matrix), x);
const transposed = (matrices) => matrices.map((matrix) => transpose(matrix));
const [UpsampleLinear1D, UpsampleTrilinear3D, UpsampleBicubic2D] = Array(3).fill(UpsampleBilinear2D);
