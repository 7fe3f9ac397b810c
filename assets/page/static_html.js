/* Builds the many parts of the page that the server sent as one component (dashboard/page/static_html.py). A text
   only ever becomes text. */

const built = new WeakMap();

/** @param {HTMLElement} element */
function build(element) {
  for (const node of built.get(element) || []) node.remove();
  const nodes = JSON.parse(element.dataset.parts || "[]").map(made);
  built.set(element, nodes);
  element.append(...nodes);
}

/** A text, or an element given as its tag, its attributes and what is within. */
function made(node) {
  if (typeof node === "string") return document.createTextNode(node);
  const [tag, attributes, within] = node;
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...within.map(made));
  return element;
}

/** The elements that changed or came, each once. @param {MutationRecord[]} changes */
function changedElements(changes) {
  const elements = new Set();
  for (const { type, target, addedNodes } of changes) {
    if (type === "attributes") elements.add(target);
    for (const node of /** @type {Iterable<any>} */ (addedNodes)) {
      if (node.matches?.("[data-parts]")) elements.add(node);
      for (const inner of node.querySelectorAll?.("[data-parts]") || []) elements.add(inner);
    }
  }
  return elements;
}

export function startStaticHtml() {
  new MutationObserver((changes) => changedElements(changes).forEach(build)).observe(document, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["data-parts"] });
}
