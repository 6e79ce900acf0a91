/* A grid: objects by recipes by seeds. */
const FIGURES = Object.keys(data.names).filter(key => data.rows.some(row => row.figures[key]));
const objectOf = row => (row.object === "" ? "mean of all objects" : row.object);
const digitsOf = key => (key.startsWith("ms_") ? 1 : 4);

function showFigure(key, mean) {
  if (!mean) return "–";
  const value = fixed(mean.mean, digitsOf(key));
  if (key.startsWith("ms_") || typeof mean.low !== "number") return value;
  return value + "\u00a0(" + fixed(mean.low, 4) + "\u00a0–\u00a0" + fixed(mean.high, 4) + ")";
}

function showMeans() {
  const place = byId("means");
  table(place, ["object", "recipe", "seeds", ...FIGURES.map(key => data.names[key])],
    data.rows.map(row => [
      objectOf(row), row.recipe, row.seeds.join(", "), ...FIGURES.map(key => showFigure(key, row.figures[key])),
    ]));
  FIGURES.forEach((key, column) => {
    for (const object of new Set(data.rows.map(row => row.object))) {
      const values = data.rows.filter(row => row.object === object && row.figures[key]).map(row => row.figures[key].mean);
      const best = key.startsWith("ms_") ? Math.min(...values) : Math.max(...values);
      data.rows.forEach((row, i) => {
        const mean = row.object === object && row.figures[key];
        if (mean && mean.mean === best) place.tBodies[0].rows[i].cells[3 + column].classList.add("best");
      });
    }
  });
}

function showRuns() {
  const place = byId("runs");
  table(place, ["object", "recipe", "seed", ...FIGURES.map(key => data.names[key]), "page"],
    data.runs.map(run => [
      run.object, run.recipe, run.figures.seed,
      ...FIGURES.map(key => (run.figures[key] === undefined ? "–" : fixed(run.figures[key], digitsOf(key)))), "",
    ]));
  data.runs.forEach((run, i) => {
    const link = element([...place.tBodies[0].rows[i].cells].at(-1), "a", "report");
    link.href = run.page.split("/").map(encodeURIComponent).join("/");
    link.setAttribute("aria-label", "Report of " + run.object + ", " + run.recipe + ", seed " + run.figures.seed);
  });
}

/* One chart per object and figure; a thin floating bar is the interval over the seeds. */
function drawChart(canvas, object, key) {
  const rows = data.rows.filter(row => row.object === object && row.figures[key]);
  const ends = rows.map(row => {
    const mean = row.figures[key];
    return typeof mean.low === "number" ? [mean.low, Math.min(1, mean.high)] : null;
  });
  const low = Math.min(...rows.map(row => row.figures[key].mean), ...ends.filter(Boolean).map(e => e[0]));
  const options = chartOptions("", data.names[key], {}, { min: Math.max(0, Math.floor(low * 20 - 1) / 20), max: 1 });
  options.scales.x = { type: "category", ticks: { color: colour("--faint") }, grid: { display: false } };
  options.plugins.legend.display = false;
  return new Chart(canvas, {
    type: "bar",
    data: {
      labels: rows.map(row => row.recipe),
      datasets: [
        { data: ends, backgroundColor: colour("--ink"), barThickness: 2, grouped: false, order: 0 },
        { data: rows.map(row => row.figures[key].mean), backgroundColor: colour("--normal") + "c0", maxBarThickness: 60, grouped: false, order: 1 },
      ],
    },
    options,
  });
}

const charts = [];
function addCharts() {
  for (const object of new Set(data.rows.map(row => row.object))) {
    for (const key of ["image_auroc", "aupro"].filter(name => data.rows.some(row => row.object === object && row.figures[name]))) {
      const text = data.names[key] + ", " + objectOf({ object });
      const figure = element(byId("charts"), "figure");
      element(figure, "figcaption", text + "; lines are 95 % confidence intervals over the seeds");
      const canvas = element(element(figure, "div", undefined, "plot"), "canvas");
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", text);
      charts.push([canvas, object, key, drawChart(canvas, object, key)]);
    }
  }
}

document.title = data.heading.title + " – Kintsugi";
byId("title").textContent = data.heading.title;
data.heading.warnings.forEach(note => element(byId("notes"), "li", note));
data.heading.failures.forEach(note => element(byId("notes"), "li", "not run: " + note));
byId("command").textContent = data.heading.command;
showMeans();
showRuns();
addCharts();
onSchemeChange(() => charts.forEach(chart => {
  chart[3].destroy();
  chart[3] = drawChart(chart[0], chart[1], chart[2]);
}));
