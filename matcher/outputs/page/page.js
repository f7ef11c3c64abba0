// Ties the page together: language, layers, the person chosen, tables and print.

const find = (id) => document.getElementById(id);

function makeElement(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

async function openPage() {
  const about = JSON.parse(find("about").textContent);
  let language = about.language;
  about.text = (key) => about.texts[language][key];
  const text = (key, values = {}) => Object.entries(values).reduce((told, [name, value]) => told.replace(`{${name}}`, () => value), about.text(key));
  const number = (n) => n.toLocaleString("en");
  const translated = [];

  function speak(chosen) {
    language = chosen;
    document.documentElement.lang = chosen === "zh" ? "zh-CN" : chosen;
    document.title = about.titles[chosen];
    for (const element of document.querySelectorAll("[data-said]")) element.hidden = element.dataset.said !== chosen;
    for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
    for (const element of document.querySelectorAll("[data-label]")) { element.setAttribute("aria-label", text(element.dataset.label)); element.title = element.tagName === "CANVAS" ? "" : text(element.dataset.label); }
    for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === chosen));
    for (const translate of translated) translate();
  }
  for (const button of document.querySelectorAll("[data-language]")) button.addEventListener("click", () => speak(button.dataset.language));
  speak(language);
  if (typeof DecompressionStream === "undefined") return;
  const data = await unpack(about.columns, find("block").textContent.trim());
  find("old").hidden = true;
  for (const element of document.querySelectorAll(".live")) element.hidden = false;

  const n = data.elder_reason.length;
  const rankOf = (test) => { const rank = new Int32Array(n).fill(-1); let k = 0; for (let i = 0; i < n; i++) if (test(i)) rank[i] = k++; return rank; };
  const pairRank = rankOf((i) => data.elder_volunteer[i] >= 0);
  const reasonRank = rankOf((i) => data.elder_reason[i] >= 0);
  const nameOf = (side, i) => (data[`${side}_name`] ? `${data[`${side}_name`].get(i)} (${data[`${side}_id`].get(i)})` : data[`${side}_id`].get(i));
  const areaOf = (committee) => `${data.subdistrict_name.get(data.committee_subdistrict[committee])} ${data.committee_name.get(committee)}`.trim();
  const apart = (i) => { const m = data.elder_distance[i]; return m < 0 ? text("apart_unknown") : text(about.exact ? "apart" : "apart_coarse", { metres: number(m) }); };
  const stateOf = (i) => (data.elder_reason[i] >= 0 ? about.text("reasons")[about.reasons[data.elder_reason[i]]] : data.elder_volunteer[i] >= 0 ? about.text("statuses")[about.statuses[data.elder_status[i]]] : "");

  function explainElder(i) {
    const elder = nameOf("elder", i);
    if (data.elder_reason[i] >= 0) return [[text("has_nobody", { elder, reason: data[`why_${language}`].get(reasonRank[i]) })], [areaOf(data.elder_committee[i])]];
    if (data.elder_volunteer[i] < 0) return [[elder], [areaOf(data.elder_committee[i])]];
    const terms = about.terms.map((name) => [data[`term_${name}`][pairRank[i]], about.text("terms")[name] || name]).filter(([metres]) => metres);
    const cost = terms.reduce((sum, [metres]) => sum + metres, 0);
    const lines = [[text(about.exact ? "has" : "has_about", { elder, volunteer: nameOf("volunteer", data.elder_volunteer[i]), distance: apart(i), cost: number(cost) })]];
    for (const [metres, term] of terms) lines.push([text("term", { metres: number(metres), term }), true]);
    return [...lines, [areaOf(data.elder_committee[i])]];
  }

  function explainVolunteer(i) {
    const volunteer = nameOf("volunteer", i), load = data.volunteer_load[i], places = number(data.volunteer_places[i]);
    const lines = [[text(load ? "looks_after" : "no_elders", { volunteer, load: number(load), places })]];
    for (let e = 0; e < n; e++) if (data.elder_volunteer[e] === i) lines.push([`${nameOf("elder", e)}: ${apart(e)}`, true]);
    if (data.volunteer_short[i]) lines.push([text("place_serves")]);
    else if (data.volunteer_price[i] > 0) lines.push([text("place_worth", { metres: number(data.volunteer_price[i]) })]);
    return [...lines, [areaOf(data.volunteer_committee[i])]];
  }

  function answer() {
    const { chosen } = map;
    const lines = !chosen ? [[text("nobody")]] : chosen.side === "elder" ? explainElder(chosen.i) : explainVolunteer(chosen.i);
    find("answer").replaceChildren(...lines.map(([line, indent]) => makeElement("p", { textContent: line, className: indent ? "indent" : "" })));
  }

  const tables = {};
  function choose(chosen, goThere = false) {
    map.chosen = chosen;
    for (const [side, table] of Object.entries(tables)) { table.chosen = chosen && chosen.side === side ? chosen.i : -1; table.show(true); }
    if (chosen && goThere) {
      const [x, y] = chosen.side === "elder" ? [map.elderX, map.elderY] : [map.volunteerX, map.volunteerY];
      if (!Number.isNaN(x[chosen.i])) map.go(x[chosen.i], y[chosen.i], 0.15);
      find("person").scrollIntoView({ block: "nearest" });
    }
    answer();
    map.ask();
  }

  const map = new PageMap(find("map"), data, about, (far) => { const told = far ? text("closer") : ""; if (find("map-note").textContent !== told) find("map-note").textContent = told; }, (chosen) => choose(chosen));
  if (map.isEmpty) { find("map").parentElement.replaceChildren(makeElement("p", { className: "note" })); }
  translated.push(() => { if (map.isEmpty) document.querySelector(".map-box p").textContent = text("nobody_placed"); else map.ask(); answer(); });

  // layers and their legend
  const shapes = { served: "circle", volunteers: "square", left_out: "diamond", reason: "diamond", pairs: "line", outlines: "line", shortages: "area", worth: "area", reach: "area", counts: "ring" };
  const colours = { served: "--served", volunteers: "--volunteer", pairs: "--pair", outlines: "--area", shortages: "--shortage", worth: "--worth", reach: "--reach", counts: "--shortage", left_out: "--ink" };
  function drawKey(shape, colour) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 15 15");
    svg.setAttribute("class", "key");
    svg.setAttribute("aria-hidden", "true");
    const drawn = { circle: ["circle", { cx: 7.5, cy: 7.5, r: 4.5 }], square: ["rect", { x: 3, y: 3, width: 9, height: 9 }], diamond: ["path", { d: "M7.5 1 14 7.5 7.5 14 1 7.5Z" }], line: ["path", { d: "M1 13 14 2" }], area: ["rect", { x: 1, y: 2, width: 13, height: 11 }], ring: ["circle", { cx: 7.5, cy: 7.5, r: 5.5 }] }[shape];
    const mark = document.createElementNS("http://www.w3.org/2000/svg", drawn[0]);
    for (const [name, value] of Object.entries(drawn[1])) mark.setAttribute(name, value);
    const isLine = shape === "line" || shape === "ring";
    mark.style.fill = isLine ? "none" : `var(${colour})`;
    mark.style.stroke = `var(${colour})`;
    mark.style.strokeWidth = isLine ? "2" : "1";
    if (shape === "area") mark.style.fillOpacity = colour === "--reach" ? "1" : "0.4";
    svg.append(mark);
    return svg;
  }
  function addLayer(key, write, isOn, turn, reason = -1) {
    const input = makeElement("input", { type: "checkbox", checked: isOn });
    const words = makeElement("span");
    const label = makeElement("label", { className: `layer${reason < 0 ? "" : " reason"}${isOn ? "" : " off"}` }, input, drawKey(shapes[key], reason < 0 ? colours[key] : `--r${reason % 8}`), words);
    input.dataset.layer = reason < 0 ? key : `reason-${about.reasons[reason]}`;
    input.addEventListener("change", () => { turn(input.checked); label.classList.toggle("off", !input.checked); map.counted = { subdistrict: [], committee: [] }; map.ask(); });
    find("layers").append(label);
    translated.push(() => { words.textContent = write(); });
  }
  const more = { worth: "worth_legend", reach: "reach_legend" };
  const held = { shortages: data.shortage_missing.length, worth: data.worth_x.length, counts: about.reasons.length, left_out: about.reasons.length };
  for (const layer of ["outlines", "counts", "shortages", "worth", "reach", "pairs", "served", "volunteers", "left_out"]) {
    if (held[layer] === 0) continue; // a legend names what there is
    addLayer(layer, () => (more[layer] ? `${text(layer)}: ${text(more[layer])}` : text(layer)), map.on[layer], (on) => { map.on[layer] = on; if (layer in map.unasked) map.unasked[layer] = false; });
  }
  // the legend of a print leaves out what is drawn from closer by only
  const markFar = (far) => { for (const input of document.querySelectorAll("[data-layer]")) { const layer = input.dataset.layer; input.parentElement.classList.toggle("far", far.includes(layer.startsWith("reason-") ? "left_out" : layer)); } };
  const ofReason = new Int32Array(about.reasons.length);
  for (const reason of data.elder_reason) if (reason >= 0) ofReason[reason]++;
  about.reasons.forEach((code, reason) => addLayer("reason", () => `${about.text("reasons")[code]} (${number(ofReason[reason])})`, true, (on) => (on ? map.hidden.delete(reason) : map.hidden.add(reason)), reason));
  let unmapped = 0;
  for (const x of map.elderX) if (Number.isNaN(x)) unmapped++;
  for (const x of map.volunteerX) if (Number.isNaN(x)) unmapped++;
  translated.push(() => { find("unmapped").textContent = unmapped ? text("unmapped", { n: number(unmapped) }) : ""; });

  // tables and their filters
  function addTable(side, title, columns, length, isLeft) {
    const holder = makeElement("section", { id: `${side}-table` });
    const heading = makeElement("h2");
    const search = makeElement("input", { type: "search" });
    const area = makeElement("select"), state = makeElement("select");
    const filters = makeElement("div", { className: "filters" }, search, area, ...(isLeft ? [state] : []));
    holder.append(heading, filters);
    find("tables").append(holder);
    const table = new WindowTable(holder, title, columns, length, text, (i) => choose({ side, i }, true));
    tables[side] = table;
    const committee = data[`${side}_committee`];
    const narrow = () => {
      const asked = search.value.trim().toLowerCase(), inArea = Number(area.value || -1), inState = state.value;
      const areas = data.committee_subdistrict.map((_, c) => (asked && areaOf(c).toLowerCase().includes(asked) ? 1 : 0));
      const reasons = about.reasons.map((code) => asked && about.text("reasons")[code].toLowerCase().includes(asked));
      table.apply((i) => {
        if (inArea >= 0 && data.committee_subdistrict[committee[i]] !== inArea) return false;
        if (isLeft && inState === "with" && data.elder_volunteer[i] < 0) return false;
        if (isLeft && inState === "without" && data.elder_reason[i] < 0) return false;
        if (isLeft && inState >= "0" && inState <= "99" && data.elder_reason[i] !== Number(inState)) return false;
        if (!asked) return true;
        return areas[committee[i]] === 1 || (isLeft && data.elder_reason[i] >= 0 && reasons[data.elder_reason[i]]) || nameOf(side, i).toLowerCase().includes(asked);
      });
    };
    let later = 0;
    search.addEventListener("input", () => { clearTimeout(later); later = setTimeout(narrow, 120); });
    area.addEventListener("change", narrow);
    state.addEventListener("change", narrow);
    const offer = (select, options) => { const kept = select.value; select.replaceChildren(...options.map(([value, words]) => makeElement("option", { value, textContent: words }))); select.value = kept || options[0][0]; };
    const subdistricts = Array.from({ length: data.subdistrict_name.length }, (_, i) => [String(i), data.subdistrict_name.get(i)]);
    translated.push(() => {
      heading.textContent = text(title);
      search.placeholder = text("search");
      search.setAttribute("aria-label", `${text(title)}: ${text("search")}`);
      area.setAttribute("aria-label", `${text(title)}: ${text("area")}`);
      state.setAttribute("aria-label", `${text(title)}: ${text("state")}`);
      offer(area, [["-1", text("all_areas")], ...subdistricts]);
      offer(state, [["all", text("all_states")], ["without", text("without")], ["with", text("with")], ...about.reasons.map((code, i) => [String(i), about.text("reasons")[code]])]);
      table.translate();
    });
  }
  const byRisk = (i) => about.text("risks")[about.risks[data.elder_risk[i]]] || "";
  addTable("elder", "elders_table", [
    { key: "elder", value: (i) => i, text: (i) => nameOf("elder", i) },
    { key: "area", value: (i) => data.elder_committee[i], text: (i) => areaOf(data.elder_committee[i]) },
    { key: "state", value: (i) => (data.elder_reason[i] >= 0 ? data.elder_reason[i] - 100 : data.elder_status[i]), text: stateOf },
    { key: "risk", value: (i) => -data.elder_risk[i], text: byRisk },
    { key: "volunteer", value: (i) => data.elder_volunteer[i], text: (i) => (data.elder_volunteer[i] < 0 ? "" : nameOf("volunteer", data.elder_volunteer[i])) },
    { key: "distance", number: true, value: (i) => data.elder_distance[i], text: (i) => (data.elder_distance[i] < 0 ? "" : `${about.exact ? "" : "≤ "}${number(data.elder_distance[i])}`) },
  ], n, true);
  addTable("volunteer", "volunteers_table", [
    { key: "volunteer", value: (i) => i, text: (i) => nameOf("volunteer", i) },
    { key: "area", value: (i) => data.volunteer_committee[i], text: (i) => areaOf(data.volunteer_committee[i]) },
    { key: "load", number: true, value: (i) => data.volunteer_load[i], text: (i) => number(data.volunteer_load[i]) },
    { key: "places", number: true, value: (i) => data.volunteer_places[i], text: (i) => number(data.volunteer_places[i]) },
    { key: "worth_m", number: true, value: (i) => (data.volunteer_short[i] ? Infinity : data.volunteer_price[i]), text: (i) => (data.volunteer_short[i] ? about.text("one_more") : data.volunteer_price[i] > 0 ? number(data.volunteer_price[i]) : "") },
  ], data.volunteer_load.length, false);

  find("zoom-in")?.addEventListener("click", () => map.zoom(1.6, map.canvas.clientWidth / 2, map.canvas.clientHeight / 2));
  find("zoom-out")?.addEventListener("click", () => map.zoom(1 / 1.6, map.canvas.clientWidth / 2, map.canvas.clientHeight / 2));
  find("whole")?.addEventListener("click", () => map.fit());
  window.addEventListener("beforeprint", () => { document.documentElement.dataset.print = ""; if (!map.isEmpty) { map.beginPrint(find("map-print")); markFar(map.far); } for (const table of Object.values(tables)) table.beginPrint(); });
  window.addEventListener("afterprint", () => { delete document.documentElement.dataset.print; if (!map.isEmpty) { map.endPrint(find("map-print")); markFar([]); } for (const table of Object.values(tables)) table.endPrint(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => map.ask());
  speak(language);
  if (!map.isEmpty) { map.fit(); map.paint(); }
  document.documentElement.dataset.ready = "";
}

openPage();
