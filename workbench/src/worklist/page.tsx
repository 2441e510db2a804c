import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Button, Choice } from "../components/controls";
import { Notice } from "../components/notice";
import { Reading } from "../components/reading";
import { about } from "../shell/about";
import { api, Refusal, type Filter, type Row } from "../shell/api";
import { useKeys } from "../shell/keys";
import { amend, go, link, useRoute } from "../shell/router";
import { useStore } from "../shell/store";
import { ROW_HEIGHT, Rows } from "./rows";

const TYPING_MS = 180;
const MARGIN = 6;
const TALLEST = 15_000_000; // browsers end a box that is taller; longer lists scroll in proportion

/** The collection as a list that is searched, narrowed and scrolled. */
export function Page() {
  const { query } = useRoute();
  const now = useStore(about);
  const filter: Partial<Filter> = {
    text: query["text"] ?? "", finding: query["finding"] ?? "", modality: query["modality"] ?? "",
    split: query["split"] ?? "", subject: query["subject"] ?? "", like: query["like"] ?? "",
  };
  if (now.state === "failed") {
    return <Notice title="The collection could not be read" bad>{now.error} {now.hint}</Notice>;
  }
  if (now.state === "reading") return <Reading />;
  return (
    <div class="worklist">
      <Narrowing filter={filter} />
      <List key={JSON.stringify(filter)} filter={filter} />
    </div>
  );
}

function Narrowing({ filter }: { filter: Partial<Filter> }) {
  const { facets = { finding: {}, modality: {}, split: {} }, model } = useStore(about);
  const [text, setText] = useState(filter.text ?? "");
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const wait = setTimeout(() => text !== (filter.text ?? "") && amend({ text }), TYPING_MS);
    return () => clearTimeout(wait);
  }, [text]);
  useKeys("Worklist", [{ key: "/", says: "Search", run: () => box.current?.focus() }]);
  const counted = (name: "finding" | "modality" | "split") =>
    Object.entries(facets[name]).map(([value, count]) => [value, `${value} (${count.toLocaleString("en")})`] as const);
  const embeds = model.verbs.includes("embed");
  return (
    <div class="narrowing">
      <input
        class="input search"
        type="search"
        placeholder="Search reports, findings, ids; -word leaves out"
        aria-label="Search"
        value={text}
        ref={box}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          // browsers empty a search field on Escape, some of them without an input event
          if (event.key === "Escape") setText("");
          if (event.key === "Enter" || event.key === "Escape") event.currentTarget.blur();
        }}
      />
      <Choice label="Finding" every="any" value={filter.finding ?? ""} options={counted("finding")} onChange={(finding) => amend({ finding })} />
      <Choice label="Modality" every="any" value={filter.modality ?? ""} options={counted("modality")} onChange={(modality) => amend({ modality })} />
      <Choice label="Split" every="any" value={filter.split ?? ""} options={counted("split")} onChange={(split) => amend({ split })} />
      <Button
        disabled={!embeds || !text}
        title={embeds ? "Order all studies by how well the picture fits the words" : "The open model has no vectors of pictures"}
        onClick={() => amend({ like: `text:${text}`, text: "" })}
      >
        Looks like the words
      </Button>
      {filter.like && (
        <span class="chip accent like">
          {filter.like.startsWith("text:") ? `looks like “${filter.like.slice(5)}”` : `looks like ${filter.like}`}
          <button class="plain" aria-label="End the search by likeness" onClick={() => amend({ like: undefined })}>✕</button>
        </span>
      )}
    </div>
  );
}

