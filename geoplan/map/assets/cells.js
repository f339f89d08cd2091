// CellLayer: one overlay drawn on canvas tiles; drawn again in place when its classes change.
geoplan.TILE = 512;
geoplan.OUTLINED = 8; // pixels from which an area has its outline
geoplan.tiny = (zoom) => (zoom < 9 ? 1.8 : zoom < 10 ? 2.5 : 3);

geoplan.CellLayer = L.GridLayer.extend({
  initialize: function (overlay, features, pane) {
    L.GridLayer.prototype.initialize.call(this, { tileSize: geoplan.TILE, pane: pane || "tilePane", updateWhenZooming: false, keepBuffer: 1 });
    this.overlay = overlay;
    this.features = features;
    this.recolour();
  },

  // The classes in force: those of the chosen phase of the plan, where the overlay has phases.
  recolour: function () {
    const phase = this.overlay.phases.find((p) => p.year === geoplan.phase);
    this.of = phase ? phase.of : this.overlay.of;
    this.refilter();
  },

  // Which features are drawn, and where they stand round their place.
  refilter: function () {
    this.visible = new Uint8Array(this.of.length);
    for (let i = 0; i < this.of.length; i++) this.visible[i] = this.of[i] !== 255 && geoplan.passes(this, i) ? 1 : 0;
    this.fan = this.overlay.fanned ? geoplan.fan(this.features, this.visible) : null;
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
    const scale = 2 ** coords.z, left = coords.x * geoplan.TILE, top = coords.y * geoplan.TILE, pad = this.fan ? 56 : 24;
    const box = [(left - pad) / scale, (top - pad) / scale, (left + geoplan.TILE + pad) / scale, (top + geoplan.TILE + pad) / scale];
    const frame = { pen, scale, left, top, zoom: coords.z }, here = this.overlay.classes.map(() => []);
    geoplan.near(this.features, box).forEach((i) => { if (this.visible[i]) here[this.of[i]].push(i); });
    this.overlay.classes.forEach((style, c) => {
      if (style.zoom > coords.z || !here[c].length) return;
      if (this.features.kind === "point") here[c].forEach((i) => geoplan.drawPoint(frame, this, style, i));
      else if (style.fill) geoplan.drawAreas(frame, this.features, style, here[c]);
      else geoplan.drawLines(frame, this.features, style, here[c]);
    });
  },

  // Radius in pixels: larger as the map comes nearer.
  radius: function (i, zoom) {
    const size = this.overlay.size ? this.overlay.size[i] : 5;
    return size * Math.min(1.4, Math.max(0.32, 0.42 + 0.13 * (zoom - 9)));
  },

  // Pixels of the world at a zoom level.
  at: function (i, zoom) {
    const scale = 2 ** zoom, step = this.fan && zoom >= geoplan.FANNED ? this.radius(i, zoom) : 0;
    const x = this.features.x[i] * scale, y = this.features.y[i] * scale;
    return step ? [x + step * this.fan[2 * i], y + step * this.fan[2 * i + 1]] : [x, y];
  },
});

// Points at one place stand on a circle round it, as multiples of their radius.
geoplan.FANNED = 12;
geoplan.fan = function (features, visible) {
  const groups = new Map(), moved = new Float32Array(2 * visible.length);
  visible.forEach((v, i) => {
    const key = features.x[i] + " " + features.y[i];
    if (v && !groups.has(key)) groups.set(key, []);
    if (v) groups.get(key).push(i);
  });
  groups.forEach((members) => members.forEach((i, k) => {
    const angle = 2 * Math.PI * k / members.length, far = members.length > 1 ? Math.max(1.5, 0.42 * members.length) : 0;
    moved[2 * i] = far * Math.sin(angle);
    moved[2 * i + 1] = -far * Math.cos(angle);
  }));
  return moved;
};

