/* Heat maps: grey levels in the page, which SVG filters colour by the scale of the whole run. */
const VIEWS = ["image", "overlay", "heat map", "mask"];
const MASK_COLOUR = "#56b4e9";
const encodedImages = byId("encoded-images").textContent;

/* Images inside the page are a piece of one text, so that nothing is decoded before it is shown. */
function address(place, type) {
  if (!place.startsWith("@")) return place;
  const [from, length] = place.slice(1).split(",").map(Number);
  return "data:image/" + type + ";base64," + encodedImages.substring(from, from + length);
}

/* A line of a colour around the opaque part of an input, inside it, and a black one outside. */
function outline(input, colour) {
  return `<feMorphology in="${input}" operator="erode" radius="1" result="inner"/>` +
    `<feMorphology in="${input}" operator="dilate" radius="1" result="outer"/>` +
    `<feFlood flood-color="${colour}"/><feComposite in2="${input}" operator="in"/>` +
    '<feComposite in2="inner" operator="out" result="line"/>' +
    `<feFlood flood-color="#000"/><feComposite in2="outer" operator="in"/>` +
    `<feComposite in2="${input}" operator="out" result="edge"/>`;
}

/* A value runs through tables of equal steps; a contour is around what reaches the threshold. */
function makeFilters() {
  const { red, green, blue, opacity, threshold_fraction: threshold } = data.colours;
  const band = (name, values, type) =>
    `<feFunc${name} type="${type || "table"}" tableValues="${values.join(" ")}"/>`;
  const tables = band("R", red) + band("G", green) + band("B", blue);
  const colours = `<feComponentTransfer in="SourceGraphic" result="colour">${tables}</feComponentTransfer>`;
  const level = '<feColorMatrix in="SourceGraphic" values="0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 0 0 0" result="level"/>';
  const from = fraction => opacity.map((o, i) => (i / (opacity.length - 1) >= fraction ? 1 : 0));
  const above = fraction =>
    `<feComponentTransfer in="level" result="above">${band("A", from(fraction), "discrete")}</feComponentTransfer>`;
  const contour = threshold === undefined || threshold === null ? "" : above(threshold) + outline("above", "#fff");
  const merge = (...names) =>
    "<feMerge>" + names.map(n => `<feMergeNode in="${n}"/>`).join("") + "</feMerge>";
  const lines = contour ? ["edge", "line"] : [];
  const filter = (id, content) =>
    `<filter id="${id}" x="0" y="0" width="100%" height="100%" color-interpolation-filters="sRGB">${content}</filter>`;
  byId("filters").innerHTML =
    filter("heat", colours + level + contour + merge("colour", ...lines)) +
    filter("overlay",
      colours + level +
      `<feComponentTransfer in="level" result="opacity">${band("A", opacity)}</feComponentTransfer>` +
      '<feComposite in="colour" in2="opacity" operator="in" result="tint"/>' +
      contour + merge("tint", ...lines)) +
    filter("contour", level + above(0.5) + outline("above", MASK_COLOUR) + merge("edge", "line"));
}

const isCropped = ([left, top, width, height]) => left > 0 || top > 0 || width < 1 || height < 1;

/* The layers of one image, one over the other; how much shows of each is in the style. */
function layers(parent, p) {
  const stack = element(parent, "div", undefined, "stack");
  const layer = (source, name, alt) => {
    const image = element(stack, "img", undefined, name);
    image.loading = "lazy";
    image.alt = alt;
    image.src = source;
    return image;
  };
  const drawing = p.drawing;
  if (!drawing) {
    if (p.overlay) layer(p.overlay, "photo", p.file);
    else element(stack, "p", "not drawn", "faint");
    return stack;
  }
  layer(address(drawing.image, "jpeg"), "photo", p.file);
  layer(address(drawing.heat, "png"), "over", "");
  if (isCropped(drawing.inside)) {
    const [left, top, width, height] = drawing.inside;
    const inside = element(stack, "div", undefined, "inside");
    Object.assign(inside.style, {
      left: 100 * left + "%", top: 100 * top + "%", width: 100 * width + "%", height: 100 * height + "%",
    });
  }
  layer(address(drawing.heat, "png"), "heat", "");
  if (drawing.mask) {
    layer(address(drawing.mask, "png"), "contour", "");
    layer(address(drawing.mask, "png"), "mask", "");
  } else {
    element(stack, "div", p.anomalous ? "no mask" : "", "mask");
  }
  return stack;
}

const hasMasks = () => data.images.some(p => p.drawing && p.drawing.mask);

/* 0 is the image, 1 the overlay, 2 the heat map, 3 the mask; between them one fades into the next. */
function showView(value) {
  const style = document.body.style;
  const fraction = from => Math.min(1, Math.max(0, value - from));
  style.setProperty("--over", fraction(0));
  style.setProperty("--heat", fraction(1));
  style.setProperty("--mask", fraction(2));
  for (const id of ["view-slider", "detail-slider"]) byId(id).value = value;
  for (const id of ["view-name", "detail-view"]) byId(id).textContent = VIEWS[Math.round(value)];
}

function prepareViews(views) {
  VIEWS.slice(0, views).forEach((name, i) => {
    const stop = element(byId("view-stops"), "button", name);
    stop.type = "button";
    stop.addEventListener("click", () => showView(i));
  });
  for (const id of ["view-slider", "detail-slider"]) {
    byId(id).max = views - 1;
    byId(id).addEventListener("input", event => showView(Number(event.target.value)));
  }
  showView(1);
}

/* The colours with their numbers, and the meaning of the lines. */
function drawScale(place) {
  const { red, green, blue, labels, threshold_fraction: threshold } = data.colours;
  const [low, middle, high, limit] = labels;
  const stops = red.map((r, i) => `rgb(${[r, green[i], blue[i]].map(v => Math.round(255 * v)).join(" ")})`);
  const scale = element(place, "div", undefined, "scale");
  const mark = element(scale, "div", limit === undefined ? "" : "▼ " + limit, "scale-mark");
  if (limit !== undefined) {
    mark.title = "pixel threshold";
    mark.style.setProperty("--place", 100 * threshold + "%");
  }
  element(scale, "div", undefined, "scale-bar").style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  const numbers = element(scale, "div", undefined, "scale-numbers");
  [low, middle, high].forEach(text => element(numbers, "span", text));
  const legend = element(place, "p", undefined, "legend");
  const entry = (line, text) => {
    const item = element(legend, "span");
    if (line) element(item, "i", undefined, "line " + line);
    item.append(text);
  };
  if (limit !== undefined) entry("above", "around what is at or above the pixel threshold " + limit + "; an overlay shows the image alone below it");
  else entry("", "from the run's lowest value, transparent in an overlay, to its highest; there is no threshold before calibration");
  if (hasMasks()) entry("truth", "around the mask");
  if (data.images.some(p => p.drawing && isCropped(p.drawing.inside))) entry("", "darkened margins lie outside the network's input");
  entry("", "one scale for all images");
}
