// What JavaScript's Math lacks, for single numbers. helpers.py takes from here what a formula calls;
// the tables (NEAR, MIDDLE, ...) are printed above it from the Python source of the operations.

// Python's a ** b: 1 to any power is 1, and so is -1 to an infinite one.
function power(a, b) {
  return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b;
}

// The same of float32 numbers: the third power is two products there, each of them rounded.
function power32(a, b) {
  return b === 3 ? fround(a * a) * a : power(a, b);
}

function fround(x) {
  return Math.fround(x);
}

function logaddexp(a, b) {
  if (a === b) return a + Math.LN2; // also where both are infinite
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

function logaddexp2(a, b) {
  if (a === b) return a + 1;
  return Math.max(a, b) + Math.log1p(2 ** -Math.abs(a - b)) / Math.LN2;
}

// Halves go to the even number.
function rint(x) {
  const up = Math.round(x);
  return Math.abs(x % 1) === 0.5 && up % 2 !== 0 ? up - 1 : up;
}

// The larger one; what is not a number does not count.
function fmax(a, b) {
  return Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.max(a, b);
}

function fmin(a, b) {
  return Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.min(a, b);
}

function copysign(a, b) {
  return Math.abs(a) * (b < 0 || Object.is(b, -0) ? -1 : 1);
}

// What is left of a / b rounded down: it has the sign of b.
function remainder(a, b) {
  const rest = a % b;
  if (rest === 0) return copysign(0, b);
  return rest < 0 === b < 0 ? rest : rest + b;
}

// a / b rounded down, worked out from what is left: exact also where a / b is rounded up.
function floor_divide(a, b) {
  if (b === 0) return a / b;
  const rest = a % b;
  const whole = (a - rest) / b - (rest !== 0 && rest < 0 !== b < 0 ? 1 : 0);
  if (whole === 0) return copysign(0, a / b);
  const down = Math.floor(whole);
  return whole - down > 0.5 ? down + 1 : down;
}

function nan_to_num(x, { nan, posinf, neginf }) {
  if (Number.isNaN(x)) return nan ?? 0;
  if (x === Infinity) return posinf ?? Number.MAX_VALUE;
  return x === -Infinity ? (neginf ?? -Number.MAX_VALUE) : x;
}

// ---------------------------------------------------------------- the error function

function polynomial(x, coefficients) {
  return coefficients.reduce((total, c) => total * x + c);
}

function quotient(x, [above, below]) {
  return polynomial(x, above) / polynomial(x, below);
}

// erfc above 0.46875
function upper(x) {
  if (x <= 4) return Math.exp(-x * x) * quotient(x, MIDDLE);
  if (x > 30) return 0;
  const short = Math.trunc(x * 16) / 16;
  const square = 1 / x ** 2;
  const tail = (1 / Math.sqrt(Math.PI) - square * quotient(square, FAR)) / x;
  return Math.exp(-short * short) * Math.exp(-(x - short) * (x + short)) * tail;
}

function erf(x) {
  const size = Math.abs(x);
  return size <= 0.46875 ? x * quotient(x * x, NEAR) : Math.sign(x) * (1 - upper(size));
}

function erfc(x) {
  const size = Math.abs(x);
  if (size <= 0.46875) return 1 - x * quotient(x * x, NEAR);
  return x < 0 ? 2 - upper(size) : upper(size);
}

function erfinv(x) {
  const half = x / 2;
  if (Math.abs(half) <= 0.425) {
    return (half * quotient(0.180625 - half ** 2, CENTRE)) / Math.SQRT2;
  }
  if (Math.abs(x) === 1) return x * Infinity;
  const depth = Math.sqrt(-Math.log((1 - Math.abs(x)) / 2));
  const tail = depth <= 5 ? quotient(depth - 1.6, TAIL) : quotient(depth - 5, END);
  return (Math.sign(x) * tail) / Math.SQRT2;
}

function normal_cdf(x) {
  return 0.5 * (1 + erf(x * Math.SQRT1_2));
}

// ---------------------------------------------------------------- the gamma function

// ln |Γ(x)| as in CPython's math module: Lanczos' sum, g = 6.02468.
function lgamma(x) {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) === Infinity || x > 1e305 || (x <= 0 && x % 1 === 0)) return Infinity;
  if (x === 1 || x === 2) return 0;
  const size = Math.abs(x);
  if (size < 1e-20) return -Math.log(size);
  let value = Math.log(lanczos(size)) - LANCZOS_G;
  value += (size - 0.5) * (Math.log(size + LANCZOS_G - 0.5) - 1);
  if (x > 0) return value;
  return Math.log(Math.PI) - Math.log(Math.abs(sinpi(size))) - Math.log(size) - value;
}

function lanczos(x) {
  const [above, below] = LANCZOS;
  if (x < 5) return polynomial(x, above) / polynomial(x, below);
  return polynomial(1 / x, [...above].reverse()) / polynomial(1 / x, [...below].reverse());
}

// sin(π x) for x >= 0, exact at whole numbers and halves
function sinpi(x) {
  const y = x % 2;
  const n = Math.round(2 * y);
  if (n === 0) return Math.sin(Math.PI * y);
  if (n === 1) return Math.cos(Math.PI * (y - 0.5));
  if (n === 2) return Math.sin(Math.PI * (1 - y));
  return n === 3 ? -Math.cos(Math.PI * (y - 1.5)) : Math.sin(Math.PI * (y - 2));
}

function digamma(x) {
  if (x === 0) return Object.is(x, -0) ? Infinity : -Infinity;
  if (x === rint(x) && x < 0) return NaN;
  if (x < 0.5) return digamma(1 - x) - Math.PI / Math.tan(Math.PI * (x - rint(x)));
  const low = x < CLIMB;
  const high = low ? x + CLIMB : x;
  let value = Math.log(high) - 1 / (2 * high);
  value -= BERNOULLI.reduceRight((t, b, k) => (t + b / (2 * k + 2)) / (high * high), 0);
  for (let k = 0; low && k < CLIMB; k++) value -= 1 / (x + k);
  return value;
}

function polygamma(x, n) {
  if (n === 1) {
    const value = hurwitz(x < 0.5 ? 1 - x : x, 2);
    return x < 0.5 ? (Math.PI / Math.sin(Math.PI * (x - rint(x)))) ** 2 - value : value;
  }
  if (x < LOWEST) return NaN;
  let factorial = 1;
  for (let k = 2; k <= n; k++) factorial *= k;
  return (n % 2 ? 1 : -1) * factorial * hurwitz(x, n + 1);
}

// 1/xˢ + 1/(x+1)ˢ + 1/(x+2)ˢ + ...
function hurwitz(x, s) {
  if (x === Infinity) return 0;
  let z = x;
  let total = 0;
  for (; z < CLIMB; z++) total += z ** -s;
  total += z ** (1 - s) / (s - 1) + z ** -s / 2;
  let factor = s;
  let below = 1; // (2k)!
  BERNOULLI.forEach((b, i) => {
    const k = i + 1;
    below *= (2 * k - 1) * 2 * k;
    total += ((b * factor) / below) * z ** (1 - s - 2 * k);
    factor *= (s + 2 * k - 1) * (s + 2 * k);
  });
  return total;
}
