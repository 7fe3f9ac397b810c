/* A page that stands in a frame of another page, such as a cell of a notebook: as light or dark as what is around it,
   and as high as what is in it. A page of its own, or in a frame of another origin, goes by the browser's settings. */

/** Follow the page around this one, now and whenever it changes. */
export function startFrame() {
  followColours();
  followHeight();
}

function followColours() {
  const isDarkByDefault = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    const scheme = brightnessAround() ?? (isDarkByDefault.matches ? "dark" : "light");
    if (document.documentElement.dataset.mantineColorScheme === scheme) return;
    document.documentElement.dataset.mantineColorScheme = scheme;
  };
  follow();
  isDarkByDefault.addEventListener("change", follow);
  const around = window.frameElement?.ownerDocument;
  if (!around) return;
  const observer = new MutationObserver(() => requestAnimationFrame(follow));
  for (const element of [around.documentElement, around.body]) observer.observe(element, { attributes: true });
}

/** "light" or "dark", by the first colour behind the frame; null where there is no frame or no colour. */
function brightnessAround() {
  for (let element = window.frameElement; element; element = element.parentElement) {
    const [red, green, blue, alpha = 1] = numbersOf(getComputedStyle(element).backgroundColor);
    if (alpha > 0.5) return 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light";
  }
  return null;
}

const numbersOf = (colour) => (colour.startsWith("rgb") ? colour.match(/[\d.]+/g).map(Number) : [0, 0, 0, 0]);

function followHeight() {
  const { frameElement: frame } = window;
  if (!frame) return;
  new ResizeObserver(() => {
    /** @type {HTMLElement} */ (frame).style.height = `${Math.ceil(document.body.offsetHeight)}px`;
  }).observe(document.body);
}
