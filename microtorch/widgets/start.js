// What every widget does when it starts: put on its style, and listen to Python.

// One style sheet for all widgets of a kind.
function wear(el, look, id = "mt-look") {
  const root = el.getRootNode();
  const home = root.host ? root : document.head;
  const sheet = home.querySelector("#" + id) ?? make("style", { id });
  if (sheet.textContent !== look) sheet.textContent = look;
  if (!sheet.isConnected) home.append(sheet);
}

// anywidget gives a module two seconds to start. Where a page was busier than that, it draws the
// widget all the same but drops what Python says to it from then on; so this listens for itself.
function hearPython(model) {
  const listen = (real) => {
    if (!real?.comm?.on_msg) return; // a page without a kernel
    const plain = Object.getPrototypeOf(Object.getPrototypeOf(real))._handle_comm_msg;
    if (plain) real.comm.on_msg(plain.bind(real));
  };
  model.on("change:started", listen); // Backbone hands out the model that anywidget keeps to itself
  model.set("started", true);
}
