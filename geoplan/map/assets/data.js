// The packed data, and features as arrays: pixels of the world at zoom 0 and bounding boxes.
geoplan.ARRAYS = { i1: Int8Array, u1: Uint8Array, i2: Int16Array, u2: Uint16Array, i4: Int32Array, u4: Uint32Array, f4: Float32Array, f8: Float64Array };

// The JSON stands first, then the numbers of each array, which the JSON names as { "$": [kind, begin, count] }.
geoplan.unpack = async function (text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const whole = await new Response(plain).arrayBuffer(), begin = 8 + new DataView(whole).getUint32(0, true);
  const array = ([kind, at, count]) => new geoplan.ARRAYS[kind](whole, begin + at, count);
  const json = new TextDecoder().decode(new Uint8Array(whole, 8, begin - 8));
  return JSON.parse(json, (_, value) => (value && value.$ ? array(value.$) : value));
};

geoplan.sums = function (steps, start) {
  const made = new Float64Array(steps.length + (start ? 1 : 0));
  let sum = 0;
  if (!start) steps.forEach((step, i) => { sum += step; made[i] = sum; });
  else steps.forEach((step, i) => { sum += step; made[i + 1] = sum; });
  return made;
};

// Millionths of a degree to pixels of the 256-pixel web mercator world.
geoplan.project = function (features) {
  const x = geoplan.sums(features.x), y = geoplan.sums(features.y);
  for (let i = 0; i < x.length; i++) {
    const sine = Math.sin((y[i] / 1e6) * Math.PI / 180);
    x[i] = (x[i] / 1e6 + 180) / 360 * 256;
    y[i] = (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * 256;
  }
  return { x, y };
};

geoplan.latlng = function (x, y) {
  const latitude = Math.atan(Math.sinh(Math.PI * (1 - y / 128))) * 180 / Math.PI;
  return L.latLng(latitude, x / 256 * 360 - 180);
};

// Geometry in pixels, once for all features that share it.
geoplan.decodeGeometry = function (geometry) {
  const points = geoplan.project(geometry), count = geometry.parts ? geometry.parts.length : geometry.x.length;
  const ones = geometry.parts ? null : new Uint8Array(count).fill(1);
  const made = { ...points, part: geoplan.sums(geometry.parts || ones, true), corner: geoplan.sums(geometry.corners || ones, true) };
  made.box = new Float64Array(4 * count);
  for (let i = 0; i < count; i++) made.box.set(geoplan.box(made, i), 4 * i);
  return made;
};

geoplan.decode = function (features) {
  Object.assign(features, geoplan.content.geometry[features.geometry]);
  features.rows = new Map(features.ids.map((id, i) => [id, i]));
  features.columns.filter((c) => c.kind === "verdicts").forEach(geoplan.decodeVerdicts);
  return features;
};

// Verdicts stand set by set, rule by rule, feature by feature; here they are put together again by feature.
geoplan.decodeVerdicts = function (column) {
  const members = column.sets.map(() => []);
  column.set.forEach((s, i) => members[s].push(i));
  column.start = geoplan.sums(column.set.map((s) => column.sets[s].length), true);
  column.outcome = new Array(column.outcomes.length);
  column.found = new Array(column.outcomes.length);
  let next = 0;
  column.sets.forEach((rules, s) => rules.forEach((rule, place) => members[s].forEach((i) => {
    column.outcome[column.start[i] + place] = { p: "pass", f: "fail" }[column.outcomes[next]] || "unknown";
    column.found[column.start[i] + place] = column.measured[next++];
  })));
};

// The verdicts of a feature: rule, outcome, value measured (null where there is none).
geoplan.verdicts = function (column, i) {
  return column.sets[column.set[i]].map((rule, place) => {
    const [id, title, sense, asked, unit, kind, reference, must] = column.rules[rule], at = column.start[i] + place;
    return { id, title, sense, asked, unit, kind, reference, must, outcome: column.outcome[at], measured: column.found[at] };
  });
};

// What tells of a feature: [name of features, row], its own row first, then that of the same id in what it names.
geoplan.tellers = function (name, i) {
  const own = geoplan.page.features[name], other = geoplan.page.features[own.told_by], row = other && other.rows.get(own.ids[i]);
  return row === undefined ? [[name, i]] : [[name, i], [own.told_by, row]];
};

geoplan.box = function (features, i) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const end = features.corner[features.part[i + 1]];
  for (let k = features.corner[features.part[i]]; k < end; k++) {
    box[0] = Math.min(box[0], features.x[k]); box[1] = Math.min(box[1], features.y[k]);
    box[2] = Math.max(box[2], features.x[k]); box[3] = Math.max(box[3], features.y[k]);
  }
  return box;
};

geoplan.middle = function (features, i) {
  const b = 4 * i, box = features.box;
  return [(box[b] + box[b + 2]) / 2, (box[b + 1] + box[b + 3]) / 2];
};

geoplan.bounds = function (features, i) {
  const box = features.box.subarray(4 * i, 4 * i + 4);
  return L.latLngBounds(geoplan.latlng(box[0], box[3]), geoplan.latlng(box[2], box[1]));
};

// The rings or lines of a feature as latitudes and longitudes.
geoplan.rings = function (features, i) {
  const made = [];
  for (let p = features.part[i]; p < features.part[i + 1]; p++) {
    const ring = [];
    for (let k = features.corner[p]; k < features.corner[p + 1]; k++) ring.push(geoplan.latlng(features.x[k], features.y[k]));
    made.push(ring);
  }
  return made;
};

// Even-odd rule over all rings, so that a hole is outside.
geoplan.inside = function (features, i, x, y) {
  let inside = false;
  for (let p = features.part[i]; p < features.part[i + 1]; p++) {
    const start = features.corner[p], end = features.corner[p + 1];
    for (let k = start, j = end - 1; k < end; j = k++) {
      const above = features.y[k] > y, crosses = above !== features.y[j] > y;
      if (crosses && x < (features.x[j] - features.x[k]) * (y - features.y[k]) / (features.y[j] - features.y[k]) + features.x[k]) inside = !inside;
    }
  }
  return inside;
};
