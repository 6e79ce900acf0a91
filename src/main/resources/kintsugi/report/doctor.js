/* The comparison of two models: stages in the order of the data, and each image's scores. */
const measure = value => (typeof value !== "number" ? "" : value === 0 ? "0" : value.toExponential(1));

function table(id, columns, rows, broken) {
  const head = element(element(byId(id), "thead"), "tr");
  columns.forEach(([name]) => (element(head, "th", name).scope = "col"));
  const body = element(byId(id), "tbody");
  rows.forEach(row => {
    const line = element(body, "tr", undefined, broken(row) ? "broken" : "");
    columns.forEach(([, text], i) => {
      const cell = element(line, i === 0 ? "th" : "td", text(row));
      if (i === 0) cell.scope = "row";
    });
  });
}

document.title = "Doctor – Kintsugi";
byId("title").textContent = data.same
  ? "No stage differs"
  : "The first stage that differs: " + data.first;
const percent = value => value < 1e-4 ? measure(value) : Number((100 * value).toPrecision(2)) + " %";

/* A map's difference that those of the distances explain. */
const follows = stage => stage.absolute > 0 && stage.relative === 0;

/* The first difference in a sentence. */
function summary(first) {
  const before = data.stages.filter(s => s.status === "same" && data.stages.indexOf(s) < data.stages.indexOf(first));
  const size = typeof first.relative === "number"
    ? "by up to " + percent(first.relative) + " of its maximum (" +
      (first.tolerance === 0 ? "no rounding is expected" : percent(first.tolerance) + " is rounding") + ")"
    : "in its shape: " + first.place;
  return "They differ there " + size + ", most on " + data.image + ". " + (before.length === 0
    ? "No stage before it was compared."
    : "Before it they are the same: " + before.map(s => s.name).join(", ") + ".");
}
const first = data.stages.find(s => s.name === data.first);
const compared = data.stages.filter(s => s.status === "same").map(s => s.name).join(", ");
byId("summary").textContent = data.same
  ? "A and B are the same up to rounding in all that both have: " + compared + "."
  : summary(first);
pairs(byId("sides"), [["A", data.a], ["B", data.b]]);
data.notices.forEach(notice => element(byId("notices"), "p", notice, "faint"));
byId("next").textContent = data.same ? "" : "What to do: " + data.next + ".";
byId("causes-section").hidden = data.same;
data.causes.forEach(cause => element(byId("causes"), "li", cause));
table("stages", [
  ["stage", s => s.name], ["A and B", s => s.status], ["difference", s => measure(s.absolute)],
  ["of the maximum", s => (follows(s) ? "follows from the distances" : measure(s.relative))],
  ["tolerance", s => (s.tolerance === 0 ? "none" : measure(s.tolerance))],
  ["image", s => (s.absolute === 0 ? "" : s.image)], ["at", s => (s.absolute === 0 ? "" : s.place)],
], data.stages, s => s.name === data.first);
table("scores", [
  ["image", s => s.image], ["A", s => (typeof s.a === "number" ? fixed(s.a, 5) : "")],
  ["B", s => (typeof s.b === "number" ? fixed(s.b, 5) : "")],
  ["difference", s => (typeof s.a === "number" && typeof s.b === "number" ? measure(s.b - s.a) : "")],
], data.scores, () => false);
byId("command").textContent = data.command;
pairs(byId("settings"), [["Kintsugi", data.version], ["Java", data.java + "; " + data.system]]);
