import { useRef, useState } from "preact/hooks";
import { Choice } from "../components/controls";
import { Notice } from "../components/notice";
import { useKeys } from "../shell/keys";
import { amend, link, useRoute } from "../shell/router";
import { useLoading } from "../viewer/loading";
import { twin, type Proof, type SystemRow } from "./api";
import { Problem } from "./beside";

const SAYS: Record<SystemRow["state"], string> = { holds: "holds", fails: "fails", unclear: "unclear", open: "not run yet", none: "no claim" };
const LOOKS: Record<SystemRow["state"], string> = { holds: "good", fails: "bad", unclear: "warn", open: "", none: "faint" };

/** The systems, with what each claims and what came of it. */
export function Page() {
  const { query } = useRoute();
  const systems = useLoading<SystemRow[]>("systems", (signal) => twin.systems(signal));
  const field = useRef<HTMLInputElement>(null);
  const [words, setWords] = useState(query["text"] ?? "");
  useKeys("Systems", [{ key: "/", says: "Search", run: () => field.current?.focus() }]);
  if (systems.error) return <Problem error={systems.error} />;
  if (!systems.value) return <Notice title="Reading the systems" busy />;
  const { verb = "", state = "" } = query;
  const verbs = [...new Set(systems.value.flatMap((one) => one.verbs))].sort();
  const rows = systems.value.filter((one) => fits(one, words) && (!verb || one.verbs.includes(verb)) && (!state || one.state === state));
  return (
    <div class="sheet-page">
      <header class="filters">
        <input class="input" ref={field} type="search" placeholder="Search" aria-label="Search the systems" value={words} onInput={(event) => {
          setWords(event.currentTarget.value);
          amend({ text: event.currentTarget.value });
        }} />
        <Choice label="Verb" value={verb} every="every" options={verbs.map((one) => [one, one] as const)} onChange={(next) => amend({ verb: next })} />
        <Choice label="Claim" value={state} every="every" options={Object.entries(SAYS)} onChange={(next) => amend({ state: next })} />
        <span class="small soft figure">{rows.length} of {systems.value.length}</span>
      </header>
      <ul class="systems">{rows.map((one) => <System key={one.id} system={one} study={query["study"] ?? ""} />)}</ul>
    </div>
  );
}

function fits(one: SystemRow, words: string): boolean {
  const text = [one.id, one.title, ...one.kinds, one.claim ?? ""].join(" ").toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function System({ system, study }: { system: SystemRow; study: string }) {
  const page = system.verbs.includes("answer") ? "ask" : system.verbs.includes("report") ? "report" : "explain";
  return (
    <li class="system">
      <details>
        <summary>
          <span class="what"><b>{system.title}</b> <span class="small soft figure">{system.year}</span></span>
          <span class="small soft clip">{system.kinds.join(", ")}</span>
          <span class="chips">{system.verbs.map((verb) => <span key={verb} class="chip">{verb}</span>)}</span>
          <span class={`chip ${LOOKS[system.state]}`}>{SAYS[system.state]}</span>
        </summary>
        <div class="about">
          {system.claim && <p>{system.claim}</p>}
          {system.proof && <Found proof={system.proof} />}
          <p class="small soft">{/^\d{4}\.\d{4,5}$/.test(system.paper) ? `arXiv:${system.paper}` : system.paper}</p>
          {system.differs && <p class="small soft"><b>Differs.</b> {system.differs}</p>}
          <p class="line-up">
            {system.open.map((model) => study
              ? <a key={model} class="button main" href={link(page, { study, model })}>Try {model} on {study}</a>
              : <a key={model} class="button" href={link("worklist")}>Choose a study to try {model} on</a>)}
            <a class="button" href={link("jobs", { study, system: system.id })}>Train it here</a>
          </p>
        </div>
      </details>
    </li>
  );
}

function Found({ proof }: { proof: Proof }) {
  const figure = (value: number | null): string => (value === null ? "–" : value.toPrecision(3));
  const mean = (scores: (number | null)[]): number | null => {
    const known = scores.filter((one): one is number => one !== null);
    return known.length ? known.reduce((sum, one) => sum + one, 0) / known.length : null;
  };
  return (
    <div>
      <table class="plain">
        <thead><tr><th>arm</th><th>{proof.metric}, mean of {proof.seeds.length} seeds</th><th>each seed</th></tr></thead>
        <tbody>
          {Object.entries(proof.arms).map(([arm, scores]) => (
            <tr key={arm}><td>{arm}</td><td class="figure">{figure(mean(scores))}</td><td class="figure soft">{scores.map(figure).join("  ")}</td></tr>
          ))}
        </tbody>
      </table>
      <p class="small soft figure">
        Difference {figure(proof.difference)} ({figure(proof.interval[0])} to {figure(proof.interval[1])}); {proof.direction} is better, worth having from {proof.smallest}.
        {proof.interrupted && " It was stopped before all seeds were run."}
      </p>
    </div>
  );
}
