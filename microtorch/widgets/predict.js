// One question as a native HTML form: its controls have names, and work by keyboard, for free.

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

// Words between backticks become code; everything else is text, never markup.
const words = (text) =>
  text.split("`").map((part, k) => (k % 2 ? element("code", { textContent: part }) : part));

function render({ model, el }) {
  const inputs = [];
  const input = (properties) => {
    const made = element("input", { name: "answer", required: true, ...properties });
    made.dataset.lmSuppressShortcuts = "true"; // or JupyterLab takes the arrow keys and the letters
    inputs.push(made);
    return made;
  };

  const choices = model.get("options").length
    ? model.get("options").map((option) =>
        element(
          "label",
          {},
          input({ type: "radio", value: option }),
          element("span", {}, ...words(option)),
        ),
      )
    : [element("label", {}, "Your prediction ", input({ type: "number", step: "any" }))];
  const button = element("button", { textContent: model.get("button") });
  const status = element("output"); // a live region: what appears in it is read aloud
  const legend = element("legend", {}, ...words(model.get("question")));
  const form = element(
    "form",
    { className: "mt-question" },
    element("fieldset", {}, legend, ...choices, element("div", {}, button, status)),
  );

  const showStatus = () => {
    const reply = model.get("replies")[model.get("answer")];
    status.replaceChildren(...words(reply ?? model.get("status")));
  };
  const showAnswer = () => {
    const answer = model.get("answer");
    for (const control of inputs) {
      if (control.type === "radio") control.checked = control.value === answer;
      else control.value = answer;
    }
    showStatus();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    model.set("answer", new FormData(form).get("answer"));
    model.save_changes();
    showStatus();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault(); // inside JupyterLab the browser does not send a form by itself
    form.requestSubmit();
  });
  model.on("change:answer", showAnswer);
  model.on("change:status", showStatus);
  showAnswer();
  el.append(form);
  return () => {
    model.off("change:answer", showAnswer);
    model.off("change:status", showStatus);
  };
}

export default { render };
