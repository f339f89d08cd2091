// Names on the map: written where they do not hide one another, the more important first.
geoplan.LABELS = {
  units: { font: "600 13px", colour: "#3c4653", lift: 0 },
  plan: { font: "600 12px", colour: "#1f2933", lift: 21 },
  gap_areas: { font: "500 12px", colour: "#7a1f3d", lift: 0 },
  search_areas: { font: "500 12px", colour: "#9a4300", lift: 0 },
  facilities: { font: "12px", colour: "#34495e", lift: 13 },
  areas: { font: "12px", colour: "#4b5563", lift: 0 },
};

geoplan.Labels = L.Layer.extend({
  onAdd: function (map) {
    this.canvas = L.DomUtil.create("canvas", "labels leaflet-zoom-hide", map.getPanes().markerPane);
    map.on("moveend zoomend resize", this.draw, this);
    this.draw();
  },

  draw: function () {
    const map = this._map, size = map.getSize(), ratio = Math.min(window.devicePixelRatio || 1, 2);
    this.canvas.width = size.x * ratio;
    this.canvas.height = size.y * ratio;
    this.canvas.style.width = size.x + "px";
    this.canvas.style.height = size.y + "px";
    L.DomUtil.setPosition(this.canvas, map.containerPointToLayerPoint([0, 0]));
    const pen = this.canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    const taken = [], shown = geoplan.shownFeatures();
    Object.keys(geoplan.LABELS).filter((name) => shown.has(name)).forEach((name) => this.write(pen, name, taken, size));
  },

  write: function (pen, name, taken, size) {
    const features = geoplan.page.features[name], style = geoplan.LABELS[name], map = this._map;
    if (features.labels_from === null || map.getZoom() < features.labels_from) return;
    pen.font = style.font + " " + getComputedStyle(document.body).fontFamily;
    const drawn = geoplan.layers.filter((l) => l.overlay.features === name && l.overlay.facets.length && geoplan.isShown(l));
    for (const i of geoplan.near(features, geoplan.inView(map, 60))) {
      if (drawn.length && !drawn.some((l) => l.visible[i])) continue;
      const at = map.latLngToContainerPoint(geoplan.latlng(...geoplan.middle(features, i)));
      if (at.x < -60 || at.y < -20 || at.x > size.x + 60 || at.y > size.y + 20) continue;
      this.place(pen, features.names[i], at.x, at.y - style.lift, style.colour, taken);
    }
  },

  place: function (pen, text, x, y, colour, taken) {
    const half = pen.measureText(text).width / 2 + 3, box = [x - half, y - 9, x + half, y + 9];
    if (taken.some((t) => t[0] < box[2] && t[2] > box[0] && t[1] < box[3] && t[3] > box[1])) return;
    taken.push(box);
    pen.strokeStyle = "rgba(255,255,255,0.9)";
    pen.lineWidth = 3.5;
    pen.strokeText(text, x, y);
    pen.fillStyle = colour;
    pen.fillText(text, x, y);
  },
});

// What the map shows, and so many pixels round it, as a box of the world.
geoplan.inView = function (map, pad) {
  const scale = 2 ** map.getZoom(), { min, max } = map.getPixelBounds();
  return [(min.x - pad) / scale, (min.y - pad) / scale, (max.x + pad) / scale, (max.y + pad) / scale];
};

// The names of the features that a shown overlay draws.
geoplan.shownFeatures = () => new Set(geoplan.layers.filter((l) => geoplan.isShown(l)).map((l) => l.overlay.features));
