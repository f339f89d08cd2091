// The panel: title, key numbers, switches; and the legend of what is shown.
geoplan.GROUPS = ["indicator", "points", "options", "limits", "base"];
geoplan.LONG = 8; // rows from which an entry of the legend can be folded
geoplan.folded = new Set();
geoplan.isShown = (layer) => geoplan.map.hasLayer(layer);

geoplan.fillHeader = function () {
  const page = geoplan.page, words = page.words, byId = geoplan.byId;
  document.title = page.title;
  byId("title").textContent = page.title;
  byId("subtitle").textContent = words.scenario + " " + page.scenario + "　" + words.year + " " + page.year;
  byId("banner").hidden = !page.synthetic;
  byId("banner").textContent = words.synthetic;
  byId("source").textContent = page.source + (page.tiles ? " " + page.tiles.note : "");
  byId("search").placeholder = words.search;
  byId("search").setAttribute("aria-label", words.search);
  byId("panel").setAttribute("aria-label", words.panel);
  byId("legend").setAttribute("aria-label", words.legend);
  byId("handle").setAttribute("aria-label", words.panel);
};

geoplan.fillFigures = function () {
  const page = geoplan.page, words = page.words, box = geoplan.byId("figures"), phase = geoplan.inPhase();
  const tiles = geoplan.element("div", "tiles"), after = phase ? phase.account : page.account_after;
  box.replaceChildren(tiles);
  page.figures.forEach((f) => tiles.append(geoplan.tile(f)));
  if (page.account.length) box.append(geoplan.element("h2", "", words.demand), geoplan.bar(words.now, page.account));
  if (after.length) box.append(geoplan.bar(phase ? String(phase.year) : words.with_plan, after));
  if (page.account.length) box.append(geoplan.accountKey(page.account, after));
  if (page.plan.length) box.append(geoplan.planBox());
  if (geoplan.against !== null && page.measures) box.append(geoplan.againstBox());
};

// A number that stands in results.json, with its name there.
geoplan.figure = function (tag, className, figure, text) {
  const made = geoplan.element(tag, className, text);
  Object.assign(made.dataset, { key: figure.key, value: figure.value });
  return made;
};

geoplan.tile = function (figure) {
  const made = geoplan.element("div", "tile");
  made.append(geoplan.figure("b", "", figure, geoplan.shown(figure.value, figure.kind, "")), geoplan.element("span", "", figure.label));
  return made;
};

// One bar of the five parts of the demand.
geoplan.bar = function (title, parts) {
  const made = geoplan.element("div", "account"), track = geoplan.element("div", "track");
  const whole = parts.reduce((sum, p) => sum + p.value, 0) || 1;
  parts.filter((p) => p.value > 0).forEach((part) => {
    const piece = geoplan.element("i");
    piece.style.width = (part.value / whole * 100) + "%";
    piece.style.background = part.colour;
    piece.title = part.label + " " + geoplan.number(part.value, 1);
    track.append(piece);
  });
  const share = geoplan.element("b", "", geoplan.shown(parts[0].value / whole, "share"));
  made.append(geoplan.element("span", "", title), track, share);
  return made;
};

geoplan.accountKey = function (parts, after) {
  const made = geoplan.element("table", "key"), words = geoplan.page.words;
  const head = geoplan.element("tr");
  head.append(geoplan.element("th"), geoplan.element("th", "", words.now));
  if (after.length) head.append(geoplan.element("th", "", geoplan.inPhase() ? String(geoplan.phase) : words.with_plan));
  made.append(head);
  parts.forEach((part, i) => {
    const row = geoplan.element("tr"), name = geoplan.element("td");
    const swatch = geoplan.element("i", "swatch");
    swatch.style.background = part.colour;
    name.append(swatch, part.label);
    row.append(name, geoplan.figure("td", "value", part, geoplan.number(part.value, 0)));
    if (after.length) row.append(geoplan.figure("td", "value", after[i], geoplan.number(after[i].value, 0)));
    made.append(row);
  });
  return made;
};

geoplan.planBox = function () {
  const page = geoplan.page, made = geoplan.element("div", "plan"), phase = geoplan.inPhase();
  made.append(geoplan.element("h2", "", page.words.plan), geoplan.figureList(page.plan));
  if (phase) made.append(geoplan.element("h3", "", page.words.by_then.replace("{year}", phase.year)), geoplan.figureList(phase.rows));
  made.append(geoplan.element("p", "proof", page.proof));
  return made;
};

geoplan.figureList = function (figures) {
  const rows = geoplan.element("dl");
  figures.forEach((f) => rows.append(geoplan.element("dt", "", f.label), geoplan.figure("dd", "", f, geoplan.shown(f.value, f.kind, f.unit))));
  return rows;
};

geoplan.fillSwitches = function () {
  const box = geoplan.byId("switches"), words = geoplan.page.words;
  box.replaceChildren(geoplan.element("h2", "", words.layers));
  geoplan.GROUPS.forEach((group) => {
    const set = geoplan.element("fieldset"), layers = geoplan.layers.filter((l) => l.overlay.group === group);
    if (!layers.length && group !== "indicator") return;
    if (["options", "limits"].includes(group)) layers.reverse(); // what is drawn on top first
    set.append(geoplan.element("legend", "", words[group]));
    layers.forEach((layer) => set.append(geoplan.switchRow(layer, group === "indicator" ? "radio" : "checkbox")));
    if (group === "indicator") set.append(geoplan.switchRow(null, "radio"));
    box.append(set);
  });
};

