import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Slider } from "../components/controls";
import type { HeatLayer } from "../engine/layers";
import { about } from "../shell/about";
import { useKeys } from "../shell/keys";
import { useStore } from "../shell/store";
import { tellError } from "../shell/toast";
import { twin, type Explained } from "./api";
import { Figure, hindrance, middle, ModelName, useModel, WithStudy, type Opened } from "./beside";

export function Page() {
  return <WithStudy>{(opened) => <Explaining key={`${opened.image} ${opened.page.study.id}`} opened={opened} />}</WithStudy>;
}

const percent = (share: number | null): string => (share === null ? "–" : `${(share * 100).toFixed(1)} %`);

function Explaining({ opened }: { opened: Opened }) {
  const { facets } = useStore(about);
  const { study } = opened.page;
  const [model, choice] = useModel();
  const [index, setIndex] = useState(middle(opened.facts));
  const [target, setTarget] = useState(study.findings?.find((one) => one.present)?.name ?? "");
  const [told, setTold] = useState<Explained & { index: number } | null>(null);
  const [opacity, setOpacity] = useState(0.5);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const why = hindrance(model, "explain", "classify");
  useKeys("Explain", [{ key: "/", says: "Say what to explain", run: () => field.current?.focus() }]);
  const ask = async (): Promise<void> => {
    setBusy(true);
    try {
      setTold({ ...(await twin.explain({ study: study.id, image: opened.image, index, target: target.trim(), ...(model ? { model: model.name } : {}) })), index });
    } catch (error) {
      tellError(error);
    } finally {
      setBusy(false);
    }
  };
  const heat = useMemo(() => heatOf(told), [told]);
  const layers = heat && told?.index === index ? [{ ...heat, opacity }] : [];
  return (
    <div class="beside">
      <Figure {...{ opened, index, layers }} onIndex={setIndex} />
      <section class="column roomy" aria-label="Explanation">
        {choice}
        <form class="ask-line" onSubmit={(event) => {
          event.preventDefault();
          if (!busy && !why && target.trim()) void ask();
        }}>
          <input class="input" ref={field} list="known-targets" aria-label="Finding, class or answer" placeholder="effusion" value={target} onInput={(event) => setTarget(event.currentTarget.value)} />
          <datalist id="known-targets">{Object.keys(facets?.finding ?? {}).map((name) => <option key={name} value={name} />)}</datalist>
          <button class="button main" type="submit" title={why} disabled={busy || why !== "" || !target.trim()}>{busy ? "Asking …" : "Explain"}</button>
        </form>
        {why && <p class="small soft">{why}</p>}
        {told ? <Told key={`${told.model} ${told.target} ${told.probability}`} told={told} /> : <p class="empty soft">Say a finding, a class or an answer: the image shows what speaks for it.</p>}
        {heat && <Slider label="Opacity" value={opacity} low={0} high={1} step={0.05} shown={`${Math.round(opacity * 100)} %`} onChange={setOpacity} />}
      </section>
    </div>
  );
}

/** A heat map is drawn from its least to its greatest value, so one of next to nothing would look like one of much. */
const LEAST_FALL = 0.005;
const isIdle = (told: Explained): boolean => told.fall !== null && told.fall < LEAST_FALL;

function heatOf(told: Explained | null): HeatLayer | null {
  if (!told?.heat?.length || isIdle(told)) return null;
  const columns = told.heat[0]?.length ?? 0;
  return { form: "heat", id: "heat", name: told.target, colour: "#ff9a3d", opacity: 0.5, shown: true, rows: told.heat.length, columns, values: Float32Array.from(told.heat.flat(), (value) => Math.max(value, 0)) };
}

function howIn(told: Explained): string {
  if (told.fall === null) return "The model's own explanation: brightest where it looked for this.";
  const first = `This model has no explanation of its own, so parts of the image were covered, one after the other.`;
  if (isIdle(told)) return `${first} No part changes the probability by half a point: nothing is drawn.`;
  return `${first} Brightest is where that costs most, ${(told.fall * 100).toFixed(1)} points at the most.`;
}

function Told({ told }: { told: Explained }) {
  const [moved, setMoved] = useState<Record<string, number>>({});
  const [now, setNow] = useState(told.probability);
  useEffect(() => {
    let live = true;
    if (told.probability === null || Object.keys(moved).length === 0) setNow(told.probability);
    else twin.concepts(told.probability, told.concepts, moved).then((next) => live && setNow(next.probability), tellError);
    return () => void (live = false);
  }, [moved]);
  const concepts = Object.entries(told.concepts).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  const most = Math.max(1, ...concepts.map(([, weight]) => Math.abs(weight))) * 1.5;
  return (
    <article class="draft" data-testid="explained">
      <header><ModelName name={told.model} phantom={told.phantom_trained} /></header>
      <p class="big figure">{percent(now)} <span class="small soft">{told.target}{now !== told.probability ? `, was ${percent(told.probability)}` : ""}</span></p>
      <p class="small soft">{howIn(told)}</p>
      {concepts.length > 0 ? (
        <section class="concepts">
          <h3>Concepts</h3>
          {concepts.map(([name, weight]) => (
            <Slider key={name} label={name} value={moved[name] ?? weight} low={-most} high={most} step={most / 100} shown={(moved[name] ?? weight).toFixed(2)} onChange={(value) => setMoved({ ...moved, [name]: value })} />
          ))}
        </section>
      ) : (
        <p class="small soft">It names no concepts.</p>
      )}
    </article>
  );
}
