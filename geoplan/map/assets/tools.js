"use strict";
// Small tools. Text from data reaches the page through textContent only.
const geoplan = { phase: null };

geoplan.element = function (tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined && text !== null) made.textContent = text;
  return made;
};

geoplan.byId = (id) => document.getElementById(id);

geoplan.number = function (value, decimals) {
  const options = { maximumFractionDigits: decimals };
  return new Intl.NumberFormat(geoplan.page.language === "zh" ? "zh-CN" : "en", options).format(value);
};

geoplan.money = function (value, unit) {
  const words = geoplan.page.words;
  if (words.wan && Math.abs(value) >= 10000) return geoplan.number(value / 10000, 1) + " " + words.wan + unit;
  return geoplan.number(value, 0) + (unit ? " " + unit : "");
};

// A lower, a middle and an upper sum, in one unit; only what is known.
geoplan.moneyRange = function (values, unit) {
  const words = geoplan.page.words, known = values.filter((v) => v !== null);
  if (!known.length) return "—";
  if (known.every((v) => v === known[0])) return geoplan.money(known[0], unit);
  const large = words.wan && Math.max(...known) >= 10000, scale = large ? 10000 : 1;
  const texts = values.map((v) => (v === null ? "—" : geoplan.number(v / scale, large ? 1 : 0)));
  return texts.join(" / ") + " " + (large ? words.wan + unit : unit);
};

// A value as its kind is shown; what is missing is a dash, never 0.
geoplan.shown = function (value, kind, unit) {
  const words = geoplan.page.words;
  if (value === null || value === undefined) return "—";
  if (kind === "flag") return value ? words.yes : words.no;
  if (kind === "share") return geoplan.number(value * 100, 1) + " %";
  if (kind === "yuan") return geoplan.money(value, unit);
  if (kind === "yuan_range") return geoplan.moneyRange(value, unit);
  if (kind === "text" || kind === "year") return String(value);
  const decimals = kind === "count" ? 0 : kind === "number" ? 3 : 1;
  return geoplan.number(value, decimals) + (unit ? " " + unit : "");
};

geoplan.button = function (className, text, act) {
  const made = geoplan.element("button", className, text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
};

// Printing: the page takes the size of the sheet and is drawn at that size first, because a canvas that is drawn while the browser
// prints comes out blank; what was in sight stays in sight.
geoplan.print = async function () {
  const map = geoplan.map, before = map.getBounds(), centre = map.getCenter(), zoom = map.getZoom();
  const now = new Date(), day = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
  geoplan.byId("printed").textContent = geoplan.page.words.printed.replace("{day}", day);
  document.body.classList.add("sheet");
  map.invalidateSize(false);
  map.fitBounds(before, { animate: false });
  await new Promise((done) => { setTimeout(done, 500); });
  window.print();
  document.body.classList.remove("sheet");
  map.invalidateSize(false);
  map.setView(centre, zoom, { animate: false });
};
