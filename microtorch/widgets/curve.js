// The curve of a function over one argument, with its tangent and the path of the descent, as SVG:
// the twin of curve.py, which says why things are as they are. Needs `short` of arithmetic.js.

const INTERVALS = 240;
const HALVINGS = 12;
const HEIGHT = 300;
const [LEFT, RIGHT, TOP, BOTTOM] = [58, 14, 34, 44];
const LETTER = 6.7;
const FAR = 2000;
const LAST_STEPS = 100;
const FARTHEST = 8e307;
// The colours of a light page; explore.css repaints them on a dark one.
const DATA = "#0067a3";
const GRADIENT = "#b84300";
const INK = "#0f172a";
const MUTED = "#475569";
const LINE = "#7d8694";
const PAPER = "#ffffff";

function stretched(low, high, xs) {
  for (const x of xs) {
    while (x < low && high - low < FARTHEST) low -= high - low;
    while (x > high && high - low < FARTHEST) high += high - low;
  }
  return [low, high];
}

function sample(f, low, high) {
  const xs = Array.from({ length: INTERVALS }, (_, i) => low + (high - low) * (i / INTERVALS));
  xs.push(high);
  const ys = xs.map(f);
  const [bottom, top] = window_(ys);
  const far = top / 8 - bottom / 8;
  const rises = [0, ...ys.slice(1).map((y, i) => apart(ys[i], y)), 0];
  const dots = [dot(xs[0], ys[0])];
  for (let i = 0; i < INTERVALS; i++) {
    const a = [xs[i], ys[i]];
    const b = [xs[i + 1], ys[i + 1]];
    if (rises[i + 1] > Math.min(far, far / 32 + 4 * Math.max(rises[i], rises[i + 2]))) {
      let [left, right] = [a, b];
      for (let k = 0; k < HALVINGS; k++) {
        const x = left[0] / 2 + right[0] / 2;
        const y = f(x);
        if (apart(left[1], y) >= apart(y, right[1])) right = [x, y];
        else left = [x, y];
      }
      const rest = apart(left[1], right[1]);
      if (rest === Infinity || rest > apart(a[1], b[1]) / 2)
        dots.push(dot(...left), [left[0], null], dot(...right));
    }
    dots.push(dot(...b));
  }
  return dots;
}

function apart(a, b) {
  const [first, second] = [Number.isFinite(a), Number.isFinite(b)];
  if (first && second) return Math.abs(a - b);
  return first || second ? Infinity : 0;
}

function dot(x, y) {
  return [x, Number.isFinite(y) ? y : null];
}

function window_(ys) {
  const finite = ys.filter((y) => y !== null && Number.isFinite(y));
  const found = finite.map((y) => Math.max(-8e307, Math.min(8e307, y))).sort((a, b) => a - b);
  if (!found.length) return [-1, 1];
  const tail = Math.floor(found.length / 20);
  const [low, high] = [found[tail], found.at(-1 - tail)];
  const reach = 2 * (high - low);
  const bottom = Math.max(found[0], low - reach);
  const top = Math.min(found.at(-1), high + reach);
  const margin = top > bottom ? (top - bottom) * 0.06 : Math.abs(top) * 0.1 || 1;
  return [bottom - margin, top + margin];
}

function ticks(low, high, most) {
  const width = (high - low) / most;
  const power = Number("1e" + width.toExponential(6).split("e")[1]);
  const step = [1, 2, 5].map((f) => f * power).find((step) => step >= width * 0.999) ?? 10 * power;
  const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => (first + k) * step);
}

// Where the arguments and the results of a curve are on a page of some width.
function plotOf(width, dots) {
  const [wide, high] = [width - LEFT - RIGHT, HEIGHT - TOP - BOTTOM];
  const [low, end] = [dots[0][0], dots.at(-1)[0]];
  const [bottom, top] = window_(dots.map(([, y]) => y));
  const place = `x="${px(LEFT)}" y="${px(TOP)}" width="${px(wide)}" height="${px(high)}"`;
  return {
    width, dots, wide, high, low, end, bottom, top,
    across: (x) => clamp(((x - low) / (end - low)) * wide),
    down: (y) => clamp(((top - y) / (top - bottom)) * high),
    inside: (parts) => `<svg ${place} overflow="hidden">` + parts.join("") + "</svg>",
  };
}

