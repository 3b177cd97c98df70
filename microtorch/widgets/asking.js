// Graphs with arrays are computed by Python: one question at a time, always about where the sliders
// stand now.

const PATIENCE = 5000; // milliseconds to wait for Python
const SILENT = "Python does not answer. Run the notebook's cells again to move this slider.";
const ALONE = "This graph holds arrays: its numbers move in a notebook, where Python computes them.";

// `take(entries)` gets the new numbers, `tell(why)` a note for the reader. While the hand moves,
// only the heat maps that `mapsInSight()` names are asked for; the others follow when it rests.
function asker(model, knobs, turn, take, tell, mapsInSight) {
  let again = false; // the sliders have moved since Python was asked
  let question = 0; // the number of the last one: an answer that comes too late is let go
  let asked = null; // the timer of the question that is on its way
  let whole = true; // no heat map is out of date

  function ask(maps = mapsInSight()) {
    again = asked !== null;
    if (again) return;
    asked = setTimeout(refuse, PATIENCE);
    whole = maps === null;
    for (const knob of knobs) knob.asked = knob.now;
    const leaves = Object.fromEntries(knobs.map(({ value, now }) => [value, now]));
    if (!model.send) return refuse(ALONE);
    try {
      model.send({ type: "replay", leaves, maps, id: ++question });
    } catch {
      refuse(); // the kernel was restarted, or is gone
    }
  }

  // The numbers stay as they are, so the sliders go back to where they belong.
  function refuse(why = SILENT) {
    close();
    asked = null;
    question++;
    whole = true; // as far as it can be
    tell(why);
    for (const knob of knobs) turn(knob, knob.kept);
  }

  function answer({ type, entries, why, id }) {
    if ((id ?? question) !== question) return;
    if (type === "failed") refuse(why);
    if (type !== "entries") return;
    clearTimeout(asked);
    asked = null;
    tell("");
    for (const knob of knobs) knob.kept = knob.asked;
    take(entries);
    if (again) ask();
  }

  function close() {
    clearTimeout(asked);
  }

  model.on("msg:custom", answer);
  return {
    ask,
    rest: () => whole || asked || ask(null),
    close() {
      close();
      model.off("msg:custom", answer);
    },
  };
}
