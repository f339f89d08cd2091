// Scenarios: another one is drawn over the same geometry; what is switched on, the view and the open dossier stay.
geoplan.scenario = 0;
geoplan.against = null; // the scenario that gains and losses are told against

geoplan.startScenarios = function () {
  const box = geoplan.byId("scenarios"), all = geoplan.content.scenarios, words = geoplan.page.words;
  if (all.length < 2) return;
  geoplan.against = 0;
  const pick = geoplan.picker(words.scenario, all.map((s) => s.scenario), geoplan.scenario, geoplan.switchScenario);
  pick.querySelector("select").id = "scenario";
  box.append(pick);
  box.hidden = false;
};

// A labelled list of choices; `act` is told the number of the one that is chosen.
geoplan.picker = function (title, choices, chosen, act) {
  const label = geoplan.element("label", "picker"), list = geoplan.element("select");
  if (title) label.append(geoplan.element("span", "", title));
  label.append(list);
  choices.forEach((text, k) => {
    const choice = geoplan.element("option", "", text);
    choice.value = k;
    choice.selected = k === chosen;
    list.append(choice);
  });
  list.addEventListener("change", () => act(Number(list.value)));
  return label;
};

geoplan.switchScenario = function (k) {
  const shown = new Set(geoplan.layers.filter(geoplan.isShown).map((l) => l.overlay.name)), open = geoplan.opened;
  geoplan.layers.forEach((l) => l.remove());
  geoplan.clear();
  geoplan.scenario = k;
  geoplan.page = geoplan.inScenario(k);
  if (geoplan.against === k) geoplan.against = k ? 0 : 1;
  if (!geoplan.years().includes(geoplan.phase)) geoplan.phase = geoplan.years().at(-1) ?? null;
  geoplan.drawAll((overlay) => shown.has(overlay.name));
  geoplan.reopen(open);
  geoplan.swiped();
};

// People served with the plan in each area, less those whom another scenario serves; an area that one has alone counts 0 in the other.
geoplan.gains = function (other) {
  const mine = geoplan.page, its = geoplan.content.scenarios[other], areas = mine.features.areas;
  return Float64Array.from(areas.ids, (id, i) => {
    const row = its.features.areas ? geoplan.rowOf(its.features.areas, id) : undefined;
    return (mine.measures.served_after[i] || 0) - (row === undefined ? 0 : its.measures.served_after[row] || 0);
  });
};

geoplan.DIVERGING = ["#7f3b08", "#d0781f", "#f3bd7d", "#e9e9ec", "#b9b1d8", "#8172b2", "#432075"]; // ColorBrewer's PuOr
geoplan.SAME = 0.0005; // people: less is no change

// The overlay of gains and losses, made here because it joins two scenarios.
geoplan.againstOverlay = function () {
  if (geoplan.against === null || !geoplan.page.features.areas || !geoplan.page.measures) return null;
  const words = geoplan.page.words, gain = geoplan.gains(geoplan.against), other = geoplan.content.scenarios[geoplan.against].scenario;
  const [low, high] = geoplan.twoBreaks(gain), n = (v) => geoplan.number(v, 2);
  const labels = [`< −${n(high)}`, `−${n(high)} – −${n(low)}`, `−${n(low)} – 0`, words.unchanged, `0 – ${n(low)}`, `${n(low)} – ${n(high)}`, `> ${n(high)}`];
  const classes = labels.map((label, k) => ({ label, fill: geoplan.DIVERGING[k], line: "#ffffff", width: 0.5, dash: [], zoom: 0, shape: "circle", hatch: false, heading: "" }));
  const grade = (v) => (Math.abs(v) < geoplan.SAME ? 3 : v > 0 ? 4 + (v > low) + (v > high) : 2 - (v < -low) - (v < -high));
  const column = { label: words.against.replace("{name}", other), kind: "amount", unit: words.persons, colour: "", name: "against", values: Array.from(gain, (v) => Math.round(v * 1000) / 1000), phases: {} };
  return { name: "against", title: words.against.replace("{name}", other), unit: words.persons, group: "indicator", features: "areas", shown: false, classes,
    of: Uint8Array.from(gain, grade), phases: [], columns: [column], size: null, mark: null, marks: [], fanned: false, facets: [] };
};

// Two round numbers that part the changes in three.
geoplan.twoBreaks = function (gain) {
  const sizes = gain.map(Math.abs).filter((v) => v >= geoplan.SAME).sort();
  const round = (v) => { const power = 10 ** Math.floor(Math.log10(v)); return [1, 2, 5, 10].map((s) => s * power).reduce((a, b) => (Math.abs(Math.log(b / v)) < Math.abs(Math.log(a / v)) ? b : a)); };
  if (!sizes.length) return [1, 2];
  const low = round(sizes[Math.floor(sizes.length / 3)]), high = round(sizes[Math.floor(2 * sizes.length / 3)]);
  return high > low ? [low, high] : [low, 2 * low];
};

// What the plan of this scenario gains and loses against another, in the panel.
geoplan.againstBox = function () {
  const words = geoplan.page.words, made = geoplan.element("div", "plan"), all = geoplan.content.scenarios;
  const others = all.map((_, k) => k).filter((k) => k !== geoplan.scenario), gain = geoplan.gains(geoplan.against);
  const sum = (test) => gain.reduce((s, v) => (test(v) ? s + v : s), 0), rows = geoplan.element("dl");
  made.append(geoplan.picker(words.compared, others.map((k) => all[k].scenario), others.indexOf(geoplan.against), (n) => geoplan.setAgainst(others[n])));
  [["gained", sum((v) => v > 0)], ["lost", sum((v) => v < 0)]].forEach(([key, value]) => {
    const said = geoplan.element("dd", "", geoplan.shown(value, "amount", words.persons));
    Object.assign(said.dataset, { sum: key, value });
    rows.append(geoplan.element("dt", "", words[key]), said);
  });
  made.append(rows);
  return made;
};

geoplan.setAgainst = function (k) {
  geoplan.against = k;
  geoplan.switchScenario(geoplan.scenario);
};
