import { useEffect, useState } from "preact/hooks";
import { Button, Choice } from "../components/controls";
import { Notice } from "../components/notice";
import { about } from "../shell/about";
import { amend, link, useRoute } from "../shell/router";
import { useStore } from "../shell/store";
import { tell, tellError } from "../shell/toast";
import { twin, type Job, type JobsPage } from "./api";
import { Problem } from "./beside";

const BUSY_MS = 1500;
const STILL_MS = 6000;
const isBusy = (job: Job): boolean => job.state === "running" || job.state === "stopping";

/** Trainings and assessments: what was started is asked of the server again and again, so a reload changes nothing. */
export function Page() {
  const [held, setHeld] = useState<JobsPage | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    let timer = 0;
    twin.jobs(stop.signal).then(
      (next) => {
        setHeld(next);
        setError(null);
        timer = window.setTimeout(() => setTurn(turn + 1), next.jobs.some(isBusy) ? BUSY_MS : STILL_MS);
      },
      (fault: unknown) => !stop.signal.aborted && setError(fault),
    );
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [turn]);
  if (error && !held) return <Problem error={error} />;
  if (!held) return <Notice title="Reading the jobs" busy />;
  if (held.runs === null) return <Notice title="No folder for runs is open">Start with <code>polyclinic open COLLECTION --runs DIR</code>.</Notice>;
  const trying = (act: Promise<Job>, says: string): void => void act.then(() => tell(says), tellError).then(() => setTurn(turn + 1));
  return (
    <div class="two-parts wide-side">
      <aside class="side left" aria-label="New job"><NewJob held={held} onStart={trying} /></aside>
      <section class="sheet-page" aria-label="Jobs">
        {held.jobs.length === 0 && <p class="empty soft">Nothing was started yet. A job is a command of its own: it goes on when this page is closed.</p>}
        {held.jobs.map((job) => <JobView key={job.name} job={job} onAct={trying} />)}
      </section>
    </div>
  );
}

type Start = (act: Promise<Job>, says: string) => void;

function NewJob({ held, onStart }: { held: JobsPage; onStart: Start }) {
  const { query } = useRoute();
  const kind = query["kind"] === "assess" ? "assess" : "fit";
  return (
    <>
      <div class="pair halves" role="group" aria-label="Kind">
        <Button pressed={kind === "fit"} onClick={() => amend({ kind: undefined })}>Train</Button>
        <Button pressed={kind === "assess"} onClick={() => amend({ kind: "assess" })}>Assess</Button>
      </div>
      {kind === "fit" ? <NewFit held={held} onStart={onStart} first={query["system"] ?? ""} /> : <NewAssessment held={held} onStart={onStart} />}
    </>
  );
}

function freeName(stem: string, jobs: readonly Job[]): string {
  const taken = new Set(jobs.map((job) => job.name));
  let number = 1;
  while (taken.has(`${stem}-${number}`)) number++;
  return `${stem}-${number}`;
}

function useData(): [data: string, choice: preact.ComponentChildren] {
  const { name = "the collection", corrected = 0 } = useStore(about);
  const [data, setData] = useState("collection");
  const options = [["collection", name], ...(corrected ? [["corrections", `${corrected} corrected studies`]] : [])] as [string, string][];
  return [data, <Choice label="Data" value={data} options={options} onChange={setData} />];
}

function NewFit({ held, onStart, first }: { held: JobsPage; onStart: Start; first: string }) {
  const ids = Object.keys(held.systems);
  const [system, setSystem] = useState(ids.includes(first) ? first : ids.includes("generalist") ? "generalist" : (ids[0] ?? ""));
  const [preset, setPreset] = useState("");
  const [name, setName] = useState("");
  const [unit, setUnit] = useState("minutes");
  const [budget, setBudget] = useState("10");
  const [data, dataChoice] = useData();
  const presets = held.systems[system] ?? [];
  const called = name || freeName(system, held.jobs);
  return (
    <form class="stacked" onSubmit={(event) => {
      event.preventDefault();
      const chosen = presets.includes(preset) ? preset : (presets[0] ?? "nano");
      onStart(twin.fit({ name: called, system, preset: chosen, data, [unit]: Number(budget) }), `${called} is training`);
      setName("");
    }}>
      <Choice label="System" value={system} options={ids.map((id) => [id, id] as const)} onChange={setSystem} />
      <Choice label="Preset" value={presets.includes(preset) ? preset : (presets[0] ?? "")} options={presets.map((one) => [one, one] as const)} onChange={setPreset} />
      {dataChoice}
      <div class="pair halves">
        <Field label="For" value={budget} onChange={setBudget} number />
        <Choice label="Unit" value={unit} options={[["minutes", "minutes"], ["steps", "steps"]]} onChange={setUnit} />
      </div>
      <Field label="Name" value={name} placeholder={called} onChange={setName} />
      <button class="button main" type="submit">Start training</button>
    </form>
  );
}

