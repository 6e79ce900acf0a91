/* The scores of the calibration images: good ones above the axis, bad ones below it. */
import { byId, svg } from "./dom.js";

const HEIGHT = 190;
const AXIS = 18;
const TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

function counts(scores, low, high, bins) {
  const found = new Array(bins).fill(0);
  for (const score of scores) found[Math.min(bins - 1, Math.floor((bins * (score - low)) / (high - low)))]++;
  return found;
}

/* The scores from which to which are drawn, with the threshold among them. */
export function range(calibration, threshold) {
  const all = [...calibration.normal, ...calibration.anomalous, threshold];
  const low = all.reduce((a, b) => Math.min(a, b));
  const high = all.reduce((a, b) => Math.max(a, b));
  const margin = 0.04 * (high - low) || 0.1;
  return { low: low - margin, high: high + margin };
}

export function drawHistogram({ normal, anomalous }, { low, high }) {
  const place = byId("histogram");
  const width = place.clientWidth;
  if (width === 0) return;
  place.replaceChildren();
  place.setAttribute("viewBox", "0 0 " + width + " " + HEIGHT);
  const bins = Math.max(12, Math.min(60, Math.floor(width / 12)));
  const step = width / bins;
  const good = counts(normal, low, high, bins);
  const bad = counts(anomalous, low, high, bins);
  const most = n => n.reduce((a, b) => Math.max(a, b), 0);
  const unit = (HEIGHT - AXIS - 4) / Math.max(1, most(good) + most(bad));
  const zero = 2 + most(good) * unit;
  const bars = (found, kind, up) => found.forEach((n, i) => {
    if (n > 0) svg(place, "rect", { x: i * step + 0.5, y: up ? zero - n * unit : zero, width: step - 1, height: n * unit, class: kind });
  });
  bars(good, "good", true);
  bars(bad, "bad", false);
  svg(place, "line", { x1: 0, x2: width, y1: zero, y2: zero, class: "axis" });
  const apart = TICKS.find(tick => (tick / (high - low)) * width > 55) || 10;
  for (let tick = Math.ceil(low / apart); tick * apart < high; tick++) {
    const x = (width * (tick * apart - low)) / (high - low);
    if (x < 12 || x > width - 12) continue;
    svg(place, "text", { x, y: HEIGHT - 4, class: "tick" }).textContent = String(Number((tick * apart).toFixed(2)));
  }
}
