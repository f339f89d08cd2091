// The filter of options by verdict, kind and clause; it holds in every overlay that has the same facets.
geoplan.hidden = {}; // by facet the numbers of the values that are not shown
geoplan.failing = null; // the clause that options must fail to be shown: { id, ids }

geoplan.passes = function (layer, i) {
  const facets = layer.overlay.facets;
  if (facets.some((f) => geoplan.hidden[f.name] && geoplan.hidden[f.name].has(f.of[i]))) return false;
  return !facets.length || !geoplan.failing || geoplan.failing.ids.has(layer.features.ids[i]);
};

// The layer that holds all options, whether it draws them or not.
geoplan.filtered = () => geoplan.layers.find((l) => l.overlay.name === "options");

geoplan.startFilter = function () {
  const layer = geoplan.filtered(), box = geoplan.byId("filter"), words = geoplan.page.words;
  box.replaceChildren();
  box.hidden = true;
  geoplan.hidden = {};
  geoplan.failing = null;
  if (!layer) return;
  layer.overlay.facets.forEach((facet) => { geoplan.hidden[facet.name] = new Set(); });
  const fold = geoplan.element("details"), count = geoplan.element("p", "muted");
  count.id = "filtered";
  count.setAttribute("aria-live", "polite");
  fold.append(geoplan.element("summary", "", words.filter), count);
  layer.overlay.facets.forEach((facet) => fold.append(geoplan.facetSet(layer, facet)));
  box.append(fold);
  if (geoplan.page.refusals.length) box.append(geoplan.refusalTable());
  box.hidden = false;
  geoplan.countFiltered();
};

geoplan.facetSet = function (layer, facet) {
  const set = geoplan.element("fieldset"), words = geoplan.page.words, counts = facet.values.map(() => 0), boxes = [];
  facet.of.forEach((value) => { counts[value] += 1; });
  set.append(geoplan.element("legend", "", facet.title));
  facet.values.forEach((text, value) => {
    const row = geoplan.element("label"), input = geoplan.element("input");
    input.type = "checkbox";
    input.checked = true;
    input.value = facet.name + ":" + value;
    input.addEventListener("change", () => geoplan.pick(facet.name, [value], input.checked));
    row.append(input, geoplan.element("span", "", text), geoplan.element("small", "", geoplan.number(counts[value], 0)));
    input.after(geoplan.facetSwatch(layer, facet, value));
    boxes.push(input);
    set.append(row);
  });
  const every = (on) => () => { boxes.forEach((b) => { b.checked = on; }); geoplan.pick(facet.name, facet.values.keys(), on); };
  if (facet.values.length > 3) set.append(geoplan.button("small", words.all, every(true)), geoplan.button("small", words.nothing_of, every(false)));
  return set;
};

// The mark of a verdict, or of a kind as the legend shows it.
geoplan.facetSwatch = function (layer, facet, value) {
  const style = facet.name === "kind" ? layer.overlay.classes.find((c) => c.label === facet.values[value]) : { fill: "#59636e", line: "", width: 1, shape: "circle" };
  const ring = { fill: "#d55e00", line: "", width: 1, shape: "ring" }; // a kind of which there are areas to search only
  return geoplan.legendRow(layer, style || ring, facet.name === "kind" ? 0 : value, "").firstChild;
};

geoplan.pick = function (name, values, on) {
  [...values].forEach((value) => { if (on) geoplan.hidden[name].delete(value); else geoplan.hidden[name].add(value); });
  geoplan.applyFilter();
};

geoplan.applyFilter = function () {
  const layers = geoplan.layers.filter((l) => l.overlay.facets.length);
  layers.forEach((layer) => { layer.refilter(); if (geoplan.isShown(layer)) layer.redraw(); });
  if (!layers.some((l) => geoplan.isShown(l))) geoplan.turnOn(geoplan.filtered());
  geoplan.labels.draw();
  geoplan.countFiltered();
};

geoplan.countFiltered = function () {
  const layer = geoplan.filtered(), all = layer.features.ids.length, words = geoplan.page.words;
  const count = layer.features.ids.filter((_, i) => geoplan.passes(layer, i)).length;
  const text = words.of_all.replace("{count}", geoplan.number(count, 0)).replace("{all}", geoplan.number(all, 0));
  geoplan.byId("filtered").textContent = geoplan.failing ? text + " · " + geoplan.failing.title : text;
};

// How many options each clause refuses; a clause that is pressed shows only the options that fail it.
geoplan.refusalTable = function () {
  const words = geoplan.page.words, fold = geoplan.element("details"), table = geoplan.element("table"), head = geoplan.element("tr");
  fold.append(geoplan.element("summary", "", words.refuses), table);
  table.className = "refusals";
  [words.rule, words.refused, words.only, words.failed, words.not_known].forEach((text) => {
    const cell = geoplan.element("th", "", text);
    cell.scope = "col";
    head.append(cell);
  });
  table.append(head);
  geoplan.page.refusals.forEach((rule) => {
    const row = geoplan.element("tr"), name = geoplan.element("td"), press = geoplan.button("rule", rule.title, () => geoplan.pressRule(rule, press));
    press.setAttribute("aria-pressed", "false");
    press.title = words.only_failing.replace("{name}", rule.title);
    name.append(press);
    row.append(name, ...["refused", "only", "failed", "unknown"].map((key) => geoplan.element("td", "value", geoplan.number(rule[key], 0))));
    table.append(row);
  });
  return fold;
};

geoplan.pressRule = function (rule, button) {
  const on = !geoplan.failing || geoplan.failing.id !== rule.id;
  document.querySelectorAll("#filter .rule").forEach((b) => b.setAttribute("aria-pressed", String(on && b === button)));
  geoplan.failing = on ? { id: rule.id, title: rule.title, ids: geoplan.failingIds(rule.id) } : null;
  geoplan.applyFilter();
};

geoplan.failingIds = function (rule) {
  const features = geoplan.filtered().features, column = features.columns.find((c) => c.kind === "verdicts");
  if (!column) return new Set();
  return new Set(features.ids.filter((_, i) => geoplan.verdicts(column, i).some((v) => v.id === rule && v.outcome === "fail")));
};
