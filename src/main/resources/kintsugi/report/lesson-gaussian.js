/* The Gaussian at one position: its covariance, eigenvalues and distances, as padim computes them, in fp64. */
const D = numbers.channels.length;
const train = floats(numbers.train);
const normal = floats(numbers.normal);
const test = floats(numbers.test);
const count = train.length / D / numbers.positions.length;

/* The vectors at a position. */
const learnt = (place, n) => train.subarray((place * count + n) * D, (place * count + n + 1) * D);
const at = (values, place) => values.subarray(place * D, (place + 1) * D);

/* Σ without ε, and the mean, of the first n images. */
function covariance(place, n) {
  const mean = new Float64Array(D);
  for (let k = 0; k < n; k++) learnt(place, k).forEach((v, i) => { mean[i] += v / n; });
  const s = Array.from({ length: D }, () => new Float64Array(D));
  const delta = new Float64Array(D);
  for (let k = 0; k < n; k++) {
    learnt(place, k).forEach((v, i) => { delta[i] = v - mean[i]; });
    for (let i = 0; i < D; i++) for (let j = 0; j <= i; j++) s[i][j] += delta[i] * delta[j];
  }
  for (let i = 0; i < D; i++) for (let j = 0; j <= i; j++) s[j][i] = s[i][j] = s[i][j] / (n - 1);
  return { mean, s };
}

/* Jacobi's method: rotations that each make one value off the diagonal 0, until all are. */
function eigenvalues(symmetric) {
  const s = symmetric.map(row => row.slice());
  const size = Math.hypot(...s.map(row => Math.hypot(...row)));
  for (let sweep = 0; sweep < 30; sweep++) {
    let off = 0;
    for (let p = 0; p < D; p++) {
      for (let q = p + 1; q < D; q++) {
        if (Math.abs(s[p][q]) <= 1e-17 * size) continue;
        off = Math.max(off, Math.abs(s[p][q]));
        rotate(s, p, q);
      }
    }
    if (off <= 1e-15 * size) break;
  }
  return s.map((row, i) => row[i]).sort((a, b) => b - a);
}

function rotate(s, p, q) {
  const theta = (s[q][q] - s[p][p]) / (2 * s[p][q]);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const sine = t * c;
  const [up, uq] = [s[p], s[q]];
  for (let k = 0; k < D; k++) {
    const [a, b] = [up[k], uq[k]];
    up[k] = c * a - sine * b;
    uq[k] = sine * a + c * b;
  }
  for (let k = 0; k < D; k++) {
    const [a, b] = [s[k][p], s[k][q]];
    s[k][p] = c * a - sine * b;
    s[k][q] = sine * a + c * b;
  }
}

/* L with L·Lᵀ = Σ + ε·I. */
function cholesky(s, epsilon) {
  const l = Array.from({ length: D }, () => new Float64Array(D));
  for (let i = 0; i < D; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = s[i][j] + (i === j ? epsilon : 0);
      for (let k = 0; k < j; k++) rest -= l[i][k] * l[j][k];
      l[i][j] = i === j ? Math.sqrt(rest) : rest / l[j][j];
    }
  }
  return l;
}

/* ‖y‖ with L·y = x − μ. */
function mahalanobis(l, mean, x) {
  const y = new Float64Array(D);
  let squares = 0;
  for (let i = 0; i < D; i++) {
    let rest = x[i] - mean[i];
    for (let j = 0; j < i; j++) rest -= l[i][j] * y[j];
    y[i] = rest / l[i][i];
    squares += y[i] * y[i];
  }
  return Math.sqrt(squares);
}

/* The Gaussian of two channels alone. */
function plane(gaussian, epsilon, a, b) {
  const { mean, s } = gaussian;
  const [aa, ab, bb] = [s[a][a] + epsilon, s[a][b], s[b][b] + epsilon];
  const [l11, l21] = [Math.sqrt(aa), ab / Math.sqrt(aa)];
  const l22 = Math.sqrt(bb - l21 * l21);
  return {
    distance: x => Math.hypot((x[a] - mean[a]) / l11, (x[b] - mean[b] - l21 * (x[a] - mean[a]) / l11) / l22),
    ellipse: r => Array.from({ length: 73 }, (_, i) => {
      const [c, d] = [r * Math.cos(i * Math.PI / 36), r * Math.sin(i * Math.PI / 36)];
      return { x: mean[a] + l11 * c, y: mean[b] + l21 * c + l22 * d };
    }),
  };
}

/* ε at a slider's stop: 0, then four to a power of ten. */
const epsilonAt = stop => (stop === 0 ? 0 : 10 ** ((stop - 1) / 4 - 6));
const stopOf = epsilon => (epsilon === 0 ? 0 : Math.round(4 * (Math.log10(epsilon) + 6)) + 1);

let known;
/* Σ and its eigenvalues, which ε only shifts. */
function gaussianOf(place, n) {
  if (!known || known.place !== place || known.n !== n) {
    const gaussian = covariance(place, n);
    const values = eigenvalues(gaussian.s);
    // Rounding leaves a little in place of a zero.
    known = {
      place, n, ...gaussian, values: values.map(v => (v > 1e-12 * values[0] ? v : 0)),
      constant: numbers.channels.filter((_, i) => gaussian.s[i][i] === 0).length,
    };
  }
  return known;
}

