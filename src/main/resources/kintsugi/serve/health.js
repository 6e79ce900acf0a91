/* Whether the images still look like those of the calibration, and whether the server is well. */
import { json, modelPath, request } from "./api.js";
import { button, byId, clock, count, element, fixed } from "./dom.js";
import { on, state } from "./state.js";
import { open } from "./strip.js";

const EVERY = 15000;
const MEBIBYTE = 1048576;
let asked = 0;

const large = n => (n < 1000 ? n.toPrecision(2) : Math.round(n).toLocaleString("en").replaceAll(",", " "));

function showDrift(drift) {
  const { statistic, limit, alarm } = drift;
  const since = "since image " + drift.since + (drift.since_time ? ", " + clock(drift.since_time) : "");
  const place = byId("drift-state");
  place.className = alarm ? "alarm" : "";
  const text = alarm ? "Drift: images do not look like those of the calibration any more, " + since + "."
    : drift.n === 0 ? "No image has been tested for drift yet." : "No drift in " + count(drift.n, "image") + ".";
  if (place.textContent !== text) place.textContent = text;
  const bar = byId("drift-bar");
  bar.hidden = drift.n === 0;
  bar.style.setProperty("--bound", "80%");
  // Logarithmic: nothing at 1, the alarm at four fifths.
  const length = (80 * Math.log(Math.max(1, statistic))) / Math.log(limit);
  bar.firstElementChild.style.width = Math.min(100, length) + "%";
  bar.firstElementChild.className = alarm ? "above" : "";
  const highest = drift.channel || (drift.channels || []).reduce((a, b) => (a && a.statistic >= b.statistic ? a : b), null)?.name;
  byId("drift-note").textContent = drift.n === 0 ? "" : "Statistic " + large(statistic) + ", alarm from " + large(limit) + " on"
    + (highest && statistic > 1 ? "; most by the " + highest : "") + ".";
  showDrivers(alarm ? drift.drivers : []);
}

function showDrivers(drivers) {
  const place = byId("drivers");
  place.replaceChildren();
  for (const driver of drivers.slice(0, 8)) {
    const line = element(place, "li");
    const known = state.last.find(answer => answer.name === driver.name);
    if (known) {
      const card = button(line, "", () => open(known));
      card.className = "card";
      if (known.thumbnail) Object.assign(element(card, "img"), { src: known.thumbnail, alt: "" });
      element(card, "small", driver.name);
    } else {
      element(line, "small", driver.name);
    }
  }
}

async function loadDrift() {
  const { model } = state;
  asked++;
  const mine = asked;
  if (!model?.calibrated) {
    showDrift({ n: 0 });
    return;
  }
  try {
    const drift = await json(modelPath(model.name, "/drift"));
    if (mine === asked) showDrift(drift);
  } catch (error) {
    byId("drift-state").textContent = error.message;
  }
}

function quantile(values, q) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted[Math.floor(q * (sorted.length - 1))];
}

/* The sum of a metric's lines, whatever their labels. */
function metric(text, name) {
  const lines = text.split("\n").filter(line => line.startsWith(name + " ") || line.startsWith(name + "{"));
  return lines.length === 0 ? undefined : lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}

async function loadFigures() {
  if (document.hidden) return;
  let text = "";
  try {
    text = await (await request("/metrics")).text();
  } catch {
    return;
  }
  const times = state.last.map(answer => answer.milliseconds);
  const heap = metric(text, "kintsugi_heap_bytes");
  const place = byId("figures");
  place.replaceChildren();
  const pair = (name, value) => {
    if (value === undefined) return;
    element(place, "dt", name);
    element(place, "dd", String(value));
  };
  const places = metric(text, "kintsugi_queue_limit");
  pair("Queue", places === undefined ? undefined : metric(text, "kintsugi_queue_images") + " of " + places + " places taken");
  pair("Milliseconds per image", times.length === 0 ? undefined : "median " + fixed(quantile(times, 0.5), 0) + ", 99 % within " + fixed(quantile(times, 0.99), 0));
  pair("Heap", heap === undefined ? undefined : fixed(heap / MEBIBYTE, 0) + " of " + fixed(metric(text, "kintsugi_heap_limit_bytes") / MEBIBYTE, 0) + " MiB");
  pair("Versions of the model", state.model?.versions);
}

export function prepareHealth() {
  on("model", () => {
    loadDrift();
    loadFigures();
  });
  on("drift", loadDrift);
  // Not after each image of a fast line.
  let waiting = 0;
  on("last", () => {
    waiting ||= setTimeout(() => {
      waiting = 0;
      loadDrift();
      loadFigures();
    }, 1000);
  });
  setInterval(loadFigures, EVERY);
}
