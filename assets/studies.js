/* Files that come into the Probe view: a data set that is too large is said to be so, and a study that
   was exported is sent as it is. */
(function () {
  "use strict";

  const MOST_BYTES = 10e6;
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const complain = (text) => set("page-error", { children: text, hide: false });
  const megabytes = (file) => (file.size / 1e6).toLocaleString("en", { maximumFractionDigits: 1 });

  /* The file picker and a drop end in the same check, before the file is read. */
  function check(event) {
    if (!event.target.closest?.("#study-upload")) return;
    const file = (event.dataTransfer || event.target).files?.[0];
    if (!file || file.size <= MOST_BYTES) return;
    event.stopPropagation();
    event.preventDefault();
    if (event.target.value) event.target.value = "";
    complain(`${file.name} has ${megabytes(file)} MB; the limit is 10 MB. Nothing was sent.`);
  }
  document.addEventListener("change", check, true);
  document.addEventListener("drop", check, true);

  document.addEventListener("click", ({ target }) => {
    if (target.id !== "study-import") return;
    const picker = Object.assign(document.createElement("input"), { type: "file", accept: ".zip" });
    picker.addEventListener("change", () => bring(picker.files[0]));
    picker.click();
  });

  async function bring(file) {
    const response = await fetch(window.layerscope.addressOf("studies"), {
      method: "POST", headers: { "Content-Type": "application/zip" }, body: file }).catch(() => null);
    const said = await response?.json().catch(() => null);
    if (!response?.ok) return complain(said?.error || `${file.name} could not be brought in.`);
    set("page-error", { hide: true });
    set("study-imported", { data: said.study });
  }

  /* A row of the examples: its question is asked once more, in Ask, and judged as it was in the study. */
  function askAgain(rows) {
    if (!rows?.length) return;
    const [{ model, question, "right answer": right, aliases, length, mark }] = rows;
    window.layerscope.askAbout({ model, question, right, aliases, length, mark });
  }

  window.dash_clientside = Object.assign(window.dash_clientside || {}, {});
  window.dash_clientside.layerscope = Object.assign(window.dash_clientside.layerscope || {}, { askAgain });
})();
