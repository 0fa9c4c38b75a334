"use strict";
// The page is whole without this: it adds a button to copy, and the address of this very server.
for (const place of document.querySelectorAll("[data-origin]")) {
  if (location.protocol.startsWith("http")) place.textContent = location.origin;
}
for (const figure of document.querySelectorAll("figure.code")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    const text = figure.querySelector("pre").textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without HTTPS there is no clipboard: select it, so that one keystroke is left.
      getSelection().selectAllChildren(figure.querySelector("pre"));
      button.textContent = "Selected";
      return;
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  });
  figure.append(button);
}
// A link into a closed part opens it, and choosing from the small menu closes that.
const menu = document.querySelector("details.menu");
menu.addEventListener("click", (event) => { if (event.target.closest("a")) menu.open = false; });
