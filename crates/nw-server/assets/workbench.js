// The workbench works without this. With it, keys help: "/" goes to the search field, and menus close when left.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "/" && !typing) {
    const field = document.querySelector("input[type=search]");
    if (field) {
      event.preventDefault();
      field.focus();
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
