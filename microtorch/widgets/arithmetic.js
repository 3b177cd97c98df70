// Numbers as texts, and templates that they are put into.

const ROUNDED = "\x01"; // behind the text of such a number; no other text has it

// A number in at most seven characters: the twin of microtorch.graph.numbers.short.
function short(x) {
  if (Number.isNaN(x)) return "nan";
  const sign = x < 0 ? "−" : "";
  const size = Math.abs(x);
  if (size === Infinity) return sign + "∞";
  if (size === 0) return "0";
  if (size >= 0.001 && size < 1e7) {
    for (let decimals = 4; decimals >= 0; decimals--) {
      const text = sign + rounded(size, decimals);
      if (text.length <= 7) return text;
    }
  }
  for (let digits = 5; ; digits--) {
    const [mantissa, exponent] = exponential(size, digits).split("e");
    const text = sign + +mantissa + "e" + String(+exponent).replace("-", "−");
    if (text.length <= 7 || digits === 0) return text;
  }
}

// toFixed rounds exact halves up, Python rounds them to even.
function rounded(size, decimals) {
  if ((size * 2 ** (decimals + 1)) % 2 !== 1) return +size.toFixed(decimals);
  const n = Math.floor(size * 10 ** decimals);
  return (n + (n % 2)) / 10 ** decimals;
}

function exponential(size, digits) {
  const [mantissa, exponent] = size.toExponential(40).split("e");
  const kept = mantissa.slice(0, digits ? digits + 2 : 1);
  const half = /^\.?50*$/.test(mantissa.slice(kept.length));
  return half && kept.at(-1) % 2 === 0 ? kept + "e" + exponent : size.toExponential(digits);
}

// What is not finite cannot travel as JSON, so it comes as the text that it is shown by.
const SPECIAL = { nan: NaN, "∞": Infinity, "−∞": -Infinity };

function number(entry) {
  return typeof entry === "string" ? SPECIAL[entry] ?? entry : entry;
}

function show(entry) {
  return typeof entry === "number" ? short(entry) : String(entry ?? "…");
}

// Put today's numbers into the slots of a template: {d3}, or {(d3)} with brackets where it needs them.
// {=} is the sign between two sides, ≈ beside a number that is rounded; {;} stands between equations.
function fill(template, entries) {
  const filled = template.replace(/\{(\(?)([dgptlf]\d[\d.]*)\)?\}/g, (_, bracket, slot) => {
    const text = show(entries[slot]);
    const mark = isRounded(entries[slot], text) ? ROUNDED : "";
    return (bracket && /^(−|[\d.]+e)/.test(text) ? `(${text})` : text) + mark;
  });
  const parts = filled.split(/\{([=;])\}/);
  const sign = (i) => ((parts[i - 1] + parts[i + 1]).includes(ROUNDED) ? "≈" : "=");
  return parts.map((part, i) => (i % 2 ? (part === "=" ? sign(i) : "") : part.replaceAll(ROUNDED, ""))).join("");
}

// Whether a number is more than its text says; the last digits of float32 are no news.
function isRounded(x, text) {
  return Math.abs(text.replaceAll("−", "-") - x) > 1e-6 * Math.abs(x);
}
