/** A plane of yes and no, a byte a pixel, row after row. */
export interface Bits {
  rows: number;
  columns: number;
  data: Uint8Array;
}

export interface RunLengths {
  size: number[];
  counts: number[];
}

export const blank = (rows: number, columns: number): Bits => ({ rows, columns, data: new Uint8Array(rows * columns) });

/** Run lengths to a plane. They go down the columns, background first, as COCO's uncompressed form has them. */
export function decode(runs: RunLengths): Bits {
  const [rows = 0, columns = 0] = runs.size;
  const bits = blank(rows, columns);
  let place = 0;
  runs.counts.forEach((count, turn) => {
    const end = place + count;
    if (turn % 2 === 1) for (let i = place; i < end; i++) bits.data[(i % rows) * columns + Math.floor(i / rows)] = 1;
    place = end;
  });
  return bits;
}

/** A plane to run lengths; `decode` gives it back. */
export function encode(bits: Bits): RunLengths {
  const counts: number[] = [];
  let held = 0;
  let length = 0;
  for (let column = 0; column < bits.columns; column++) {
    for (let row = 0; row < bits.rows; row++) {
      const value = bits.data[row * bits.columns + column] ? 1 : 0;
      if (value !== held) {
        counts.push(length);
        held = value;
        length = 0;
      }
      length++;
    }
  }
  counts.push(length);
  return { size: [bits.rows, bits.columns], counts };
}

export function count(bits: Bits): number {
  let total = 0;
  for (const value of bits.data) total += value ? 1 : 0;
  return total;
}

export interface Edge {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** The outline along pixel edges, straight runs in one piece. */
export function outline(bits: Bits): Edge[] {
  const { rows, columns } = bits;
  const inside = (row: number, column: number): boolean =>
    row >= 0 && column >= 0 && row < rows && column < columns && bits.data[row * columns + column] !== 0;
  const edges: Edge[] = [];
  for (let y = 0; y <= rows; y++) {
    along(columns, (x) => inside(y - 1, x) !== inside(y, x), (x0, x1) => edges.push({ x0, y0: y, x1, y1: y }));
  }
  for (let x = 0; x <= columns; x++) {
    along(rows, (y) => inside(y, x - 1) !== inside(y, x), (y0, y1) => edges.push({ x0: x, y0, x1: x, y1 }));
  }
  return edges;
}

function along(length: number, on: (place: number) => boolean, found: (first: number, end: number) => void): void {
  let first = -1;
  for (let place = 0; place <= length; place++) {
    const here = place < length && on(place);
    if (here && first < 0) first = place;
    if (!here && first >= 0) {
      found(first, place);
      first = -1;
    }
  }
}
