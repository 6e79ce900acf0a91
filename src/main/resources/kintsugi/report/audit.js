/* The findings of an audit: a table for each section, all of them sorted by the same column. */
const short = value => (typeof value !== "number" ? String(value) : value === 0 ? "0" : value.toExponential(1));
const COLUMNS = [
  ["case", f => f.subject], ["engine", f => f.engine], ["against", f => f.reference],
  ["values", f => f.values, f => f.values], ["absolute", f => short(f.absolute), f => f.absolute],
  ["relative", f => short(f.relative), f => f.relative],
  ["ulps", f => (f.ulps < 1e4 ? fixed(f.ulps, 1) : short(f.ulps)), f => f.ulps],
  ["error and bound", f => f.verdict, f => f.share], ["the bound", f => f.bound],
].map(([name, text, value]) => ({ name, text, value }));
const brokenBounds = count => (count === 1 ? "1 bound broken" : count + " bounds broken");
const sorting = { column: null, descending: false };

/* The place of a fraction of the bound on the bars' logarithmic scale, in percent. */
const BAR = [-8, 1];
const barPlace = share => 100 * Math.min(1, Math.max(0, (Math.log10(share) - BAR[0]) / (BAR[1] - BAR[0])));

function sorted(findings) {
  const { column, descending } = sorting;
  if (!column) return findings;
  const order = column.value
    ? (a, b) => Number(column.value(a)) - Number(column.value(b))
    : (a, b) => column.text(a).localeCompare(column.text(b), undefined, { numeric: true });
  return [...findings].sort((a, b) => (descending ? order(b, a) : order(a, b)));
}

function sortBy(column, section) {
  sorting.descending = sorting.column === column ? !sorting.descending : Boolean(column.value);
  sorting.column = column;
  showFindings();
  document.querySelectorAll(`#findings table[data-section="${section}"] thead button`)[COLUMNS.indexOf(column)].focus();
}

function showHead(place, section) {
  const row = element(element(place, "thead"), "tr");
  for (const column of COLUMNS) {
    const head = element(row, "th");
    head.scope = "col";
    const on = sorting.column === column;
    if (on) head.ariaSort = sorting.descending ? "descending" : "ascending";
    const button = element(head, "button", column.name + (on ? (sorting.descending ? " ▼" : " ▲") : ""), "sort");
    button.type = "button";
    button.addEventListener("click", () => sortBy(column, section));
  }
}

function showRow(body, f) {
  const row = element(body, "tr", undefined, f.passed ? "" : "broken");
  COLUMNS.forEach((column, i) => {
    const cell = element(row, i === 0 ? "th" : "td", column.text(f));
    if (i === 0) cell.scope = "row";
    if (column.name !== "error and bound") return;
    const bar = element(cell, "div", undefined, "bar");
    bar.style.setProperty("--bound", barPlace(1) + "%");
    element(bar, "i").style.width = barPlace(Number(f.share)) + "%";
  });
}

function showSection(name, findings) {
  const section = element(byId("findings"), "section");
  const heading = element(section, "h2", name);
  heading.id = "section-" + name;
  section.setAttribute("aria-labelledby", heading.id);
  const broken = findings.filter(f => !f.passed).length;
  const worst = findings.reduce((a, b) => (Number(b.share) > Number(a.share) ? b : a));
  element(section, "p", findings.length + " checks, " + (broken ? brokenBounds(broken) : "every bound kept") +
    "; the nearest to its bound: " + worst.subject + ", " + worst.verdict + ".", "faint");
  const scroll = element(section, "div", undefined, "scroll");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Checks of " + name);
  const place = element(scroll, "table", undefined, "list left findings");
  place.dataset.section = name;
  showHead(place, name);
  const body = element(place, "tbody");
  sorted(findings).forEach(f => showRow(body, f));
}

function showFindings() {
  const section = byId("section").value;
  const engine = byId("engine").value;
  const findings = data.findings.filter(f =>
    (section === "" || f.section === section) && (engine === "" || f.engine === engine) &&
    (!byId("broken").checked || !f.passed));
  byId("findings").replaceChildren();
  for (const name of new Set(findings.map(f => f.section))) showSection(name, findings.filter(f => f.section === name));
  byId("count").textContent = findings.length + " of " + data.findings.length + " checks";
}

function choices(id, values) {
  element(byId(id), "option", "all").value = "";
  [...new Set(values)].forEach(value => element(byId(id), "option", value));
  byId(id).addEventListener("change", showFindings);
}

const broken = data.findings.filter(f => !f.passed).length;
document.title = "Audit – Kintsugi";
byId("title").textContent = data.passed ? "Audit: every bound kept" : "Audit: " + brokenBounds(broken);
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
