"use strict";
(() => {
  const page = JSON.parse(document.getElementById("report-data").textContent);
  const byId = (id) => document.getElementById(id);

  // ---- numbers as edgeopt's text reports have them -------------------------------------------------------------
  function words(value) {
    if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString("en-US");
    if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
    return String(Number(value.toPrecision(4)));
  }

  const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1], ["ms", 1e-3]];

  function duration(seconds) {
    const [unit, size] = UNITS.find(([, one]) => seconds >= one) || UNITS[UNITS.length - 1];
    return `${words(Number((seconds / size).toPrecision(12)))} ${unit}`;
  }

  function show(element, value) {
    element.value = String(value);
    element.textContent = words(value);
  }

  // ---- the layers: a walk over the drawings and the table, and sorting -----------------------------------------
  function walk() {
    const slider = byId("layer");
    if (!slider) return;
    const cursors = [...document.querySelectorAll(".chart .cursor")];
    const rows = [...document.querySelectorAll("#layers tbody tr")];
    const first = Number(cursors[0].getAttribute("x"));
    const width = Number(cursors[0].getAttribute("width"));
    const count = page.layers.length;

    function at(layer) {
      slider.value = layer;
      byId("layer-facts").textContent = page.layers[layer];
      slider.setAttribute("aria-valuetext", page.layers[layer]);
      for (const cursor of cursors) {
        cursor.setAttribute("x", first + layer * width);
        cursor.style.visibility = "visible";
      }
      for (const row of rows) row.classList.toggle("at", Number(row.dataset.layer) === layer);
    }
    slider.addEventListener("input", () => at(Number(slider.value)));
    for (const cursor of cursors) {
      const chart = cursor.ownerSVGElement;
      chart.addEventListener("pointermove", (event) => {
        const box = chart.getBoundingClientRect();
        const x = ((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width;
        const layer = Math.floor((x - first) / width);
        if (layer >= 0 && layer < count) at(layer);
      });
    }
    for (const row of rows) row.addEventListener("pointerenter", () => at(Number(row.dataset.layer)));
  }

  function sortable() {
    const table = byId("layers");
    if (!table) return;
    const heads = [...table.tHead.rows[0].cells];
    const key = (row, column) => {
      const cell = row.cells[column];
      const data = cell.querySelector("data");
      const text = data ? data.value : (cell.dataset.sort || cell.textContent).trim();
      return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
    };
    const compare = (a, b) => {
      if (typeof a === typeof b) return typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
      return typeof a === "number" ? 1 : -1;
    };
    heads.forEach((head, column) => {
      const button = head.querySelector("button.sort");
      if (!button) return;
      button.addEventListener("click", () => {
        const was = head.getAttribute("aria-sort");
        const number = head.classList.contains("num") && column > 0;
        const down = was ? was === "ascending" : number;
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...table.tBodies[0].rows];
        rows.sort((a, b) => compare(key(a, column), key(b, column)) * (down ? -1 : 1));
        table.tBodies[0].append(...rows);
      });
    });
  }

  // ---- the battery: the formulas of edgeopt.energy.flows, with terms that edgeopt computed ----------------------
  const HOURS_A_DAY = 24;

  function interpolate(rates, ma) {
    if (rates.length === 0) return 1;
    if (ma <= rates[0][0]) return rates[0][1];
    for (let i = 1; i < rates.length; i += 1) {
      const [x0, y0] = rates[i - 1];
      const [x1, y1] = rates[i];
      if (ma <= x1) return y0 + ((y1 - y0) * (ma - x0)) / (x1 - x0);
    }
    return rates[rates.length - 1][1];
  }

  // What leaves the cells on average, one inference every `period` seconds; load: light, typical or heavy.
  function flows(cell, period, load = "typical") {
    const terms = cell.loads[load];
    const parts = terms.parts.map(([name, event_uc, constant_ua]) => [name, Math.max(0, event_uc / period + constant_ua)]);
    const average_ua = parts.reduce((sum, [, current]) => sum + current, 0);
    const usable_mah = terms.held_mah * interpolate(cell.rates, Math.max(average_ua / 1e3, terms.least_rate_ma));
    const all = [...parts, ["self-discharge", usable_mah * terms.self_ua_per_mah]];
    const drain_ua = all.reduce((sum, [, current]) => sum + current, 0);
    return { parts: all, average_ua, drain_ua, usable_mah, days: (usable_mah * 1e3) / drain_ua / HOURS_A_DAY };
  }

  function battery(data) {
    const slider = byId("period");
    const field = byId("seconds");
    const select = byId("cell");
    const steps = Number(slider.max);
    const ratio = data.longest_s / data.least_s;
    let period = data.every_s;
    let spoken = 0;

    // Two digits of the unit in which it is shown: 1.5 h, not 1.493 h.
    const fromSlider = (step) => {
      const exact = data.least_s * ratio ** (step / steps);
      const [, size] = UNITS.find(([, one]) => exact >= one) || UNITS[UNITS.length - 1];
      const round = Number((Number((exact / size).toPrecision(2)) * size).toPrecision(12));
      return Math.min(data.longest_s, Math.max(data.least_s, round));
    };
    const toSlider = (seconds) => Math.round((Math.log(seconds / data.least_s) / Math.log(ratio)) * steps);

    function drawCurve(cell, days) {
      const f = data.frame;
      const x = (s) => f.x + (f.width * Math.log(s / f.left)) / Math.log(f.right / f.left);
      const y = (d) => {
        const share = Math.log(d / f.bottom) / Math.log(f.top / f.bottom);
        return f.y + f.height * (1 - Math.min(1, Math.max(0, share)));
      };
      const points = Array.from({ length: 60 }, (_, i) => {
        const s = f.left * (f.right / f.left) ** (i / 59);
        return `${x(s).toFixed(2)} ${y(flows(cell, s).days).toFixed(2)}`;
      });
      byId("curve").setAttribute("d", `M${points.join(" L")}`);
      const [hereX, hereY] = [x(Math.min(period, f.right)), y(days)];
      byId("here").setAttribute("cx", hereX);
      byId("here").setAttribute("cy", hereY);
      byId("here-line").setAttribute("d", `M${hereX} ${f.y + f.height} V${hereY}`);
    }

    // A figure's source: in the file, and where its label shows it.
    function says(id, source) {
      byId(id).dataset.source = source;
      byId(id).closest("dd").querySelector(".tip").textContent = source;
    }

    function fillShares(found) {
      for (const [name, current] of found.parts) {
        const row = document.querySelector(`#shares tr[data-part="${name}"]`);
        if (!row) continue; // what takes nothing from any cell has no row
        show(row.querySelector("data"), current);
        const share = current / found.drain_ua;
        row.querySelector(".taken").setAttribute("width", (100 * share).toFixed(2));
        row.cells[3].textContent = `${(100 * share).toFixed(1)} %`;
      }
    }

    function fillList(list, lines) {
      list.replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
    }

    function update() {
      const cell = data.cells[Number(select.value)];
      const short = !(period >= data.least_s);
      const problem = cell.problem || (short ? "The period is shorter than waking up and inferring." : "");
      byId("problem").hidden = !problem;
      byId("problem").textContent = problem;
      byId("result").hidden = Boolean(problem);
      field.setAttribute("aria-invalid", String(short));
      const setting = `every ${duration(period)}, ${cell.title}`;
      byId("setting").textContent = setting;
      const tile = byId("tile-days");
      if (problem) {
        tile.value = "";
        tile.textContent = "unknown";
        byId("tile-setting").textContent = problem;
        byId("tile-spread").textContent = "";
        byId("tile-peak").textContent = "";
        return;
      }
      const found = flows(cell, period);
      const [fewest, most] = [flows(cell, period, "heavy").days, flows(cell, period, "light").days];
      const spread = words(fewest) === words(most) ? "" : `${words(fewest)} to ${words(most)} days`;
      show(byId("days"), found.days);
      show(tile, found.days);
      show(byId("average-ua"), found.average_ua);
      show(byId("average-mw"), (found.average_ua * cell.mean_v) / 1e3);
      byId("days-spread").textContent = spread;
      byId("tile-spread").textContent = spread;
      byId("tile-setting").textContent = setting;
      for (const id of ["days", "tile-days"]) says(id, cell.source);
      says("average-ua", `what the node draws every ${duration(period)}`);
      says("average-mw", `average current x ${Number(cell.mean_v.toPrecision(3))} V`);
      fillShares(found);
      fillList(byId("assumptions"), cell.assumptions);
      const cautions = cell.limits
        .filter(([what, limit]) => (what === "days" ? found.days : found.average_ua) > limit)
        .map(([, , text]) => text);
      byId("cautions").textContent = cautions.join(" ");
      byId("cautions").hidden = cautions.length === 0;
      byId("peak").className = `notice ${cell.peak[0]}`;
      byId("peak").textContent = cell.peak[1];
      byId("tile-peak").textContent = cell.peak[2];
      drawCurve(cell, found.days);
      clearTimeout(spoken);
      spoken = setTimeout(() => {
        byId("announce").textContent = `${words(found.days)} days ${setting}`;
      }, 600);
    }

    slider.addEventListener("input", () => {
      period = fromSlider(Number(slider.value));
      slider.setAttribute("aria-valuetext", duration(period));
      field.value = String(period);
      update();
    });
    field.addEventListener("input", () => {
      period = field.value === "" ? NaN : Number(field.value);
      if (period >= data.least_s) {
        slider.value = toSlider(period);
        slider.setAttribute("aria-valuetext", duration(period));
      }
      update();
    });
    select.addEventListener("change", update);
    byId("controls").addEventListener("submit", (event) => event.preventDefault());
    update();
    return (index, seconds, load) => flows(data.cells[index], seconds, load);
  }

  // ---- printing shows what is folded away ----------------------------------------------------------------------
  function printing() {
    const folded = [];
    addEventListener("beforeprint", () => {
      for (const details of document.querySelectorAll("details:not([open])")) {
        folded.push(details);
        details.open = true;
      }
    });
    addEventListener("afterprint", () => {
      for (const details of folded.splice(0)) details.open = false;
    });
  }

  window.edgeoptShow = show; // for the script of traces
  walk();
  sortable();
  printing();
  if (page.battery && page.battery.cells) window.edgeoptFlows = battery(page.battery);
})();
