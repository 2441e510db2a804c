import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "../components/controls";
import { about } from "../shell/about";
import { useKeys } from "../shell/keys";
import { useRoute } from "../shell/router";
import { useStore } from "../shell/store";
import { tellError } from "../shell/toast";
import type { Tool } from "../engine/stage";
import type { Layer } from "../engine/layers";
import { twin, type Answered, type Box, type Question, type Reply } from "./api";
import { Figure, hindrance, layersOf, middle, ModelName, WithStudy, type Opened } from "./beside";
import { Sentences } from "./sentences";

interface Place {
  box?: Box;
  point?: [number, number];
}

interface Turn {
  question: string;
  place: Place;
  index: number;
  replies: Reply[];
}

/** An answer that is looked at, and which of its regions are lit. */
interface Looked {
  turn: number;
  reply: number;
  lit: readonly number[];
}

const MARK = "#ffe066";
const MOST_HISTORY = 8;
const isAnswered = (reply: Reply | undefined): reply is Answered => reply !== undefined && "answer" in reply;

export function Page() {
  return <WithStudy>{(opened) => <Talk key={`${opened.image} ${opened.page.study.id}`} opened={opened} />}</WithStudy>;
}

function Talk({ opened }: { opened: Opened }) {
  const { models } = useStore(about);
  const { query } = useRoute();
  const [index, setIndex] = useState(middle(opened.facts));
  const [tool, setTool] = useState<Tool>("look");
  const [place, setPlace] = useState<Place>({});
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set(query["model"] ? models.map((one) => one.name).filter((name) => name !== query["model"]) : []));
  const [looked, setLooked] = useState<Looked>({ turn: 0, reply: 0, lit: [] });
  const [busy, setBusy] = useState(false);
  const asked = models.filter((one) => !left.has(one.name));
  const why = asked.length === 1 ? hindrance(asked[0] ?? null, "answer") : models.length === 0 ? hindrance(null) : asked.length === 0 ? "Choose a model" : "";

  const ask = async (question: string): Promise<void> => {
    setBusy(true);
    try {
      const { study } = opened.page;
      const sent: Question = { study: study.id, image: opened.image, index, question, ...place, history: history(turns), models: asked.map((one) => one.name) };
      const replies = await twin.ask(sent);
      setLooked({ turn: turns.length, reply: Math.max(replies.findIndex(isAnswered), 0), lit: [] });
      setTurns([...turns, { question, place, index, replies }]);
      setPlace({});
      setTool("look");
    } catch (error) {
      tellError(error);
    } finally {
      setBusy(false);
    }
  };
  const put = (next: Place): void => {
    setPlace(next);
    setTool("look");
  };
  useKeys("Ask", [
    { key: "b", says: "Draw a box to ask about", run: () => setTool("box") },
    { key: "p", says: "Click a point to ask about", run: () => setTool("point") },
    { key: "Escape", says: "Ask about the whole image", run: () => put({}) },
  ]);
  const turn = turns[looked.turn];
  const reply = turn?.replies[looked.reply];
  const layers = turn?.index === index && isAnswered(reply) ? layersOf(reply.regions, looked.lit) : [];
  const pointed = place.box || place.point ? place : turn?.index === index ? turn.place : {};
  return (
    <div class="beside">
      <Figure {...{ opened, index, tool }} onIndex={setIndex} layers={[...layers, ...marked(pointed)]} onBox={(box) => put({ box })} onPoint={(point) => put({ point })} />
      <section class="column" aria-label="Questions">
        <ol class="talk" aria-live="polite">
          {turns.length === 0 && <Welcome />}
          {turns.map((one, number) => <TurnView key={number} turn={one} looked={looked.turn === number ? looked.reply : -1} onLook={(reply, lit) => setLooked({ turn: number, reply, lit })} />)}
          {busy && <li class="soft small line-up"><span class="spinner" /> asking {asked.map((one) => one.name).join(", ")}</li>}
        </ol>
        {models.length > 1 && <Cast left={left} onLeft={setLeft} />}
        <AskForm {...{ tool, place, busy, why }} known={opened.page.study.turns?.map((one) => one.question) ?? []} onTool={setTool} onPlace={put} onAsk={(text) => void ask(text)} />
      </section>
    </div>
  );
}

/** What was said before, as the first model that answered said it. */
function history(turns: readonly Turn[]): [string, string][] {
  return turns.slice(-MOST_HISTORY).flatMap((turn): [string, string][] => {
    const first = turn.replies.find(isAnswered);
    return first?.answer ? [[turn.question, first.answer]] : [];
  });
}

function marked(place: Place): Layer[] {
  const common = { id: "asked", name: "asked about", colour: MARK, opacity: 0.2, shown: true, lit: false, named: false };
  if (place.box) return [{ ...common, form: "box", box: place.box }];
  return place.point ? [{ ...common, form: "points", points: [place.point] }] : [];
}

