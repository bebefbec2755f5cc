// The log of a broker: stays at its end, and goes on when asked to. Its lines quote strangers: text only.
(() => {
  "use strict";
  const MOST = 2000;
  let stream = null;

  const end = (pre) => { pre.scrollTop = pre.scrollHeight; };

  function stop(button, words) {
    stream?.close();
    stream = null;
    button.setAttribute("aria-pressed", "false");
    button.querySelector("span").textContent = "Follow";
    if (words) window.center.toast(words, "info");
  }

  function append(text) {
    let pre = document.getElementById("log-text");
    if (!pre) {
      pre = document.createElement("pre");
      pre.className = "log";
      pre.id = "log-text";
      pre.tabIndex = 0;
      pre.setAttribute("aria-label", "Log");
      document.getElementById("log").replaceChildren(pre);
    }
    const stays = pre.scrollTop + pre.clientHeight >= pre.scrollHeight - 8;
    pre.append(`${text}\n`);
    while (pre.childNodes.length > MOST) pre.firstChild.remove();
    if (stays) end(pre);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-follow]");
    if (!button) return;
    if (stream) {
      stop(button);
      return;
    }
    stream = new EventSource(button.dataset.follow);
    button.setAttribute("aria-pressed", "true");
    button.querySelector("span").textContent = "Stop";
    stream.addEventListener("line", (message) => append(JSON.parse(message.data).text));
    stream.addEventListener("end", () => stop(button, "The log has ended: the container was stopped."));
    stream.onerror = () => { if (stream) stop(button, "The log can't be followed now."); };
  });
  addEventListener("pagehide", () => stream?.close());
  document.addEventListener("htmx:afterSettle", () => {
    const pre = document.querySelector("#log-text:not([data-seen])");
    if (pre) {
      pre.dataset.seen = "";
      end(pre);
    }
  });
})();
