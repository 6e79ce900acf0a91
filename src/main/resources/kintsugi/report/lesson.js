/* What the playable pages share: their numbers, knobs, readings and places. */
const numbers = data.numbers;

/* fp32 values, which the page holds as base64. */
function floats(text) {
  return new Float32Array(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
}

/* A value that is read off the page: as text, and with all its digits. */
function read(id, value, text) {
  const place = byId(id);
  place.textContent = text ?? (Number.isFinite(value) ? short(value) : "none");
  place.dataset.value = value;
}

/* Four digits, without an exponent where that is short. */
function short(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e5 || size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(4)));
}

/* A slider, list or button that changes the page; a slider's output says what it stands at. */
function knob(id, turned, text) {
  const input = byId(id);
  const say = () => {
    if (text) {
      const said = text(Number(input.value));
      byId(id + "-value").textContent = said;
      input.setAttribute("aria-valuetext", said);
    }
  };
  input.addEventListener(input.tagName === "BUTTON" ? "click" : "input", () => {
    say();
    turned();
  });
  say();
  return input;
}

function options(select, names, chosen) {
  names.forEach((name, i) => { element(select, "option", name).value = i; });
  select.value = chosen;
}

/* Places of the patch grid on the image, one of which is chosen. */
function placesOn(parent, image, places, chosen, turned) {
  const picture = element(parent, "img");
  picture.src = image;
  picture.alt = "the image in question, as the network sees it";
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

/* Charts, made anew where the page turns dark or light. */
const drawn = new Map();

function draw(id, datasets, options) {
  Object.assign(options.plugins.legend.labels, { usePointStyle: true });
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
  const step = byId("step");
  step.max = most;
  step.value = begin;
  knob("step", () => turned(), v => v + " of " + most);
  const to = value => {
    step.value = value;
    step.dispatchEvent(new Event("input"));
  };
  byId("back").addEventListener("click", () => to(Number(step.value) - 1));
  byId("on").addEventListener("click", () => to(Number(step.value) + 1));
  const run = byId("run");
  run.hidden = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let running;
  const stop = () => {
    clearInterval(running);
    running = undefined;
    run.textContent = "Play";
  };
  run.addEventListener("click", () => {
    if (running) return stop();
    if (Number(step.value) === most) to(0);
    run.textContent = "Stop";
    running = setInterval(() => {
      to(Number(step.value) + 1);
      if (Number(step.value) === most) stop();
    }, 700);
  });
  return { at: () => Number(step.value), setMost: value => { step.max = most = value; to(Math.min(Number(step.value), value)); } };
}

document.title = document.querySelector("h1").textContent + " – Kintsugi";
for (const link of document.querySelectorAll("a[data-book]")) {
  const [page, part] = link.dataset.book.split("#");
  link.href = data.book + page + ".md" + (part ? "#" + part : "");
}
pairs(byId("images"), [
  ["learnt from", data.learnt + " normal images"],
  ...data.compared.map((name, i) => [["in question", "normal, held out"][i], name]),
]);
byId("command").textContent = data.command;
