"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const page = JSON.parse(document.getElementById("report-data").textContent);
  const byId = (id) => document.getElementById(id);
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  // ---- the levels: sums up to each step, and what was least and most of 1, 2, 4 ... steps -----------------------
  function decoded(text) {
    const raw = atob(text);
    return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
  }

  function summed(values, factor) {
    const sums = new Float64Array(values.length + 1);
    for (let i = 0; i < values.length; i += 1) sums[i + 1] = sums[i] + (Number.isNaN(values[i]) ? 0 : values[i] * factor);
    return sums;
  }

  function halved(values, better) {
    const floors = [values];
    while (floors[floors.length - 1].length > 1) {
      const below = floors[floors.length - 1];
      const next = new Float32Array(Math.ceil(below.length / 2));
      for (let i = 0; i < next.length; i += 1) {
        const [a, b] = [below[2 * i], 2 * i + 1 < below.length ? below[2 * i + 1] : NaN];
        next[i] = Number.isNaN(a) ? b : Number.isNaN(b) ? a : better(a, b);
      }
      floors.push(next);
    }
    return floors;
  }

  function level(data) {
    const floats = (text) => new Float32Array(decoded(text).buffer);
    const bytes = (text) => (text ? decoded(text) : new Uint8Array(data.count));
    const mean = floats(data.mean);
    const flows = summed(mean, data.step_s);
    const joules = data.volts !== null ? flows.map((flow) => flow * data.volts)
      : data.watts !== null ? summed(floats(data.watts), data.step_s) : null;
    return {
      begin: data.begin_s, step: data.step_s, count: data.count, end: data.begin_s + data.step_s * data.count,
      flows, joules, least: halved(floats(data.least), Math.min), most: halved(floats(data.most), Math.max),
      flags: bytes(data.flags), low: bytes(data.low), high: bytes(data.high),
    };
  }

  function upTo(one, sums, seconds) {
    const place = clamp((seconds - one.begin) / one.step, 0, one.count);
    const step = Math.min(Math.floor(place), one.count - 1);
    return sums[step] + (place - step) * (sums[step + 1] - sums[step]);
  }

  // The least or the most of the steps first <= i < last, from as few values as can be.
  function extreme(floors, first, last, better) {
    let found = NaN;
    const take = (value) => {
      if (!Number.isNaN(value)) found = Number.isNaN(found) ? value : better(found, value);
    };
    for (let floor = 0; first < last; floor += 1) {
      if (first % 2) take(floors[floor][first++]);
      if (last % 2) take(floors[floor][--last]);
      first /= 2;
      last /= 2;
    }
    return found;
  }

  function steps(one, begin, end) {
    const first = clamp(Math.floor((begin - one.begin) / one.step + 1e-6), 0, one.count - 1);
    return [first, clamp(Math.ceil((end - one.begin) / one.step - 1e-6), first + 1, one.count)];
  }

  // ---- one trace -----------------------------------------------------------------------------------------------
  function trace(data) {
    const levels = data.levels.map(level);
    const whole = levels[0];
    const view = byId(`${data.id}-view`);
    const chart = byId(data.id);
    const { left, right, top, height, row, gap, axis } = data.frame;
    const floor = top + height + (data.strips.length ? gap + row * data.strips.length : 0);
    const least = 4 * Math.min(...levels.map((one) => one.step));
    let [begin, end, width, isLog, spoken] = [whole.begin, whole.end, 1040, false, 0];

    const levelOf = (from, to) => levels.reduce((best, one) =>
      one.step < best.step && one.begin <= from + one.step && to - one.step <= one.end ? one : best, whole);

    // What flowed from one time to another: coulombs (or joules) of the values, joules, and their extremes.
    function span(from, to) {
      const one = levelOf(from, to);
      const [first, last] = steps(one, from, to);
      const flow = upTo(one, one.flows, to) - upTo(one, one.flows, from);
      return {
        seconds: to - from, flow, mean: flow / (to - from),
        joules: one.joules && upTo(one, one.joules, to) - upTo(one, one.joules, from),
        least: extreme(one.least, first, last, Math.min), most: extreme(one.most, first, last, Math.max),
      };
    }

    function svg(tag, attributes, text) {
      const made = document.createElementNS(SVG, tag);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      if (text !== undefined) made.textContent = text;
      return made;
    }
    const x = (seconds) => left + ((width - left - right) * (seconds - begin)) / (end - begin);
    const atX = (place) => begin + ((end - begin) * (place - left)) / (width - left - right);

    function round(rough) {
      const power = 10 ** Math.floor(Math.log10(rough));
      return [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((step) => step >= rough * 0.999);
    }
    const digits = (step) => clamp(Math.ceil(-Math.log10(step) + 0.4), 0, 9);

    function scale(shown) {
      const high = (shown.most / data.size) * 1.05 || 1;
      if (isLog) {
        const low = 10 ** Math.floor(Math.log10(Math.max(shown.least / data.size, high * 1e-6)));
        const decades = Math.log10(high / low) || 1;
        const y = (value) => top + height * (1 - clamp(Math.log10(Math.max(value, low) / low) / decades, 0, 1));
        const marks = [];
        for (let mark = low; mark <= high; mark *= 10) marks.push([mark, String(Number(mark.toPrecision(3)))]);
        return [y, marks];
      }
      const low = Math.max(-high, Math.min(0, shown.least / data.size));
      const y = (value) => top + height * (1 - clamp((value - low) / (high - low), 0, 1));
      const step = round(high / 4);
      const marks = [];
      for (let i = 0; i * step <= high; i += 1) marks.push([i * step, (i * step).toFixed(digits(step))]);
      return [y, marks];
    }

    function envelope(y) {
      const one = levelOf(begin, end);
      const count = Math.max(1, Math.min(Math.floor(width - left - right), Math.ceil((end - begin) / one.step)));
      const [tops, floors, middle] = [[], [], []];
      for (let i = 0; i < count; i += 1) {
        const [from, to] = [begin + ((end - begin) * i) / count, begin + ((end - begin) * (i + 1)) / count];
        const [first, last] = steps(one, from, to);
        const high = extreme(one.most, first, last, Math.max);
        if (Number.isNaN(high)) continue;
        const low = extreme(one.least, first, last, Math.min);
        const mean = (upTo(one, one.flows, to) - upTo(one, one.flows, from)) / (to - from);
        const [a, b] = [x(from).toFixed(1), x(to).toFixed(1)];
        tops.push(`${a} ${y(high / data.size).toFixed(1)} H${b}`);
        floors.push(`${b} ${y(low / data.size).toFixed(1)} H${a}`);
        middle.push(`${a} ${y(mean / data.size).toFixed(1)} H${b}`);
      }
      if (!tops.length) return [];
      const area = `M${tops.join(" L")} L${floors.reverse().join(" L")} Z`;
      return [svg("path", { class: "envelope", d: area }), svg("path", { class: "mean", d: `M${middle.join(" L")}` })];
    }

    function stretch(one) {
      if (one.end_s < begin || one.begin_s > end) return [];
      const [from, to] = [x(Math.max(begin, one.begin_s)), x(Math.min(end, one.end_s))];
      const group = svg("g", { class: `stretch ${one.kind}` });
      group.append(svg("title", {}, one.name));
      group.append(svg("rect", { x: from, y: top, width: Math.max(1, to - from), height: floor - top }));
      if ((one.name.length + 1) * 6.9 <= to - from) {
        group.append(svg("text", { x: (from + to) / 2, y: top - 14, "text-anchor": "middle" }, one.name));
      }
      return [group];
    }

    function strip(one, index) {
      const made = [svg("text", { x: left - 6, y: top + height + gap + row * index + 13, "text-anchor": "end" }, one.name)];
      const from = levelOf(begin, end);
      const [first, last] = steps(from, begin, end);
      const is = (i) => (one.flag ? from.flags[i] & one.flag : (from.low[i] >> one.line) & 1);
      const kind = one.flag ? one.name : "low";
      let open = -1;
      let until = -1; // pixels: stretches that touch on the screen are one
      const close = () => {
        if (open >= 0) made.push(svg("rect", { class: `mark ${kind}`, x: open, y: top + height + gap + row * index + 3, width: Math.max(1, until - open), height: row - 6 }));
      };
      for (let i = first; i < last; i += 1) {
        if (!is(i)) continue;
        const a = clamp(x(from.begin + from.step * i), left, width - right);
        const b = clamp(x(from.begin + from.step * (i + 1)), left, width - right);
        if (open >= 0 && a - until < 0.5) until = b;
        else {
          close();
          [open, until] = [a, b];
        }
      }
      close();
      return made;
    }

    function times() {
      const step = round((end - begin) / Math.max(2, Math.floor((width - left) / 110)));
      const made = [];
      for (let i = Math.ceil(begin / step - 1e-9); i * step <= end + step * 1e-9; i += 1) {
        const group = svg("g", { class: "tick" });
        group.append(svg("path", { d: `M${x(i * step)} ${top} V${floor}` }));
        const label = (i * step).toFixed(digits(step));
        const at = clamp(x(i * step), 0, width - label.length * 3.5);
        group.append(svg("text", { x: at, y: floor + 15, "text-anchor": "middle" }, label));
        made.push(group);
      }
      const words = "seconds by the meter's clock";
      made.push(svg("text", { class: "quiet", x: (left + width - right) / 2, y: floor + 32, "text-anchor": "middle" }, words));
      return made;
    }

    function draw() {
      const shown = span(begin, end);
      const [y, marks] = scale(shown);
      const grid = marks.map(([value, label]) => {
        const group = svg("g", { class: "tick" });
        group.append(svg("path", { d: `M${left} ${y(value)} H${width - right}` }));
        group.append(svg("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, label));
        return group;
      });
      grid.push(svg("text", { class: "quiet", x: left - 6, y: top - 14, "text-anchor": "end" }, data.unit));
      chart.setAttribute("viewBox", `0 0 ${width} ${floor + axis}`);
      const parts = [...grid, ...data.stretches.flatMap(stretch), ...envelope(y), ...data.strips.flatMap(strip), ...times()];
      chart.querySelector(".view").replaceChildren(...parts);
      tell(shown);
    }

    function tell(shown) {
      const set = (name, value) => {
        const element = byId(`${data.id}-${name}`);
        if (element && value !== null && !Number.isNaN(value)) window.edgeoptShow(element, value);
      };
      const ends = `${begin.toFixed(digits((end - begin) / 1000))} s to ${end.toFixed(digits((end - begin) / 1000))} s`;
      set("seconds", shown.seconds);
      if (data.is_current) set("charge", 1e3 * shown.flow);
      set("energy", shown.joules === null ? null : 1e3 * shown.joules);
      for (const name of ["mean", "least", "most"]) set(name, 1e3 * shown[name]);
      byId(`${data.id}-ends`).textContent = ends;
      clearTimeout(spoken);
      spoken = setTimeout(() => {
        const parts = [...byId(`${data.id}-span`).children].map((part) => `${part.querySelector("dt").textContent} ${part.querySelector(".big").textContent.trim()}`);
        byId(`${data.id}-said`).textContent = `${ends}: ${parts.join(", ")}`;
      }, 500);
    }

    function show(from, to) {
      const length = clamp(to - from, least, whole.end - whole.begin);
      begin = clamp((from + to - length) / 2, whole.begin, whole.end - length);
      end = begin + length;
      draw();
    }
    const zoom = (factor, at = (begin + end) / 2) => show(at - (at - begin) * factor, at + (end - at) * factor);
    const move = (share) => show(begin + (end - begin) * share, end + (end - begin) * share);
    const all = () => show(whole.begin, whole.end);
    function around(one) {
      const margin = (one.end_s - one.begin_s) * 0.06;
      show(one.begin_s - margin, one.end_s + margin);
    }

    function next(direction) {
      const middle = (begin + end) / 2;
      const order = [...data.stretches].sort((a, b) => a.begin_s - b.begin_s);
      const isWhole = end - begin > (whole.end - whole.begin) * 0.999;
      const centre = (one) => (one.begin_s + one.end_s) / 2;
      const slack = (end - begin) * 0.01;
      const found = isWhole ? order[direction > 0 ? 0 : order.length - 1]
        : direction > 0 ? order.find((one) => centre(one) > middle + slack)
          : order.reverse().find((one) => centre(one) < middle - slack);
      if (found) around(found);
    }

    const actions = {
      in: () => zoom(0.5), out: () => zoom(2), left: () => move(-0.25), right: () => move(0.25), all,
      log: () => {
        isLog = !isLog;
        byId(`${data.id}-part`).querySelector("[data-do=log]").setAttribute("aria-pressed", String(isLog));
        draw();
      },
    };
    const keys = {
      "+": actions.in, "=": actions.in, "-": actions.out, ArrowUp: actions.in, ArrowDown: actions.out,
      ArrowLeft: actions.left, ArrowRight: actions.right, 0: all, l: actions.log,
      Home: () => show(whole.begin, whole.begin + (end - begin)), End: () => show(whole.end - (end - begin), whole.end),
      PageUp: () => next(-1), PageDown: () => next(1),
    };

    function listen() {
      for (const button of byId(`${data.id}-part`).querySelectorAll("[data-do]")) {
        button.addEventListener("click", actions[button.dataset.do]);
      }
      for (const button of document.querySelectorAll(`button.go[data-trace="${data.id}"]`)) {
        button.classList.add("live");
        button.addEventListener("click", () => {
          around({ begin_s: Number(button.dataset.begin), end_s: Number(button.dataset.end) });
          byId(`${data.id}-part`).scrollIntoView({ block: "nearest" });
        });
      }
      view.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.altKey || event.metaKey || !Object.hasOwn(keys, event.key)) return;
        event.preventDefault();
        keys[event.key]();
      });
      view.addEventListener("wheel", (event) => {
        // The page scrolls over a drawing that nobody has chosen.
        if (document.activeElement !== view && !event.ctrlKey) return;
        event.preventDefault();
        const lines = event.deltaMode ? 30 : 1;
        if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) move((event.deltaX * lines) / (width - left - right));
        else zoom(Math.exp(clamp(event.deltaY * lines, -400, 400) * 0.002), clamp(atX(place(event)), begin, end));
      }, { passive: false });
      view.addEventListener("dblclick", (event) => {
        const at = atX(place(event));
        const one = data.stretches.find((candidate) => candidate.begin_s <= at && at <= candidate.end_s);
        if (one && end - begin > (one.end_s - one.begin_s) * 1.2) around(one);
        else zoom(0.25, at);
      });
      drag();
    }

    function place(event) {
      const box = chart.getBoundingClientRect();
      return ((event.clientX - box.left) / box.width) * width;
    }

    function drag() {
      const fingers = new Map();
      let chosen = null; // where a part that is to be zoomed into begins, and its drawing
      view.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        view.setPointerCapture(event.pointerId);
        fingers.set(event.pointerId, place(event));
        if (event.shiftKey) {
          chosen = [place(event), svg("rect", { class: "selection", x: place(event), y: top, width: 0, height: floor - top })];
          chart.append(chosen[1]);
        }
        view.classList.add("moving");
      });
      view.addEventListener("pointermove", (event) => {
        const was = fingers.get(event.pointerId);
        if (was === undefined) return;
        const now = place(event);
        fingers.set(event.pointerId, now);
        if (chosen) {
          chosen[1].setAttribute("x", Math.min(chosen[0], now));
          chosen[1].setAttribute("width", Math.abs(now - chosen[0]));
        } else if (fingers.size === 1) move((was - now) / (width - left - right));
        else {
          const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
          if (Math.abs(now - other) > 4) zoom(Math.abs(was - other) / Math.abs(now - other), atX(other));
        }
      });
      for (const kind of ["pointerup", "pointercancel"]) {
        view.addEventListener(kind, (event) => {
          if (!fingers.delete(event.pointerId)) return;
          view.classList.remove("moving");
          if (!chosen) return;
          const [from, box] = chosen;
          chosen = null;
          box.remove();
          const to = place(event);
          if (kind === "pointerup" && Math.abs(to - from) > 3) show(atX(Math.min(from, to)), atX(Math.max(from, to)));
        });
      }
    }

    view.classList.add("live");
    view.setAttribute("role", "application");
    view.setAttribute("aria-roledescription", "trace to zoom in");
    listen();
    new ResizeObserver(() => {
      const now = Math.max(280, Math.round(chart.getBoundingClientRect().width));
      if (now !== width) {
        width = now;
        draw();
      }
    }).observe(view);
    width = Math.max(280, Math.round(chart.getBoundingClientRect().width));
    draw();
    return { span, show, visible: () => [begin, end] };
  }

  for (const part of document.querySelectorAll(".scripted")) part.hidden = false;
  window.edgeoptTraces = page.traces.map(trace);
})();
