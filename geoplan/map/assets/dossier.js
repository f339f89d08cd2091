// The dossier of what was clicked, its outline on the map, and the lines to where it leads.
geoplan.LISTED = 12;

geoplan.select = function (layer, i, others) {
  const name = layer.overlay.features;
  geoplan.clear();
  geoplan.opened = [name, layer.features.ids[i]];
  geoplan.outline(layer.features, i);
  const lines = geoplan.linksOf(name, i);
  geoplan.drawCatchment(name, lines);
  geoplan.drawLinks(name, i, lines);
  const box = geoplan.byId("dossier");
  const why = geoplan.why(name, i);
  box.replaceChildren(geoplan.dossierHead(layer, i), ...(why ? [why] : []), ...geoplan.dossierSections(name, i));
  if (!geoplan.passes(layer, i)) box.append(geoplan.element("p", "muted", geoplan.page.words.filtered));
  if (lines.length) box.append(geoplan.linkList(name, lines));
  if (others && others.length) box.append(geoplan.alsoHere(others));
  box.hidden = false;
  geoplan.byId("overview").hidden = true;
  geoplan.byId("panel").classList.add("open");
  geoplan.byId("panel").scrollTop = 0;
};

geoplan.opened = null; // the features and the id that the dossier tells of

// The dossier again, after what it tells has changed; `opened` is what it told of, null for nothing.
geoplan.reopen = function (opened) {
  const layer = opened && geoplan.layers.find((l) => l.overlay.features === opened[0]);
  const row = layer ? geoplan.rowOf(layer.features, opened[1]) : undefined;
  if (row !== undefined) geoplan.select(layer, row, []);
};

