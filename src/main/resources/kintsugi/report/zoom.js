/* The image of the dialog at any size: by wheel, buttons and keys, about the pointer or the middle. */
const ZOOM_STEP = 1.25;
const MAX_ZOOM = 16;
const zoom = { drawing: null, stack: null, scale: 0 };
const viewport = () => byId("detail-image");

/* Screen pixels per pixel of the image, at which it fits. */
function fitting() {
  const { width, height } = zoom.drawing;
  const most = innerHeight * 0.62;
  return Math.min(viewport().clientWidth / width, most / height);
}

/* A scale of 0 is the one that fits, also when the window changes. */
function setZoom(scale, x, y) {
  if (!zoom.drawing) return;
  const view = viewport();
  const before = zoom.stack.getBoundingClientRect();
  const frame = view.getBoundingClientRect();
  const atX = x === undefined ? frame.left + frame.width / 2 : x;
  const atY = y === undefined ? frame.top + frame.height / 2 : y;
  const across = before.width ? (atX - before.left) / before.width : 0.5;
  const down = before.height ? (atY - before.top) / before.height : 0.5;
  zoom.scale = scale === 0 ? 0 : Math.min(MAX_ZOOM, Math.max(scale, Math.min(1, fitting())));
  const shown = zoom.scale || fitting();
  zoom.stack.style.width = Math.max(1, zoom.drawing.width * shown) + "px";
  zoom.stack.classList.toggle("pixels", shown >= 3);
  const after = zoom.stack.getBoundingClientRect();
  view.scrollLeft += after.left + across * after.width - atX;
  view.scrollTop += after.top + down * after.height - atY;
  byId("zoom-value").textContent = Math.round(100 * shown) + " %";
}

const currentZoom = () => zoom.scale || fitting();
const zoomBy = (factor, x, y) => setZoom(currentZoom() * factor, x, y);

/* Begins with an image; its own file replaces the small one, if it is there and a browser reads it. */
function beginZoom(stack, p) {
  zoom.stack = stack;
  zoom.drawing = p.drawing;
  byId("zoom").hidden = !p.drawing;
  byId("zoom-note").textContent = "";
  stack.style.width = "";
  if (!p.drawing) return;
  setZoom(0);
  if (!p.original) return;
  const original = new Image();
  original.addEventListener("load", () => {
    const photo = stack.querySelector(".photo");
    if (photo) photo.src = original.src;
  });
  original.addEventListener("error", () => {
    if (zoom.stack === stack) byId("zoom-note").textContent = "The image's own file is not there, or of a format that browsers do not show: this is a small copy.";
  });
  original.src = p.original;
}

function prepareZoom() {
  const view = viewport();
  view.addEventListener("wheel", event => {
    event.preventDefault();
    zoomBy(event.deltaY < 0 ? ZOOM_STEP : 1 / ZOOM_STEP, event.clientX, event.clientY);
  }, { passive: false });
  view.addEventListener("click", event => {
    if (zoom.scale) setZoom(0);
    else setZoom(Math.max(1, 2 * fitting()), event.clientX, event.clientY);
  });
  byId("zoom-in").addEventListener("click", () => zoomBy(ZOOM_STEP));
  byId("zoom-out").addEventListener("click", () => zoomBy(1 / ZOOM_STEP));
  byId("zoom-own").addEventListener("click", () => setZoom(1));
  byId("zoom-fit").addEventListener("click", () => setZoom(0));
  byId("detail").addEventListener("keydown", event => {
    if (event.key === "+" || event.key === "=") zoomBy(ZOOM_STEP);
    else if (event.key === "-") zoomBy(1 / ZOOM_STEP);
    else if (event.key === "0") setZoom(0);
    else if (event.key === "1") setZoom(1);
    else return;
    event.preventDefault();
  });
  addEventListener("resize", () => { if (byId("detail").open) setZoom(zoom.scale); });
}
