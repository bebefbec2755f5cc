// The page Cluster: what somebody has just ordered changes the cluster, and so the page, before the answer is there. The button
// stays until then: nobody would hear of the answer without it.
(() => {
  const ID = "cluster-sight";
  let missed = false;

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target } = event.detail;
    if (target?.id === ID && target.querySelector(".htmx-request")) {
      event.detail.shouldSwap = false;
      missed = true;
    }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const from = event.detail.elt;
    if (missed && from.id !== ID && from.closest(`#${ID}`)) {
      missed = false;
      setTimeout(() => document.body.dispatchEvent(new CustomEvent("cluster")), 0);
    }
  });
})();
