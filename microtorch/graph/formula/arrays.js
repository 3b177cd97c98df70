// Arrays for the JavaScript that formulas of whole arrays are printed as: { shape, data }, row by
// row. Numbers are arrays without axes; Python's tuples are JavaScript's arrays.

const ELLIPSIS = Symbol("...");

function array(shape, data) {
  return { shape, data };
}

function slice(start = null, stop = null, step = null) {
  return { start, stop, step };
}

const isArray = (x) => x !== null && typeof x === "object" && "data" in x;
const product = (numbers) => numbers.reduce((a, b) => a * b, 1);
const range = (n) => Array.from({ length: n }, (_, i) => i);
const asArray = (x) => (isArray(x) ? x : array([], [Number(x)]));
// A result without axes is a number again.
const settled = (x) => (x.shape.length ? x : x.data[0]);
const shape = (x) => (isArray(x) ? x.shape : []);
const ndim = (x) => shape(x).length;
const size = (x) => product(shape(x));
const len = (x) => (isArray(x) ? x.shape[0] : x.length);

// ---------------------------------------------------------------- entry by entry

function strides(lengths) {
  const found = lengths.map(() => 1);
  for (let i = lengths.length - 2; i >= 0; i--) found[i] = found[i + 1] * lengths[i + 1];
  return found;
}

function common_shape(shapes) {
  const depth = Math.max(0, ...shapes.map((s) => s.length));
  return range(depth).map((axis) => {
    const lengths = shapes.map((s) => s[axis - depth + s.length] ?? 1).filter((n) => n !== 1);
    if (lengths.some((n) => n !== lengths[0])) throw new Error("shapes do not fit together");
    return lengths.length ? lengths[0] : 1;
  });
}

function broadcast_to(x, lengths) {
  const { shape: own, data } = asArray(x);
  const lead = lengths.length - own.length;
  const step = strides(own).map((s, i) => (own[i] === 1 ? 0 : s));
  const all = strides(lengths);
  const at = (place) =>
    own.reduce((sum, _, i) => sum + (Math.floor(place / all[i + lead]) % lengths[i + lead]) * step[i], 0);
  return settled(array([...lengths], range(product(lengths)).map((place) => data[at(place)])));
}

function entries(f, ...arrays) {
  if (!arrays.some(isArray)) return f(...arrays);
  const lengths = common_shape(arrays.map(shape));
  const columns = arrays.map((x) => asArray(broadcast_to(x, lengths)).data);
  return settled(array(lengths, columns[0].map((_, i) => f(...columns.map((c) => c[i])))));
}

const byEntry = (f) => (...arrays) => entries(f, ...arrays);
const add = (a, b) => (Array.isArray(a) ? [...a, ...b] : entries((x, y) => x + y, a, b));
const mul = (a, b) => (Array.isArray(a) ? range(b).flatMap(() => a) : entries((x, y) => x * y, a, b));
const [sub, div] = [byEntry((x, y) => x - y), byEntry((x, y) => x / y)];
const [pow, neg] = [byEntry(power), byEntry((x) => -x)];
const [exp, log, log1p, sqrt] = [Math.exp, Math.log, Math.log1p, Math.sqrt].map(byEntry);
const [tanh, sin, cos, abs, sign] = [Math.tanh, Math.sin, Math.cos, Math.abs, Math.sign].map(byEntry);
const [floor, trunc] = [Math.floor, Math.trunc].map(byEntry);
const sigmoid = byEntry((x) => 1 / (1 + Math.exp(-x)));
const [isnan, isfinite] = [Number.isNaN, Number.isFinite].map((f) => byEntry((x) => f(Number(x))));
const isinf = byEntry((x) => Math.abs(x) === Infinity);
const [max, min] = [byEntry((x, y) => Math.max(x, y)), byEntry((x, y) => Math.min(x, y))];
const [less, less_equal] = [byEntry((x, y) => x < y), byEntry((x, y) => x <= y)];
const [greater, greater_equal] = [byEntry((x, y) => x > y), byEntry((x, y) => x >= y)];
const [equal, not_equal] = [byEntry((x, y) => x === y), byEntry((x, y) => x !== y)];
const [same, differs] = [(a, b) => a === b, (a, b) => a !== b];
const [floor_divided, remaindered] = [byEntry(floor_divide), byEntry(remainder)];
const truth = (x) => (Array.isArray(x) ? x.length > 0 : Boolean(x));
const negated = (x) => (isArray(x) ? entries((v) => !v, x) : !truth(x));
const and = (a, b) => (isArray(a) ? entries((x, y) => Boolean(x && y), a, b()) : truth(a) ? b() : a);
const or = (a, b) => (isArray(a) ? entries((x, y) => Boolean(x || y), a, b()) : truth(a) ? a : b());

