"use strict";
const $ = (id) => document.getElementById(id);
const rows = [...document.querySelectorAll("details.one")].map((row) => ({
  row,
  text: row.textContent.toLowerCase(),
  action: row.dataset.action,
  stack: row.dataset.stack,
}));
const form = $("filter");

function show() {
  const words = form.elements.search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const actions = new Set([...form.querySelectorAll("[name=action]:checked")].map((box) => box.value));
  const stack = form.elements.stack.value;
  let shown = 0;
  for (const one of rows) {
    const fits =
      actions.has(one.action) && (!stack || one.stack === stack) && words.every((word) => one.text.includes(word));
    one.row.hidden = !fits;
    shown += fits;
  }
  for (const section of document.querySelectorAll("section.stack")) {
    section.hidden = !section.querySelector("details.one:not([hidden])");
  }
  $("shown").textContent = `${shown} of ${rows.length} resources`;
}

form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(show));
document.addEventListener("keydown", (event) => {
  const search = form.elements.search;
  if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "Escape" && event.target === search) {
    search.value = "";
    show();
  }
});
$("theme").addEventListener("click", () => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme || (dark ? "dark" : "light");
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
});
show();
