/* Images that are chosen, dropped or pasted; scored one after the other and shown at once. */
import { json, modelPath } from "./api.js";
import { byId, count } from "./dom.js";
import { show, state } from "./state.js";

const waiting = [];
let busy = false;
const say = text => { byId("intake").textContent = text; };

async function predict(file, model) {
  const query = "/predict?map=overlay&name=" + encodeURIComponent(file.name || "pasted image");
  return json(modelPath(model, query), {
    method: "POST",
    body: file,
    headers: { Accept: "application/json", "Content-Type": file.type || "application/octet-stream" },
    waiting: seconds => say("The server's queue is full; " + file.name + " is sent again in " + count(seconds, "second") + "."),
  });
}

/* Refusals stay to be read; the images behind one are scored all the same. */
async function work() {
  if (busy) return;
  busy = true;
  const refused = [];
  while (waiting.length > 0) {
    const file = waiting.shift();
    say("Scoring " + file.name + (waiting.length > 0 ? ", " + waiting.length + " more wait" : "") + " …");
    try {
      const answer = await predict(file, state.model.name);
      show(answer, file, answer.overlay);
    } catch (error) {
      refused.push(error.message);
    }
  }
  busy = false;
  say(refused.length > 3 ? refused.slice(0, 3).join(" ") + " And " + count(refused.length - 3, "more image") + " could not be scored." : refused.join(" "));
}

/* Puts images behind those that wait. */
export function take(files) {
  if (!state.model) {
    say("The server has no model to score images with.");
    return;
  }
  waiting.push(...files);
  work();
}

export function prepareIntake() {
  for (const id of ["files", "photograph"]) {
    byId(id).addEventListener("change", event => {
      take([...event.target.files]);
      event.target.value = "";
    });
  }
  addEventListener("dragover", event => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    byId("stage").classList.add("over");
  });
  addEventListener("dragleave", event => { if (!event.relatedTarget) byId("stage").classList.remove("over"); });
  addEventListener("drop", event => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    byId("stage").classList.remove("over");
    take([...event.dataTransfer.files]);
  });
  addEventListener("paste", event => {
    const files = [...event.clipboardData.files];
    if (files.length > 0) event.preventDefault();
    take(files);
  });
}
