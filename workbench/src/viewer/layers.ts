import { colourOf, type Layer } from "../engine/layers";
import { decode, type Bits } from "../engine/runs";
import type { Overlay, Runs } from "../shell/api";
import type { Guess } from "./correction";

const decoded = new WeakMap<Runs, Bits>();

/** Run lengths are decoded once, so that the painter knows the mask again. */
function bitsOf(runs: Runs): Bits {
  let bits = decoded.get(runs);
  if (!bits) decoded.set(runs, (bits = decode(runs)));
  return bits;
}

export interface Look {
  opacity: number;
  hidden: ReadonlySet<string>;
  lit: string | null;
  /** Whether boxes are drawn where there is a mask as well. */
  boxes: boolean;
  /** Whether names stand on the image. */
  names: boolean;
}

export const overlayId = (one: Overlay): string => `saved-${one.region}`;

/** The saved regions of a plane. `without` is the one under the brush. */
export function savedLayers(overlays: readonly Overlay[], look: Look, without: number | null, flat: boolean): Layer[] {
  return overlays.flatMap((one): Layer[] => {
    if (one.region === without) return [];
    const id = overlayId(one);
    const common = { id, name: one.name, colour: colourOf(one.name), opacity: look.opacity, shown: !look.hidden.has(id), lit: look.lit === id, named: look.names };
    const layers: Layer[] = [];
    if (one.mask) layers.push({ ...common, form: "mask", bits: bitsOf(one.mask) });
    if (flat && one.box?.length === 4 && (look.boxes || !one.mask)) layers.push({ ...common, form: "box", box: one.box as [number, number, number, number] });
    if (flat && one.points?.length) layers.push({ ...common, form: "points", points: one.points.map(([x = 0, y = 0]) => [x, y] as const) });
    return layers;
  });
}

/** What the model drew on a slice. */
export function guessedLayers(guesses: readonly Guess[], index: number, look: Look): Layer[] {
  return guesses.flatMap((one): Layer[] => {
    if (one.index !== index) return [];
    const { region } = one;
    const name = region.score === undefined || region.score === null ? region.name : `${region.name} ${region.score.toFixed(2)}`;
    const common = { id: one.id, name, colour: colourOf(region.name), opacity: look.opacity, shown: !look.hidden.has(one.id), lit: look.lit === one.id, named: true };
    if (region.mask) return [{ ...common, form: "mask", bits: bitsOf(region.mask) }];
    return region.box?.length === 4 ? [{ ...common, form: "box", box: region.box as [number, number, number, number] }] : [];
  });
}
