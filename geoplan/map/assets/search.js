// Search by name or id, with mouse or keyboard.
geoplan.HITS = 14;

geoplan.search = function (text) {
  const plain = (t) => t.normalize("NFKC").toLowerCase(), wanted = plain(text).trim(), found = []; // full-width letters are letters
  if (!wanted) return found;
  Object.entries(geoplan.page.features).filter(([, f]) => f.searched).forEach(([name, features]) => {
    features.names.forEach((title, i) => {
      const at = plain(title).indexOf(wanted), id = plain(features.ids[i]);
      if (at >= 0 || id.startsWith(wanted)) found.push({ name, i, rank: at < 0 ? 50 : at + title.length / 100 });
    });
  });
  const order = ["units", "townships", "plan", "facilities", "gap_areas", "areas", "options"];
  found.sort((a, b) => a.rank - b.rank || order.indexOf(a.name) - order.indexOf(b.name) || a.i - b.i);
  return found.slice(0, geoplan.HITS);
};

geoplan.startSearch = function () {
  const input = geoplan.byId("search");
  input.addEventListener("input", () => geoplan.showHits(geoplan.search(input.value)));
  input.addEventListener("keydown", geoplan.searchKey);
  input.addEventListener("blur", () => setTimeout(() => geoplan.closeHits(), 150));
  input.addEventListener("focus", () => { if (input.value) geoplan.showHits(geoplan.search(input.value)); });
};

geoplan.showHits = function (hits) {
  const list = geoplan.byId("hits"), input = geoplan.byId("search");
  geoplan.hits = hits;
  geoplan.active = -1;
  list.replaceChildren(...hits.map(geoplan.hitRow));
  if (!hits.length && input.value.trim()) list.append(geoplan.element("li", "muted", geoplan.page.words.nothing));
  list.hidden = !input.value.trim();
  input.setAttribute("aria-expanded", String(!list.hidden));
};

geoplan.hitRow = function (hit, k) {
  const features = geoplan.page.features[hit.name], row = geoplan.element("li");
  row.id = "hit-" + k;
  row.setAttribute("role", "option");
  const words = geoplan.page.words, where = geoplan.valueOf(hit.name, hit.i, words.unit);
  const what = ["options", "plan"].includes(hit.name) && geoplan.valueOf(hit.name, hit.i, words.kind);
  const title = (what || features.title) + (where ? " · " + where : "");
  row.append(geoplan.element("span", "", features.names[hit.i]), geoplan.element("small", "", title));
  row.addEventListener("mousedown", (event) => { event.preventDefault(); geoplan.take(k); });
  return row;
};

geoplan.searchKey = function (event) {
  const count = (geoplan.hits || []).length;
  if (event.key === "Escape") return geoplan.closeHits();
  if (event.key === "Enter" && count) return geoplan.take(Math.max(geoplan.active, 0));
  if (!count || !["ArrowDown", "ArrowUp"].includes(event.key)) return undefined;
  event.preventDefault();
  geoplan.active = (geoplan.active + (event.key === "ArrowDown" ? 1 : count - 1) + count) % count;
  const rows = [...geoplan.byId("hits").children];
  rows.forEach((row, k) => row.setAttribute("aria-selected", String(k === geoplan.active)));
  rows[geoplan.active].scrollIntoView({ block: "nearest" });
  return geoplan.byId("search").setAttribute("aria-activedescendant", "hit-" + geoplan.active);
};

geoplan.take = function (k) {
  const hit = geoplan.hits[k];
  geoplan.closeHits();
  geoplan.go(hit.name, hit.i);
};

geoplan.closeHits = function () {
  geoplan.byId("hits").hidden = true;
  geoplan.byId("search").setAttribute("aria-expanded", "false");
};
