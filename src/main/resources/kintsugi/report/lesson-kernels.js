/* Kernels on a line: enlargement and blur, as engine and scoremap compute them. */
const samples = Float64Array.from(floats(numbers.samples));
const COUNT = samples.length;
/* The end of the sliders. Where every patch equals the mean, the distances are rounding, or 0. */
const MAXIMUM = Math.max(...samples);
const TOP = MAXIMUM > 1e-6 ? 1.25 * MAXIMUM : 1;
const UPSAMPLINGS = ["bilinear, half-pixel centres", "bilinear, aligned corners", "nearest", "bicubic, half-pixel centres"];

/* Where pixel i lies among the samples. */
function centreOf(i, out, how) {
  if (how === 1) return out === 1 ? 0 : i * (COUNT - 1) / (out - 1);
  return (i + 0.5) * COUNT / out - 0.5;
}

const keys = x => (x <= 1 ? (1.25 * x - 2.25) * x * x + 1 : (((x - 5) * x + 8) * x - 4) * -0.75);

function enlarged(i, out, how) {
  if (how === 2) return samples[Math.floor(i * COUNT / out)];
  const centre = centreOf(i, out, how);
  if (how === 3) {
    const below = Math.floor(centre);
    let sum = 0;
    for (let k = below - 1; k <= below + 2; k++) sum += keys(Math.abs(centre - k)) * samples[clamp(k, COUNT)];
    return sum;
  }
  const inside = Math.max(0, centre);
  const below = Math.floor(inside);
  const fraction = inside - below;
  return (1 - fraction) * samples[below] + fraction * samples[clamp(below + 1, COUNT)];
}

function blurred(line, weights, border) {
  const reach = (weights.length - 1) / 2;
  return line.map((_, i) => weights.reduce((sum, w, k) => sum + w * line[inside(i + k - reach, line.length, border)], 0));
}

options(byId("sample"), Array.from(samples, (_, i) => "column " + (numbers.column + i)), COUNT / 2);
options(byId("upsampling"), UPSAMPLINGS, 0);
options(byId("border"), BORDERS, 0);
const valueAt = stop => TOP * stop / 1000;
const sample = knob("sample", () => { showValue(); play(); });
const value = knob("value", () => { samples[Number(sample.value)] = valueAt(Number(value.value)); play(); }, v => short(valueAt(v)));
const factor = knob("factor", fitPixel, v => v + " times");
const upsampling = knob("upsampling", () => play());
const sigma = knob("sigma", () => play(), v => short(v / 10));
const most = knob("most", () => play(), v => String(2 * v + 1));
const border = knob("border", () => play());
const pixel = knob("pixel", () => play(), v => v + " of 0 to " + (COUNT * Number(byId("factor").value) - 1));

/* The slider at the chosen sample's value, which it does not change by that. */
function showValue() {
  const own = samples[Number(sample.value)];
  value.value = Math.round(1000 * own / TOP);
  byId("value-value").textContent = short(own);
  value.setAttribute("aria-valuetext", short(own));
}

function fitPixel() {
  pixel.max = COUNT * Number(factor.value) - 1;
  pixel.dispatchEvent(new Event("input"));
}

function sentence(how, out, kernel, line, smooth) {
  const texts = [];
  if (how === 1 && out > COUNT) {
    const shift = (out / COUNT - 1) / 2;
    texts.push("The first sample lies " + short(shift) + " pixels to the left of where half-pixel centres have it, and the last as far to the right.");
  }
  if (how === 3 && Math.max(...line) > Math.max(...samples)) {
    texts.push("The bicubic line exceeds the highest sample by " + short(Math.max(...line) - Math.max(...samples)) + ".");
  }
  if (kernel.beyond > 0.01) {
    texts.push(short(100 * kernel.beyond) + " % of the Gaussian lies beyond the kernel; beyond 4σ, where the library stops, lies less than 0.01 %.");
  }
  const [before, after] = [Math.max(...line), Math.max(...smooth)];
  texts.push(kernel.weights.length === 1 ? "A kernel of one coefficient changes nothing."
    : "The maximum of the line is " + short(before) + ", and " + short(after) + " after the blur.");
  return texts.join(" ");
}

