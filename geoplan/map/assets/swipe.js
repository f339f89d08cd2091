// Swipe: left of a line the map as it is set, right of it another scenario or indicator.
geoplan.swipe = { on: false, at: 0.5, layers: [], choice: 0 };

// Every scenario with every indicator but the one that is shown.
geoplan.swipeChoices = function () {
  const found = [], many = geoplan.content.scenarios.length > 1;
  const now = geoplan.layers.find((l) => l.overlay.group === "indicator" && geoplan.isShown(l));
  geoplan.content.scenarios.forEach((s, k) => s.overlays.filter((o) => o.group === "indicator").forEach((overlay) => {
    if (k === geoplan.scenario && now && overlay.name === now.overlay.name) return;
    found.push({ k, overlay, text: (many ? s.scenario + " · " : "") + overlay.title });
  }));
  return found;
};

geoplan.toggleSwipe = function () {
  geoplan.swipe.on = !geoplan.swipe.on;
  geoplan.byId("swipe").setAttribute("aria-pressed", String(geoplan.swipe.on));
  if (geoplan.swipe.on) geoplan.swipe.choice = geoplan.firstChoice();
  geoplan.swiped();
};

// At first: the same indicator in another scenario, else the gap with the plan.
geoplan.firstChoice = function () {
  const now = geoplan.layers.find((l) => l.overlay.group === "indicator" && geoplan.isShown(l)), choices = geoplan.swipeChoices();
  const same = choices.findIndex((c) => now && c.overlay.name === now.overlay.name);
  const after = choices.findIndex((c) => c.k === geoplan.scenario && c.overlay.name === (now && now.overlay.name === "gaps_after" ? "gaps" : "gaps_after"));
  return Math.max(same >= 0 ? same : after, 0);
};

// Draw the right side anew: after a switch, and when it is opened or closed.
geoplan.swiped = function () {
  const map = geoplan.map, swipe = geoplan.swipe;
  swipe.layers.forEach((l) => l.remove());
  swipe.layers = [];
  geoplan.byId("divider").hidden = geoplan.byId("sides").hidden = !swipe.on;
  if (!map.getPane("right")) map.createPane("right").style.zIndex = 201;
  if (swipe.on) {
    const choices = geoplan.swipeChoices(), choice = choices[Math.min(swipe.choice, choices.length - 1)], its = geoplan.content.scenarios[choice.k];
    const names = geoplan.layers.filter((l) => geoplan.isShown(l) && l.overlay.group !== "indicator").map((l) => l.overlay.name);
    const overlays = its.overlays.filter((o) => o === choice.overlay || names.includes(o.name));
    swipe.layers = overlays.map((o) => {
      const layer = new geoplan.CellLayer(o, its.features[o.features], "right");
      return layer.setZIndex(1 + its.overlays.indexOf(o)).addTo(map);
    });
    geoplan.fillSides(choices, choice);
  }
  geoplan.clip();
  geoplan.fillLegend();
};

geoplan.fillSides = function (choices, choice) {
  const box = geoplan.byId("sides"), words = geoplan.page.words, many = geoplan.content.scenarios.length > 1;
  const now = geoplan.layers.find((l) => l.overlay.group === "indicator" && geoplan.isShown(l));
  const left = geoplan.element("b", "", (many ? geoplan.page.scenario + " · " : "") + (now ? now.overlay.title : words.none));
  const pick = geoplan.picker("", choices.map((c) => c.text), choices.indexOf(choice), (k) => { geoplan.swipe.choice = k; geoplan.swiped(); });
  pick.querySelector("select").setAttribute("aria-label", words.right_side);
  box.replaceChildren(left, pick);
};

// Each side shows its part only.
geoplan.clip = function () {
  const map = geoplan.map, swipe = geoplan.swipe, left = map.getPane("tilePane"), right = map.getPane("right"), size = map.getSize();
  if (!right) return;
  const nw = map.containerPointToLayerPoint([0, 0]), se = map.containerPointToLayerPoint(size), x = nw.x + size.x * swipe.at;
  left.style.clip = swipe.on ? `rect(${nw.y}px,${x}px,${se.y}px,${nw.x}px)` : "";
  right.style.clip = `rect(${nw.y}px,${se.x}px,${se.y}px,${x}px)`;
  const divider = geoplan.byId("divider");
  divider.style.left = size.x * swipe.at + "px";
  divider.style.height = size.y + "px";
  divider.setAttribute("aria-valuenow", String(Math.round(100 * swipe.at)));
};

geoplan.startSwipe = function () {
  const divider = geoplan.byId("divider"), map = geoplan.map;
  const move = (share) => { geoplan.swipe.at = Math.min(0.97, Math.max(0.03, share)); geoplan.clip(); };
  const drag = (event) => move((event.clientX - map.getContainer().getBoundingClientRect().left) / map.getSize().x);
  divider.setAttribute("aria-label", geoplan.page.words.swipe);
  divider.addEventListener("pointerdown", (event) => { divider.setPointerCapture(event.pointerId); event.preventDefault(); });
  divider.addEventListener("pointermove", (event) => { if (divider.hasPointerCapture(event.pointerId)) drag(event); });
  divider.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") move(geoplan.swipe.at - 0.02); else if (event.key === "ArrowRight") move(geoplan.swipe.at + 0.02); else return;
    event.preventDefault();
    event.stopPropagation();
  });
  geoplan.byId("swipe").addEventListener("click", geoplan.toggleSwipe);
  map.on("move zoomend resize viewreset", geoplan.clip);
};
