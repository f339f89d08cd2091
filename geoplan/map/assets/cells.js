// CellLayer: one overlay drawn on canvas tiles; drawn again in place when its classes change.
geoplan.TILE = 512;
geoplan.tiny = (zoom) => (zoom < 9 ? 1.8 : zoom < 10 ? 2.5 : 3);

geoplan.CellLayer = L.GridLayer.extend({
  initialize: function (overlay, features) {
    L.GridLayer.prototype.initialize.call(this, { tileSize: geoplan.TILE, pane: "tilePane", updateWhenZooming: false, keepBuffer: 1 });
    this.overlay = overlay;
    this.features = features;
    this.members = overlay.classes.map((_, c) => overlay.of.flatMap((k, i) => (k === c ? [i] : [])));
  },

  createTile: function (coords) {
    const tile = document.createElement("canvas"), ratio = Math.min(window.devicePixelRatio || 1, 2);
    tile.width = tile.height = geoplan.TILE * ratio;
    const pen = tile.getContext("2d");
    pen.scale(ratio, ratio);
    pen.lineJoin = pen.lineCap = "round";
    this.draw(pen, coords);
    return tile;
  },

  draw: function (pen, coords) {
    const scale = 2 ** coords.z, left = coords.x * geoplan.TILE, top = coords.y * geoplan.TILE, pad = 24;
    const box = [(left - pad) / scale, (top - pad) / scale, (left + geoplan.TILE + pad) / scale, (top + geoplan.TILE + pad) / scale];
    const frame = { pen, scale, left, top, zoom: coords.z };
    this.overlay.classes.forEach((style, c) => {
      if (style.zoom > coords.z) return;
      const here = this.members[c].filter((i) => this.meets(i, box));
      if (this.features.kind === "point") here.forEach((i) => geoplan.drawPoint(frame, this, style, i));
      else if (style.fill) here.forEach((i) => geoplan.drawArea(frame, this.features, style, i));
      else geoplan.drawLines(frame, this.features, style, here);
    });
  },

  meets: function (i, box) {
    const b = this.features.box, k = 4 * i;
    return b[k] <= box[2] && b[k + 2] >= box[0] && b[k + 1] <= box[3] && b[k + 3] >= box[1];
  },

  // Radius in pixels: larger as the map comes nearer.
  radius: function (i, zoom) {
    const size = this.overlay.size ? this.overlay.size[i] : 5;
    return size * Math.min(1.4, Math.max(0.32, 0.42 + 0.13 * (zoom - 9)));
  },
});

geoplan.trace = function (frame, features, i) {
  const { pen, scale, left, top } = frame;
  for (let p = features.part[i]; p < features.part[i + 1]; p++) {
    for (let k = features.corner[p]; k < features.corner[p + 1]; k++) {
      const x = features.x[k] * scale - left, y = features.y[k] * scale - top;
      if (k === features.corner[p]) pen.moveTo(x, y); else pen.lineTo(x, y);
    }
  }
};

geoplan.drawArea = function (frame, features, style, i) {
  const { pen, scale, left, top } = frame, box = features.box.subarray(4 * i, 4 * i + 4);
  const size = Math.max(box[2] - box[0], box[3] - box[1]) * scale;
  pen.fillStyle = style.fill;
  const least = geoplan.tiny(frame.zoom);
  if (size < least) {
    const x = (box[0] + box[2]) / 2 * scale - left, y = (box[1] + box[3]) / 2 * scale - top;
    pen.fillRect(x - least / 2, y - least / 2, least, least);
    return;
  }
  pen.beginPath();
  geoplan.trace(frame, features, i);
  pen.fill("evenodd");
  if (style.line && size > 8) geoplan.stroke(frame, style);
};

geoplan.drawLines = function (frame, features, style, here) {
  frame.pen.beginPath();
  here.forEach((i) => geoplan.trace(frame, features, i));
  geoplan.stroke(frame, style);
};

geoplan.stroke = function (frame, style) {
  frame.pen.strokeStyle = style.line;
  frame.pen.lineWidth = style.width * (frame.zoom > 13 ? 1.6 : 1);
  frame.pen.setLineDash(style.dash);
  frame.pen.stroke();
};

geoplan.drawPoint = function (frame, layer, style, i) {
  const { pen, scale, left, top } = frame, features = layer.features;
  const x = features.x[i] * scale - left, y = features.y[i] * scale - top;
  geoplan.mark(pen, x, y, layer.radius(i, frame.zoom), style, layer.overlay.mark ? layer.overlay.mark[i] : 0);
};

// 0 filled, 1 hollow, 2 crossed out.
geoplan.mark = function (pen, x, y, radius, style, mark) {
  pen.setLineDash([]);
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fillStyle = mark ? "#ffffff" : style.fill;
  pen.fill();
  pen.strokeStyle = mark ? style.fill : style.line || "#ffffff";
  pen.lineWidth = mark ? Math.max(1.4, radius * 0.35) : style.line ? style.width : 1;
  if (mark === 2) { pen.moveTo(x - radius * 0.7, y + radius * 0.7); pen.lineTo(x + radius * 0.7, y - radius * 0.7); }
  pen.stroke();
};

// What lies under a place, the topmost first: [layer, row] pairs.
geoplan.under = function (layers, latlng, zoom) {
  const at = geoplan.world(latlng), found = [];
  layers.forEach((layer) => {
    const hits = [];
    for (let i = 0; i < layer.features.ids.length; i++) if (layer.overlay.of[i] !== 255 && geoplan.touches(layer, i, at, zoom)) hits.push(i);
    hits.reverse().forEach((i) => found.push([layer, i]));
  });
  return found;
};

geoplan.world = function (latlng) {
  const sine = Math.sin(latlng.lat * Math.PI / 180);
  return [(latlng.lng + 180) / 360 * 256, (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * 256];
};

geoplan.touches = function (layer, i, at, zoom) {
  const scale = 2 ** zoom, features = layer.features, box = features.box, b = 4 * i;
  if (features.kind === "line") return false;
  if (features.kind === "point") return Math.hypot(features.x[i] - at[0], features.y[i] - at[1]) * scale <= layer.radius(i, zoom) + 3;
  const slack = Math.max(box[b + 2] - box[b], box[b + 3] - box[b + 1]) * scale < 6 ? 3 / scale : 0;
  if (at[0] < box[b] - slack || at[0] > box[b + 2] + slack || at[1] < box[b + 1] - slack || at[1] > box[b + 3] + slack) return false;
  return slack > 0 || geoplan.inside(features, i, at[0], at[1]);
};
