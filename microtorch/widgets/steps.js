// Gradient descent, step by step.

const PAUSE = 600; // milliseconds between two steps of "play"
const MOST_STEPS = 500; // of one "play"

// `here` holds where the exploration is. It goes on with `move(values, then)`, shows and tells Python
// with `arrive()`, says what has come of it with `report(step)` and why no step can be made with
// `refuse(why)`; `change(count)` hears how many steps are going to be made: 0, 1 or more.
function descender(model, here, names, { move, arrive, report, refuse, change }) {
  let playing = null;

  // `count` steps, one after the other as soon as the numbers are there.
  function run(count, pause = 0) {
    stop();
    playing = { left: count, pause };
    change(count, pause);
    step();
  }

  function step() {
    const { values: before, now } = here;
    const [lr, grads] = [model.get("lr"), { ...now.grads }];
    const after = Object.fromEntries(names.map((name) => [name, before[name] - lr * grads[name]]));
    const why = whyNot(now, names, after, inSteps(here.history.length - 1));
    if (why) {
      stop();
      arrive();
      return refuse(why);
    }
    const mine = playing;
    move(after, () => {
      here.history = [...here.history, { values: after, loss: finiteOrNull(here.now.loss ) }];
      if (mine !== playing) return arrive(); // stopped while Python was at work
      mine.left -= 1;
      const goes = mine.left > 0 && Number.isFinite(here.now.loss);
      if (goes && !mine.pause) return step();
      if (!goes) stop();
      arrive();
      report({ before, after, grads, lr, loss: now.loss, now: here.now, count: here.history.length - 1 });
      if (goes) mine.timer = setTimeout(step, mine.pause);
    });
  }

  function stop() {
    clearTimeout(playing?.timer);
    playing = null;
    change(0);
  }

  const play = () => (playing ? stop() : run(MOST_STEPS, PAUSE));
  return { run, play, stop };
}
