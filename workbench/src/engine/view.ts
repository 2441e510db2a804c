export type Point = readonly [x: number, y: number];

/** Where an image lies on the screen. Image places are in pixels, (0, 0) the outer corner of the first one. */
export interface View {
  /** Screen pixels per millimetre, or per image pixel where the spacing is unknown. */
  scale: number;
  /** Screen place of the image's centre. */
  x: number;
  y: number;
}

export interface Geometry {
  rows: number;
  columns: number;
  /** Extent of one pixel (across, down), in millimetres or pixels. */
  step: Point;
  /** Whether the image is mirrored (across, down), so that it lies as is customary. */
  flip: readonly [boolean, boolean];
}

export function fitted(geometry: Geometry, width: number, height: number): View {
  const across = geometry.columns * geometry.step[0];
  const down = geometry.rows * geometry.step[1];
  const scale = Math.min(width / Math.max(across, 1e-9), height / Math.max(down, 1e-9));
  return { scale: scale > 0 ? scale : 1, x: width / 2, y: height / 2 };
}

export function toScreen(view: View, geometry: Geometry, [x, y]: Point): Point {
  const [kx, ky] = factors(view, geometry);
  return [view.x + (x - geometry.columns / 2) * kx, view.y + (y - geometry.rows / 2) * ky];
}

export function toImage(view: View, geometry: Geometry, [x, y]: Point): Point {
  const [kx, ky] = factors(view, geometry);
  return [(x - view.x) / kx + geometry.columns / 2, (y - view.y) / ky + geometry.rows / 2];
}

/** Zoom so that the place under the pointer stays there. */
export function zoomed(view: View, by: number, [x, y]: Point): View {
  const scale = Math.min(Math.max(view.scale * by, 1e-3), 1e4);
  const real = scale / view.scale;
  return { scale, x: x - (x - view.x) * real, y: y - (y - view.y) * real };
}

/** Screen pixels per image pixel, negative where mirrored. */
export function factors(view: View, geometry: Geometry): Point {
  const [across, down] = geometry.flip;
  return [view.scale * geometry.step[0] * (across ? -1 : 1), view.scale * geometry.step[1] * (down ? -1 : 1)];
}

/** Distance between two image places, in the unit of `step`. */
export function distance(from: Point, to: Point, step: Point): number {
  return Math.hypot((to[0] - from[0]) * step[0], (to[1] - from[1]) * step[1]);
}

const CUSTOMARY = { across: "RA", down: "SA" }; // directions that run to the left, or up, on the screen

/** Whether to mirror a plane so that it lies as radiologists look at it: the patient's right on the left, head up. */
export function customary(across: string | undefined, down: string | undefined): readonly [boolean, boolean] {
  return [!!across && CUSTOMARY.across.includes(across), !!down && CUSTOMARY.down.includes(down)];
}

const OPPOSITE: Record<string, string> = { L: "R", R: "L", A: "P", P: "A", S: "I", I: "S" };
export const opposite = (letter: string): string => OPPOSITE[letter] ?? "";
