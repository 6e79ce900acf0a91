/* Regions of interest, painted over the last image and saved as a mask for later ones. */
import { blob, modelPath, request } from "./api.js";
import { byId } from "./dom.js";
import { Painting } from "./painting.js";
import { state, tell } from "./state.js";

/* A mask of the same shape will do; one of every pixel of a large image would be slow to paint. */
const LONGEST = 1600;
let painting = null;
let scale = 1;
const say = text => { byId("region-told").textContent = text; };

/* The image, dark outside of what is painted. */
function draw() {
  const canvas = byId("canvas");
  const pen = canvas.getContext("2d");
  const image = shownImage();
  pen.globalCompositeOperation = "source-over";
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "rgb(0 0 0 / .7)";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.globalCompositeOperation = "destination-out";
  pen.drawImage(painting.mask, 0, 0);
  pen.globalCompositeOperation = "destination-over";
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  byId("region-undo").disabled = painting.acts.length === 0;
}

const shownImage = () => (byId("photo").naturalWidth > 0 && !byId("photo").hidden ? byId("photo") : byId("heat"));

function point(event) {
  const canvas = byId("canvas");
  const { left, top, width, height } = canvas.getBoundingClientRect();
  return [((event.clientX - left) * canvas.width) / width, ((event.clientY - top) * canvas.height) / height];
}

const brushSize = () => (byId("brush-size").value / 100) * painting.height;
const erases = () => document.querySelector("input[name=brush]:checked").value === "erase";

async function open() {
  const image = shownImage();
  if (!state.shown || !image.naturalWidth) return;
  const canvas = byId("canvas");
  const { naturalWidth: width, naturalHeight: height } = image;
  scale = Math.min(1, LONGEST / Math.max(width, height));
  canvas.width = Math.round(scale * width);
  canvas.height = Math.round(scale * height);
  canvas.style.setProperty("--aspect", width / height);
  painting = new Painting(canvas.width, canvas.height);
  say("The image has " + width + " by " + height + " pixels.");
  const { elements } = byId("rectangle");
  elements.width.value = width;
  elements.height.value = height;
  draw();
  byId("region").showModal();
  byId("region-remove").disabled = !state.model.scope;
  if (!state.model.scope) return;
  const kept = await createImageBitmap(await blob(modelPath(state.model.name, "/region"))).catch(() => null);
  if (!kept) return;
  painting.add({ kind: "mask", image: kept });
  draw();
}

async function save() {
  const { fraction, png } = await painting.finish();
  if (fraction === 0) {
    say("Nothing is painted: paint what is to be looked at, or look at the whole image.");
    return;
  }
  await send({ method: "PUT", body: png, headers: { "Content-Type": "image/png" } },
    "Saved: later images are looked at in " + (100 * fraction).toPrecision(3) + " % of their pixels.");
}

async function send(options, done) {
  try {
    await request(modelPath(state.model.name, "/region"), options);
    byId("region").close();
    byId("intake").textContent = done;
    tell("models");
  } catch (error) {
    say("Not saved: " + error.message);
  }
}

function prepareBrush() {
  const canvas = byId("canvas");
  canvas.addEventListener("pointerdown", event => {
    if (event.button !== 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    painting.add({ kind: "stroke", erase: erases(), size: brushSize(), points: [point(event)] });
    draw();
  });
  canvas.addEventListener("pointermove", event => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    const moves = event.getCoalescedEvents?.() ?? [];
    (moves.length > 0 ? moves : [event]).forEach(move => painting.extend(point(move)));
    draw();
  });
  byId("brush-size").addEventListener("input", event => {
    event.target.setAttribute("aria-valuetext", event.target.value + " % of the image's height");
  });
}

function undo() {
  painting.undo();
  draw();
}

export function prepareRegion() {
  prepareBrush();
  byId("region-open").addEventListener("click", open);
  byId("region-undo").addEventListener("click", undo);
  byId("region-clear").addEventListener("click", () => {
    painting.add({ kind: "clear" });
    draw();
  });
  byId("rectangle").addEventListener("submit", event => {
    event.preventDefault();
    const form = event.target;
    const [x, y, width, height] = ["x", "y", "width", "height"].map(name => Number(form.elements[name].value));
    painting.add({ kind: "rectangle", erase: erases(), x: x * scale, y: y * scale, width: width * scale, height: height * scale });
    draw();
    say((erases() ? "Erased" : "Painted") + " a rectangle of " + width + " by " + height + " pixels at " + x + ", " + y + ".");
  });
  byId("region-save").addEventListener("click", save);
  byId("region-remove").addEventListener("click", () => send({ method: "DELETE" }, "Later images are looked at as a whole."));
  byId("region-close").addEventListener("click", () => byId("region").close());
  byId("region").addEventListener("keydown", event => {
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && event.target.type !== "number" && painting.acts.length > 0) {
      event.preventDefault();
      undo();
    }
  });
}
