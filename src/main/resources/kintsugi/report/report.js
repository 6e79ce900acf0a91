/* One evaluation. Everything that depends on the threshold is counted anew when its slider moves. */
const metrics = data.metrics;
const allScores = data.images.map(p => p.score);
const state = {
  threshold: metrics.threshold,
  low: allScores.reduce((a, b) => Math.min(a, b), metrics.threshold),
  high: allScores.reduce((a, b) => Math.max(a, b), metrics.threshold),
  confusion: metrics.confusion,
  figures: metrics,
};
const isPredictedAnomalous = p => p.score >= state.threshold;

function count() {
  const c = { tn: 0, fp: 0, fn: 0, tp: 0 };
  data.images.forEach(p => c[outcomeOf(p)]++);
  state.confusion = c;
  const fraction = (part, whole) => (whole === 0 ? NaN : part / whole);
  const recall = fraction(c.tp, c.tp + c.fn);
  const specificity = fraction(c.tn, c.tn + c.fp);
  state.figures = {
    accuracy: fraction(c.tp + c.tn, data.images.length),
    mean_accuracy: (recall + specificity) / 2,
    precision: fraction(c.tp, c.tp + c.fp),
    recall,
    specificity,
    f1: fraction(2 * c.tp, 2 * c.tp + c.fp + c.fn),
    false_positive_rate: 1 - specificity,
    false_negative_rate: 1 - recall,
  };
}

/* P(X ≤ k) of X errors among n samples whose rate is p. */
function binomialAtMost(k, n, p) {
  let logarithm = n * Math.log1p(-p);
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    sum += Math.exp(logarithm);
    logarithm += Math.log((n - i) / (i + 1)) + Math.log(p) - Math.log1p(-p);
  }
  return sum;
}

/* The 95 % interval of Clopper and Pearson for k errors among n, by halving. */
function exactInterval(k, n) {
  const rateWhere = isTooLow => {
    let [from, to] = [0, 1];
    for (let i = 0; i < 50; i++) {
      const middle = (from + to) / 2;
      if (isTooLow(middle)) from = middle;
      else to = middle;
    }
    return (from + to) / 2;
  };
  return [
    k === 0 ? 0 : rateWhere(p => 1 - binomialAtMost(k - 1, n, p) < 0.025),
    k === n ? 1 : rateWhere(p => binomialAtMost(k, n, p) > 0.025),
  ];
}

function perThousand(rate) {
  const text = (1000 * rate).toFixed(1);
  return 1000 * rate < 9.95 && !text.endsWith(".0") ? text : (1000 * rate).toFixed(0);
}

function rateSentence(parts, error, k, n) {
  const [low, high] = exactInterval(k, n).map(perThousand);
  if (n > 0 && (k === 0 || k === n)) {
    const bound = k === 0 ? "at most " + high : "at least " + low;
    return "of 1000 " + parts + " " + bound + " " + error + " (" + k + " of " + n + " here)";
  }
  return "of 1000 " + parts + " about " + perThousand(k / n) + " " + error + " (" + low + " to " + high + "; " +
    k + " of " + n + " here)";
}

/* What the threshold does, first on the page; the words are those of the terminal. */
function showRates() {
  const { tn, fp, fn, tp } = state.confusion;
  byId("rates").textContent =
    rateSentence("good parts", "rejected", fp, fp + tn) + ", " + rateSentence("bad", "missed", fn, fn + tp) +
    ", with 95 % confidence";
  byId("threshold-set").value = (data.heading.set_threshold || "") + state.threshold;
}

function showFigures() {
  const f = state.figures;
  const calibrated = state.threshold === metrics.threshold;
  const confidence = metrics.confidence95;
  const figures = [
    ["AUROC", metrics.image_auroc, confidence.image_auroc],
    ["Average precision", metrics.average_precision, confidence.average_precision],
    ["Accuracy", f.accuracy, calibrated && confidence.accuracy],
    ["Mean accuracy", f.mean_accuracy],
    ["Precision", f.precision, calibrated && confidence.precision],
    ["Recall", f.recall, calibrated && confidence.recall],
    ["Specificity", f.specificity, calibrated && confidence.specificity],
    ["F1", f.f1, calibrated && confidence.f1],
    ["False-positive rate", f.false_positive_rate],
    ["False-negative rate", f.false_negative_rate],
  ];
  if (metrics.pixel_auroc !== undefined) {
    figures.push(["Pixel AUROC", metrics.pixel_auroc], ["AUPRO", metrics.aupro], ["Best pixel F1", metrics.pixel_f1]);
  }
  const list = byId("key-figures");
  list.replaceChildren();
  for (const [name, value, interval] of figures) {
    const box = element(list, "div");
    element(box, "dt", name);
    const figure = element(box, "dd", Number.isFinite(value) ? fixed(value, 4) : "–");
    if (!Number.isFinite(value)) element(figure, "small", "none predicted anomalous");
    else if (interval && Number.isFinite(interval.low)) {
      const range = element(figure, "small", fixed(interval.low, 4) + " – " + fixed(interval.high, 4));
      range.title = "95 % confidence interval";
    }
  }
  byId("threshold-value").textContent = fixed(state.threshold, 4);
}

