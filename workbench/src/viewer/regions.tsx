import { useRef, useState } from "preact/hooks";
import { Button, Choice, Slider } from "../components/controls";
import { colourOf } from "../engine/layers";
import { decode } from "../engine/runs";
import { about } from "../shell/about";
import type { Overlay } from "../shell/api";
import { useKeys } from "../shell/keys";
import { useStore } from "../shell/store";
import type { Correcting, Guess } from "./correction";
import { overlayId, type Look } from "./layers";

type Form = "" | "png" | "nifti" | "dicom-seg";

export interface RegionsProps {
  correcting: Correcting;
  overlays: readonly Overlay[];
  index: number;
  volume: boolean;
  dicom: boolean;
  look: Look;
  onLook: (look: Look) => void;
  asking: boolean;
  words: string;
  onWords: (words: string) => void;
  onSegment: () => void;
  onFind: () => void;
  onBrush: () => void;
  /** Extent of one pixel in mm2, null where unknown. */
  pixelMm2: number | null;
}

/** The right side: ask for regions, see and correct them, save. */
export function RegionsPanel(props: RegionsProps) {
  return (
    <aside class="side right" aria-label="Regions">
      <Asking {...props} />
      <RegionList {...props} />
      {props.correcting.active && <Editing {...props} />}
    </aside>
  );
}

