/* The threshold as a handle over the calibration's scores: while it moves, the page says what it would
   do; only a button saves it into the model. */
import { json, modelPath, sendJson } from "./api.js";
import { byId, count, element, sentence } from "./dom.js";
import { drawHistogram, range } from "./histogram.js";
import { on, state, tell } from "./state.js";

const DELAY = 60;
let calibration = null;
let limits = null;
let value = 0;
let saved = {};
let timer = 0;
let asked = null;

const rounded = score => Number(score.toPrecision(6));

function showEffect(effect) {
  byId("rates").textContent = sentence(effect.sentence);
  byId("handle").setAttribute("aria-valuetext", value.toFixed(4) + ": " + effect.sentence);
  const list = byId("warnings");
  list.replaceChildren();
  effect.warnings?.forEach(warning => element(list, "li", sentence(warning)));
}

/* Only the newest question is answered. */
async function ask() {
  asked?.abort();
  asked = new AbortController();
  const { signal } = asked;
  byId("rates").classList.add("old");
  try {
    const effect = await json(modelPath(state.model.name, "/threshold?value=" + value), { signal });
    if (signal.aborted) return;
    showEffect(effect);
    byId("rates").classList.remove("old");
  } catch (error) {
    if (error.name !== "AbortError") byId("rates").textContent = error.message;
  }
}

function showChanges() {
  const verdicts = state.last.filter(answer => answer.model === state.model?.name && answer.anomalous !== undefined);
  const changed = verdicts.filter(answer => (answer.score >= value) !== answer.anomalous).length;
  byId("verdict-changes").textContent = verdicts.length === 0 ? ""
    : "Of the last " + count(verdicts.length, "image") + " " + (changed === 0 ? "none" : changed) + " would get another verdict.";
}

function place() {
  const handle = byId("handle");
  handle.style.left = (100 * (value - limits.low)) / (limits.high - limits.low) + "%";
  for (const [name, score] of [["min", limits.low], ["max", limits.high], ["now", value]]) {
    handle.setAttribute("aria-value" + name, String(rounded(score)));
  }
  const changed = value !== state.model.threshold;
  byId("threshold-save").disabled = !changed;
  byId("threshold-reset").disabled = !changed;
  showChanges();
}

/* Exactly this value: one that is rounded may lie on the other side of a score. */
function choose(score) {
  value = score;
  byId("threshold-value").value = value.toFixed(4);
  byId("saved").textContent = "";
  place();
  clearTimeout(timer);
  timer = setTimeout(ask, DELAY);
}

const set = score => choose(rounded(Math.min(limits.high, Math.max(limits.low, score))));
const reset = () => choose(state.model.threshold);

function drag(event) {
  const { left, width } = byId("plot").getBoundingClientRect();
  set(limits.low + ((event.clientX - left) / width) * (limits.high - limits.low));
}

function press(event) {
  const step = (limits.high - limits.low) / 200;
  const by = { ArrowRight: step, ArrowUp: step, ArrowLeft: -step, ArrowDown: -step, PageUp: 10 * step, PageDown: -10 * step }[event.key];
  if (by !== undefined) set(value + by);
  else if (event.key === "Home") set(limits.low);
  else if (event.key === "End") set(limits.high);
  else if (event.key === "Escape") reset();
  else return;
  event.preventDefault();
}

async function save(change) {
  clearTimeout(timer);
  asked?.abort();
  const { name } = state.model;
  try {
    const effect = await sendJson(modelPath(name, "/threshold"), "PUT", change);
    byId("saved").textContent = "Saved into " + name + ", threshold " + effect.value.toFixed(4) + ": " + effect.sentence + ".";
    tell("models");
  } catch (error) {
    byId("saved").textContent = "Not saved: " + error.message;
  }
}

async function load() {
  const { model } = state;
  calibration = null;
  byId("calibrated").hidden = !model?.calibrated;
  byId("uncalibrated").hidden = !model || model.calibrated;
  if (!model?.calibrated) {
    byId("uncalibrated").textContent = "This model is not calibrated: it has scores and no verdicts. Calibrate its file with good images"
      + " that it was not fitted to (./kintsugi calibrate --model FILE --normal DIR), and load it again.";
    return;
  }
  const loaded = await json(modelPath(model.name, "/calibration"));
  if (model !== state.model) return;
  // What a person is moving stays, unless the model got another threshold.
  const kept = value !== saved.threshold && model.name === saved.name && model.threshold === saved.threshold;
  saved = { name: model.name, threshold: model.threshold };
  calibration = loaded;
  limits = range(loaded, model.threshold);
  if (kept) {
    choose(value);
    draw();
    return;
  }
  value = model.threshold;
  byId("threshold-value").value = value.toFixed(4);
  byId("rates").classList.remove("old");
  showEffect(model);
  place();
  draw();
}

function draw() {
  if (calibration) drawHistogram(calibration, limits);
}

function prepareHandle() {
  const plot = byId("plot");
  plot.addEventListener("pointerdown", event => {
    if (!calibration || event.button !== 0) return;
    event.preventDefault();
    plot.setPointerCapture(event.pointerId);
    byId("handle").focus({ preventScroll: true });
    drag(event);
  });
  plot.addEventListener("pointermove", event => { if (plot.hasPointerCapture(event.pointerId)) drag(event); });
  byId("handle").addEventListener("keydown", event => { if (calibration) press(event); });
}

export function prepareThreshold() {
  on("model", ({ renewed }) => {
    if (!renewed) byId("saved").textContent = "";
    load().catch(error => { byId("saved").textContent = error.message; });
  });
  on("last", () => { if (calibration) showChanges(); });
  prepareHandle();
  new ResizeObserver(draw).observe(byId("plot"));
  byId("threshold-value").addEventListener("change", event => {
    const entered = Number(event.target.value);
    if (Number.isFinite(entered) && event.target.value.trim()) set(entered);
    else choose(value);
  });
  byId("threshold-reset").addEventListener("click", reset);
  byId("threshold-form").addEventListener("submit", event => {
    event.preventDefault();
    save({ value });
  });
  byId("promise-form").addEventListener("submit", event => {
    event.preventDefault();
    const parts = Number(byId("promise-value").value);
    if (parts > 0 && parts < 1000) save({ rule: "conformal:" + parts / 1000 });
    else byId("saved").textContent = "Not saved: the promise is a number between 0 and 1000.";
  });
}
