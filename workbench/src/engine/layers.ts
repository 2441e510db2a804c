import type { Bits } from "./runs.js";
import type { Point } from "./view.js";

/** Something that lies over the image, by a name, in a colour, more or less opaque. */
interface Common {
  id: string;
  name: string;
  colour: string;
  opacity: number;
  shown: boolean;
  /** Drawn stronger, as what is spoken of. */
  lit?: boolean;
  /** Whether its name stands beside it; a lit one is always named. */
  named?: boolean;
}

export interface MaskLayer extends Common {
  form: "mask";
  bits: Bits;
}

export interface BoxLayer extends Common {
  form: "box";
  box: readonly [number, number, number, number];
}

export interface PointLayer extends Common {
  form: "points";
  points: readonly Point[];
}

/** Values over the whole image, whatever their own resolution; shown from the least to the greatest. */
export interface HeatLayer extends Common {
  form: "heat";
  rows: number;
  columns: number;
  values: Float32Array;
}

export type Layer = MaskLayer | BoxLayer | PointLayer | HeatLayer;

// told apart on black and on grey, also by most who see few colours (after Okabe and Ito, lightened for dark ground)
const PALETTE = ["#35d6c8", "#ff9a3d", "#74b9ff", "#f27ab8", "#ffe066", "#9be564", "#c39bff", "#ff7b6b"];

const given = new Map<string, string>();

/** A colour for a name: the next one when the name is new, the same ever after, so that neighbours differ. */
export function colourOf(name: string): string {
  let colour = given.get(name);
  if (!colour) given.set(name, (colour = PALETTE[given.size % PALETTE.length] ?? "#35d6c8"));
  return colour;
}

/** Dark red over orange to pale yellow: equal steps of value look like equal steps of lightness. */
export function heatColour(value: number): readonly [number, number, number] {
  const t = Math.min(Math.max(value, 0), 1);
  return [255 * Math.min(0.15 + 1.35 * t, 1), 255 * t ** 1.3 * 0.92, 255 * Math.max(t - 0.55, 0) * 1.4];
}

export function rgb(colour: string): readonly [number, number, number] {
  const number = Number.parseInt(colour.slice(1), 16);
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255];
}
