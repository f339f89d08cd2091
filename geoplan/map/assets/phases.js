// Phases: the map as it stands in a year of the plan; at first in the last.
geoplan.years = () => [...new Set(geoplan.page.overlays.flatMap((o) => o.phases.map((p) => p.year)))].sort((a, b) => a - b);

geoplan.fillPhases = function () {
  const box = geoplan.byId("phases"), years = geoplan.years(), words = geoplan.page.words;
  box.replaceChildren();
  box.hidden = years.length < 2;
  if (box.hidden) return;
  box.append(geoplan.element("span", "", words.phase));
  years.forEach((year) => {
    const press = geoplan.button("phase", year, () => geoplan.setPhase(year));
    press.setAttribute("aria-pressed", String(year === geoplan.phase));
    box.append(press);
  });
};

geoplan.setPhase = function (year) {
  geoplan.phase = year;
  [...geoplan.layers, ...geoplan.swipe.layers].filter((l) => l.overlay.phases.length).forEach((layer) => {
    layer.recolour();
    if (geoplan.map.hasLayer(layer)) layer.redraw();
  });
  geoplan.fillPhases();
  geoplan.fillFigures();
  geoplan.labels.draw();
  geoplan.reopen(geoplan.opened);
};

// What the chosen phase tells, null where the plan has no phases.
geoplan.inPhase = () => (geoplan.page.phases || []).find((p) => p.year === geoplan.phase) || null;
