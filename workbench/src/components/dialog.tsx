import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useKeys } from "../shell/keys";

/** A sheet over the page; Escape or a click beside it closes it. */
export function Dialog(props: { title: string; onClose: () => void; children: ComponentChildren }) {
  const sheet = useRef<HTMLDivElement>(null);
  useKeys("Dialog", [{ key: ["Escape", "?"], says: "Close", run: props.onClose }]);
  useEffect(() => sheet.current?.focus(), []);
  return (
    <div class="overlay" onClick={(event) => event.target === event.currentTarget && props.onClose()}>
      <div class="dialog" role="dialog" aria-label={props.title} tabIndex={-1} ref={sheet}>
        <header>
          <h2>{props.title}</h2>
          <button class="button quiet icon" onClick={props.onClose} aria-label="Close">
            ✕
          </button>
        </header>
        {props.children}
      </div>
    </div>
  );
}
