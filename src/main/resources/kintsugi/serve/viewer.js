/* The image that is shown: photo, heat map and boxes one over the other, and the verdict in words. */
import { byId, clock, element, fixed, sentence, svg } from "./dom.js";
import { on, state } from "./state.js";

const WORDS = { normal: "Normal", anomalous: "Anomalous", "not calibrated": "Not calibrated" };
let addresses = [];

/* White between two black lines, so that they show on any background. */
function drawBoxes() {
  const place = byId("boxes");
  place.replaceChildren();
  if (!state.shown) return;
  const { width, height } = state.shown.answer;
  place.setAttribute("viewBox", "0 0 " + width + " " + height);
  state.shown.answer.regions?.forEach(box => {
    for (const line of ["edge", "line"]) {
      svg(place, "rect", { x: box.x, y: box.y, width: box.width, height: box.height, class: line });
    }
  });
}

function view() {
  const hasHeat = byId("heat").hasAttribute("src");
  const chosen = document.querySelector("#views input[name=view]:checked").value;
  byId("heat").hidden = !hasHeat || (chosen === "image" && !byId("stage").classList.contains("unreadable"));
  byId("boxes").classList.toggle("off", !byId("show-boxes").checked);
}

/* An overlay comes as a data address, a file has to be lent one. */
function addressOf(source) {
  if (!(source instanceof Blob)) return source;
  addresses.push(URL.createObjectURL(source));
  return addresses.at(-1);
}

function showImage({ answer, file, overlay }) {
  addresses.forEach(address => URL.revokeObjectURL(address));
  addresses = [];
  byId("stage").classList.remove("unreadable");
  byId("boxes").replaceChildren();
  for (const [id, source] of [["photo", addressOf(file)], ["heat", addressOf(overlay)]]) {
    if (source) byId(id).src = source;
    else byId(id).removeAttribute("src");
  }
  byId("photo").alt = answer.name;
  byId("photo").hidden = !file;
  byId("empty").hidden = true;
  byId("views").hidden = false;
  view();
}

/* Where the score lies between 0 and the threshold, or beyond it. */
function gauge(place, score, threshold) {
  const end = Math.max(score, threshold, 0.001) * 1.08;
  const bar = element(place, "div", undefined, "bar");
  bar.style.setProperty("--bound", (100 * threshold) / end + "%");
  const fill = element(bar, "i");
  fill.style.width = Math.max(0, (100 * score) / end) + "%";
  fill.className = score >= threshold ? "above" : "";
}

/* A p-value in the words that it promises. */
function oddity(p) {
  const parts = 1000 * p;
  return "p-value " + p.toPrecision(2) + ": of 1000 good parts at most " +
    (parts < 9.95 ? parts.toFixed(1) : parts.toFixed(0)) + " on average get one this small.";
}

function showAnswer({ answer }) {
  const place = byId("answer");
  place.replaceChildren();
  const heading = element(place, "p", undefined, "verdict " + (answer.anomalous === undefined ? "" : answer.verdict));
  element(heading, "b", WORDS[answer.verdict] || answer.verdict);
  heading.append(" " + answer.name);
  element(place, "p", sentence(answer.sentence));
  if (Number.isFinite(answer.p_value)) element(place, "p", oddity(answer.p_value));
  const more = byId("answer-more");
  more.replaceChildren();
  if (Number.isFinite(answer.threshold)) gauge(more, answer.score, answer.threshold);
  const list = element(more, "dl", undefined, "pairs");
  const pair = (name, value) => {
    element(list, "dt", name);
    element(list, "dd", value);
  };
  pair("Score", fixed(answer.score) + (Number.isFinite(answer.threshold) ? ", threshold " + fixed(answer.threshold) : ""));
  pair("Model", answer.model + ", " + (answer.model_sha256 || "").slice(0, 12));
  pair("Scored", clock(answer.time) + ", in " + fixed(answer.milliseconds, 0) + " ms");
  showRegions(more, answer.regions || []);
  byId("verdict-tools").hidden = byId("fine-note").hidden = false;
  byId("told").textContent = "";
}

function showRegions(place, regions) {
  if (regions.length === 0) return;
  const scroll = element(place, "div", undefined, "scroll");
  const table = element(scroll, "table", undefined, "list");
  element(table, "caption", "Regions in pixels of the image, highest first");
  const head = element(element(table, "thead"), "tr");
  for (const name of ["region", "left", "top", "width", "height", "peak"]) element(head, "th", name).scope = "col";
  const body = element(table, "tbody");
  regions.forEach((box, i) => {
    const row = element(body, "tr");
    element(row, "th", String(i + 1)).scope = "row";
    for (const value of [box.x, box.y, box.width, box.height]) element(row, "td", fixed(value, 0));
    element(row, "td", fixed(box.peak, 3));
  });
}

export function prepareViewer() {
  on("shown", showImage);
  on("shown", showAnswer);
  byId("photo").addEventListener("load", drawBoxes);
  byId("photo").addEventListener("error", () => {
    byId("photo").hidden = true;
    byId("stage").classList.add("unreadable");
    byId("intake").textContent = "Browsers do not show this format; this is its heat map.";
    view();
    drawBoxes();
  });
  byId("heat").addEventListener("load", drawBoxes);
  byId("views").addEventListener("change", view);
}
