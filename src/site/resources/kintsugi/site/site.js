"use strict";
// The contents on a phone, and the search: all in the page, from an index that is a script too, so that
// it works from disk. Without scripts the contents are shown and the search is not.
(() => {
  const up = document.currentScript.dataset.up;
  const byId = id => document.getElementById(id);
  document.documentElement.classList.add("with-script");

  const menu = byId("site-menu");
  menu.hidden = false;
  menu.onclick = () => {
    const open = byId("site-contents").classList.toggle("open");
    menu.setAttribute("aria-expanded", open);
  };

  // What is wider than the page can be focused and scrolled by keyboard; what fits is skipped.
  const kinds = { Table: ".scroll", Code: "pre", Formula: ".display" };
  const stops = () => {
    for (const [kind, selector] of Object.entries(kinds)) {
      document.querySelectorAll("main " + selector).forEach((box, i) => {
        const wide = box.scrollWidth > box.clientWidth;
        const attributes = { tabindex: "0", role: "region", "aria-label": `${kind} ${i + 1}` };
        for (const [name, value] of Object.entries(attributes)) {
          if (wide) box.setAttribute(name, value);
          else box.removeAttribute(name);
        }
      });
    }
  };
  stops();
  addEventListener("load", stops);
  addEventListener("resize", stops);

  const words = byId("site-words");
  byId("site-search").hidden = false;
  const most = 20;
  let loading = null;

  const load = () => loading ??= new Promise(done => {
    const script = document.createElement("script");
    script.src = up + "search-index.js";
    script.onload = done;
    document.head.append(script);
  });

  // A minus and the dashes are typed as a hyphen; each stays one character, so that places agree.
  const folded = text => text.replace(/[\u2010-\u2015\u2212]/g, "-");
  const escaped = text => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = word => new RegExp(`(?<![\\p{L}\\d])${escaped(word)}`, "giu");
  const count = (text, word) => Math.min(9, (text.match(word) ?? []).length);

  // Every word has to begin a word of the section; one in the heading counts most, and all words in
  // a row count more than apart.
  const score = (item, patterns) => {
    const phrase = new RegExp(patterns.map(word => word.source).join("\\P{L}+"), "iu");
    const [title, page, text] = [item.title, item.page, item.text].map(folded);
    let sum = phrase.test(title) ? 20 : phrase.test(text) ? 10 : 0;
    for (const word of patterns) {
      const points = 20 * count(title, word) + 4 * count(page, word) + count(text, word);
      if (points === 0) return 0;
      sum += points;
    }
    return sum;
  };

  // The text around the first word that is found, with all of them marked.
  const excerpt = (text, patterns) => {
    const first = Math.min(...patterns.map(word => {
      const at = folded(text).search(word);
      return at < 0 ? text.length : at;
    }));
    const from = first === text.length ? 0 : Math.max(0, first - 60);
    const part = (from ? "… " : "") + text.slice(from, from + 180) + (from + 180 < text.length ? " …" : "");
    const small = document.createElement("small");
    const any = new RegExp(patterns.map(word => word.source).join("|"), "giu");
    let last = 0;
    for (const found of folded(part).matchAll(any)) {
      const mark = document.createElement("mark");
      mark.textContent = part.slice(found.index, found.index + found[0].length);
      small.append(part.slice(last, found.index), mark);
      last = found.index + found[0].length;
    }
    small.append(part.slice(last));
    return small;
  };

  const line = (item, patterns) => {
    const link = document.createElement("a");
    link.href = up + item.address;
    link.textContent = item.page === item.title ? item.title : `${item.page}: ${item.title}`;
    link.onclick = () => { if (link.hash) close(); };
    const li = document.createElement("li");
    li.append(link, excerpt(item.text, patterns));
    return li;
  };

  const close = () => { byId("site-found").hidden = true; };

  const search = async () => {
    const wanted = folded(words.value).trim().split(/\s+/).filter(Boolean);
    if (!wanted.length) return close();
    await load();
    const patterns = wanted.map(pattern);
    const found = SEARCH_INDEX
      .map(item => ({ item, score: score(item, patterns) }))
      .filter(each => each.score > 0)
      .sort((a, b) => b.score - a.score);
    const shown = found.slice(0, most);
    byId("site-found-count").textContent = found.length === 0 ? "Nothing found."
      : found.length > most ? `${found.length} places, the first ${most}:`
      : found.length === 1 ? "1 place:" : `${found.length} places:`;
    byId("site-found-list").replaceChildren(...shown.map(each => line(each.item, patterns)));
    byId("site-found").hidden = false;
  };

  words.onfocus = load;
  words.oninput = search;
  byId("site-search").onsubmit = event => {
    event.preventDefault();
    byId("site-found-list").querySelector("a")?.click();
  };

  // "/" goes to the search, arrows through what it found, Escape back.
  document.addEventListener("keydown", event => {
    const typing = event.target.matches("input, textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      words.focus({ preventScroll: true });
    } else if (event.key === "Escape" && !byId("site-found").hidden) {
      words.value = "";
      close();
      words.focus();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !byId("site-found").hidden) {
      const stops = [words, ...byId("site-found-list").querySelectorAll("a")];
      const at = stops.indexOf(document.activeElement);
      const next = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
      if (at >= 0 && next) {
        event.preventDefault();
        next.focus();
      }
    }
  });
})();
