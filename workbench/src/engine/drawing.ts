import { blank, type Bits } from "./runs.js";

/** What one stroke changed: a rectangle as it was before and after. */
interface Change {
  x: number;
  y: number;
  width: number;
  height: number;
  before: Uint8Array;
  after: Uint8Array;
}

const MOST_STEPS = 200;

/** A mask under the brush. A stroke is one step back, however long it is. */
export class Drawing {
  readonly bits: Bits;
  private readonly start: Uint8Array;
  private stroke: { before: Uint8Array; left: number; top: number; right: number; bottom: number } | null = null;
  private done: Change[] = [];
  private undone: Change[] = [];

  constructor(from: Bits) {
    this.bits = { rows: from.rows, columns: from.columns, data: from.data.slice() };
    this.start = from.data.slice();
  }

  static empty(rows: number, columns: number): Drawing {
    return new Drawing(blank(rows, columns));
  }

  get changed(): boolean {
    return this.bits.data.some((value, i) => value !== this.start[i]);
  }

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  /** Put another mask in place of this one, as one step. */
  take(bits: Bits): void {
    this.stroke = { before: this.bits.data.slice(), left: 0, top: 0, right: this.bits.columns - 1, bottom: this.bits.rows - 1 };
    this.bits.data.set(bits.data);
    this.end();
  }

  begin(): void {
    this.stroke = { before: this.bits.data.slice(), left: Infinity, top: Infinity, right: -1, bottom: -1 };
  }

  /** Paint a line with a round brush: pixels whose centre lies within the radius, in pixels (x, y may differ by spacing). */
  paint(x0: number, y0: number, x1: number, y1: number, radius: readonly [number, number], value: 0 | 1): void {
    if (!this.stroke) this.begin();
    const [rx, ry] = [Math.max(radius[0], 0.5), Math.max(radius[1], 0.5)];
    const steps = Math.max(Math.ceil(Math.hypot((x1 - x0) / rx, (y1 - y0) / ry) * 3), 1);
    for (let step = 0; step <= steps; step++) {
      const part = step / steps;
      this.dab(x0 + (x1 - x0) * part, y0 + (y1 - y0) * part, rx, ry, value);
    }
  }

  /** End the stroke; it becomes one step that can be undone. */
  end(): void {
    const stroke = this.stroke;
    this.stroke = null;
    if (!stroke || stroke.right < stroke.left) return;
    const area = { x: stroke.left, y: stroke.top, width: stroke.right - stroke.left + 1, height: stroke.bottom - stroke.top + 1 };
    this.done.push({ ...area, before: this.cut(stroke.before, area), after: this.cut(this.bits.data, area) });
    if (this.done.length > MOST_STEPS) this.done.shift();
    this.undone = [];
  }

  undo(): boolean {
    const change = this.done.pop();
    if (!change) return false;
    this.put(change, change.before);
    this.undone.push(change);
    return true;
  }

  redo(): boolean {
    const change = this.undone.pop();
    if (!change) return false;
    this.put(change, change.after);
    this.done.push(change);
    return true;
  }

  private dab(cx: number, cy: number, rx: number, ry: number, value: 0 | 1): void {
    const { rows, columns, data } = this.bits;
    const stroke = this.stroke;
    for (let y = Math.max(Math.floor(cy - ry), 0); y <= Math.min(Math.ceil(cy + ry), rows - 1); y++) {
      for (let x = Math.max(Math.floor(cx - rx), 0); x <= Math.min(Math.ceil(cx + rx), columns - 1); x++) {
        if (((x + 0.5 - cx) / rx) ** 2 + ((y + 0.5 - cy) / ry) ** 2 > 1 || data[y * columns + x] === value) continue;
        data[y * columns + x] = value;
        if (!stroke) continue;
        stroke.left = Math.min(stroke.left, x);
        stroke.right = Math.max(stroke.right, x);
        stroke.top = Math.min(stroke.top, y);
        stroke.bottom = Math.max(stroke.bottom, y);
      }
    }
  }

  private cut(data: Uint8Array, area: Pick<Change, "x" | "y" | "width" | "height">): Uint8Array {
    const part = new Uint8Array(area.width * area.height);
    for (let row = 0; row < area.height; row++) {
      const from = (area.y + row) * this.bits.columns + area.x;
      part.set(data.subarray(from, from + area.width), row * area.width);
    }
    return part;
  }

  private put(area: Change, part: Uint8Array): void {
    for (let row = 0; row < area.height; row++) {
      const line = part.subarray(row * area.width, (row + 1) * area.width);
      this.bits.data.set(line, (area.y + row) * this.bits.columns + area.x);
    }
  }
}
