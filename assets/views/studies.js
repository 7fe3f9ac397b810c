/* Files that come into the Probe view: a data set that is too large is refused before it is read, and a study that
   was exported is sent as it is. */

import { addressOf, setProps } from "../base/dash_internals.js";
import { onPage } from "../base/events.js";
import { clearError, complain } from "../base/notice.js";
import { askAbout } from "./question.js";

const MOST_BYTES = 10e6;
const megabytes = (file) => (file.size / 1e6).toLocaleString("en", { maximumFractionDigits: 1 });

export function startStudies() {
  onPage("change", checkSize, true);
  onPage("drop", checkSize, true);
  onPage("click", ({ target }) => {
    if (target.id !== "study-import") return;
    const picker = Object.assign(document.createElement("input"), { type: "file", accept: ".zip" });
    picker.addEventListener("change", () => send(picker.files[0]));
    picker.click();
  });
}

/** The file picker and a drop end in the same check. */
function checkSize(event) {
  if (!event.target.closest?.("#study-upload")) return;
  const file = (event.dataTransfer || event.target).files?.[0];
  if (!file || file.size <= MOST_BYTES) return;
  event.stopPropagation();
  event.preventDefault();
  if (event.target.value) event.target.value = "";
  setProps("study-added", { data: "" }); // as any other file that is refused
  complain(`${file.name} has ${megabytes(file)} MB; the limit is 10 MB. Nothing was sent.`);
}

/** Dash calls this with the data set that is chosen and the one that was brought last. Without one a study cannot run;
    what is said of a file belongs to it alone. */
export const armStudy = (chosen, brought) => [!chosen, Boolean(chosen) && chosen !== brought];

async function send(file) {
  const response = await fetch(addressOf("studies"), {
    method: "POST", headers: { "Content-Type": "application/zip" }, body: file }).catch(() => null);
  const said = await response?.json().catch(() => null);
  if (!response?.ok) return complain(said?.error || `${file.name} could not be brought in.`);
  clearError();
  setProps("study-imported", { data: said.study });
}

/** Dash calls this with a row of the examples: its question is asked again, in Ask, and judged as in the study. */
export function askAgain(rows) {
  if (!rows?.length) return;
  const [{ model, question, "right answer": right, aliases, length, mark, given }] = rows;
  askAbout({ model, question, right, aliases, length, mark, given });
}