geoplan.trace = function (frame, features, i) {
  const { pen, scale, left, top } = frame;
  for (let p = features.part[i]; p < features.part[i + 1]; p++) {
    for (let k = features.corner[p]; k < features.corner[p + 1]; k++) {
      const x = features.x[k] * scale - left, y = features.y[k] * scale - top;
      if (k === features.corner[p]) pen.moveTo(x, y); else pen.lineTo(x, y);
    }
  }
};

// Areas of one class as two paths: the larger ones with their outline; the smallest are squares.
geoplan.drawAreas = function (frame, features, style, here) {
  const { pen, scale, left, top } = frame, box = features.box, least = geoplan.tiny(frame.zoom), large = [];
  pen.fillStyle = style.fill;
  pen.beginPath();
  here.forEach((i) => {
    const b = 4 * i, size = Math.max(box[b + 2] - box[b], box[b + 3] - box[b + 1]) * scale;
    if (size < least) pen.fillRect((box[b] + box[b + 2]) / 2 * scale - left - least / 2, (box[b + 1] + box[b + 3]) / 2 * scale - top - least / 2, least, least);
    else if (size < geoplan.OUTLINED) geoplan.trace(frame, features, i);
    else large.push(i);
  });
  pen.fill(); // holes run the other way round than what they are in
  if (!large.length) return;
  pen.beginPath();
  large.forEach((i) => geoplan.trace(frame, features, i));
  pen.fill();
  if (style.hatch) geoplan.hatch(pen, style.line, () => pen.fill());
  if (style.line) geoplan.stroke(frame, style);
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
  const { pen, left, top } = frame, [x, y] = layer.at(i, frame.zoom);
  geoplan.mark(pen, x - left, y - top, layer.radius(i, frame.zoom), style, layer.overlay.mark ? layer.overlay.mark[i] : 0);
};

// Diagonal lines over what `fill` fills; tiles are a multiple of the pattern, so that the lines meet.
geoplan.hatches = {};
geoplan.hatch = function (pen, colour, fill) {
  if (!geoplan.hatches[colour]) {
    const small = document.createElement("canvas"), line = small.getContext("2d");
    small.width = small.height = 8;
    line.strokeStyle = colour;
    line.lineWidth = 0.9;
    [-8, 0, 8].forEach((shift) => { line.moveTo(shift - 1, 9); line.lineTo(shift + 9, -1); });
    line.stroke();
    geoplan.hatches[colour] = pen.createPattern(small, "repeat");
  }
  pen.fillStyle = geoplan.hatches[colour];
  pen.globalAlpha = 0.5;
  fill();
  pen.globalAlpha = 1;
};

geoplan.around = (count, turn, radius) => Array.from({ length: count }, (_, k) => {
  const angle = 2 * Math.PI * k / count + turn, far = radius(k);
  return [far * Math.sin(angle), -far * Math.cos(angle)];
});

// Corners of the marks, in radii; a shape that is not here is a circle.
geoplan.SHAPES = {
  square: geoplan.around(4, Math.PI / 4, () => 1.24),
  diamond: geoplan.around(4, 0, () => 1.28),
  triangle: geoplan.around(3, 0, () => 1.36),
  wedge: geoplan.around(3, Math.PI, () => 1.36),
  pentagon: geoplan.around(5, 0, () => 1.18),
  star: geoplan.around(10, 0, (k) => (k % 2 ? 0.62 : 1.5)),
  plus: [[-0.42, -1.2], [0.42, -1.2], [0.42, -0.42], [1.2, -0.42], [1.2, 0.42], [0.42, 0.42], [0.42, 1.2], [-0.42, 1.2], [-0.42, 0.42], [-1.2, 0.42], [-1.2, -0.42], [-0.42, -0.42]],
};

geoplan.shape = function (pen, x, y, radius, shape) {
  const corners = geoplan.SHAPES[shape];
  pen.beginPath();
  if (!corners) pen.arc(x, y, radius, 0, 2 * Math.PI);
  else corners.forEach(([dx, dy], k) => { if (k) pen.lineTo(x + radius * dx, y + radius * dy); else pen.moveTo(x + radius * dx, y + radius * dy); });
  if (corners) pen.closePath();
};

