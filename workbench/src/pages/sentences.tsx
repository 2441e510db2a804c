import type { Sentence } from "./api";

/** Sentences that light their regions while the pointer or the keyboard is on them. */
export function Sentences({ sentences, onLit }: { sentences: readonly Sentence[]; onLit: (lit: readonly number[]) => void }) {
  return (
    <p class="sentences" dir="auto">
      {sentences.map((one, number) => {
        const tied = one.regions.length > 0;
        return (
          <span
            key={number}
            class={tied ? "sentence tied" : "sentence"}
            tabIndex={tied ? 0 : undefined}
            title={tied ? "Shown on the image" : undefined}
            onPointerEnter={() => onLit(one.regions)}
            onPointerLeave={() => onLit([])}
            onFocus={() => onLit(one.regions)}
            onBlur={() => onLit([])}
          >
            {one.text}{" "}
          </span>
        );
      })}
    </p>
  );
}
