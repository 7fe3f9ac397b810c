/* The Share menu of every map: what happens on a click, and the sentence that says it has happened. */
(function () {
  "use strict";

  const LONG = 8000;
  const TO_READ = 8000; // ms for which a closed menu says what has been done

  const ways = {
    link: copyLink,
    compare: (map) => window.layerscope.compareWith(map),
    png: (map) => window.layerscope.savePicture(map, "png"),
    svg: (map) => window.layerscope.savePicture(map, "svg"),
    html: (map) => window.layerscope.savePage(map),
    csv: (map) => window.layerscope.saveFile(map, "csv"),
    json: (map) => window.layerscope.saveFile(map, "json"),
    npz: (map) => window.layerscope.saveFile(map, "npz"),
  };

  document.addEventListener("click", async (event) => {
    const open = document.querySelectorAll("details.share[open]");
    for (const menu of open) if (!menu.contains(event.target)) close(menu);
    const button = event.target.closest?.("button[data-share]");
    if (!button) return;
    const menu = button.closest(".share");
    const map = window.layerscope.mapOf(button.dataset.map);
    say(menu, map.meta ? "Working …" : "There is no map yet.");
    if (!map.meta) return;
    button.disabled = true;
    try {
      const done = await ways[button.dataset.share](map);
      close(menu);
      say(menu, done);
      setTimeout(() => menu.nextElementSibling.textContent === done && say(menu, ""), TO_READ);
    } catch (error) {
      say(menu, error.message); // the menu stays, to try again
    }
    button.disabled = false;
    (menu.open ? button : menu.querySelector("summary")).focus();
  });

  const say = (menu, sentence) => { menu.nextElementSibling.textContent = sentence; };

  function close(menu) {
    menu.open = false;
    say(menu, "");
  }

  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("details.share[open]");
    if (!menu) return;
    close(menu);
    menu.querySelector("summary").focus();
  });

  async function copyLink() {
    await window.layerscope.recordState();
    const { href } = window.location;
    await copy(href);
    const caution = href.length > LONG ? ` It has ${href.length.toLocaleString("en")} characters: some `
      + "programs cut links as long as that." : "";
    return `Link copied.${caution}`;
  }

  /* Browsers offer the clipboard on secure pages only; elsewhere there is the old way. */
  async function copy(text) {
    if (navigator.clipboard && await navigator.clipboard.writeText(text).then(() => true, () => false)) return;
    const field = document.body.appendChild(document.createElement("textarea"));
    field.value = text;
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    if (!copied) throw new Error("The browser did not allow it. Copy the address of this page instead.");
  }

  /* Offer bytes as a file. */
  function download(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    return `Saved as ${name}.`;
  }

  /* layerscope-builtin-residual-norm-resid-mid.png */
  function fileName(map, ending) {
    const words = ["layerscope", map.meta.madeBy?.model.split("/").pop(), map.meta.name, map.meta.site];
    const plain = words.filter(Boolean).join("-").toLowerCase().replace(/[^a-z0-9.]+/g, "-");
    return `${plain.slice(0, 100)}.${ending}`;
  }

  window.layerscope = Object.assign(window.layerscope || {}, { download, fileName });
})();
