import { api, type About } from "./api";
import { store } from "./store";

const QUICK_MS = 400;
const SLOW_MS = 5000;
const nothing: About = {
  state: "reading",
  model: { name: null, state: "none", verbs: [], known: [], error: null, embedded: 0 },
  models: [],
  listed: 0,
};

/** The collection and the model that are open, asked for again until both are there. */
export const about = store<About>(nothing);

export async function refreshAbout(): Promise<void> {
  about.set(await api.about());
}

export function startAbout(): void {
  const turn = async (): Promise<void> => {
    await refreshAbout().catch(() => undefined);
    const now = about.get();
    const busy = now.state === "reading" || now.models.some((one) => one.state === "loading");
    setTimeout(() => void turn(), busy ? QUICK_MS : SLOW_MS);
  };
  void turn();
}
