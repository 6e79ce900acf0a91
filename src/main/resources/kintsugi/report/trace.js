/* One image, step by step. */
const charts = [];

function drawBars(canvas, step) {
  const logarithmic = step.axis === "logarithmic";
  const first = logarithmic ? 1 : 0;
  const options = chartOptions(
    logarithmic ? "i of λ(i)" : "element", unit(step),
    { min: first - 0.5, max: first + step.values.length - 0.5 }, logarithmic ? { type: "logarithmic" } : {});
  options.plugins.legend.display = false;
  return new Chart(canvas, {
    type: "bar",
    data: {
      labels: step.values.map((_, i) => first + i),
      datasets: [{ data: step.values, base: logarithmic ? Math.min(...step.values) / 2 : 0, backgroundColor: colour("--normal"), barPercentage: 1, categoryPercentage: 1 }],
    },
    options,
  });
}

const unit = step => (step.unit === "1" ? "pure number" : step.unit);

/* The colours of a step's drawing, with their numbers. */
function showScale(figure, step) {
  const { colours, labels } = step.scale;
  const scale = element(figure, "div", undefined, "scale");
  element(scale, "div", undefined, "scale-bar").style.background = `linear-gradient(to right, ${colours.join(", ")})`;
  const numbers = element(scale, "div", undefined, "scale-numbers");
  labels.forEach(text => element(numbers, "span", text));
  element(scale, "div", unit(step), "faint");
}

/* The time of a step: a JVM that is warm, and how often it ran for that. */
function timeText({ millis, runs, before, steady }) {
  const text = (millis < 1 ? millis.toPrecision(2) : fixed(millis, 2)) + " ms, the median of " + runs +
    (runs === 1 ? " run" : " runs") + " after " + before;
  return steady ? text : text + " (not steady yet)";
}

function showStep(step, number) {
  const figure = element(byId("steps"), "figure", undefined, "step");
  element(figure, "h2", number + ". " + step.name);
  element(figure, "p", step.formula, "formula");
  const facts = element(figure, "dl", undefined, "pairs");
  const entries = [["shape", step.shape], ["from … to", step.minimum.toPrecision(5) + " … " + step.maximum.toPrecision(5)]];
  entries.push(["unit", unit(step)]);
  if (step.time.runs > 0) entries.push(["time", timeText(step.time)]);
  entries.push([step.recomputed ? "recomputed for show by" : "computed by", step.source]);
  pairs(facts, entries);
  step.notes.forEach(note => element(figure, "p", note));
  if (step.image) {
    const image = element(figure, "img");
    image.src = step.image;
    image.alt = step.name;
    showScale(figure, step);
  } else if (step.values.length > 1) {
    const canvas = element(element(figure, "div", undefined, "plot"), "canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", step.name);
    charts.push([canvas, step, drawBars(canvas, step)]);
  }
}

document.title = data.title + " – Kintsugi";
byId("title").textContent = data.title;
byId("summary").textContent =
  data.file + ": " + (data.anomalous ? "anomalous" : "normal") + ", score " + fixed(data.score, 4) +
  ". The patch inspected is row " + data.row + ", column " + data.column + ", the box in the heat map." +
  " Tiles are the first channels of a step, each over its own range; a step with values of both signs is white at zero, blue" +
  " below and orange above." + (data.steps.some(step => step.time.runs > 0)
    ? " Each step is timed alone, in a Java that has compiled it: it ran until the medians of four batches in a row lay" +
      " within 10 %, for two seconds at most. The times of layers run from the input on." : "");
for (const [name, place] of [["The image", data.image], ["The network's input", data.input], ["The result", data.overlay]]) {
  const figure = element(byId("overview"), "figure");
  element(figure, "figcaption", name);
  const image = element(figure, "img");
  image.src = place;
  image.alt = name;
}

/* A crop, or the reason why it is missing. */
function showPatch(text, image, missing) {
  const figure = element(byId("near-patches"), "figure");
  element(figure, "figcaption", text);
  if (image) {
    const crop = element(figure, "img");
    crop.src = image;
    crop.alt = text;
  } else element(figure, "p", missing, "faint");
}

if (data.nearest.length > 0) {
  byId("near").hidden = false;
  const missing = data.nearest.some(near => near.known && !near.image);
  byId("near-text").textContent =
    "The patch and the training patches that the memory bank has nearest to it, in the box, with what is around them; the" +
    " distance (unit: " + unit(data) + ") is that of the embeddings, which see more than the box." +
    (missing ? " Name the folder of the training images to see them (trace --train DIR)." : "");
  showPatch("this patch: row " + data.row + ", column " + data.column, data.patch);
  for (const near of data.nearest) {
    showPatch("at " + near.distance.toPrecision(4) + ": " + near.origin, near.image,
      near.known ? "the image was not found, or is another now" : "a bank of an earlier release or of another program");
  }
}
data.steps.forEach((step, i) => showStep(step, i + 1));
byId("command").textContent = data.command;
onSchemeChange(() => charts.forEach(chart => {
  chart[2].destroy();
  chart[2] = drawBars(chart[0], chart[1]);
}));