function showConfusion() {
  const { tn, fp, fn, tp } = state.confusion;
  const place = byId("confusion");
  place.replaceChildren();
  const heads = element(place, "tr");
  element(heads, "td");
  ["predicted normal", "predicted anomalous"].forEach(text => { element(heads, "th", text).scope = "col"; });
  const row = (head, cells) => {
    const line = element(place, "tr");
    element(line, "th", head).scope = "row";
    for (const [kind, images, whole, right] of cells) {
      const cell = element(line, "td", String(images), right ? "right" : "wrong");
      cell.id = "cell-" + kind;
      element(cell, "small", fixed((100 * images) / whole, 1) + " % – " + OUTCOMES[kind]);
    }
  };
  row("normal", [["tn", tn, tn + fp, true], ["fp", fp, tn + fp, false]]);
  row("anomalous", [["fn", fn, fn + tp, false], ["tp", tp, fn + tp, true]]);
}

function showClasses() {
  const right = new Map();
  data.images.forEach(p => right.set(p.label, (right.get(p.label) || 0) + (isWrong(p) ? 0 : 1)));
  byId("classes").replaceChildren();
  table(
    byId("classes"),
    ["class", "images", "right", "accuracy", "AUROC", "minimum score", "lower quartile", "median", "upper quartile", "maximum"],
    metrics.classes.map(c => [
      c.label, c.images, right.get(c.label), fixed(right.get(c.label) / c.images, 4), c.label === "normal" ? "–" : fixed(c.auroc, 4),
      fixed(c.lowest, 4), fixed(c.lower_quartile, 4), fixed(c.median, 4), fixed(c.upper_quartile, 4),
      fixed(c.highest, 4),
    ]));
}

function showHeader() {
  document.title = data.heading.title + " – Kintsugi";
  byId("title").textContent = data.heading.title;
  metrics.warnings.forEach(warning => element(byId("notes"), "li", "Warning: " + warning, "warning"));
  data.heading.notes.forEach(note => element(byId("notes"), "li", note));
  byId("summary").textContent =
    metrics.recipe + ", " + (metrics.train_images ? metrics.train_images + " images learnt from, " : "") +
    metrics.test_images + " tested; threshold by " + metrics.threshold_rule + ", seed " + metrics.seed + ", engine " +
    metrics.engine + ".";
}

function showTimes() {
  const names = {
    extract: "reading and backbone of the training images", fit: "fitting", calibrate: "calibration",
    test: "scoring the test images", report: "images of this page", total: "in all",
  };
  table(byId("times"), ["step", "seconds"],
    Object.entries(metrics.seconds).map(([step, s]) => [names[step], fixed(s, 2)]));
  element(element(byId("times"), "caption"), "span", fixed(metrics.ms_per_test_image, 1) + " ms per test image");
}

function showSettings() {
  byId("command").textContent = data.heading.command;
  pairs(byId("settings"), [
    ["Recipe", metrics.recipe],
    ["Seed", metrics.seed],
    ["Weights", metrics.network + ", " + metrics.weights_source],
    ["SHA-256 of them", metrics.weights],
    ["Engine", metrics.engine + " on " + metrics.threads + " threads"],
    ["Kintsugi", metrics.version],
    ["Java", metrics.java + "; " + metrics.system],
  ]);
  pairs(byId("choices"), Object.entries(metrics.choices));
  if (metrics.skipped.length > 0) {
    const box = byId("skipped");
    element(box, "h3", metrics.skipped.length + " images could not be read and were left out");
    const files = element(box, "ul");
    metrics.skipped.forEach(file => element(files, "li", file));
  }
}

function showThreshold() {
  count();
  showRates();
  showFigures();
  showConfusion();
  showClasses();
  moveDots();
  showOutcomes();
}

function prepareThreshold() {
  const slider = byId("threshold");
  const margin = (state.high - state.low) / 100;
  slider.min = state.low - margin;
  slider.max = state.high + margin;
  slider.value = state.threshold;
  let waiting = false;
  const move = value => {
    state.threshold = value;
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      showThreshold();
    });
  };
  /* Six digits, so that what is counted is what the command sets. */
  slider.addEventListener("input", () => move(Number(Number(slider.value).toPrecision(6))));
  byId("threshold-reset").addEventListener("click", () => {
    slider.value = metrics.threshold;
    move(metrics.threshold);
  });
  byId("threshold-command").hidden = !data.heading.set_threshold;
  byId("threshold-copy").addEventListener("click", () => {
    byId("threshold-set").select();
    // A page from disk may not have the clipboard; then the text is selected.
    if (navigator.clipboard) navigator.clipboard.writeText(byId("threshold-set").value).catch(() => {});
    else document.execCommand("copy");
  });
}

showHeader();
prepareOutcomes();
prepareThreshold();
count();
drawCharts();
showThreshold();
showTimes();
showSettings();
onSchemeChange(drawCharts);
