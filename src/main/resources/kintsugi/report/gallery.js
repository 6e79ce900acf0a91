/* The images: filtered, ordered, a page of them at a time, and one large in a dialog. */
const PAGE = 48;
const VIEWS = ["image", "overlay", "heat map", "mask"];
const OUTCOMES = { fp: "false positive", fn: "false negative", tp: "true positive", tn: "true negative" };
const gallery = { chosen: [], shown: 0, open: -1 };
const encodedImages = byId("encoded-images").textContent;

const outcomeOf = p => (p.anomalous ? (isPredictedAnomalous(p) ? "tp" : "fn") : isPredictedAnomalous(p) ? "fp" : "tn");
/* A backslash is an escape of a name where slashes are between folders. */
const shortName = file => file.split(file.includes("/") ? "/" : "\\").slice(-2).join("/");

/* Images inside the page are a piece of one text, so that nothing is decoded before it is shown. */
function address(place, type) {
  if (!place.startsWith("@")) return place;
  const [from, length] = place.slice(1).split(",").map(Number);
  return "data:image/" + type + ";base64," + encodedImages.substring(from, from + length);
}

/* SVG filters give the grey heat maps their colours: a value runs through tables of equal steps. */
function makeFilters() {
  const { red, green, blue, opacity } = data.colours;
  const band = (name, values) => `<feFunc${name} type="table" tableValues="${values.join(" ")}"/>`;
  const tables = band("R", red) + band("G", green) + band("B", blue);
  const frame = 'x="0" y="0" width="100%" height="100%" color-interpolation-filters="sRGB"';
  byId("filters").innerHTML =
    `<filter id="heat" ${frame}><feComponentTransfer>${tables}</feComponentTransfer></filter>` +
    `<filter id="overlay" ${frame}>` +
    `<feComponentTransfer in="SourceGraphic" result="colour">${tables}</feComponentTransfer>` +
    '<feColorMatrix in="SourceGraphic" values="0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 0 0 0"/>' +
    `<feComponentTransfer result="opacity">${band("A", opacity)}</feComponentTransfer>` +
    '<feComposite in="colour" in2="opacity" operator="in"/></filter>';
}

const isCropped = ([left, top, width, height]) => left > 0 || top > 0 || width < 1 || height < 1;

/* The layers of one image, one over the other; how much shows of each is in the style. */
function layers(parent, p) {
  const stack = element(parent, "div", undefined, "stack");
  if (!p.image) {
    element(stack, "p", "not drawn", "faint");
    return;
  }
  const layer = (place, type, name, alt) => {
    const image = element(stack, "img", undefined, name);
    image.loading = "lazy";
    image.alt = alt;
    image.src = address(place, type);
  };
  layer(p.image, "jpeg", "photo", p.file);
  layer(p.heat, "png", "over", "");
  if (isCropped(p.inside)) {
    const [left, top, width, height] = p.inside;
    const inside = element(stack, "div", undefined, "inside");
    Object.assign(inside.style, {
      left: 100 * left + "%", top: 100 * top + "%", width: 100 * width + "%", height: 100 * height + "%",
    });
  }
  layer(p.heat, "png", "heat", "");
  if (p.mask) layer(p.mask, "png", "mask", "");
  else element(stack, "div", p.anomalous ? "no mask" : "", "mask");
}

function card(p, index) {
  const item = element(byId("cards"), "li");
  const button = element(item, "button", undefined, "card");
  button.type = "button";
  button.addEventListener("click", () => openDetail(index));
  layers(button, p);
  const outcome = outcomeOf(p);
  const caption = element(button, "span", undefined, "caption");
  element(caption, "b", outcome.toUpperCase(), outcome === "fp" || outcome === "fn" ? "wrong" : "right");
  element(caption, "span", fixed(p.score, 4));
  element(caption, "small", shortName(p.file) + " – " + p.label);
}

const distance = p => Math.abs(p.score - state.threshold);
const isWrong = p => p.anomalous !== isPredictedAnomalous(p);
const ORDERS = {
  wrong: (a, b) => isWrong(b) - isWrong(a) || (isWrong(a) ? distance(b) - distance(a) : distance(a) - distance(b)),
  high: (a, b) => b.score - a.score,
  low: (a, b) => a.score - b.score,
  near: (a, b) => distance(a) - distance(b),
  file: (a, b) => a.file.localeCompare(b.file, undefined, { numeric: true }),
};

