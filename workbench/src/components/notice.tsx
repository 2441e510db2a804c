import type { ComponentChildren } from "preact";

/** What a page says instead of its content: nothing here yet, still loading, or what went wrong. */
export function Notice(props: { title: string; bad?: boolean; busy?: boolean; children?: ComponentChildren }) {
  return (
    <div class="notice" role={props.bad ? "alert" : "status"}>
      {props.busy && <span class="spinner notice-spinner" />}
      <h2 class={props.bad ? "problem" : undefined}>{props.title}</h2>
      <div class="soft">{props.children}</div>
    </div>
  );
}
