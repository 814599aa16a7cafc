// The workbench works without this. With it, keys help: Alt with "/" goes to the search field, Control with Enter sends
// the form one is writing in, and menus close when left. No key does anything by itself that speech or a shaky hand could
// press by mistake (WCAG 2.1.4).
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && event.altKey) {
    const field = document.querySelector("input[type=search]");
    if (field) {
      event.preventDefault();
      field.focus();
    }
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest("form[method=post]");
    const button = form?.querySelector("button.main");
    if (button) {
      event.preventDefault();
      form.requestSubmit(button);
    }
  }
  if (event.key === "Escape") {
    for (const open of document.querySelectorAll("details.who[open]")) open.open = false;
  }
});
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.who[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});
// On the screen of a meeting the arrow keys go to the next and the previous case.
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select") || event.altKey || event.ctrlKey || event.metaKey) return;
  const to = { ArrowRight: "next", ArrowLeft: "prev" }[event.key];
  const link = to && document.querySelector(`[data-keys] a[rel=${to}]`);
  if (link) link.click();
});

// The timeline: arrow keys go from mark to mark, + and − zoom, [ and ] go through time, and so does the wheel with Ctrl.
const zoom = (to) => {
  const link = document.querySelector(`[data-chart] a[data-zoom=${to}]`);
  if (!link) return;
  fetch(link.href, { headers: { accept: "text/html" } })
    .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
    .then((text) => {
      const page = new DOMParser().parseFromString(text, "text/html");
      const [now, next] = [document, page].map((d) => d.querySelector("[data-chart]"));
      const inside = now.contains(document.activeElement);
      now.replaceWith(document.adoptNode(next));
      history.replaceState(null, "", link.href);
      for (const here of document.querySelectorAll(".choices a[aria-current]")) here.removeAttribute("aria-current");
      if (inside) next.querySelector("figure")?.focus({ preventScroll: true });
    })
    .catch(() => link.click());
};
document.addEventListener("keydown", (event) => {
  const figure = event.target.closest?.("[data-chart] figure");
  if (!figure || event.altKey || event.ctrlKey || event.metaKey) return;
  const to = { "+": "in", "=": "in", "-": "out", "[": "earlier", "]": "later" }[event.key];
  if (to) {
    event.preventDefault();
    zoom(to);
    return;
  }
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const points = [...figure.querySelectorAll(".point")];
  if (!step || points.length === 0) return;
  event.preventDefault();
  const at = points.indexOf(document.activeElement) + step;
  points[Math.min(Math.max(at, 0), points.length - 1)].focus();
});
document.addEventListener("wheel", (event) => {
  if (!event.ctrlKey || !event.target.closest?.("[data-chart] figure")) return;
  event.preventDefault();
  if (!zoom.waits) {
    zoom.waits = setTimeout(() => { zoom.waits = 0; }, 250);
    zoom(event.deltaY < 0 ? "in" : "out");
  }
}, { passive: false });
for (const event of ["focusin", "mouseover"]) {
  document.addEventListener(event, (e) => {
    const point = e.target.closest?.("[data-chart] .point");
    const line = point && document.querySelector(".pointed");
    if (line) line.textContent = point.getAttribute("aria-label");
  });
}

// A report: arrow keys go from one proposal to the next, and the words of the one that is pointed at stand out.
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.matches?.("[data-report] input[data-words]") || event.altKey || event.ctrlKey || event.metaKey) return;
  const boxes = [...document.querySelectorAll("[data-report] input[data-words]")];
  event.preventDefault();
  boxes[Math.min(Math.max(boxes.indexOf(event.target) + step, 0), boxes.length - 1)].focus();
});
document.addEventListener("focusin", (event) => {
  const box = event.target.closest?.("[data-report] .proposals li")?.querySelector("input[data-words]");
  for (const old of document.querySelectorAll(".report-text .pointed")) old.classList.remove("pointed");
  let words = box && document.getElementById(box.dataset.words);
  while (words && words.localName !== "mark") words = words.nextElementSibling;
  if (words) {
    words.classList.add("pointed");
    words.scrollIntoView({ block: "nearest" });
  }
});