const place = placesOn(byId("places"), data.images[0], numbers.positions, numbers.start, () => play());
options(byId("a"), numbers.channels, 0);
options(byId("b"), numbers.channels, 1);
byId("epsilon").value = stopOf(numbers.epsilon);
byId("images-used").max = count;
byId("images-used").value = count;
const across = knob("a", () => play());
const up = knob("b", () => play());
const stop = knob("epsilon", () => play(), v => short(epsilonAt(v)));
const used = knob("images-used", () => play(), v => v + " of " + count);
knob("farthest", () => { standOut(); play(); });

/* The two channels in which the image in question is the most standard deviations off. */
function standOut() {
  const { mean, s } = gaussianOf(place(), Number(used.value));
  const x = at(test, place());
  const off = numbers.channels.map((_, i) => Math.abs(x[i] - mean[i]) / Math.sqrt(s[i][i] + numbers.epsilon));
  const order = off.map((_, i) => i).sort((i, j) => off[j] - off[i]);
  [across.value, up.value] = order;
}

function drawScatter(flat, n, a, b) {
  const here = place();
  const point = x => ({ x: x[a], y: x[b] });
  const all = Array.from({ length: count }, (_, k) => point(learnt(here, k)));
  const shown = [...all, point(at(normal, here)), point(at(test, here))];
  const limits = axis => {
    const values = shown.map(p => p[axis]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const margin = 0.15 * (high - low) || 1;
    return { min: low - margin, max: high + margin };
  };
  const points = (label, data, name, pointStyle, radius) => ({
    label, data, pointStyle, pointRadius: radius, backgroundColor: colour(name), borderColor: colour(name),
    borderWidth: 2, showLine: false,
  });
  const sets = [
    points("in question", [point(at(test, here))], "--anomalous", "crossRot", 9),
    points("normal, held out", [point(at(normal, here))], "--ink", "triangle", 6),
    points("learnt from", all.slice(0, n), "--normal", "circle", 3),
    ...[1, 2, 3].map(r => ({
      label: "distance " + r, data: flat ? flat.ellipse(r) : [], showLine: true, pointRadius: 0,
      pointStyle: "line", borderColor: colour("--faint"), borderWidth: 1.5, borderDash: [[], [7, 3], [2, 3]][r - 1],
    })),
  ];
  const options = chartOptions(numbers.channels[a], numbers.channels[b], limits("x"), limits("y"));
  draw("scatter", sets, options);
}

function drawSpectrum(values, epsilon) {
  const low = 1e-7;
  const points = shift => values.map((v, i) => ({ x: i + 1, y: Math.max(low, v + shift) }));
  const options = chartOptions("eigenvalue, by size", "activation²", { min: 0, max: D + 1 }, {});
  Object.assign(options.scales.y, { type: "logarithmic", min: low, max: 10 * Math.max(1, values[0]) });
  options.scales.y.ticks.callback = v => (Number.isInteger(Math.log10(v)) ? "1e" + Math.log10(v) : "");
  draw("spectrum", [
    { label: "without ε", data: points(0), pointRadius: 2.5, backgroundColor: colour("--anomalous"), borderColor: colour("--anomalous") },
    { label: "with ε", data: points(epsilon), showLine: true, pointRadius: 0, pointStyle: "line", borderWidth: 2, borderColor: colour("--normal") },
  ], options);
}

/* Why Σ has eigenvalues of 0, and what ε makes of them. */
function sentence(n, rank, constant, epsilon) {
  if (rank === D) return n + " images differ in all of the " + D + " directions.";
  const reasons = [];
  if (n <= D) reasons.push(n + " images differ in at most " + (n - 1));
  if (constant === 1) reasons.push("one channel has the same value in all of them");
  if (constant > 1) reasons.push(constant + " channels have the same value in all of them");
  if (!reasons.length) reasons.push("some values follow from the others");
  return "The images that were learnt from differ in " + rank + " of " + D + " directions: " + reasons.join(", and ") + ". " + (epsilon
    ? "In the other " + (D - rank) + " all of the variance is ε = " + short(epsilon) + "."
    : "With an ε of 0 Σ has no inverse and no factor, and there is no distance.");
}

function play() {
  const here = place();
  const n = Number(used.value);
  const epsilon = epsilonAt(Number(stop.value));
  const [a, b] = [Number(across.value), Number(up.value)];
  const gaussian = gaussianOf(here, n);
  const { values, mean, s } = gaussian;
  const rank = values.filter(v => v > 0).length;
  const invertible = values[D - 1] + epsilon > 0;
  const l = invertible ? cholesky(s, epsilon) : null;
  const distance = x => (l ? mahalanobis(l, mean, x) : NaN);
  const flat = a !== b && (epsilon > 0 || s[a][a] * s[b][b] > s[a][b] ** 2) ? plane(gaussian, epsilon, a, b) : null;
  let sum = 0;
  for (let k = 0; k < n; k++) sum += distance(learnt(here, k));
  byId("place").textContent = "row " + numbers.positions[here].row + ", column " + numbers.positions[here].column;
  read("epsilon-value", epsilon);
  read("plane", flat ? flat.distance(at(test, here)) : NaN);
  read("distance", distance(at(test, here)));
  read("distance-normal", distance(at(normal, here)));
  read("distance-train", sum / n);
  read("condition", invertible ? (values[0] + epsilon) / (values[D - 1] + epsilon) : Infinity);
  read("largest", values[0] + epsilon);
  read("smallest", values[D - 1] + epsilon);
  read("rank", rank);
  read("constant", gaussian.constant);
  say("said", sentence(n, rank, gaussian.constant, epsilon));
  drawScatter(flat, n, a, b);
  drawSpectrum(values, epsilon);
}

standOut();
play();
onSchemeChange(play);