geoplan.clear = function () {
  geoplan.opened = null;
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

// The feature's own rows, then those of what tells the rest, then those of each overlay that draws either, under its title.
geoplan.dossierSections = function (name, i) {
  const page = geoplan.page, tellers = geoplan.tellers(name, i), told = new Set(), made = [];
  tellers.forEach(([features, row]) => {
    const columns = page.features[features].columns.filter((c) => !told.has(c.label));
    columns.forEach((c) => told.add(c.label));
    if (columns.length) made.push(geoplan.rows(columns, row));
  });
  tellers.forEach(([features, row]) => {
    page.overlays.filter((o) => o.features === features && geoplan.tells(o, row)).forEach((overlay) => {
      made.push(geoplan.element("h3", "", overlay.title), geoplan.rows(overlay.columns, row));
    });
  });
  return made;
};

// Whether an overlay has something to tell of a feature.
geoplan.tells = (overlay, i) => overlay.columns.some((c) => c.kind === "verdicts" || geoplan.value(c, i) !== null);

geoplan.rows = function (columns, i) {
  const list = geoplan.element("dl"), bars = columns.filter((c) => c.colour);
  const whole = bars.reduce((sum, c) => sum + (geoplan.value(c, i) || 0), 0);
  columns.filter((c) => !["verdicts", "note", "options"].includes(c.kind)).forEach((column) => {
    const label = geoplan.element("dt", "", column.label), value = geoplan.element("dd");
    const held = geoplan.value(column, i), said = geoplan.element("span", "", geoplan.shown(held, column.kind, column.unit));
    if (column.name) Object.assign(said.dataset, { name: column.name, value: held === null ? "" : held });
    value.append(said);
    if (column.colour) label.prepend(geoplan.swatch(column.colour));
    if (column.colour && whole > 0) value.append(geoplan.meter(held / whole, column.colour));
    list.append(label, value);
  });
  const made = geoplan.element("div", "rows");
  made.append(list);
  columns.filter((c) => c.kind === "note" && geoplan.value(c, i)).forEach((column) => {
    made.append(geoplan.element("h3", "", column.label), geoplan.element("p", "note", geoplan.value(column, i)));
  });
  columns.filter((c) => c.kind === "options" && (geoplan.value(c, i) || []).length).forEach((column) => made.append(geoplan.optionList(column, i)));
  columns.filter((c) => c.kind === "verdicts").forEach((column) => made.append(geoplan.checks(column, i)));
  return made;
};

// Options by name; one that is pressed opens.
geoplan.optionList = function (column, i) {
  const box = geoplan.element("div", "also"), options = geoplan.page.features.options;
  box.append(geoplan.element("h3", "", column.label));
  geoplan.value(column, i).forEach((id) => {
    const row = options ? geoplan.rowOf(options, id) : undefined;
    box.append(row === undefined ? geoplan.element("p", "", id) : geoplan.button("go", options.names[row], () => geoplan.go("options", row)));
  });
  return box;
};

// Why an area is not served, in a sentence made of its gap account.
geoplan.why = function (name, i) {
  const overlay = name === "areas" && geoplan.page.overlays.find((o) => o.name === "gaps"), words = geoplan.page.words;
  if (!overlay) return null;
  const parts = Object.fromEntries(overlay.columns.map((c) => [c.name, geoplan.value(c, i)])), n = (v) => geoplan.number(v, 1);
  const known = Object.values(parts).every((v) => v !== null), wanted = Object.values(parts).reduce((s, v) => s + v, 0);
  if (!known || !(wanted > 0)) return null;
  const missing = Object.entries(parts).filter(([cause, v]) => cause !== "served" && v > 0.05).map(([cause, v]) => words["why_" + cause].replace("{n}", n(v)));
  const [comma, stop] = geoplan.page.language === "zh" ? ["，", "。"] : ["; ", "."];
  return geoplan.element("p", "why", [words.why.replace("{wanted}", n(wanted)).replace("{served}", n(parts.served)), ...missing].join(comma) + stop);
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

// Verdicts clause by clause: what fails, what is not known, what holds, each as a table.
geoplan.checks = function (column, i) {
  const words = geoplan.page.words, box = geoplan.element("div", "checks"), all = geoplan.verdicts(column, i);
  box.append(geoplan.element("h3", "", column.label));
  ["fail", "unknown", "pass"].forEach((outcome) => {
    const some = all.filter((v) => v.outcome === outcome);
    if (!some.length) return;
    const fold = geoplan.element("details", "outcome " + outcome);
    fold.open = outcome !== "pass";
    fold.append(geoplan.element("summary", "", words["group_" + outcome].replace("{count}", some.length)), geoplan.checkTable(some));
    box.append(fold);
  });
  return box;
};

geoplan.checkTable = function (verdicts) {
  const words = geoplan.page.words, table = geoplan.element("table"), head = geoplan.element("tr");
  [words.rule, words.asked, words.measured].forEach((text) => {
    const cell = geoplan.element("th", "", text);
    cell.scope = "col";
    head.append(cell);
  });
  table.append(head);
  verdicts.forEach((v) => {
    const row = geoplan.element("tr"), name = geoplan.element("th", "", v.title);
    name.scope = "row";
    if (!v.must) name.append(geoplan.element("em", "", words.should));
    if (v.reference) name.append(geoplan.element("small", "", v.reference));
    row.append(name, geoplan.element("td", "", (v.kind === "flag" ? "" : v.sense + " ") + geoplan.quantity(v.asked, v)));
    row.append(geoplan.element("td", "", v.measured === null ? words.not_measured : geoplan.quantity(v.measured, v)));
    table.append(row);
  });
  return table;
};

// A measured or asked value in the unit of its rule.
geoplan.quantity = function (value, rule) {
  if (rule.kind === "flag") return value ? geoplan.page.words.yes : geoplan.page.words.no;
  if (rule.kind === "share") return geoplan.number(value * 100, 2) + " %";
  return geoplan.number(value, 3) + (rule.unit ? " " + rule.unit : "");
};

geoplan.alsoHere = function (others) {
  const box = geoplan.element("div", "also");
  box.append(geoplan.element("h3", "", geoplan.page.words.also));
  others.slice(0, geoplan.LISTED).forEach(([layer, i]) => {
    const rest = others.filter((o) => o[0] !== layer || o[1] !== i);
    const kind = layer.features.kind === "point" && geoplan.valueOf(layer.overlay.features, i, geoplan.page.words.kind);
    const text = layer.features.names[i] + " · " + (kind || layer.features.title);
    box.append(geoplan.button("go", text, () => geoplan.select(layer, i, rest)));
  });
  if (others.length > geoplan.LISTED) box.append(geoplan.element("p", "muted", geoplan.page.words.more.replace("{count}", others.length - geoplan.LISTED)));
  return box;
};

// The value of a feature under a label, in its own columns or in those that tell the rest.
geoplan.valueOf = function (name, i, label) {
  for (const [features, row] of geoplan.tellers(name, i)) {
    const column = geoplan.page.features[features].columns.find((c) => c.label === label);
    if (column) return geoplan.value(column, row);
  }
  return null;
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

// The areas that a place serves, tinted.
geoplan.drawCatchment = function (name, lines) {
  if (name === "areas" || geoplan.page.features.areas.kind !== "polygon") return;
  const areas = geoplan.page.features.areas, rings = lines.filter(([features]) => features === "areas").flatMap(([, row]) => geoplan.rings(areas, row));
  if (rings.length) L.polygon(rings.map((r) => [r]), { stroke: true, color: "#0b5d73", weight: 1, fillColor: "#0b5d73", fillOpacity: 0.22, interactive: false }).addTo(geoplan.chosen);
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
  const layer = mine.find((l) => geoplan.isShown(l)) || mine.find((l) => l.overlay.name === name) || mine[0];
  const elsewhere = layer.of[i] === 255 && geoplan.layers.find((l) => l.features.told_by === name && geoplan.rowOf(l.features, layer.features.ids[i]) !== undefined);
  if (elsewhere) return geoplan.go(elsewhere.overlay.features, geoplan.rowOf(elsewhere.features, layer.features.ids[i]));
  if (!geoplan.isShown(layer) && layer.overlay.group !== "indicator") geoplan.turnOn(layer);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  geoplan.select(layer, i, []);
  const hidden = geoplan.map.getContainer().getBoundingClientRect().bottom - geoplan.byId("panel").getBoundingClientRect().top;
  const below = window.innerWidth > 720 ? 0 : Math.max(hidden, 0);
  const padding = { paddingTopLeft: [40, 40], paddingBottomRight: [40, 40 + below] };
  return geoplan.map.flyToBounds(geoplan.bounds(layer.features, i), { maxZoom: 15, duration: 0.6, animate: !still, ...padding });
};

geoplan.turnOn = function (layer) {
  layer.addTo(geoplan.map);
  document.querySelectorAll("#switches input[type=checkbox]").forEach((input) => { if (input.value === layer.overlay.name) input.checked = true; });
  geoplan.fillLegend();
};
