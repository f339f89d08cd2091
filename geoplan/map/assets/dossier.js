// The dossier of what was clicked, its outline on the map, and the lines to where it leads.
geoplan.LISTED = 12;

geoplan.select = function (layer, i, others) {
  const name = layer.overlay.features;
  geoplan.clear();
  geoplan.outline(layer.features, i);
  const lines = geoplan.linksOf(name, i);
  geoplan.drawLinks(name, i, lines);
  const box = geoplan.byId("dossier");
  box.replaceChildren(geoplan.dossierHead(layer, i), ...geoplan.dossierSections(name, i));
  if (lines.length) box.append(geoplan.linkList(name, lines));
  if (others && others.length) box.append(geoplan.alsoHere(others));
  box.hidden = false;
  geoplan.byId("overview").hidden = true;
  geoplan.byId("panel").classList.add("open");
  geoplan.byId("panel").scrollTop = 0;
};

geoplan.clear = function () {
  geoplan.chosen.clearLayers();
  geoplan.byId("dossier").hidden = true;
  geoplan.byId("dossier").replaceChildren();
  geoplan.byId("overview").hidden = false;
};

geoplan.dossierHead = function (layer, i) {
  const head = geoplan.element("div", "head"), text = geoplan.element("div");
  text.append(geoplan.element("small", "", layer.features.title), geoplan.element("h2", "name", layer.features.names[i]));
  const close = geoplan.button("close", "×", geoplan.clear);
  close.setAttribute("aria-label", geoplan.page.words.close);
  head.append(text, close);
  return head;
};

// The feature's own rows, then those of each overlay that draws it, under its title.
geoplan.dossierSections = function (name, i) {
  const page = geoplan.page, made = [geoplan.rows(page.features[name].columns, i)];
  page.overlays.filter((o) => o.features === name && o.columns.length).forEach((overlay) => {
    made.push(geoplan.element("h3", "", overlay.title), geoplan.rows(overlay.columns, i));
  });
  return made;
};

geoplan.rows = function (columns, i) {
  const list = geoplan.element("dl"), bars = columns.filter((c) => c.colour);
  const whole = bars.reduce((sum, c) => sum + (c.values[i] || 0), 0);
  columns.filter((c) => c.kind !== "checks").forEach((column) => {
    const label = geoplan.element("dt", "", column.label), value = geoplan.element("dd");
    value.append(geoplan.element("span", "", geoplan.shown(column.values[i], column.kind, column.unit)));
    if (column.colour) label.prepend(geoplan.swatch(column.colour));
    if (column.colour && whole > 0) value.append(geoplan.meter(column.values[i] / whole, column.colour));
    list.append(label, value);
  });
  const made = geoplan.element("div", "rows");
  made.append(list);
  columns.filter((c) => c.kind === "checks").forEach((column) => made.append(geoplan.checks(column, i)));
  return made;
};

geoplan.swatch = function (colour) {
  const made = geoplan.element("i", "swatch");
  made.style.background = colour;
  return made;
};

geoplan.meter = function (share, colour) {
  const track = geoplan.element("i", "meter"), piece = geoplan.element("i");
  piece.style.width = (share * 100) + "%";
  piece.style.background = colour;
  track.append(piece);
  return track;
};

// Verdicts clause by clause: [title, asked, outcome, measured, unit, clause, force].
geoplan.checks = function (column, i) {
  const words = geoplan.page.words, box = geoplan.element("div", "checks");
  box.append(geoplan.element("h3", "", column.label));
  (column.values[i] || []).forEach(([title, asked, outcome, measured, unit, clause, force]) => {
    const row = geoplan.element("div", "check " + (["pass", "fail"].includes(outcome) ? outcome : "unknown"));
    const found = measured === null ? words.not_measured : words.measured + " " + geoplan.number(measured, 2) + " " + unit;
    const must = force === "should" ? "（" + words.should + "）" : "";
    row.append(geoplan.element("b", "", words[outcome] || outcome), geoplan.element("span", "", title + must));
    row.append(geoplan.element("small", "", asked + " " + unit + " · " + found + (clause ? " · " + clause : "")));
    box.append(row);
  });
  return box;
};

