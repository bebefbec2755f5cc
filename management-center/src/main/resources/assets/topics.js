// The page of topics: opens a view on the server, and shows what it says. All that comes from MQTT is put in as text.
(() => {
  "use strict";
  const root = document.querySelector("[data-topics]");
  if (!root) return;
  const { base, request, toast } = window.center;
  const view = root.dataset.view;
  const tree = document.getElementById("topic-tree");
  const detail = document.getElementById("topic-detail");
  const watch = document.getElementById("topic-watch");
  const search = document.getElementById("topic-search");
  const list = watch.querySelector("[data-list]");
  const opened = new Set();
  const LISTED = 200;
  let chosen = null;
  let form = "";
  let watched = null;
  let paused = false;
  let stream = null;

  const where = (path, more = {}) => `${path}?${new URLSearchParams({ view, ...more })}`;
  const failed = (error) => toast(error.message, "bad");

  // One request of a kind at a time; what is wanted meanwhile is done once, after it.
  function single(work, pause) {
    let running = false;
    let again = false;
    return async function run() {
      if (running) {
        again = true;
        return;
      }
      running = true;
      try {
        await work();
      } catch {
        // The page's banner says that the connection is lost; it refreshes when it is back.
      }
      await new Promise((done) => setTimeout(done, pause));
      running = false;
      if (again) {
        again = false;
        run();
      }
    };
  }

  const showTree = single(async () => {
    await window.htmx.ajax("GET", base + where("/parts/topics/tree", { search: search.value.trim() }), { target: tree, swap: "innerHTML" });
    tree.removeAttribute("aria-busy");
    mark();
  }, 400);

  const showValues = single(async () => {
    const rows = await request("GET", where("/api/v1/topics/values"));
    for (const row of rows) {
      const line = document.getElementById(`node-${row.id}`);
      if (!line) continue;
      const put = (name, text) => {
        const cell = line.querySelector(`[data-${name}]`);
        if (cell.textContent !== text) cell.textContent = text;
      };
      if (row.heard) {
        put("value", row.preview);
        put("size", bytes(row.size));
        put("rate", row.rate < 99.95 ? row.rate.toFixed(1) : Math.round(row.rate).toLocaleString("en"));
        let time = line.querySelector("[data-at] time");
        if (!time) {
          time = document.createElement("time");
          time.dataset.relative = "";
          line.querySelector("[data-at]").replaceChildren(time);
        }
        if (time.getAttribute("datetime") !== row.at) {
          time.setAttribute("datetime", row.at);
          time.removeAttribute("title");
          time.textContent = "just now";
        }
      }
      line.querySelector("[data-retained]").hidden = !row.retained;
      if (chosen === line.dataset.topic) showDetail();
    }
  }, 300);

  const showDetail = single(async () => {
    const selection = getSelection();
    if (chosen === null || detail.querySelector("dialog[open]") || (!selection.isCollapsed && detail.contains(selection.anchorNode))) return;
    const scroll = document.getElementById("topic-payload")?.scrollTop ?? 0;
    await window.htmx.ajax("GET", base + where("/parts/topics/detail", { topic: chosen, as: form }), { target: detail, swap: "innerHTML" });
    const payload = document.getElementById("topic-payload");
    if (payload) payload.scrollTop = scroll;
  }, 700);

  function bytes(number) {
    if (number < 1024) return `${number} B`;
    return number < 1048064 ? `${(number / 1024).toFixed(1)} KiB` : `${(number / 1048576).toFixed(1)} MiB`;
  }

  function mark() {
    for (const line of tree.querySelectorAll("tr[data-topic]")) line.classList.toggle("is-selected", line.dataset.topic === chosen);
  }

  async function open(topic, shown) {
    await request("POST", "/api/v1/topics/open", { view, topic, open: shown });
    if (shown) {
      opened.add(topic);
    } else {
      for (const each of [...opened]) if (each === topic || each.startsWith(`${topic}/`)) opened.delete(each);
    }
    showTree();
  }

  function choose(topic) {
    chosen = topic;
    form = "";
    mark();
    showDetail();
    if (matchMedia("(max-width: 1000px)").matches) detail.scrollIntoView({ block: "start" });
  }

  async function watching(topic) {
    await request("POST", "/api/v1/topics/watch", { view, topic: topic ?? "" });
    watched = topic;
    list.replaceChildren();
    watch.querySelector("[data-waiting]").hidden = false;
    watch.querySelector("[data-dropped]").hidden = true;
    watch.querySelector("h2").textContent = topic === null ? "Messages" : `Messages of ${topic}`;
    watch.hidden = topic === null;
  }

  function heard(batch) {
    if (batch.topic !== watched || paused) return;
    watch.querySelector("[data-waiting]").hidden = true;
    for (const message of batch.messages) {
      const item = document.createElement("li");
      item.dataset.test = "watched-message";
      const head = document.createElement("small");
      const at = document.createElement("time");
      at.setAttribute("datetime", message.at);
      at.dataset.clock = "";
      at.textContent = new Date(message.at).toLocaleTimeString();
      head.append(at, ` · QoS ${message.qos} · ${bytes(message.size)}${message.retained ? " · retained" : ""}`);
      const body = document.createElement("code");
      body.textContent = message.text;
      item.append(head, body);
      list.prepend(item);
    }
    while (list.childElementCount > LISTED) list.lastElementChild.remove();
    const dropped = watch.querySelector("[data-dropped]");
    dropped.hidden = batch.dropped === 0;
    dropped.textContent = `${batch.dropped.toLocaleString("en")} dropped`;
    dropped.title = "Messages that came faster than this page took them";
  }

  function listen() {
    if (stream || document.hidden) return;
    const parameters = new URLSearchParams({ view });
    for (const topic of opened) parameters.append("open", topic);
    stream = new EventSource(`${base}/api/v1/topics/stream?${parameters}`);
    stream.addEventListener("open", () => {
      showTree();
      showValues();
      if (watched !== null) watching(watched).catch(failed);
    });
    stream.addEventListener("shape", showTree);
    stream.addEventListener("values", showValues);
    stream.addEventListener("watched", (event) => heard(JSON.parse(event.data)));
    stream.addEventListener("error", () => {
      if (stream?.readyState !== EventSource.CLOSED) return;
      stream = null;
      setTimeout(listen, 3000);
    });
  }
  function leave() {
    stream?.close();
    stream = null;
  }
  // Nobody looks at a page that is hidden: after a moment it is not listened for any more.
  let idle = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(idle);
    if (document.hidden) idle = setTimeout(leave, 20000);
    else listen();
  });
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
  setInterval(() => { if (stream && !document.hidden) showValues(); }, 4000);

  root.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    const line = on("tr[data-topic]");
    let from;
    if ((from = on("[data-twig]"))) {
      open(line.dataset.topic, from.getAttribute("aria-expanded") !== "true").catch(failed);
    } else if (on("[data-pick]") || (line && !String(getSelection()))) {
      choose(line.dataset.topic);
    } else if ((from = on("[data-as]"))) {
      form = from.dataset.as;
      getSelection().removeAllRanges();
      showDetail();
    } else if (on("[data-watch]")) {
      watching(chosen).catch(failed);
    } else if (on("[data-unwatch]")) {
      watching(null).catch(failed);
    } else if ((from = on("[data-pause]"))) {
      paused = !paused;
      from.setAttribute("aria-pressed", String(paused));
      from.textContent = paused ? "Go on" : "Pause";
    } else if (on("[data-look]")) {
      request("POST", "/api/v1/topics/look", { view, topic: "" })
        .then(() => Promise.all([...opened].map((topic) => request("POST", "/api/v1/topics/look", { view, topic }))))
        .catch(failed);
    }
  });
  root.addEventListener("keydown", (event) => {
    const line = event.target.closest("tr[data-topic]");
    if (!line) return;
    const twig = line.querySelector("button[data-twig]");
    const expanded = twig?.getAttribute("aria-expanded") === "true";
    if ((event.key === "ArrowRight" && twig && !expanded) || (event.key === "ArrowLeft" && expanded)) {
      event.preventDefault();
      open(line.dataset.topic, !expanded).catch(failed);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      let next = line;
      do next = event.key === "ArrowDown" ? next.nextElementSibling : next.previousElementSibling;
      while (next && !next.dataset.topic);
      if (next) {
        event.preventDefault();
        next.querySelector("[data-pick]").focus();
      }
    }
  });
  root.querySelector("[data-go]").addEventListener("submit", (event) => {
    event.preventDefault();
    const topic = new FormData(event.target).get("topic");
    open(topic, true).then(() => choose(topic), failed);
  });
  root.querySelector("[data-system]").addEventListener("change", (event) => {
    request("POST", "/api/v1/topics/system", { view, shown: event.target.checked }).then(showTree, failed);
  });
  let typing = 0;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(showTree, 200);
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful && event.detail.requestConfig?.verb === "delete") setTimeout(showDetail, 300);
  });
  listen();
})();
