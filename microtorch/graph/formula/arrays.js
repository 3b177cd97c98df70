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

function together(shapes) {
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
  const lengths = together(arrays.map(shape));
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

function concatenate(arrays, axis = 0) {
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
  const stack = together([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
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

// ---------------------------------------------------------------- entries by their places

// x[index] for numbers, slices, null (a new axis) and ...; and for one tuple with lists or masks.
function item(x, index) {
  if (Array.isArray(x)) return picked(x, index);
  const parts = Array.isArray(index) ? index : [index];
  return parts.some(isArray) ? advanced(x, parts) : basic(x, parts);
}

function picked(items, index) {
  if (typeof index === "number") return items.at(index);
  return along(index, items.length).map((i) => items[i]);
}

// The numbers that a slice of an axis of length n names.
function along({ start, stop, step }, n) {
  const by = step ?? 1;
  const inside = (i) => (i < 0 ? i + n : i);
  const low = by > 0 ? Math.max(start === null ? 0 : inside(start), 0) : Math.min(start === null ? n - 1 : inside(start), n - 1);
  const end = by > 0 ? Math.min(stop === null ? n : inside(stop), n) : stop === null ? -1 : inside(stop);
  return range(Math.max(0, Math.ceil((end - low) / by))).map((i) => low + i * by);
}

function filled(parts, depth) {
  const axes = (part) => (part === null || part === ELLIPSIS ? 0 : isArray(part) && part.mask ? ndim(part) : 1);
  const missing = depth - parts.reduce((n, part) => n + axes(part), 0);
  const rest = range(missing).map(() => slice());
  const at = parts.indexOf(ELLIPSIS);
  return at < 0 ? [...parts, ...rest] : [...parts.slice(0, at), ...rest, ...parts.slice(at + 1)];
}

function basic(x, parts) {
  const { shape: own, data } = asArray(x);
  const step = strides(own);
  let places = [0];
  const lengths = [];
  let axis = 0;
  for (const part of filled(parts, own.length)) {
    if (part === null) {
      lengths.push(1);
      continue;
    }
    const single = typeof part === "number";
    const here = single ? [part < 0 ? part + own[axis] : part] : along(part, own[axis]);
    if (!single) lengths.push(here.length);
    places = places.flatMap((place) => here.map((i) => place + i * step[axis]));
    axis++;
  }
  return settled(array(lengths, places.map((place) => data[place])));
}

// Lists and masks among full slices: the places that they name together come where they stand.
function advanced(x, parts) {
  const whole = filled(parts, ndim(x)).flatMap((part) => (isArray(part) && part.mask ? nonzero(part) : [part]));
  const listed = range(whole.length).filter((i) => isArray(whole[i]) || typeof whole[i] === "number");
  const kept_ = range(whole.length).filter((i) => !listed.includes(i));
  const lengths = together(listed.map((i) => shape(whole[i])));
  const lists = listed.map((i) => asArray(broadcast_to(whole[i], lengths)).data);
  const turned = permute(x, [...listed, ...kept_]);
  const width = product(kept_.map((i) => x.shape[i]));
  const first = range(product(lengths)).map((k) =>
    lists.reduce((n, list, l) => n * x.shape[listed[l]] + ((list[k] + x.shape[listed[l]]) % x.shape[listed[l]]), 0),
  );
  const found = array(
    [...lengths, ...kept_.map((i) => x.shape[i])],
    first.flatMap((n) => asArray(turned).data.slice(n * width, (n + 1) * width)),
  );
  const beside = listed.at(-1) - listed[0] === listed.length - 1;
  const before = beside ? kept_.filter((i) => i < listed[0]).length : 0;
  const order = range(found.shape.length);
  const moved = [
    ...order.slice(lengths.length, lengths.length + before),
    ...order.slice(0, lengths.length),
    ...order.slice(lengths.length + before),
  ];
  return permute(found, moved);
}

function nonzero(mask) {
  const places = range(mask.data.length).filter((i) => mask.data[i]);
  return strides(mask.shape).map((s, axis) =>
    array([places.length], places.map((i) => Math.floor(i / s) % mask.shape[axis])),
  );
}

const Places = (basic_ = null, advanced_ = null) => ({ basic: basic_, advanced: advanced_ });

function pick(x, { basic: first, advanced: second }) {
  const part = first === null ? x : item(x, first);
  return second === null ? part : item(asArray(part), second);
}

// A copy of x, changed at some places: f(old, new) for each.
function changed(x, places, value, f) {
  const data = [...asArray(x).data];
  const at = asArray(pick(numbered(shape(x)), places));
  const values = asArray(broadcast_to(value, at.shape)).data;
  at.data.forEach((place, i) => (data[place] = f(data[place], values[i])));
  return settled(array(shape(x), data));
}

const Unpick = (g, lengths, places) => changed(full(lengths, 0), places, g, (a, b) => a + b);
const IndexFill = (x, places, value) => changed(x, places, value, (_, b) => b);
const SetItem = (x, value, places) => IndexFill(x, places, value);
const [IndexPut, Scatter, IndexCopy, Put, MaskedScatter, IndexFillTensor] = Array(6).fill(SetItem);
const ScatterValue = IndexFill;
const MaskedFill = (x, mask, value) => entries((v, m) => (m ? value : v), x, mask);

function take(x, places, axis) {
  const index = Array.isArray(places) ? array([places.length], places) : places;
  return item(x, [...range(axis < 0 ? axis + ndim(x) : axis).map(() => slice()), index]);
}

function take_along_axis(x, index, axis) {
  const place = axis < 0 ? axis + ndim(x) : axis;
  const own = range(ndim(x)).map((i) =>
    i === place ? index : reshape(arange(x.shape[i]), range(ndim(x)).map((k) => (k === i ? -1 : 1))),
  );
  return advanced(x, own);
}

// ---------------------------------------------------------------- entries in other places

function flip(x, axes) {
  const gone = axes.map((axis) => (axis < 0 ? axis + ndim(x) : axis));
  return item(x, range(ndim(x)).map((i) => (gone.includes(i) ? slice(null, null, -1) : slice())));
}

function roll(x, shifts, axes = null) {
  if (axes === null || !axes.length) return reshape(roll(ravel(x), [shifts].flat(), [0]), shape(x));
  return axes.reduce((y, axis, k) => {
    const n = y.shape[axis];
    return take(y, array([n], range(n).map((i) => (((i - [shifts].flat()[k]) % n) + n) % n)), axis);
  }, x);
}

function rot90(x, times, axes) {
  const [a, b] = axes.map((axis) => (axis < 0 ? axis + ndim(x) : axis));
  const turns = ((times % 4) + 4) % 4;
  return range(turns).reduce((y) => swapaxes(flip(y, [b]), a, b), x);
}

function tile(x, times) {
  const depth = Math.max(times.length, ndim(x));
  const lengths = [...Array(depth - ndim(x)).fill(1), ...shape(x)];
  const often = [...Array(depth - times.length).fill(1), ...times];
  const pairs = broadcast_to(
    reshape(x, lengths.flatMap((n) => [1, n])),
    lengths.flatMap((n, i) => [often[i], n]),
  );
  return reshape(pairs, lengths.map((n, i) => n * often[i]));
}

function diagonal(x, offset = 0, axis1 = 0, axis2 = 1) {
  const [a, b] = [axis1, axis2].map((axis) => (axis < 0 ? axis + ndim(x) : axis));
  const others = range(ndim(x)).filter((i) => i !== a && i !== b);
  const turned = permute(x, [...others, a, b]);
  const [n, m] = turned.shape.slice(-2);
  const on = range(n).filter((i) => i + offset >= 0 && i + offset < m);
  const [i, j] = [array([on.length], on), array([on.length], on.map((k) => k + offset))];
  return advanced(turned, [...others.map(() => slice()), i, j]);
}

function DiagonalPut(g, lengths, offset, axis1, axis2) {
  const data = Array(product(lengths)).fill(0);
  const at = diagonal(numbered(lengths), offset, axis1, axis2);
  at.data.forEach((place, i) => (data[place] = asArray(broadcast_to(g, at.shape)).data[i]));
  return array([...lengths], data);
}

const DiagEmbed = DiagonalPut;

// f along one axis: from an array of numbers to another.
function eachAlong(f, axis, ...arrays) {
  const order = range(ndim(arrays[0]));
  const place = axis < 0 ? axis + order.length : axis;
  [order[place], order[order.length - 1]] = [order.length - 1, place];
  const turned = arrays.map((x) => permute(broadcast_to(x, shape(arrays[0])), order));
  const n = turned[0].shape.at(-1);
  const lines = range(turned[0].data.length / n).flatMap((k) => f(...turned.map((x) => x.data.slice(k * n, (k + 1) * n))));
  return permute(array(turned[0].shape, lines), order);
}

function Shift(x, axis, step, fill) {
  return eachAlong((line) => (step > 0 ? [fill, ...line.slice(0, -1)] : [...line.slice(1), fill]), axis, x);
}

function running(x, axis, reverse, f) {
  if (!ndim(x)) return x;
  const forwards = (line) => line.reduce((done, v) => [...done, done.length ? f(done.at(-1), v) : v], []);
  return eachAlong((line) => (reverse ? forwards([...line].reverse()).reverse() : forwards(line)), axis, x);
}

const Cumsum = (x, axis, reverse) => running(x, axis, reverse, (a, b) => a + b);
const Cumprod = (x, axis, reverse) => running(x, axis, reverse, (a, b) => a * b);
const Logcumsumexp = (x, axis) => running(x, axis, false, logaddexp);

function Recur(a, b, axis, reverse) {
  const forwards = (x, y) => x.reduce((done, v, k) => [...done, k ? v + y[k] * done[k - 1] : v], []);
  const both = (x, y) => (reverse ? forwards([...x].reverse(), [...y].reverse()).reverse() : forwards(x, y));
  return eachAlong(both, axis, a, b);
}

const extreme = (f) => (x, lengths, axes, keepdims) => f(x, { axis: axes, keepdims });
const [Amax, LargerOfTwo] = [extreme(amax), extreme(amax)];
const [Amin, SmallerOfTwo] = [extreme(amin), extreme(amin)];

// ---------------------------------------------------------------- joined

const Cat = (given) => {
  const [axis, ends] = given.slice(-2);
  const arrays = given.slice(0, -2).filter((_, i) => ends[i] !== null);
  return concatenate(arrays, axis);
};

Cat.vjp = (g, y, given) => {
  const [axis, ends] = given.slice(-2);
  let start = 0;
  return ends.map((end) => {
    if (end === null) return array([0], []);
    const part = item(g, [...range(axis).map(() => slice()), slice(start, end)]);
    start = end;
    return part;
  });
};

const Stack = (given) => {
  const axis = given.at(-1);
  const place = axis < 0 ? axis + ndim(given[0]) + 1 : axis;
  const longer = (x) => array([...shape(x).slice(0, place), 1, ...shape(x).slice(place)], asArray(x).data);
  return concatenate(given.slice(0, -1).map(longer), place);
};

Stack.vjp = (g, y, given) => range(given.length - 1).map((i) => take(g, i, given.at(-1)));

const blocks = (corners) =>
  corners.map(([bottom, right], i) => {
    const [top, left] = i ? corners[i - 1] : [0, 0];
    return [slice(top, bottom), slice(left, right)];
  });

const BlockDiag = (given) => {
  const corners = given.at(-1);
  return blocks(corners).reduce((whole, block, i) => SetItem(whole, given[i], Places(block)), full(corners.at(-1), 0));
};

BlockDiag.vjp = (g, y, given) => blocks(given.at(-1)).map((block) => item(g, block));

function Pad(x, widths, value) {
  const whole = full(widths.map(([a, b], i) => x.shape[i] + a + b), value);
  const inner = widths.map(([a, b], i) => slice(Math.max(a, 0), whole.shape[i] - Math.max(b, 0)));
  const left = widths.map(([a, b], i) => slice(Math.max(-a, 0), x.shape[i] - Math.max(-b, 0)));
  return SetItem(whole, item(x, left), Places(inner));
}

Pad.vjp = (g, y, x, widths) => [Pad(g, widths.map(([a, b]) => [-a, -b]), 0)];

const Permute = permute;
Permute.vjp = (g, y, x, order) => [permute(g, range(order.length).map((axis) => order.indexOf(axis)))];
const Roll = roll;
Roll.vjp = (g, y, x, shifts, axes) => [roll(g, shifts.map((n) => -n), axes)];
const Repeat = tile;

Repeat.vjp = (g, y, x, lengths, times) => {
  const pairs = lengths.flatMap((n, i) => [times[i], n]);
  return [sum(reshape(g, pairs), { axis: times.map((_, i) => 2 * i) })];
};

const Kron = kron;

Kron.vjp = (g, y, a, b) => {
  const depth = Math.max(ndim(a), ndim(b));
  const [m, n] = [a, b].map((x) => [...Array(depth - ndim(x)).fill(1), ...shape(x)]);
  const parts = reshape(g, m.flatMap((k, i) => [k, n[i]]));
  const [wide, high] = [reshape(a, m.flatMap((k) => [k, 1])), reshape(b, n.flatMap((k) => [1, k]))];
  const over = (odd) => range(depth).map((i) => 2 * i + odd);
  const [to_a, to_b] = [sum(mul(parts, high), { axis: over(1) }), sum(mul(parts, wide), { axis: over(0) })];
  return [reshape(to_a, shape(a)), reshape(to_b, shape(b))];
};

// ---------------------------------------------------------------- tables, windows, pixels

function EmbeddingBack(g, lengths, index, padding) {
  const back = Unpick(g, lengths, Places(null, [index]));
  return padding === null ? back : IndexFill(back, Places([padding]), 0);
}

function windowed(lengths, axis, width, step) {
  const many = Math.floor((lengths[axis] - width) / step) + 1;
  const starts = array([many, 1], range(many).map((i) => i * step));
  return [...range(axis).map(() => slice()), add(starts, arange(width))];
}

function Unfold(x, lengths, axis, width, step) {
  const found = item(x, windowed(lengths, axis, width, step));
  const order = range(ndim(found));
  return permute(found, [...order.filter((i) => i !== axis + 1), axis + 1]);
}

function Fold(g, lengths, axis, width, step) {
  const order = range(ndim(g));
  order.splice(axis + 1, 0, order.pop());
  return Unpick(permute(g, order), lengths, Places(null, windowed(lengths, axis, width, step)));
}

function PixelShuffle(x, factor) {
  const [channels, height, width] = x.shape.slice(-3);
  const batch = x.shape.slice(0, -3);
  const n = batch.length;
  const parts = reshape(x, [...batch, channels / factor ** 2, factor, factor, height, width]);
  const turned = permute(parts, [...range(n), n, n + 3, n + 1, n + 4, n + 2]);
  return reshape(turned, [...batch, channels / factor ** 2, height * factor, width * factor]);
}

function PixelUnshuffle(x, factor) {
  const [channels, height, width] = x.shape.slice(-3);
  const batch = x.shape.slice(0, -3);
  const n = batch.length;
  const [high, wide] = [height / factor, width / factor];
  const turned = permute(reshape(x, [...batch, channels, high, factor, wide, factor]), [
    ...range(n),
    ...[n, n + 2, n + 4, n + 1, n + 3],
  ]);
  return reshape(turned, [...batch, channels * factor ** 2, high, wide]);
}

function ChannelShuffle(x, groups) {
  const [n, channels, ...rest] = x.shape;
  return reshape(swapaxes(reshape(x, [n, groups, channels / groups, ...rest]), 1, 2), x.shape);
}

function argsort(x, { axis }) {
  return eachAlong((line) => range(line.length).sort((i, j) => line[i] - line[j] || i - j), axis, x);
}

function argmax(x, axis, { keepdims }) {
  return reduce(x, axis, keepdims, (line) => line.indexOf(Math.max(...line.map(Number))));
}

// ---------------------------------------------------------------- linear equations

// f for every matrix of a stack: from rows of numbers to rows of numbers, or to a number.
function eachMatrix(f, ...stacks) {
  const lengths = together(stacks.map((x) => x.shape.slice(0, -2)));
  const whole = stacks.map((x) => broadcast_to(x, [...lengths, ...x.shape.slice(-2)]));
  const found = range(product(lengths)).map((place) =>
    f(
      ...whole.map(({ shape: [...own], data }) => {
        const [n, m] = own.slice(-2);
        return range(n).map((i) => data.slice((place * n + i) * m, (place * n + i + 1) * m));
      }),
    ),
  );
  if (!Array.isArray(found[0])) return settled(array(lengths, found));
  return array([...lengths, found[0].length, found[0][0].length], found.flat(2));
}

// [a | b] brought to [1 | x] by elimination; the product of the pivots is the determinant.
function eliminated(a, b) {
  const work = a.map((row, i) => [...row, ...b[i]]);
  const n = a.length;
  let determinant = 1;
  for (let k = 0; k < n; k++) {
    const size = work.map((row, i) => (i < k ? -1 : Math.abs(row[k])));
    const pivot = size.indexOf(Math.max(...size));
    if (pivot !== k) determinant = -determinant;
    [work[k], work[pivot]] = [work[pivot], work[k]];
    determinant *= work[k][k];
    const scaled = work[k].map((v) => v / work[k][k]);
    for (let i = 0; i < n; i++) {
      const factor = work[i][k];
      work[i] = i === k ? scaled : work[i].map((v, j) => v - factor * scaled[j]);
    }
  }
  return { solution: work.map((row) => row.slice(n)), determinant };
}

const identity = (a) => a.map((_, i) => a.map((_, j) => Number(i === j)));
const solve = (a, b) => eachMatrix((x, y) => eliminated(x, y).solution, a, b);
const inv = (a) => eachMatrix((x) => eliminated(x, identity(x)).solution, a);
const inverse = (a) => [inv(a)];
const det = (a) => eachMatrix((x) => eliminated(x, identity(x)).determinant, a);
const slogdet = (a) => [sign(det(a)), log(abs(det(a)))];
const back_substitution = (a, b) => solve(a, b);
const cofactors = (a, d) => mul(column(column(d)), transpose(inv(a)));

function cholesky(a) {
  const factor = (x) => {
    const y = x.map((row) => row.map(() => 0));
    x.forEach((row, i) => {
      for (let j = 0; j <= i; j++) {
        const rest = row[j] - added(range(j).map((k) => y[i][k] * y[j][k]));
        y[i][j] = i === j ? Math.sqrt(rest) : rest / y[j][j];
      }
    });
    return y;
  };
  return [eachMatrix(factor, a)];
}

// e^a: halved until a short series is exact, then squared as often.
function matrix_exponential(a) {
  const halvings = Math.max(0, Math.ceil(Math.log2(Math.max(1e-9, amax(sum(abs(a), -2))))) + 1);
  const x = div(a, 2 ** halvings);
  let term = broadcast_to(eye(a.shape.at(-1)), a.shape);
  let y = term;
  for (let k = 1; k <= 20; k++) {
    term = div(matmul(term, x), k);
    y = add(y, term);
  }
  return range(halvings).reduce((z) => matmul(z, z), y);
}
