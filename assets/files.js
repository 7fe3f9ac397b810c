/* A map's numbers as files that the server writes, and such files opened again. */
(function () {
  "use strict";

  const OPENED = "explore"; // the view that shows what was opened

  const set = (id, props) => window.dash_clientside.set_props(id, props);

  async function saveFile(map, kind) {
    if (!map.meta.measure) return window.layerscope.saveTable(map); // of no inspection that could be asked for
    const { graph, visible, fileName, download } = window.layerscope;
    const { xaxis, yaxis } = graph(map).layout;
    const answer = await post(`export/${map.prefix}/${kind}`, "application/json", JSON.stringify({
      request: map.meta.request, measure: map.meta.measure, site: map.meta.site,
      study: map.meta.study, probe: map.meta.probe,
      columns: visible(map, xaxis.range), rows: rowsInView(map, yaxis.range) }));
    return download(await answer.blob(), fileName(map, kind));
  }

  const rowsInView = (map, [low, high]) => [low + 0.001, high - 0.001].map((edge) =>
    window.layerscope.clamp(Math.round(edge), map.rows));

  /* Ask the server; what it refuses becomes an error with its own sentence. */
  async function post(address, type, body) {
    const answer = await fetch(window.layerscope.addressOf(address), {
      method: "POST", headers: { "Content-Type": type }, body }).catch(() => {
      throw new Error("The server does not answer. Try again.");
    });
    if (answer.ok) return answer;
    const said = await answer.json().catch(() => ({}));
    throw new Error(said.error || `The server answered ${answer.status}.`);
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-open-file]")) return;
    const input = Object.assign(document.createElement("input"), { type: "file", accept: ".npz,.json" });
    input.addEventListener("change", () => open(input.files[0]).catch(({ message }) =>
      set("page-error", { children: message, hide: false })));
    input.click();
  });

  /* The server keeps the numbers for as long as it has room; the view then asks for them by a name. */
  async function open(file) {
    const answer = await post("open", "application/octet-stream", file);
    const { model, text, special_tokens } = await answer.json();
    addChoice(`${OPENED}-model`, model);
    set(`${OPENED}-text`, { value: text });
    set(`${OPENED}-special-tokens`, { checked: special_tokens });
    set(`${OPENED}-model`, { value: model });
    for (const id of ["page-error", `${OPENED}-switched`]) set(id, { hide: true });
  }

  /* A file's name is among the models of whoever has opened it. */
  function addChoice(id, value) {
    const { data } = window.dash_component_api.getLayout(id).props;
    if (!data.some((choice) => choice.value === value)) set(id, { data: [...data, { value, label: value }] });
  }

  window.dash_clientside = Object.assign(window.dash_clientside || {}, {});
  window.dash_clientside.layerscope = Object.assign(window.dash_clientside.layerscope || {}, {
    isOldNews: () => true });
  window.layerscope = Object.assign(window.layerscope || {}, { saveFile, rowsInView, addChoice });
})();
