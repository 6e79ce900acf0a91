/* The regions, foreground and placement of the first images of a fit. */
const refused = data.items.filter(item => item.refusal).length;
document.title = "Regions – Kintsugi";
byId("summary").textContent =
  data.items.length + " of " + data.all + " images" + (refused ? ", " + refused + " would be refused" : "") + ".";
byId("command").textContent = data.command;
for (const item of data.items) {
  const figure = element(byId("looks"), "figure");
  if (item.image) {
    const image = element(figure, "img");
    image.src = item.image;
    image.alt = item.refusal ? "An image that would be refused" : "An image, darkened where it is not looked at";
    image.style.maxWidth = "100%";
  }
  const told = [item.looked, item.moved, item.refusal].filter(text => text).join("; ");
  element(figure, "figcaption", item.refusal ? told : item.file.split(/[\\/]/).pop() + ": " + told);
}
