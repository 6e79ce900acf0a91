/* The roofs of one core, and the kernels below them. */
const LOWEST = 0.125;

function showTables() {
  byId("machine").textContent = data.machine;
  const keys = [["peak", `${data.peak.toFixed(1)} GFLOP/s`]]
    .concat(data.roofs.map(roof => [roof.name, `${roof.gigabytes.toFixed(1)} GB/s`]));
  for (const [name, value] of keys) {
    const card = element(byId("key-figures"), "div");
    element(card, "dt", name);
    element(card, "dd", value);
  }
  table(byId("kernels"), ["kernel", "operations per byte", "GFLOP/s", "95 % interval", "of the peak"],
    data.points.map(p => [
      p.name + (p.counted ? " (counted as direct)" : ""), p.intensity.toFixed(1), p.gigaflops.toFixed(1),
      p.low === null || p.high === null ? "–" : `${p.low.toFixed(1)} to ${p.high.toFixed(1)}`,
      `${p.percent.toFixed(0)} %`,
    ]));
  table(byId("roofs"), ["roof", "speed", "meets the peak at"],
    [[`peak (${data.peak_name})`, `${data.peak.toFixed(1)} GFLOP/s`, "–"]].concat(data.roofs.map(roof => [
      roof.name, `${roof.gigabytes.toFixed(1)} GB/s`, `${(data.peak / roof.gigabytes).toFixed(1)} operations per byte`,
    ])));
}

function drawRoofline() {
  const highest = 2 ** Math.ceil(Math.log2(1.5 * Math.max(64, ...data.points.map(p => p.intensity))));
  const roofs = data.roofs.map((roof, i) => ({
    type: "line",
    label: roof.name,
    data: [LOWEST, data.peak / roof.gigabytes, highest]
      .map(x => ({ x, y: Math.min(data.peak, roof.gigabytes * x) })),
    borderColor: colour(["--gold", "--normal", "--faint"][i % 3]),
    borderWidth: 2,
    pointRadius: 0,
  }));
  const marks = (label, counted) => ({
    type: "scatter",
    label,
    data: data.points.filter(p => p.counted === counted).map(p => ({ x: p.intensity, y: p.gigaflops, name: p.name })),
    borderColor: colour("--anomalous"),
    backgroundColor: counted ? "transparent" : colour("--anomalous"),
    borderWidth: 2,
    pointRadius: 5,
  });
  const options = chartOptions("operations per byte", "GFLOP/s",
    { type: "logarithmic", min: LOWEST, max: highest }, { type: "logarithmic" });
  options.plugins.tooltip = { callbacks: { label: item => `${item.raw.name || item.dataset.label}: ${item.raw.y.toFixed(1)} GFLOP/s` } };
  return new Chart("roofline", {
    type: "scatter",
    data: { datasets: [...roofs, marks("kernel", false), marks("kernel, counted as direct", true)] },
    options,
  });
}

let chart;
function draw() {
  if (chart) chart.destroy();
  chart = drawRoofline();
}

document.title = "Roofline – Kintsugi";
byId("roofline").parentElement.style.height = "26rem";
showTables();
draw();
onSchemeChange(draw);
