"""Pairs of two sides whose points lie near each other, by a grid of cubes, compiled.

The grid's cubes are numbered x by x, y by y, z by z, so a column of cubes is one run of numbers.
"""

from __future__ import annotations

from matcher.compiling import loop


@loop
def list_near(first, elder, point, reach, place, cube, person, low, size, shape, n_volunteers, out):
    """Write the pairs of elders from the ``first`` on, until ``out`` may be too short for the next elder's.

    Args:
        first: Where to begin in ``elder``.
        elder: Roster indices of elders, int64 (n,).
        point: Where each lives, metres, (n, 3).
        reach: How far each one's volunteers may live, metres, (n,).
        place: Where each volunteer lives, metres, (m, 3), in order of ``cube``.
        cube: The number of the cube that each lies in, ascending, int64 (m,).
        person: Roster index of each volunteer, int64 (m,).
        low: The grid's lowest corner, (3,).
        size: Length of a cube's side, metres.
        shape: Cubes in each direction, int64 (3,).
        n_volunteers: What an elder's index is multiplied by.
        out: What is written, int64 (k,), k > m: elder times ``n_volunteers`` plus volunteer, in no order.

    Returns:
        How many pairs are written, and with which elder to go on.
    """
    m, count = len(cube), 0
    for e in range(first, len(elder)):
        if count + m > len(out):
            return count, e
        x, y, z, r = point[e, 0], point[e, 1], point[e, 2], reach[e]
        from_x, to_x = max(int((x - r - low[0]) // size), 0), min(int((x + r - low[0]) // size), shape[0] - 1)
        from_y, to_y = max(int((y - r - low[1]) // size), 0), min(int((y + r - low[1]) // size), shape[1] - 1)
        from_z, to_z = max(int((z - r - low[2]) // size), 0), min(int((z + r - low[2]) // size), shape[2] - 1)
        for i in range(from_x, to_x + 1):
            for j in range(from_y, to_y + 1):
                column = (i * shape[1] + j) * shape[2]
                lowest, highest = column + from_z, column + to_z
                a, b = 0, m
                while a < b:  # invariant: all before a are below the column, all from b on are not
                    middle = (a + b) // 2
                    if cube[middle] < lowest:
                        a = middle + 1
                    else:
                        b = middle
                while a < m and cube[a] <= highest:
                    dx, dy, dz = place[a, 0] - x, place[a, 1] - y, place[a, 2] - z
                    if dx * dx + dy * dy + dz * dz <= r * r:
                        out[count] = elder[e] * n_volunteers + person[a]
                        count += 1
                    a += 1
    return count, len(elder)
