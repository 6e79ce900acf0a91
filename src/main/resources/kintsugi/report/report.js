"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const metrics = data.metrics;
const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const fixed = (value, digits) => (typeof value === "number" ? value.toFixed(digits) : "none");

function element(parent, name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  parent.append(made);
  return made;
}

function showHeader() {
  document.title = data.title + " – Kintsugi";
  document.getElementById("title").textContent = data.title;
  const notes = document.getElementById("notes");
  data.notes.forEach(note => element(notes, "li", note));
  const verdict = document.getElementById("verdict");
  const figures = [
    ["AUROC", fixed(metrics.image_auroc, 4)],
    ["Accuracy", fixed(metrics.accuracy, 4)],
    ["Mean accuracy", fixed(metrics.mean_accuracy, 4)],
    ["Precision", fixed(metrics.precision, 4)],
    ["Recall", fixed(metrics.recall, 4)],
    ["Specificity", fixed(metrics.specificity, 4)],
    ["F1", fixed(metrics.f1, 4)],
    ["False positives", fixed(metrics.false_positive_rate, 4)],
    ["False negatives", fixed(metrics.false_negative_rate, 4)],
    ["Threshold", fixed(metrics.threshold, 4)],
  ];
  if (metrics.pixel_auroc !== undefined) {
    figures.push(["Pixel AUROC", fixed(metrics.pixel_auroc, 4)]);
    figures.push(["AUPRO", fixed(metrics.aupro, 4)]);
  }
  for (const [name, value] of figures) {
    const box = element(verdict, "div");
    element(box, "dt", name);
    element(box, "dd", value);
  }
}

function showHistogram() {
  const all = data.normal_scores.concat(data.anomalous_scores);
  const low = all.reduce((a, b) => Math.min(a, b));
  const high = all.reduce((a, b) => Math.max(a, b));
  const bins = Math.min(60, Math.max(10, Math.round(Math.sqrt(all.length) * 1.5)));
  const step = (high - low) / bins || 1;
  const count = scores => {
    const counts = new Array(bins).fill(0);
    scores.forEach(s => counts[Math.min(bins - 1, Math.floor((s - low) / step))]++);
    return counts.map((y, i) => ({ x: low + (i + 0.5) * step, y }));
  };
  const series = (label, scores, name) => ({
    label,
    data: count(scores),
    backgroundColor: colour(name) + "a0",
    borderColor: colour(name),
    borderWidth: 1,
    barPercentage: 1,
    categoryPercentage: 1,
    grouped: false,
  });
  new Chart("histogram", {
    type: "bar",
    data: {
      datasets: [
        series("normal", data.normal_scores, "--normal"),
        series("anomalous", data.anomalous_scores, "--anomalous"),
      ],
    },
    options: options("score", "pictures", { min: low, max: high }),
    plugins: [{
      id: "threshold",
      afterDatasetsDraw(chart) {
        const x = chart.scales.x.getPixelForValue(metrics.threshold);
        const { top, bottom } = chart.chartArea;
        const pen = chart.ctx;
        pen.save();
        pen.strokeStyle = colour("--ink");
        pen.setLineDash([5, 4]);
        pen.beginPath();
        pen.moveTo(x, top);
        pen.lineTo(x, bottom);
        pen.stroke();
        pen.restore();
      },
    }],
  });
}

function showRoc() {
  new Chart("roc", {
    type: "line",
    data: {
      datasets: [
        {
          label: "ROC",
          data: data.roc.map(p => ({ x: p.false_positive_rate, y: p.true_positive_rate })),
          borderColor: colour("--gold"),
          pointRadius: 0,
          borderWidth: 2,
        },
        {
          label: "threshold",
          data: [{ x: metrics.false_positive_rate, y: metrics.recall }],
          borderColor: colour("--ink"),
          backgroundColor: colour("--ink"),
          pointRadius: 5,
          showLine: false,
        },
      ],
    },
    options: options("false-positive rate", "true-positive rate", { min: 0, max: 1 }, { min: 0, max: 1 }),
  });
}

