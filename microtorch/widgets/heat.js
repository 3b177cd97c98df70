// Heat maps in a picture: Python has found a letter for each cell of an array, from a (the largest
// magnitude, negative) over f (zero) to k, and x for what is not finite. Here they are painted.

// `paint` paints what has changed in some parts, `slots` says which maps stand in them; `since(slot)`
// from which step on a map is shown.
function heatMaps(svg, since) {
  const maps = [...svg.querySelectorAll("[data-map]")].map((node) => {
    const { map: slot, place } = node.dataset;
    const part = node.closest(".mt-value, .mt-label");
    return { node, slot, part, from: since(slot), place: place.split(" ").map(Number), letters: "" };
  });
  function paint({ entries, step }, parts) {
    for (const map of maps) {
      if (!parts.has(map.part)) continue;
      const letters = map.from <= step ? entries["m" + map.slot] ?? "" : "";
      if (letters === map.letters) continue;
      map.letters = letters;
      map.node.innerHTML = painted(letters, ...map.place);
    }
  }

  const slots = (parts) => maps.filter(({ part }) => parts.has(part)).map(({ slot }) => slot);
  return { paint, slots };
}

// One path for all cells of one colour. A bar in each negative cell and a cross in each odd one say
// the same without colour.
function painted(letters, x, y, cell) {
  const paths = {};
  const add = (name, path) => (paths[name] = (paths[name] ?? "") + path);
  letters.split("/").forEach((row, i) => {
    const top = y + i * cell;
    for (const { 0: run, index } of row.matchAll(/(.)\1*/g)) {
      const left = x + index * cell;
      add(run[0], `M${left} ${top}h${run.length * cell}v${cell}H${left}z`);
      for (let at = left; at < left + run.length * cell - 1; at += cell)
        if (run[0] === "x") add("cross", `M${at} ${top}l${cell} ${cell}m-${cell} 0l${cell}-${cell}`);
        else if (run[0] < "f") add("bar", `M${at + cell / 4} ${top + cell / 2}h${cell / 2}`);
    }
  });
  const above = ([a], [b]) => a.length - b.length; // bars and crosses lie on the cells
  return Object.entries(paths).sort(above).map(([name, d]) => `<path class="mt-heat-${name}" d="${d}"/>`).join("");
}
