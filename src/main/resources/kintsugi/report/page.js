"use strict";
/* The functions that all pages share. */
const data = JSON.parse(document.getElementById("data").textContent);
const byId = id => document.getElementById(id);
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const fixed = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : "none");

function element(parent, name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  parent.append(made);
  return made;
}

function pairs(list, entries) {
  for (const [name, value] of entries) {
    element(list, "dt", name);
    element(list, "dd", String(value));
  }
}

function table(place, heads, rows) {
  const head = element(element(place, "thead"), "tr");
  heads.forEach(text => {
    if (text === "") element(head, "td");
    else element(head, "th", text).scope = "col";
  });
  const body = element(place, "tbody");
  for (const cells of rows) {
    const row = element(body, "tr");
    cells.forEach((text, i) => {
      const cell = element(row, i === 0 ? "th" : "td", text);
      if (i === 0) cell.scope = "row";
    });
  }
}

/* Options of every chart; colours are looked up anew when the page turns dark or light. */
function chartOptions(x, y, xLimits, yLimits) {
  const axis = (text, limits) => ({
    type: "linear",
    title: { display: true, text, color: colour("--faint") },
    // Labels at round values alone, not at the ends of the data too.
    ticks: { color: colour("--faint"), includeBounds: false },
    // A bar chart's own lines would be between its labels.
    offset: false,
    grid: { color: colour("--line"), offset: false },
    ...limits,
  });
  return {
    animation: false,
    maintainAspectRatio: false,
    scales: { x: axis(x, xLimits), y: axis(y, yLimits) },
    plugins: { legend: { labels: { color: colour("--ink") } } },
  };
}

function onSchemeChange(redraw) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}
