// The page Cluster: while a question is open, what it was asked about stays where it is.
(() => {
  const asking = () => document.querySelector("dialog[open]") !== null;

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id === "cluster-sight" && asking()) event.detail.shouldSwap = false;
  });
  // What was not shown meanwhile is shown when the question is answered, and that was acted on.
  document.addEventListener("close", () => setTimeout(() => document.body.dispatchEvent(new CustomEvent("cluster")), 100), true);
})();
