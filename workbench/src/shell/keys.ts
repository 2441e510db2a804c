import { useEffect, useRef } from "preact/hooks";
import { store } from "./store";

/** A key and what it does; the overlay on `?` lists all that are live. */
export interface Key {
  /** As `KeyboardEvent.key` has it, with `ctrl+` in front where that is held; or several, of which each does. */
  key: string | readonly string[];
  says: string;
  run: (event: KeyboardEvent) => void;
}

export interface KeyGroup {
  title: string;
  keys: readonly Key[];
}

export const liveKeys = store<readonly KeyGroup[]>([]);

/** Keys that are live while the component is shown; the group that came last is asked first. */
export function useKeys(title: string, keys: readonly Key[]): void {
  const held = useRef(keys);
  held.current = keys;
  useEffect(() => {
    const group: KeyGroup = {
      title,
      get keys() {
        return held.current;
      },
    };
    liveKeys.set([...liveKeys.get(), group]);
    return () => liveKeys.set(liveKeys.get().filter((one) => one !== group));
  }, [title]);
}

export function nameOf(event: KeyboardEvent): string {
  if (!event.ctrlKey && !event.metaKey) return event.key;
  return `ctrl+${event.shiftKey ? "shift+" : ""}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`;
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName)) &&
  !(target instanceof HTMLInputElement && target.type === "range");

export function listen(): void {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey) return;
    const name = nameOf(event);
    if (isTyping(event.target) && name !== "Escape") return;
    if (isTyping(event.target)) (event.target as HTMLElement).blur();
    for (const group of [...liveKeys.get()].reverse()) {
      const found = group.keys.find((one) => (Array.isArray(one.key) ? one.key.includes(name) : one.key === name));
      if (!found) continue;
      event.preventDefault();
      found.run(event);
      return;
    }
  });
}
