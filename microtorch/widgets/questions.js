// Points that Python works out for a page: one question at a time, always about the latest values.

const PATIENCE = 5000; // milliseconds to wait for Python
const SILENT = "Python does not answer. Is it busy, or stopped? Run the notebook's cells again.";

// `latest()` gives the values, `take(state)` gets what Python found, `refuse(why)` hears
// of silence.
function questions(model, latest, take, refuse) {
  let question = null; // what is on its way to Python: values, what follows, a timer
  let next = null; // what follows the next question
  const isSame = (a, b) => Object.keys(a).every((name) => a[name] === b[name]);

  function ask(then) {
    const values = latest();
    if (question && isSame(question.values, values)) question.then = then;
    else if (question) next = then;
    else {
      question = { values, then, timer: setTimeout(giveUp, PATIENCE) };
      try {
        model.send({ type: "point", values });
      } catch {
        giveUp(); // the kernel was restarted, or is gone
      }
    }
  }

  function giveUp() {
    clearTimeout(question.timer);
    question = next = null;
    refuse(SILENT);
  }

  function answer({ type, state }) {
    if (type !== "point" || !question) return;
    const { then, timer } = question;
    clearTimeout(timer);
    question = null;
    take(state);
    if (!next) return then();
    const later = next;
    next = null;
    ask(later);
  }

  return { ask, answer, isOpen: () => question !== null, close: () => clearTimeout(question?.timer) };
}