function options(x, y, xLimits, yLimits) {
  const axis = (text, limits) => ({
    type: "linear",
    title: { display: true, text, color: colour("--faint") },
    ticks: { color: colour("--faint") },
    grid: { color: colour("--line") },
    ...limits,
  });
  return {
    animation: false,
    maintainAspectRatio: false,
    scales: { x: axis(x, xLimits), y: axis(y, yLimits) },
    plugins: { legend: { labels: { color: colour("--ink") } } },
  };
}

function showConfusion() {
  const { tn, fp, fn, tp } = metrics.confusion;
  const table = document.getElementById("confusion");
  const row = (head, cells) => {
    const line = element(table, "tr");
    element(line, "th", head);
    for (const [count, whole, name, right] of cells) {
      const cell = element(line, "td", String(count), right ? "right" : "wrong");
      element(cell, "small", fixed((100 * count) / whole, 1) + " % – " + name);
    }
  };
  const heads = element(table, "tr");
  ["", "found normal", "found anomalous"].forEach(text => element(heads, "th", text));
  row("normal", [[tn, tn + fp, "true negative", true], [fp, tn + fp, "false positive", false]]);
  row("anomalous", [[fn, fn + tp, "false negative", false], [tp, fn + tp, "true positive", true]]);
}

function showGallery() {
  const gallery = document.getElementById("gallery");
  document.getElementById("range").textContent =
    "Every heat map runs from " + fixed(data.calibration.display_low, 2) + " (transparent) to " +
    fixed(data.calibration.display_high, 2) +
    " (yellow), a range set by the calibration's maps. Darkened margins lie outside the network's input.";
  const kinds = [
    ["fp", "False positives, highest score first"],
    ["fn", "False negatives, lowest score first"],
    ["tp", "True positives, from the highest score to the lowest"],
    ["tn", "True negatives, from the lowest score to the highest"],
  ];
  for (const [kind, heading] of kinds) {
    element(gallery, "h3", heading + " (" + metrics.confusion[kind] + " in all)");
    const grid = element(gallery, "div", undefined, "pictures");
    for (const item of data.gallery.filter(g => g.outcome === kind)) {
      const figure = element(grid, "figure");
      const pair = element(figure, "div", undefined, "pair");
      element(pair, "img").src = item.picture;
      element(pair, "img").src = item.overlay;
      pair.firstChild.alt = "picture " + item.file;
      pair.lastChild.alt = "heat map of " + item.file;
      const name = item.file.split(/[\\/]/).slice(-2).join("/");
      element(figure, "figcaption", name + " – " + fixed(item.score, 4));
    }
  }
}

function showSettings() {
  const seconds = Object.entries(metrics.seconds)
    .map(([step, s]) => step + " " + fixed(s, 1) + " s").join(", ");
  const settings = [
    ["Recipe", metrics.recipe],
    ["Pictures", metrics.train_images + " learnt from, " + metrics.test_images + " tested"],
    ["Seed", metrics.seed],
    ["Weights", metrics.weights_source + " (" + metrics.weights + ")"],
    ["Engine", metrics.engine + " on " + metrics.threads + " threads, Java " + metrics.java],
    ["Time", seconds + "; " + fixed(metrics.ms_per_test_image, 1) + " ms a test picture"],
    ["Again", data.command],
  ];
  const list = document.getElementById("settings");
  for (const [name, value] of settings) {
    element(list, "dt", name);
    element(list, "dd", String(value));
  }
  if (metrics.skipped.length > 0) {
    const box = document.getElementById("skipped");
    element(box, "h3", metrics.skipped.length + " pictures could not be read and were left out");
    const files = element(box, "ul");
    metrics.skipped.forEach(file => element(files, "li", file));
  }
}

showHeader();
showHistogram();
showRoc();
showConfusion();
showGallery();
showSettings();