function NewAssessment({ held, onStart }: { held: JobsPage; onStart: Start }) {
  const [model, setModel] = useState(held.models[0] ?? "");
  const [split, setSplit] = useState("test");
  const [name, setName] = useState("");
  const [limit, setLimit] = useState("");
  const [data, dataChoice] = useData();
  const called = name || freeName("card", held.jobs);
  return (
    <form class="stacked" onSubmit={(event) => {
      event.preventDefault();
      onStart(twin.assess({ name: called, model, data, split, ...(limit ? { limit: Number(limit) } : {}) }), `${called} is being assessed`);
      setName("");
    }}>
      <Choice label="Model" value={model} options={held.models.map((one) => [one, one] as const)} onChange={setModel} />
      {dataChoice}
      <Choice label="Split" value={split} options={["test", "val", "train", "all"].map((one) => [one, one] as const)} onChange={setSplit} />
      <Field label="At most so many subjects" value={limit} placeholder="all" onChange={setLimit} number />
      <Field label="Name" value={name} placeholder={called} onChange={setName} />
      <button class="button main" type="submit" disabled={!model}>Start assessment</button>
    </form>
  );
}

function Field(props: { label: string; value: string; placeholder?: string; number?: boolean; onChange: (value: string) => void }) {
  return (
    <label class="field">
      <span>{props.label}</span>
      <input class="input" inputMode={props.number ? "decimal" : "text"} value={props.value} placeholder={props.placeholder} onInput={(event) => props.onChange(event.currentTarget.value)} />
    </label>
  );
}

const LOOKS: Record<Job["state"], string> = { running: "accent", stopping: "warn", finished: "good", stopped: "", failed: "bad" };

function JobView({ job, onAct }: { job: Job; onAct: Start }) {
  return (
    <article class="job" data-testid="job" data-name={job.name}>
      <header class="line">
        <span class="line-up"><h2>{job.name}</h2><span class={`chip ${LOOKS[job.state]}`}>{job.state}</span></span>
        <span class="line-up">
          {job.state === "running" && <Button onClick={() => onAct(twin.stop(job.name), `${job.name} was asked to stop`)}>Stop</Button>}
          {(job.state === "stopped" || job.state === "failed") && <Button onClick={() => onAct(twin.resume(job.name), `${job.name} goes on`)}>{job.kind === "fit" ? "Resume" : "Again"}</Button>}
          {job.state === "finished" && job.kind === "assess" && <a class="button" href={link("cards", { card: job.name })}>Open the card</a>}
        </span>
      </header>
      {job.share !== undefined && <progress max={1} value={job.share} aria-label="Done" />}
      {job.share === undefined && isBusy(job) && <progress aria-label="Working" />}
      {job.kind === "fit" && job.step !== undefined && <Facts job={job} />}
      {job.says && <pre class="log small">{job.says}</pre>}
      <p class="small soft command" title="The same on the command line, beside the folder of runs"><code>{job.command}</code></p>
    </article>
  );
}

function Facts({ job }: { job: Job }) {
  const facts: [string, string][] = [
    ["step", String(job.step)],
    ["loss", job.loss?.toPrecision(4) ?? "–"],
    ["samples a second", job.samples_per_s?.toFixed(0) ?? "–"],
    ["waiting for data", job.data_wait === undefined ? "–" : `${(job.data_wait * 100).toFixed(0)} %`],
    ["trained for", spoken(job.elapsed_s)],
    ["left", job.state === "finished" ? "none" : spoken(job.left_s)],
  ];
  return (
    <div class="facts">
      <dl>{facts.map(([name, value]) => <div key={name}><dt class="small soft">{name}</dt><dd class="figure">{value}</dd></div>)}</dl>
      {job.curve && job.curve.length > 1 && <Curve curve={job.curve} />}
    </div>
  );
}

function spoken(seconds: number | undefined): string {
  if (seconds === undefined) return "–";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** The loss over the steps, from its least to its greatest. */
function Curve({ curve }: { curve: readonly [number, number][] }) {
  const losses = curve.map(([, loss]) => loss);
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const [first, last] = [curve[0]?.[0] ?? 0, curve.at(-1)?.[0] ?? 1];
  const points = curve.map(([step, loss]) => `${(((step - first) / (last - first || 1)) * 300).toFixed(1)},${(4 + (1 - (loss - low) / (high - low || 1)) * 52).toFixed(1)}`).join(" ");
  return (
    <figure class="curve">
      <figcaption class="small soft figure">loss {losses[0]?.toPrecision(3)} to {losses.at(-1)?.toPrecision(3)}</figcaption>
      <svg viewBox="0 0 300 60" preserveAspectRatio="none" role="img" aria-label={`Loss from ${losses[0]?.toPrecision(3)} to ${losses.at(-1)?.toPrecision(3)}`}>
        <polyline points={points} vector-effect="non-scaling-stroke" />
      </svg>
    </figure>
  );
}
