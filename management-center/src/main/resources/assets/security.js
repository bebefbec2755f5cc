// Pages of security: forms become JSON; what a change does is shown before it is made.
(() => {
  "use strict";
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const node = (name, text = "", className = "") => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  };
  const SHOWN = 25;
  let ours = 0;

  function value(field) {
    if (field.type === "checkbox") return field.checked;
    if ("bool" in field.dataset) return field.value === "true";
    if (field.type === "number") return field.value === "" ? null : Number(field.value);
    return field.value;
  }

  // The fields outside of lists by their names, each list of rows as an array of objects.
  function read(form) {
    const body = {};
    for (const field of form.elements) {
      if (field.name && !field.disabled && field.type !== "file" && !field.closest("[data-row]")) body[field.name] = value(field);
    }
    for (const list of all("[data-list]", form)) {
      body[list.dataset.list] = all("[data-row]", list).map((row) => {
        const one = {};
        for (const field of all("[data-key]", row)) {
          const read = value(field);
          if (read !== null) one[field.dataset.key] = read;
        }
        return one;
      });
    }
    if (form.dataset.checked) {
      body[form.dataset.checked] = all(`input[type=checkbox][name="${CSS.escape(form.dataset.checked)}"]:checked`).map((box) => box.value);
    }
    return body;
  }

  function withQuery(path, query) {
    const more = new URLSearchParams(query).toString();
    return more ? `${path}${path.includes("?") ? "&" : "?"}${more}` : path;
  }

  async function send(method, path, body) {
    if (!(body instanceof FormData)) return window.center.request(method, path, body);
    const response = await fetch(window.center.base + path, { method, headers: { Accept: "application/json", "X-CSRF-Token": window.center.csrf }, body });
    const answer = await response.json().catch(() => null);
    if (!response.ok) throw new Error(answer?.detail || `The management center answered ${response.status}.`);
    return answer;
  }

  function shown(plan) {
    const parts = document.createDocumentFragment();
    if (plan.danger) {
      const danger = node("div", "", "notice bad");
      danger.dataset.test = "plan-danger";
      const text = node("div");
      text.append(node("p", "Dangerous", "title"), node("p", plan.danger));
      danger.append(text);
      parts.append(danger);
    }
    const impact = node("p", plan.impact.sentence, plan.impact.connections ? "strong" : "");
    impact.dataset.test = "plan-impact";
    parts.append(impact);
    if (plan.impact.clients.length) {
      const list = node("ul", "", "plain stack tight small");
      for (const client of plan.impact.clients.slice(0, SHOWN)) {
        const line = node("li", "", "break");
        line.dataset.test = "plan-client";
        line.append(node("span", client.id, "mono"));
        line.append(` ${client.username ? `(${client.username}) ` : ""}${client.loses || "connects again"}`);
        list.append(line);
      }
      const rest = plan.impact.connections - Math.min(SHOWN, plan.impact.clients.length);
      if (rest > 0) list.append(node("li", `and ${rest} more`, "muted"));
      parts.append(list);
    }
    const changed = plan.differences.length + plan.passwords.length;
    const details = node("details", "", "fold");
    details.open = changed <= 3;
    details.append(node("summary", changed === 1 ? "1 thing changes" : `${changed} things change`));
    const diff = node("div", "", "stack tight");
    for (const difference of plan.differences.slice(0, SHOWN)) {
      const one = node("div");
      one.dataset.test = "plan-difference";
      const head = node("div", "", "break");
      head.append(node("span", difference.words, "strong"), ` ${difference.what}`);
      const lines = node("div", "", "diff mono small break");
      for (const line of difference.lines) {
        if (line.before) lines.append(node("del", `${line.field}: ${line.before}`));
        if (line.after) lines.append(node("ins", `${line.field}: ${line.after}`));
      }
      one.append(head);
      if (lines.childElementCount && difference.what !== "deleted") one.append(lines);
      diff.append(one);
    }
    if (plan.differences.length > SHOWN) diff.append(node("p", `and ${plan.differences.length - SHOWN} more`, "muted"));
    for (const name of plan.passwords.slice(0, SHOWN)) diff.append(node("div", `Password of '${name}' is set; that can't be undone.`));
    details.append(diff);
    parts.append(details);
    return parts;
  }

  function fail(from, error) {
    const place = from.closest("form")?.querySelector(".form-error");
    if (place) place.textContent = error.message;
    else window.center.toast(error.message, "bad");
  }

  // Shows what it does, asks, does it. Answers whether it was done.
  async function change(from, method, path, body) {
    from.closest("form")?.querySelector(".form-error")?.replaceChildren();
    from.setAttribute("aria-busy", "true");
    try {
      const plan = await send(method, withQuery(path, { preview: "true" }), body);
      if (plan.nothing) {
        window.center.toast("Nothing is different, so nothing was done.", "info");
        return false;
      }
      const answer = window.center.confirm({
        title: from.dataset.title || "Look at what it does",
        action: plan.danger ? "Do it anyway" : method === "DELETE" ? "Delete" : "Apply",
        danger: Boolean(plan.danger) || "danger" in from.dataset || plan.impact.clients.some((client) => client.loses),
        word: plan.danger ? "insist" : "",
      });
      const more = document.querySelector("#confirm [data-more]");
      more.hidden = false;
      more.replaceChildren(shown(plan));
      if (!(await answer)) return false;
      ours = Date.now();
      const done = await send(method, withQuery(path, plan.danger ? { mark: plan.mark, insist: "true" } : { mark: plan.mark }), body);
      after(from, done?.message || "Done.");
      return true;
    } catch (error) {
      fail(from, error);
      return false;
    } finally {
      from.removeAttribute("aria-busy");
    }
  }

  function after(from, message) {
    const data = from.dataset;
    if (!("go" in data) && !("doneReload" in data)) {
      window.center.toast(message);
      for (const secret of all("input[name=password]", from)) secret.value = "";
      return;
    }
    try {
      sessionStorage.setItem("center.toasts", JSON.stringify([message]));
    } catch {
      // Then it is not said again.
    }
    if ("doneReload" in data) location.reload();
    else location.assign(window.center.base + data.go + (data.name ? encodeURIComponent(document.querySelector(data.name).value) : ""));
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if ("change" in form.dataset) {
      event.preventDefault();
      const name = form.dataset.name && document.querySelector(form.dataset.name).value;
      const path = name === undefined ? form.dataset.path : withQuery(form.dataset.path + encodeURIComponent(name), { new: "true" });
      change(form, form.dataset.change, path, read(form));
    } else if ("import" in form.dataset) {
      event.preventDefault();
      // As a file: such a body may be longer than others.
      const body = new FormData();
      body.append("file", form.querySelector("input[type=file]").files[0]);
      const query = {};
      for (const box of all("input[type=checkbox]", form)) if (box.checked) query[box.name] = "true";
      change(form, "POST", withQuery(form.dataset.import, query), body);
    }
  });

  document.addEventListener("click", async (event) => {
    const on = (selector) => event.target.closest(selector);
    let from;
    if ((from = on("button[data-change]")) && from.getAttribute("aria-disabled") !== "true") {
      change(from, from.dataset.change, from.dataset.path, from.dataset.body ? JSON.parse(from.dataset.body) : undefined);
    } else if ((from = on("[data-add-row]"))) {
      const list = from.closest("[data-list]");
      const row = list.querySelector("template").content.cloneNode(true);
      const rows = list.querySelector("[data-rows]");
      if (rows) rows.append(row);
      else list.querySelector("template").before(row);
      all("[data-row]", list).at(-1).querySelector("select, input").focus();
    } else if ((from = on("[data-remove-row]"))) {
      const list = from.closest("[data-list]");
      from.closest("[data-row]").remove();
      list.querySelector("[data-add-row]")?.focus();
    } else if ((from = on("[data-generate]"))) {
      const field = document.querySelector(from.dataset.generate);
      try {
        field.value = (await window.center.request("POST", "/api/v1/security/passwords")).password;
        field.focus();
        field.select();
      } catch (error) {
        fail(from, error);
      }
    }
  });

  // A choice that needs another choice.
  function choose(select) {
    for (const other of all("[data-when]", select.form)) {
      const needed = other.dataset.when.split(" ").includes(select.value);
      other.hidden = !needed;
      other.disabled = !needed;
    }
  }
  document.addEventListener("change", (event) => {
    if ("switch" in (event.target.dataset || {})) choose(event.target);
  });
  all("[data-switch]").forEach(choose);

  // A list that refreshes keeps what is checked.
  let kept = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    const piece = event.detail.target.closest?.("[data-keeps-checked]");
    if (piece) kept = all("input[type=checkbox]:checked", piece).map((box) => box.value);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const box of all("[data-keeps-checked] input[type=checkbox][name]")) if (kept.includes(box.value)) box.checked = true;
    kept = [];
  });

  // Forms don't refresh while somebody types: it is said that they are old.
  document.body.addEventListener("security", () => {
    const stale = document.querySelector("[data-stale]");
    if (stale && Date.now() - ours > 5000) stale.hidden = false;
  });

  if (location.hash) {
    const rule = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (rule) {
      rule.scrollIntoView({ block: "center" });
      rule.querySelector("input")?.focus({ preventScroll: true });
      rule.setAttribute("aria-current", "true");
    }
  }
})();