geoplan.switchRow = function (layer, type) {
  const row = geoplan.element("label"), input = geoplan.element("input");
  input.type = type;
  if (type === "radio") input.name = "indicator";
  input.value = layer ? layer.overlay.name : "";
  input.checked = layer ? geoplan.isShown(layer) : !geoplan.layers.some((l) => l.overlay.group === "indicator" && geoplan.isShown(l));
  input.addEventListener("change", () => geoplan.switched(layer, type, input.checked));
  row.append(input, geoplan.element("span", "", layer ? layer.overlay.title : geoplan.page.words.none));
  return row;
};

geoplan.switched = function (layer, type, on) {
  if (type === "radio") geoplan.layers.filter((l) => l.overlay.group === "indicator" && l !== layer).forEach((l) => l.remove());
  if (layer && on) layer.addTo(geoplan.map);
  if (layer && !on) layer.remove();
  geoplan.swiped();
  geoplan.labels.draw();
};

geoplan.fillLegend = function () {
  const box = geoplan.byId("legend"), words = geoplan.page.words, zoom = geoplan.map.getZoom();
  const open = !box.firstChild || box.firstChild.open;
  const fold = geoplan.element("details");
  fold.open = box.firstChild ? open : window.innerWidth > 720;
  fold.append(geoplan.element("summary", "", words.legend));
  geoplan.GROUPS.forEach((group) => {
    const shown = geoplan.layers.filter((l) => geoplan.isShown(l) && l.overlay.group === group);
    const right = geoplan.swipe.layers.filter((l) => group === "indicator" && l.overlay.group === group && !shown.some((s) => s.overlay.name === l.overlay.name));
    [...shown, ...right].forEach((layer, k) => fold.append(geoplan.legendOf(layer, zoom, group !== "base" || k === 0)));
  });
  box.replaceChildren(fold);
};

geoplan.legendOf = function (layer, zoom, titled) {
  const overlay = layer.overlay, all = overlay.classes.filter((c) => c.zoom <= zoom && c.label), classes = all.filter(geoplan.toldApart(layer));
  const long = classes.length >= geoplan.LONG, made = geoplan.element(long ? "details" : "div", "entry " + overlay.group);
  const head = geoplan.element("h3", "", overlay.title);
  if (overlay.unit) head.append(geoplan.element("small", "", overlay.unit));
  if (long) geoplan.foldable(made, head, overlay.name); else if (titled) made.append(head);
  if (classes.length < all.length) made.append(geoplan.element("p", "muted", geoplan.page.words.as_options));
  classes.forEach((c, k) => {
    if (c.heading && (k === 0 || classes[k - 1].heading !== c.heading)) made.append(geoplan.element("h4", "", c.heading));
    made.append(geoplan.legendRow(layer, c, 0, c.label));
  });
  if (overlay.marks.length && classes.some((c) => c.heading)) made.append(geoplan.element("h4", "", geoplan.page.words.verdict));
  const grey = { fill: "#59636e", line: "", width: 1 };
  overlay.marks.forEach((text, m) => made.append(geoplan.legendRow(layer, grey, m, text)));
  return made;
};

// Which classes an entry tells itself: where the options are shown as well, their marks are told there.
geoplan.toldApart = function (layer) {
  const options = geoplan.layers.find((l) => l.overlay.name === "options");
  if (!options || !geoplan.isShown(options) || layer.features.told_by !== "options") return () => true;
  return (c) => !options.overlay.classes.some((o) => o.label === c.label && o.shape === c.shape && o.fill === c.fill);
};

// An entry that stays folded, or open, when the legend is filled anew.
geoplan.foldable = function (entry, head, name) {
  const summary = geoplan.element("summary");
  summary.append(head);
  entry.append(summary);
  entry.open = !geoplan.folded.has(name);
  entry.addEventListener("toggle", () => { if (entry.open) geoplan.folded.delete(name); else geoplan.folded.add(name); });
};

geoplan.legendRow = function (layer, style, mark, text) {
  const row = geoplan.element("div", "row"), canvas = geoplan.element("canvas");
  canvas.width = 44; canvas.height = 28;
  const pen = canvas.getContext("2d");
  pen.scale(2, 2);
  if (layer.features.kind === "point") geoplan.mark(pen, 11, 7, style.shape && style.shape !== "circle" ? 4.6 : 5, style, mark);
  else geoplan.sample(pen, style);
  row.append(canvas, geoplan.element("span", "", text));
  return row;
};

geoplan.sample = function (pen, style) {
  pen.setLineDash(style.dash);
  pen.lineWidth = style.width;
  pen.strokeStyle = style.line;
  if (style.fill) { pen.fillStyle = style.fill; pen.fillRect(3, 2, 16, 10); }
  if (style.hatch) geoplan.hatch(pen, style.line, () => pen.fillRect(3, 2, 16, 10));
  if (style.fill && style.line && style.line !== "#ffffff") pen.strokeRect(3, 2, 16, 10);
  if (!style.fill) { pen.beginPath(); pen.moveTo(1, 7); pen.lineTo(21, 7); pen.stroke(); }
};
