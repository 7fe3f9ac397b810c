/* Builds the many parts that dashboard/page/static_html.py sent as one component. A text only ever becomes text. */
(function () {
  "use strict";

  const built = new WeakMap();

  function build(element) {
    for (const node of built.get(element) || []) node.remove();
    const nodes = JSON.parse(element.dataset.parts || "[]").map(made);
    built.set(element, nodes);
    element.append(...nodes);
  }

  function made(node) {
    if (typeof node === "string") return document.createTextNode(node);
    const [tag, attributes, within] = node;
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...within.map(made));
    return element;
  }

  new MutationObserver((changes) => {
    const elements = new Set();
    for (const { type, target, addedNodes } of changes) {
      if (type === "attributes") elements.add(target);
      for (const node of addedNodes) {
        if (node.matches?.("[data-parts]")) elements.add(node);
        for (const inner of node.querySelectorAll?.("[data-parts]") || []) elements.add(inner);
      }
    }
    elements.forEach(build);
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-parts"] });
})();
