// Points that Python works out for a page: one question at a time, always about the latest values.

const NOTICED = 1000; // milliseconds: who waits longer begins to wonder
const WORKS = "Python is at work on this point.";
const SILENT = "Python does not answer. Is it busy, or stopped? Run the notebook's cells again.";

// `latest()` gives the values, `patience` the seconds to wait, `take(state)` gets what Python found,
// `wait(words)` hears that it takes a while and `refuse(why)` of silence.
function questions(model, latest, patience, { take, refuse, wait }) {
  let question = null; // what is on its way to Python: values, what follows, timers
  let next = null; // what follows the next question
  const isSame = (a, b) => Object.keys(a).every((name) => a[name] === b[name]);

  function ask(then) {
    const values = latest();
    if (question && isSame(question.values, values)) question.then = then;
    else if (question) next = then;
    else {
      const timers = [setTimeout(wait, NOTICED, WORKS), setTimeout(giveUp, patience * 1000)];
      question = { values, then, timers };
      try {
        model.send({ type: "point", values });
      } catch {
        giveUp(); // the kernel was restarted, or is gone
      }
    }
  }

  const stop = () => question?.timers.forEach(clearTimeout);

  function giveUp() {
    stop();
    question = next = null;
    refuse(SILENT);
  }

  function answer({ type, state }) {
    if (type !== "point" || !question) return;
    const { then } = question;
    stop();
    question = null;
    take(state);
    if (!next) return then();
    const later = next;
    next = null;
    ask(later);
  }

  return { ask, answer, isOpen: () => question !== null, close: stop };
}
