/* The page of learning. */
const choices = row => row.recipe.replace("*", "") + " " + Object.values(row.choices).join(" ");

function showHead() {
  const e = data.estimate;
  document.title = "Learnt: " + data.model + " – Kintsugi";
  byId("title").textContent = "Learnt: " + data.model;
  byId("why").textContent = data.why + ".";
  data.warnings.forEach(line => element(byId("notes"), "li", line));
  data.survey.lines.forEach(line => element(byId("survey"), "li", line));
  const figures = byId("key-figures");
  const figure = (name, value, note) => {
    const box = element(figures, "div");
    element(box, "dt", name);
    element(element(box, "dd", value), "small", note);
  };
  figure("AUROC expected", fixed(e.auroc, 4), `95 % confidence: ${fixed(e.interval.low, 4)} to ${fixed(e.interval.high, 4)}`);
  const count = (name, rate, note) => figure(name, `${rate.found} of ${rate.samples}`, note);
  count("good rejected", data.rates.false_positives, "held out, at the threshold");
  if (data.counts.bad > 0) count("bad missed", data.rates.false_negatives, "held out, at the threshold");
  else count("synthetic missed", e.missed, "at thresholds of other folds");
  figure("per image here", fixed(data.candidates[data.chosen].ms_per_image, 0) + " ms", "one after another, in batches");
  figure("images", String(data.counts.good), `good; ${data.counts.bad} bad, ${data.counts.synthetic} synthetic`);
  byId("rates").textContent = data.sentence + ".";
  byId("estimate").textContent =
    `The AUROC is from ${e.good} good images and ${e.anomalous} ${e.against} that neither fitted nor chose:` +
    " in turn a third was held out, and the rest chose and fitted.";
}

function showCandidates() {
  const place = byId("candidates");
  const rows = data.candidates.map((row, place) => ({ row, place })).filter(c => c.row.status === "");
  rows.sort((a, b) => b.row.auroc - a.row.auroc || a.place - b.place);
  table(
    place,
    ["candidate", "AUROC", "95 %", "PRO", "false alarms", "ms/image", "MB"],
    rows.map(({ row }) => [
      choices(row), fixed(row.auroc, 4), `${fixed(row.interval.low, 3)}–${fixed(row.interval.high, 3)}`,
      typeof row.aupro === "number" ? fixed(row.aupro, 3) : "–", `${row.false_alarms} of ${row.good}`,
      fixed(row.ms_per_image, 1), fixed(row.model_bytes / 1e6, 1),
    ]));
  rows.forEach((c, i) => {
    if (c.place === data.chosen) {
      place.tBodies[0].rows[i].classList.add("chosen");
      place.tBodies[0].rows[i].cells[0].append(" (chosen)");
    }
  });
  const reasons = {};
  data.candidates.filter(row => row.status !== "").forEach(row => {
    const name = row.recipe.replace("*", "") + " " + (row.choices.resize ?? "") + " " + (row.choices.taps ?? "");
    (reasons[row.status] ??= new Set()).add(name);
  });
  byId("untried").textContent = Object.entries(reasons)
    .map(([why, names]) => `No figures (${why}): ${[...names].join("; ")}.`).join(" ");
}

function showExamples() {
  const section = byId("examples-section");
  section.hidden = data.examples.length === 0;
  const synthetic = data.counts.synthetic > 0;
  byId("examples-title").textContent = synthetic ? "Synthetic defects" : "Bad images";
  byId("examples-note").textContent = synthetic
    ? "Drawn into good images, with the model's heat map and the mask; the model has learnt the images without the defect."
    : "With the model's heat map.";
  for (const example of data.examples) {
    const item = element(byId("examples"), "li");
    for (const [kind, image] of [["image", example.image], ["heat map", example.heat], ["mask", example.mask]]) {
      if (image) {
        const shown = element(item, "img");
        shown.src = image;
        shown.alt = `${example.label}: ${kind}`;
      }
    }
    element(item, "p", `${example.label}: ${example.anomalous ? "found" : "missed"}, ${fixed(example.score, 3)}`, "faint");
  }
}

function drawHistogram() {
  const scores = data.scores.map(s => s.score);
  const low = Math.min(...scores, data.threshold);
  const high = Math.max(...scores, data.threshold);
  const bins = 40;
  const step = (high - low) / bins || 1;
  const counted = truth => {
    const counts = new Array(bins).fill(0);
    data.scores.filter(s => s.truth === truth).forEach(s => counts[Math.min(bins - 1, Math.floor((s.score - low) / step))]++);
    return counts.map((y, i) => ({ x: low + (i + 0.5) * step, y }));
  };
  const kinds = [["good", "--normal"], ["bad", "--anomalous"], ["synthetic", "--gold"]]
    .filter(([truth]) => data.scores.some(s => s.truth === truth));
  return new Chart("histogram", {
    type: "bar",
    data: {
      datasets: kinds.map(([label, name]) => ({
        label, data: counted(label), backgroundColor: colour(name) + "a0", borderColor: colour(name), borderWidth: 1,
        barPercentage: 1, categoryPercentage: 1, grouped: false,
      })),
    },
    options: chartOptions("score", "images", { min: low, max: high }),
    plugins: [{
      id: "threshold",
      afterDatasetsDraw(chart) {
        const x = chart.scales.x.getPixelForValue(data.threshold);
        const pen = chart.ctx;
        pen.save();
        pen.strokeStyle = colour("--ink");
        pen.lineWidth = 2;
        pen.setLineDash([5, 4]);
        pen.beginPath();
        pen.moveTo(x, chart.chartArea.top);
        pen.lineTo(x, chart.chartArea.bottom);
        pen.stroke();
        pen.restore();
      },
    }],
  });
}

function drawTrade() {
  const tried = data.candidates.map((row, place) => ({ row, place })).filter(c => c.row.status === "");
  const point = c => ({ x: c.row.ms_per_image, y: c.row.auroc, name: choices(c.row) });
  const options = chartOptions("ms per image", "AUROC over folds", { min: 0 }, { max: 1 });
  // A point at 1 is drawn whole.
  options.clip = false;
  options.plugins.legend.display = false;
  options.plugins.tooltip = { callbacks: { label: at => `${at.raw.name}: ${fixed(at.raw.y, 4)}` } };
  return new Chart("trade", {
    type: "scatter",
    data: {
      datasets: [
        { data: tried.filter(c => c.place === data.chosen).map(point), backgroundColor: colour("--gold"), borderColor: colour("--gold"), pointRadius: 7 },
        { data: tried.filter(c => c.place !== data.chosen).map(point), backgroundColor: "transparent", borderColor: colour("--normal"), pointRadius: 4 },
      ],
    },
    options,
  });
}

let charts = [];
function drawCharts() {
  charts.forEach(chart => chart.destroy());
  charts = [drawHistogram(), drawTrade()];
}

showHead();
showCandidates();
showExamples();
byId("again").textContent = data.again;
byId("command").textContent = data.command;
drawCharts();
onSchemeChange(drawCharts);
