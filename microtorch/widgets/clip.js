// The part of a path that lies in a frame. What is far outside would take long to draw, and numbers
// as large as a path that diverges can have bend lines where they are cut off one by one.

const MARGIN = 20; // pixels round the frame: what ends there is not seen to end

// For every point [x, y] the piece of an SVG path that leads to it from the one before.
function pieces(points, [wide, high]) {
  const found = [];
  let drawn = null; // where the pen is
  points.forEach((point, k) => {
    const part = inside(points[k - 1] ?? point, point, wide, high);
    if (!part) return found.push("");
    const [from, to] = part.map(([x, y]) => `${px(x)} ${px(y)}`);
    found.push((from === drawn ? "" : "M" + from) + (k ? "L" + to : ""));
    drawn = to;
  });
  return found;
}

// The part of a line in the frame, nothing if there is none (Liang and Barsky).
function inside(a, b, wide, high) {
  let [first, last] = [0, 1]; // shares of the way from a to b
  for (const [d, most] of [[0, wide], [1, high]]) {
    const way = b[d] - a[d];
    const ends = [-MARGIN, most + MARGIN].map((end) => (end - a[d]) / way).sort((p, q) => p - q);
    if (way) [first, last] = [Math.max(first, ends[0]), Math.min(last, ends[1])];
    else if (a[d] < -MARGIN || a[d] > most + MARGIN) return null;
  }
  const at = (t) => (t === 1 ? b : a.map((p, d) => p + t * (b[d] - p)));
  return first > last ? null : [at(first), at(last)];
}
