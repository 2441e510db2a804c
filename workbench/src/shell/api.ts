/** The JSON twins of the pages, typed. Every call names studies by id; a refusal becomes a `Refusal` with its hint. */

export interface ModelState {
  name: string | null;
  state: "none" | "loading" | "ready" | "failed";
  verbs: string[];
  known: string[];
  error: string | null;
  embedded: number;
}

/** A model that can be asked; `phantom_trained` is null where no record tells. */
export interface OpenModel {
  name: string;
  system: string | null;
  state: ModelState["state"];
  verbs: string[];
  error: string | null;
  phantom_trained: boolean | null;
}

export interface About {
  state: "reading" | "ready" | "failed";
  model: ModelState;
  models: OpenModel[];
  /** How many studies were read so far. */
  listed: number;
  name?: string;
  note?: string | null;
  licence?: string | null;
  studies?: number;
  skipped?: number;
  corrected?: number;
  corrections?: string;
  facets?: Record<"finding" | "modality" | "split", Record<string, number>>;
  error?: string;
  hint?: string | null;
}

export interface Row {
  number: number;
  id: string;
  subject: string;
  split: string;
  domain: string | null;
  modalities: string[];
  images: number;
  findings: string[];
  excerpt: string;
  time_days: number | null;
  prior: string | null;
  corrected?: boolean;
  likeness?: number;
}

export interface RowPage {
  total: number;
  offset: number;
  rows: Row[];
}

export interface Filter {
  text: string;
  finding: string;
  modality: string;
  split: string;
  subject: string;
  like: string;
}

export interface Runs {
  size: number[];
  counts: number[];
}

export interface Region {
  name: string;
  kind?: string | null;
  image?: number;
  box?: number[] | null;
  points?: number[][];
  mask?: Runs;
  score?: number | null;
  text?: string | null;
  attributes?: Record<string, string | number>;
}

export interface Overlay extends Region {
  region: number;
  corrected: boolean;
}

export interface ImageRecord {
  path: string;
  modality?: string;
  view?: string;
  channels?: string[];
  spacing_mm?: number[];
  time_days?: number;
}

export interface StudyRecord {
  id: string;
  subject: string;
  domain?: string;
  images?: ImageRecord[];
  report?: { sections: Record<string, string>; language?: string };
  captions?: string[];
  findings?: { name: string; present: boolean | null; change?: string; attributes?: Record<string, unknown> }[];
  regions?: (Omit<Region, "mask"> & { mask?: true })[];
  labels?: Record<string, string | number | boolean>;
  turns?: { question: string; answer: string; options?: string[] }[];
  prior?: string;
}

export interface StudyPage {
  study: StudyRecord;
  visits: Row[];
  corrected: boolean;
}

export interface PictureFacts {
  form: "picture" | "volume";
  /** Whether it comes from DICOM files. */
  dicom: boolean;
  shape: [number, number, number];
  channels: string[];
  colour: boolean;
  spacing_mm: [number, number, number] | null;
  directions: [string, string, string] | null;
  window: [number, number];
  range: [number, number];
}

export interface SlideFacts {
  form: "slide";
  /** Rows and columns of the picture that regions are drawn in. */
  picture: [number, number];
  width: number;
  height: number;
  tile: number;
  levels: number;
  pixel_um: [number, number] | null;
}

export type Axis = "z" | "y" | "x";
export type Numbers = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array;

/** One plane's numbers, channel after channel. */
export interface Plane {
  shape: [number, number, number];
  values: Numbers;
}

export interface Prompt {
  study: string;
  image: number;
  index: number;
  words: string;
  box?: [number, number, number, number] | null;
  points?: [number, number][];
}

export interface Drawn {
  study: string;
  image: number;
  name: string;
  kind?: string | null;
  base?: number | null;
  planes: Record<number, Runs>;
  form?: "png" | "nifti" | "dicom-seg" | null;
}

