// The packed data, and features as arrays: pixels of the world at zoom 0 and bounding boxes.
geoplan.ARRAYS = { i1: Int8Array, u1: Uint8Array, i2: Int16Array, u2: Uint16Array, i4: Int32Array, u4: Uint32Array, f4: Float32Array, f8: Float64Array };

// The JSON stands first, then the numbers of each array, which the JSON names as { "$": [kind, begin, count] }.
geoplan.unpack = async function (text) {
  const coded = atob(text), bytes = new Uint8Array(coded.length);
  for (let k = 0; k < coded.length; k++) bytes[k] = coded.charCodeAt(k);
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const whole = await new Response(plain).arrayBuffer(), begin = 8 + new DataView(whole).getUint32(0, true);
  const json = new TextDecoder().decode(new Uint8Array(whole, 8, begin - 8));
  return JSON.parse(json, (_, value) => (value && value.$ ? geoplan.array(whole, begin, value.$) : value));
};

// One array; of whole numbers all first bytes stand together, then all second ones.
geoplan.array = function (whole, begin, [kind, at, count]) {
  const Kind = geoplan.ARRAYS[kind], size = Kind.BYTES_PER_ELEMENT;
  if (size === 1 || kind[0] === "f") return new Kind(whole, begin + at, count);
  const planes = new Uint8Array(whole, begin + at, size * count), bytes = new Uint8Array(size * count);
  for (let plane = 0, from = 0; plane < size; plane++) for (let k = plane; k < bytes.length; k += size) bytes[k] = planes[from++];
  return new Kind(bytes.buffer);
};

// A value of a column, null where it is unknown; that of the chosen phase where the column has phases.
geoplan.value = function (column, i) {
  const held = (geoplan.phase !== null && column.phases && column.phases[geoplan.phase]) || column.values;
  if (Array.isArray(held)) return held[i];
  if (held.list) return held.list[held.of[i]];
  return held.of[i] === held.none ? null : held.of[i] / held.scale;
};

geoplan.sums = function (steps, start) {
  const made = new Float64Array(steps.length + (start ? 1 : 0)), shift = start ? 1 : 0;
  for (let i = 0, sum = 0; i < steps.length; i++) { sum += steps[i]; made[i + shift] = sum; }
  return made;
};

// Millionths of a degree to pixels of the 256-pixel web mercator world.
geoplan.project = function (geometry) {
  const x = geoplan.sums(geometry.x), y = geoplan.sums(geometry.y);
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

// Geometry in pixels with the boxes of its features, once for all that share it.
geoplan.decodeGeometry = function (geometry) {
  const points = geoplan.project(geometry), count = geometry.parts ? geometry.parts.length : geometry.x.length;
  const ones = geometry.parts ? null : new Uint8Array(count).fill(1);
  const made = { ...points, part: geoplan.sums(geometry.parts || ones, true), corner: geoplan.sums(geometry.corners || ones, true) };
  made.box = new Float64Array(4 * count);
  for (let i = 0; i < count; i++) geoplan.fillBox(made, i);
  made.index = geoplan.index(made.box, count);
  return made;
};

geoplan.fillBox = function (geometry, i) {
  const { x, y, box } = geometry, end = geometry.corner[geometry.part[i + 1]];
  let west = Infinity, north = Infinity, east = -Infinity, south = -Infinity;
  for (let k = geometry.corner[geometry.part[i]]; k < end; k++) {
    if (x[k] < west) west = x[k];
    if (x[k] > east) east = x[k];
    if (y[k] < north) north = y[k];
    if (y[k] > south) south = y[k];
  }
  const b = 4 * i;
  box[b] = west; box[b + 1] = north; box[b + 2] = east; box[b + 3] = south;
};

// Features by the bucket in which the middle of their box lies; what is larger than a bucket is looked at always.
geoplan.BUCKETS = 128;
geoplan.index = function (box, count) {
  const all = [Infinity, Infinity, -Infinity, -Infinity], side = geoplan.BUCKETS, large = [];
  for (let b = 0; b < 4 * count; b += 4) {
    if (!(box[b] <= box[b + 2])) continue; // nothing is drawn of it
    all[0] = Math.min(all[0], box[b]); all[1] = Math.min(all[1], box[b + 1]);
    all[2] = Math.max(all[2], box[b + 2]); all[3] = Math.max(all[3], box[b + 3]);
  }
  const wide = (all[2] - all[0]) / side || 1, high = (all[3] - all[1]) / side || 1, of = new Int32Array(count).fill(-1);
  const start = new Int32Array(side * side + 1);
  const at = (value, first, step) => Math.min(side - 1, Math.max(0, Math.floor((value - first) / step)));
  for (let i = 0; i < count; i++) {
    const b = 4 * i;
    if (!(box[b] <= box[b + 2])) continue;
    if (box[b + 2] - box[b] > wide || box[b + 3] - box[b + 1] > high) { large.push(i); continue; }
    of[i] = at((box[b + 1] + box[b + 3]) / 2, all[1], high) * side + at((box[b] + box[b + 2]) / 2, all[0], wide);
    start[of[i] + 1] += 1;
  }
  for (let k = 0; k < side * side; k++) start[k + 1] += start[k];
  const items = new Int32Array(start[side * side]), next = start.slice();
  for (let i = 0; i < count; i++) if (of[i] >= 0) items[next[of[i]]++] = i;
  return { all, wide, high, at, start, items, large };
};

// The features whose box meets a box of the world, in their order.
geoplan.near = function (features, box) {
  const { all, wide, high, at, start, items, large } = features.index, side = geoplan.BUCKETS, b = features.box, found = [];
  const meets = (i) => b[4 * i] <= box[2] && b[4 * i + 2] >= box[0] && b[4 * i + 1] <= box[3] && b[4 * i + 3] >= box[1];
  large.forEach((i) => { if (meets(i)) found.push(i); });
  if (box[2] >= all[0] && box[0] <= all[2] && box[3] >= all[1] && box[1] <= all[3]) {
    const west = at(box[0] - wide, all[0], wide), east = at(box[2] + wide, all[0], wide);
    const top = at(box[1] - high, all[1], high), bottom = at(box[3] + high, all[1], high);
    for (let row = top; row <= bottom; row++) {
      for (let k = start[row * side + west]; k < start[row * side + east + 1]; k++) if (meets(items[k])) found.push(items[k]);
    }
  }
  return Int32Array.from(found).sort();
};

geoplan.decode = function (features) {
  Object.assign(features, geoplan.content.geometry[features.geometry]);
  if (features.names === null) features.names = features.ids;
  features.columns.filter((c) => c.kind === "verdicts").forEach(geoplan.decodeVerdicts);
  return features;
};

// The row of an id; undefined if there is none.
geoplan.rowOf = function (features, id) {
  if (!features.rows) features.rows = new Map(features.ids.map((one, i) => [one, i]));
  return features.rows.get(id);
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
  const own = geoplan.page.features[name], other = geoplan.page.features[own.told_by], row = other && geoplan.rowOf(other, own.ids[i]);
  return row === undefined ? [[name, i]] : [[name, i], [own.told_by, row]];
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

// Whether a point lies inside, by the number of sides to its right: a hole is outside.
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
