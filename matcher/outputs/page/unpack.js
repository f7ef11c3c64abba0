// Reads back what packing.py packed: whole numbers as zigzag deltas in byte planes, texts as shapes with numbers.

async function inflate(base64) {
  const bytes = Uint8Array.fromBase64 ? Uint8Array.fromBase64(base64) : Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function readIntegers(bytes, column) {
  const n = column.length;
  const out = new Int32Array(n);
  for (let plane = 0; plane < column.planes; plane++) {
    const at = column.at + plane * n;
    for (let i = 0; i < n; i++) out[i] |= bytes[at + i] << (8 * plane);
  }
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const zigzag = out[i];
    sum = (sum + ((zigzag >>> 1) ^ -(zigzag & 1))) | 0;
    out[i] = sum;
  }
  return out;
}

// A column of texts; each is put together when it is asked for.
class Texts {
  constructor(bytes, column) {
    const told = new TextDecoder().decode(bytes.subarray(column.at, column.at + column.bytes));
    this.shapes = JSON.parse(told).map((shape) => shape.split("\u0001"));
    this.shape = readIntegers(bytes, column.shape);
    this.numbers = readIntegers(bytes, column.numbers);
    this.length = this.shape.length;
    this.first = new Int32Array(this.length + 1);
    for (let i = 0; i < this.length; i++) this.first[i + 1] = this.first[i] + this.shapes[this.shape[i]].length - 1;
  }

  get(i) {
    const parts = this.shapes[this.shape[i]];
    let text = parts[0];
    for (let k = 1; k < parts.length; k++) {
      const digits = parts[k].charCodeAt(0) - 64;
      text += String(this.numbers[this.first[i] + k - 1]).padStart(digits, "0") + parts[k].slice(1);
    }
    return text;
  }
}

async function unpack(columns, base64) {
  const bytes = await inflate(base64);
  const out = {};
  for (const [name, column] of Object.entries(columns)) {
    out[name] = column.kind === "texts" ? new Texts(bytes, column) : readIntegers(bytes, column);
  }
  return out;
}
