// Measure: a distance by clicks, and the area that they enclose; on the sphere.
geoplan.measure = { on: false, points: [], line: null, done: false };
geoplan.EARTH_M = 6371000;

geoplan.toggleMeasure = function () {
  const m = geoplan.measure;
  m.on = !m.on;
  m.points = [];
  m.done = false;
  geoplan.byId("measure").setAttribute("aria-pressed", String(m.on));
  geoplan.byId("measured").hidden = !m.on;
  geoplan.byId("measure").blur(); // so that Enter ends the line and does not press the button again
  geoplan.map.getContainer().classList.toggle("measuring", m.on);
  geoplan.map.doubleClickZoom[m.on ? "disable" : "enable"]();
  geoplan.drawMeasure();
};

// A click adds a point; after the end it begins anew.
geoplan.measureAt = function (latlng) {
  const m = geoplan.measure;
  if (m.done) { m.points = []; m.done = false; }
  const last = m.points.at(-1);
  if (!last || geoplan.map.distance(last, latlng) > 0.01) m.points.push(latlng);
  geoplan.drawMeasure();
};

geoplan.endMeasure = function () {
  geoplan.measure.done = true;
  geoplan.drawMeasure();
};

geoplan.drawMeasure = function () {
  const m = geoplan.measure, words = geoplan.page.words, box = geoplan.byId("measured");
  if (m.line) m.line.remove();
  m.line = null;
  if (!m.on) return;
  const closed = m.done && m.points.length > 2, style = { color: "#b3261e", weight: 2.5, interactive: false, fillOpacity: 0.08 };
  if (m.points.length) m.line = (closed ? L.polygon(m.points, style) : L.polyline(m.points, style)).addTo(geoplan.map);
  const length = m.points.slice(1).reduce((sum, p, k) => sum + geoplan.map.distance(m.points[k], p), 0);
  const rows = [m.points.length < 2 ? words.measure_help : words.distance + " " + geoplan.metres(length)];
  if (closed) rows.push(words.surface + " " + geoplan.squareMetres(geoplan.surface(m.points)));
  box.replaceChildren(...rows.map((text) => geoplan.element("p", "", text)));
  box.dataset.metres = length;
  box.dataset.squareMetres = closed ? geoplan.surface(m.points) : "";
};

geoplan.metres = (v) => (v < 1000 ? geoplan.number(v, 0) + " m" : geoplan.number(v / 1000, 2) + " km");
geoplan.squareMetres = (v) => (v < 10000 ? geoplan.number(v, 0) + " m²" : v < 1e6 ? geoplan.number(v / 10000, 2) + " ha" : geoplan.number(v / 1e6, 2) + " km²");

// The area of a polygon on the sphere (Chamberlain, Duquette 2007).
geoplan.surface = function (points) {
  const radians = Math.PI / 180, count = points.length;
  const sum = points.reduce((s, p, k) => {
    const before = points[(k + count - 1) % count], after = points[(k + 1) % count];
    return s + (after.lng - before.lng) * radians * Math.sin(p.lat * radians);
  }, 0);
  return Math.abs(sum) * geoplan.EARTH_M ** 2 / 2;
};

geoplan.startMeasure = function () {
  geoplan.byId("measure").addEventListener("click", geoplan.toggleMeasure);
  geoplan.map.on("dblclick", () => { if (geoplan.measure.on) geoplan.endMeasure(); });
  document.addEventListener("keydown", (event) => {
    if (!geoplan.measure.on) return;
    if (event.key === "Enter") geoplan.endMeasure();
    if (event.key === "Escape") geoplan.toggleMeasure();
  });
};
