/* The threshold: counts, rates and rules, as metric computes them. */
const scores = floats(numbers.scores);
const isNormal = i => i < numbers.normals;
/* Every second image of a kind is for the calibration, the others are new. */
const ofSet = n => i => (isNormal(i) ? i : i - numbers.normals) % 2 === n;
const SETS = [0, 1].map(n => {
  const indices = [...scores.keys()].filter(ofSet(n));
  const some = kind => indices.filter(kind).map(i => scores[i]);
  return { indices, normal: some(isNormal), anomalous: some(i => !isNormal(i)) };
});
const CALIBRATION = SETS[0];
const [LOW, HIGH] = [Math.min(...scores), Math.max(...scores)];
const MARGIN = 0.02 * (HIGH - LOW) || 1;
const STOPS = 1000;
const thresholdAt = stop => LOW - MARGIN + (HIGH - LOW + 2 * MARGIN) * stop / STOPS;
const atLeast = (values, threshold) => values.filter(v => v >= threshold).length;

function confusion({ normal, anomalous }, threshold) {
  const [fp, tp] = [atLeast(normal, threshold), atLeast(anomalous, threshold)];
  return { tn: normal.length - fp, fp, fn: anomalous.length - tp, tp };
}

const truePositiveRate = ({ tp, fn }) => tp / (tp + fn);
const falsePositiveRate = ({ fp, tn }) => fp / (fp + tn);
const youdenIndex = counts => truePositiveRate(counts) - falsePositiveRate(counts);
const f1 = ({ fp, fn, tp }) => 2 * tp / (2 * tp + fp + fn);
const costOf = ({ fp, fn }, missed) => fp + missed * fn;

/* All thresholds that differ: above every score, and each score, from the highest on. */
const candidates = ({ normal, anomalous }) => [Infinity, ...new Set([...normal, ...anomalous].sort((a, b) => b - a))];

/* The threshold of the highest merit, of equally good ones the highest; one above all scores is finite. */
function best(merit) {
  const [first, ...rest] = candidates(CALIBRATION).map(t => ({ t, merit: merit(confusion(CALIBRATION, t)) }));
  const { t } = rest.reduce((a, b) => (b.merit > a.merit ? b : a), first);
  return Number.isFinite(t) ? t : above(Math.max(...CALIBRATION.normal, ...CALIBRATION.anomalous));
}

/* A value above, so near that no score lies between. */
const above = value => value + (Math.abs(value) * 2 ** -50 || Number.MIN_VALUE);

/* The promise's threshold for a rate in thousandths: the lowest threshold whose p-value is at most that. */
function promised(thousandths) {
  const sorted = [...CALIBRATION.normal].sort((a, b) => a - b);
  const rejected = Math.floor(thousandths * (sorted.length + 1) / 1000);
  return rejected === 0 ? NaN : above(sorted[sorted.length - rejected]);
}

const pValue = threshold => (1 + atLeast(CALIBRATION.normal, threshold)) / (1 + CALIBRATION.normal.length);

/* The fraction of pairs of a normal and an anomalous image in the right order; a tie is half of one. */
function auroc({ normal, anomalous }) {
  let right = 0;
  for (const a of anomalous) for (const b of normal) right += a > b ? 1 : a === b ? 0.5 : 0;
  return right / anomalous.length / normal.length;
}

const YOUDEN = best(youdenIndex);
const MAX_F1 = best(f1);
const COSTS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000];

options(byId("counted"), ["the calibration", "new images"], 0);
/* The threshold, and whether it was moved while its mistakes on new images were seen. */
let chosen = thresholdAt(STOPS);
let tuned = false;
const counted = knob("counted", () => play());
const slider = knob("threshold", () => choose(thresholdAt(Number(slider.value))), v => short(thresholdAt(v)));
const cost = knob("cost", () => play(), v => short(COSTS[v]) + (COSTS[v] === 1 ? " false alarm" : " false alarms"));
const rate = knob("rate", () => play(), v => short(v / 2) + " %");
const promise = () => promised(5 * Number(rate.value));
knob("youden", () => moveTo(YOUDEN));
knob("max-f1", () => moveTo(MAX_F1));
knob("promise", () => moveTo(promise()));

function choose(threshold) {
  chosen = threshold;
  tuned ||= Number(counted.value) === 1;
  play();
}

/* A threshold that need not be a stop of the slider, which goes to the nearest. */
function moveTo(threshold) {
  slider.value = Math.round(STOPS * (threshold - thresholdAt(0)) / (thresholdAt(STOPS) - thresholdAt(0)));
  byId("threshold-value").textContent = short(threshold);
  slider.setAttribute("aria-valuetext", short(threshold));
  choose(threshold);
}

function play() {
  const set = SETS[Number(counted.value)];
  const missed = COSTS[Number(cost.value)];
  const now = confusion(set, chosen);
  const costAt = threshold => costOf(confusion(set, threshold), missed);
  const lowest = Math.min(...candidates(set).map(costAt));
  Object.entries(now).forEach(([id, count]) => read(id, count, String(count)));
  read("paid", costAt(chosen));
  read("lowest", lowest);
  read("youden-cost", costAt(YOUDEN));
  read("max-f1-cost", costAt(MAX_F1));
  read("promise-cost", Number.isNaN(promise()) ? NaN : costAt(promise()));
  read("tpr", truePositiveRate(now));
  read("fpr", falsePositiveRate(now));
  read("f1", f1(now));
  read("j", youdenIndex(now));
  read("auroc", auroc(set));
  read("p-value", pValue(chosen));
  read("youden-threshold", YOUDEN);
  read("max-f1-threshold", MAX_F1);
  read("promise-threshold", promise());
  byId("promise").disabled = Number.isNaN(promise());
  say("said", sentence(set, costAt(chosen), lowest));
  drawHistogram(set);
  drawRoc(set, now);
  sort();
}

