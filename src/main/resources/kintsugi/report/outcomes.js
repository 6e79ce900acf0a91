/* The gallery of an evaluation: images by truth and prediction. */
const OUTCOMES = { fp: "false positive", fn: "false negative", tp: "true positive", tn: "true negative" };
const outcomeOf = p => (p.anomalous ? (isPredictedAnomalous(p) ? "tp" : "fn") : isPredictedAnomalous(p) ? "fp" : "tn");
const distance = p => Math.abs(p.score - state.threshold);
const isWrong = p => p.anomalous !== isPredictedAnomalous(p);
const ORDERS = {
  wrong: (a, b) => isWrong(b) - isWrong(a) || (isWrong(a) ? distance(b) - distance(a) : distance(a) - distance(b)),
  high: (a, b) => b.score - a.score,
  low: (a, b) => a.score - b.score,
  near: (a, b) => distance(a) - distance(b),
  file: byName,
};

const outcomesPage = {
  views: 4,
  chosen: p => {
    const label = byId("label").value;
    return ticked(byId("outcomes")).has(outcomeOf(p)) && (label === "" || p.label === label);
  },
  order: () => ORDERS[byId("order").value],
  caption: (place, p) => {
    const outcome = outcomeOf(p);
    element(place, "b", outcome.toUpperCase(), outcome === "fp" || outcome === "fn" ? "wrong" : "right");
    element(place, "span", fixed(p.score, 4));
    element(place, "small", shortName(p.file) + " – " + p.label);
  },
  name: p => p.file + " – " + p.label + ", " + OUTCOMES[outcomeOf(p)] + ", score " + fixed(p.score, 4),
  details: (place, p) => {
    element(place, "p", "By the model: " + p.sentence, p.regions_disagree ? "disagree" : undefined);
  },
};

function showOutcomes() {
  showGallery();
  for (const kind of Object.keys(OUTCOMES)) byId("count-" + kind).textContent = state.confusion[kind];
}

function prepareOutcomes() {
  Object.entries(OUTCOMES).forEach(([kind, name]) => addFilter(byId("outcomes"), kind, name));
  element(byId("label"), "option", "all").value = "";
  metrics.classes.forEach(c => { element(byId("label"), "option", c.label).value = c.label; });
  byId("label").addEventListener("change", showGallery);
  const drawn = data.images.filter(p => p.drawing).length;
  byId("range").textContent =
    drawn < data.images.length
      ? drawn + " of " + data.images.length + " images are in this page; a report of all of them (report-images) draws every one."
      : "";
  prepareGallery(outcomesPage);
}
