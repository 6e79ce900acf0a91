/* The nearest training patches of every patch of the image in question, and the scores that follow from them. */
const k9 = numbers.neighbours;
const [testImage, ...trainImages] = data.images;
const perImage = numbers.rows * numbers.columns;
const banks = numbers.banks.map(bank => ({
  ...bank,
  patches: floats(bank.patches),
  squared: floats(bank.squared_distances),
  support: floats(bank.support),
}));
/* Pixels from a patch to the next one, and those that a crop shows on each side of a patch. */
const STRIDE = numbers.stride;
const AROUND = 3.5 * STRIDE;

/* The mean over the k nearest of the distance to them. */
function distance(bank, position, k) {
  let sum = 0;
  for (let i = 0; i < k; i++) sum += Math.sqrt(bank.squared[position * k9 + i]);
  return sum / k;
}

/* w = 1 − exp‖p − m‖ / Σ exp‖p − b‖; the maximum is subtracted from all, so that none is too large. */
function weight(bank, position) {
  const around = bank.support.subarray(position * k9, (position + 1) * k9);
  const maximum = Math.max(...around);
  return 1 - Math.exp(around[0] - maximum) / around.reduce((sum, v) => sum + Math.exp(v - maximum), 0);
}

const SVG = "http://www.w3.org/2000/svg";
function shape(parent, name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent.append(made);
  return made;
}

const side = { width: numbers.columns * STRIDE, height: numbers.rows * STRIDE };

function boxAround(parent, position, width) {
  const [x, y] = [position % numbers.columns * STRIDE, Math.floor(position / numbers.columns) * STRIDE];
  shape(parent, "rect", { x, y, width: STRIDE, height: STRIDE, fill: "none", stroke: "#000", "stroke-width": 2 * width });
  shape(parent, "rect", { x, y, width: STRIDE, height: STRIDE, fill: "none", stroke: "#fff", "stroke-width": width });
}

/* A patch with its surroundings. */
function crop(parent, image, position, name) {
  const [x, y] = [position % numbers.columns * STRIDE, Math.floor(position / numbers.columns) * STRIDE];
  const view = shape(parent, "svg", {
    viewBox: [x - AROUND, y - AROUND, STRIDE + 2 * AROUND, STRIDE + 2 * AROUND].join(" "), role: "img", "aria-label": name,
  });
  shape(view, "image", { href: image, ...side });
  boxAround(view, position, 0.7);
}

function showNeighbours(bank, position, k) {
  const [chosen, list] = [byId("chosen"), byId("neighbours")];
  chosen.textContent = list.textContent = "";
  crop(chosen, testImage, position, "the chosen patch");
  element(chosen, "span", "the chosen patch");
  for (let i = 0; i < k9; i++) {
    const patch = bank.patches[position * k9 + i];
    const [n, at] = [Math.floor(patch / perImage), patch % perImage];
    const where = "row " + Math.floor(at / numbers.columns) + ", column " + at % numbers.columns;
    const item = element(list, "li", undefined, i < k ? "counts" : "");
    crop(item, trainImages[n], at, "neighbour " + (i + 1));
    element(item, "span", short(distanceTo(bank, position, i)) + (i < k ? ", counts" : ", not counted"));
    element(item, "span", numbers.names[n]);
    element(item, "span", where);
  }
}

const distanceTo = (bank, position, i) => Math.sqrt(bank.squared[position * k9 + i]);

/* One scale for every bank and every k, so that a colour stands for one distance: from 0 to the largest of all. */
const HIGHEST = Math.max(...banks.map(b => Math.sqrt(b.squared.reduce((a, v) => Math.max(a, v)))));
const COLOUR = "#d55e00";
const DENSEST = 0.85;
read("scale-low", 0);
read("scale-high", HIGHEST);
byId("scale").style.background = "linear-gradient(to right, transparent, " + COLOUR + " " + fixed(100 / DENSEST, 0) + "%)";
byId("scale").setAttribute("aria-label", "no colour for a distance of 0, the densest for " + short(HIGHEST));

/* The scores as squares over the image, the denser the larger; the box is the chosen patch. */
function showTest(scores, position) {
  const view = byId("test");
  view.textContent = "";
  view.setAttribute("viewBox", "0 0 " + side.width + " " + side.height);
  view.setAttribute("aria-label", "The image in question with the score of each patch, from " + short(Math.min(...scores)) + " to " +
    short(Math.max(...scores)) + ", and a box around the chosen one, whose score is " + short(scores[position]));
  shape(view, "image", { href: testImage, ...side });
  scores.forEach((v, p) => shape(view, "rect", {
    x: p % numbers.columns * STRIDE, y: Math.floor(p / numbers.columns) * STRIDE, width: STRIDE, height: STRIDE,
    fill: COLOUR, opacity: fixed(DENSEST * v / HIGHEST, 3),
  }));
  boxAround(view, position, 1.5);
}

byId("row").max = numbers.rows - 1;
byId("column").max = numbers.columns - 1;
byId("k").max = k9;
options(byId("bank"), banks.map(b => fixed(100 * b.fraction, 0) + " %, " + b.count + " patches"), 0);
const row = knob("row", () => play(), String);
const column = knob("column", () => play(), String);
const chosen = knob("bank", () => play());
const k = knob("k", () => play(), String);
knob("farthest", () => { farthest(); play(); });
byId("test").addEventListener("click", event => {
  const frame = byId("test").getBoundingClientRect();
  choose(Math.floor((event.clientY - frame.top) / frame.height * numbers.rows), Math.floor((event.clientX - frame.left) / frame.width * numbers.columns));
  play();
});

function choose(atRow, atColumn) {
  for (const [input, value] of [[row, atRow], [column, atColumn]]) {
    input.value = value;
    byId(input.id + "-value").textContent = value;
  }
}

const scoresOf = () => Array.from({ length: perImage }, (_, p) => distance(banks[chosen.value], p, Number(k.value)));

function farthest() {
  const scores = scoresOf();
  const worst = scores.indexOf(Math.max(...scores));
  choose(Math.floor(worst / numbers.columns), worst % numbers.columns);
}

/* Never more than all, nor more than none: 1023 of 1024 would be rounded to 100 %. */
function rank(scores, position) {
  const lower = scores.filter(v => v < scores[position]).length;
  const higher = scores.filter(v => v > scores[position]).length;
  if (lower === 0 && higher === 0) return "as every patch of the image does.";
  if (higher === 0) return "the maximum of the image's " + perImage + " patches.";
  if (lower === 0) return "the minimum of the image's " + perImage + " patches.";
  return "more than " + lower + " of the image's " + perImage + " patches.";
}

function play() {
  const bank = banks[chosen.value];
  const position = Number(row.value) * numbers.columns + Number(column.value);
  const scores = scoresOf();
  const sorted = scores.slice().sort((a, b) => a - b);
  byId("place").textContent = "row " + row.value + ", column " + column.value;
  read("distance", scores[position]);
  read("weight", weight(bank, position));
  read("weighted", weight(bank, position) * distanceTo(bank, position, 0));
  read("maximum", sorted[perImage - 1]);
  read("median", (sorted[(perImage - 1) >> 1] + sorted[perImage >> 1]) / 2);
  say("said", "The chosen patch scores " + short(scores[position]) + ", " + rank(scores, position));
  showTest(scores, position);
  showNeighbours(bank, position, Number(k.value));
}

farthest();
play();
