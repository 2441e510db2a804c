import { lazy, Suspense } from "preact/compat";
import { useMemo, useRef, useState } from "preact/hooks";
import type { Measure, Stage as Engine, StageEvents, Tool } from "../engine/stage";
import type { Point, View } from "../engine/view";
import { dragged, type Window } from "../engine/window";
import { api, type Overlay, type PictureFacts, type StudyPage } from "../shell/api";
import { useKeys } from "../shell/keys";
import { amend, go, useRoute } from "../shell/router";
import { tell, tellError } from "../shell/toast";
import { useCorrection } from "./correction";
import { guessedLayers, type Look } from "./layers";
import { useFacts } from "./loading";
import { AXES, Pane, placed, type Place } from "./pane";
import { RegionsPanel } from "./regions";
import { ToolBar, TOOLS } from "./tools";

export interface PictureProps {
  page: StudyPage;
  image: number;
  facts: PictureFacts;
  second: string;
  stamp: number;
  onSaved: () => void;
}

const SpacePane = lazy(() => import("./space-pane").then((part) => ({ default: part.SpacePane })));

const POINTING: readonly Tool[] = ["box", "point", "scribble"];

/** A picture or a volume: its planes, the tools, the regions, and another study beside it. */
export function PicturePage({ page, image, facts, second, stamp, onSaved }: PictureProps) {
  const { study } = page;
  const volume = facts.shape[0] > 1;
  const [place, setPlace] = useState<Place>(() => [Math.floor(facts.shape[0] / 2), Math.floor(facts.shape[1] / 2), Math.floor(facts.shape[2] / 2)]);
  const [window, setWindow] = useState<Window>(facts.window);
  const [inverted, setInverted] = useState(false);
  const [tool, setTool] = useState<Tool>("look");
  const [brush, setBrush] = useState(Math.max(Math.round(facts.shape[2] / 40), 2));
  const [view, setView] = useState<View | null>(null);
  const [cursor, setCursor] = useState<{ at: Point; on: string } | null>(null);
  const [measures, setMeasures] = useState<readonly Measure[]>([]);
  const [channel, setChannel] = useState<number | null>(facts.colour ? null : 0);
  const [look, setLook] = useState<Look>({ opacity: 0.3, hidden: new Set(), lit: null, boxes: false, names: false });
  const [words, setWords] = useState("");
  const [asking, setAsking] = useState(false);
  const [overlays, setOverlays] = useState<readonly Overlay[]>([]);
  const [wiped, setWiped] = useState(0);
  const engine = useRef<Engine | null>(null);
  const able = useMemo(() => volume && canRender(), [volume]);
  const inSpace = useRoute().query["as"] === "space" && able && !second;
  const turnSpace = (): void => amend({ as: inSpace ? undefined : "space", with: undefined });
  const correcting = useCorrection(study.id, image, onSaved);
  const index = place[0];
  const geometry = { rows: facts.shape[1], columns: facts.shape[2] };

  const ask = async (pointing: { box?: [number, number, number, number]; points?: Point[] } = {}, verb: "segment" | "find" = "segment"): Promise<void> => {
    setAsking(true);
    try {
      const prompt = { study: study.id, image, index, words: words.trim(), box: pointing.box ?? null, points: (pointing.points ?? []).map(([x, y]): [number, number] => [x, y]) };
      const found = await api[verb](prompt);
      const drawn = found.filter((one) => one.box || one.mask?.counts.length !== 1);
      if (drawn.length === 0) tell(`The model draws nothing${words ? ` for “${words.trim()}”` : " there"}`);
      correcting.guess(drawn, index);
      if (inSpace) turnSpace(); // guesses are shown, and corrected, on slices
      if (verb === "segment" && drawn.length === 1) setTool("brush");
    } catch (error) {
      tellError(error);
    } finally {
      setAsking(false);
    }
  };
  const step = (by: number): void =>
    setPlace(([z, y, x]) => [Math.min(Math.max(z + by, 0), facts.shape[0] - 1), y, x]);
  const stroke: NonNullable<StageEvents["onStroke"]> = (phase, from, to) => {
    if (!correcting.active) {
      if (phase === "begin") tell("Choose a region to correct, or name a new one", { hint: "at the right" });
      return;
    }
    const drawing = correcting.drawing(index, geometry.rows, geometry.columns, overlays);
    const aspect = facts.spacing_mm ? facts.spacing_mm[2] / facts.spacing_mm[1] : 1;
    if (phase === "begin") drawing.begin();
    if (phase === "end") drawing.end();
    else drawing.paint(from[0], from[1], to[0], to[1], [brush, brush * aspect], tool === "brush" ? 1 : 0);
    correcting.turn();
  };
  const wipe = (): void => {
    setMeasures([]);
    setWiped(wiped + 1);
  };
  const compare = study.prior || page.visits.length > 1
    ? (): void => amend({ with: second ? undefined : (study.prior ?? page.visits.find((one) => one.id !== study.id)?.id) })
    : null;
  const visit = (by: number): void => {
    const now = page.visits.findIndex((one) => one.id === study.id);
    const next = page.visits[now + by];
    if (next) go("viewer", { study: next.id });
  };

  useKeys("Tools", TOOLS.map((one) => ({ key: one.key, says: one.says, run: () => setTool(one.tool) })));
  useKeys("Drawing", [
    { key: "[", says: "Smaller brush", run: () => setBrush(Math.max(brush - 1, 1)) },
    { key: "]", says: "Larger brush", run: () => setBrush(Math.min(brush + 1, 40)) },
    { key: "ctrl+z", says: "Undo", run: () => correcting.undo(index) },
    { key: ["ctrl+shift+z", "ctrl+y"], says: "Redo", run: () => correcting.redo(index) },
    { key: "ctrl+s", says: "Save as reference", run: () => correcting.canSave && void correcting.save(null) },
    { key: "Escape", says: "Leave the brush", run: () => (correcting.active ? correcting.begin(null) : setTool("look")) },
  ]);
  useKeys("Study", [
    ...(volume ? [
      { key: "ArrowUp", says: "Slice before", run: () => step(-1) },
      { key: "ArrowDown", says: "Next slice", run: () => step(1) },
      { key: "PageUp", says: "Ten slices before", run: () => step(-10) },
      { key: "PageDown", says: "Ten slices on", run: () => step(10) },
    ] : []),
    { key: "ArrowLeft", says: "Visit before", run: () => visit(-1) },
    { key: "ArrowRight", says: "Next visit", run: () => visit(1) },
    { key: "c", says: "Side by side with the prior", run: () => compare?.() },
  ]);
  useKeys("View", [
    { key: "i", says: "Invert", run: () => setInverted(!inverted) },
    { key: "0", says: "Window as it was", run: () => setWindow(facts.window) },
    { key: "f", says: "Fit", run: () => engine.current?.fit() },
    { key: ["+", "="], says: "Nearer", run: () => engine.current?.zoom(1.25) },
    { key: "-", says: "Farther", run: () => engine.current?.zoom(0.8) },
    { key: "o", says: "Regions on or off", run: () => setLook({ ...look, opacity: look.opacity > 0 ? 0 : 0.3 }) },
    { key: "n", says: "Names on or off", run: () => setLook({ ...look, names: !look.names }) },
    { key: "x", says: "Take measurements away", run: wipe },
    ...(able ? [{ key: "r", says: "Three planes and a rendering", run: turnSpace }] : []),
  ]);

  const shared = { window, inverted, tool, brush, view };
  const moving: StageEvents = {
    onView: setView,
    onWindow: (across, down) => setWindow((held) => dragged(held, across, down, facts.range)),
  };
  const drawn = correcting.layer(index);
  const main: StageEvents = {
    ...moving,
    onCursor: (at) => setCursor(at && { at: [at[0] / geometry.columns, at[1] / geometry.rows], on: "main" }),
    onMeasure: (one) => setMeasures([...measures, one]),
    onBox: (box) => void ask({ box }),
    onPoints: (points) => points.length && void ask({ points }),
    onStroke: stroke,
    ...(volume ? { onStep: step, onPick: (at: Point) => setPlace((held) => placed(held, "z", at, facts)) } : {}),
  };
  const tools = POINTING.includes(tool) || tool === "brush" || tool === "eraser";
  return (
    <>
      <div class="middle">
        <ToolBar
          {...{ tool, brush, inverted, window, channel }}
          onTool={setTool}
          onBrush={setBrush}
          canDraw={correcting.active !== null}
          onInvert={() => setInverted(!inverted)}
          onFit={() => engine.current?.fit()}
          onWipe={measures.length > 0 || (inSpace && tool === "measure") ? wipe : null}
          onReset={() => setWindow(facts.window)}
          onWindow={setWindow}
          presets={volume && study.images?.[image]?.modality === "CT"}
          comparing={second !== ""}
          onCompare={compare}
          space={able ? inSpace : null}
          onSpace={turnSpace}
          channels={facts.channels}
          colour={facts.colour}
          onChannel={setChannel}
        />
        <div class={`panes ${inSpace ? "one" : volume && !second ? "three" : second ? "two" : "one"}`}>
          {inSpace && (
            <Suspense fallback={<figure class="pane" />}>
              <SpacePane
                {...{ study: study.id, image, facts, place, window, inverted, look, stamp, wiped }}
                channel={channel ?? 0}
                hand={tool === "window" || tool === "measure" ? tool : "look"}
                onPlace={setPlace}
                onWindow={setWindow}
                onOverlays={setOverlays}
              />
            </Suspense>
          )}
          {!inSpace && <Pane
            {...{ study: study.id, image, facts, place, channel, stamp, look }}
            axis="z"
            scene={{ ...shared, measures, cursor: cursor?.on === "second" ? [cursor.at[0] * geometry.columns, cursor.at[1] * geometry.rows] : null }}
            cross={volume && !tools}
            without={drawn ? (correcting.active?.base ?? null) : null}
            over={[...guessedLayers(correcting.guesses, index, look), ...(drawn ? [drawn] : [])]}
            overStamp={correcting.stamp}
            events={main}
            onOverlays={(found) => found !== overlays && setOverlays(found)}
            onEngine={(made) => (engine.current = made)}
            title={second ? <b>{study.id}</b> : null}
          />}
          {volume && !second && !inSpace && AXES.slice(1).map((axis) => (
            <Pane
              key={axis}
              {...{ study: study.id, image, facts, place, channel, stamp, look, axis }}
              scene={{ ...shared, tool: tools ? "look" : tool, view: null, measures: [], cursor: null }}
              cross
              without={null}
              over={[]}
              overStamp={0}
              events={{
                onWindow: moving.onWindow!,
                onPick: (at) => setPlace((held) => placed(held, axis, at, facts)),
                onStep: (by) => setPlace((held) => stepped(held, axis, by, facts)),
              }}
            />
          ))}
          {second && (
            <Second
              key={second}
              id={second}
              share={facts.shape[0] > 1 ? (index + 0.5) / facts.shape[0] : 0}
              scene={{ inverted, tool: tools ? "look" : tool, brush, view, window: null }}
              cursor={cursor?.on === "main" ? cursor.at : null}
              look={look}
              onView={setView}
              onCursor={(at) => setCursor(at && { at, on: "second" })}
            />
          )}
        </div>
      </div>
      <RegionsPanel
        {...{ correcting, overlays, index, volume, look, asking, words }}
        dicom={facts.dicom}
        onLook={setLook}
        onWords={setWords}
        onSegment={() => void ask()}
        onFind={() => void ask({}, "find")}
        onBrush={() => {
          setTool("brush");
          if (inSpace) turnSpace();
        }}
        pixelMm2={facts.spacing_mm ? facts.spacing_mm[1] * facts.spacing_mm[2] : null}
      />
    </>
  );
}

