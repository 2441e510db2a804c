import { Refusal } from "./api";
import { store } from "./store";

export interface Toast {
  id: number;
  text: string;
  hint?: string | undefined;
  bad: boolean;
}

const SHOWN_MS = 5000;
let next = 1;
export const toasts = store<readonly Toast[]>([]);

export function tell(text: string, options: { hint?: string | undefined; bad?: boolean } = {}): void {
  const toast: Toast = { id: next++, text, hint: options.hint, bad: options.bad ?? false };
  toasts.set([...toasts.get(), toast]);
  setTimeout(() => toasts.set(toasts.get().filter((one) => one !== toast)), SHOWN_MS);
}

/** Say what went wrong; a call that was broken off on purpose is not worth a word. */
export function tellError(error: unknown): void {
  if (error instanceof DOMException && error.name === "AbortError") return;
  const hint = error instanceof Refusal ? (error.hint ?? undefined) : undefined;
  tell(error instanceof Error ? error.message : String(error), { hint, bad: true });
}
