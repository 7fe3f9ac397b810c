/* Everything that depends on how Dash works in the browser: its renderer's globals, the address and form of its
   requests, its configuration element. tests/browser/test_internals.py says what breaks when Dash changes. */

/** @type {any} */
const page = globalThis;

/**
 * A page that Dash does not serve, such as a notebook, has no component to set: then nothing happens.
 * @param {string} id
 * @param {Record<string, any>} props
 */
export const setProps = (id, props) => page.dash_clientside?.set_props?.(id, props);

/** Whether the renderer can set properties yet. */
export const isDashReady = () => Boolean(page.dash_clientside?.set_props);

/** The value of an output that is to stay as it is. */
export const noUpdate = () => page.dash_clientside.no_update;

/** The id of the first input of the callback that runs now. */
export const firstInputId = () => page.dash_clientside.callback_context.inputs_list[0].id;

/** The values of all inputs of the callback that runs now, by "id.property". */
export const allInputs = () => page.dash_clientside.callback_context.inputs;

/** The id of the component that made the callback run, or undefined. */
export const triggerId = () => page.dash_clientside.callback_context.triggered[0]?.prop_id.split(".")[0];

/** A component's properties, or undefined if Dash has none of that id. */
export function propsOf(id) {
  try {
    return page.dash_component_api.getLayout(id)?.props;
  } catch {
    return undefined; // Dash reads the place of what it does not know
  }
}

/** The function that Dash finds for ClientsideFunction("layerscope", name), for every name. */
export function publishCallbacks(callbacks) {
  page.dash_clientside = Object.assign(page.dash_clientside || {}, {});
  page.dash_clientside.layerscope = callbacks;
}

/** The functions that a component of dash-mantine-components names in a property. */
export function publishComponentFunctions(functions) {
  page.dashMantineFunctions = Object.assign(page.dashMantineFunctions || {}, functions);
}

/** The functions that a property of a table of dash-ag-grid names. */
export function publishTableFunctions(functions) {
  page.dashAgGridFunctions = Object.assign(page.dashAgGridFunctions || {}, functions);
}

/** An element that one of those functions returns. */
export const reactElement = (...parts) => page.React.createElement(...parts);

/** Where the dashboard lies on its server, "/" or below it. */
export const pathPrefix = () =>
  JSON.parse(document.getElementById("_dash-config").textContent).requests_pathname_prefix;

/** The address of one of this project's own routes. */
export const addressOf = (path) => `${pathPrefix()}_layerscope/${path}`;

const isDashRequest = (request) => String(request?.url || request).includes("_dash-update-component");
const isOwnRequest = (request) =>
  typeof request === "string" && !/^[a-z]+:\/\//i.test(request.replace(location.origin, ""));

function withHeaders(options = {}, more = {}) {
  const headers = new Headers(options.headers || {});
  for (const [name, value] of Object.entries(more)) headers.set(name, value);
  return { ...options, headers };
}

/**
 * Dash reports neither a refused request nor a server that does not answer. So window.fetch is replaced: every
 * request to this server carries these headers, and what happens to Dash's own requests is reported.
 * @returns {typeof fetch} the browser's own fetch
 */
export function watchRequests({ headers, onRefused, onStrange, onUnreachable }) {
  const plainFetch = window.fetch;
  window.fetch = async (request, options) => {
    const sent = isOwnRequest(request) ? withHeaders(options, headers) : options;
    if (!isDashRequest(request)) return plainFetch(request, sent);
    try {
      const response = await plainFetch(request, sent);
      if (response.status >= 400) response.clone().json().then(
        ({ error }) => error && onRefused(error), () => onStrange(response.status));
      return response;
    } catch (error) {
      if (error.name === "AbortError") throw error;
      onUnreachable();
      // Dash undoes what it set for the time of a request only when it gets some answer.
      return new Response(null, { status: 503 });
    }
  };
  return plainFetch;
}
