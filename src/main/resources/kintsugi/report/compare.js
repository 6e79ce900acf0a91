/* Evaluations side by side. */
const FIGURES = [
  ["image_auroc", "AUROC", 4, true], ["average_precision", "AP", 4, true], ["accuracy", "accuracy", 4, true],
  ["f1", "F1", 4, true], ["pixel_auroc", "pixel AUROC", 4, true], ["aupro", "AUPRO", 4, true],
  ["pixel_f1", "pixel F1", 4, true], ["ms_per_test_image", "ms per image", 1, false], ["total_seconds", "seconds", 1, false],
].filter(([key]) => data.runs.some(run => run[key] !== undefined));

function showFigures() {
  const place = byId("figures");
  table(
    place,
    ["run", "recipe", "engine", "seed", ...FIGURES.map(f => f[1])],
    data.runs.map(run => [
      run.name, run.recipe, run.engine, run.seed,
      ...FIGURES.map(([key, , digits]) => (run[key] === undefined ? "–" : fixed(run[key], digits))),
    ]));
  FIGURES.forEach(([key, , , higher], column) => {
    const values = data.runs.map(run => run[key]).filter(v => v !== undefined);
    const best = higher ? Math.max(...values) : Math.min(...values);
    data.runs.forEach((run, i) => {
      if (run[key] === best) place.tBodies[0].rows[i].cells[4 + column].classList.add("best");
    });
  });
}

function showDifferences() {
  const place = byId("differences");
  table(place, ["setting", ...data.runs.map(run => run.name)],
    Object.entries(data.differences).map(([setting, values]) => [setting, ...values]));
}

/* Chart.js has no error bars: a thin floating bar from end to end of the interval does. */
function drawFigure(id, key) {
  const ends = data.intervals.map(of => (of[key] ? [of[key].low, of[key].high] : null));
  const low = Math.min(...data.runs.map(run => run[key]), ...ends.filter(Boolean).map(e => e[0]));
  const options = chartOptions("", id === "auroc" ? "AUROC" : "accuracy", {}, { min: Math.max(0, Math.floor(low * 20 - 1) / 20), max: 1 });
  options.scales.x = { type: "category", ticks: { color: colour("--faint") }, grid: { display: false } };
  options.plugins.legend.display = false;
  return new Chart(id, {
    type: "bar",
    data: {
      labels: data.runs.map(run => run.name),
      datasets: [
        { data: ends, backgroundColor: colour("--ink"), barThickness: 2, grouped: false, order: 0 },
        { data: data.runs.map(run => run[key]), backgroundColor: colour("--normal") + "c0", maxBarThickness: 60, grouped: false, order: 1 },
      ],
    },
    options,
  });
}

let charts = [];
function drawCharts() {
  charts.forEach(chart => chart.destroy());
  charts = [drawFigure("auroc", "image_auroc"), drawFigure("accuracy", "accuracy")];
}

document.title = "Comparison – Kintsugi";
showFigures();
showDifferences();
drawCharts();
onSchemeChange(drawCharts);
