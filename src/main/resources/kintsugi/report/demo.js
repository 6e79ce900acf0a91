/* The way of the data without trained weights: images and heat maps, and not one figure. */
document.title = data.heading.title + " – Kintsugi";
byId("title").textContent = data.heading.title;
data.heading.notes.forEach(note => element(byId("notes"), "li", note));
data.steps.forEach(step => element(byId("steps"), "li", step));
for (const shown of data.images) {
  const figure = element(byId("overview"), "figure");
  element(figure, "figcaption", shown.label);
  for (const [kind, place] of [["image", shown.image], ["heat map", shown.heat]]) {
    const image = element(figure, "img");
    image.src = place;
    image.alt = kind + " of " + shown.label;
  }
}
byId("command").textContent = data.heading.command;
