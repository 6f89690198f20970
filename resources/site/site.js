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

  // search: the list of all units comes with the first letter
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  let loading = null;
  function units() {
    if (!loading) loading = new Promise(function (done) {
      const script = document.createElement("script");
      script.src = up + "units.js";
      script.onload = function () { done(window.UNITS || []); };
      script.onerror = function () { done([]); };
      document.head.appendChild(script);
    });
    return loading;
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
    told.textContent = hits.length + (hits.length === 1 ? " unit" : " units") + (hits.length > 60 ? ", the first 60:" : "");
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
    Array.prototype.forEach.call(grid.children, function (item) {
      const text = item.textContent.toLowerCase();
      item.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
    });
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
  let zoom = 1, left = 0, top_ = 0, near = -1, dragged = null;
  const colours = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bb5500", "#009988", "#7755cc", "#888888"];
  function place(index) {
    const side = Math.min(canvas.width, canvas.height) * 0.92 * zoom;
    return [canvas.width / 2 + (map.x[index] / 1000 - 0.5) * side + left, canvas.height / 2 + (map.y[index] / 1000 - 0.5) * side + top_];
  }
  function draw() {
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.max(1, Math.round(canvas.clientWidth * scale));
    canvas.height = Math.max(1, Math.round(canvas.clientHeight * scale));
    pen.clearRect(0, 0, canvas.width, canvas.height);
    for (let index = 0; index < map.x.length; index++) {
      const at = place(index);
      pen.fillStyle = map.group[index] < 0 ? "#888888" : colours[map.group[index] % colours.length];
      pen.beginPath();
      pen.arc(at[0], at[1], (index === near ? 7 : 3) * scale, 0, 7);
      pen.fill();
    }
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
  function nearest(event) {
    const scale = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
    const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
    let best = -1, least = 400 * scale * scale;
    for (let index = 0; index < map.x.length; index++) {
      const at = place(index), apart = (at[0] - x) * (at[0] - x) + (at[1] - y) * (at[1] - y);
      if (apart < least) { least = apart; best = index; }
    }
    return best;
  }
  canvas.addEventListener("pointermove", function (event) {
    const scale = window.devicePixelRatio || 1;
    if (dragged) {
      left += (event.clientX - dragged[0]) * scale;
      top_ += (event.clientY - dragged[1]) * scale;
      dragged = [event.clientX, event.clientY];
      draw();
    } else tell(nearest(event));
  });
  canvas.addEventListener("pointerdown", function (event) { dragged = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointerup", function (event) { dragged = null; tell(nearest(event)); });
  canvas.addEventListener("pointercancel", function () { dragged = null; });
  function zoomed(by) { zoom = Math.min(Math.max(zoom * by, 0.5), 60); left *= by; top_ *= by; draw(); }
  canvas.addEventListener("wheel", function (event) { event.preventDefault(); zoomed(event.deltaY < 0 ? 1.2 : 1 / 1.2); }, { passive: false });
  canvas.addEventListener("keydown", function (event) {
    const way = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[event.key];
    if (way) { left += way[0]; top_ += way[1]; draw(); }
    else if (event.key === "+" || event.key === "=") zoomed(1.2);
    else if (event.key === "-") zoomed(1 / 1.2);
    else if (event.key === "n") tell((near + 1) % map.x.length);
    else if (event.key === "p") tell((near + map.x.length - 1) % map.x.length);
    else if (event.key === "0") { zoom = 1; left = top_ = 0; draw(); }
    else return;
    event.preventDefault();
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
