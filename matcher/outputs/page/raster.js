// A picture of pixels in memory: 400,000 dots and lines are drawn by plain loops over a typed array, in some 20 ms.

function readColour(name) {
  const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return parseInt(text.slice(1), 16);
}

class Raster {
  constructor(context, width, height) {
    this.width = width;
    this.height = height;
    this.image = context.createImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  // 0xRRGGBB as the pixels have it: ABGR on every machine that browsers run on
  static ink(colour) {
    return (0xff000000 | ((colour & 0xff) << 16) | (colour & 0xff00) | (colour >>> 16)) >>> 0;
  }

  clear(colour) {
    this.pixels.fill(Raster.ink(colour));
  }

  // mixes a colour into a pixel; share is out of 256
  mix(at, ink, share) {
    const old = this.pixels[at];
    const rest = 256 - share;
    const redBlue = (((old & 0xff00ff) * rest + (ink & 0xff00ff) * share) >>> 8) & 0xff00ff;
    const green = (((old & 0xff00) * rest + (ink & 0xff00) * share) >>> 8) & 0xff00;
    this.pixels[at] = (0xff000000 | redBlue | green) >>> 0;
  }

  box(left, top, right, bottom, colour, share) {
    const ink = Raster.ink(colour);
    const x0 = Math.max(0, Math.round(left));
    const x1 = Math.min(this.width, Math.round(right));
    const y0 = Math.max(0, Math.round(top));
    const y1 = Math.min(this.height, Math.round(bottom));
    for (let y = y0; y < y1; y++) for (let at = y * this.width + x0, end = y * this.width + x1; at < end; at++) this.mix(at, ink, share);
  }

  dot(x, y, half, ink) {
    const { width, height, pixels } = this;
    const x0 = Math.max(0, (x | 0) - half), x1 = Math.min(width - 1, (x | 0) + half);
    const y0 = Math.max(0, (y | 0) - half), y1 = Math.min(height - 1, (y | 0) + half);
    for (let row = y0; row <= y1; row++) for (let at = row * width + x0, end = row * width + x1; at <= end; at++) pixels[at] = ink;
  }

  // Bresenham's line; what lies outside is left out
  line(x0, y0, x1, y1, ink) {
    const { width, height, pixels } = this;
    let x = x0 | 0, y = y0 | 0;
    const endX = x1 | 0, endY = y1 | 0;
    if ((x < 0 && endX < 0) || (y < 0 && endY < 0) || (x >= width && endX >= width) || (y >= height && endY >= height)) return;
    const isInside = x >= 0 && endX >= 0 && x < width && endX < width && y >= 0 && endY >= 0 && y < height && endY < height;
    const dx = Math.abs(endX - x), dy = -Math.abs(endY - y);
    const stepX = x < endX ? 1 : -1, stepY = y < endY ? 1 : -1;
    let error = dx + dy;
    for (;;) {
      // invariant: error is how far the pixel lies off the line, times both lengths
      if (isInside || (x >= 0 && x < width && y >= 0 && y < height)) pixels[y * width + x] = ink;
      if (x === endX && y === endY) return;
      const twice = 2 * error;
      if (twice >= dy) { error += dy; x += stepX; }
      if (twice <= dx) { error += dx; y += stepY; }
    }
  }

  // marks a disc in a mask of the same size
  mark(mask, x, y, radius) {
    const top = Math.max(0, Math.ceil(y - radius));
    const bottom = Math.min(this.height - 1, Math.floor(y + radius));
    for (let row = top; row <= bottom; row++) {
      const half = Math.sqrt(radius * radius - (row - y) * (row - y));
      const from = Math.max(0, Math.ceil(x - half));
      const to = Math.min(this.width - 1, Math.floor(x + half));
      if (from <= to) mask.fill(1, row * this.width + from, row * this.width + to + 1);
    }
  }
}

// Points in square cells: who is in a box, who is nearest to a point.
class PointIndex {
  constructor(x, y, cell) {
    const n = x.length;
    this.x = x;
    this.y = y;
    let left = Infinity, right = -Infinity, low = Infinity, high = -Infinity;
    for (let i = 0; i < n; i++) {
      if (x[i] !== x[i]) continue;
      if (x[i] < left) left = x[i];
      if (x[i] > right) right = x[i];
      if (y[i] < low) low = y[i];
      if (y[i] > high) high = y[i];
    }
    this.isEmpty = left > right;
    if (this.isEmpty) { left = right = low = high = 0; }
    this.bounds = [left, low, right, high];
    this.cell = Math.max(cell, Math.sqrt(((right - left) * (high - low)) / 4e6) || 1);
    this.columns = Math.floor((right - left) / this.cell) + 1;
    this.rows = Math.floor((high - low) / this.cell) + 1;
    this.first = new Int32Array(this.columns * this.rows + 1);
    const of = new Int32Array(n).fill(-1);
    for (let i = 0; i < n; i++) {
      if (x[i] !== x[i]) continue;
      of[i] = Math.floor((y[i] - low) / this.cell) * this.columns + Math.floor((x[i] - left) / this.cell);
      this.first[of[i] + 1]++;
    }
    for (let c = 0; c < this.columns * this.rows; c++) this.first[c + 1] += this.first[c];
    const next = this.first.slice();
    this.order = new Int32Array(this.first[this.first.length - 1]);
    for (let i = 0; i < n; i++) if (of[i] >= 0) this.order[next[of[i]]++] = i;
  }

  // calls back with the runs of this.order whose cells touch a box
  visit(left, low, right, high, take) {
    const clamp = (value, most) => Math.min(Math.max(value, 0), most);
    const [x0, y0] = this.bounds;
    if (this.isEmpty || right < x0 || high < y0 || left > this.bounds[2] || low > this.bounds[3]) return;
    const c0 = clamp(Math.floor((left - x0) / this.cell), this.columns - 1);
    const c1 = clamp(Math.floor((right - x0) / this.cell), this.columns - 1);
    const r0 = clamp(Math.floor((low - y0) / this.cell), this.rows - 1);
    const r1 = clamp(Math.floor((high - y0) / this.cell), this.rows - 1);
    for (let row = r0; row <= r1; row++) take(this.first[row * this.columns + c0], this.first[row * this.columns + c1 + 1]);
  }

  count(left, low, right, high) {
    let n = 0;
    this.visit(left, low, right, high, (from, to) => { n += to - from; });
    return n;
  }

  // the nearest point within a distance for which a test holds, and how far; -1 for none
  nearest(x, y, within, test) {
    let best = -1, least = within * within;
    this.visit(x - within, y - within, x + within, y + within, (from, to) => {
      for (let k = from; k < to; k++) {
        const i = this.order[k];
        const away = (this.x[i] - x) ** 2 + (this.y[i] - y) ** 2;
        if (away <= least && test(i)) { best = i; least = away; }
      }
    });
    return { i: best, distance: Math.sqrt(least) };
  }
}