function Welcome() {
  return (
    <li class="empty soft">
      <h2>Ask about this study</h2>
      <p>Press <kbd>b</kbd> and draw a box, or <kbd>p</kbd> and click, to ask about a place.</p>
    </li>
  );
}

function Cast({ left, onLeft }: { left: ReadonlySet<string>; onLeft: (left: ReadonlySet<string>) => void }) {
  const { models } = useStore(about);
  const turn = (name: string): void => {
    const next = new Set(left);
    if (!next.delete(name)) next.add(name);
    onLeft(next);
  };
  return (
    <fieldset class="cast">
      <legend class="visually-hidden">Models that are asked</legend>
      {models.map((one) => (
        <label key={one.name} class="small">
          <input type="checkbox" checked={!left.has(one.name)} onChange={() => turn(one.name)} /> {one.name}
        </label>
      ))}
    </fieldset>
  );
}

function TurnView({ turn, looked, onLook }: { turn: Turn; looked: number; onLook: (reply: number, lit: readonly number[]) => void }) {
  const { box, point } = turn.place;
  return (
    <li class="turn">
      <p class="question" dir="auto">
        {turn.question}
        {(box || point) && <span class="chip">{box ? "in the box" : "at the point"}</span>}
      </p>
      <div class={turn.replies.length > 1 ? "replies several" : "replies"}>
        {turn.replies.map((reply, number) => (
          <article key={reply.model} class={`reply${looked === number ? " looked" : ""}`} data-testid="reply" onPointerEnter={() => onLook(number, [])}>
            <header><ModelName name={reply.model} phantom={reply.phantom_trained} /></header>
            {isAnswered(reply) ? <AnswerView answer={reply} onLit={(lit) => onLook(number, lit)} /> : <p class="problem small">{reply.error}</p>}
          </article>
        ))}
      </div>
    </li>
  );
}

const spoken = (share: number): string => (share > 0.99 ? "over 99 %" : `${Math.round(share * 100)} %`);

function AnswerView({ answer, onLit }: { answer: Answered; onLit: (lit: readonly number[]) => void }) {
  return (
    <>
      {answer.sentences.length > 0 ? <Sentences sentences={answer.sentences} onLit={onLit} /> : <p class="soft">no words</p>}
      <footer class="small soft line-up">
        <meter min={0} max={1} value={answer.confidence} aria-label="Confidence" />
        <span class="figure" title="Probability that the model gives its answer, or its words on the mean; not how often it is right">confidence {spoken(answer.confidence)}</span>
        {answer.regions.length > 0 && <span>{answer.regions.length === 1 ? "1 region" : `${answer.regions.length} regions`}</span>}
      </footer>
    </>
  );
}

interface FormProps {
  tool: Tool;
  place: Place;
  busy: boolean;
  why: string;
  known: readonly string[];
  onTool: (tool: Tool) => void;
  onPlace: (place: Place) => void;
  onAsk: (question: string) => void;
}

function AskForm({ tool, place, busy, why, known, onTool, onPlace, onAsk }: FormProps) {
  const [words, setWords] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useKeys("Question", [{ key: "/", says: "Write a question", run: () => field.current?.focus() }]);
  useEffect(() => {
    if (place.box || place.point) field.current?.focus();
  }, [place]);
  const there = place.box ? "about the box" : place.point ? "about the point" : "";
  return (
    <form class="ask-form" onSubmit={(event) => {
      event.preventDefault();
      if (busy || why || !words.trim()) return;
      onAsk(words.trim());
      setWords("");
    }}>
      <div class="line-up">
        <Button pressed={tool === "box"} onClick={() => onTool("box")} title="Draw a box (b)">Box</Button>
        <Button pressed={tool === "point"} onClick={() => onTool("point")} title="Click a point (p)">Point</Button>
        {there ? <button type="button" class="chip accent" title="Ask about the whole image (Esc)" onClick={() => onPlace({})}>{there} ✕</button> : <span class="small soft">{tool === "box" ? "drag on the image" : tool === "point" ? "click on the image" : "about the whole image"}</span>}
      </div>
      <div class="ask-line">
        <input class="input" ref={field} list="known-questions" value={words} dir="auto" placeholder="Is there an effusion?" aria-label="Question" onInput={(event) => setWords(event.currentTarget.value)} />
        <datalist id="known-questions">{[...new Set(known)].slice(0, 40).map((one) => <option key={one} value={one} />)}</datalist>
        <button class="button main" type="submit" disabled={busy || why !== "" || !words.trim()} title={why}>Ask</button>
      </div>
      {why && <p class="small soft">{why}</p>}
    </form>
  );
}
