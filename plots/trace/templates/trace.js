// Says beside the picture what a box is, and opens what a link leads to. The page reads without it.
"use strict";
(function () {
  for (const figure of document.querySelectorAll("figure.trace")) {
    const said = figure.querySelector(".said");
    const usual = said.textContent;
    said.hidden = false;
    function say(event) {
      const item = event.target.closest("[aria-label]");
      said.textContent = item && item.ownerSVGElement ? item.getAttribute("aria-label") : usual;
    }
    const drawing = figure.querySelector("svg.trace");
    for (const name of ["mouseover", "focusin"]) drawing.addEventListener(name, say);
    // The sentence stands beside the picture: the browser's own box would say it twice.
    for (const title of drawing.querySelectorAll("title")) title.remove();
  }
  function open() {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const details = target && target.closest("details");
    if (!details) return;
    details.open = true;
    target.scrollIntoView({ block: "center" });
  }
  addEventListener("hashchange", open);
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details.source-lines")) details.open = true;
  });
  open();
})();
