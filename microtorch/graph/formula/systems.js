// Windows, pixels and linear equations of arrays. Continues places.js.

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
  const lengths = common_shape(stacks.map((x) => x.shape.slice(0, -2)));
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

// ---------------------------------------------------------------- decompositions

const thin = (a, [u, s, vh]) => {
  const k = shape(s).at(-1);
  return [item(u, [ELLIPSIS, slice(0, k)]), s, item(vh, [ELLIPSIS, slice(0, k), slice()])];
};

const orthogonal = (a, factors) => factors;

function square_qr(q, r, inner, to_q) {
  const upper = triu(inner, 0);
  const made = matmul(q, add(upper, transpose(triu(inner, 1))));
  return transpose(solve(r, transpose(to_q === null ? made : add(made, to_q))));
}

// Singular values by turning pairs of rows until all are at right angles (Hestenes 1958): the rows
// are then s vᵀ, and the turns are uᵀ.
function turned_apart(a) {
  const n = a.length;
  const [work, turns] = [a.map((row) => [...row]), identity(a)];
  const dot = (x, y) => added(x.map((v, i) => v * y[i]));
  for (let sweep = 0, moved = true; moved && sweep < 60; sweep++) {
    moved = false;
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++) {
        const [p, q, r] = [dot(work[i], work[i]), dot(work[j], work[j]), dot(work[i], work[j])];
        if (Math.abs(r) <= 1e-16 * Math.sqrt(p * q)) continue;
        moved = true;
        const ratio = (q - p) / (2 * r);
        const t = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.hypot(1, ratio));
        const [c, s] = [1 / Math.hypot(1, t), t / Math.hypot(1, t)];
        for (const rows_ of [work, turns]) {
          const [x, y] = [rows_[i], rows_[j]];
          rows_[i] = x.map((v, k) => c * v - s * y[k]);
          rows_[j] = x.map((v, k) => s * v + c * y[k]);
        }
      }
    }
  }
  return { work, turns, sizes: work.map((row) => Math.sqrt(dot(row, row))) };
}

// V S⁺ Uᵀ, where singular values up to the limit count as zero.
function pseudoinverse(a, atol, rtol) {
  const one = (x) => {
    const { work, turns, sizes } = turned_apart(x);
    const limit = Math.max(Number(atol), Number(rtol) * Math.max(0, ...sizes));
    const kept_ = range(sizes.length).filter((k) => sizes[k] > limit);
    return x[0].map((_, i) => x.map((_, j) => added(kept_.map((k) => (work[k][i] * turns[k][j]) / sizes[k] ** 2))));
  };
  return eachMatrix(one, a);
}
