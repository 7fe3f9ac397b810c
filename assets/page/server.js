/* The page and its server: which page asks, what a refused request says, a server that does not answer. */

import { emit } from "../base/events.js";
import { addressOf, pathPrefix, setProps, watchRequests } from "../base/dash_internals.js";
import { complain, hold, release } from "../base/notice.js";

/** Every request names its page: the server drops what a closed page waited for. */
const page = Array.from(crypto.getRandomValues(new Uint8Array(12)),
  (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @type {typeof fetch} */
let plainFetch;
let isGone = false;

/** Advice for answers that a proxy gives by itself: it has pages, where the server has sentences. */
const ADVICE = {
  413: "What was sent is larger than the proxy allows (in nginx: client_max_body_size).",
  502: "The server may be starting. Try again in a moment.",
  503: "The server may be starting. Try again in a moment.",
  504: "The server took longer than the proxy waits (in nginx: proxy_read_timeout). Try again.",
};

/** @param {number} status */
const strangeAnswer = (status) =>
  `A proxy before the server answered ${status}. ` +
  (ADVICE[status] || "Reload the page, or ask the person who runs the server.");

export function startServer() {
  plainFetch = watchRequests({
    headers: { "X-Layerscope-Page": page }, onRefused: complain, onUnreachable: waitForServer,
    onStrange: (status) => complain(strangeAnswer(status)) });
  window.addEventListener("pagehide", () => {
    const body = new Blob([JSON.stringify({ page })], { type: "application/json" });
    navigator.sendBeacon(addressOf("leave"), body);
  });
}

/** A server that is gone comes back, as a rule: then the page asks again by itself. */
async function waitForServer() {
  if (isGone) return;
  isGone = true;
  hold("The server does not answer. Your text is kept, and the page tries again by itself.");
  do await new Promise((resolve) => setTimeout(resolve, 1000));
  while (!(await plainFetch(`${pathPrefix()}health`).then((answer) => answer.ok, () => false)));
  isGone = false;
  release();
  emit("server-back", {});
  const run = document.querySelector(".view:not([hidden]) .run:not(#study-run)"); // nobody asked for another study
  // Not by a click: the button may still be waiting for the answer that will not come.
  if (run) setProps(run.id, { loading: false, n_clicks: Date.now() });
}