function sentence(set, paid, lowest) {
  const isNew = set !== CALIBRATION;
  const said = [
    paid > lowest + 1e-9
      ? "Your threshold costs " + short(paid) + " on these images, and the best one " + short(lowest) + "."
      : "No threshold costs less on these images.",
  ];
  if (isNew && tuned) said.push("You moved it while you saw its mistakes here: for it these images are no longer new.");
  if (!isNew && paid <= lowest + 1e-9) said.push("Now count on new ones.");
  if (Number.isNaN(promise())) {
    const needed = Math.ceil(1000 / (5 * Number(rate.value))) - 1;
    said.push("The promise needs " + needed + " normal images in the calibration, which has " + CALIBRATION.normal.length + ".");
  }
  return said.join(" ");
}

const BINS = 24;
function drawHistogram({ normal, anomalous }) {
  const width = (thresholdAt(STOPS) - thresholdAt(0)) / BINS;
  const edge = i => thresholdAt(0) + i * width;
  const binned = values => {
    const bins = new Array(BINS).fill(0);
    values.forEach(v => { bins[Math.min(BINS - 1, Math.floor((v - thresholdAt(0)) / width))]++; });
    return bins;
  };
  const outline = bins => bins.flatMap((y, i) => [{ x: edge(i), y }, { x: edge(i + 1), y }]);
  const bins = [binned(normal), binned(anomalous)];
  const top = 1.05 * Math.max(...bins[0], ...bins[1]);
  const set = (label, data, name, borderDash, borderWidth) => ({ label, data, showLine: true, pointRadius: 0, pointStyle: "line", borderWidth, borderDash, borderColor: colour(name), backgroundColor: colour(name) });
  draw("histogram", [
    set("normal", outline(bins[0]), "--normal", [], 2),
    set("anomalous", outline(bins[1]), "--anomalous", [6, 3], 2),
    set("threshold", [{ x: chosen, y: 0 }, { x: chosen, y: top }], "--ink", [], 3),
  ], chartOptions("image score", "images", { min: thresholdAt(0), max: thresholdAt(STOPS) }, { min: 0, max: top }));
}

function drawRoc(set, now) {
  const point = counts => ({ x: falsePositiveRate(counts), y: truePositiveRate(counts) });
  draw("roc", [
    { label: "all thresholds", data: candidates(set).map(t => point(confusion(set, t))), showLine: true, pointRadius: 0, pointStyle: "line", borderWidth: 2, borderColor: colour("--normal"), backgroundColor: colour("--normal") },
    { label: "the threshold", data: [point(now)], pointRadius: 8, pointStyle: "rectRot", clip: false, borderColor: colour("--anomalous"), backgroundColor: colour("--anomalous") },
  ], chartOptions("false-positive rate", "true-positive rate", { min: 0, max: 1 }, { min: 0, max: 1 }));
}

/* The images in the order of their scores, each where the threshold puts it; a wrong one has a border and a word. */
const thumbnails = data.images.map((source, index) => {
  const item = document.createElement("li");
  const image = element(item, "img");
  image.src = source;
  image.alt = (isNormal(index) ? "normal" : "anomalous") + ", score " + short(scores[index]);
  return { item, index, word: element(item, "span") };
}).sort((a, b) => scores[a.index] - scores[b.index]);

function sort() {
  const shown = thumbnails.filter(({ index }) => ofSet(Number(counted.value))(index));
  const rejected = ({ index }) => scores[index] >= chosen;
  const fill = (id, some) => byId(id).replaceChildren(...some.map(({ item }) => item));
  for (const one of shown) {
    const wrong = rejected(one) === isNormal(one.index);
    one.item.className = wrong ? "wrong" : "";
    one.word.textContent = wrong ? (isNormal(one.index) ? "false alarm" : "missed") : "";
  }
  fill("passed", shown.filter(one => !rejected(one)));
  fill("rejected", shown.filter(rejected));
}

/* The threshold, dragged. */
const histogram = byId("histogram");
histogram.style.touchAction = "pan-y";
const drag = event => {
  const x = drawn.get("histogram").scales.x.getValueForPixel(event.offsetX);
  moveTo(Math.max(thresholdAt(0), Math.min(thresholdAt(STOPS), x)));
};
histogram.addEventListener("pointerdown", event => { histogram.setPointerCapture(event.pointerId); drag(event); });
histogram.addEventListener("pointermove", event => { if (histogram.hasPointerCapture(event.pointerId)) drag(event); });

const counts = kind => SETS.map(set => set[kind].length).join(" for the calibration, ") + " new";
pairs(byId("images"), [["normal, held out", counts("normal")], ["anomalous", counts("anomalous")]]);
onSchemeChange(play);
play();
