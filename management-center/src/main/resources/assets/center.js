// What all pages do. Listeners sit on the document, so that pieces which htmx brings work too; center.css lists the attributes.
(() => {
  "use strict";
  const root = document.documentElement;
  const body = document.body;
  const base = body.dataset.base || "";
  const csrf = body.dataset.csrf || "";
  const icons = body.dataset.icons || "";
  const $ = (id) => document.getElementById(id);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const names = new Set(["cluster", "timeline", "clients", "security", "metrics", "audit", "users"]);

  // ---- small things to build with: text only, never markup
  function element(name, classes, text) {
    const made = document.createElement(name);
    if (classes) made.className = classes;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function icon(name) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(space, "use");
    use.setAttribute("href", `${icons}#${name}`);
    svg.append(use);
    return svg;
  }

  // ---- toasts: read out by screen readers; errors stay until they are closed
  const toasts = element("div", "toasts");
  toasts.setAttribute("popover", "manual");
  toasts.setAttribute("role", "region");
  toasts.setAttribute("aria-label", "Messages");
  const polite = element("div", "hidden");
  polite.setAttribute("aria-live", "polite");
  const urgent = element("div", "hidden");
  urgent.setAttribute("aria-live", "assertive");
  body.append(toasts, polite, urgent);

  function announce(region, text) {
    region.textContent = "";
    setTimeout(() => { region.textContent = text; }, 60);
  }

  function toast(text, kind = "ok") {
    const shown = element("div", `toast ${kind}`);
    shown.dataset.test = "toast";
    const close = element("button", "button ghost icon-only small");
    close.type = "button";
    close.setAttribute("aria-label", "Close this message");
    close.append(icon("close"));
    const gone = () => {
      shown.remove();
      if (!toasts.childElementCount && toasts.matches(":popover-open")) toasts.hidePopover();
    };
    close.addEventListener("click", gone);
    shown.append(icon(kind), element("span", "", text), close);
    while (toasts.childElementCount > 4) toasts.firstElementChild.remove();
    toasts.append(shown);
    // In the top layer, and last in it: above a dialog that is open.
    if (toasts.showPopover) {
      if (toasts.matches(":popover-open")) toasts.hidePopover();
      toasts.showPopover();
    }
    announce(kind === "bad" ? urgent : polite, text);
    if (kind !== "bad") {
      let timer = setTimeout(gone, 6000);
      shown.addEventListener("pointerenter", () => clearTimeout(timer));
      shown.addEventListener("pointerleave", () => { timer = setTimeout(gone, 2500); });
    }
    return shown;
  }

  body.addEventListener("toast", (event) => {
    const detail = event.detail || {};
    const value = detail.value ?? detail;
    if (typeof value === "string") toast(value);
    else toast(String(value.text ?? value.message ?? ""), value.kind || "ok");
  });

  // ---- dialogs
  function open(dialog) {
    if (!dialog || dialog.open) return;
    dialog.showModal();
    const first = dialog.querySelector("[autofocus], .body input:not([type=hidden]), .body select, .body textarea");
    if (first) first.focus();
  }

  // The question before something is done. Resolves to whether it was answered with yes.
  function confirm({ title, text = "", action = "Continue", danger = false, word = "", load = "", values = null }) {
    const dialog = $("confirm");
    const yes = dialog.querySelector("[data-yes]");
    const say = dialog.querySelector("[data-text]");
    const more = dialog.querySelector("[data-more]");
    const typed = dialog.querySelector("input");
    const wordField = dialog.querySelector("[data-word]");
    dialog.querySelector("h2").textContent = title;
    say.textContent = text;
    say.hidden = !text;
    yes.textContent = action;
    yes.className = danger ? "button primary danger" : "button primary";
    wordField.hidden = !word;
    wordField.querySelector("code").textContent = word;
    typed.value = "";
    more.replaceChildren();
    more.hidden = !load;
    const check = () => { yes.disabled = word !== "" && typed.value !== word; };
    check();
    if (load) {
      more.append(element("span", "spinner"));
      yes.disabled = true;
      window.htmx.ajax("GET", load, { target: more, swap: "innerHTML", values: values || {} }).then(check, check);
    }
    return new Promise((resolve) => {
      const stop = new AbortController();
      const options = { signal: stop.signal };
      const answer = (value) => {
        stop.abort();
        dialog.close();
        resolve(value);
      };
      typed.addEventListener("input", check, options);
      yes.addEventListener("click", () => answer(true), options);
      typed.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && !yes.disabled) {
          event.preventDefault();
          answer(true);
        }
      }, options);
      dialog.addEventListener("close", () => answer(false), options);
      if (dialog.open) dialog.close();
      dialog.showModal();
      (word ? typed : danger ? dialog.querySelector("[data-close]") : yes).focus();
    });
  }

  function question(from) {
    const data = from.dataset;
    const form = from.closest("form");
    const values = {};
    if (form && data.confirmLoad) {
      for (const field of form.elements) {
        // What is asked for beforehand stands in an address: secrets stay out of it.
        if (field.name && field.type !== "password" && field.type !== "file" && (field.checked || !/^(checkbox|radio)$/.test(field.type))) values[field.name] = field.value;
      }
    }
    return confirm({
      title: data.confirm,
      text: data.confirmText,
      action: data.confirmAction,
      danger: "confirmDanger" in data,
      word: data.confirmWord,
      load: data.confirmLoad,
      values,
    });
  }

  document.addEventListener("htmx:confirm", (event) => {
    // A form may have several buttons, of which one is worth a question.
    const button = event.detail.triggeringEvent?.submitter;
    const from = button?.dataset.confirm ? button : event.detail.elt;
    if (!from.dataset?.confirm) return;
    event.preventDefault();
    question(from).then((yes) => { if (yes) event.detail.issueRequest(true); });
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const asked = event.submitter?.dataset.confirm ? event.submitter : form;
    if (!asked.dataset.confirm || form.matches("[hx-post], [hx-put], [hx-delete], [hx-get], [hx-patch]")) return;
    event.preventDefault();
    question(asked).then((yes) => { if (yes) form.submit(); });
  });

  // ---- requests: errors become words, successes do what the element asked for
  async function problem(response) {
    let text = "";
    if (typeof response === "string") text = response;
    try {
      const said = JSON.parse(text);
      return said.detail || said.title || text;
    } catch {
      return "";
    }
  }

  async function failed(event) {
    const request = event.detail.xhr;
    // The session ended; where one logs in, it is the password that was wrong.
    if (request.status === 401 && "live" in body.dataset) {
      location.assign(`${base}/login`);
      return;
    }
    const words = (await problem(request.responseText)) || (request.status ? `That did not work: the management center answered ${request.status}. Its log says why.` : "That did not work.");
    const from = event.detail.elt;
    if (byItself(event)) {
      stale(event.detail, words);
      return;
    }
    const place = from.closest?.("form, dialog")?.querySelector(".form-error");
    if (place) {
      place.textContent = words;
      announce(urgent, words);
    } else {
      toast(words, "bad");
    }
  }
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", (event) => {
    if (byItself(event)) stale(event.detail, "The management center cannot be reached.");
    else toast("The management center cannot be reached. Nothing was changed.", "bad");
  });
  document.addEventListener("htmx:timeout", (event) => {
    if (byItself(event)) stale(event.detail, "There was no answer in time.");
    else toast("There was no answer in time. Look whether it was done before you try again.", "bad");
  });

  // A piece that asks for itself is not worth a message each time: it says itself that it is old, or that it could not come.
  const waiting = new Map();
  function byItself({ detail }) {
    return detail.requestConfig?.verb === "get" && !detail.requestConfig.triggeringEvent?.isTrusted && !detail.target?.closest("dialog");
  }
  function stale({ elt, target, requestConfig }, words) {
    if (!target.querySelector(".skeleton, [data-again]")) {
      target.dataset.stale = `Not up to date. ${words}`;
      return;
    }
    const again = () => {
      waiting.delete(elt);
      if (elt.isConnected) window.htmx.ajax("GET", requestConfig.path, { source: elt });
    };
    const box = element("div", "notice bad");
    const said = element("div");
    const button = element("button", "button small", "Try again");
    button.type = "button";
    button.dataset.again = "";
    button.addEventListener("click", again);
    said.append(element("p", "title", "This could not be loaded"), element("p", "", words), button);
    box.append(icon("bad"), said);
    target.replaceChildren(box);
    waiting.set(elt, again);
  }
  document.addEventListener("htmx:afterSwap", (event) => { delete event.detail.target.dataset.stale; });

  let busy = 0;
  document.addEventListener("htmx:beforeRequest", (event) => {
    event.detail.elt.closest?.("form, dialog")?.querySelector(".form-error")?.replaceChildren();
  });
  document.addEventListener("htmx:beforeSend", ({ detail: { xhr, requestConfig } }) => {
    if (!requestConfig?.triggeringEvent?.isTrusted) return;
    busy += 1;
    body.classList.add("is-busy");
    // The request's own event: what asked may have left the page until then, and nobody hears of its.
    xhr.addEventListener("loadend", () => {
      busy -= 1;
      if (!busy) body.classList.remove("is-busy");
    });
  });

  // What somebody has just ordered changes things, and so the piece around the button, before the answer is there. The piece stays
  // until then: nobody would hear of the answer without the button. Then it is asked for again.
  const ordered = new Set();
  const skipped = new Map();
  document.addEventListener("htmx:beforeSend", ({ detail: { elt, xhr, requestConfig } }) => {
    if (!requestConfig || requestConfig.verb === "get") return;
    ordered.add(elt);
    xhr.addEventListener("loadend", () => {
      ordered.delete(elt);
      setTimeout(catchUp, 0);
    });
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig } = event.detail;
    if (requestConfig?.verb !== "get" || !waitsFor(target)) return;
    event.detail.shouldSwap = false;
    skipped.set(requestConfig.elt, { path: requestConfig.path, target });
  });
  function waitsFor(piece) {
    return [...ordered].some((each) => piece?.contains(each));
  }
  function catchUp() {
    for (const [elt, { path, target }] of [...skipped]) {
      if (waitsFor(target)) continue;
      skipped.delete(elt);
      if (elt.isConnected) window.htmx.ajax("GET", path, { source: elt });
    }
  }

  document.addEventListener("htmx:afterRequest", (event) => {
    const from = event.detail.elt;
    if (!event.detail.successful || !from.dataset?.done || event.target !== from) return;
    for (const what of from.dataset.done.split(" ")) {
      if (what === "close") from.closest("dialog")?.close();
      else if (what === "reset") from.closest("form")?.reset();
      else if (what === "reload") keep(() => location.reload());
      else if (what.startsWith("go:")) keep(() => location.assign(what.slice(3)));
    }
  });

  // What was just said is said on the page that comes next.
  function keep(then) {
    setTimeout(() => {
      const texts = all(".toast:not(.bad) > span", toasts).slice(-1).map((each) => each.textContent);
      try {
        sessionStorage.setItem("center.toasts", JSON.stringify(texts));
      } catch {
        // Then it is not said again.
      }
      then();
    }, 0);
  }
  try {
    for (const text of JSON.parse(sessionStorage.getItem("center.toasts") || "[]")) toast(text);
    sessionStorage.removeItem("center.toasts");
  } catch {
    // Storage may be forbidden.
  }

  async function request(method, path, sent) {
    const response = await fetch(base + path, {
      method,
      headers: { Accept: "application/json", "X-CSRF-Token": csrf, ...(sent === undefined ? {} : { "Content-Type": "application/json" }) },
      body: sent === undefined ? undefined : JSON.stringify(sent),
    });
    const text = await response.text();
    if (!response.ok) throw new Error((await problem(text)) || `The management center answered ${response.status}.`);
    return text ? JSON.parse(text) : null;
  }

  // ---- clicks
  document.addEventListener("click", (event) => {
    const off = event.target.closest?.("[aria-disabled=true]");
    if (off) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (off.title) toast(off.title, "info");
    }
  }, true);

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without HTTPS browsers have no clipboard: the old way.
      const area = element("textarea", "hidden");
      area.value = text;
      (document.querySelector("dialog[open]") || body).append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  }

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    let from;
    if ((from = on("[data-copy], [data-copy-from]"))) {
      const source = from.dataset.copyFrom && document.querySelector(from.dataset.copyFrom);
      copy(source ? source.value ?? source.textContent : from.dataset.copy).then(() => {
        const use = from.querySelector("use");
        use?.setAttribute("href", `${icons}#check`);
        setTimeout(() => use?.setAttribute("href", `${icons}#copy`), 1500);
        announce(polite, "Copied");
      });
    } else if ((from = on("[data-open]"))) {
      open($(from.dataset.open));
    } else if ((from = on("dialog [data-close]"))) {
      from.closest("dialog").close();
    } else if ((from = on("[data-theme-next]"))) {
      nextTheme();
    } else if ((from = on("[data-menu]"))) {
      menu(!$("side").classList.contains("is-open"));
    } else if (on(".veil")) {
      menu(false);
    } else if ((from = on("[data-reveal]"))) {
      const input = document.querySelector(from.dataset.reveal);
      const shown = input.type === "text";
      input.type = shown ? "password" : "text";
      from.setAttribute("aria-pressed", String(!shown));
    } else if ((from = on("[role=tab][aria-controls]"))) {
      select(from);
    } else if ((from = on("tr[data-href]")) && !on("a, button, input, label, select") && !String(getSelection())) {
      location.assign(from.dataset.href);
    }
    // A click beside a dialog closes it, unless something was typed into it.
    if (event.target instanceof HTMLDialogElement && event.target.open && !event.target.querySelector("form")) {
      const box = event.target.getBoundingClientRect();
      if (event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom) event.target.close();
    }
  });

  function select(tab) {
    for (const each of all("[role=tab]", tab.parentElement)) {
      const chosen = each === tab;
      each.setAttribute("aria-selected", String(chosen));
      each.tabIndex = chosen ? 0 : -1;
      const panel = $(each.getAttribute("aria-controls"));
      if (panel) panel.hidden = !chosen;
    }
    tab.focus();
  }

  // ---- drawer
  function menu(shown) {
    const side = $("side");
    if (!side) return;
    side.classList.toggle("is-open", shown);
    document.querySelector("[data-menu]")?.setAttribute("aria-expanded", String(shown));
    document.querySelector(".veil")?.remove();
    if (shown) {
      const veil = element("button", "veil");
      veil.type = "button";
      veil.tabIndex = -1;
      veil.setAttribute("aria-label", "Close the navigation");
      side.after(veil);
      side.querySelector("a[aria-current], a")?.focus();
    } else {
      document.querySelector("[data-menu]")?.focus({ preventScroll: true });
    }
  }

  // ---- theme: the system's, light, dark
  function theme() {
    return root.dataset.theme || "auto";
  }
  function showTheme() {
    const now = theme();
    const words = { auto: "like the system", light: "light", dark: "dark" }[now];
    for (const button of all("[data-theme-next]")) {
      button.setAttribute("aria-label", `Theme: ${words}`);
      button.title = `Theme: ${words}`;
      button.querySelector("use").setAttribute("href", `${icons}#${{ auto: "auto", light: "sun", dark: "moon" }[now]}`);
    }
    document.dispatchEvent(new CustomEvent("center:theme"));
  }
  function nextTheme() {
    const next = { auto: "light", light: "dark", dark: "auto" }[theme()];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    try {
      localStorage.setItem("center.theme", next);
    } catch {
      // It holds for this page then.
    }
    showTheme();
    announce(polite, all("[data-theme-next]")[0]?.title ?? "");
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);

  // Canvases cannot read light-dark(): a probe's colour is always plain.
  function colour(name) {
    const probe = element("span");
    probe.style.color = `var(${name})`;
    body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  }

  // ---- times
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const precise = new Intl.DateTimeFormat(undefined, { month: "short", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23" });
  function span(seconds) {
    if (seconds < 60) return `${Math.floor(seconds)} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
    return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
  }
  function put(node, text) {
    if (node.textContent !== text) node.textContent = text;
  }
  function times(from = document) {
    for (const node of all("time[datetime]", from)) {
      const at = new Date(node.getAttribute("datetime"));
      if (Number.isNaN(at.getTime())) continue;
      const seconds = (Date.now() - at) / 1000;
      if ("clock" in node.dataset) {
        put(node, precise.format(at));
        if (!node.title) node.title = node.getAttribute("datetime");
        continue;
      }
      if (!node.title) node.title = local.format(at);
      if ("since" in node.dataset) put(node, span(Math.max(0, seconds)));
      else if ("relative" in node.dataset) put(node, seconds < -1 ? `in ${span(-seconds)}` : seconds < 2 ? "just now" : `${seconds < 86400 ? span(seconds).replace(/ h .*/, " h") : span(seconds).replace(/ d .*/, " d")} ago`);
    }
  }
  setInterval(() => { if (!document.hidden) times(); }, 1000);

  // ---- live: one stream for the page; what the server names, the body hears
  let stream = null;
  let broken = false;
  let lastWord = Date.now();
  let graceTimer = 0;
  let idleTimer = 0;

  function lost() {
    if (broken) return;
    broken = true;
    const banner = $("lost");
    if (banner) {
      banner.querySelector("time").textContent = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" }).format(lastWord);
      banner.hidden = false;
    }
    body.classList.add("is-lost");
    announce(urgent, "The connection to the management center is lost.");
  }
  function found() {
    clearTimeout(graceTimer);
    graceTimer = 0;
    lastWord = Date.now();
    if (!broken) return;
    broken = false;
    const banner = $("lost");
    if (banner) banner.hidden = true;
    body.classList.remove("is-lost");
    announce(polite, "The connection is back.");
    refresh();
  }
  function refresh() {
    for (const name of names) tell(name);
    tell("reconnected");
    for (const again of [...waiting.values()]) again();
  }
  function tell(name, detail = null) {
    body.dispatchEvent(new CustomEvent(name, { detail }));
  }
  function listen() {
    if (stream || !("live" in body.dataset)) return;
    stream = new EventSource(`${base}/events`);
    stream.onopen = found;
    stream.onerror = () => {
      // A restart of the server or a proxy's time-out is over within a moment: no banner for that.
      if (!graceTimer) graceTimer = setTimeout(lost, 1500);
      if (stream.readyState === EventSource.CLOSED) {
        stream = null;
        setTimeout(async () => {
          // Was it the session that ended, or the server?
          try {
            const answer = await fetch(`${base}/`, { method: "HEAD", redirect: "manual" });
            if (answer.type === "opaqueredirect" || answer.status === 401) location.assign(`${base}/login`);
          } catch {
            // Not there: tried again.
          }
          listen();
        }, 2000);
      }
    };
    stream.addEventListener("hello", found);
    for (const name of names) stream.addEventListener(name, heard);
  }
  function heard(event) {
    lastWord = Date.now();
    let detail = event.data;
    try {
      detail = JSON.parse(event.data);
    } catch {
      // Plain text it is.
    }
    tell(event.type, detail);
  }
  // Pieces may wait for names that only they know.
  function waits(from) {
    for (const piece of all('[hx-trigger*="from:body"]', from)) {
      for (const [, name] of piece.getAttribute("hx-trigger").matchAll(/([a-z][\w-]*)(?:\s+\w+:\S+)*?\s+from:body/g)) {
        if (!names.has(name)) {
          names.add(name);
          stream?.addEventListener(name, heard);
        }
      }
    }
  }
  // Browsers have six connections per server: tabs that nobody looks at give theirs back.
  document.addEventListener("visibilitychange", () => {
    clearTimeout(idleTimer);
    if (document.hidden) {
      idleTimer = setTimeout(() => {
        stream?.close();
        stream = null;
        clearTimeout(graceTimer);
        graceTimer = 0;
      }, 20000);
    } else if (!stream) {
      listen();
      refresh();
    }
  });
  addEventListener("pagehide", () => { stream?.close(); stream = null; });
  addEventListener("pageshow", (event) => { if (event.persisted) { listen(); refresh(); } });
  addEventListener("offline", lost);

  // ---- forms and tables
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (field.dataset?.filter) {
      const wanted = field.value.trim().toLowerCase();
      let shown = 0;
      for (const row of all(`${field.dataset.filter} tbody tr`)) {
        row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
        shown += row.hidden ? 0 : 1;
      }
      announce(polite, `${shown} shown`);
    }
  });
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field.dataset?.checkAll) {
      for (const box of all(`input[type=checkbox][name="${CSS.escape(field.dataset.checkAll)}"]`)) if (!box.closest("[hidden]")) box.checked = field.checked;
    }
    checked();
    if (field.form && "autosubmit" in field.form.dataset) field.form.requestSubmit();
  });
  function checked() {
    for (const button of all("[data-needs-checked]")) {
      const count = all(`input[type=checkbox][name="${CSS.escape(button.dataset.needsChecked)}"]:checked`).length;
      button.disabled = count === 0;
      const number = button.querySelector("[data-count]");
      if (number) number.textContent = count ? ` (${count})` : "";
    }
  }

  // ---- keys
  const GO = { c: "/", t: "/timeline", m: "/metrics-history", l: "/clients", o: "/topics", p: "/talk", s: "/security", x: "/security/tester", a: "/audit", d: "/admin" };
  let pending = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if ($("side")?.classList.contains("is-open")) menu(false);
      return;
    }
    if (event.target.matches?.("[role=tab]") && /^Arrow(Left|Right)$/.test(event.key)) {
      const tabs = all("[role=tab]", event.target.parentElement);
      select(tabs[(tabs.indexOf(event.target) + (event.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length]);
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, select, textarea, [contenteditable=true], dialog")) return;
    if (pending) {
      clearTimeout(pending);
      pending = 0;
      const path = GO[event.key];
      if (path && document.querySelector(".side")) {
        event.preventDefault();
        location.assign(base + path);
      }
      return;
    }
    if (event.key === "/") {
      const search = document.querySelector("[data-search], input[type=search]");
      if (search) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    } else if (event.key === "?") {
      open($("keys"));
    } else if (event.key === "g") {
      pending = setTimeout(() => { pending = 0; }, 1200);
    }
  });

  // ---- what htmx brings, and the first time
  function arrived(from) {
    // On a narrow screen the chosen tab may be beyond the edge.
    for (const tab of all(".tabs > [aria-current], .tabs > [aria-selected=true]", from)) {
      const tabs = tab.parentElement;
      if (tabs.scrollWidth > tabs.clientWidth) tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.clientWidth) / 2;
    }
    times(from);
    checked();
    waits(from);
  }
  document.addEventListener("htmx:afterSettle", (event) => {
    arrived(event.detail.elt);
    restore(event.detail);
  });
  // An answer that is a whole page (the session ended, and it is the login) has no place inside of another.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr } = event.detail;
    if (/^\s*<!doctype/i.test(event.detail.serverResponse || "") && target !== body) {
      event.detail.shouldSwap = false;
      location.reload();
      return;
    }
    // Nothing is taken away from below a question that it is about: that button would do nothing any more.
    const above = all("dialog[open]");
    if (!above.some((each) => each.contains(target)) && above.some((each) => each.id === "confirm" || target.contains(each))) {
      event.detail.shouldSwap = false;
      missed = true;
      return;
    }
    remember(target, xhr);
  });
  let missed = false;
  document.addEventListener("close", () => {
    if (missed) {
      missed = false;
      // After what the answer started.
      setTimeout(refresh, 300);
    }
  }, true);

  // A piece that is replaced keeps its focus, what was unfolded, and how far it was scrolled.
  const SCROLLS = ".table-wrap, .log, .code";
  const MARKS = ["href", "hx-post", "hx-put", "hx-delete", "data-open", "data-copy", "data-href"];
  const remembered = new WeakMap();
  function remember(target, xhr) {
    const focus = target.contains(document.activeElement) ? document.activeElement : null;
    const mark = focus && !focus.id && MARKS.find((name) => focus.hasAttribute(name));
    remembered.set(xhr, {
      id: target.id,
      focus: mark ? `${focus.localName}[${mark}="${CSS.escape(focus.getAttribute(mark))}"]` : "",
      unfolded: all("details[id][open]", target).map((each) => each.id),
      scrolled: all(SCROLLS, target).map((each) => [each.scrollLeft, each.scrollTop && each.scrollTop + each.clientHeight > each.scrollHeight - 4 ? Infinity : each.scrollTop]),
    });
  }
  function restore({ xhr, elt }) {
    const was = remembered.get(xhr);
    if (!was) return;
    const now = $(was.id) || elt;
    for (const id of was.unfolded) $(id)?.setAttribute("open", "");
    all(SCROLLS, now).forEach((each, index) => {
      const [left, top] = was.scrolled[index] || [0, 0];
      // What was read at its end goes on at its end.
      if (left || top) each.scrollTo(left, Math.min(top, each.scrollHeight));
    });
    if (was.focus && (document.activeElement === body || !document.activeElement)) now.querySelector(was.focus)?.focus({ preventScroll: true });
  }
  showTheme();
  arrived(document);
  listen();

  window.center = { toast, confirm, colour, copy, request, base, csrf, open, announce: (text) => announce(polite, text) };
})();