function showGallery() {
  const outcomes = new Set([...document.querySelectorAll("#outcomes input:checked")].map(i => i.value));
  const label = byId("label").value;
  gallery.chosen = data.images
    .filter(p => outcomes.has(outcomeOf(p)) && (label === "" || p.label === label))
    .sort(ORDERS[byId("order").value]);
  gallery.shown = 0;
  byId("cards").replaceChildren();
  showMore();
  for (const kind of Object.keys(OUTCOMES)) {
    byId("count-" + kind).textContent = state.confusion[kind];
  }
}

function showMore() {
  const until = Math.min(gallery.chosen.length, gallery.shown + PAGE);
  for (; gallery.shown < until; gallery.shown++) card(gallery.chosen[gallery.shown], gallery.shown);
  byId("count").textContent = until + " of " + gallery.chosen.length + " images";
  byId("more").hidden = until === gallery.chosen.length;
}

/* 0 is the image, 1 the overlay, 2 the heat map, 3 the mask; between them one fades into the next. */
function showView(value) {
  const style = byId("gallery").parentElement.parentElement.style;
  const fraction = from => Math.min(1, Math.max(0, value - from));
  style.setProperty("--over", fraction(0));
  style.setProperty("--heat", fraction(1));
  style.setProperty("--mask", fraction(2));
  for (const id of ["view-slider", "detail-slider"]) byId(id).value = value;
  for (const id of ["view-name", "detail-view"]) byId(id).textContent = VIEWS[Math.round(value)];
}

function openDetail(index) {
  gallery.open = index;
  const p = gallery.chosen[index];
  byId("detail-name").textContent =
    p.file + " – " + p.label + ", " + OUTCOMES[outcomeOf(p)] + ", score " + fixed(p.score, 4);
  byId("detail-image").replaceChildren();
  layers(byId("detail-image"), p);
  byId("previous").disabled = index === 0;
  byId("next").disabled = index === gallery.chosen.length - 1;
  if (!byId("detail").open) byId("detail").showModal();
}

function step(by) {
  const index = gallery.open + by;
  if (index >= 0 && index < gallery.chosen.length) openDetail(index);
}

function prepareGallery() {
  makeFilters();
  for (const [kind, name] of Object.entries(OUTCOMES)) {
    const label = element(byId("outcomes"), "label");
    const box = element(label, "input");
    box.type = "checkbox";
    box.checked = true;
    box.value = kind;
    label.append(" " + name + " ");
    element(label, "span", "", "count").id = "count-" + kind;
    box.addEventListener("change", showGallery);
  }
  element(byId("label"), "option", "all").value = "";
  metrics.classes.forEach(c => { element(byId("label"), "option", c.label).value = c.label; });
  VIEWS.forEach((name, i) => {
    const stop = element(byId("view-stops"), "button", name);
    stop.type = "button";
    stop.addEventListener("click", () => showView(i));
  });
  for (const id of ["label", "order"]) byId(id).addEventListener("change", showGallery);
  for (const id of ["view-slider", "detail-slider"]) {
    byId(id).addEventListener("input", event => showView(Number(event.target.value)));
  }
  byId("more").addEventListener("click", showMore);
  byId("previous").addEventListener("click", () => step(-1));
  byId("next").addEventListener("click", () => step(1));
  byId("detail").addEventListener("keydown", event => {
    if (event.target.type === "range") return;
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
  const shown = data.images.filter(p => p.image).length;
  byId("range").textContent =
    "Every heat map runs from " + fixed(data.calibration.display_low, 2) + " (transparent) to " +
    fixed(data.calibration.display_high, 2) +
    " (yellow), a range set by the calibration's maps." +
    (data.images.some(p => p.inside && isCropped(p.inside)) ? " Darkened margins lie outside the network's input." : "") +
    (shown < data.images.length
      ? " " + shown + " of " + data.images.length + " images are in this page; a report of all of them (report-images) draws every one."
      : "");
  showView(1);
}
