// Says that a search is on its way, and takes "/" to the box. Everything works without it.
"use strict";

const form = document.querySelector("form.search");
const main = document.querySelector("main");

function busy(on) {
  main.setAttribute("aria-busy", String(on));
  form.querySelector(".busy").textContent = on ? "Searching…" : "";
}

if (form) {
  form.addEventListener("submit", () => busy(true));
  // A page that comes back from the browser's memory is as it was left.
  window.addEventListener("pageshow", (event) => event.persisted && busy(false));
  document.addEventListener("keydown", (event) => {
    const writing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      form.elements.q.focus();
    }
  });
}
