// The graph of an exploration: its three stages, and what is told of the value that is pointed at.

const POINT = "Point at a value of the graph, or go to it with Tab and ↑ ↓: its paths light up.";

// `model` holds the picture; marks go to the page, to which the nodes belong.
function graphPane(page, model) {
  const frame = make("div.mt-graph");
  const stages = stageButtons((name) => enter(Object.keys(STAGES).indexOf(name)));
  stages.buttons.forEach(keepKeys);
  const paths = make("div.mt-paths", { "aria-live": "polite" });
  const words = teller(paths);
  words.sentence.className = "mt-path-words";
  let picture = null;
  let finder = null; // of paths in the picture
  let traced = null; // the value that is pointed at
  let stage = 2; // everything is shown at first
  let entries = {}; // what the slots hold; where the function raises, what they held before

  function load() {
    const { svg, words: why, graph } = model.get("picture");
    picture?.close();
    picture = traced = null;
    frame.replaceChildren();
    stages.node.hidden = paths.hidden = !svg;
    if (!svg) return frame.append(make("p.mt-nothing", {}, why));
    picture = livePicture(svg, graph, since);
    finder = pathFinder(graph);
    const visit = pointing(picture, graph.root, (i) => {
      traced = i;
      light(page, picture, finder, traced, [], []);
      tellPaths();
    });
    picture.svg.onkeydown = (event) => {
      const direction = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!direction || isCommand(event) || event.shiftKey) return;
      event.preventDefault();
      visit(direction, traced ?? graph.root);
    };
    frame.append(picture.node);
    enter(stage);
  }

  // At which stage a slot is shown: data, then local gradients, then gradients.
  function since(slot) {
    return { d: 0, l: 1 }[slot[0]] ?? 2;
  }

  function enter(number) {
    stage = number;
    page.dataset.stage = Object.keys(STAGES)[stage];
    stages.press(page.dataset.stage);
    for (const [key, part] of Object.entries(picture.parts))
      if (key[0] === "l") part.classList.toggle("mt-waiting", since(key) > stage);
    show(entries);
  }

  function show(found) {
    entries = found ?? entries;
    if (!picture) return;
    picture.write(entries, stage);
    tellPaths();
  }

  function tellPaths() {
    if (traced === null) return words.tell(POINT, [], {});
    const { graph, chain } = model.get("picture");
    const isKnown = (slot) => since(slot) <= stage;
    words.tell(...story(graph, finder, traced, isKnown, entries, chain), entries);
  }

  return { nodes: [stages.node, frame, paths], load, show, close: () => picture?.close() };
}
