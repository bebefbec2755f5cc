// The page for publishing and subscribing: refreshes what happened, and lets go of its client when it is left.
(() => {
  "use strict";
  const root = document.querySelector("[data-talk]");
  if (!root) return;
  const { base, request, toast } = window.center;
  const talk = root.dataset.id;
  const messages = document.getElementById("talk-messages");
  const own = document.getElementById("talk-own");
  let stream = null;
  let running = false;
  let again = false;

  async function show() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    const scroll = messages.querySelector(".talk-list")?.scrollTop ?? 0;
    try {
      await window.htmx.ajax("GET", `${base}/parts/talk?${new URLSearchParams({ talk })}`, { target: messages, swap: "innerHTML" });
      const list = messages.querySelector(".talk-list");
      if (list) list.scrollTop = scroll;
    } catch {
      // The page's banner says that the connection is lost.
    }
    await new Promise((done) => setTimeout(done, 300));
    running = false;
    if (again) {
      again = false;
      show();
    }
  }

  function listen() {
    if (stream) return;
    stream = new EventSource(`${base}/api/v1/talk/stream?${new URLSearchParams({ talk })}`);
    stream.addEventListener("open", show);
    stream.addEventListener("talk", show);
    stream.addEventListener("error", () => {
      if (stream?.readyState !== EventSource.CLOSED) return;
      stream = null;
      setTimeout(listen, 3000);
    });
  }
  addEventListener("pagehide", () => {
    stream?.close();
    stream = null;
  });
  addEventListener("pageshow", (event) => { if (event.persisted) listen(); });

  const failed = (error) => toast(error.message, "bad");
  root.addEventListener("click", (event) => {
    const end = event.target.closest("[data-unsubscribe]");
    if (end) request("POST", "/api/v1/talk/unsubscribe", { talk, filter: end.dataset.unsubscribe, qos: 0 }).catch(failed);
    else if (event.target.closest("[data-disconnect]")) request("POST", "/api/v1/talk/disconnect", { talk }).catch(failed);
    else if (event.target.closest("[data-clear]")) request("POST", "/api/v1/talk/clear", { talk }).catch(failed);
  });
  own.addEventListener("change", () => {
    for (const input of root.querySelectorAll("[data-typed] input")) input.disabled = own.checked;
  });
  // The password was used; it does not stay in the page either.
  root.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && event.detail.pathInfo?.requestPath?.endsWith("/connect")) document.getElementById("talk-password").value = "";
  });
  listen();
})();
