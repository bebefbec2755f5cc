// The table of clients: paging without a new page, and the row that was being used keeps the focus.
(() => {
  "use strict";
  const part = `${window.center.base}/parts/clients/list`;

  // Previous and next are links; here they fetch the table only.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#client-list .pager a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    const rel = link.rel;
    window.htmx
      .ajax("GET", part + new URL(link.href).search, { target: "#client-list", swap: "outerHTML" })
      .then(() => {
        const list = document.getElementById("client-list");
        list?.scrollIntoView({ block: "nearest" });
        (list?.querySelector(`.pager a[rel="${rel}"]`) || list?.querySelector(".pager a"))?.focus();
      });
  });

  // The table is replaced while somebody goes through it by keys, or has opened a question about it.
  let focused = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "client-list") return;
    const at = document.activeElement;
    const row = at?.closest?.("#client-list tr[data-client]");
    focused = row ? { client: row.dataset.client, button: at.matches("button") } : null;
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!focused) return;
    const row = document.querySelector(`#client-list tr[data-client="${CSS.escape(focused.client)}"]`);
    row?.querySelector(focused.button ? "button" : "a")?.focus({ preventScroll: true });
    focused = null;
  });
})();
