// Search, filter and sort of the first page. Without JavaScript the table is whole and the controls stay hidden.
"use strict";

const table = document.getElementById("experiments");
const body = table.tBodies[0];
const rows = [...body.rows].map((row) => ({ row, text: row.textContent.toLowerCase() }));
const search = document.getElementById("search");
const verdict = document.getElementById("verdict");
const health = document.getElementById("health");

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const { row, text } of rows) {
    const fits =
      words.every((word) => text.includes(word)) &&
      (!verdict.value || row.dataset.verdict === verdict.value) &&
      (!health.value || row.dataset.health === health.value);
    row.hidden = !fits;
    found += fits;
  }
  document.getElementById("found").textContent = `${found} of ${rows.length} shown`;
  document.getElementById("none").hidden = found > 0 || rows.length === 0;
  const state = new URLSearchParams();
  if (search.value) state.set("search", search.value);
  if (verdict.value) state.set("verdict", verdict.value);
  if (health.value) state.set("health", health.value);
  history.replaceState(null, "", state.size ? `#${state}` : location.pathname);
}

function sort(head, button) {
  const key = head.dataset.sort;
  const downwards = head.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", downwards ? "descending" : "ascending");
  const isNumber = ["rank", "lift", "p", "units"].includes(key);
  const sign = downwards ? -1 : 1;
  rows.sort((a, b) => {
    const [left, right] = [a.row.dataset[key], b.row.dataset[key]];
    if (left === "" || right === "") return (left === "") - (right === ""); // what is not known comes last
    return sign * (isNumber ? left - right : left.localeCompare(right));
  });
  body.append(...rows.map(({ row }) => row));
  button.focus();
}

for (const head of table.tHead.rows[0].cells) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = head.textContent;
  button.addEventListener("click", () => sort(head, button));
  head.replaceChildren(button);
}

const state = new URLSearchParams(location.hash.slice(1));
for (const control of [search, verdict, health]) {
  control.value = state.get(control.id) ?? "";
  control.addEventListener("input", filter);
}
document.getElementById("controls").addEventListener("submit", (event) => event.preventDefault());
document.getElementById("controls").hidden = false;
filter();
