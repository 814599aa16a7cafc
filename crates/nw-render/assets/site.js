// Search, and a language switch that keeps the place. Every page reads well without this file.
"use strict";

// The twin of a page has the same anchors, so the place in the page goes along.
const twin = document.querySelector("a.twin");
if (twin) {
  const page = twin.getAttribute("href");
  twin.addEventListener("click", () => {
    twin.setAttribute("href", page + location.search + location.hash);
  });
}

// Letters without their marks, so that "oesofagus" and "œsofagus" or "pATIËNT" and "patient" meet.
const plain = (text) =>
  text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/œ/g, "oe");

// How well an entry answers the words: all must occur, the title counts more than the rest.
function score(entry, words) {
  let sum = 0;
  for (const word of words) {
    const at = entry.title.indexOf(word);
    if (at === 0) sum += 12;
    else if (at > 0) sum += /[a-z0-9]/.test(entry.title[at - 1]) ? 4 : 9;
    else if (entry.more.includes(word)) sum += 2;
    else return 0;
  }
  return sum + Math.max(0, 6 - entry.kind) + Math.max(0, 4 - entry.title.length / 20);
}

function search(form, results, status, entries) {
  const query = form.elements.q.value;
  const words = plain(query).split(/\s+/).filter((word) => word.length > 1);
  results.replaceChildren();
  if (words.length === 0) {
    status.textContent = "";
    return;
  }
  const found = entries
    .map((entry) => [score(entry, words), entry])
    .filter(([worth]) => worth > 0)
    .sort(([a, x], [b, y]) => b - a || x.at - y.at);
  const kinds = results.dataset.kinds.split("|");
  for (const [, entry] of found.slice(0, 60)) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = entry.href;
    link.textContent = entry.shown;
    const kind = document.createElement("span");
    kind.className = "kind";
    kind.textContent = kinds[entry.kind];
    item.append(link, " ", kind);
    results.append(item);
  }
  status.textContent = status.dataset.said.replace("{0}", String(found.length));
}

const results = document.querySelector("#results");
if (results && window.netwijzerIndex) {
  const form = document.querySelector("#search-page");
  const status = document.querySelector("#search-status");
  const entries = window.netwijzerIndex.map(([kind, title, href, more], at) => ({
    kind, href, at, shown: title, title: plain(title), more: plain(more),
  }));
  const again = () => search(form, results, status, entries);
  form.elements.q.value = new URLSearchParams(location.search).get("q") || "";
  form.addEventListener("input", again);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const url = new URL(location.href);
    url.searchParams.set("q", form.elements.q.value);
    try { history.replaceState(null, "", url); } catch { /* a page opened from a disk may not */ }
    again();
  });
  again();
}
