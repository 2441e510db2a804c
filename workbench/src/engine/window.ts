import type { Numbers, Plane } from "../shell/api.js";

/** Values shown black and white; between them grey rises evenly. */
export type Window = readonly [low: number, high: number];

const TABLE_FROM = 4096; // shorter planes are not worth a table

/** A plane's numbers as colours (RGBA). */
export function colours(plane: Plane, window: Window, inverted: boolean): Uint8ClampedArray<ArrayBuffer> {
  const [channels, rows, columns] = plane.shape;
  const size = rows * columns;
  const out = new Uint8ClampedArray(size * 4);
  const shade = shader(plane.values, window, inverted);
  for (let i = 0; i < size; i++) {
    const red = shade(plane.values[i] ?? 0);
    out[4 * i] = red;
    out[4 * i + 1] = channels === 3 ? shade(plane.values[size + i] ?? 0) : red;
    out[4 * i + 2] = channels === 3 ? shade(plane.values[2 * size + i] ?? 0) : red;
    out[4 * i + 3] = 255;
  }
  return out;
}

function shader(values: Numbers, [low, high]: Window, inverted: boolean): (value: number) => number {
  const gain = 255 / Math.max(high - low, 1e-9);
  const plain = (value: number): number => {
    const grey = (value - low) * gain;
    return inverted ? 255 - grey : grey;
  };
  const bits = values.BYTES_PER_ELEMENT * 8;
  if (values instanceof Float32Array || bits > 16 || values.length < TABLE_FROM) return plain;
  const first = values instanceof Int8Array || values instanceof Int16Array ? -(2 ** (bits - 1)) : 0;
  const table = new Uint8ClampedArray(2 ** bits);
  for (let i = 0; i < table.length; i++) table[i] = plain(i + first);
  return (value) => table[value - first] ?? 0;
}

/** Window and level after a drag: across widens, down darkens; a whole width of 512 pixels goes over the range once. */
export function dragged(window: Window, across: number, down: number, range: Window): Window {
  const extent = Math.max(range[1] - range[0], 1e-6);
  const width = Math.max(window[1] - window[0] + (across / 512) * extent, extent / 1000);
  const centre = (window[0] + window[1]) / 2 + (down / 512) * extent;
  return [centre - width / 2, centre + width / 2];
}

export interface Preset {
  name: string;
  window: Window;
}

/** Customary windows of CT in Hounsfield units. */
export const CT_PRESETS: readonly Preset[] = [
  { name: "soft tissue", window: [-160, 240] },
  { name: "lung", window: [-1350, 150] },
  { name: "bone", window: [-450, 1050] },
  { name: "brain", window: [0, 80] },
];
