/* The forward substitution of one patch, row by row, as every engine computes it, in fp64. */
const D = numbers.channels.length;
const mean = floats(numbers.mean);
const factor = floats(numbers.factor);
const patches = [floats(numbers.test), floats(numbers.normal)];
const triangle = D * (D + 1) / 2;

/* Element i, j of the lower triangle at a position. */
const lower = (place, i, j) => factor[place * triangle + i * (i + 1) / 2 + j];

/* δ and y of a patch at a position. */
function substituted(place, patch) {
  const delta = Array.from({ length: D }, (_, i) => patch[place * D + i] - mean[place * D + i]);
  const y = [];
  for (let i = 0; i < D; i++) {
    let rest = delta[i];
    for (let j = 0; j < i; j++) rest -= lower(place, i, j) * y[j];
    y.push(rest / lower(place, i, i));
  }
  return { delta, y };
}

/* √(y₁² + … + yᵢ²) for i from 0 on. */
function growth(y) {
  let squares = 0;
  return [0, ...y.map(v => Math.sqrt(squares += v * v))];
}

const index = i => String(i).replace(/\d/g, c => "₀₁₂₃₄₅₆₇₈₉"[c]);
const signed = v => (v < 0 ? "(" + short(v) + ")" : short(v));

function formula(place, { delta, y }, step) {
  if (step === 0) return "Nothing is solved yet: L·y = δ has one unknown in its first row.";
  const i = step - 1;
  const terms = y.slice(0, i);
  const name = j => index(i + 1) + "," + index(j + 1);
  return "y" + index(step) + " = (δ" + index(step) + terms.map((_, j) => " − L" + name(j) + "·y" + index(j + 1)).join("") + ") / L" + name(i) +
    " = (" + short(delta[i]) + terms.map((v, j) => " − " + signed(lower(place, i, j)) + "·" + signed(v)).join("") + ") / " +
    short(lower(place, i, i)) + " = " + short(y[i]);
}

/* The first rows of L·y = δ; what is not solved yet is not shown. */
function showSystem(place, { delta, y }, n, step) {
  const i = step - 1;
  const whole = byId("system");
  whole.textContent = "";
  const heads = ["channel", ...Array.from({ length: n }, (_, j) => "column " + (j + 1) + " of L"), "y", "δ"];
  table(whole, heads, Array.from({ length: n }, (_, row) => [
    index(row + 1) + " " + numbers.channels[row],
    ...Array.from({ length: n }, (_, j) => (j <= row ? short(lower(place, row, j)) : "")),
    row < step ? short(y[row]) : "",
    short(delta[row]),
  ]));
  whole.querySelectorAll("tbody tr").forEach((line, row) => {
    const cells = line.children;
    if (row < i) cells[n + 1].className = "used";
    if (row !== i) return;
    for (let j = 0; j < i; j++) cells[j + 1].className = "used";
    cells[i + 1].className = "divisor";
    cells[n + 1].className = "result";
    cells[n + 2].className = "used";
  });
}

function drawGrowth(place, step) {
  const curve = (label, patch, name) => ({
    label, data: growth(substituted(place, patch).y).map((v, i) => ({ x: i, y: v })), showLine: true,
    pointRadius: 0, pointStyle: "line", borderWidth: 2, borderColor: colour(name), backgroundColor: colour(name),
  });
  const sets = [curve("in question", patches[0], "--anomalous"), curve("normal, held out", patches[1], "--normal")];
  const here = sets[chosen()].data[step];
  sets.push({ label: "this step", data: [here], pointRadius: 6, borderColor: colour("--ink"), backgroundColor: colour("--ink"), showLine: false });
  draw("growth", sets, chartOptions("channels i", "distance", { min: 0, max: D }, { min: 0 }));
}

const place = placesOn(byId("places"), data.images[0], numbers.positions, numbers.start, () => play());
options(byId("patch"), ["in question", "normal, held out"], 0);
const patch = knob("patch", () => play());
const chosen = () => Number(patch.value);
const shown = knob("shown", () => steps.setMost(Number(shown.value)), v => v + " of " + D);
const steps = film(Number(shown.value), 3, () => play());

function play() {
  const here = place();
  const solved = substituted(here, patches[chosen()]);
  const step = steps.at();
  const lengths = growth(solved.y);
  byId("place").textContent = "row " + numbers.positions[here].row + ", column " + numbers.positions[here].column;
  say("formula", formula(here, solved, step));
  read("y", step ? solved.y[step - 1] : NaN);
  read("so-far", lengths[step]);
  read("distance", lengths[D]);
  const { distance, normal_distance } = numbers.positions[here];
  read("engine", [distance, normal_distance][chosen()]);
  showSystem(here, solved, Number(shown.value), step);
  drawGrowth(here, step);
}

play();
onSchemeChange(play);
