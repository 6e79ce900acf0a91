/* "This is fine" and "this is wrong": what teaching an image would change, shown before it is done, and
   the images taught so far, each of which can be taken back. */
import { json, modelPath, request, sendJson } from "./api.js";
import { button, byId, clock, count, element, fixed, sentence, sure, svg } from "./dom.js";
import { on, state, tell } from "./state.js";
import { loadLast } from "./strip.js";

const say = text => { byId("told").textContent = text; };
let taught = null;
/* The version of the model whose change was shown. */
let previewed = "";

/* Scores before and after as ticks over one axis, each with its threshold. */
function drawTicks(place, { before, after }) {
  const all = [...before.scores, ...after.scores, before.threshold, after.threshold].filter(Number.isFinite);
  const low = Math.min(...all);
  const x = score => 60 + (276 * (score - low)) / (Math.max(...all) - low || 1);
  const drawing = svg(place, "svg", { viewBox: "0 0 340 64", class: "ticks", role: "img", "aria-label": "Scores of the good calibration images before and after" });
  [["before", before, 4], ["after", after, 36]].forEach(([name, { scores, threshold }, y]) => {
    svg(drawing, "text", { x: 0, y: y + 16 }).textContent = name;
    scores.forEach(score => svg(drawing, "line", { x1: x(score), x2: x(score), y1: y + 4, y2: y + 20, class: "score" }));
    if (Number.isFinite(threshold)) svg(drawing, "line", { x1: x(threshold), x2: x(threshold), y1: y, y2: y + 24, class: "threshold" });
  });
}

function showPreview(preview) {
  const place = byId("teach-preview");
  place.replaceChildren();
  const { before, after, answer_before: was, answer_after: becomes } = preview;
  preview.cautions.forEach(caution => element(place, "p", sentence(caution), "alarm").setAttribute("role", "alert"));
  const list = element(place, "dl", undefined, "pairs");
  const pair = (name, text) => {
    element(list, "dt", name);
    element(list, "dd", text);
  };
  pair("This image", was.verdict + ", " + fixed(was.score) + " → " + becomes.verdict + ", " + fixed(becomes.score));
  if (Number.isFinite(before.threshold)) pair("Threshold", fixed(before.threshold) + " → " + fixed(after.threshold));
  const found = before.scores?.length > 0;
  if (found) {
    pair("Calibration images", preview.changed_verdicts === 0 ? "none gets another verdict"
      : count(preview.changed_verdicts, "image gets", "images get") + " another verdict");
    pair("Largest change of a score", fixed(preview.largest_change));
  }
  if (preview.missing > 0) {
    pair("Not found", count(preview.missing, "calibration image is", "calibration images are") + " not where the model knows them: what changes there is not known, and the threshold stays");
  }
  if (found) drawTicks(place, preview);
  const warnings = element(place, "ul", undefined, "notes");
  preview.warnings?.forEach(warning => element(warnings, "li", sentence(warning)));
}

function teach(dryRun) {
  const { file, answer } = taught;
  const shown = dryRun ? "" : "&model_sha256=" + previewed;
  return json(modelPath(answer.model, "/teach?dry_run=" + dryRun + "&name=" + encodeURIComponent(answer.name) + shown), {
    method: "POST", body: file, headers: { "Content-Type": file.type || "application/octet-stream" },
  });
}

async function preview() {
  taught = state.shown;
  if (!taught.file) {
    say("The server does not keep this image any more; send it again to teach it.");
    return;
  }
  byId("teach-preview").replaceChildren();
  byId("teach-told").textContent = "Finding out what it would change …";
  byId("teach-confirm").disabled = true;
  byId("teach").showModal();
  try {
    const change = await teach(true);
    previewed = change.answer_before.model_sha256;
    showPreview(change);
    byId("teach-told").textContent = "";
    byId("teach-confirm").disabled = false;
    byId(change.cautions.length > 0 ? "teach-cancel" : "teach-confirm").focus();
  } catch (error) {
    byId("teach-told").textContent = error.message;
  }
}

async function confirm() {
  byId("teach-confirm").disabled = true;
  byId("teach-told").textContent = "Teaching …";
  try {
    const { answer_after: becomes } = await teach(false);
    byId("teach").close();
    say("Taught: this image is now " + becomes.verdict + ", " + fixed(becomes.score) + ". It can be undone below.");
    tell("models");
  } catch (error) {
    byId("teach-told").textContent = "Not taught: " + error.message;
  }
}

async function wrong() {
  const { answer } = state.shown;
  try {
    await sendJson(modelPath(answer.model, "/feedback"), "POST", { id: answer.id, truth: "bad" });
    say("Recorded as a bad part.");
    loadLast();
  } catch (error) {
    say("Not recorded: " + error.message);
  }
}

async function undo(model, entry) {
  if (!(await sure("Take " + (entry.name || entry.id) + " back? The model is then as if it had not been taught.", "Take it back"))) return;
  try {
    await request(modelPath(model, "/taught/" + encodeURIComponent(entry.id)), { method: "DELETE" });
    byId("model-told").textContent = (entry.name || entry.id) + " is taken back.";
    tell("models");
  } catch (error) {
    byId("model-told").textContent = "Not taken back: " + error.message;
  }
}

function listTaught() {
  const { model } = state;
  const place = byId("taught");
  place.replaceChildren();
  const entries = model?.history || [];
  byId("taught-note").hidden = entries.length > 0;
  for (const entry of entries) {
    const line = element(place, "li");
    element(line, "span", (entry.name || entry.id) + (entry.time ? ", " + clock(entry.time) : ""));
    button(line, "Undo", () => undo(model.name, entry)).setAttribute("aria-label", "Undo " + (entry.name || entry.id));
  }
}

export function prepareTeach() {
  on("model", listTaught);
  byId("fine").addEventListener("click", preview);
  byId("wrong").addEventListener("click", wrong);
  byId("teach-confirm").addEventListener("click", confirm);
  byId("teach-cancel").addEventListener("click", () => byId("teach").close());
}
