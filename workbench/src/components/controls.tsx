import type { ComponentChildren } from "preact";

interface ButtonProps {
  children: ComponentChildren;
  onClick: () => void;
  title?: string;
  main?: boolean;
  quiet?: boolean;
  icon?: boolean;
  pressed?: boolean;
  disabled?: boolean;
  label?: string;
}

export function Button(props: ButtonProps) {
  const kinds = [props.main && "main", props.quiet && "quiet", props.icon && "icon"].filter(Boolean).join(" ");
  return (
    <button
      type="button"
      class={`button ${kinds}`}
      onClick={props.onClick}
      title={props.title}
      aria-label={props.label}
      aria-pressed={props.pressed}
      disabled={props.disabled}
    >
      {props.children}
    </button>
  );
}

/** A labelled slider. */
export function Slider(props: {
  label: string;
  value: number;
  low: number;
  high: number;
  step?: number;
  shown?: string;
  onChange: (value: number) => void;
}) {
  return (
    <label class="field slider">
      <span>
        {props.label} <b class="figure">{props.shown ?? String(props.value)}</b>
      </span>
      <input
        class="range"
        type="range"
        min={props.low}
        max={props.high}
        step={props.step ?? 1}
        value={props.value}
        onInput={(event) => props.onChange(Number(event.currentTarget.value))}
      />
    </label>
  );
}

/** A labelled choice; `every` is what an empty value is called. */
export function Choice(props: {
  label: string;
  value: string;
  options: readonly (readonly [value: string, says: string])[];
  every?: string;
  onChange: (value: string) => void;
}) {
  return (
    <label class="field">
      <span>{props.label}</span>
      <select class="input" value={props.value} onChange={(event) => props.onChange(event.currentTarget.value)}>
        {props.every !== undefined && <option value="">{props.every}</option>}
        {props.options.map(([value, says]) => (
          <option key={value} value={value}>
            {says}
          </option>
        ))}
      </select>
    </label>
  );
}
