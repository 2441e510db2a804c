import { Button } from "../components/controls";
import { Icon, type IconName } from "../components/icon";
import type { Tool } from "../engine/stage";
import { CT_PRESETS, type Window } from "../engine/window";

export const TOOLS: readonly { tool: Tool; says: string; key: string; icon: IconName }[] = [
  { tool: "look", says: "Move", key: "v", icon: "move" },
  { tool: "window", says: "Window", key: "w", icon: "window" },
  { tool: "measure", says: "Measure", key: "m", icon: "measure" },
  { tool: "box", says: "Box", key: "b", icon: "box" },
  { tool: "point", says: "Point", key: "p", icon: "point" },
  { tool: "scribble", says: "Scribble", key: "s", icon: "scribble" },
  { tool: "brush", says: "Brush", key: "d", icon: "brush" },
  { tool: "eraser", says: "Eraser", key: "e", icon: "eraser" },
];

/** What a hand can do on a volume in space. */
const SPATIAL: readonly Tool[] = ["look", "window", "measure"];

export interface ToolBarProps {
  tool: Tool;
  onTool: (tool: Tool) => void;
  brush: number;
  onBrush: (radius: number) => void;
  canDraw: boolean;
  inverted: boolean;
  onInvert: () => void;
  onFit: () => void;
  /** Takes the measurements away; null where there are none. */
  onWipe: (() => void) | null;
  onReset: () => void;
  window: Window;
  onWindow: (window: Window) => void;
  presets: boolean;
  comparing: boolean;
  onCompare: (() => void) | null;
  /** Whether the volume is shown in space; null where there is none, or the browser cannot. */
  space: boolean | null;
  onSpace: () => void;
  channels: readonly string[];
  channel: number | null;
  colour: boolean;
  onChannel: (channel: number | null) => void;
}

export function ToolBar(props: ToolBarProps) {
  const width = props.window[1] - props.window[0];
  const drawing = props.tool === "brush" || props.tool === "eraser";
  const chosen = CT_PRESETS.find((one) => one.window[0] === props.window[0] && one.window[1] === props.window[1]);
  return (
    <div class="tools" role="toolbar" aria-label="Tools">
      {TOOLS.map((one) => (
        <button
          key={one.tool}
          class="button quiet tool"
          aria-pressed={one.tool === props.tool}
          disabled={props.space ? !SPATIAL.includes(one.tool) : !props.canDraw && (one.tool === "brush" || one.tool === "eraser")}
          onClick={() => props.onTool(one.tool)}
          title={`${one.says} (${one.key})`}
        >
          <Icon name={one.icon} />
          <span class="says">{one.says}</span>
        </button>
      ))}
      {drawing && (
        <label class="radius small soft">
          <span class="figure">{props.brush}</span>
          <input class="range" type="range" min={1} max={40} value={props.brush} aria-label="Radius of the brush"
            onInput={(event) => props.onBrush(Number(event.currentTarget.value))} />
        </label>
      )}
      {props.onWipe && <Button quiet icon onClick={props.onWipe} title="Take the measurements away (x)" label="Take the measurements away"><Icon name="wipe" /></Button>}
      <span class="room" />
      {props.channels.length > 1 && !props.colour && (
        <select class="input narrow" aria-label="Channel" value={props.channel ?? 0} onChange={(event) => props.onChannel(Number(event.currentTarget.value))}>
          {props.channels.map((name, number) => <option key={name} value={number}>{name}</option>)}
        </select>
      )}
      {props.presets && (
        <select class="input narrow" aria-label="Window preset" value={chosen?.name ?? ""}
          onChange={(event) => {
            const found = CT_PRESETS.find((one) => one.name === event.currentTarget.value);
            if (found) props.onWindow(found.window);
          }}>
          <option value="">window</option>
          {CT_PRESETS.map((one) => <option key={one.name}>{one.name}</option>)}
        </select>
      )}
      <span class="small soft figure" title="Window width and level">W {short(width)} L {short((props.window[0] + props.window[1]) / 2)}</span>
      <Button quiet icon onClick={props.onReset} title="Window as it was (0)" label="Reset the window"><Icon name="reset" /></Button>
      <Button quiet icon pressed={props.inverted} onClick={props.onInvert} title="Invert (i)" label="Invert"><Icon name="invert" /></Button>
      <Button quiet icon onClick={props.onFit} title="Fit (f)" label="Fit"><Icon name="fit" /></Button>
      {props.space !== null && (
        <Button pressed={props.space} onClick={props.onSpace} title="Three planes and a rendering (r)"><Icon name="space" />3D</Button>
      )}
      {props.onCompare && (
        <Button pressed={props.comparing} onClick={props.onCompare} title="Side by side with the prior (c)" label="Compare"><Icon name="beside" /><span class="compare">Compare</span></Button>
      )}
    </div>
  );
}

const short = (value: number): string => (Math.abs(value) >= 10 ? Math.round(value).toString() : value.toPrecision(2));
