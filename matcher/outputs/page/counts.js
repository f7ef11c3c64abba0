// Counts of elders without a volunteer, by area, and the rings that show them.

// counts them by committee or subdistrict, the most first; shown(i) says whose reason is shown
function countLeftOut(data, kind, areas, x, y, shown) {
  const sums = Array.from({ length: areas }, () => ({ n: 0, x: 0, y: 0 }));
  for (let i = 0; i < data.elder_reason.length; i++) {
    if (data.elder_reason[i] < 0 || !shown(i) || Number.isNaN(x[i])) continue;
    const committee = data.elder_committee[i];
    const sum = sums[kind === "committee" ? committee : data.committee_subdistrict[committee]];
    sum.n++; sum.x += x[i]; sum.y += y[i];
  }
  const counted = sums.filter((sum) => sum.n).map((sum) => ({ n: sum.n, x: sum.x / sum.n, y: sum.y / sum.n }));
  return counted.sort((a, b) => b.n - a.n);
}

// CSS pixels
function measureRing(n) {
  return 5 + 1.1 * Math.log2(1 + n) + 2 * Math.max(0, Math.log10(n) - 1.5);
}

// joins an area whose ring would lie on a larger one's with it; scale is CSS pixels a metre
function joinRings(areas, scale) {
  const cell = 40 / scale, cells = new Map(), sums = [];
  for (const area of areas) {
    const cx = Math.floor(area.x / cell), cy = Math.floor(area.y / cell), radius = measureRing(area.n);
    let near = null, least = Infinity;
    for (let i = cx - 1; i <= cx + 1; i++) for (let j = cy - 1; j <= cy + 1; j++) for (const sum of cells.get(`${i} ${j}`) ?? []) {
      const apart = Math.hypot(sum.x - area.x, sum.y - area.y) * scale;
      if (apart < sum.radius + radius && apart < least) { near = sum; least = apart; }
    }
    if (near) { near.n += area.n; near.radius = measureRing(near.n); continue; }
    const sum = { ...area, radius }, key = `${cx} ${cy}`;
    sums.push(sum);
    cells.set(key, [...(cells.get(key) ?? []), sum]);
  }
  return sums;
}

