/** The JSON twins of the pages about answers, reports, explanations, systems, cards and jobs. */
import { BASE, get, post, postFile, type Region } from "../shell/api";

export interface Sentence {
  text: string;
  findings: Record<string, boolean | null>;
  /** Places in the list of regions. */
  regions: number[];
}

interface FromModel {
  model: string;
  phantom_trained: boolean | null;
}

export interface Answered extends FromModel {
  answer: string;
  confidence: number;
  scores: Record<string, number>;
  regions: Region[];
  sentences: Sentence[];
}

export interface NotAnswered extends FromModel {
  error: string;
  hint: string | null;
}

export type Reply = Answered | NotAnswered;
export type Box = [number, number, number, number];

export interface Question {
  study: string;
  image: number;
  index: number;
  question: string;
  box?: Box;
  point?: [number, number];
  history?: [string, string][];
  models?: string[];
}

export interface Draft extends FromModel {
  language: string;
  sections: Record<string, Sentence[]>;
  regions: Region[];
}

export interface Written {
  study: string;
  language: string;
  sections: Record<string, string>;
  regions: { name: string; box: Box }[];
}

export interface Difference {
  name: string;
  reference: string;
  written: string;
  same: boolean;
}

export interface Compared {
  sections: Record<string, Sentence[]>;
  reference: Record<string, string> | null;
  findings: Difference[];
}

export type Form = "text" | "json" | "dicom-sr" | "fhir";

export interface Explained extends FromModel {
  target: string;
  heat: number[][] | null;
  concepts: Record<string, number>;
  how: "explain" | "occlusion";
  /** The largest fall of the probability when a part is covered; null for a model's own explanation. */
  fall: number | null;
  probability: number | null;
}

export interface Proof {
  metric: string;
  direction: "higher" | "lower";
  arms: Record<string, (number | null)[]>;
  difference: number | null;
  interval: [number | null, number | null];
  smallest: number;
  seeds: number[];
  interrupted: boolean;
}

export interface SystemRow {
  id: string;
  title: string;
  year: number;
  kinds: string[];
  verbs: string[];
  checked: string;
  paper: string;
  differs: string;
  claim: string | null;
  presets: string[];
  state: "none" | "open" | "holds" | "fails" | "unclear";
  proof: Proof | null;
  open: string[];
}

export interface ScoreRow {
  name: string;
  value: number | null;
  low: number | null;
  high: number | null;
  n: number;
  baseline: number | null;
  blind: number | null;
  state: string;
  says: string;
  lower_is_better: boolean;
  meaning: string;
}

export interface CardRow {
  name: string;
  error?: string;
  collection?: string;
  studies?: number;
  subjects?: number;
  headlines?: (ScoreRow & { title: string; unit: string })[];
}

export interface Card {
  name: string;
  scores: ScoreRow[];
  cases: { study: string; subject: string; error: number; known: boolean; asked: Record<string, number> }[];
  studies: number;
}

export interface Job {
  name: string;
  kind: "fit" | "assess";
  command: string;
  state: "running" | "stopping" | "finished" | "stopped" | "failed";
  says?: string;
  began_s: number;
  step?: number;
  loss?: number;
  elapsed_s?: number;
  left_s?: number;
  share?: number;
  samples_per_s?: number;
  data_wait?: number;
  curve?: [number, number][];
}

export interface JobsPage {
  jobs: Job[];
  systems: Record<string, string[]>;
  models: string[];
  runs: string | null;
}

export const twin = {
  ask: (question: Question) => post<Reply[]>(`${BASE}/ask`, question),
  draft: (wanted: { study: string; image: number; index: number; language: string; model?: string }) => post<Draft>(`${BASE}/draft`, wanted),
  compare: (written: Written) => post<Compared>(`${BASE}/compare`, written),
  exported: (written: Written, image: number, index: number, form: Form) => postFile(`${BASE}/export`, { ...written, image, index, form }),
  explain: (why: { study: string; image: number; index: number; target: string; model?: string }) => post<Explained>(`${BASE}/explain`, why),
  concepts: (probability: number, concepts: Record<string, number>, moved: Record<string, number>) =>
    post<{ probability: number }>(`${BASE}/concepts`, { probability, concepts, moved }),
  systems: (signal?: AbortSignal) => get<SystemRow[]>(`${BASE}/systems`, {}, signal),
  cards: (signal?: AbortSignal) => get<CardRow[]>(`${BASE}/cards`, {}, signal),
  card: (name: string, signal?: AbortSignal) => get<Card>(`${BASE}/card`, { name }, signal),
  jobs: (signal?: AbortSignal) => get<JobsPage>(`${BASE}/jobs`, {}, signal),
  fit: (job: Record<string, unknown>) => post<Job>(`${BASE}/jobs/fit`, job),
  assess: (job: Record<string, unknown>) => post<Job>(`${BASE}/jobs/assess`, job),
  stop: (name: string) => post<Job>(`${BASE}/jobs/stop`, { name }),
  resume: (name: string) => post<Job>(`${BASE}/jobs/resume`, { name }),
};
