/* The functions that all playable pages share: their numbers, knobs, readings and places. */
const numbers = data.numbers;

/* fp32 values, which the page holds as base64. */
function floats(text) {
  return new Float32Array(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
}

/* A value that is read off the page: as text, and with all its digits. */
function read(id, value, text) {
  const place = byId(id);
  place.textContent = text ?? short(value);
  place.dataset.value = value;
}

/* At most four digits, without an exponent where that is short. */
function short(value) {
  if (Number.isNaN(value)) return "none";
  if (value === Infinity) return "∞";
  const rounded = Number(value.toPrecision(4));
  const size = Math.abs(rounded);
  return size === 0 || (size >= 1e-3 && size < 1e5) ? String(rounded) : rounded.toExponential();
}

/* A count with its noun. */
function howMany(count, noun) {
  return count + " " + noun + (count === 1 ? "" : "s");
}

/* A status, which a screen reader speaks when it is written: so only if it has changed. */
function say(id, text) {
  const place = byId(id);
  if (place.textContent !== text) place.textContent = text;
}

/* Every reading changes with every knob: each can be read, none is spoken. */
document.querySelectorAll("output").forEach(output => output.setAttribute("aria-live", "off"));

/* A slider, list or button that changes the page; a slider's output says what it stands at. */
function knob(id, turned, text) {
  const input = byId(id);
  const show = () => {
    if (text) {
      const said = text(Number(input.value));
      byId(id + "-value").textContent = said;
      input.setAttribute("aria-valuetext", said);
    }
  };
  input.addEventListener(input.tagName === "BUTTON" ? "click" : "input", () => {
    show();
    turned();
  });
  show();
  return input;
}

function options(select, names, chosen) {
  names.forEach((name, i) => { element(select, "option", name).value = i; });
  select.value = chosen;
}

/* Places of the patch grid on the image, one of which is chosen. */
function placesOn(parent, image, places, chosen, turned) {
  const shown = element(parent, "img");
  shown.src = image;
  shown.alt = "the image in question, as the network sees it";
  places.forEach((place, i) => {
    const input = element(parent, "input");
    input.type = "radio";
    input.name = "place";
    input.value = i;
    input.checked = i === chosen;
    input.setAttribute("aria-label", "row " + place.row + ", column " + place.column);
    input.style.left = 100 * (place.column + 0.5) / numbers.columns + "%";
    input.style.top = 100 * (place.row + 0.5) / numbers.rows + "%";
    input.addEventListener("input", turned);
  });
  return () => Number(parent.querySelector("input:checked").value);
}

/* The blur of a score map. */
const BORDERS = ["replicate: the edge again", "reflect: mirrored, edge once", "symmetric: mirrored, edge twice"];
const clamp = (i, length) => Math.max(0, Math.min(length - 1, i));

/* The Gaussian at the integers up to 4σ, or fewer, scaled to the sum 1; and the part of it that lies beyond. */
function gaussian(sigma, most = Infinity) {
  const reach = Math.min(most, Math.floor(4 * sigma + 0.5));
  const at = x => (x === 0 ? 1 : Math.exp(-x * x / (2 * sigma * sigma)));
  const exact = Array.from({ length: 2 * reach + 1 }, (_, i) => at(i - reach));
  const sum = exact.reduce((a, b) => a + b);
  let beyond = 0;
  for (let x = reach + 1; x <= 10 * sigma; x++) beyond += 2 * at(x);
  return { weights: exact.map(w => w / sum), beyond: beyond / (sum + beyond) };
}

/* The index whose value stands at one that may be beyond the edge. */
function inside(index, length, border) {
  const clamped = clamp(index, length);
  if (border === 0 || index === clamped || length === 1) return clamped;
  const period = border === 1 ? 2 * length - 2 : 2 * length;
  const within = ((index % period) + period) % period;
  return within < length ? within : 2 * length - (border === 1 ? 2 : 1) - within;
}

/* Charts, made anew where the page turns dark or light. */
const drawn = new Map();

function draw(id, datasets, options) {
  const labels = Chart.defaults.plugins.legend.labels.generateLabels;
  Object.assign(options.plugins.legend.labels, {
    usePointStyle: true,
    generateLabels: chart => labels(chart).map(label => ({ ...label, lineDash: chart.data.datasets[label.datasetIndex].borderDash })),
  });
  if (drawn.has(id)) {
    const chart = drawn.get(id);
    Object.assign(chart.data, { datasets });
    chart.options = options;
    chart.update();
  } else {
    drawn.set(id, new Chart(byId(id), { type: "scatter", data: { datasets }, options }));
  }
}

/* A slider that is a film: a step back or on by a button or an arrow key, and all of it on demand. */
function film(most, begin, turned) {
  const [step, back, on, run] = ["step", "back", "on", "run"].map(byId);
  step.max = most;
  step.value = begin;
  const at = () => Number(step.value);
  const to = (value, detail) => {
    step.value = value;
    step.dispatchEvent(new CustomEvent("input", { detail }));
  };
  let running;
  /* While it plays no status is spoken, since the next one would come before its end. */
  const playing = timer => {
    running = timer;
    run.textContent = timer ? "Stop" : "Play";
    document.querySelectorAll("[role=status]").forEach(status => { status.setAttribute("aria-live", timer ? "off" : "polite"); });
  };
  const stop = () => {
    clearInterval(running);
    playing(undefined);
  };
  const atEnds = () => {
    back.disabled = at() === 0;
    on.disabled = at() === most;
  };
  step.addEventListener("input", event => {
    if (event.detail !== run) stop();
    atEnds();
  });
  knob("step", () => turned(), v => v + " of " + most);
  atEnds();
  back.addEventListener("click", () => to(at() - 1));
  on.addEventListener("click", () => to(at() + 1));
  run.hidden = matchMedia("(prefers-reduced-motion: reduce)").matches;
  run.addEventListener("click", () => {
    if (running) return stop();
    if (at() === most) to(0);
    playing(setInterval(() => {
      to(at() + 1, run);
      if (at() === most) stop();
    }, 700));
  });
  return { at, setMost: value => { step.max = most = value; to(Math.min(at(), value)); } };
}

document.title = document.querySelector("h1").textContent + " – Kintsugi";
for (const link of document.querySelectorAll("a[data-book]")) {
  const [page, part] = link.dataset.book.split("#");
  link.href = data.book + page + ".md" + (part ? "#" + part : "");
}
pairs(byId("images"), [
  ["learnt from", howMany(data.learnt, "normal image")],
  ...data.compared.map((name, i) => [["in question", "normal, held out"][i], name]),
]);
byId("command").textContent = data.command;