// Only what a plain yes or no leaves open is worked out.
function where(condition, yes, no) {
  if (isArray(condition)) return entries((c, a, b) => (c ? a : b), condition, yes(), no());
  return truth(condition) ? yes() : no();
}

// ---------------------------------------------------------------- shapes

function reshape(x, lengths) {
  const { data } = asArray(x);
  const wanted = Array.isArray(lengths) ? [...lengths] : [lengths];
  const open = wanted.indexOf(-1);
  if (open >= 0) wanted[open] = data.length / -product(wanted);
  return settled(array(wanted, data));
}

const ravel = (x) => reshape(x, [-1]);

function permute(x, order) {
  const { shape: own, data } = asArray(x);
  const axes = order.map((axis) => (axis < 0 ? axis + own.length : axis));
  const lengths = axes.map((axis) => own[axis]);
  const [step, all] = [strides(own), strides(lengths)];
  const from = (place) =>
    axes.reduce((sum, axis, i) => sum + (Math.floor(place / all[i]) % lengths[i]) * step[axis], 0);
  return settled(array(lengths, data.map((_, place) => data[from(place)])));
}

function swapaxes(x, first, second) {
  const order = range(ndim(x));
  const [a, b] = [first, second].map((axis) => (axis < 0 ? axis + order.length : axis));
  [order[a], order[b]] = [b, a];
  return permute(x, order);
}

const transpose = (x) => (ndim(x) < 2 ? x : swapaxes(x, -1, -2));

function concatenate(arrays, where_ = 0) {
  const axis = where_.axis ?? where_; // concatenate(arrays, 1), or with { axis: 1 }
  const place = axis < 0 ? axis + ndim(arrays[0]) : axis;
  const order = range(ndim(arrays[0]));
  [order[0], order[place]] = [place, 0];
  const turned = arrays.map((x) => permute(x, order));
  const lengths = [turned.reduce((n, x) => n + x.shape[0], 0), ...turned[0].shape.slice(1)];
  return permute(array(lengths, turned.flatMap((x) => x.data)), order);
}

const full = (lengths, value) => settled(array([...lengths], Array(product(lengths)).fill(value)));
const ones = (lengths) => full(lengths, 1);
const table = (n, f) => array([n, n], range(n * n).map((i) => Number(f(Math.floor(i / n), i % n))));
const eye = (n) => table(n, (i, j) => i === j);
const tri = (n, { k = 0 } = {}) => table(n, (i, j) => j - i <= k);

function matrices(x, f) {
  const [n, m] = x.shape.slice(-2);
  return array(x.shape, x.data.map((v, at) => (f(Math.floor(at / m) % n, at % m) ? v : 0)));
}

const tril = (x, k) => matrices(x, (i, j) => j - i <= k);
const triu = (x, k) => matrices(x, (i, j) => j - i >= k);
const numbered = (lengths) => array([...lengths], range(product(lengths)));
const arange = (n) => array([n], range(n));

// ---------------------------------------------------------------- many numbers become one

function reduce(x, axes, keepdims, f) {
  const own = shape(x);
  const gone = range(own.length).filter(
    (i) => axes === null || [axes].flat().some((axis) => axis === i || axis + own.length === i),
  );
  const left = range(own.length).filter((i) => !gone.includes(i));
  const turned = asArray(permute(x, [...left, ...gone]));
  const count = product(gone.map((i) => own[i]));
  const lengths = keepdims ? own.map((n, i) => (gone.includes(i) ? 1 : n)) : left.map((i) => own[i]);
  const groups = range(product(lengths)).map((g) => turned.data.slice(g * count, (g + 1) * count));
  return settled(array(lengths, groups.map(f)));
}

// sum(x), sum(x, axis), sum(x, { axis, keepdims }): as in NumPy.
function reducer(f) {
  return (x, axis = null, settings = {}) => {
    const named = axis !== null && typeof axis === "object" && !Array.isArray(axis) ? axis : { axis, ...settings };
    const entries_ = Array.isArray(x) ? array([x.length], x) : x;
    return reduce(entries_, named.axis ?? null, named.keepdims ?? false, f);
  };
}

const added = (numbers) => numbers.reduce((a, b) => a + Number(b), 0);
const sum = reducer(added);
const mean = reducer((numbers) => added(numbers) / numbers.length);
const prod = reducer(product);
const amax = reducer((numbers) => numbers.reduce((a, b) => Math.max(a, b), -Infinity));
const amin = reducer((numbers) => numbers.reduce((a, b) => Math.min(a, b), Infinity));
const any = reducer((numbers) => numbers.some(Boolean));
const count = (lengths, axes) => product(axes === null ? lengths : axes.map((axis) => lengths.at(axis)));
const trace = (x) => added(range(Math.min(...x.shape)).map((i) => x.data[i * (x.shape[1] + 1)]));