function play() {
  const out = COUNT * Number(factor.value);
  const how = Number(upsampling.value);
  const kernel = gaussian(Number(sigma.value) / 10, Number(most.value));
  const line = Array.from({ length: out }, (_, i) => enlarged(i, out, how));
  const smooth = blurred(line, kernel.weights, Number(border.value));
  const i = Math.min(out - 1, Number(pixel.value));
  const mean = values => values.reduce((a, b) => a + b) / values.length;
  read("centre", how === 2 ? Math.floor(i * COUNT / out) : centreOf(i, out, how));
  read("enlarged", line[i]);
  read("blurred", smooth[i]);
  read("middle", kernel.weights[(kernel.weights.length - 1) / 2]);
  read("length", kernel.weights.length);
  read("cut", kernel.beyond, short(100 * kernel.beyond) + " %");
  read("mean", mean(line));
  read("mean-blurred", mean(smooth));
  say("said", sentence(how, out, kernel, line, smooth));
  drawLine(out, how, line, smooth, i);
  drawKernel(kernel.weights);
}

/* The pixel, counted from the middle of the first, at which a sample stands. */
function pixelOf(k, out, how) {
  return how === 1 ? k * (out - 1) / (COUNT - 1) : (k + 0.5) * out / COUNT - 0.5;
}

function drawLine(out, how, line, smooth, i) {
  const points = values => values.map((y, x) => ({ x, y }));
  const limits = { min: Math.min(0, ...line), max: Math.max(TOP, ...line) };
  byId("line").setAttribute("aria-label", "Samples " + Array.from(samples, short).join(", ") + "; pixel " + i + " is enlarged to " + short(line[i]) + " and blurred to " + short(smooth[i]));
  draw("line", [
    { label: "samples", data: Array.from(samples, (y, k) => ({ x: pixelOf(k, out, how), y })), pointRadius: 7, pointStyle: "rectRot", clip: 10,
      backgroundColor: colour("--anomalous"), borderColor: colour("--anomalous") },
    { label: "pixel that is read", data: [{ x: i, y: line[i] }, { x: i, y: smooth[i] }], pointRadius: 6, pointStyle: "circle", clip: 10,
      backgroundColor: "transparent", borderColor: colour("--ink"), borderWidth: 2 },
    { label: "enlarged", data: points(line), showLine: true, pointRadius: 2, borderWidth: 1, backgroundColor: colour("--faint"), borderColor: colour("--faint") },
    { label: "blurred", data: points(smooth), showLine: true, pointRadius: 0, pointStyle: "line", borderWidth: 3, borderColor: colour("--normal") },
  ], chartOptions("pixel", "Mahalanobis distance", { min: -0.5, max: out - 0.5 }, limits));
}

function drawKernel(weights) {
  const reach = (weights.length - 1) / 2;
  draw("kernel", [
    { label: "coefficient", data: weights.map((y, k) => ({ x: k - reach, y })), showLine: true, pointRadius: 3, borderWidth: 1,
      backgroundColor: colour("--normal"), borderColor: colour("--normal") },
  ], chartOptions("pixels from the middle", "coefficient", { min: -25, max: 25 }, { min: 0 }));
}

/* A sample that is dragged by mouse or pen; a finger scrolls the page, and has the sliders. */
let dragged;
const canvas = byId("line");
canvas.addEventListener("pointerdown", event => {
  if (event.pointerType === "touch") return;
  const hit = drawn.get("line").getElementsAtEventForMode(event, "nearest", { intersect: true }, false).find(p => p.datasetIndex === 0);
  if (!hit) return;
  dragged = hit.index;
  sample.value = dragged;
  canvas.setPointerCapture(event.pointerId);
});
canvas.addEventListener("pointermove", event => {
  if (dragged === undefined) return;
  const y = drawn.get("line").scales.y.getValueForPixel(event.offsetY);
  samples[dragged] = Math.max(0, Math.min(TOP, y));
  showValue();
  play();
});
["pointerup", "pointercancel"].forEach(end => canvas.addEventListener(end, () => { dragged = undefined; }));

byId("row").textContent = numbers.row;
showValue();
onSchemeChange(play);
play();
