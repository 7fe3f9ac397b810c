/* The fragment of an address as a state's packed form: #explore/3.eJyr... */

/** A view may have addresses of its own, such as #probe/published/Math; a state begins with its version. */
export const holdsState = (hash) => /^#[^/]*\/\d+\./.test(hash);

/** @param {string} view @param {number} version of the format @param {object} state */
export const fragmentOf = async (view, version, state) => `#${view}/${version}.${await pack(state)}`;

/** As JSON, compressed with zlib, in base64url. */
async function pack(state) {
  const stream = new Blob([JSON.stringify(state)]).stream().pipeThrough(new CompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
