// A page of its own, of a function that needs Python: it shows how things stood, and nothing moves.

const FROZEN = "This page has no Python, which this function needs: it has branches, works on arrays, or is large. The picture is as it was saved; in a notebook it moves.";

function freeze(page, controls, note) {
  write(note, FROZEN);
  page.classList.add("mt-frozen");
  for (const control of controls.querySelectorAll("input, select, button")) control.disabled = true;
}
