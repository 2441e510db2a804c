import { Notice } from "../components/notice";
import { api } from "../shell/api";
import { useKeys } from "../shell/keys";
import { amend, link, useRoute } from "../shell/router";
import { useLoading } from "../viewer/loading";
import { twin, type Card, type CardRow, type ScoreRow } from "./api";
import { Problem } from "./beside";

/** The assessments in the folder of runs; the one of the address is shown. */
export function Page() {
  const { query } = useRoute();
  const cards = useLoading<CardRow[]>("cards", (signal) => twin.cards(signal));
  const rows = cards.value ?? [];
  const name = query["card"] ?? rows.find((one) => !one.error)?.name ?? "";
  const card = useLoading<Card>(name, (signal) => twin.card(name, signal), true);
  const step = (by: number): void => {
    const next = rows[rows.findIndex((one) => one.name === name) + by];
    if (next) amend({ card: next.name });
  };
  useKeys("Cards", [
    { key: "ArrowUp", says: "Card before", run: () => step(-1) },
    { key: "ArrowDown", says: "Next card", run: () => step(1) },
  ]);
  if (cards.error) return <Problem error={cards.error} />;
  if (!cards.value) return <Notice title="Reading the assessments" busy />;
  if (rows.length === 0) {
    return <Notice title="No assessments yet">Start one under <a href={link("jobs", { kind: "assess" })}>Jobs</a>, or open the folder that holds some with <code>--runs DIR</code>.</Notice>;
  }
  const row = rows.find((one) => one.name === name);
  return (
    <div class="two-parts">
      <nav class="side left" aria-label="Assessments">
        {rows.map((one) => (
          <a key={one.name} class="entry" aria-current={one.name === name ? "true" : undefined} href={link("cards", { ...query, card: one.name })}>
            <b class="clip">{one.name}</b>
            <span class="small soft clip">{one.error ?? `${one.collection ?? ""}, ${one.studies ?? "?"} studies`}</span>
          </a>
        ))}
      </nav>
      <article class="sheet-page" data-testid="card">
        {card.error ? <Problem error={card.error} /> : card.value && row ? <CardView card={card.value} row={row} /> : <Notice title="Reading the card" busy />}
      </article>
    </div>
  );
}

function CardView({ card, row }: { card: Card; row: CardRow }) {
  return (
    <>
      <header class="line-up"><h2>{card.name}</h2><span class="small soft">{row.collection}, {row.studies} studies of {row.subjects} subjects</span></header>
      <div class="tiles">
        {(row.headlines ?? []).map((one) => (
          <section key={one.name} class="tile">
            <h3>{one.title}</h3>
            <p class="big figure">{figure(one.value)}</p>
            <p class="small soft">{one.unit}</p>
            <Interval score={one} />
            <p class={`small ${one.state}`}>{one.says || " "}</p>
          </section>
        ))}
      </div>
      <section>
        <h3>Worst first</h3>
        <ol class="cases">
          {card.cases.slice(0, 60).map((one) => (
            <li key={one.study}>
              {one.known ? (
                <a href={link("viewer", { study: one.study })} title={one.study}>
                  <img src={api.thumbnail(one.study)} alt="" loading="lazy" width={132} height={132} />
                  <span class="clip small">{one.study}</span>
                </a>
              ) : (
                <span class="soft" title="Not in the open collection"><span class="blank" /><span class="clip small">{one.study}</span></span>
              )}
              <span class="small soft figure">error {one.error.toFixed(2)}</span>
            </li>
          ))}
        </ol>
        {card.studies > 60 && <p class="small soft">and {card.studies - 60} more that went better</p>}
      </section>
      <section>
        <h3>All scores</h3>
        <table class="plain scores">
          <thead><tr><th>score</th><th /><th>value</th><th>95 % interval</th><th>baseline</th><th>without image</th><th>n</th></tr></thead>
          <tbody>
            {card.scores.map((one) => (
              <tr key={one.name}>
                <td title={one.meaning}><code>{one.name}</code>{one.lower_is_better && <span class="small soft"> lower is better</span>}</td>
                <td><Interval score={one} /></td>
                <td class="figure">{figure(one.value)}</td>
                <td class="figure soft">{one.low === null ? "–" : `${figure(one.low)} to ${figure(one.high)}`}</td>
                <td class="figure">{figure(one.baseline)} <span class={`small ${one.state}`}>{one.says}</span></td>
                <td class="figure">{figure(one.blind)}</td>
                <td class="figure">{one.n}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

const figure = (value: number | null): string => (value === null ? "–" : value.toFixed(3));
const WIDTH = 120;

/** The interval as a bar, the value as a dot, the baseline as a stroke; from 0 to 1, or past an error's largest figure. */
function Interval({ score }: { score: ScoreRow }) {
  if (score.value === null) return null;
  const most = Math.max(1, 1.15 * Math.max(score.value, score.high ?? 0, score.baseline ?? 0));
  const at = (value: number): number => (Math.min(Math.max(value, 0), most) / most) * WIDTH;
  return (
    <svg class={`interval ${score.state}`} viewBox={`-5 0 ${WIDTH + 10} 14`} width={WIDTH + 10} height="14" role="img" aria-label={`${figure(score.low)} to ${figure(score.high)}`}>
      <line class="whole" x1="0" x2={WIDTH} y1="7" y2="7" />
      {score.low !== null && score.high !== null && <line class="range-line" x1={at(score.low)} x2={at(score.high)} y1="7" y2="7" />}
      {score.baseline !== null && <line class="baseline" x1={at(score.baseline)} x2={at(score.baseline)} y1="1" y2="13" />}
      <circle cx={at(score.value)} cy="7" r="4" />
    </svg>
  );
}
