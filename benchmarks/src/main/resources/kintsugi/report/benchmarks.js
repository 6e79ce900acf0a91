/* Results of benchmarks next to each other. */
const compared = data.comparison;
const others = compared.labels.map((label, i) => ({ label, i })).slice(1);
const COLOURS = ["--normal", "--gold", "--anomalous"];

/* Four digits that count. */
function digits(value) {
  return value === null || value === undefined ? "–" : Number(value.toPrecision(4)).toString();
}

function interval(of) {
  return of.low === null ? "one fork" : `${of.low.toFixed(3)} to ${of.high.toFixed(3)}`;
}

function showTables() {
  for (const { label, i } of others) {
    element(byId("tables"), "h3", `${label}, next to ${compared.labels[0]}`);
    const scroll = element(byId("tables"), "div", undefined, "scroll");
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", `Ratios of ${label}`);
    const place = element(scroll, "table", undefined, "list");
    table(
      place,
      ["benchmark", "base", "this", "unit", "ratio", "95 % interval", "verdict"],
      compared.rows.filter(row => row.ratios[i] !== null).map(row => [
        row.name + (row.steady ? "" : " (not steady)"),
        digits(row.means[0].value), digits(row.means[i].value), row.unit,
        row.ratios[i].value.toFixed(3), interval(row.ratios[i]), row.ratios[i].verdict,
      ]));
  }
}

function showSettings() {
  byId("same").textContent = Object.keys(compared.differences).length === 0
    ? "None: the same machine, JVM, flags, commit and libraries." : "";
  table(byId("differences"), ["setting", ...compared.labels],
    Object.entries(compared.differences).map(([name, values]) => [name, ...values]));
  for (const card of data.cards) {
    element(byId("machines"), "h3", card.label);
    pairs(element(byId("machines"), "dl", undefined, "pairs"), Object.entries(card.settings));
  }
}

/* A name in lines of about 22 characters, so that a phone has room for the bars. */
function lines(name) {
  const made = [""];
  for (const word of name.replace("Benchmark.", " ").split(" ")) {
    const last = made.length - 1;
    if (made[last] && made[last].length + word.length > 22) made.push(word);
    else made[last] = `${made[last]} ${word}`.trim();
  }
  return made;
}

/* The line of no difference, and a mark at each estimate. */
const marks = {
  id: "marks",
  afterDatasetsDraw(chart) {
    const { ctx, chartArea, scales } = chart;
    ctx.save();
    const one = scales.x.getPixelForValue(1);
    ctx.strokeStyle = colour("--ink");
    ctx.setLineDash([4, 3]);
    ctx.beginPath();
    ctx.moveTo(one, chartArea.top);
    ctx.lineTo(one, chartArea.bottom);
    ctx.stroke();
    ctx.setLineDash([]);
    chart.data.datasets.forEach((set, k) => {
      chart.getDatasetMeta(k).data.forEach((bar, row) => {
        if (set.values[row] === null) return;
        const x = scales.x.getPixelForValue(set.values[row]);
        ctx.fillStyle = colour("--ink");
        ctx.fillRect(x - 1.5, bar.y - 7, 3, 14);
      });
    });
    ctx.restore();
  },
};

function drawRatios() {
  const rows = compared.rows;
  byId("ratios").parentElement.style.height = `${5 + rows.length * (1.6 + 1.2 * others.length)}rem`;
  const ends = rows.flatMap(row => row.ratios.slice(1)).filter(Boolean)
    .flatMap(ratio => [ratio.value, ...(ratio.low === null ? [] : [ratio.low, ratio.high])]);
  const low = Math.max(Math.min(...ends, 0.95), 0);
  const high = Math.min(Math.max(...ends, 1.05), 4);
  const options = chartOptions("ratio to the base", "", { min: Math.floor(low * 20) / 20, max: Math.ceil(high * 20) / 20 });
  options.indexAxis = "y";
  options.scales.y = { type: "category", ticks: { color: colour("--faint"), autoSkip: false }, grid: { display: false } };
  options.plugins.legend.display = others.length > 1;
  return new Chart("ratios", {
    type: "bar",
    data: {
      labels: rows.map(row => lines(row.name)),
      datasets: others.map(({ label, i }, k) => ({
        label,
        values: rows.map(row => (row.ratios[i] === null ? null : row.ratios[i].value)),
        data: rows.map(row => {
          const ratio = row.ratios[i];
          if (ratio === null) return null;
          return ratio.low === null ? [ratio.value, ratio.value] : [ratio.low, ratio.high];
        }),
        backgroundColor: colour(COLOURS[k % COLOURS.length]) + "a0",
        maxBarThickness: 8,
      })),
    },
    options,
    plugins: [marks],
  });
}

let chart;
function draw() {
  if (chart) chart.destroy();
  chart = drawRatios();
}

document.title = "Benchmarks compared – Kintsugi";
byId("summary").textContent = `Base: ${compared.labels[0]}`
  + (compared.left.length ? `. Not in both: ${compared.left.join("; ")}` : "");
showTables();
showSettings();
draw();
onSchemeChange(draw);
