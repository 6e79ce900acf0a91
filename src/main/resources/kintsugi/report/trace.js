/* One image, step by step. */
const charts = [];

function drawBars(canvas, step) {
  const options = chartOptions("element", "", { min: -0.5, max: step.values.length - 0.5 }, {});
  options.plugins.legend.display = false;
  return new Chart(canvas, {
    type: "bar",
    data: {
      labels: step.values.map((_, i) => i),
      datasets: [{ data: step.values, backgroundColor: colour("--normal"), barPercentage: 1, categoryPercentage: 1 }],
    },
    options,
  });
}

/* The colours of a step's drawing, with their numbers. */
function showScale(figure, { colours, labels }) {
  const scale = element(figure, "div", undefined, "scale");
  element(scale, "div", undefined, "scale-bar").style.background = `linear-gradient(to right, ${colours.join(", ")})`;
  const numbers = element(scale, "div", undefined, "scale-numbers");
  labels.forEach(text => element(numbers, "span", text));
}

function showStep(step, number) {
  const figure = element(byId("steps"), "figure", undefined, "step");
  element(figure, "h2", number + ". " + step.name);
  element(figure, "p", step.formula, "formula");
  const facts = element(figure, "dl", undefined, "pairs");
  const entries = [["shape", step.shape], ["from … to", step.minimum.toPrecision(5) + " … " + step.maximum.toPrecision(5)]];
  if (step.millis > 0) entries.push(["time", fixed(step.millis, 2) + " ms"]);
  entries.push([step.recomputed ? "recomputed for show by" : "computed by", step.source]);
  pairs(facts, entries);
  if (step.image) {
    const image = element(figure, "img");
    image.src = step.image;
    image.alt = step.name;
    showScale(figure, step.scale);
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
  " Tiles are the first channels of a step, each over its own range; a step with values of both signs is white at zero." +
  " The times of layers run from the input on.";
for (const [name, place] of [["The image", data.image], ["The network's input", data.input], ["The result", data.overlay]]) {
  const figure = element(byId("overview"), "figure");
  element(figure, "figcaption", name);
  const image = element(figure, "img");
  image.src = place;
  image.alt = name;
}
data.steps.forEach((step, i) => showStep(step, i + 1));
byId("command").textContent = data.command;
onSchemeChange(() => charts.forEach(chart => {
  chart[2].destroy();
  chart[2] = drawBars(chart[0], chart[1]);
}));
