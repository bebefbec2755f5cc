// The page of figures: asks /api/v1/metrics, draws with uPlot, and follows what happens.
(() => {
  "use strict";
  const center = window.center;
  const bar = document.querySelector("[data-metrics]");
  if (!bar || !window.uPlot) return;
  const pick = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const state = { seconds: 900, zoom: null, hidden: new Set(), answer: null, asked: 0, step: 10, asking: false, again: false };
  const HEIGHT = 150;
  const COLOURS = 8;

  // ---- words
  const two = (number) => String(number).padStart(2, "0");
  function time(seconds, exact = true) {
    const at = new Date(seconds * 1000);
    const text = `${two(at.getHours())}:${two(at.getMinutes())}`;
    return exact ? `${text}:${two(at.getSeconds())}` : text;
  }
  function moment(date) {
    const day = date.toDateString() === new Date().toDateString() ? "" : `${date.toLocaleDateString(undefined, { day: "numeric", month: "short" })}, `;
    return day + time(date.getTime() / 1000, false);
  }
  function digits(value) {
    const size = Math.abs(value);
    if (size === 0) return "0";
    if (size >= 100) return Math.round(value).toLocaleString("en");
    return String(Number(value.toPrecision(3)));
  }
  function scaled(value, base, units) {
    let rest = value;
    let unit = 0;
    while (Math.abs(rest) >= base && unit < units.length - 1) {
      rest /= base;
      unit++;
    }
    return `${digits(rest)} ${units[unit]}`;
  }
  const BYTES = ["B", "KiB", "MiB", "GiB", "TiB"];
  const SAY = {
    perSecond: (value) => `${digits(value)}/s`,
    bytesPerSecond: (value) => `${scaled(value, 1024, BYTES)}/s`,
    bytes: (value) => scaled(value, 1024, BYTES),
    count: (value) => digits(value),
    seconds: (value) => (Math.abs(value) < 1 ? `${digits(value * 1000)} ms` : `${digits(value)} s`),
    cores: (value) => `${digits(value * 100)} %`,
  };
  const KINDS = { failover: "failover", handover: "hand-over", brokerRestarted: "broker restarted", stateLost: "state lost", formed: "formed" };

  // ---- charts
  const charts = all("[data-figure]").map((box) => new Chart(box));

  function Chart(box) {
    const plot = pick("[data-plot]", box);
    const legend = pick("[data-legend]", box);
    const fold = pick("details", box);
    const unit = SAY[box.dataset.unit];
    const title = pick("[data-title]", box).textContent;
    let u = null;
    let shown = [];
    let shape = "";
    let cursor = null;

    plot.setAttribute("role", "slider");
    plot.setAttribute("aria-label", `${title}: arrow keys go through time`);
    plot.tabIndex = 0;
    plot.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -1e6, End: 1e6 }[event.key];
      if (!u || steps === undefined) return;
      event.preventDefault();
      const last = u.data[0].length - 1;
      const from = cursor === null ? (steps < 0 ? last + 1 : last) : cursor;
      const to = Math.min(last, Math.max(0, from + steps));
      u.setCursor({ left: u.valToPos(u.data[0][to], "x"), top: HEIGHT / 4 }, true, true);
    });
    plot.addEventListener("blur", () => u && u.setCursor({ left: -10, top: -10 }, true, true));
    fold.addEventListener("toggle", table);
    new ResizeObserver(() => {
      if (u && plot.clientWidth && plot.clientWidth !== u.width) u.setSize({ width: plot.clientWidth, height: HEIGHT });
    }).observe(plot);

    function colourOf(member) {
      return center.colour(`--chart-${1 + (state.answer.members.indexOf(member) % COLOURS)}`);
    }

    function read() {
      const times = state.answer.times;
      const at = cursor;
      const words = [];
      const nodes = shown.map((series) => {
        let index = at;
        if (at === null) for (index = times.length - 1; index > 0 && series.values[index] === null && index > times.length - 4; index--);
        const value = series.values[index];
        const high = series.highs ? series.highs[index] : null;
        const text = value === null || value === undefined ? "–" : unit(value);
        const more = high !== null && high !== undefined && unit(high) !== text ? ` (up to ${unit(high)})` : "";
        words.push(`${series.member} ${text}${more}`);
        const node = document.createElement("span");
        const swatch = document.createElement("i");
        swatch.className = "swatch";
        swatch.style.background = colourOf(series.member);
        swatch.style.display = "inline-block";
        const strong = document.createElement("b");
        strong.textContent = text;
        node.append(swatch, ` ${series.member} `, strong, more);
        return node;
      });
      if (at !== null && nodes.length) nodes.unshift(`${time(times[at])}`);
      legend.replaceChildren(...nodes);
      const index = at === null ? times.length - 1 : at;
      plot.setAttribute("aria-valuemin", "0");
      plot.setAttribute("aria-valuemax", String(times.length - 1));
      plot.setAttribute("aria-valuenow", String(index));
      plot.setAttribute("aria-valuetext", `${time(times[index])}: ${words.join(", ")}`);
    }

    function marks(drawn) {
      const context = drawn.ctx;
      const { left, top, width, height } = drawn.bbox;
      context.save();
      context.lineWidth = Math.max(1, window.devicePixelRatio);
      for (const mark of state.answer.marks) {
        const x = Math.round(drawn.valToPos(mark.time, "x", true));
        if (x < left || x > left + width) continue;
        context.strokeStyle = center.colour(mark.kind === "failover" || mark.kind === "stateLost" ? "--bad" : "--warn");
        context.setLineDash(mark.kind === "failover" ? [] : [4 * context.lineWidth, 3 * context.lineWidth]);
        context.beginPath();
        context.moveTo(x, top);
        context.lineTo(x, top + height);
        context.stroke();
      }
      context.restore();
    }

    function options() {
      const line = center.colour("--line");
      const muted = center.colour("--muted");
      const font = "11.5px system-ui, sans-serif";
      const series = [{}];
      const bands = [];
      for (const one of shown) {
        const colour = colourOf(one.member);
        series.push({ label: one.member, stroke: colour, width: 1.6, points: { size: 4 } });
        if (one.highs) {
          const edge = { stroke: "transparent", width: 0, points: { show: false } };
          series.push({ ...edge, label: `${one.member} high` }, { ...edge, label: `${one.member} low` });
          bands.push({ series: [series.length - 2, series.length - 1], fill: fade(colour) });
        }
      }
      return {
        width: plot.clientWidth || 400,
        height: HEIGHT,
        legend: { show: false },
        padding: [8, 8, 0, 0],
        series,
        bands,
        cursor: { sync: { key: "figures", setSeries: false }, y: false, points: { size: 6 }, drag: { x: true, y: false, setScale: false } },
        scales: {
          x: { time: true, range: () => [state.answer.times[0], state.answer.times.at(-1)] },
          y: { range: (_, low, high) => [Math.min(0, low ?? 0), high > 0 ? high * 1.08 : least()] },
        },
        axes: [
          { stroke: muted, font, grid: { stroke: line, width: 1 }, ticks: { show: false }, size: 24, gap: 4, space: 70, values: (_, splits, __, ___, step) => splits.map((at) => time(at, step < 60)) },
          { stroke: muted, font, grid: { stroke: line, width: 1 }, ticks: { show: false }, size: 68, gap: 4, space: 36, values: (_, splits) => splits.map((value) => unit(value)), incrs: increments() },
        ],
        hooks: {
          draw: [marks],
          setCursor: [(drawn) => {
            const index = drawn.cursor.left < 0 || drawn.cursor.idx === undefined ? null : drawn.cursor.idx;
            if (index === cursor) return;
            cursor = index;
            read();
          }],
          setSelect: [(drawn) => {
            const { left, width } = drawn.select;
            if (width < 6) return;
            const from = Math.floor(drawn.posToVal(left, "x"));
            const to = Math.ceil(drawn.posToVal(left + width, "x"));
            drawn.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
            if (to - from >= 30) zoom({ from, to });
          }],
        },
      };
    }

    // A chart of nothing but zeros still has a scale.
    function least() {
      return { bytes: 1024, bytesPerSecond: 1024, seconds: 0.001, cores: 0.01 }[box.dataset.unit] || 1;
    }

    // Sizes get round powers of two, all others round decimals.
    function increments() {
      if (!box.dataset.unit.startsWith("bytes")) return undefined;
      const steps = [];
      for (let power = 0; power < 4; power++) for (const part of [1, 2, 5, 10, 20, 50, 100, 200, 500]) steps.push(part * 1024 ** power);
      return steps;
    }

    function table() {
      const place = pick(".table-wrap", fold);
      place.replaceChildren();
      if (!fold.open || !state.answer) return;
      const made = document.createElement("table");
      made.className = "table";
      const caption = made.createCaption();
      caption.className = "hidden";
      caption.textContent = `${title}, latest first`;
      const head = made.createTHead().insertRow();
      for (const text of ["Time", ...shown.map((one) => one.member)]) {
        const cell = document.createElement("th");
        cell.scope = "col";
        cell.textContent = text;
        if (text !== "Time") cell.className = "num";
        head.append(cell);
      }
      const body = made.createTBody();
      const times = state.answer.times;
      for (let i = times.length - 1; i >= 0; i--) {
        if (shown.every((one) => one.values[i] === null)) continue;
        const row = body.insertRow();
        const first = document.createElement("th");
        first.scope = "row";
        first.textContent = time(times[i]);
        row.append(first);
        for (const one of shown) {
          const cell = row.insertCell();
          cell.className = "num";
          cell.textContent = one.values[i] === null ? "–" : unit(one.values[i]);
        }
      }
      place.append(made);
    }

    this.draw = (anew) => {
      shown = state.answer.series.filter((one) => one.figure === box.dataset.figure && !state.hidden.has(one.member));
      const known = state.answer.series.some((one) => one.figure === box.dataset.figure);
      box.hidden = !known;
      if (!known) return;
      const data = [state.answer.times];
      for (const one of shown) {
        data.push(one.values);
        if (one.highs) data.push(one.highs, one.lows);
      }
      const now = JSON.stringify(shown.map((one) => [one.member, Boolean(one.highs), state.answer.members.indexOf(one.member)]));
      if (u && (anew || now !== shape)) {
        u.destroy();
        u = null;
      }
      shape = now;
      if (u) {
        u.setData(data);
      } else if (plot.clientWidth) {
        cursor = null;
        u = new window.uPlot(options(), data, plot);
      }
      if (cursor !== null && cursor >= state.answer.times.length) cursor = null;
      read();
      if (fold.open) table();
    };
  }

  function fade(colour) {
    const found = /rgba?\((\d+), (\d+), (\d+)/.exec(colour);
    return found ? `rgba(${found[1]}, ${found[2]}, ${found[3]}, 0.18)` : colour;
  }

  // ---- around the charts
  function members() {
    const place = pick("[data-members]");
    const names = state.answer.members;
    place.hidden = names.length < 2;
    if (place.dataset.names === names.join()) return;
    place.dataset.names = names.join();
    all("label", place).forEach((label) => label.remove());
    names.forEach((name, index) => {
      const label = document.createElement("label");
      label.className = "check";
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = !state.hidden.has(name);
      box.dataset.test = `broker-${name}`;
      box.addEventListener("change", () => {
        if (box.checked) state.hidden.delete(name);
        else state.hidden.add(name);
        draw();
      });
      const swatch = document.createElement("i");
      swatch.className = "swatch";
      swatch.style.background = `var(--chart-${1 + (index % COLOURS)})`;
      label.append(box, swatch, name);
      place.append(label);
    });
  }

  function listMarks() {
    const place = pick("[data-marks]");
    const found = state.answer.marks;
    place.hidden = found.length === 0;
    const failovers = found.filter((mark) => mark.kind === "failover").length;
    pick("summary", place).textContent = `${found.length === 1 ? "One event is" : `${found.length} events are`} marked${failovers ? `, ${failovers === 1 ? "one failover" : `${failovers} failovers`}` : ""}`;
    pick("ul", place).replaceChildren(...[...found].reverse().slice(0, 100).map((mark) => {
      const item = document.createElement("li");
      item.dataset.test = "mark";
      item.textContent = [`${moment(new Date(mark.time * 1000))}:${two(new Date(mark.time * 1000).getSeconds())}`, KINDS[mark.kind] || mark.kind, mark.member, mark.detail].filter(Boolean).join(" · ");
      return item;
    }));
  }

  function draw(anew = false) {
    members();
    listMarks();
    const empty = state.answer.series.length === 0;
    pick("[data-nothing]").hidden = !empty;
    if (empty && state.answer.since) {
      pick("[data-nothing] .title").textContent = "Nothing was collected in this time";
      pick("[data-nothing] p:not(.title)").textContent = `There are figures since ${moment(new Date(state.answer.since))}.`;
    }
    for (const group of all("[data-group]")) {
      const ids = all("[data-figure]", group).map((box) => box.dataset.figure);
      group.hidden = !state.answer.series.some((one) => ids.includes(one.figure));
    }
    charts.forEach((chart) => chart.draw(anew));
    pick("[data-back]", bar).hidden = !state.zoom;
    const since = state.answer.since ? new Date(state.answer.since) : null;
    const parts = [];
    if (since && since > new Date(state.answer.from)) parts.push(`collecting since ${moment(since)}`);
    parts.push(state.step < 60 ? `every ${state.step} s` : `every ${state.step / 60} min`);
    if (state.zoom) parts.push(`${moment(new Date(state.answer.from))} to ${moment(new Date(state.answer.to))}`);
    const said = parts.join(" · ");
    const place = pick("[data-state]", bar);
    if (place.textContent !== said) place.textContent = said;
  }

  async function ask() {
    if (state.asking) {
      state.again = true;
      return;
    }
    state.asking = true;
    const now = Math.floor(Date.now() / 1000);
    const span = state.zoom ? `from=${state.zoom.from}&to=${state.zoom.to}` : `from=${now - state.seconds}`;
    try {
      const answer = await center.request("GET", `/api/v1/metrics?${span}`);
      state.answer = answer;
      state.step = answer.step;
      state.asked = Date.now();
      draw();
    } catch (error) {
      pick("[data-state]", bar).textContent = `Not refreshed: ${error.message}`;
    } finally {
      state.asking = false;
      if (state.again) {
        state.again = false;
        ask();
      }
    }
  }

  function zoom(to) {
    state.zoom = to;
    ask();
  }

  // A long range has long steps: there is nothing new before the next one.
  function heard() {
    if (!document.hidden && !state.zoom && Date.now() - state.asked >= state.step * 1000 - 3000) ask();
  }

  bar.addEventListener("change", (event) => {
    if (event.target.name !== "range") return;
    state.seconds = Number(event.target.value);
    state.zoom = null;
    ask();
  });
  pick("[data-back]", bar).addEventListener("click", () => zoom(null));
  document.body.addEventListener("metrics", heard);
  document.body.addEventListener("timeline", () => { if (!document.hidden && !state.zoom) ask(); });
  document.body.addEventListener("reconnected", () => ask());
  document.addEventListener("visibilitychange", heard);
  document.addEventListener("center:theme", () => { if (state.answer) draw(true); });
  ask();
})();
