import { useEffect, useState } from "preact/hooks";
import { api, type Axis, type Overlay, type PictureFacts, type Plane, type SlideFacts, type StudyPage } from "../shell/api";

/** Something on its way: what came, or why it did not. What came before stays until the next is there. */
export interface Loading<T> {
  value: T | null;
  error: unknown;
}

/** Fetch anew whenever the key changes; an empty key fetches nothing. */
export function useLoading<T>(key: string, fetch: (signal: AbortSignal) => Promise<T>, keep = false): Loading<T> {
  const [held, setHeld] = useState<Loading<T> & { key: string }>({ key: "", value: null, error: null });
  useEffect(() => {
    if (!key) return;
    const stop = new AbortController();
    fetch(stop.signal).then(
      (value) => setHeld({ key, value, error: null }),
      (error: unknown) => !stop.signal.aborted && setHeld({ key, value: null, error }),
    );
    return () => stop.abort();
  }, [key]);
  if (held.key === key || keep) return held;
  return { value: null, error: null };
}

export const useStudy = (study: string, stamp = 0): Loading<StudyPage> =>
  useLoading(study && `${stamp} ${study}`, (signal) => api.study(study, signal), true);

export const useFacts = (study: string, image: number): Loading<PictureFacts | SlideFacts> =>
  useLoading(study && `${image} ${study}`, (signal) => api.image(study, image, signal));

const NONE: readonly Overlay[] = [];

/** One plane and the regions in it; while a slice is on its way the one before it stays. */
export function usePlane(study: string, image: number, axis: Axis, index: number, channel: number | null, stamp: number) {
  const key = study && `${image} ${axis} ${index} ${channel} ${study}`;
  const plane = useLoading<Plane>(key, (signal) => api.plane(study, image, axis, index, channel, signal), true);
  const overlays = useLoading<Overlay[]>(
    key && `${stamp} ${key}`,
    (signal) => api.overlays(study, image, axis, index, signal),
    true,
  );
  return { plane: plane.value, overlays: overlays.value ?? NONE, error: plane.error ?? overlays.error };
}
