/* Whether the page is pointed at with a finger or with a mouse. */

import { onPage } from "./events.js";

let pointedWith = "mouse";

export const isByFinger = () => pointedWith === "touch";

/** After a tap browsers send mouse events and a resting mouse's place: neither is a mouse that moves. */
export function startPointer() {
  onPage("pointerdown", ({ pointerType }) => { pointedWith = pointerType; }, true);
  onPage("pointermove", ({ pointerType, movementX, movementY }) => {
    if (movementX || movementY) pointedWith = pointerType;
  }, true);
}
