// A table of which only the rows in view are in the document: it sorts, filters and scrolls 205,000 of them.

const ROW = 30; // CSS pixels, as page.css has it
const MOST_PRINTED = 1000;

class WindowTable {
  // columns: {key, number, value(i) for sorting, text(i) for showing}; filter(i) says whether a row is in
  constructor(holder, title, columns, length, text, choose) {
    Object.assign(this, { columns, length, text, choose, sorted: 0, down: false, filter: () => true, chosen: -1 });
    this.rows = Int32Array.from({ length }, (_, i) => i);
    this.box = document.createElement("div");
    this.box.className = "scroll";
    this.box.tabIndex = 0;
    this.box.setAttribute("role", "region");
    this.table = document.createElement("table");
    this.head = this.table.createTHead().insertRow();
    this.body = this.table.createTBody();
    this.status = document.createElement("p");
    this.status.className = "note";
    this.status.setAttribute("role", "status");
    this.box.append(this.table);
    holder.append(this.status, this.box);
    this.title = title;
    this.heads = columns.map((column, k) => {
      const cell = document.createElement("th");
      cell.scope = "col";
      if (column.number) cell.className = "number";
      const button = document.createElement("button");
      button.type = "button";
      button.addEventListener("click", () => this.sort(k));
      cell.append(button);
      this.head.append(cell);
      return { cell, button };
    });
    this.box.addEventListener("scroll", () => this.show(), { passive: true });
    new ResizeObserver(() => this.show()).observe(this.box);
  }

  translate() {
    this.box.setAttribute("aria-label", this.text(this.title));
    this.columns.forEach((column, k) => {
      const { cell, button } = this.heads[k];
      const isSorted = k === this.sorted;
      button.textContent = `${this.text(column.key)}${isSorted ? (this.down ? " ▼" : " ▲") : ""}`;
      button.title = this.text("sort");
      cell.dataset.title = this.text(column.key);
      if (isSorted) cell.setAttribute("aria-sort", this.down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    this.show(true);
  }

  sort(k) {
    this.down = k === this.sorted && !this.down;
    this.sorted = k;
    this.order();
    this.translate();
  }

  order() {
    const { value } = this.columns[this.sorted];
    const keys = Float64Array.from({ length: this.length }, (_, i) => value(i));
    const sign = this.down ? -1 : 1;
    this.rows.sort((a, b) => sign * (keys[a] - keys[b]) || a - b);
  }

  apply(filter) {
    this.filter = filter;
    const rows = [];
    for (let i = 0; i < this.length; i++) if (filter(i)) rows.push(i);
    this.rows = Int32Array.from(rows);
    this.order();
    this.box.scrollTop = 0;
    this.show(true);
  }

  makeRow(place) {
    const i = this.rows[place];
    const row = document.createElement("tr");
    row.setAttribute("aria-rowindex", place + 2);
    if (i === this.chosen) row.className = "chosen";
    this.columns.forEach((column, k) => {
      const cell = row.insertCell();
      if (column.number) cell.className = "number";
      if (k) cell.textContent = column.text(i);
      else {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = column.text(i);
        button.addEventListener("click", () => this.choose(i));
        cell.append(button);
      }
    });
    return row;
  }

  makeGap(rows) {
    const row = document.createElement("tr");
    row.className = "gap";
    row.setAttribute("aria-hidden", "true");
    const cell = row.insertCell();
    cell.colSpan = this.columns.length;
    cell.style.height = `${rows * ROW}px`;
    return row;
  }

  // draws the rows in view and some around them
  show(anew = false) {
    const room = Math.ceil(this.box.clientHeight / ROW);
    const first = Math.max(0, Math.min(Math.floor(this.box.scrollTop / ROW) - 10, this.rows.length - room));
    const last = Math.min(this.rows.length, first + room + 20);
    if (!anew && first === this.first && last === this.last) return;
    Object.assign(this, { first, last });
    const rows = [];
    if (first) rows.push(this.makeGap(first));
    for (let place = first; place < last; place++) rows.push(this.makeRow(place));
    if (last < this.rows.length) rows.push(this.makeGap(this.rows.length - last));
    this.body.replaceChildren(...rows);
    this.table.setAttribute("aria-rowcount", this.rows.length + 1);
    this.tell("shown", this.rows.length, this.length);
  }

  tell(key, some, all) {
    const told = (n) => n.toLocaleString("en");
    this.status.textContent = this.text(key).replace("{shown}", told(key === "shown" ? some : all)).replace("{all}", told(all)).replace("{printed}", told(some));
  }

  beginPrint() {
    const n = Math.min(this.rows.length, MOST_PRINTED);
    this.body.replaceChildren(...Array.from({ length: n }, (_, place) => this.makeRow(place)));
    this.tell("shown", this.rows.length, this.length);
    if (n < this.rows.length) {
      const shown = this.status.textContent;
      this.tell("printed", n, this.rows.length);
      this.status.textContent = `${shown} · ${this.status.textContent}`;
    }
  }

  endPrint() { this.show(true); }
}
