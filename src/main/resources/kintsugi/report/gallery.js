/* The images: filtered, ordered, a page of them at a time, and one large in a dialog. What is special
   to a page is in `page`: the number of views, chosen(p), order(a, b), caption(place, p), name(p) and
   details(place, p). */
const PAGE = 48;
const gallery = { page: null, chosen: [], shown: 0, open: -1 };

/* A backslash is an escape of a name where slashes are between folders. */
const shortName = file => file.split(file.includes("/") ? "/" : "\\").slice(-2).join("/");
const byName = (a, b) => a.file.localeCompare(b.file, undefined, { numeric: true });

function card(p, index) {
  const item = element(byId("cards"), "li");
  const button = element(item, "button", undefined, "card");
  button.type = "button";
  button.addEventListener("click", () => openDetail(index));
  layers(button, p);
  gallery.page.caption(element(button, "span", undefined, "caption"), p);
}

function showGallery() {
  gallery.chosen = data.images.filter(gallery.page.chosen).sort(gallery.page.order());
  gallery.shown = 0;
  byId("cards").replaceChildren();
  showMore();
}

function showMore() {
  const until = Math.min(gallery.chosen.length, gallery.shown + PAGE);
  const first = gallery.shown;
  for (; gallery.shown < until; gallery.shown++) card(gallery.chosen[gallery.shown], gallery.shown);
  byId("count").textContent = until + " of " + gallery.chosen.length + " images";
  byId("more").hidden = until === gallery.chosen.length;
  return first;
}

function openDetail(index) {
  gallery.open = index;
  const p = gallery.chosen[index];
  byId("detail-name").textContent = gallery.page.name(p);
  byId("detail-image").replaceChildren();
  const stack = layers(byId("detail-image"), p);
  byId("detail-text").replaceChildren();
  gallery.page.details(byId("detail-text"), p);
  byId("previous").disabled = index === 0;
  byId("next").disabled = index === gallery.chosen.length - 1;
  if (!byId("detail").open) byId("detail").showModal();
  beginZoom(stack, p);
}

function step(by) {
  const index = gallery.open + by;
  if (index >= 0 && index < gallery.chosen.length) openDetail(index);
}

/* A box to tick for each kind of image, all of them ticked. */
function addFilter(place, kind, name) {
  const label = element(place, "label");
  const box = element(label, "input");
  box.type = "checkbox";
  box.checked = true;
  box.value = kind;
  label.append(" " + name + " ");
  const count = element(label, "span", "", "count");
  count.id = "count-" + kind;
  box.addEventListener("change", showGallery);
  return count;
}

const ticked = place => new Set([...place.querySelectorAll("input:checked")].map(i => i.value));

function prepareGallery(page) {
  gallery.page = page;
  makeFilters();
  prepareViews(page.views);
  prepareZoom();
  drawScale(byId("scale"));
  drawScale(byId("detail-scale"));
  byId("order").addEventListener("change", showGallery);
  byId("more").addEventListener("click", () => {
    const first = showMore();
    byId("cards").children[first].querySelector("button").focus();
  });
  byId("previous").addEventListener("click", () => step(-1));
  byId("next").addEventListener("click", () => step(1));
  byId("detail").addEventListener("keydown", event => {
    if (event.target.type === "range") return;
    if (event.target === byId("detail-image") && zoom.scale) return;
    if (event.key === "ArrowLeft") step(-1);
    if (event.key === "ArrowRight") step(1);
  });
}
