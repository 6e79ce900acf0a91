/* The page's start: the choice of a model, the connection, the token. */
import { json, listen, modelPath, prepareServer, request } from "./api.js";
import { byId, element, sentence, sure } from "./dom.js";
import { on, state, tell } from "./state.js";
import { prepareIntake } from "./intake.js";
import { prepareCamera } from "./camera.js";
import { prepareViewer } from "./viewer.js";
import { prepareStrip, loadLast, addLast } from "./strip.js";
import { prepareThreshold } from "./threshold.js";
import { prepareRegion } from "./region.js";
import { prepareTeach } from "./teach.js";
import { prepareHealth } from "./health.js";

function ask(refused) {
  const dialog = byId("login");
  byId("login-told").textContent = refused ? "The server did not accept this token." : "";
  byId("token").value = "";
  dialog.showModal();
  return new Promise(resolve => {
    byId("token").focus();
    byId("login-form").addEventListener("submit", event => {
      event.preventDefault();
      dialog.close();
      // A header carries no other characters.
      resolve(byId("token").value.replace(/[^\x21-\x7e]/g, ""));
    }, { once: true });
  });
}

function reached(answers) {
  byId("banner").textContent = answers ? "" : "The server does not answer. What is shown may be old; the page connects again by itself.";
  if (!answers) {
    byId("link").textContent = "not connected";
    byId("link").className = "gone";
  }
}

function connected() {
  byId("link").textContent = "live";
  byId("link").className = "";
  refresh();
}

/* What the chosen model is, in a line. */
function summary(model) {
  const rule = model.rule?.startsWith("value:") ? " set by hand" : " by " + model.rule;
  return [model.recipe, model.input_size, model.calibrated ? "threshold " + model.threshold.toFixed(4) + rule : "not calibrated",
    model.scope ? "looks at regions" : ""].filter(part => part).join(" · ");
}

function choose(name) {
  const chosen = state.models.find(model => model.name === name) || state.models[0] || null;
  const before = state.model;
  if (JSON.stringify(chosen) === JSON.stringify(before)) return;
  state.model = chosen;
  byId("model-summary").textContent = chosen ? summary(chosen) : "The server has no model.";
  byId("rollback").hidden = !chosen?.can_roll_back;
  tell("model", { renewed: chosen?.name === before?.name });
}

async function loadModels() {
  state.models = (await json("/api/models")).models;
  const select = byId("model");
  const wanted = select.value || localStorage.getItem("kintsugi-model");
  select.replaceChildren();
  for (const model of state.models) {
    const option = element(select, "option", model.name);
    option.value = model.name;
  }
  if (state.models.some(model => model.name === wanted)) select.value = wanted;
  choose(select.value);
}

async function refresh() {
  try {
    await loadModels();
    await loadLast();
    tell("drift");
  } catch (error) {
    byId("banner").textContent = error.message;
  }
}

async function rollBack() {
  const name = state.model.name;
  if (!(await sure("Roll " + name + " back to the version before? Requests that have begun finish with the present one.", "Roll back"))) return;
  try {
    await request(modelPath(name, "/rollback"), { method: "POST" });
    await loadModels();
    byId("model-told").textContent = "The version before is in use: " + sentence(state.model.sentence);
  } catch (error) {
    byId("model-told").textContent = error.message;
  }
}

prepareServer(ask, reached);
byId("login").addEventListener("cancel", event => event.preventDefault());
byId("model").addEventListener("change", event => {
  localStorage.setItem("kintsugi-model", event.target.value);
  choose(event.target.value);
});
byId("rollback").addEventListener("click", rollBack);
on("models", loadModels);
prepareViewer();
prepareIntake();
prepareCamera();
prepareStrip();
prepareThreshold();
prepareRegion();
prepareTeach();
prepareHealth();
listen((kind, data) => {
  if (kind === "answer") addLast(data);
  else if (kind === "model") loadModels();
  else if (kind === "drift") tell("drift");
}, connected);