function stillPart({ width, dots, wide, high, low, end, bottom, top, across, down, inside }, name) {
  const parts = [];
  for (const tick of ticks(bottom, top, 5)) {
    const at = TOP + down(tick);
    parts.push(svgLine(LEFT, at, LEFT + wide, at, LINE, 'stroke-width="1" stroke-opacity="0.3"'));
    parts.push(svgText(LEFT - 7, at + 4, short(tick), MUTED, 'text-anchor="end"'));
  }
  for (const tick of ticks(low, end, Math.max(2, Math.floor(wide / 60)))) {
    const [at, label] = [LEFT + across(tick), short(tick)];
    const middle = Math.min(at, width - (label.length * LETTER) / 2);
    parts.push(svgLine(at, TOP + high, at, TOP + high + 4, LINE, 'stroke-width="1"'));
    parts.push(svgText(middle, TOP + high + 17, label, MUTED, 'text-anchor="middle"'));
  }
  const bold = 'text-anchor="middle" font-weight="700"';
  parts.push(svgText(LEFT + wide / 2, HEIGHT - 8, clipped(name, 22), INK, bold));
  const frame = `width="${px(wide)}" height="${px(high)}" fill="none" stroke="${LINE}"`;
  parts.push(`<rect x="${px(LEFT)}" y="${px(TOP)}" ${frame}/>`);
  let d = "";
  let pen = "M";
  for (const [at, value] of dots) {
    if (value === null) {
      pen = "M";
      continue;
    }
    d += `${pen}${px(across(at))} ${px(down(value))}`;
    pen = "L";
  }
  return parts.join("") + inside([svgStroke(d, DATA, 'stroke-width="2.6" stroke-linejoin="round"')]);
}

function movingPart(plot, result, [x, y, slope], path) {
  const { width, wide, high, low, end, bottom, top, across, down, inside } = plot;
  const parts = [];
  const known = path.slice(-LAST_STEPS).filter(([, value]) => value !== null);
  const seen = known.map(([at, value]) => [across(at), down(value)]);
  if (path.length > 1 && seen.length) {
    const d = "M" + seen.map(([at, value]) => `${px(at)} ${px(value)}`).join("L");
    parts.push(svgStroke(d, INK, 'stroke-width="1.2"'));
    parts.push(...seen.map(([at, value]) => svgCircle(at, value, 3.2, PAPER, INK, 1.4)));
  }
  if (y !== null && slope !== null) {
    const scale = (end - low) / wide;
    const tilt = clamp((-slope * scale) / (top / high - bottom / high));
    const reach = (2 * width) / Math.sqrt(1 + tilt * tilt);
    const [at, value] = [across(x), down(y)];
    const ends = [at - reach, value - reach * tilt, at + reach, value + reach * tilt];
    parts.push(svgLine(...ends, GRADIENT, 'stroke-width="2" stroke-dasharray="8 4"'));
  }
  const shown = [inside(parts)];
  if (y !== null) {
    const at = LEFT + Math.max(0, Math.min(wide, across(x)));
    const value = TOP + Math.max(0, Math.min(high, down(y)));
    shown.push(svgLine(at, value, at, TOP + high, DATA, 'stroke-width="1" stroke-dasharray="1 3"'));
    shown.push(svgCircle(at, value, 6, DATA, PAPER, 2));
  }
  const tangent = y === null ? null : slope;
  return shown.join("") + drawLegend(width, clipped(result, 12), tangent, path.length - 1);
}

function drawLegend(width, result, slope, steps) {
  const narrow = width < 420;
  const entries = [[result, DATA, 'stroke-width="2.6"']];
  if (slope !== null) {
    const tangent = 'stroke-width="2" stroke-dasharray="8 4"';
    const label = (narrow ? "" : "tangent, ") + "slope " + short(slope);
    entries.push([label, GRADIENT, tangent]);
  }
  if (steps > 0) {
    const thin = 'stroke-width="1.2"';
    entries.push([`${steps} step` + (steps === 1 ? "" : "s"), INK, thin]);
  }
  const parts = [];
  let x = narrow ? 8 : LEFT;
  for (const [label, colour, style] of entries) {
    parts.push(svgLine(x, 17, x + 20, 17, colour, style));
    if (colour === INK) parts.push(svgCircle(x + 10, 17, 3.2, PAPER, INK, 1.4));
    parts.push(svgText(x + 25, 21, label, INK, ""));
    x += 25 + [...label].length * LETTER + 16;
  }
  return parts.join("");
}

function clamp(x) {
  return Math.max(-FAR, Math.min(FAR, x));
}

function px(x) {
  return String(Math.floor(x * 10 + 0.5) / 10);
}

function svgLine(x, y, toX, toY, colour, more) {
  const ends = `x1="${px(x)}" y1="${px(y)}" x2="${px(toX)}" y2="${px(toY)}"`;
  return `<line ${ends} stroke="${colour}" ${more}/>`;
}

function svgStroke(d, colour, more) {
  return `<path d="${d}" fill="none" stroke="${colour}" ${more}/>`;
}

function svgCircle(x, y, radius, fill, border, width) {
  const place = `cx="${px(x)}" cy="${px(y)}" r="${px(radius)}"`;
  return `<circle ${place} fill="${fill}" stroke="${border}" stroke-width="${px(width)}"/>`;
}

function svgText(x, y, content, colour, more) {
  const text = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `<text x="${px(x)}" y="${px(y)}" fill="${colour}" ${more}>${text}</text>`;
}

// Chinese and Japanese letters take the room of two; to tell them apart, Python has a table.
function clipped(name, width) {
  const letters = [...name];
  return letters.length <= width ? name : letters.slice(0, width - 1).join("") + "…";
}
