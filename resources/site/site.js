// All that moves on these pages: light and dark, search, filter, keys, and the maps. Nothing is asked of any server.
"use strict";
(function () {
  const root = document.documentElement;
  const up = document.body.dataset.up || "";
  let kept = null;
  try { kept = localStorage.getItem("look"); } catch (error) { kept = null; }
  if (kept === "light" || kept === "dark") root.dataset.look = kept;
  const look = document.getElementById("look");
  if (look) look.addEventListener("click", function () {
    const dark = root.dataset.look ? root.dataset.look === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.look = dark ? "light" : "dark";
    try { localStorage.setItem("look", root.dataset.look); } catch (error) { /* a page that may keep nothing */ }
    document.dispatchEvent(new Event("looked"));
  });

  function counted(units) {
    return units === 1 ? "1 unit" : units ? units + " units" : "No unit: try fewer words, a layer, a number or a class.";
  }

  // search: the list of all units comes with the first letter
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  let loading = null;
  function units() {
    if (!loading) loading = new Promise(function (done) {
      const script = document.createElement("script");
      script.src = up + "units.js";
      script.onload = function () { done(listed(window.UNITS)); };
      script.onerror = function () { done([]); };
      document.head.appendChild(script);
    });
    return loading;
  }
  function listed(told) { // layer, number, class or dead, place of the layer
    const all = [];
    told.layers.forEach(function (layer, place) {
      told.of[place].forEach(function (group, unit) {
        all.push([layer, unit, group >= 0 ? told.classes[group] : group === -2 ? "dead" : "", place]);
      });
    });
    return all;
  }
  function show(words, all) {
    found.textContent = "";
    if (!words.length) return;
    const hits = all.filter(function (unit) {
      const text = (unit[0] + " " + unit[1] + " " + unit[2]).toLowerCase();
      return words.every(function (word) { return text.indexOf(word) >= 0; });
    });
    const told = document.createElement("p");
    told.className = "dim";
    told.textContent = counted(hits.length) + (hits.length > 60 ? ", the first 60:" : "");
    found.appendChild(told);
    const list = document.createElement("ul");
    hits.slice(0, 60).forEach(function (unit) {
      const link = document.createElement("a");
      link.href = up + "units/" + unit[3] + "/" + unit[1] + ".html";
      link.textContent = unit[0] + " · " + unit[1] + (unit[2] ? " · " + unit[2] : "");
      const item = document.createElement("li");
      item.appendChild(link);
      list.appendChild(item);
    });
    found.appendChild(list);
  }
  if (search) search.addEventListener("input", function () {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    units().then(function (all) { show(words, all); });
  });

  // filter and order of a layer's units
  const filter = document.getElementById("filter");
  const order = document.getElementById("order");
  const grid = document.getElementById("grid");
  if (filter && grid) filter.addEventListener("input", function () {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    Array.prototype.forEach.call(grid.children, function (item) {
      const text = item.textContent.toLowerCase();
      item.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
      if (!item.hidden) left += 1;
    });
    document.getElementById("left").textContent = words.length ? counted(left) + (left ? " on this page" : "") : "";
  });
  if (order && grid) order.addEventListener("change", function () {
    const by = order.value;
    const items = Array.prototype.slice.call(grid.children);
    items.sort(function (one, other) {
      const way = by === "unit" ? 1 : -1;
      return way * (Number(one.dataset[by]) - Number(other.dataset[by])) || Number(one.dataset.unit) - Number(other.dataset.unit);
    });
    items.forEach(function (item) { grid.appendChild(item); });
  });

  // keys
  document.addEventListener("keydown", function (event) {
    const typing = /^(INPUT|SELECT|TEXTAREA|CANVAS)$/.test(document.activeElement ? document.activeElement.tagName : "");
    if (event.key === "Escape" && typing) { document.activeElement.blur(); return; }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const field = search || filter;
    if (event.key === "/" && field) { field.focus(); event.preventDefault(); }
    const step = { ArrowLeft: "previous", ArrowRight: "next" }[event.key];
    const link = step && document.getElementById(step);
    if (link) link.click();
  });

  // maps
  const canvas = document.getElementById("map");
  const told = document.getElementById("about-point");
  if (!canvas || !window.MAP) return;
  const map = window.MAP, pen = canvas.getContext("2d");
  const fingers = new Map(); // of the mouse one, of a hand two, which also come nearer
  let zoom = 1, left = 0, top_ = 0, near = -1, only = null;
  const colours = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bb5500", "#009988", "#7755cc", "#a0522d"];
  function ink(group) { return group < 0 ? "#888888" : colours[group % colours.length]; }
  function scale() { return window.devicePixelRatio || 1; }
  function place(index) {
    const side = Math.min(canvas.width, canvas.height) * 0.92 * zoom;
    return [canvas.width / 2 + (map.x[index] / 1000 - 0.5) * side + left, canvas.height / 2 + (map.y[index] / 1000 - 0.5) * side + top_];
  }
  function shown(index) { return only === null || map.group[index] === only; }
  function dot(index, radius) {
    const at = place(index);
    pen.globalAlpha = shown(index) || index === near ? 1 : 0.15;
    pen.fillStyle = ink(map.group[index]);
    pen.beginPath();
    pen.arc(at[0], at[1], radius * scale(), 0, 7);
    pen.fill();
  }
  function draw() {
    canvas.width = Math.max(1, Math.round(canvas.clientWidth * scale()));
    canvas.height = Math.max(1, Math.round(canvas.clientHeight * scale()));
    pen.clearRect(0, 0, canvas.width, canvas.height);
    for (let index = 0; index < map.x.length; index++) dot(index, 3);
    if (near >= 0) { // over the others, with a ring in the colour of the text
      dot(near, 7);
      pen.strokeStyle = getComputedStyle(canvas).color;
      pen.lineWidth = 2 * scale();
      pen.stroke();
    }
    pen.globalAlpha = 1;
    canvas.dataset.drawn = String(map.x.length);
  }
  function tell(index) {
    if (index === near) return;
    near = index;
    draw();
    told.textContent = "";
    if (index < 0) return;
    if (map.picture[index]) {
      const image = document.createElement("img");
      image.src = up + map.picture[index];
      image.alt = "";
      told.appendChild(image);
    }
    const words = document.createElement("span");
    const group = map.group[index] < 0 ? "" : map.classes[map.group[index]] + " · ";
    words.textContent = group + map.name[index];
    told.appendChild(words);
  }
  function at(event) { // in pixels of the canvas
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * scale(), (event.clientY - box.top) * scale()];
  }
  function nearest(event) {
    const mouse = at(event);
    let best = -1, least = 400 * scale() * scale();
    for (let index = 0; index < map.x.length; index++) {
      if (!shown(index)) continue;
      const there = place(index), x = there[0] - mouse[0], y = there[1] - mouse[1];
      if (x * x + y * y < least) { least = x * x + y * y; best = index; }
    }
    return best;
  }
  function step(way) { // to the next point that is shown, and into sight
    let index = near;
    for (let tried = 0; tried < map.x.length; tried++) {
      index = index < 0 ? (way > 0 ? 0 : map.x.length - 1) : (index + map.x.length + way) % map.x.length;
      if (shown(index)) break;
    }
    const there = place(index);
    if (there[0] < 0 || there[0] > canvas.width) left += canvas.width / 2 - there[0];
    if (there[1] < 0 || there[1] > canvas.height) top_ += canvas.height / 2 - there[1];
    if (index === near) draw(); else tell(index);
  }
  function zoomed(by, about) { // what lies there stays there
    const other = Math.min(Math.max(zoom * by, 0.5), 60), times = other / zoom;
    const x = about ? about[0] - canvas.width / 2 : 0, y = about ? about[1] - canvas.height / 2 : 0;
    left = x + (left - x) * times;
    top_ = y + (top_ - y) * times;
    zoom = other;
    draw();
  }
  function whole() { zoom = 1; left = top_ = 0; draw(); }
  canvas.addEventListener("pointermove", function (event) {
    const before = fingers.get(event.pointerId);
    if (!before) { if (!fingers.size) tell(nearest(event)); return; }
    const now = at(event);
    fingers.set(event.pointerId, now);
    if (fingers.size === 1) {
      left += now[0] - before[0];
      top_ += now[1] - before[1];
      draw();
      return;
    }
    let still = null;
    fingers.forEach(function (finger, id) { if (id !== event.pointerId) still = finger; });
    const was = Math.hypot(before[0] - still[0], before[1] - still[1]);
    if (was > 1) zoomed(Math.hypot(now[0] - still[0], now[1] - still[1]) / was, still);
  });
  canvas.addEventListener("pointerdown", function (event) {
    fingers.set(event.pointerId, at(event));
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointerup", function (event) { fingers.delete(event.pointerId); if (!fingers.size) tell(nearest(event)); });
  canvas.addEventListener("pointercancel", function (event) { fingers.delete(event.pointerId); });
  canvas.addEventListener("wheel", function (event) { event.preventDefault(); zoomed(event.deltaY < 0 ? 1.2 : 1 / 1.2, at(event)); }, { passive: false });
  canvas.addEventListener("keydown", function (event) {
    const way = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[event.key];
    if (way) { left += way[0] * scale(); top_ += way[1] * scale(); draw(); }
    else if (event.key === "+" || event.key === "=") zoomed(1.2);
    else if (event.key === "-") zoomed(1 / 1.2);
    else if (event.key === "n") step(1);
    else if (event.key === "p") step(-1);
    else if (event.key === "0") whole();
    else return;
    event.preventDefault();
  });
  [["nearer", function () { zoomed(1.5); }], ["farther", function () { zoomed(1 / 1.5); }], ["whole", whole]].forEach(function (one) {
    document.getElementById(one[0]).addEventListener("click", one[1]);
  });

  // which colour is which class; a click shows only that one
  const legend = document.getElementById("legend");
  const groups = Array.from(new Set(map.group)).filter(function (group) { return group >= 0; }).sort(function (a, b) { return a - b; });
  groups.slice(0, 60).forEach(function (group) {
    const button = document.createElement("button"), blot = document.createElement("span"), item = document.createElement("li");
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    blot.className = "blot";
    blot.style.background = ink(group);
    button.append(blot, map.classes[group]);
    button.addEventListener("click", function () {
      only = only === group ? null : group;
      Array.prototype.forEach.call(legend.querySelectorAll("button"), function (one) {
        one.setAttribute("aria-pressed", String(one === button && only !== null));
      });
      draw();
    });
    item.appendChild(button);
    legend.appendChild(item);
  });
  const other = document.getElementById("other");
  if (other) other.addEventListener("click", function () {
    [map.x, map.y, map.other] = [map.other[0], map.other[1], [map.x, map.y]];
    [other.textContent, other.dataset.other] = [other.dataset.other, other.textContent];
    draw();
  });
  window.addEventListener("resize", draw);
  document.addEventListener("looked", draw);
  draw();
})();
