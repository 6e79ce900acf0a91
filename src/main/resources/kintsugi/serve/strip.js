/* The last hundred images of the chosen model, worst first, live. */
import { blob, json } from "./api.js";
import { byId, count, element, fixed } from "./dom.js";
import { on, show, state, tell } from "./state.js";

const MOST = 100;
const items = new Map();
let waiting = false;

/* How far above the threshold an image is; those of a model without one are by score. */
const badness = answer => answer.score - (answer.threshold ?? 0);
const ofModel = () => state.last.filter(answer => answer.model === state.model?.name);

/* Of what is drawn: a person's word may come later. */
const key = answer => answer.id + " " + (answer.truth || "");

/* An image of the history as if it had just been scored; its file may be gone. */
export async function open(answer) {
  const at = "/api/history/" + encodeURIComponent(answer.id);
  const get = kind => blob(at + "/" + kind).catch(() => null);
  const [image, overlay] = await Promise.all([get("image"), get("overlay")]);
  const file = image && new File([image], answer.name, { type: image.type });
  show(answer, file, overlay);
}

function item(answer) {
  const made = document.createElement("li");
  const button = element(made, "button", undefined, "card " + (answer.anomalous ? "anomalous" : ""));
  button.type = "button";
  button.tabIndex = -1;
  button.addEventListener("click", () => open(answer));
  if (answer.thumbnail) {
    const image = element(button, "img");
    image.src = answer.thumbnail;
    image.alt = "";
  }
  element(button, "b", fixed(answer.score, 3));
  element(button, "span", answer.anomalous === undefined ? "no verdict" : answer.verdict);
  element(button, "small", answer.truth ? "said to be " + answer.truth : answer.name);
  return made;
}

/* Keeps what is there, so that a key or a pointer on it stays on it. */
function draw() {
  waiting = false;
  const place = byId("strip");
  const focused = document.activeElement;
  const chosen = ofModel().sort((a, b) => badness(b) - badness(a)).slice(0, MOST);
  const kept = new Set(chosen.map(key));
  for (const [id, made] of items) {
    if (!kept.has(id)) {
      made.remove();
      items.delete(id);
    }
  }
  chosen.forEach((answer, i) => {
    if (!items.has(key(answer))) items.set(key(answer), item(answer));
    const made = items.get(key(answer));
    if (place.children[i] !== made) place.insertBefore(made, place.children[i] || null);
  });
  for (const [of, made] of items) {
    if (state.shown && of.startsWith(state.shown.answer.id + " ")) made.firstChild.setAttribute("aria-current", "true");
    else made.firstChild.removeAttribute("aria-current");
  }
  if (place.contains(focused)) focused.focus({ preventScroll: true });
  if (!place.querySelector("[tabindex='0']")) place.querySelector("button")?.setAttribute("tabindex", "0");
  const bad = chosen.filter(answer => answer.anomalous).length;
  byId("last-count").textContent = chosen.length === 0 ? "None yet."
    : count(chosen.length, "image") + (chosen[0].anomalous === undefined ? ", not calibrated" : ": " + bad + " anomalous, " + (chosen.length - bad) + " normal");
}

function changed() {
  tell("last");
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(draw);
}

export function addLast(answer) {
  if (!Number.isFinite(answer.score)) return;
  state.last = [answer, ...state.last.filter(other => other.id !== answer.id)].slice(0, MOST);
  changed();
}

/* What came by an event while the history was on its way is newer than it. */
export async function loadLast() {
  const known = new Set(state.last);
  const loaded = (await json("/api/history?limit=" + MOST)).answers.filter(answer => Number.isFinite(answer.score));
  const ids = new Set(loaded.map(answer => answer.id));
  const newer = state.last.filter(answer => !known.has(answer) && !ids.has(answer.id));
  state.last = [...newer, ...loaded].slice(0, MOST);
  changed();
}

/* One stop of the tab key; arrows move within the strip. */
function move(event) {
  const buttons = [...byId("strip").querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (at < 0 || to === undefined || !buttons[to]) return;
  event.preventDefault();
  buttons[at].tabIndex = -1;
  buttons[to].tabIndex = 0;
  buttons[to].focus();
}

export function prepareStrip() {
  on("model", changed);
  on("shown", changed);
  byId("strip").addEventListener("keydown", move);
}
