// Start: folium makes the map and names the overlays; the data are unpacked and everything is drawn.
geoplan.wanted = [];
geoplan.layers = [];
geoplan.LEGEND = 230;

geoplan.show = function (name) {
  geoplan.wanted.push(name);
};

geoplan.start = async function (map) {
  geoplan.map = map;
  if (!("DecompressionStream" in window)) {
    geoplan.byId("title").textContent = "请使用较新的浏览器（Chrome、Edge 80+，Firefox 113+） / Please use a newer browser";
    return;
  }
  geoplan.content = await geoplan.unpack(geoplan.byId("geoplan-data").textContent);
  geoplan.content.geometry = geoplan.content.geometry.map(geoplan.decodeGeometry);
  geoplan.content.scenarios.forEach((s) => Object.values(s.features).forEach(geoplan.decode));
  geoplan.page = geoplan.inScenario(0);
  geoplan.phase = geoplan.years().at(-1) ?? null;
  geoplan.chosen = L.layerGroup();
  geoplan.startScenarios();
  geoplan.fit();
  geoplan.layTiles();
  geoplan.labels = new geoplan.Labels().addTo(geoplan.map);
  geoplan.controls();
  geoplan.drawAll((overlay) => overlay.shown);
  geoplan.listen();
  geoplan.startSearch();
  geoplan.startSwipe();
  geoplan.startMeasure();
  document.documentElement.dataset.ready = "yes";
};

// Everything of the scenario in force; `shown` says which overlays are switched on.
geoplan.drawAll = function (shown) {
  const overlays = geoplan.page.overlays.filter((o) => geoplan.wanted.includes(o.name)), against = geoplan.againstOverlay();
  geoplan.layers = (against ? [...overlays, against] : overlays).map(geoplan.layer);
  geoplan.fillHeader();
  geoplan.fillPhases();
  geoplan.fillFigures();
  geoplan.startFilter();
  geoplan.layers.filter((l) => shown(l.overlay)).forEach((l) => l.addTo(geoplan.map));
  geoplan.chosen.addTo(geoplan.map);
  geoplan.fillSwitches();
  geoplan.fillLegend();
  geoplan.labels.draw();
};

// Tiles of others below everything, where the study asks for them.
geoplan.layTiles = function () {
  const tiles = geoplan.content.tiles;
  if (!tiles) return;
  const below = geoplan.map.createPane("tiles");
  below.style.zIndex = 150;
  L.tileLayer(tiles.url, { subdomains: tiles.subdomains, maxZoom: 18, pane: "tiles" }).addTo(geoplan.map);
};

// What the whole page says, with what one scenario says.
geoplan.inScenario = (k) => ({ ...geoplan.content, ...geoplan.content.scenarios[k] });

geoplan.layer = function (overlay, order) {
  const layer = new geoplan.CellLayer(overlay, geoplan.page.features[overlay.features]);
  layer.setZIndex(order + 1);
  return layer;
};

geoplan.fit = function () {
  const [south, west, north, east] = geoplan.page.view, bounds = L.latLngBounds([south, west], [north, east]);
  geoplan.map.invalidateSize(false);
  geoplan.whole = bounds;
  geoplan.showWhole();
  geoplan.map.setMinZoom(geoplan.map.getZoom() - 1);
  geoplan.map.setMaxBounds(bounds.pad(0.8));
};

// The whole area as large as it fits, to the right of the legend as far as there is room.
geoplan.showWhole = function () {
  const map = geoplan.map, bounds = geoplan.whole, size = map.getSize(), zoom = map.getBoundsZoom(bounds);
  const low = map.project(bounds.getSouthWest(), zoom), high = map.project(bounds.getNorthEast(), zoom);
  const spare = Math.max(size.x - (high.x - low.x), 0), shift = size.x > 600 ? Math.min(spare / 2 - 12, geoplan.LEGEND / 2) : 0;
  map.setView(map.unproject(low.add(high).divideBy(2).subtract([Math.max(shift, 0), 0]), zoom), zoom, { animate: false });
};

geoplan.controls = function () {
  const words = geoplan.page.words, map = geoplan.map;
  L.control.zoom({ zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
  L.control.scale({ imperial: false, maxWidth: 130, position: "bottomright" }).addTo(map);
  const Tools = L.Control.extend({
    onAdd: () => L.DomEvent.disableClickPropagation(geoplan.byId("tools")) && geoplan.byId("tools"),
  });
  ["whole", "swipe", "measure", "print"].forEach((id) => { geoplan.byId(id).title = words[id]; geoplan.byId(id).setAttribute("aria-label", words[id]); });
  geoplan.byId("whole").addEventListener("click", geoplan.showWhole);
  geoplan.byId("print").addEventListener("click", geoplan.print);
  new Tools({ position: "topleft" }).addTo(map);
};

// What answers a click: shown overlays from the topmost down, then the units even where they are not drawn.
geoplan.answering = function () {
  const shown = geoplan.layers.filter((l) => geoplan.isShown(l));
  const units = geoplan.layers.filter((l) => l.overlay.features === "units");
  return [...shown.filter((l) => l.overlay.features !== "units").reverse(), ...units];
};

geoplan.listen = function () {
  const map = geoplan.map;
  map.on("click", (event) => {
    if (geoplan.measure.on) { geoplan.measureAt(event.latlng); return; }
    const found = geoplan.under(geoplan.answering(), event.latlng, map.getZoom());
    if (found.length) geoplan.select(...found[0], found.slice(1)); else geoplan.clear();
  });
  map.on("mousemove", (event) => geoplan.hover(event));
  map.on("mouseout movestart", () => { geoplan.byId("hint").hidden = true; });
  map.on("zoomend", () => geoplan.fillLegend());
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") geoplan.clear(); });
  const fold = () => { geoplan.byId("panel").classList.toggle("open"); };
  geoplan.byId("handle").addEventListener("click", fold);
  geoplan.byId("handle").addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") fold(); });
};

// The name of what is under the pointer.
geoplan.hover = function (event) {
  if (geoplan.waiting) return;
  geoplan.waiting = requestAnimationFrame(() => {
    geoplan.waiting = null;
    const hint = geoplan.byId("hint"), layers = geoplan.answering().filter((l) => l.overlay.features !== "units");
    const found = geoplan.under(layers, event.latlng, geoplan.map.getZoom())[0];
    geoplan.map.getContainer().style.cursor = found ? "pointer" : "";
    hint.hidden = !found;
    if (!found) return;
    hint.textContent = geoplan.told(...found);
    hint.style.left = event.originalEvent.clientX + 14 + "px";
    hint.style.top = event.originalEvent.clientY + 12 + "px";
  });
};

// The name of a thing, and the class in which the overlay that shows it puts it.
geoplan.told = function (layer, i) {
  const style = layer.overlay.group === "indicator" && layer.overlay.classes[layer.of[i]];
  return layer.features.names[i] + (style && style.label ? " · " + style.label : "");
};
