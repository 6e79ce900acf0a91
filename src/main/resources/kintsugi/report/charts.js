/* Charts of one evaluation. They read the threshold from `state` and are redrawn when it moves. */
const drawn = {};

function histogram(scores) {
  const low = state.low;
  const bins = Math.min(60, Math.max(10, Math.round(Math.sqrt(data.images.length) * 1.5)));
  const step = (state.high - low) / bins || 1;
  const counts = new Array(bins).fill(0);
  scores.forEach(s => counts[Math.min(bins - 1, Math.floor((s - low) / step))]++);
  return counts.map((y, i) => ({ x: low + (i + 0.5) * step, y }));
}

const thresholdLine = {
  id: "threshold",
  afterDatasetsDraw(chart) {
    const x = chart.scales.x.getPixelForValue(state.threshold);
    const { top, bottom } = chart.chartArea;
    const pen = chart.ctx;
    pen.save();
    pen.strokeStyle = colour("--ink");
    pen.lineWidth = 2;
    pen.setLineDash([5, 4]);
    pen.beginPath();
    pen.moveTo(x, top);
    pen.lineTo(x, bottom);
    pen.stroke();
    pen.restore();
  },
};

function drawHistogram() {
  const series = (label, anomalous, name) => ({
    label,
    data: histogram(data.images.filter(p => p.anomalous === anomalous).map(p => p.score)),
    backgroundColor: colour(name) + "a0",
    borderColor: colour(name),
    borderWidth: 1,
    barPercentage: 1,
    categoryPercentage: 1,
    grouped: false,
  });
  const options = chartOptions("score", "images", { min: state.low, max: state.high });
  options.scales.y.ticks.precision = 0;
  return new Chart("histogram", {
    type: "bar",
    data: { datasets: [series("normal", false, "--normal"), series("anomalous", true, "--anomalous")] },
    options,
    plugins: [thresholdLine],
  });
}

function drawCurve(id, label, points, x, y) {
  return new Chart(id, {
    type: "line",
    data: {
      datasets: [
        { label, data: points, borderColor: colour("--gold"), pointRadius: 0, borderWidth: 2 },
        {
          label: "threshold",
          data: [],
          borderColor: colour("--ink"),
          backgroundColor: colour("--ink"),
          pointRadius: 5,
          clip: false,
          showLine: false,
        },
      ],
    },
    options: chartOptions(x, y, { min: 0, max: 1 }, { min: 0, max: 1 }),
  });
}

function drawCharts() {
  Object.values(drawn).forEach(chart => chart.destroy());
  drawn.histogram = drawHistogram();
  drawn.roc = drawCurve(
    "roc", "ROC",
    data.curve.map(p => ({ x: p.false_positive_rate, y: p.true_positive_rate })),
    "false-positive rate", "true-positive rate");
  drawn.pr = drawCurve(
    "pr", "precision",
    data.curve.map(p => ({ x: p.true_positive_rate, y: p.precision })),
    "recall", "precision");
  moveDots();
}

function moveDots() {
  const f = state.figures;
  drawn.histogram.draw();
  drawn.roc.data.datasets[1].data = [{ x: f.false_positive_rate, y: f.recall }];
  drawn.pr.data.datasets[1].data = [{ x: f.recall, y: f.precision }];
  drawn.roc.update();
  drawn.pr.update();
}