// The axes that a reduction took away, back with length 1.
function kept(y, lengths, axes) {
  return reshape(y, lengths.map((n, i) => (axes === null || axes.includes(i) ? 1 : n)));
}

function spread(g, lengths, axes, keepdims) {
  const named = typeof keepdims === "object" ? keepdims.keepdims : keepdims;
  return broadcast_to(axes !== null && !named ? kept(g, lengths, axes) : g, lengths);
}

// The gradient of what broadcasting stretched: the sum over its copies.
function sum_to(x, lengths) {
  const lead = ndim(x) - lengths.length;
  const copies = range(ndim(x)).filter((i) => i < lead || (lengths[i - lead] === 1 && x.shape[i] !== 1));
  return copies.length ? reshape(sum(x, { axis: copies, keepdims: true }), lengths) : x;
}

const column = (x) => reshape(x, [...shape(x), 1]);
const rows = (x) => reshape(x, [product(x.shape.slice(0, -1)), x.shape.at(-1)]);
const row_max = (x) => (ndim(x) ? amax(x, { axis: -1, keepdims: true }) : x);
const total = (x, axis) => (ndim(x) ? sum(x, { axis, keepdims: true }) : x);

function softmax(x, axis) {
  const powers = exp(sub(x, ndim(x) ? amax(x, { axis, keepdims: true }) : x));
  return div(powers, total(powers, axis));
}

function reduced(x, reduction) {
  return reduction === "none" ? x : reduction === "sum" ? sum(x) : mean(x);
}

function vector_norm(x, p, axes, keepdims) {
  const how = { axis: axes, keepdims };
  const lengths = abs(x);
  if (p === 0) return sum(not_equal(x, 0), how);
  if (Math.abs(p) === Infinity) return p > 0 ? amax(lengths, how) : amin(lengths, how);
  return pow(sum(pow(lengths, p), how), 1 / p);
}

// ---------------------------------------------------------------- products

function matmul(a, b) {
  if (ndim(a) === 1) return fewer(matmul(reshape(a, [1, -1]), b), -2);
  if (ndim(b) === 1) return fewer(matmul(a, reshape(b, [-1, 1])), -1);
  const [n, k] = a.shape.slice(-2);
  const m = b.shape.at(-1);
  const stack = common_shape([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  const left = broadcast_to(a, [...stack, n, k]).data;
  const right = broadcast_to(b, [...stack, k, m]).data;
  const one = (place) => {
    const [s, i, j] = [Math.floor(place / (n * m)), Math.floor(place / m) % n, place % m];
    return added(range(k).map((l) => left[(s * n + i) * k + l] * right[(s * k + l) * m + j]));
  };
  return settled(array([...stack, n, m], range(product(stack) * n * m).map(one)));
}

function fewer(x, axis) {
  const lengths = [...x.shape];
  lengths.splice(axis, 1);
  return reshape(x, lengths);
}

const outer = (a, b) => mul(column(ravel(a)), ravel(b));

function kron(a, b) {
  const depth = Math.max(ndim(a), ndim(b));
  const padded = (x) => [...Array(depth - ndim(x)).fill(1), ...shape(x)];
  const [m, n] = [padded(a), padded(b)];
  const all = mul(reshape(a, m.flatMap((k) => [k, 1])), reshape(b, n.flatMap((k) => [1, k])));
  return reshape(all, m.map((k, i) => k * n[i]));
}

function cross(a, b, { axis }) {
  const part = (x, i) => take(x, i, axis);
  const pair = (i, j) => sub(mul(part(a, i), part(b, j)), mul(part(a, j), part(b, i)));
  const parts = [pair(1, 2), pair(2, 0), pair(0, 1)];
  const depth = Math.max(ndim(a), ndim(b));
  const place = axis < 0 ? axis + depth : axis;
  const lengths = [...shape(parts[0])];
  lengths.splice(place, 0, 1);
  return concatenate(parts.map((x) => asArray(reshape(x, lengths))), place);
}

// Axes with letters: in the order of another word, with length 1 for the letters that are missing.
function einsum_spread(x, letters, word) {
  const kept_ = [...word].filter((s) => letters.includes(s));
  const turned = permute(x, kept_.map((s) => letters.indexOf(s)));
  const lengths = [...word].map((s) => (letters.includes(s) ? shape(x)[letters.indexOf(s)] : 1));
  return reshape(turned, lengths);
}

function contract(a, b, left, right, out) {
  const summed = [...new Set(left + right)].filter((s) => !out.includes(s));
  const word = out + summed.join("");
  const all = mul(einsum_spread(a, left, word), einsum_spread(b, right, word));
  return summed.length ? sum(all, { axis: summed.map((s) => word.indexOf(s)) }) : all;
}

const Contraction = contract;
