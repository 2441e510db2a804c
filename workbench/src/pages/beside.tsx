import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Notice } from "../components/notice";
import { Choice } from "../components/controls";
import { Reading } from "../components/reading";
import { colourOf, type Layer } from "../engine/layers";
import { decode, type Bits } from "../engine/runs";
import type { Scene, Tool } from "../engine/stage";
import { about } from "../shell/about";
import { Refusal, type OpenModel, type PictureFacts, type Region, type Runs, type StudyPage } from "../shell/api";
import { link, useRoute } from "../shell/router";
import { useStore } from "../shell/store";
import { useFacts, usePlane, useStudy } from "../viewer/loading";
import { geometryOf } from "../viewer/pane";
import { Stage } from "../viewer/stage";
import type { Box } from "./api";

/** What a page about the open study is given. */
export interface Opened {
  page: StudyPage;
  image: number;
  facts: PictureFacts;
}

/** Shows its content once the study of the address is there, and what is missing before. */
export function WithStudy({ children }: { children: (opened: Opened) => ComponentChildren }) {
  const { query } = useRoute();
  const { state } = useStore(about);
  const study = state === "ready" ? (query["study"] ?? "") : "";
  const image = Number(query["image"] ?? 0) || 0;
  const page = useStudy(study);
  const facts = useFacts(study, image);
  const error = page.error ?? facts.error;
  if (state === "reading") return <Reading />;
  if (!query["study"]) {
    return <Notice title="Choose a study">This page is about one study. Open one from the <a href={link("worklist")}>worklist</a>.</Notice>;
  }
  if (error) return <Problem error={error} />;
  if (!page.value || !facts.value || page.value.study.id !== study) return <Notice title="Opening the study" busy />;
  if (facts.value.form === "slide") return <Notice title="This is a whole slide">Models are asked about pictures and slices. Look at it in the <a href={link("viewer", { study })}>viewer</a>.</Notice>;
  return <>{children({ page: page.value, image, facts: facts.value })}</>;
}

export function Problem({ error }: { error: unknown }) {
  const said = error instanceof Error ? error.message : "It could not be opened";
  return <Notice title={said} bad>{error instanceof Refusal && error.hint}</Notice>;
}

export interface FigureProps {
  opened: Opened;
  index: number;
  onIndex: (index: number) => void;
  layers: readonly Layer[];
  tool?: Tool;
  onBox?: (box: Box) => void;
  onPoint?: (point: [number, number]) => void;
}

/** The image at the left of a page, with what is spoken of drawn on it. */
export function Figure({ opened, index, onIndex, layers, tool = "look", onBox, onPoint }: FigureProps) {
  const { page, image, facts } = opened;
  const { plane, error } = usePlane(page.study.id, image, "z", index, facts.colour ? null : 0, 0);
  const [view, setView] = useState<Scene["view"]>(null);
  const depth = facts.shape[0];
  const step = (by: number): void => onIndex(Math.min(Math.max(index + by, 0), depth - 1));
  const scene: Scene = {
    plane, geometry: geometryOf(facts, "z"), window: facts.window, inverted: false, smooth: true, layers, measures: [],
    unit: facts.spacing_mm ? "mm" : "px", tool, brush: 1, cursor: null, cross: null, directions: null, view,
  };
  return (
    <figure class="pane">
      <Stage
        scene={scene}
        label={page.study.id}
        events={{
          onView: setView,
          ...(depth > 1 ? { onStep: step } : {}),
          ...(onBox ? { onBox } : {}),
          ...(onPoint ? { onPoints: ([first]) => first && onPoint([first[0], first[1]]) } : {}),
        }}
      />
      <figcaption>
        <b>{page.study.id}</b>
        {depth > 1 && <span class="figure">slice {index + 1} / {depth}</span>}
      </figcaption>
      {error instanceof Error && <p class="fault">{error.message}</p>}
    </figure>
  );
}

export const middle = (facts: PictureFacts): number => Math.floor(facts.shape[0] / 2);

const decoded = new WeakMap<Runs, Bits>();

function bitsOf(runs: Runs): Bits {
  let bits = decoded.get(runs);
  if (!bits) decoded.set(runs, (bits = decode(runs)));
  return bits;
}

/** Regions of an answer as layers; those that are spoken of are lit. */
export function layersOf(regions: readonly Region[], lit: readonly number[]): Layer[] {
  return regions.flatMap((one, place): Layer[] => {
    const common = { id: `spoken-${place}`, name: one.name || "here", colour: colourOf(one.name), opacity: 0.3, shown: true, lit: lit.includes(place), named: false };
    if (one.mask?.size.length === 2) return [{ ...common, form: "mask", bits: bitsOf(one.mask) }];
    return one.box?.length === 4 ? [{ ...common, form: "box", box: one.box as Box }] : [];
  });
}

/** Says of a model that it has never seen a patient. */
export function ModelName({ name, phantom }: { name: string; phantom: boolean | null }) {
  return (
    <span class="model-name">
      <b>{name}</b>
      {phantom === true && <span class="chip warn" title="Trained on procedural phantoms alone; it has never seen a patient">phantom-trained</span>}
      {phantom === null && <span class="chip" title="No record says what it was trained on">training unknown</span>}
    </span>
  );
}

/** The model that a page asks, a choice where several are open. */
export function useModel(): [model: OpenModel | null, choice: ComponentChildren] {
  const { models } = useStore(about);
  const { query } = useRoute();
  const [name, setName] = useState(query["model"] ?? "");
  useEffect(() => setName(query["model"] ?? ""), [query["model"]]);
  const model = models.find((one) => one.name === name) ?? models[0] ?? null;
  const choice = models.length > 1 ? <Choice label="Model" value={model?.name ?? ""} options={models.map((one) => [one.name, one.name] as const)} onChange={setName} /> : null;
  return [model, choice];
}

/** Why a model cannot be asked for one of these verbs; empty where it can. */
export function hindrance(model: OpenModel | null, ...verbs: string[]): string {
  if (!model) return "No model is open: polyclinic open COLLECTION --model MODEL";
  if (model.state === "loading") return `${model.name} is still loading`;
  if (model.state === "failed") return `${model.name} could not be loaded: ${model.error ?? ""}`;
  return verbs.some((verb) => model.verbs.includes(verb)) ? "" : `${model.name} does not ${verbs.join(" or ")}`;
}
