// Entries of arrays by their places: picked, put, moved, joined. Continues arrays.js.

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
  const lengths = common_shape(listed.map((i) => shape(whole[i])));
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

const between = (x, start, end, axis) => item(x, [...range(axis).map(() => slice()), slice(start, end)]);
const layer = (x, i, axis) => take(x, i, axis);

function stack(arrays, axis = 0) {
  const longer = (x) => array([...shape(x).slice(0, axis), 1, ...shape(x).slice(axis)], asArray(x).data);
  return concatenate(arrays.map(longer), axis);
}

const blocks = (corners) =>
  corners.map(([bottom, right], i) => {
    const [top, left] = i ? corners[i - 1] : [0, 0];
    return [slice(top, bottom), slice(left, right)];
  });

const along_diagonal = (matrices, corners) =>
  blocks(corners).reduce((whole, place, i) => SetItem(whole, matrices[i], Places(place)), full(corners.at(-1), 0));

function Pad(x, widths, value) {
  const whole = full(widths.map(([a, b], i) => x.shape[i] + a + b), value);
  const inner = widths.map(([a, b], i) => slice(Math.max(a, 0), whole.shape[i] - Math.max(b, 0)));
  const left = widths.map(([a, b], i) => slice(Math.max(-a, 0), x.shape[i] - Math.max(-b, 0)));
  return SetItem(whole, item(x, left), Places(inner));
}

const opposite = (numbers) => numbers.map((n) => (Array.isArray(n) ? opposite(n) : -n));

const Permute = permute;
const undoing = (order) => range(order.length).map((axis) => order.indexOf(axis));
const Roll = roll;
const Repeat = tile;

function sum_of_copies(g, lengths, times) {
  const pairs = lengths.flatMap((n, i) => [times[i], n]);
  return sum(reshape(g, pairs), { axis: times.map((_, i) => 2 * i) });
}

function copies(g, a, b) {
  const depth = Math.max(a.length, b.length);
  const [m, n] = [a, b].map((lengths) => [...Array(depth - lengths.length).fill(1), ...lengths]);
  const pairs = reshape(g, m.flatMap((k, i) => [k, n[i]]));
  const order = [...range(depth).map((i) => 2 * i), ...range(depth).map((i) => 2 * i + 1)];
  return reshape(permute(pairs, order), [product(a), product(b)]);
}