geoplan.alsoHere = function (others) {
  const box = geoplan.element("div", "also");
  box.append(geoplan.element("h3", "", geoplan.page.words.also));
  others.slice(0, geoplan.LISTED).forEach(([layer, i]) => {
    const rest = others.filter((o) => o[0] !== layer || o[1] !== i);
    const kind = layer.features.columns.find((c) => c.kind === "text" && c.values[i] && layer.features.kind === "point" && c !== layer.features.columns[0]);
    const text = layer.features.names[i] + " · " + (kind ? kind.values[i] : layer.features.title);
    box.append(geoplan.button("go", text, () => geoplan.select(layer, i, rest)));
  });
  return box;
};

// Rows [features, row, amount] that a feature is linked with, the largest first.
geoplan.linksOf = function (name, i) {
  const found = [];
  geoplan.page.links.forEach((table) => {
    const mine = name === "areas" ? table.area : name === table.layer ? table.place : null;
    if (!mine) return;
    const other = name === "areas" ? table.place : table.area, features = name === "areas" ? table.layer : "areas";
    mine.forEach((row, k) => { if (row === i) found.push([features, other[k], table.amount[k]]); });
  });
  return found.sort((a, b) => b[2] - a[2]);
};

geoplan.drawLinks = function (name, i, lines) {
  const start = geoplan.latlng(...geoplan.middle(geoplan.page.features[name], i)), most = lines.length ? lines[0][2] : 1;
  lines.forEach(([features, row, amount]) => {
    const end = geoplan.latlng(...geoplan.middle(geoplan.page.features[features], row));
    L.polyline([start, end], { color: "#0b5d73", weight: 1 + 2.5 * amount / most, opacity: 0.75, interactive: false }).addTo(geoplan.chosen);
  });
};

geoplan.linkList = function (name, lines) {
  const page = geoplan.page, words = page.words, box = geoplan.element("div", "also");
  box.append(geoplan.element("h3", "", name === "areas" ? words.goes : words.serves));
  lines.slice(0, geoplan.LISTED).forEach(([features, row, amount]) => {
    const go = geoplan.button("go", "", () => geoplan.go(features, row));
    go.append(geoplan.element("span", "", page.features[features].names[row]), geoplan.element("b", "", geoplan.number(amount, 1) + " " + words.persons));
    box.append(go);
  });
  if (lines.length > geoplan.LISTED) box.append(geoplan.element("p", "muted", words.more.replace("{count}", lines.length - geoplan.LISTED)));
  return box;
};

geoplan.outline = function (features, i) {
  const style = { color: "#111827", weight: 2.5, fill: false, interactive: false };
  if (features.kind === "point") {
    const at = geoplan.latlng(...geoplan.middle(features, i));
    L.circleMarker(at, { ...style, radius: 14 }).addTo(geoplan.chosen);
    return;
  }
  const rings = geoplan.rings(features, i);
  L.polyline(rings, { ...style, color: "#ffffff", weight: 6, opacity: 0.9 }).addTo(geoplan.chosen);
  L.polyline(rings, style).addTo(geoplan.chosen);
};

// Fly to a feature and open its dossier; its overlay is switched on if none shows it.
geoplan.go = function (name, i) {
  const mine = geoplan.layers.filter((l) => l.overlay.features === name);
  const layer = mine.find((l) => geoplan.isShown(l)) || mine[0];
  if (!geoplan.isShown(layer) && layer.overlay.group !== "indicator") geoplan.turnOn(layer);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  geoplan.select(layer, i, []);
  const hidden = geoplan.map.getContainer().getBoundingClientRect().bottom - geoplan.byId("panel").getBoundingClientRect().top;
  const below = window.innerWidth > 720 ? 0 : Math.max(hidden, 0);
  const padding = { paddingTopLeft: [40, 40], paddingBottomRight: [40, 40 + below] };
  geoplan.map.flyToBounds(geoplan.bounds(layer.features, i), { maxZoom: 15, duration: 0.6, animate: !still, ...padding });
};

geoplan.turnOn = function (layer) {
  layer.addTo(geoplan.map);
  document.querySelectorAll("#switches input[type=checkbox]").forEach((input) => { if (input.value === layer.overlay.name) input.checked = true; });
  geoplan.fillLegend();
};
