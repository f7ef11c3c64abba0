// The map: outlines, surfaces, lines and dots on a canvas, in metres around the middle of all points.

const METRES_A_DEGREE = 111195;
const DEGREES = 1e-5; // of the packed coordinates
const MOST_PATHS = 5000; // people in view up to whom lines and dots are drawn smoothly
const MOST_DOTS = 20000; // people in view up to whom they are drawn unasked
const PRINT_DPI = 220;
const MM = 96 / 25.4; // CSS pixels

class PageMap {
  constructor(canvas, data, about, say, choose) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.data = data;
    this.about = about;
    this.say = say;
    this.choose = choose;
    this.chosen = null;
    this.place();
    this.isCity = data.elder_x.length > MOST_PATHS;
    this.on = { outlines: true, worth: this.isCity, counts: this.isCity, shortages: !this.isCity, reach: false, pairs: true, served: true, left_out: true, volunteers: true };
    this.unasked = { pairs: this.isCity, served: this.isCity, left_out: this.isCity, volunteers: this.isCity };
    this.hidden = new Set(); // reasons
    this.waits = false;
    this.listen();
    this.fit();
  }

  // works out metres from packed degrees
  place() {
    const d = this.data;
    let n = 0, sumX = 0, sumY = 0;
    for (let i = 0; i < d.elder_x.length; i++) if (d.elder_x[i] || d.elder_y[i]) { sumX += d.elder_x[i]; sumY += d.elder_y[i]; n++; }
    this.lng0 = n ? sumX / n : 0;
    this.lat0 = n ? sumY / n : 0;
    this.perX = METRES_A_DEGREE * DEGREES * Math.cos((this.lat0 * DEGREES * Math.PI) / 180);
    this.perY = METRES_A_DEGREE * DEGREES;
    const convert = (values, zero, per, other) => {
      const out = new Float32Array(values.length);
      for (let i = 0; i < values.length; i++) out[i] = values[i] || other[i] ? (values[i] - zero) * per : NaN;
      return out;
    };
    this.elderX = convert(d.elder_x, this.lng0, this.perX, d.elder_y);
    this.elderY = convert(d.elder_y, this.lat0, this.perY, d.elder_x);
    this.volunteerX = convert(d.volunteer_x, this.lng0, this.perX, d.volunteer_y);
    this.volunteerY = convert(d.volunteer_y, this.lat0, this.perY, d.volunteer_x);
    this.elders = new PointIndex(this.elderX, this.elderY, 150);
    this.volunteers = new PointIndex(this.volunteerX, this.volunteerY, 300);
    this.rings = Object.fromEntries(["subdistrict", "committee", "shortage"].map((kind) => [kind, this.readRings(kind)]));
    this.squareX = (this.about.square.lng / DEGREES) * this.perX;
    this.squareY = (this.about.square.lat / DEGREES) * this.perY;
    this.worthX = Float32Array.from(d.worth_x, (x) => ((x * this.about.square.lng) / DEGREES - this.lng0) * this.perX);
    this.worthY = Float32Array.from(d.worth_y, (y) => ((y * this.about.square.lat) / DEGREES - this.lat0) * this.perY);
    this.counted = { subdistrict: [], committee: [] };
  }

  readRings(kind) {
    const d = this.data, rings = [];
    let at = 0;
    for (const n of d[`${kind}_ring_length`]) {
      const x = new Float32Array(n), y = new Float32Array(n);
      const box = [Infinity, Infinity, -Infinity, -Infinity];
      let sumX = 0, sumY = 0;
      for (let k = 0; k < n; k++, at++) {
        x[k] = (d[`${kind}_ring_x`][at] - this.lng0) * this.perX;
        y[k] = (d[`${kind}_ring_y`][at] - this.lat0) * this.perY;
        box[0] = Math.min(box[0], x[k]); box[1] = Math.min(box[1], y[k]);
        box[2] = Math.max(box[2], x[k]); box[3] = Math.max(box[3], y[k]);
        sumX += x[k]; sumY += y[k];
      }
      rings.push({ x, y, box, middle: [sumX / n, sumY / n] });
    }
    return rings;
  }

  get isEmpty() { return this.elders.isEmpty && this.volunteers.isEmpty; }

  // the whole map in view
  fit() {
    const boxes = [this.elders, this.volunteers].filter((index) => !index.isEmpty).map((index) => index.bounds);
    const box = [0, 1].map((k) => Math.min(...boxes.map((b) => b[k]))).concat([2, 3].map((k) => Math.max(...boxes.map((b) => b[k]))));
    if (!boxes.length) return;
    const width = this.canvas.clientWidth || 800, height = this.canvas.clientHeight || 500;
    this.x = (box[0] + box[2]) / 2;
    this.y = (box[1] + box[3]) / 2;
    this.scale = Math.min(width / (box[2] - box[0] + 200), height / (box[3] - box[1] + 200), 2); // CSS pixels a metre
    this.ask();
  }

  go(x, y, scale) { this.x = x; this.y = y; this.scale = Math.max(this.scale, scale); this.ask(); }

  zoom(factor, atX, atY) {
    const next = Math.min(Math.max(this.scale * factor, 1e-3), 5);
    const dx = atX - this.canvas.clientWidth / 2, dy = atY - this.canvas.clientHeight / 2;
    this.x += dx / this.scale - dx / next;
    this.y -= dy / this.scale - dy / next;
    this.scale = next;
    this.ask();
  }

  // paints in the next frame, once
  ask() {
    if (this.waits) return;
    this.waits = true;
    requestAnimationFrame(() => { this.waits = false; this.paint(); });
  }

  isDrawn(layer, inView) { return this.on[layer] && (!this.unasked[layer] || inView <= MOST_DOTS); }

  readColours() {
    const names = ["map", "area", "pair", "served", "volunteer", "shortage", "worth", "reach", "pick", "ink", "paper"];
    this.colours = Object.fromEntries(names.map((name) => [name, readColour(`--${name}`)]));
    this.reasonColours = Array.from({ length: 8 }, (_, i) => readColour(`--r${i}`));
  }

  paint() {
    const start = performance.now();
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width && height) this.shown = { width, height };
    this.draw(Math.round(width * ratio), Math.round(height * ratio), ratio);
    performance.measure("paint", { start });
  }

  // draws into a canvas of so many pixels; density is pixels a CSS pixel
  draw(width, height, density) {
    if (!width || !height || this.isEmpty) return;
    const { canvas, context } = this;
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; this.raster = null; }
    this.raster ??= new Raster(context, width, height);
    this.readColours();
    const scale = this.scale * density;
    const toX = (x) => (x - this.x) * scale + width / 2;
    const toY = (y) => height / 2 - (y - this.y) * scale;
    const spanX = width / 2 / scale, spanY = height / 2 / scale;
    const view = [this.x - spanX, this.y - spanY, this.x + spanX, this.y + spanY];
    const inView = this.elders.count(...view) + this.volunteers.count(...view);
    const smooth = inView <= MOST_PATHS;
    const frame = { toX, toY, view, density, scale, inView };
    this.raster.clear(this.colours.map);
    if (this.on.reach) this.drawReach(frame);
    if (this.on.worth) this.drawWorth(frame);
    if (!smooth) this.drawPixels(frame);
    context.putImageData(this.raster.image, 0, 0);
    if (this.on.outlines) this.drawOutlines(frame);
    if (this.on.shortages) this.drawShortages(frame);
    if (smooth) this.drawPaths(frame);
    if (this.on.outlines) this.drawNames(frame);
    if (this.on.shortages) this.drawMissing(frame);
    if (this.on.counts) this.drawCounts(frame);
    this.drawChosen(frame);
    this.drawScale(frame, width, height);
    this.far = ["pairs", "served", "left_out", "volunteers"].filter((layer) => this.on[layer] && !this.isDrawn(layer, inView));
    this.say(this.far.length > 0);
  }

  drawReach({ toX, toY, view, scale }) {
    const { data, raster } = this;
    const most = data.volunteer_reach.reduce((a, b) => Math.max(a, b), 0);
    const mask = new Uint8Array(raster.width * raster.height);
    this.volunteers.visit(view[0] - most, view[1] - most, view[2] + most, view[3] + most, (from, to) => {
      for (let k = from; k < to; k++) {
        const i = this.volunteers.order[k];
        raster.mark(mask, toX(this.volunteerX[i]), toY(this.volunteerY[i]), data.volunteer_reach[i] * scale);
      }
    });
    const ink = Raster.ink(this.colours.reach);
    for (let at = 0; at < mask.length; at++) if (mask[at]) raster.pixels[at] = ink;
  }

  drawWorth({ toX, toY, view, density, scale }) {
    const grown = Math.max(0, (3 * density) / scale - this.squareX) / 2; // metres: from far away a square is 3 pixels wide
    const most = this.data.worth_elders.reduce((a, b) => Math.max(a, b), 1);
    for (let i = 0; i < this.worthX.length; i++) {
      const x = this.worthX[i], y = this.worthY[i];
      if (x > view[2] || x + this.squareX < view[0] || y > view[3] || y + this.squareY < view[1]) continue;
      const share = 30 + Math.round((90 * this.data.worth_elders[i]) / most);
      this.raster.box(toX(x - grown), toY(y + this.squareY + grown), toX(x + this.squareX + grown), toY(y - grown), this.colours.worth, share);
    }
  }

  // calls back with each elder in view and its partner
  eachElder(view, take) {
    this.elders.visit(...view, (from, to) => { for (let k = from; k < to; k++) take(this.elders.order[k]); });
  }

  isShown(i) { return this.data.elder_reason[i] >= 0 ? this.on.left_out && !this.hidden.has(this.data.elder_reason[i]) : this.on.served; }

  // lines and dots into the picture in memory: plain loops over arrays, for there are hundreds of thousands
  drawPixels({ view, density, scale, inView }) {
    const { data, raster, colours, elderX, elderY, volunteerX, volunteerY } = this;
    const { elder_volunteer: partner, elder_reason: reason } = data;
    const half = Math.max(0, Math.min(3, Math.round(scale * 6))) + (density > 1.5 ? 1 : 0);
    const left = raster.width / 2 - this.x * scale, top = raster.height / 2 + this.y * scale;
    const pairs = Raster.ink(colours.pair), served = Raster.ink(colours.served), volunteers = Raster.ink(colours.volunteer);
    const reasons = this.reasonColours.map((colour) => Raster.ink(colour));
    const { order } = this.elders;
    if (this.isDrawn("pairs", inView)) {
      this.elders.visit(...view, (from, to) => {
        for (let k = from; k < to; k++) {
          const i = order[k], v = partner[i];
          if (v < 0 || volunteerX[v] !== volunteerX[v]) continue;
          raster.line(left + elderX[i] * scale, top - elderY[i] * scale, left + volunteerX[v] * scale, top - volunteerY[v] * scale, pairs);
        }
      });
    }
    if (this.isDrawn("served", inView)) {
      this.elders.visit(...view, (from, to) => {
        for (let k = from; k < to; k++) { const i = order[k]; if (reason[i] < 0) raster.dot(left + elderX[i] * scale, top - elderY[i] * scale, half, served); }
      });
    }
    if (this.isDrawn("volunteers", inView)) {
      this.volunteers.visit(...view, (from, to) => {
        for (let k = from; k < to; k++) { const i = this.volunteers.order[k]; raster.dot(left + volunteerX[i] * scale, top - volunteerY[i] * scale, half, volunteers); }
      });
    }
    if (this.isDrawn("left_out", inView)) {
      this.elders.visit(...view, (from, to) => {
        for (let k = from; k < to; k++) {
          const i = order[k];
          if (reason[i] >= 0 && this.isShown(i)) raster.dot(left + elderX[i] * scale, top - elderY[i] * scale, half + 1, reasons[reason[i] % 8]);
        }
      });
    }
  }

  css(colour, alpha = 1) { return `rgba(${colour >>> 16},${(colour >>> 8) & 255},${colour & 255},${alpha})`; }

  trace(ring, toX, toY) {
    this.context.moveTo(toX(ring.x[0]), toY(ring.y[0]));
    for (let k = 1; k < ring.x.length; k++) this.context.lineTo(toX(ring.x[k]), toY(ring.y[k]));
    this.context.closePath();
  }

  *ringsInView(kind, view) {
    const rings = this.rings[kind];
    for (let i = 0; i < rings.length; i++) {
      const { box, x } = rings[i];
      if (x.length && box[0] <= view[2] && box[2] >= view[0] && box[1] <= view[3] && box[3] >= view[1]) yield [i, rings[i]];
    }
  }

  drawOutlines({ toX, toY, view, density, scale }) {
    const { context } = this;
    const near = scale / density > 0.025;
    for (const kind of near ? ["committee", "subdistrict"] : ["subdistrict"]) {
      context.beginPath();
      for (const [, ring] of this.ringsInView(kind, view)) this.trace(ring, toX, toY);
      context.strokeStyle = this.css(this.colours.area, kind === "committee" ? 0.55 : 0.95);
      context.lineWidth = (kind === "committee" ? 0.8 : 1.4) * density;
      context.stroke();
    }
  }

  drawNames({ toX, toY, view, density, scale }) {
    const kind = scale / density > 0.08 ? "committee" : "subdistrict";
    const size = 11 * density;
    const taken = this.on.counts ? this.gather(scale / density).map((sum) => [toX(sum.x), toY(sum.y) + size / 3, sum.radius * density, sum.radius * density]) : [];
    for (const [i, ring] of this.ringsInView(kind, view)) {
      const name = this.data[`${kind}_name`].get(i);
      const half = (name.length * size) / 2, x = toX(ring.middle[0]), y = toY(ring.box[3]) + 12 * density;
      if ((ring.box[2] - ring.box[0]) * scale < half || taken.some(([a, b, c, d]) => Math.abs(a - x) < c + half && Math.abs(b - y) < d + 0.6 * size)) continue;
      taken.push([x, y, half, 0.6 * size]);
      this.write(name, x, y, size, this.colours.area);
    }
  }

  write(text, x, y, size, colour) {
    const { context } = this;
    context.font = `600 ${size}px "Noto Sans", "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif`;
    context.textAlign = "center";
    context.lineJoin = "round";
    context.lineWidth = size / 4;
    context.strokeStyle = this.css(this.colours.map, 0.9);
    context.strokeText(text, x, y);
    context.fillStyle = this.css(colour);
    context.fillText(text, x, y);
  }

  drawMissing({ toX, toY, view, density }) {
    for (const [i, ring] of this.ringsInView("shortage", view)) {
      const missing = this.about.text("missing_places").replace("{n}", this.data.shortage_missing[i].toLocaleString("en"));
      this.write(missing, toX(ring.middle[0]), toY(ring.middle[1]), 12 * density, this.colours.shortage);
    }
  }

  drawShortages({ toX, toY, view, density }) {
    const { context, colours } = this;
    for (const [, ring] of this.ringsInView("shortage", view)) {
      context.beginPath();
      this.trace(ring, toX, toY);
      context.fillStyle = this.css(colours.shortage, 0.12);
      context.fill();
      context.setLineDash([5 * density, 3 * density]);
      context.strokeStyle = this.css(colours.shortage, 0.9);
      context.lineWidth = 1.3 * density;
      context.stroke();
      context.setLineDash([]);
    }
  }

  drawPaths({ toX, toY, view, density, scale }) {
    const { context, data, colours } = this;
    const radius = Math.max(2.2, Math.min(5, (scale / density) * 12)) * density;
    if (this.on.pairs) {
      context.beginPath();
      this.eachElder(view, (i) => {
        const v = data.elder_volunteer[i];
        if (v >= 0 && !Number.isNaN(this.volunteerX[v])) { context.moveTo(toX(this.elderX[i]), toY(this.elderY[i])); context.lineTo(toX(this.volunteerX[v]), toY(this.volunteerY[v])); }
      });
      context.strokeStyle = this.css(colours.pair);
      context.lineWidth = density;
      context.stroke();
    }
    const fill = (colour) => { context.fillStyle = this.css(colour); context.fill(); };
    if (this.on.served) {
      context.beginPath();
      this.eachElder(view, (i) => { if (data.elder_reason[i] < 0) { const x = toX(this.elderX[i]), y = toY(this.elderY[i]); context.moveTo(x + radius, y); context.arc(x, y, radius, 0, 7); } });
      fill(colours.served);
    }
    if (this.on.volunteers) {
      context.beginPath();
      const half = radius * 1.25;
      this.volunteers.visit(...view, (from, to) => {
        for (let k = from; k < to; k++) { const i = this.volunteers.order[k]; context.rect(toX(this.volunteerX[i]) - half, toY(this.volunteerY[i]) - half, 2 * half, 2 * half); }
      });
      fill(colours.volunteer);
      context.strokeStyle = this.css(colours.map);
      context.lineWidth = 0.8 * density;
      context.stroke();
    }
    if (this.on.left_out) {
      const far = radius * 1.7;
      for (let reason = 0; reason < this.about.reasons.length; reason++) {
        if (this.hidden.has(reason)) continue;
        context.beginPath();
        this.eachElder(view, (i) => {
          if (data.elder_reason[i] !== reason) return;
          const x = toX(this.elderX[i]), y = toY(this.elderY[i]);
          context.moveTo(x, y - far); context.lineTo(x + far, y); context.lineTo(x, y + far); context.lineTo(x - far, y); context.closePath();
        });
        fill(this.reasonColours[reason % 8]);
        context.strokeStyle = this.css(colours.map);
        context.lineWidth = 0.8 * density;
        context.stroke();
      }
    }
  }

  // elders without a volunteer by area, from afar those of areas whose rings would lie on each other together
  gather(scale) {
    const kind = scale > 0.05 ? "committee" : "subdistrict", { data, counted } = this;
    const shown = (i) => !this.hidden.has(data.elder_reason[i]);
    if (!counted[kind].length) counted[kind] = countLeftOut(data, kind, this.rings[kind].length, this.elderX, this.elderY, shown);
    if (this.gathered?.of !== counted[kind] || this.gathered.scale !== scale) this.gathered = { of: counted[kind], scale, sums: joinRings(counted[kind], scale) };
    return this.gathered.sums;
  }

  drawCounts({ toX, toY, view, density, scale }) {
    const { context, colours } = this;
    for (const sum of this.gather(scale / density)) {
      if (sum.x < view[0] || sum.x > view[2] || sum.y < view[1] || sum.y > view[3]) continue;
      context.beginPath();
      context.arc(toX(sum.x), toY(sum.y), sum.radius * density, 0, 7);
      context.fillStyle = this.css(colours.paper, 0.85);
      context.fill();
      context.strokeStyle = this.css(colours.shortage);
      context.lineWidth = 1.5 * density;
      context.stroke();
      context.font = `600 ${10 * density}px sans-serif`;
      context.textAlign = "center";
      context.fillStyle = this.css(colours.ink);
      context.fillText(sum.n.toLocaleString("en"), toX(sum.x), toY(sum.y) + 3.5 * density);
    }
  }

  drawChosen({ toX, toY, density, scale }) {
    if (!this.chosen) return;
    const { context, colours, data } = this;
    const { side, i } = this.chosen;
    const own = side === "elder" ? [this.elderX[i], this.elderY[i]] : [this.volunteerX[i], this.volunteerY[i]];
    if (Number.isNaN(own[0])) return;
    context.strokeStyle = this.css(colours.pick);
    context.lineWidth = 2 * density;
    context.beginPath();
    const join = (e, v) => {
      if (Number.isNaN(this.elderX[e]) || Number.isNaN(this.volunteerX[v])) return;
      context.moveTo(toX(this.elderX[e]), toY(this.elderY[e]));
      context.lineTo(toX(this.volunteerX[v]), toY(this.volunteerY[v]));
    };
    if (side === "elder" && data.elder_volunteer[i] >= 0) join(i, data.elder_volunteer[i]);
    if (side === "volunteer") {
      for (let e = 0; e < data.elder_volunteer.length; e++) if (data.elder_volunteer[e] === i) join(e, i);
      context.moveTo(toX(own[0]) + data.volunteer_reach[i] * scale, toY(own[1]));
      context.arc(toX(own[0]), toY(own[1]), data.volunteer_reach[i] * scale, 0, 7);
    }
    context.moveTo(toX(own[0]) + 9 * density, toY(own[1]));
    context.arc(toX(own[0]), toY(own[1]), 9 * density, 0, 7);
    context.stroke();
  }

  // a bar of a round length, and the ratio at 96 CSS pixels an inch, as paper has it
  drawScale({ density }, width, height) {
    const { context, colours } = this;
    const most = 160 / this.scale;
    const power = 10 ** Math.floor(Math.log10(most));
    const metres = [5, 2, 1].map((nice) => nice * power).find((length) => length <= most);
    const long = metres * this.scale * density, x = 14 * density, y = height - 16 * density;
    const label = metres >= 1000 ? `${metres / 1000} km` : `${metres} m`;
    const ratio = Number(((1000 * MM) / this.scale).toPrecision(3)).toLocaleString("en");
    const told = `${label} · ${this.about.text("ratio").replace("{ratio}", ratio)} · WGS-84`;
    context.font = `${11 * density}px sans-serif`;
    context.textAlign = "left";
    context.fillStyle = this.css(colours.paper, 0.85);
    context.fillRect(x - 6 * density, y - 18 * density, Math.max(long, context.measureText(told).width) + 12 * density, 28 * density);
    context.fillStyle = this.css(colours.ink);
    context.fillText(told, x, y - 5 * density);
    context.fillRect(x, y, long, 2 * density);
    context.fillRect(x, y - 4 * density, 1.5 * density, 8 * density);
    context.fillRect(x + long - 1.5 * density, y - 4 * density, 1.5 * density, 8 * density);
  }

  // fills the sheet of A4 with what is in view, as a picture: browsers print a canvas as coarse as it is on the screen
  beginPrint(picture) {
    const width = 277 * MM, height = 146 * MM, before = this.scale;
    const shown = this.shown ?? { width, height }; // as it was on the screen: on paper the canvas itself is hidden
    this.scale *= Math.min(width / shown.width, height / shown.height);
    this.draw(Math.round((width * PRINT_DPI) / 96), Math.round((height * PRINT_DPI) / 96), PRINT_DPI / 96);
    this.scale = before;
    picture.src = this.canvas.toDataURL();
  }

  endPrint(picture) {
    picture.removeAttribute("src");
    this.ask();
  }

  pick(x, y) {
    const mx = this.x + (x - this.canvas.clientWidth / 2) / this.scale;
    const my = this.y - (y - this.canvas.clientHeight / 2) / this.scale;
    const within = 12 / this.scale;
    const spanX = this.canvas.clientWidth / 2 / this.scale, spanY = this.canvas.clientHeight / 2 / this.scale;
    const view = [this.x - spanX, this.y - spanY, this.x + spanX, this.y + spanY];
    const inView = this.elders.count(...view) + this.volunteers.count(...view);
    const drawn = (i) => this.isShown(i) && this.isDrawn(this.data.elder_reason[i] < 0 ? "served" : "left_out", inView);
    const elder = this.elders.nearest(mx, my, within, drawn);
    const volunteer = this.isDrawn("volunteers", inView) ? this.volunteers.nearest(mx, my, within, () => true) : { i: -1, distance: Infinity };
    if (elder.i < 0 && volunteer.i < 0) return this.choose(null);
    return this.choose(volunteer.i < 0 || (elder.i >= 0 && elder.distance <= volunteer.distance) ? { side: "elder", i: elder.i } : { side: "volunteer", i: volunteer.i });
  }

  listen() {
    const { canvas } = this;
    const pointers = new Map();
    let moved = 0;
    canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); pointers.set(event.pointerId, [event.offsetX, event.offsetY]); moved = 0; });
    canvas.addEventListener("pointermove", (event) => {
      const last = pointers.get(event.pointerId);
      if (!last) return;
      const now = [event.offsetX, event.offsetY];
      moved += Math.abs(now[0] - last[0]) + Math.abs(now[1] - last[1]);
      if (pointers.size === 2) {
        const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
        const before = Math.hypot(last[0] - other[0], last[1] - other[1]), after = Math.hypot(now[0] - other[0], now[1] - other[1]);
        if (before > 0) this.zoom(after / before, (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
      } else {
        this.x -= (now[0] - last[0]) / this.scale;
        this.y += (now[1] - last[1]) / this.scale;
        this.ask();
      }
      pointers.set(event.pointerId, now);
    });
    const lift = (event) => { if (pointers.delete(event.pointerId) && moved < 5 && event.type === "pointerup") this.pick(event.offsetX, event.offsetY); };
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    canvas.addEventListener("wheel", (event) => { event.preventDefault(); this.zoom(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY); }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const step = 60 / this.scale, middle = [canvas.clientWidth / 2, canvas.clientHeight / 2];
      const keys = {
        ArrowLeft: () => { this.x -= step; this.ask(); }, ArrowRight: () => { this.x += step; this.ask(); },
        ArrowUp: () => { this.y += step; this.ask(); }, ArrowDown: () => { this.y -= step; this.ask(); },
        "+": () => this.zoom(1.5, ...middle), "=": () => this.zoom(1.5, ...middle), "-": () => this.zoom(1 / 1.5, ...middle), "0": () => this.fit(),
        Enter: () => this.pickNearMiddle(), Escape: () => this.choose(null),
      };
      if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      keys[event.key]();
    });
    new ResizeObserver(() => this.ask()).observe(canvas);
  }

  // who stands nearest to the middle of the map, for who has no mouse
  pickNearMiddle() {
    const within = Math.max(this.canvas.clientWidth, this.canvas.clientHeight) / this.scale;
    const found = this.elders.nearest(this.x, this.y, within, (i) => this.isShown(i));
    this.choose(found.i < 0 ? null : { side: "elder", i: found.i });
  }
}
