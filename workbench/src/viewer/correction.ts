import { useRef, useState } from "preact/hooks";
import { Drawing } from "../engine/drawing";
import { colourOf, type MaskLayer } from "../engine/layers";
import { count, decode, encode, type Bits } from "../engine/runs";
import { api, type Overlay, type Region } from "../shell/api";
import { refreshAbout } from "../shell/about";
import { tell, tellError } from "../shell/toast";

/** A region under the brush. `base` is its place among the Study's regions, null for one that is new. */
export interface Active {
  name: string;
  kind: string | null;
  base: number | null;
  /** Kept while it is renamed. */
  colour: string;
}

/** What a model drew, and on which slice. */
export interface Guess {
  id: string;
  index: number;
  region: Region;
}

let made = 0;

/** Drawing, undoing and saving one region; what the model drew waits beside it to be taken up. */
export function useCorrection(study: string, image: number, onSaved: () => void) {
  const [active, setActive] = useState<Active | null>(null);
  const [guesses, setGuesses] = useState<readonly Guess[]>([]);
  const [stamp, setStamp] = useState(0);
  const [saving, setSaving] = useState(false);
  const drawings = useRef(new Map<number, Drawing>());
  const turn = (): void => setStamp((now) => now + 1);

  const begin = (next: Active | null, index = 0, bits?: Bits): void => {
    drawings.current = new Map();
    if (next && bits) {
      // a new region starts with what the model drew already changed, so that it can be saved as it is
      const drawing = next.base === null ? Drawing.empty(bits.rows, bits.columns) : new Drawing(bits);
      if (next.base === null) drawing.take(bits);
      drawings.current.set(index, drawing);
    }
    setActive(next);
    turn();
  };
  const changed = (): [number, Drawing][] => [...drawings.current].filter(([, drawing]) => drawing.changed);
  return {
    active, guesses, stamp, saving, begin,
    guess(regions: readonly Region[], index: number): void {
      const added = regions.map((region): Guess => ({ id: `guess-${made++}`, index, region }));
      const names = new Set(regions.map((region) => region.name));
      setGuesses((held) => [...held.filter((one) => one.index !== index || !names.has(one.region.name)), ...added]);
      const first = added.find((one) => one.region.mask);
      if (first && added.length === 1) this.take(first);
    },
    /** Put what the model drew under the brush. */
    take(guess: Guess): void {
      if (guess.region.mask) begin({ name: guess.region.name, kind: guess.region.kind ?? null, base: null, colour: colourOf(guess.region.name) }, guess.index, decode(guess.region.mask));
      setGuesses((held) => held.filter((one) => one.id !== guess.id));
    },
    drop: (id: string): void => setGuesses((held) => held.filter((one) => one.id !== id)),
    forget(): void {
      setGuesses([]);
      begin(null);
    },
    rename: (name: string): void => setActive((held) => held && { ...held, name }),
    /** The mask of a slice under the brush; where nothing was drawn there yet, what is saved of it. */
    drawing(index: number, rows: number, columns: number, overlays: readonly Overlay[]): Drawing {
      const held = drawings.current.get(index);
      if (held) return held;
      const saved = overlays.find((one) => active?.base === one.region && one.mask);
      const fresh = saved?.mask ? new Drawing(decode(saved.mask)) : Drawing.empty(rows, columns);
      drawings.current.set(index, fresh);
      return fresh;
    },
    layer(index: number): MaskLayer | null {
      const held = drawings.current.get(index);
      if (!active || !held) return null;
      return { form: "mask", id: "active", name: active.name, colour: active.colour, opacity: 0.4, shown: true, bits: held.bits };
    },
    pixels: (index: number): number => {
      const held = drawings.current.get(index);
      return held ? count(held.bits) : 0;
    },
    turn,
    canSave: active !== null && active.name.trim() !== "" && changed().length > 0,
    undo: (index: number): void => void (drawings.current.get(index)?.undo() && turn()),
    redo: (index: number): void => void (drawings.current.get(index)?.redo() && turn()),
    canUndo: (index: number): boolean => drawings.current.get(index)?.canUndo ?? false,
    canRedo: (index: number): boolean => drawings.current.get(index)?.canRedo ?? false,
    async save(form: "png" | "nifti" | "dicom-seg" | null): Promise<void> {
      if (!active) return;
      setSaving(true);
      try {
        const planes = Object.fromEntries(changed().map(([index, drawing]) => [index, encode(drawing.bits)]));
        const saved = await api.save({ study, image, name: active.name.trim(), kind: active.kind, base: active.base, planes, form });
        tell(`Saved ${active.name} to ${saved.collection}`);
        begin(null);
        onSaved();
        await refreshAbout();
      } catch (error) {
        tellError(error);
      } finally {
        setSaving(false);
      }
    },
  };
}

export type Correcting = ReturnType<typeof useCorrection>;
