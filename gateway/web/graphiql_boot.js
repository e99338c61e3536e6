// Starts GraphiQL in the page that gateway/web/graphiql.py writes. A served file, because the page's
// Content-Security-Policy allows no inline script.
(() => {
  "use strict";

  const root = document.getElementById("graphiql");
  const endpoint = new URL(root.dataset.endpoint, location.href);
  const socket = new URL(endpoint);
  socket.protocol = endpoint.protocol === "https:" ? "wss:" : "ws:";

  // GraphiQL's dialogs add a <style> element of their own; this is where its libraries look for the nonce it must carry.
  globalThis.__webpack_nonce__ = document.currentScript.nonce;

  // What was typed lives as long as the browser's tab, and keys in the headers editor not even that: GraphiQL's
  // history would keep them beside each query that was run.
  const withoutHeaders = (text) => {
    try {
      return JSON.stringify(JSON.parse(text, (key, value) => (key === "headers" ? null : value)));
    } catch {
      return text;
    }
  };
  const storage = {
    get length() {
      return sessionStorage.length;
    },
    getItem: (key) => sessionStorage.getItem(key),
    setItem: (key, value) => sessionStorage.setItem(key, withoutHeaders(value)),
    removeItem: (key) => sessionStorage.removeItem(key),
    clear: () => sessionStorage.clear(),
  };

  ReactDOM.createRoot(root).render(
    React.createElement(GraphiQL, {
      // Subscriptions send the headers editor's content as the WebSocket's connection parameters.
      fetcher: GraphiQL.createFetcher({ url: endpoint.href, subscriptionUrl: socket.href }),
      defaultTabs: JSON.parse(root.dataset.tabs),
      defaultEditorToolsVisibility: "variables",
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
      showPersistHeadersSettings: false,
      storage,
    }),
  );
})();