function List({ filter }: { filter: Partial<Filter> }) {
  const [, redraw] = useState(0);
  const [chosen, setChosen] = useState(0);
  const [span, setSpan] = useState<readonly [number, number]>([0, 30]);
  const [top, setTop] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => new Rows(filter, () => redraw((count) => count + 1)), []);
  useEffect(() => () => rows.close(), [rows]);

  const height = Math.min(rows.total * ROW_HEIGHT, TALLEST);
  const onScroll = useCallback(() => {
    const box = scroller.current;
    if (!box) return;
    const across = Math.max(height - box.clientHeight, 1);
    const real = Math.max(rows.total * ROW_HEIGHT - box.clientHeight, 0);
    const place = (box.scrollTop / across) * real;
    const first = Math.max(Math.floor(place / ROW_HEIGHT) - MARGIN, 0);
    setSpan([first, Math.min(first + Math.ceil(box.clientHeight / ROW_HEIGHT) + 2 * MARGIN, rows.total)]);
    setTop(box.scrollTop - (place - first * ROW_HEIGHT));
  }, [rows, height]);
  useEffect(onScroll, [rows.total, rows.ready]);
  useEffect(() => rows.want(span[0], span[1]), [span[0], span[1]]);
  useEffect(() => {
    const watcher = new ResizeObserver(onScroll);
    if (scroller.current) watcher.observe(scroller.current);
    return () => watcher.disconnect();
  }, [onScroll]);

  const open = (row: Row | undefined): void => row && go("viewer", { study: row.id });
  const step = (by: number): void => {
    const next = Math.min(Math.max(chosen + by, 0), Math.max(rows.total - 1, 0));
    setChosen(next);
    const box = scroller.current;
    if (!box || rows.total * ROW_HEIGHT > TALLEST) return;
    if (next * ROW_HEIGHT < box.scrollTop) box.scrollTop = next * ROW_HEIGHT;
    const below = (next + 1) * ROW_HEIGHT - box.clientHeight;
    if (below > box.scrollTop) box.scrollTop = below;
  };
  const alike = (row: Row | undefined): void => row && amend({ like: row.id, text: undefined });
  useKeys("Rows", [
    { key: ["j", "ArrowDown"], says: "Next study", run: () => step(1) },
    { key: ["k", "ArrowUp"], says: "Study before", run: () => step(-1) },
    { key: "PageDown", says: "Page down", run: () => step(10) },
    { key: "PageUp", says: "Page up", run: () => step(-10) },
    { key: "Enter", says: "Open in the viewer", run: () => open(rows.at(chosen)) },
    { key: "l", says: "Studies that look like it", run: () => alike(rows.at(chosen)) },
  ]);

  if (rows.error && rows.total === 0) {
    const error = rows.error;
    return <Notice title={error instanceof Error ? error.message : "The list could not be read"} bad>{error instanceof Refusal && error.hint}</Notice>;
  }
  const places = Array.from({ length: Math.max(span[1] - span[0], 0) }, (_, i) => span[0] + i);
  return (
    <>
      <p class="count small soft figure" data-testid="count">
        {!rows.ready ? "…" : `${rows.total.toLocaleString("en")} ${rows.total === 1 ? "study" : "studies"}`}
      </p>
      <div class="rows" ref={scroller} onScroll={onScroll} role="listbox" aria-label="Studies" tabIndex={0}>
        <div class="rows-room" ref={(box) => { if (box) box.style.height = `${height}px`; }}>
          <div class="rows-span" ref={(box) => { if (box) box.style.transform = `translateY(${top}px)`; }}>
            {places.map((place) => (
              <Line
                key={place}
                row={rows.at(place)}
                chosen={place === chosen}
                onOpen={() => open(rows.at(place))}
                onChoose={() => setChosen(place)}
                onAlike={() => alike(rows.at(place))}
              />
            ))}
          </div>
        </div>
        {rows.ready && rows.total === 0 && <Notice title="No study fits">Take a word or a filter away.</Notice>}
      </div>
    </>
  );
}

interface LineProps {
  row: Row | undefined;
  chosen: boolean;
  onOpen: () => void;
  onChoose: () => void;
  onAlike: () => void;
}

function Line({ row, chosen, onOpen, onChoose, onAlike }: LineProps) {
  const embeds = useStore(about).model.verbs.includes("embed");
  if (!row) return <div class="row waiting" aria-hidden="true" />;
  return (
    <div
      class="row"
      role="option"
      aria-selected={chosen}
      data-id={row.id}
      onClick={onChoose}
      onDblClick={onOpen}
    >
      <a class="thumb" href={link("viewer", { study: row.id })} tabIndex={-1} aria-label={`Open ${row.id}`}>
        {row.images > 0 && <img src={api.thumbnail(row.id)} alt="" loading="lazy" decoding="async" width={48} height={48} />}
      </a>
      <div class="who">
        <a class="clip" href={link("viewer", { study: row.id })} tabIndex={-1}>{row.id}</a>
        <span class="small soft clip">
          {[row.modalities.join(" "), row.time_days === null ? null : `day ${Math.round(row.time_days)}`, row.split].filter(Boolean).join(" · ")}
        </span>
      </div>
      <div class="chips">
        {row.findings.slice(0, 3).map((name) => <span class="chip" key={name}>{name}</span>)}
        {row.findings.length > 3 && <span class="chip" title={row.findings.join(", ")}>+{row.findings.length - 3}</span>}
        {row.corrected && <span class="chip accent">corrected</span>}
      </div>
      <p class="excerpt small soft">{row.excerpt}</p>
      <div class="right">
        {row.likeness !== undefined && <span class="small figure soft">{row.likeness.toFixed(2)}</span>}
        <button class="button quiet alike" onClick={onAlike} disabled={!embeds} title="Studies that look like it (l)">Alike</button>
      </div>
    </div>
  );
}