/** What the server would not do, with what to do about it. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly hint: string | null,
    readonly status: number,
  ) {
    super(message);
  }
}

export const BASE = "/v1/workbench";
const VIEWS = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
} as const;

type Plain = string | number | boolean | null | undefined;

export function address(path: string, query: Record<string, Plain> = {}): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") words.set(name, String(value));
  }
  const told = words.toString();
  return told ? `${path}?${told}` : path;
}

export async function get<T>(path: string, query: Record<string, Plain> = {}, signal?: AbortSignal): Promise<T> {
  const answer = await fetch(address(path, query), signal ? { signal } : {});
  return (await checked(answer)).json() as Promise<T>;
}

async function getBytes(path: string, signal?: AbortSignal): Promise<ArrayBuffer> {
  return (await checked(await fetch(path, signal ? { signal } : {}))).arrayBuffer();
}

export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return (await posted(path, body, signal)).json() as Promise<T>;
}

/** An answer that is a file. */
export async function postFile(path: string, body: unknown): Promise<Blob> {
  return (await posted(path, body)).blob();
}

async function posted(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  return checked(await fetch(path, { method: "POST", headers, body: JSON.stringify(body), ...(signal ? { signal } : {}) }));
}

async function checked(answer: Response): Promise<Response> {
  if (answer.ok) return answer;
  const told = (await answer.json().catch(() => ({}))) as { error?: unknown; hint?: string | null; detail?: unknown };
  const said = told.error ?? told.detail;
  throw new Refusal(words(said) || `the server answered ${answer.status}`, told.hint ?? hintOf(said), answer.status);
}

/** An error as text, whether the server said a sentence or a record. */
function words(said: unknown): string {
  if (typeof said === "string") return said;
  if (said && typeof said === "object" && "message" in said) return String((said as { message: unknown }).message);
  return said === undefined || said === null ? "" : JSON.stringify(said);
}

function hintOf(said: unknown): string | null {
  return said && typeof said === "object" && "hint" in said ? String((said as { hint: unknown }).hint ?? "") || null : null;
}

export const api = {
  about: (signal?: AbortSignal) => get<About>(`${BASE}/about`, {}, signal),
  studies: (filter: Partial<Filter>, offset: number, limit: number, signal?: AbortSignal) =>
    get<RowPage>(`${BASE}/studies`, { ...filter, offset, limit }, signal),
  study: (study: string, signal?: AbortSignal) => get<StudyPage>(`${BASE}/study`, { study }, signal),
  image: (study: string, image: number, signal?: AbortSignal) =>
    get<PictureFacts | SlideFacts>(`${BASE}/image`, { study, image }, signal),
  overlays: (study: string, image: number, axis: Axis, index: number, signal?: AbortSignal) =>
    get<Overlay[]>(`${BASE}/overlays`, { study, image, axis, index }, signal),
  segment: (prompt: Prompt) => post<Region[]>(`${BASE}/segment`, prompt),
  find: (prompt: Prompt) => post<Region[]>(`${BASE}/find`, prompt),
  save: (drawn: Drawn) => post<{ study: StudyRecord; collection: string }>(`${BASE}/corrections`, drawn),
  thumbnail: (study: string, image = 0) => address(`${BASE}/thumbnail`, { study, image }),
  tile: (study: string, image: number, level: number, column: number, row: number) =>
    address(`${BASE}/tile`, { study, image, level, column, row }),
  /** A volume as NIfTI, thinned. */
  volume: (study: string, image: number, channel: number, signal?: AbortSignal) =>
    getBytes(address(`${BASE}/volume`, { study, image, channel }), signal),
  /** Its regions as a label map: a region's value is its place in the study plus 1. */
  labels: (study: string, image: number, signal?: AbortSignal) => getBytes(address(`${BASE}/labels`, { study, image }), signal),
  async plane(study: string, image: number, axis: Axis, index: number, channel: number | null, signal?: AbortSignal): Promise<Plane> {
    const answer = await checked(
      await fetch(address(`${BASE}/plane`, { study, image, axis, index, channel }), signal ? { signal } : {}),
    );
    const told = JSON.parse(answer.headers.get("X-Plane") ?? "{}") as { shape: [number, number, number]; type: keyof typeof VIEWS };
    return { shape: told.shape, values: new VIEWS[told.type](await answer.arrayBuffer()) };
  },
};