/** Whether the browser can draw volumes in space; the slices are there in any case. */
function canRender(): boolean {
  const context = document.createElement("canvas").getContext("webgl2");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return context !== null;
}

function stepped(place: Place, axis: "z" | "y" | "x", by: number, facts: PictureFacts): Place {
  const next: [number, number, number] = [...place];
  const number = AXES.indexOf(axis);
  next[number] = Math.min(Math.max((next[number] ?? 0) + by, 0), (facts.shape[number] ?? 1) - 1);
  return next;
}

interface SecondProps {
  id: string;
  /** How deep in the volume, 0 to 1; the same share is shown here. */
  share: number;
  scene: { inverted: boolean; tool: Tool; brush: number; view: View | null; window: Window | null };
  cursor: Point | null;
  look: Look;
  onView: (view: View) => void;
  onCursor: (at: Point | null) => void;
}

/** Another study beside the first: the same zoom and place, and a cursor that follows. */
function Second({ id, share, scene, cursor, look, onView, onCursor }: SecondProps) {
  const { value: facts, error } = useFacts(id, 0);
  const [window, setWindow] = useState<Window | null>(null);
  if (error instanceof Error) return <figure class="pane"><p class="fault">{error.message}</p></figure>;
  if (!facts) return <figure class="pane" />;
  if (facts.form === "slide") return <figure class="pane"><p class="fault">Slides are shown alone.</p></figure>;
  const [depth, rows, columns] = facts.shape;
  const place: Place = [Math.min(Math.floor(share * depth), depth - 1), 0, 0];
  return (
    <Pane
      study={id}
      image={0}
      facts={facts}
      axis="z"
      place={place}
      channel={facts.colour ? null : 0}
      stamp={0}
      scene={{ ...scene, window: window ?? facts.window, measures: [], cursor: cursor && [cursor[0] * columns, cursor[1] * rows] }}
      cross={false}
      look={{ ...look, hidden: new Set(), lit: null }}
      without={null}
      over={[]}
      overStamp={0}
      events={{
        onView,
        onCursor: (at) => onCursor(at && [at[0] / columns, at[1] / rows]),
        onWindow: (across, down) => setWindow(dragged(window ?? facts.window, across, down, facts.range)),
      }}
      title={<b>{id}</b>}
    />
  );
}
