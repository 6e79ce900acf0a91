/* The findings of an audit. */
const short = value => (typeof value !== "number" ? String(value) : value === 0 ? "0" : value.toExponential(1));

function showFindings() {
  const section = byId("section").value;
  const engine = byId("engine").value;
  const findings = data.findings.filter(f =>
    (section === "" || f.section === section) && (engine === "" || f.engine === engine) &&
    (!byId("broken").checked || !f.passed));
  const place = byId("findings");
  place.replaceChildren();
  table(
    place,
    ["case", "section", "engine", "against", "values", "absolute", "relative", "ulps", "fraction of bound", "bound"],
    findings.map(f => [
      f.subject, f.section, f.engine, f.reference, f.values, short(f.absolute), short(f.relative),
      fixed(f.ulps, 1), f.passed ? short(f.share) : "BROKEN " + short(f.share), f.bound,
    ]));
  findings.forEach((f, i) => { if (!f.passed) place.tBodies[0].rows[i].classList.add("broken"); });
  byId("count").textContent = findings.length + " of " + data.findings.length + " checks";
}

function choices(id, values) {
  element(byId(id), "option", "all").value = "";
  [...new Set(values)].forEach(value => element(byId(id), "option", value));
  byId(id).addEventListener("change", showFindings);
}

const broken = data.findings.filter(f => !f.passed).length;
document.title = "Audit – Kintsugi";
byId("title").textContent = data.passed ? "Audit: every bound kept" : "Audit: " + broken + " bounds broken";
byId("summary").textContent =
  data.findings.length + " checks in " + fixed(data.seconds, 1) + " s, " + data.network + ", " + data.threads + " threads.";
byId("command").textContent = data.command;
pairs(byId("settings"), [
  ["Weights", data.weights], ["Kintsugi", data.version], ["Java", data.java + "; " + data.system],
]);
choices("section", data.findings.map(f => f.section));
choices("engine", data.findings.map(f => f.engine));
byId("broken").addEventListener("change", showFindings);
showFindings();
