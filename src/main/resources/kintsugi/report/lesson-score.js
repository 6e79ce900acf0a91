/* From distances to a score: enlargement, blur and image score, as scoremap and patchcore compute them. */
const { rows, columns, height, width } = numbers;
const shown = numbers.shown.map(one => ({ distances: floats(one.distances), support: floats(one.support) }));
const maximum = values => values.reduce((a, b) => Math.max(a, b));
const RULES = [
  ["maximum of the map", maximum],
  ["mean of the map", map => meanOfHighest(map, map.length)],
  ["mean of the map's highest 1 %", map => meanOfHighest(map, Math.max(1, Math.round(0.01 * map.length)))],
  ["mean of the map's highest 100", map => meanOfHighest(map, 100)],
  ["largest distance of a patch", (map, one) => maximum(one.distances)],
  ["largest distance, re-weighted", (map, one, n) => weight(one, n) * maximum(one.distances)],
];

/* The mean of the highest values of a map. */
function meanOfHighest(map, count) {
  const values = count < map.length ? Float64Array.from(map).sort().subarray(map.length - count) : map;
  return values.reduce((a, b) => a + b) / count;
}

/* w = 1 − exp‖p − m‖ / Σ exp‖p − b‖, the largest distance taken off each before exp. */
function weight({ support }, count) {
  const some = support.subarray(0, count);
  const largest = maximum(some);
  return 1 - Math.exp(some[0] - largest) / some.reduce((sum, d) => sum + Math.exp(d - largest), 0);
}

/* Along each row, then along each column: bilinear, half-pixel centres. */
function enlarged(values) {
  const line = (count, out) => Array.from({ length: out }, (_, i) => {
    const centre = Math.max(0, (i + 0.5) * count / out - 0.5);
    const below = Math.floor(centre);
    return [below, clamp(below + 1, count), centre - below];
  });
  const across = line(columns, width);
  const down = line(rows, height);
  const wide = new Float64Array(rows * width);
  for (let y = 0; y < rows; y++) {
    across.forEach(([a, b, f], x) => { wide[y * width + x] = (1 - f) * values[y * columns + a] + f * values[y * columns + b]; });
  }
  const map = new Float64Array(height * width);
  down.forEach(([a, b, f], y) => {
    for (let x = 0; x < width; x++) map[y * width + x] = (1 - f) * wide[a * width + x] + f * wide[b * width + x];
  });
  return map;
}

function blurred(map, kernel, border) {
  const reach = (kernel.length - 1) / 2;
  const places = length => Int32Array.from({ length: length + 2 * reach }, (_, i) => inside(i - reach, length, border));
  const along = (from, at, stride, start, to) => {
    for (let i = 0; i < at.length - 2 * reach; i++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) sum += kernel[k] * from[start + stride * at[i + k]];
      to[start + stride * i] = sum;
    }
  };
  const once = new Float64Array(map.length);
  const twice = new Float64Array(map.length);
  const [across, down] = [places(width), places(height)];
  for (let y = 0; y < height; y++) along(map, across, 1, y * width, once);
  for (let x = 0; x < width; x++) along(once, down, width, x, twice);
  return twice;
}

const large = shown.map(one => enlarged(one.distances));
const MAXIMUM = Math.max(...shown.map(one => maximum(one.distances)));
const worst = shown[0].distances.indexOf(maximum(shown[0].distances));
const profileRow = clamp(Math.round((Math.floor(worst / columns) + 0.5) * height / rows - 0.5), height);

/* Dark to bright by equal steps of lightness, which is told apart without colour too. */
const STOPS = [[0, 0, 4], [66, 10, 104], [147, 38, 103], [221, 81, 58], [252, 165, 10], [252, 255, 164]];
function ofScale(fraction) {
  const place = Math.max(0, Math.min(1, fraction)) * (STOPS.length - 1);
  const i = Math.min(STOPS.length - 2, Math.floor(place));
  return STOPS[i].map((v, band) => Math.round(v + (STOPS[i + 1][band] - v) * (place - i)));
}

const NAMES = ["the image in question", "the normal image that was held out"];
function drawMap(n, map) {
  const canvas = byId("map-" + n);
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  map.forEach((v, i) => { pixels.data.set([...ofScale(v / MAXIMUM), 255], 4 * i); });
  context.putImageData(pixels, 0, 0);
  canvas.setAttribute("aria-label", "Score map of " + NAMES[n] + ": maximum " + short(maximum(map)) + ", mean " + short(meanOfHighest(map, map.length)));
}

options(byId("border"), BORDERS, 1);
options(byId("rule"), RULES.map(([name]) => name), 0);
const sigma = knob("sigma", () => play(), v => short(v / 2));
const border = knob("border", () => play());
const rule = knob("rule", () => play());
const neighbours = knob("neighbours", () => play(), v => v + " of " + shown[0].support.length);
neighbours.max = shown[0].support.length;
data.images.forEach((image, n) => { byId("image-" + n).src = image; });
byId("bar").style.background =
  "linear-gradient(to right, " + STOPS.map(([r, g, b]) => "rgb(" + r + " " + g + " " + b + ")").join(", ") + ")";
[["low", 0], ["half", MAXIMUM / 2], ["high", MAXIMUM]].forEach(([id, value]) => { byId(id).textContent = short(value); });

function play() {
  const kernel = gaussian(Number(sigma.value) / 2).weights;
  const maps = large.map(map => (kernel.length === 1 ? map : blurred(map, kernel, Number(border.value))));
  const score = RULES[Number(rule.value)][1];
  const [test, normal] = maps.map((map, n) => score(map, shown[n], Number(neighbours.value)));
  read("score", test);
  read("score-normal", normal);
  read("quotient", test / normal);
  read("highest", maximum(maps[0]));
  read("mean", meanOfHighest(maps[0], maps[0].length));
  read("weight", weight(shown[0], Number(neighbours.value)));
  say("said", sentence(maximum(maps[0]), test, normal));
  maps.forEach((map, n) => drawMap(n, map));
  drawProfile(maps);
}

function sentence(peak, test, normal) {
  const text = "The map keeps " + short(100 * peak / maximum(shown[0].distances)) + " % of the largest distance of the image in question. ";
  if (normal === 0) return text + "With one bank patch w is 0, whatever the distances: there is nothing to compare with.";
  return text + "Its score is " + short(test / normal) + " times that of the normal image" +
    (test > normal ? "." : ": no threshold rejects the one and passes the other.");
}

function drawProfile(maps) {
  const line = map => Array.from(map.subarray(profileRow * width, (profileRow + 1) * width), (y, x) => ({ x, y }));
  const set = (label, map, name, borderDash) => ({ label, data: line(map), showLine: true, pointRadius: 0, pointStyle: "line", borderWidth: 2, borderDash, borderColor: colour(name), backgroundColor: colour(name) });
  draw("profile", [
    set("in question", maps[0], "--anomalous", []),
    set("normal, held out", maps[1], "--normal", [6, 3]),
    set("in question, not blurred", large[0], "--faint", [2, 3]),
  ], chartOptions("pixel of row " + profileRow, "score map", { min: 0, max: width - 1 }, { min: 0, max: MAXIMUM }));
}

onSchemeChange(play);
play();
