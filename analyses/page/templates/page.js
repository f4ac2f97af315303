// Hover, keyboard and colours of the networks; sorting, filtering and saving of their tables.
// All numbers and colours are computed before: this only shows and orders them.
"use strict";
{
  const ROWS = 1000;
  const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  const tip = document.getElementById("tip");
  const hideTip = () => { tip.hidden = true; };
  const all = (where, what) => [...where.querySelectorAll(what)];

  function element(name, attributes = {}, ...inside) {
    const svg = ["svg", "rect"].includes(name);
    const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...inside);
    return made;
  }

  function showTip(text, x, y) {
    tip.textContent = text;
    tip.hidden = false;
    const room = document.documentElement.clientWidth - tip.offsetWidth - 4;
    const below = y + 16 + tip.offsetHeight < window.innerHeight;
    const top = below ? y + 16 : Math.max(4, y - 16 - tip.offsetHeight);
    tip.style.left = `${Math.max(4, Math.min(x + 14, room)) + window.scrollX}px`;
    tip.style.top = `${top + window.scrollY}px`;
  }

  // The browser's own hints would stand beside ours: titles become names.
  function hoverable(mark) {
    const title = mark.querySelector("title");
    const text = title.textContent;
    title.remove();
    if (mark.hasAttribute("role")) mark.setAttribute("aria-label", text);
    mark.addEventListener("pointerenter", (event) => showTip(text, event.clientX, event.clientY));
    mark.addEventListener("pointerleave", hideTip);
  }

  function swatch(colour) {
    const box = element("rect", { width: 10, height: 10, fill: colour });
    return element("svg", { viewBox: "0 0 10 10", "aria-hidden": "true" }, box);
  }

  function legend(scale) {
    const name = element("p", { class: "name", "data-name": "" }, scale.label);
    if (scale.names) {
      const items = scale.names.map((text, k) => element("li", {}, swatch(scale.colours[k]), text));
      return [name, element("ul", { class: "names" }, ...items)];
    }
    const last = scale.colours.length - 1;
    const steps = [...Array(32).keys()].map((k) => element("rect", {
      x: 10 * k, width: 10.5, height: 16, fill: scale.colours[Math.round((k * last) / 31)],
    }));
    const frame = { class: "bar", viewBox: "0 0 320 16", preserveAspectRatio: "none", "aria-hidden": "true" };
    const ends = [scale.low, scale.high].map((end) => element("span", {}, end));
    return [name, element("svg", frame, ...steps), element("p", { class: "ends" }, ...ends)];
  }

  function quoted(value) {
    const text = String(value ?? "");
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  function save(name, text) {
    const link = element("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function network(section) {
    const number = section.id.slice("net-".length);
    const table = document.querySelector(`.table[data-net="${number}"]`);
    const { columns, palettes, scales, file } = JSON.parse(table.querySelector("[data-nodes]").textContent);
    for (const scale of scales) scale.colours = palettes[scale.colours];
    const marks = all(section, ".node");
    const dots = all(document, `.plates[data-net="${number}"] circle[data-i]`);
    const body = table.querySelector("tbody");
    const find = table.querySelector("[data-find]");
    const by = section.querySelector("[data-by]");
    const heads = all(table, "thead th");
    const nodes = [...columns[0].values.keys()];
    let order = nodes;
    let first = 0;
    let picked = -1;
    let sorted = null;
    let falling = false;

    function row(i) {
      const cells = columns.map((column, k) => element(
        "td", column.number ? {} : { class: "t" }, k ? column.shown[i] : element("bdi", {}, column.shown[i])));
      return element("tr", { "data-i": i, class: i === picked ? "on" : "" }, ...cells);
    }

    function show() {
      body.replaceChildren(...order.slice(first, first + ROWS).map(row));
      const end = Math.min(first + ROWS, order.length);
      const [before, after] = all(table, "[data-page]");
      before.hidden = first === 0;
      after.hidden = end === order.length;
      const part = order.length > ROWS ? `rows ${first + 1} to ${end} of ` : "";
      table.querySelector("[data-shown]").textContent = `${part}${order.length} of ${nodes.length} nodes`;
    }

    function compare(a, b) {
      const [x, y] = [sorted.values[a], sorted.values[b]];
      const [noX, noY] = [x, y].map((value) => value === null || value === "");
      if (noX || noY) return noX - noY || a - b;
      const way = sorted.number ? Number(x) - Number(y) : x.localeCompare(y, "en", { numeric: true });
      return (falling ? -way : way) || a - b;
    }

    function arrange() {
      const words = find.value.trim().toLowerCase();
      const has = (column, i) => column.shown[i].toLowerCase().includes(words)
        || (column.key === "is_choke" && column.shown[i] !== "" && column.label.includes(words));
      order = nodes.filter((i) => columns.some((column) => has(column, i)));
      if (sorted) order.sort(compare);
      first = 0;
      show();
    }

    function sort(k) {
      falling = sorted === columns[k] && !falling;
      sorted = columns[k];
      heads.forEach((head) => head.removeAttribute("aria-sort"));
      heads[k].setAttribute("aria-sort", falling ? "descending" : "ascending");
      arrange();
    }

    function pick(i) {
      picked = i;
      const place = order.indexOf(i);
      if (place >= 0 && (place < first || place >= first + ROWS)) first = ROWS * Math.floor(place / ROWS);
      show();
      [...marks, ...dots].forEach((one) => one.classList.toggle("on", Number(one.dataset.i) === i));
      body.closest("details")?.setAttribute("open", "");
      const chosen = body.querySelector(".on");
      const frame = body.closest(".wrap");
      if (chosen) frame.scrollTop = chosen.offsetTop - frame.clientHeight / 2;
      if (marks[i]) section.querySelector("[data-said]").textContent = marks[i].getAttribute("aria-label");
    }

    function paint() {
      const scale = scales.find((one) => one.key === by.value);
      marks.forEach((mark, i) => mark.setAttribute("fill", scale.colours[scale.shade[i]] ?? "url(#no-value)"));
      section.querySelector("[data-legend]").replaceChildren(...legend(scale));
    }

    function walk(event, i) {
      const next = marks[(i + (STEPS[event.key] ?? 0) + marks.length) % marks.length];
      if (event.key in STEPS) {
        [marks[i].tabIndex, next.tabIndex] = [-1, 0];
        next.focus();
      } else if (event.key === "Enter" || event.key === " ") pick(i);
      else if (event.key === "Escape") hideTip();
      else return;
      event.preventDefault();
    }

    function csv() {
      const lines = nodes.map((i) => columns.map((column) => quoted(column.values[i])).join(","));
      save(file, [columns.map((column) => quoted(column.label)).join(","), ...lines, ""].join("\n"));
    }

    [...marks, ...dots].forEach(hoverable);
    marks.forEach((mark, i) => {
      mark.addEventListener("focus", () => {
        const { right, bottom } = mark.getBoundingClientRect();
        showTip(mark.getAttribute("aria-label"), right, bottom);
      });
      mark.addEventListener("blur", hideTip);
      mark.addEventListener("keydown", (event) => walk(event, i));
    });
    for (const one of [...marks, ...dots]) one.addEventListener("click", () => pick(Number(one.dataset.i)));
    body.addEventListener("click", (event) => pick(Number(event.target.closest("tr").dataset.i)));
    heads.forEach((head, k) => {
      head.replaceChildren(element("button", { type: "button" }, head.textContent));
      head.firstChild.addEventListener("click", () => sort(k));
    });
    find.addEventListener("input", arrange);
    table.querySelector("[data-csv]").addEventListener("click", csv);
    all(table, "[data-page]").forEach((button) => button.addEventListener("click", () => {
      first += ROWS * Number(button.dataset.page);
      show();
    }));
    by?.addEventListener("change", paint);
    show();
  }

  function copyable(button) {
    const source = document.getElementById(button.dataset.copy);
    const select = () => window.getSelection().selectAllChildren(source);
    button.addEventListener("click", () => (navigator.clipboard
      ? navigator.clipboard.writeText(source.textContent).then(() => { button.textContent = "Copied"; }, select) : select()));
  }

  all(document, ".network").forEach(network);
  all(document, "[data-copy]").forEach(copyable);
  for (const box of all(document, ".tools, .few")) box.hidden = box.matches(".few");
}
