import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { customary, type Geometry, type Point } from "../engine/view";
import type { Layer } from "../engine/layers";
import type { Scene, Stage as Engine, StageEvents } from "../engine/stage";
import type { Axis, Overlay, PictureFacts } from "../shell/api";
import { savedLayers, type Look } from "./layers";
import { usePlane } from "./loading";
import { Stage } from "./stage";

/** A place in a volume, in pixels (z, y, x). */
export type Place = readonly [z: number, y: number, x: number];

export const AXES: readonly Axis[] = ["z", "y", "x"];
const NAMES: Record<Axis, string> = { z: "axial", y: "coronal", x: "sagittal" };

/** Which axes of the volume a plane shows: across, down. */
const ACROSS: Record<Axis, number> = { z: 2, y: 2, x: 1 };
const DOWN: Record<Axis, number> = { z: 1, y: 0, x: 0 };

export function geometryOf(facts: PictureFacts, axis: Axis): Geometry {
  const [across, down] = [ACROSS[axis], DOWN[axis]];
  const size = (number: number): number => facts.shape[number] ?? 1;
  const step = (number: number): number => facts.spacing_mm?.[number] ?? 1;
  return {
    rows: size(down), columns: size(across), step: [step(across), step(down)],
    flip: customary(facts.directions?.[across], facts.directions?.[down]),
  };
}

/** A place in the plane, for a place in the volume; the other way round in `placed`. */
export const onPlane = (place: Place, axis: Axis): Point => [(place[ACROSS[axis]] ?? 0) + 0.5, (place[DOWN[axis]] ?? 0) + 0.5];

export function placed(place: Place, axis: Axis, [x, y]: Point, facts: PictureFacts): Place {
  const next: [number, number, number] = [...place];
  const held = (value: number, most: number): number => Math.min(Math.max(Math.floor(value), 0), most - 1);
  next[ACROSS[axis]] = held(x, facts.shape[ACROSS[axis]] ?? 1);
  next[DOWN[axis]] = held(y, facts.shape[DOWN[axis]] ?? 1);
  return next;
}

export interface PaneProps {
  study: string;
  image: number;
  facts: PictureFacts;
  axis: Axis;
  place: Place;
  channel: number | null;
  stamp: number;
  scene: Pick<Scene, "window" | "inverted" | "tool" | "brush" | "cursor" | "view" | "measures">;
  cross: boolean;
  look: Look;
  without: number | null;
  over: readonly Layer[];
  overStamp: number;
  events: StageEvents;
  onOverlays?: (overlays: readonly Overlay[]) => void;
  onEngine?: (engine: Engine) => void;
  title?: ComponentChildren;
}

/** One plane of one image with its regions. */
export function Pane(props: PaneProps) {
  const { facts, axis } = props;
  const index = props.place[AXES.indexOf(axis)] ?? 0;
  const { plane, overlays, error } = usePlane(props.study, props.image, axis, index, props.channel, props.stamp);
  useEffect(() => props.onOverlays?.(overlays), [overlays]);
  const volume = facts.shape[0] > 1;
  const geometry = geometryOf(facts, axis);
  const scene: Scene = {
    ...props.scene,
    plane,
    geometry,
    smooth: true,
    layers: [...savedLayers(overlays, props.look, props.without, !volume), ...props.over],
    unit: facts.spacing_mm ? "mm" : "px",
    cross: props.cross ? onPlane(props.place, axis) : null,
    directions: facts.directions ? [facts.directions[ACROSS[axis]] ?? "", facts.directions[DOWN[axis]] ?? ""] : null,
  };
  const name = volume ? NAMES[axis] : "";
  return (
    <figure class="pane" data-axis={axis} data-study={props.study}>
      <Stage scene={scene} events={props.events} stamp={props.overStamp} label={`${props.study} ${name}`} {...(props.onEngine ? { onEngine: props.onEngine } : {})} />
      <figcaption>
        {props.title}
        {volume && <span class="figure">{name} {index + 1} / {facts.shape[AXES.indexOf(axis)]}</span>}
      </figcaption>
      {error instanceof Error && <p class="fault">{error.message}</p>}
    </figure>
  );
}
