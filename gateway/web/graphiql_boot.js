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
  const history = new Set(["graphiql:queries", "graphiql:favorites"]);
  const withoutHeaders = (items) => JSON.stringify(JSON.parse(items, (key, value) => (key === "headers" ? null : value)));
  const storage = {
    get length() {
      return sessionStorage.length;
    },
    getItem: (key) => sessionStorage.getItem(key),
    setItem: (key, value) => sessionStorage.setItem(key, history.has(key) ? withoutHeaders(value) : value),
    removeItem: (key) => sessionStorage.removeItem(key),
    clear: () => sessionStorage.clear(),
  };

  // GraphiQL opens the first of its default tabs without that tab's variables, unless it remembers them.
  const tabs = JSON.parse(root.dataset.tabs);
  if (storage.getItem("graphiql:tabState") === null && tabs.length > 0) {
    storage.setItem("graphiql:variables", tabs[0].variables);
  }

  ReactDOM.createRoot(root).render(
    React.createElement(GraphiQL, {
      // Subscriptions send the headers editor's content as the WebSocket's connection parameters.
      fetcher: GraphiQL.createFetcher({ url: endpoint.href, subscriptionUrl: socket.href }),
      defaultTabs: tabs,
      defaultEditorToolsVisibility: "variables",
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
      showPersistHeadersSettings: false,
      storage,
    }),
  );
})();
