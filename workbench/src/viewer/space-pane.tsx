import { useEffect, useRef, useState } from "preact/hooks";
import { colourOf } from "../engine/layers";
import type { Window } from "../engine/window";
import { api, type Overlay, type PictureFacts } from "../shell/api";
import { tellError } from "../shell/toast";
import { overlayId, type Look } from "./layers";
import { useLoading } from "./loading";
import type { Place } from "./pane";
import { Space, type Hand, type Label } from "./space";

export interface SpacePaneProps {
  study: string;
  image: number;
  facts: PictureFacts;
  channel: number;
  place: Place;
  onPlace: (place: Place) => void;
  window: Window;
  onWindow: (window: Window) => void;
  inverted: boolean;
  hand: Hand;
  look: Look;
  stamp: number;
  /** Changes when measurements are to be taken away. */
  wiped: number;
  onOverlays: (overlays: readonly Overlay[]) => void;
}

const NONE: readonly Overlay[] = [];

const labelsOf = (overlays: readonly Overlay[], look: Look): Label[] =>
  overlays.filter((one) => one.mask).map((one) => ({ value: one.region + 1, colour: colourOf(one.name), shown: !look.hidden.has(overlayId(one)) }));

/** A volume in space: three planes and a rendering with the regions in it. */
export function SpacePane(props: SpacePaneProps) {
  const { study, image, facts, channel, look, place, stamp } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [space, setSpace] = useState<Space | null>(null);
  const [length, setLength] = useState<number | null>(null);
  const held = useRef(props);
  held.current = props;
  const index = place[0];
  const { value } = useLoading<Overlay[]>(`${stamp} ${image} ${index} ${study}`, (signal) => api.overlays(study, image, "z", index, signal), true);
  const overlays = value ?? NONE;
  const drawn = overlays.some((one) => one.mask);
  const looks = JSON.stringify(labelsOf(overlays, look));
  useEffect(() => props.onOverlays(overlays), [overlays]);

  useEffect(() => {
    const stop = new AbortController();
    let made: Space | null = null;
    const events = {
      onPlace: (at: Place) => held.current.onPlace(at),
      onWindow: (window: Window) => held.current.onWindow(window),
      onMeasure: setLength,
    };
    const open = async (): Promise<void> => {
      const volume = await api.volume(study, image, channel, stop.signal);
      if (!canvas.current) return;
      made = await Space.open(canvas.current, volume, facts.shape, events);
      if (stop.signal.aborted) made.close();
      else setSpace(made);
    };
    open().catch((error: unknown) => !stop.signal.aborted && tellError(error));
    return () => {
      stop.abort();
      made?.close();
      setSpace(null);
    };
  }, [study, image, channel]);

  useEffect(() => {
    if (!space) return;
    const stop = new AbortController();
    const lay = async (): Promise<void> => {
      const labels = drawn ? await api.labels(study, image, stop.signal) : null;
      if (!stop.signal.aborted) await space.lay(labels, labelsOf(overlays, held.current.look), held.current.look.opacity);
    };
    lay().catch((error: unknown) => !stop.signal.aborted && tellError(error));
    return () => stop.abort();
  }, [space, drawn, stamp]);
  useEffect(() => space?.look(JSON.parse(looks) as Label[], look.opacity), [space, looks, look.opacity]);
  useEffect(() => space?.window(props.window, props.inverted), [space, props.window, props.inverted]);
  useEffect(() => space?.hand(props.hand), [space, props.hand]);
  useEffect(() => space?.go(place), [space, place]);
  useEffect(() => {
    space?.forgetMeasures();
    setLength(null);
  }, [space, props.wiped]);

  return (
    <figure class="pane space" data-study={study} data-ready={space !== null}>
      <canvas class="stage" data-tool={props.hand} ref={canvas} aria-label={`${study} in space`} role="img" />
      <figcaption>
        <span class="figure">{place.map((at, axis) => `${at + 1} / ${facts.shape[axis]}`).join(" · ")}</span>
        {length !== null && <span class="figure" data-testid="length">{length.toFixed(1)} {facts.spacing_mm ? "mm" : "px"}</span>}
        {!space && <span>Reading the volume …</span>}
      </figcaption>
    </figure>
  );
}