function Asking({ words, onWords, onSegment, onFind, asking, overlays, correcting }: RegionsProps) {
  const { model } = useStore(about);
  const box = useRef<HTMLInputElement>(null);
  useKeys("Regions", [{ key: "/", says: "Say what to draw", run: () => box.current?.focus() }]);
  const known = [...new Set([...model.known, ...overlays.map((one) => one.name)])];
  const can = (verb: string): boolean => model.verbs.includes(verb) && !asking;
  const why = model.state === "loading" ? "The model is still loading" : model.name ? "" : "No model is open: --model MODEL";
  return (
    <section>
      <h3>Segment and find</h3>
      <form
        class="asking"
        onSubmit={(event) => {
          event.preventDefault();
          if (can("segment")) onSegment();
        }}
      >
        <input
          class="input"
          list="known"
          placeholder="heart, nodule, left lung …"
          aria-label="What to draw"
          value={words}
          ref={box}
          onInput={(event) => onWords(event.currentTarget.value)}
        />
        <datalist id="known">
          {known.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <div class="pair">
          <button class="button main" type="submit" disabled={!can("segment") || !words.trim()} title={why}>
            {asking ? "Asking …" : "Segment"}
          </button>
          <Button onClick={onFind} disabled={!can("find") || !words.trim()} title={why || "Boxes with scores"}>Find</Button>
        </div>
      </form>
      <p class="small soft">Or point with the box, point or scribble tool; without words the model says what it is.</p>
      {!correcting.active && <NewRegion {...{ correcting, words }} />}
    </section>
  );
}

function NewRegion({ correcting, words }: Pick<RegionsProps, "correcting" | "words">) {
  const name = words.trim();
  return (
    <Button disabled={!name} onClick={() => correcting.begin({ name, kind: null, base: null, colour: colourOf(name) })} title="Draw it by hand, from nothing">
      Draw {name ? `“${name}”` : "it"} by hand
    </Button>
  );
}

function RegionList({ correcting, overlays, look, onLook, index, onBrush }: RegionsProps) {
  const guesses = correcting.guesses.filter((one) => one.index === index);
  const turn = (id: string): void => {
    const hidden = new Set(look.hidden);
    if (!hidden.delete(id)) hidden.add(id);
    onLook({ ...look, hidden });
  };
  const edit = (one: Overlay): void => {
    correcting.begin({ name: one.name, kind: one.kind ?? null, base: one.region, colour: colourOf(one.name) }, index, one.mask && decode(one.mask));
    onBrush();
  };
  const take = (one: Guess): void => {
    correcting.take(one);
    onBrush();
  };
  return (
    <section class="grow">
      <header class="line">
        <h3>On the image</h3>
        <span>
          <button class="button quiet small" aria-pressed={look.names} onClick={() => onLook({ ...look, names: !look.names })} title="Names on the image (n)">names</button>
          <button class="button quiet small" aria-pressed={look.boxes} onClick={() => onLook({ ...look, boxes: !look.boxes })} title="Boxes as well">boxes</button>
        </span>
      </header>
      <Slider label="Opacity" value={look.opacity} low={0} high={1} step={0.05} shown={`${Math.round(look.opacity * 100)} %`} onChange={(opacity) => onLook({ ...look, opacity })} />
      <ul class="regions">
        {guesses.map((one) => (
          <Item key={one.id} id={one.id} name={one.region.name} look={look} onTurn={turn} onLook={onLook}
            note={one.region.score === null || one.region.score === undefined ? "model" : `model ${one.region.score.toFixed(2)}`}
            action={one.region.mask ? ["correct", () => take(one)] : ["drop", () => correcting.drop(one.id)]} />
        ))}
        {overlays.map((one) => (
          <Item key={one.region} id={overlayId(one)} name={one.name} look={look} onTurn={turn} onLook={onLook}
            note={one.corrected ? "corrected" : (one.kind ?? "")}
            {...(one.mask && correcting.active?.base !== one.region ? { action: ["correct", () => edit(one)] as const } : {})} />
        ))}
        {guesses.length + overlays.length === 0 && <li class="small soft">No regions in this plane.</li>}
      </ul>
    </section>
  );
}

interface ItemProps {
  id: string;
  name: string;
  note: string;
  look: Look;
  onTurn: (id: string) => void;
  onLook: (look: Look) => void;
  action?: readonly [says: string, run: () => void];
}

function Item({ id, name, note, look, onTurn, onLook, action }: ItemProps) {
  const shown = !look.hidden.has(id);
  return (
    <li class="region" onPointerEnter={() => onLook({ ...look, lit: id })} onPointerLeave={() => onLook({ ...look, lit: null })}>
      <button class="swatch" aria-pressed={shown} aria-label={`${shown ? "Hide" : "Show"} ${name}`} onClick={() => onTurn(id)}
        ref={(box) => { if (box) box.style.color = colourOf(name); }} />
      <span class="clip" title={name}>{name}</span>
      <span class={note === "corrected" ? "chip accent" : "small soft clip"}>{note}</span>
      {action && <button class="button quiet small" onClick={action[1]}>{action[0]}</button>}
    </li>
  );
}

function Editing({ correcting, index, volume, dicom, pixelMm2 }: RegionsProps) {
  const [form, setForm] = useState<Form>("");
  const { active } = correcting;
  if (!active) return null;
  const area = correcting.pixels(index);
  const forms = [volume ? ["", "NIfTI"] : ["", "PNG"], ...(volume ? [] : [["nifti", "NIfTI"]]), ...(dicom ? [["dicom-seg", "with a DICOM SEG"]] : [])] as [Form, string][];
  return (
    <section class="editing" data-testid="editing">
      <h3>Under the brush</h3>
      <input class="input" aria-label="Name of the region" value={active.name} onInput={(event) => correcting.rename(event.currentTarget.value)} />
      <p class="small soft figure">
        {area.toLocaleString("en")} pixels{pixelMm2 ? `, ${((area * pixelMm2) / 100).toFixed(1)} cm²` : ""}{volume ? " in this slice" : ""}
      </p>
      <div class="pair">
        <Button onClick={() => correcting.undo(index)} disabled={!correcting.canUndo(index)} title="Ctrl Z">Undo</Button>
        <Button onClick={() => correcting.redo(index)} disabled={!correcting.canRedo(index)} title="Ctrl Shift Z">Redo</Button>
      </div>
      <Choice label="Save as" value={form} options={forms} onChange={(value) => setForm(value as Form)} />
      <div class="stack">
        <Button main disabled={!correcting.canSave || correcting.saving} title="Ctrl S" onClick={() => void correcting.save(form || null)}>
          {correcting.saving ? "Saving …" : "Save as reference"}
        </Button>
        <Button quiet onClick={() => correcting.begin(null)} title="Escape">Leave without saving</Button>
      </div>
    </section>
  );
}
