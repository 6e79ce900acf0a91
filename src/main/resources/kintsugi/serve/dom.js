/* Short names for what every part of the page does with the document. */
export const byId = id => document.getElementById(id);

export function element(parent, name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  parent.append(made);
  return made;
}

export function svg(parent, name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent.append(made);
  return made;
}

export function button(parent, text, onClick) {
  const made = element(parent, "button", text);
  made.type = "button";
  made.addEventListener("click", onClick);
  return made;
}

export const fixed = (value, digits = 4) => (Number.isFinite(value) ? value.toFixed(digits) : "–");
export const count = (n, one, many = one + "s") => n + " " + (n === 1 ? one : many);

/* A sentence of the library has neither a capital letter nor a full stop. */
export const sentence = text => (text ? text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".") : "");

export function clock(time) {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleTimeString();
}

/* A question that a dialog asks; whether the answer was yes. */
export function sure(question, yes) {
  const dialog = byId("sure");
  byId("sure-text").textContent = question;
  byId("sure-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise(resolve => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