// 0 filled, 1 hollow, 2 crossed out; a ring is hollow and dashed.
geoplan.mark = function (pen, x, y, radius, style, mark) {
  const hollow = mark || style.shape === "ring";
  pen.setLineDash(style.shape === "ring" ? [2.5, 2] : []);
  geoplan.shape(pen, x, y, radius, style.shape);
  pen.fillStyle = hollow ? "#ffffff" : style.fill;
  pen.fill();
  pen.strokeStyle = hollow ? style.fill : style.line || "#ffffff";
  pen.lineWidth = hollow ? Math.max(1.4, radius * 0.35) : style.line ? style.width : 1;
  if (mark === 2) { pen.moveTo(x - radius * 0.7, y + radius * 0.7); pen.lineTo(x + radius * 0.7, y - radius * 0.7); }
  pen.stroke();
};

// What lies under a place, the topmost first, each thing once: [layer, row] pairs.
geoplan.under = function (layers, latlng, zoom) {
  const at = geoplan.world(latlng), found = [], seen = new Set();
  layers.forEach((layer) => {
    const reach = (layer.fan ? 56 : 24) / 2 ** zoom, box = [at[0] - reach, at[1] - reach, at[0] + reach, at[1] + reach];
    const hits = [...geoplan.near(layer.features, box)].filter((i) => layer.visible[i] && geoplan.touches(layer, i, at, zoom));
    hits.reverse().forEach((i) => {
      const key = geoplan.tellers(layer.overlay.features, i).pop().join(" ");
      if (!seen.has(key)) found.push([layer, i]);
      seen.add(key);
    });
  });
  return found;
};

geoplan.world = function (latlng) {
  const sine = Math.sin(latlng.lat * Math.PI / 180);
  return [(latlng.lng + 180) / 360 * 256, (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * 256];
};

geoplan.touches = function (layer, i, at, zoom) {
  const scale = 2 ** zoom, features = layer.features, box = features.box, b = 4 * i;
  if (features.kind === "line") return geoplan.touchesLine(layer, i, at, scale);
  if (features.kind === "point") {
    const [x, y] = layer.at(i, zoom);
    return Math.hypot(x - at[0] * scale, y - at[1] * scale) <= layer.radius(i, zoom) + (layer.fan ? 1 : 3);
  }
  const slack = Math.max(box[b + 2] - box[b], box[b + 3] - box[b + 1]) * scale < 6 ? 3 / scale : 0;
  if (at[0] < box[b] - slack || at[0] > box[b + 2] + slack || at[1] < box[b + 1] - slack || at[1] > box[b + 3] + slack) return false;
  return slack > 0 || geoplan.inside(features, i, at[0], at[1]);
};

// Within 4 pixels of a line that has something to tell.
geoplan.touchesLine = function (layer, i, at, scale) {
  const features = layer.features, box = features.box, b = 4 * i, slack = 4 / scale;
  if (!features.columns.length && !layer.overlay.columns.length) return false;
  if (at[0] < box[b] - slack || at[0] > box[b + 2] + slack || at[1] < box[b + 1] - slack || at[1] > box[b + 3] + slack) return false;
  for (let p = features.part[i]; p < features.part[i + 1]; p++) {
    for (let k = features.corner[p] + 1; k < features.corner[p + 1]; k++) {
      const x = features.x[k - 1], y = features.y[k - 1], dx = features.x[k] - x, dy = features.y[k] - y;
      const along = Math.min(1, Math.max(0, ((at[0] - x) * dx + (at[1] - y) * dy) / (dx * dx + dy * dy || 1)));
      if (Math.hypot(x + along * dx - at[0], y + along * dy - at[1]) <= slack) return true;
    }
  }
  return false;
};
