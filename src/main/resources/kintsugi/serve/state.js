/* What the parts of the page share: the models, the chosen one, and the image that is shown. A part
   hears of changes by on("models" | "model" | "shown" | "last" | "drift", …). */
const changes = new EventTarget();
export const state = { models: [], model: undefined, shown: null, last: [] };
export const on = (what, hear) => changes.addEventListener(what, event => hear(event.detail));
export const tell = (what, detail) => changes.dispatchEvent(new CustomEvent(what, { detail }));

/* Shows an image: the server's answer, its file and its overlay, as far as they are known. */
export function show(answer, file, overlay) {
  state.shown = { answer, file, overlay };
  tell("shown", state.shown);
}
