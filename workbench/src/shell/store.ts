import { useEffect, useState } from "preact/hooks";

/** A value that components watch. */
export interface Store<T> {
  get(): T;
  set(value: T): void;
  watch(heard: (value: T) => void): () => void;
}

export function store<T>(first: T): Store<T> {
  let held = first;
  const listeners = new Set<(value: T) => void>();
  return {
    get: () => held,
    set(value) {
      if (Object.is(value, held)) return;
      held = value;
      for (const heard of [...listeners]) heard(value);
    },
    watch(heard) {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
  };
}

/** The store's value, drawn anew when it changes. */
export function useStore<T>(source: Store<T>): T {
  const [value, setValue] = useState(source.get());
  useEffect(() => {
    setValue(source.get());
    return source.watch((next) => setValue(() => next));
  }, [source]);
  return value;
}
