import { useState } from "preact/hooks";
import { Button, Choice } from "../components/controls";
import type { Region } from "../shell/api";
import { useKeys } from "../shell/keys";
import { tellError } from "../shell/toast";
import { twin, type Box, type Compared, type Form, type Sentence, type Written } from "./api";
import { Figure, hindrance, layersOf, middle, ModelName, useModel, WithStudy, type Opened } from "./beside";
import { Sentences } from "./sentences";

interface Held {
  model: string;
  phantom: boolean | null;
  language: string;
  sections: Record<string, Sentence[]>;
  regions: readonly Region[];
  /** The slice that the draft is of. */
  index: number;
}

const LANGUAGES = [["en", "English"], ["zh", "中文"], ["ar", "العربية"]] as const;
const FORMS: readonly (readonly [form: Form, says: string, ending: string])[] = [
  ["text", "Text", "txt"], ["json", "JSON", "json"], ["dicom-sr", "DICOM SR", "dcm"], ["fhir", "FHIR", "fhir.json"],
];

export function Page() {
  return <WithStudy>{(opened) => <Drafting key={`${opened.image} ${opened.page.study.id}`} opened={opened} />}</WithStudy>;
}

const joined = (sections: Record<string, Sentence[]>): Record<string, string> =>
  Object.fromEntries(Object.entries(sections).map(([name, said]) => [name, said.map((one) => one.text).join(" ")]));

function Drafting({ opened }: { opened: Opened }) {
  const { study } = opened.page;
  const [model, choice] = useModel();
  const [language, setLanguage] = useState(study.report?.language ?? "en");
  const [index, setIndex] = useState(middle(opened.facts));
  const [held, setHeld] = useState<Held | null>(null);
  const [edited, setEdited] = useState<Record<string, string> | null>(null);
  const [compared, setCompared] = useState<Compared | null>(null);
  const [lit, setLit] = useState<readonly number[]>([]);
  const [busy, setBusy] = useState(false);
  const why = hindrance(model, "report");

  const written = (sections: Record<string, string>, of: Held): Written => ({
    study: study.id, language: of.language, sections,
    regions: of.regions.flatMap((one) => (one.box?.length === 4 ? [{ name: one.name, box: one.box as Box }] : [])),
  });
  const trying = async (run: () => Promise<void>): Promise<void> => {
    setBusy(true);
    await run().catch(tellError);
    setBusy(false);
  };
  const settle = async (sections: Record<string, string>, of: Held): Promise<void> => {
    const told = await twin.compare(written(sections, of));
    setCompared(told);
    setHeld({ ...of, sections: told.sections });
    setEdited(null);
  };
  const draft = (): Promise<void> => trying(async () => {
    const made = await twin.draft({ study: study.id, image: opened.image, index, language, ...(model ? { model: model.name } : {}) });
    const next: Held = { model: made.model, phantom: made.phantom_trained, language, sections: made.sections, regions: made.regions, index };
    await settle(joined(made.sections), next);
  });
  const keep = (): void => void (held && edited && trying(() => settle(edited, held)));
  const send = (form: Form, ending: string): Promise<void> => trying(async () => {
    if (held) save(await twin.exported(written(joined(held.sections), held), opened.image, held.index, form), `report.${ending}`);
  });
  useKeys("Report", [
    { key: "d", says: "Draft a report", run: () => why === "" && !busy && void draft() },
    { key: "e", says: "Edit the draft", run: () => held && setEdited(joined(held.sections)) },
    { key: "Escape", says: "Leave the edits", run: () => setEdited(null) },
  ]);
  return (
    <div class="beside">
      <Figure {...{ opened, index }} onIndex={setIndex} layers={layersOf(held?.regions ?? [], lit)} />
      <section class="column roomy" aria-label="Report">
        <div class="line-up">
          {choice}
          <Choice label="Language" value={language} options={LANGUAGES} onChange={setLanguage} />
          <button class="button main low" type="button" disabled={why !== "" || busy} title={why || "Draft (d)"} onClick={() => void draft()}>{busy ? "Working …" : held ? "Draft anew" : "Draft"}</button>
        </div>
        {why && <p class="small soft">{why}</p>}
        {held ? <Text {...{ held, edited }} onLit={setLit} onEdit={setEdited} onKeep={keep} /> : <p class="empty soft">A draft appears here, its sentences tied to regions of the image. Nothing is signed: a person reads it, edits it and sends it on.</p>}
        {held && !edited && (
          <div class="line-up">
            <span class="small soft">Send on as</span>
            {FORMS.map(([form, says, ending]) => <Button key={form} disabled={busy || (form === "dicom-sr" && !opened.facts.dicom)} title={form === "dicom-sr" && !opened.facts.dicom ? "Refers to a DICOM image, which this is not" : says} onClick={() => void send(form, ending)}>{says}</Button>)}
          </div>
        )}
        {compared && <Differing compared={compared} language={study.report?.language ?? "en"} />}
      </section>
    </div>
  );
}

interface TextProps {
  held: Held;
  edited: Record<string, string> | null;
  onLit: (lit: readonly number[]) => void;
  onEdit: (edited: Record<string, string>) => void;
  onKeep: () => void;
}

function Text({ held, edited, onLit, onEdit, onKeep }: TextProps) {
  return (
    <article class="draft" lang={held.language} data-testid="draft">
      <header class="line"><ModelName name={held.model} phantom={held.phantom} /><span class="chip">draft, not signed</span></header>
      {Object.entries(held.sections).map(([name, sentences]) => (
        <section key={name}>
          <h3 class="said">{name}</h3>
          {edited ? (
            <textarea class="input" rows={5} dir="auto" aria-label={name} value={edited[name] ?? ""} onInput={(event) => onEdit({ ...edited, [name]: event.currentTarget.value })} />
          ) : (
            <Sentences sentences={sentences} onLit={onLit} />
          )}
        </section>
      ))}
      {edited ? <Button main onClick={onKeep}>Keep the edits</Button> : <Button quiet onClick={() => onEdit(joined(held.sections))} title="Edit (e)">Edit</Button>}
    </article>
  );
}

function Differing({ compared, language }: { compared: Compared; language: string }) {
  if (!compared.reference) return <p class="small soft">This study has no reference report to compare with.</p>;
  const differing = compared.findings.filter((one) => !one.same).length;
  return (
    <section class="compared" data-testid="compared">
      <header class="line">
        <h3>Against the reference</h3>
        <span class={differing ? "chip warn" : "chip accent"}>{differing === 0 ? "same findings" : differing === 1 ? "1 finding differs" : `${differing} findings differ`}</span>
      </header>
      <table class="plain">
        <thead><tr><th>finding</th><th>reference</th><th>draft</th></tr></thead>
        <tbody>
          {compared.findings.map((one) => (
            <tr key={one.name} class={one.same ? "same" : "differs"}>
              <td>{one.name}</td><td>{one.reference}</td><td>{one.written}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="reference" lang={language}>
        {Object.entries(compared.reference).map(([name, text]) => <p key={name} dir="auto"><b class="soft">{name}</b> {text}</p>)}
      </div>
    </section>
  );
}

function save(data: Blob, name: string): void {
  const anchor = document.createElement("a");
  anchor.href = URL.createObjectURL(data);
  anchor.download = name;
  anchor.click();
  URL.revokeObjectURL(anchor.href);
}
