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
