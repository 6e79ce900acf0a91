/* Predictions: worst first, searched by name and by verdict. */
const VERDICTS = { anomalous: "anomalous", normal: "normal", "not calibrated": "not calibrated" };
const digits = data.calibrated ? 4 : 4;
const count = verdict => data.images.filter(p => p.verdict === verdict).length;
const PREDICTION_ORDERS = {
  high: (a, b) => b.score - a.score,
  low: (a, b) => a.score - b.score,
  file: byName,
};

/* The patches behind a score, and the training patches that each was compared with. */
function showPatches(place, patches) {
  const scroll = element(place, "div", undefined, "scroll");
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Patches");
  const known = patches.some(patch => patch.nearest.length > 0);
  table(element(scroll, "table", undefined, "list"),
    ["patch: row", "column", "distance", "channels", ...(known ? ["nearest training patch"] : [])],
    patches.map(patch => [
      patch.row, patch.column, fixed(patch.distance, 4),
      patch.channels.slice(0, 3).map(c => c.tap + " " + c.channel).join(", "),
      ...(known ? [patch.nearest.slice(0, 1).map(({ origin }) => origin.image_id === null
        ? "not known" : (origin.image ?? origin.image_id) + ", row " + origin.row + ", column " + origin.column).join()] : []),
    ]));
}

const predictionsPage = {
  views: 3,
  chosen: p =>
    p.file.toLowerCase().includes(byId("search").value.trim().toLowerCase()) &&
    ticked(byId("verdicts")).has(p.verdict) &&
    (!byId("disagree").checked || p.regions_disagree),
  order: () => PREDICTION_ORDERS[byId("order").value],
  caption: (place, p) => {
    element(place, "b", p.verdict, "verdict " + p.verdict.replace(" ", "-"));
    element(place, "span", fixed(p.score, 4));
    element(place, "small", shortName(p.file));
    if (p.regions_disagree) element(place, "small", p.verdict === "normal" ? "but has a region" : "but has no region", "disagree");
  },
  name: p => p.file,
  details: (place, p) => {
    element(place, "p", p.sentence);
    if (p.p_value !== undefined && p.p_value !== null) {
      element(place, "p", "p-value " + fixed(p.p_value, 4) + ": of 1000 good parts at most " +
        fixed(1000 * p.p_value, p.p_value < 0.01 ? 1 : 0) + " on average get one this small", "faint");
    }
    if (p.regions.length > 0) {
      const scroll = element(place, "div", undefined, "scroll");
      scroll.tabIndex = 0;
      scroll.setAttribute("role", "region");
      scroll.setAttribute("aria-label", "Regions");
      const list = element(scroll, "table", undefined, "list");
      table(list, ["region", "left", "top", "width", "height", "peak"],
        p.regions.map((r, i) => [i + 1, ...[r.x, r.y, r.width, r.height].map(v => fixed(v, 0)), fixed(r.peak, 4)]));
      if (p.region_count > p.regions.length) element(place, "p", p.region_count - p.regions.length + " more regions are in predictions.jsonl", "faint");
    }
    if (p.patches.length > 0) showPatches(place, p.patches);
    const links = element(place, "p");
    element(links, "a", "heat map with its scale").href = p.overlay;
    if (p.original) {
      links.append(" – ");
      element(links, "a", "the image").href = p.original;
    }
  },
};

function showPredictionsHeader() {
  document.title = data.heading.title + " – Kintsugi";
  byId("title").textContent = data.heading.title;
  if (data.rates) byId("rates").textContent = data.rates;
  data.heading.notes.forEach(note => element(byId("notes"), "li", note));
  const disagreeing = data.images.filter(p => p.regions_disagree).length;
  byId("summary").textContent = data.calibrated
    ? data.images.length + " images: " + count("anomalous") + " predicted anomalous, " + count("normal") +
      " normal, from the score " + fixed(data.threshold, 4) + " on (threshold by " + data.rule + ")" +
      (disagreeing > 0 ? "; score and regions disagree in " + disagreeing : "") + "."
    : data.images.length + " images, with scores and heat maps but no verdicts.";
  byId("command").textContent = data.heading.command;
  pairs(byId("settings"), Object.entries(data.settings));
}

showPredictionsHeader();
for (const verdict of Object.keys(VERDICTS).filter(count)) {
  addFilter(byId("verdicts"), verdict, VERDICTS[verdict]).textContent = count(verdict);
}
byId("search").addEventListener("input", showGallery);
byId("disagree").addEventListener("change", showGallery);
byId("disagree").parentElement.hidden = !data.images.some(p => p.regions_disagree);
prepareGallery(predictionsPage);
showGallery();
