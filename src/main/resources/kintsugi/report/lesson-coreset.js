/* Greedy k-center as it is written, and as patchcore.KCenterGreedy runs it, on the embeddings themselves, in fp64. */
const rows = floats(numbers.rows);
const plane = floats(numbers.plane);
const D = numbers.dimension;
const count = rows.length / D;

function squaredDistance(a, b) {
  let sum = 0;
  for (let i = 0; i < D; i++) {
    const difference = rows[a * D + i] - rows[b * D + i];
    sum += difference * difference;
  }
  return sum;
}

/* Of equals the first. */
const farthestOf = distances => distances.reduce((best, v, i) => (v > distances[best] ? i : best), 0);

/* Before anything is kept: everything is far, and the first choice is the farthest. */
function start(first) {
  const distances = new Float64Array(count).fill(Number.MAX_VALUE);
  distances[first] = Infinity;
  return distances;
}

/* The algorithm as it is written: after each choice the distances of all rows to what is kept. */
function textbook(first) {
  const states = [{ distances: start(first) }];
  for (let k = 0; k < numbers.most; k++) {
    const chosen = farthestOf(states[k].distances);
    const distances = states[k].distances.map((v, i) => Math.min(v, squaredDistance(i, chosen)));
    states.push({ chosen, distances });
  }
  return states;
}

const MINIMUM_CANDIDATES = 64;
const MAXIMUM_CANDIDATES = 2048;
const CANDIDATES_PER_CHOICE = 4;

/* The rows that are now the farthest; none of the others is farther than the limit. */
function candidatesOf(distances, wanted) {
  const bound = Array.from(distances).sort((a, b) => b - a)[Math.min(wanted, count) - 1];
  const found = [];
  let limit = -Infinity;
  distances.forEach((v, i) => {
    if (v > bound || (v === bound && found.length < wanted)) found.push(i);
    else limit = Math.max(limit, v);
  });
  return { found, limit };
}

/* Rounds: within the candidates the textbook's choices as long as no other row could be one. */
function fast(first) {
  const distances = start(first);
  const rounds = [];
  let kept = 0;
  let wanted = MINIMUM_CANDIDATES;
  while (kept < numbers.most) {
    const { found, limit } = candidatesOf(distances, wanted);
    const own = found.map(i => distances[i]);
    const chosen = [];
    while (kept + chosen.length < numbers.most) {
      const farthest = farthestOf(own);
      if (chosen.length && own[farthest] <= limit) break;
      chosen.push(found[farthest]);
      found.forEach((row, i) => { own[i] = Math.min(own[i], squaredDistance(row, found[farthest])); });
    }
    for (const row of chosen) distances.forEach((v, i) => { distances[i] = Math.min(v, squaredDistance(i, row)); });
    rounds.push({ from: kept, candidates: found, chosen });
    kept += chosen.length;
    wanted = Math.min(MAXIMUM_CANDIDATES, Math.max(MINIMUM_CANDIDATES, CANDIDATES_PER_CHOICE * chosen.length));
  }
  return rounds;
}

const radius = state => Math.sqrt(state.distances.reduce((a, b) => Math.max(a, b)));

let known;
function filmOf(first) {
  if (!known || known.first !== first) {
    const states = textbook(first);
    known = { first, states, radii: states.map((s, k) => (k ? radius(s) : NaN)), rounds: fast(first) };
  }
  return known;
}

const at = row => ({ x: plane[2 * row], y: plane[2 * row + 1] });

function planeOptions() {
  const range = axis => {
    const values = Array.from({ length: count }, (_, i) => plane[2 * i + axis]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return { min: low - 0.05 * (high - low), max: high + 0.05 * (high - low) };
  };
  return chartOptions("first principal component", "second", range(0), range(1));
}

const dots = (label, data, name, pointRadius, pointStyle = "circle") => ({
  label, data, pointRadius, pointStyle, pointHoverRadius: pointRadius, borderWidth: pointStyle === "circle" ? 0 : 2,
  backgroundColor: colour(name), borderColor: colour(name),
});

function drawTextbook({ states, radii }, k) {
  const kept = states.slice(1, k + 1).map(s => at(s.chosen));
  // At the beginning all are equally far.
  const size = i => (k ? 1.5 + 4 * Math.sqrt(states[k].distances[i]) / radii[1] : 3);
  draw("textbook", [
    dots("farthest, next to be kept", k < numbers.most ? [at(states[k + 1].chosen)] : [], "--anomalous", 8, "crossRot"),
    dots("kept", kept, "--gold", 5, "rectRot"),
    dots("patches", Array.from({ length: count }, (_, i) => at(i)), "--normal", Array.from({ length: count }, (_, i) => size(i))),
  ], planeOptions());
}

function drawFast({ rounds }, k) {
  const round = roundAt(rounds, k);
  const before = rounds.filter(r => r.from < round.from).flatMap(r => r.chosen);
  const now = round.chosen.slice(0, Math.max(0, k - round.from));
  draw("fast", [
    dots("kept in this round", now.map(at), "--anomalous", 6, "rectRot"),
    dots("kept before", before.map(at), "--gold", 5, "rectRot"),
    dots("candidates", round.candidates.map(at), "--ink", 3.5),
    dots("patches", Array.from({ length: count }, (_, i) => at(i)), "--normal", 1.5),
  ], planeOptions());
}

/* The round in which the k-th choice is made. */
const roundAt = (rounds, k) => rounds.findLast(r => r.from < Math.max(1, k));

function drawCurve({ radii, rounds }, k) {
  const point = n => ({ x: n, y: radii[n] });
  const line = (label, data, name, more) => ({ label, data, borderColor: colour(name), backgroundColor: colour(name), ...more });
  draw("curve", [
    line("this step", k ? [point(k)] : [], "--ink", { pointRadius: 7 }),
    line("end of a round of the fast search", rounds.map(r => point(r.from + r.chosen.length)), "--anomalous", { pointRadius: 4 }),
    line("covering radius", radii.map((_, n) => point(n)).slice(1), "--normal", { showLine: true, pointRadius: 0, pointStyle: "line", borderWidth: 2 }),
  ], chartOptions("patches kept, k", "covering radius", { min: 0, max: numbers.most }, { min: 0 }));
}

byId("first").max = count - 1;
byId("first").value = numbers.first;
const first = knob("first", () => play(), v => "patch " + v + " of 0 to " + (count - 1));
const steps = film(numbers.most, 12, () => play());

function play() {
  const whole = filmOf(Number(first.value));
  const k = steps.at();
  const round = roundAt(whole.rounds, k);
  const same = whole.rounds.flatMap(r => r.chosen).every((row, i) => row === whole.states[i + 1].chosen);
  read("radius", whole.radii[k]);
  read("bound", whole.radii[k] / 2);
  read("last", k ? whole.states[k].chosen : NaN);
  read("passes", k);
  read("rounds", k ? whole.rounds.indexOf(round) + 1 : 0);
  read("candidates", round.candidates.length);
  read("certain", round.chosen.length);
  say("said", count + " patches of " + howMany(numbers.images, "image") + ", " + D + " values each, of whose variance the plane shows " +
    fixed(100 * numbers.variance_shown, 0) + " %. Both searches " + (same ? "choose the same patches in the same order." : "choose differently, which must not be."));
  drawTextbook(whole, k);
  drawFast(whole, k);
  drawCurve(whole, k);
}

play();
onSchemeChange(play);
