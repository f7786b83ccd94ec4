// Opens the warnings for printing. Puts a button into each heading of the summary; a click sorts within every workload.
"use strict";
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details.warning")) details.open = true;
});
(function () {
  function key(row, column, numeric) {
    const text = row.children[column].dataset.value;
    return numeric ? (text === "" ? NaN : Number(text)) : text;
  }
  function compare(a, b, numeric) {
    if (!numeric) return a.localeCompare(b);
    // What was not measured stays at the end in both directions.
    return a - b;
  }
  function sort(table, heading, column) {
    const numeric = heading.dataset.sort === "number";
    const down = heading.getAttribute("aria-sort") === "ascending";
    for (const other of heading.parentNode.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    for (const body of table.tBodies) {
      const rows = Array.from(body.rows).filter((row) => !row.classList.contains("group"));
      const missing = rows.filter((row) => numeric && isNaN(key(row, column, true)));
      const present = rows.filter((row) => !missing.includes(row));
      present.sort((a, b) => compare(key(a, column, numeric), key(b, column, numeric), numeric) * (down ? -1 : 1));
      body.append(...present, ...missing);
    }
  }
  for (const table of document.querySelectorAll("table.summary")) {
    Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      button.addEventListener("click", () => sort(table, heading, column));
      heading.append(button);
    });
  }
})();
