import type { Plane } from "../shell/api.js";
import type { Layer } from "./layers.js";
import { box, label, Painter, ruler } from "./paint.js";
import { distance, factors, fitted, opposite, toImage, toScreen, zoomed, type Geometry, type Point, type View } from "./view.js";
import type { Window } from "./window.js";

export type Tool = "look" | "window" | "measure" | "box" | "point" | "scribble" | "brush" | "eraser";

export interface Measure {
  from: Point;
  to: Point;
}

/** What a stage shows; all of it comes from outside, and what a hand does goes back through `StageEvents`. */
export interface Scene {
  plane: Plane | null;
  geometry: Geometry;
  window: Window;
  inverted: boolean;
  smooth: boolean;
  layers: readonly Layer[];
  measures: readonly Measure[];
  /** Unit of the measures: mm, or px where the spacing is unknown. */
  unit: "mm" | "px";
  tool: Tool;
  /** Radius of the brush, in image pixels across. */
  brush: number;
  /** A place that another stage points at. */
  cursor: Point | null;
  /** Lines through the place where the other planes cut. */
  cross: Point | null;
  /** Where the axes run to (across, down), before mirroring. */
  directions: readonly [string, string] | null;
  /** Shared zoom and place: stages with the same view move together. */
  view: View | null;
}

export interface StageEvents {
  onView?: (view: View) => void;
  onWindow?: (across: number, down: number) => void;
  onCursor?: (place: Point | null) => void;
  onStep?: (by: number) => void;
  onPick?: (place: Point) => void;
  onBox?: (sides: [number, number, number, number]) => void;
  onPoints?: (points: Point[]) => void;
  onMeasure?: (measure: Measure) => void;
  onStroke?: (phase: "begin" | "move" | "end", from: Point, to: Point) => void;
}

type Drag = { kind: "pan" | "window" | "box" | "scribble" | "measure" | "stroke" | "cross"; from: Point; last: Point; trail: Point[] };

const ACTIVE = "#ffe066";
const WHEEL_ZOOM = 1.0015;
const SCRIBBLE_STEP = 4;

/** A canvas with an image, what lies over it, and what a pointer does on it. */
export class Stage {
  private readonly painter = new Painter();
  private readonly watcher: ResizeObserver;
  private drag: Drag | null = null;
  private pointer: Point | null = null;
  private fingers = new Map<number, Point>();
  private waiting = 0;
  private own: View | null = null;
  private laidFor = "";

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private scene: Scene,
    private events: StageEvents,
  ) {
    this.watcher = new ResizeObserver(() => this.resized());
    this.watcher.observe(canvas);
    canvas.addEventListener("pointerdown", this.down);
    canvas.addEventListener("pointermove", this.move);
    canvas.addEventListener("pointerup", this.up);
    canvas.addEventListener("pointercancel", this.up);
    canvas.addEventListener("pointerleave", this.leave);
    canvas.addEventListener("wheel", this.wheel, { passive: false });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("dblclick", () => this.scene.tool === "look" && this.fit());
  }

  close(): void {
    this.watcher.disconnect();
    cancelAnimationFrame(this.waiting);
  }

  show(scene: Scene, events: StageEvents): void {
    this.scene = scene;
    this.events = events;
    this.canvas.dataset["tool"] = scene.tool;
    const { rows, columns, step } = scene.geometry;
    const laid = `${rows} ${columns} ${step[0]} ${step[1]}`;
    if (laid !== this.laidFor) {
      this.laidFor = laid;
      this.own = null;
    }
    this.refresh();
  }

  /** Masks were changed in place. */
  repaint(): void {
    this.painter.stamp++;
    this.refresh();
  }

  fit(): void {
    this.setView(fitted(this.scene.geometry, this.canvas.clientWidth, this.canvas.clientHeight));
  }

  zoom(by: number): void {
    this.setView(zoomed(this.view, by, [this.canvas.clientWidth / 2, this.canvas.clientHeight / 2]));
  }

  private get view(): View {
    this.own ??= fitted(this.scene.geometry, this.canvas.clientWidth, this.canvas.clientHeight);
    const shared = this.scene.view;
    // a shared view is kept as a zoom and a shift against what fits, so that stages of other sizes follow it
    if (!shared) return this.own;
    const fit = fitted(this.scene.geometry, this.canvas.clientWidth, this.canvas.clientHeight);
    return { scale: fit.scale * shared.scale, x: fit.x + shared.x * fit.scale, y: fit.y + shared.y * fit.scale };
  }

  private setView(view: View): void {
    this.own = view;
    const fit = fitted(this.scene.geometry, this.canvas.clientWidth, this.canvas.clientHeight);
    this.events.onView?.({ scale: view.scale / fit.scale, x: (view.x - fit.x) / fit.scale, y: (view.y - fit.y) / fit.scale });
    this.refresh();
  }

  private refresh(): void {
    cancelAnimationFrame(this.waiting);
    this.waiting = requestAnimationFrame(() => this.draw());
  }

  private resized(): void {
    const ratio = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (this.canvas.width === Math.round(width * ratio) && this.canvas.height === Math.round(height * ratio)) return;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.own = null;
    this.draw();
  }

  private draw(): void {
    const brush = this.canvas.getContext("2d");
    if (!brush) return;
    const ratio = devicePixelRatio || 1;
    const { scene, view } = this;
    brush.setTransform(ratio, 0, 0, ratio, 0, 0);
    brush.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (scene.plane) this.painter.image(brush, scene.plane, scene.window, scene.inverted, view, scene.geometry, scene.smooth);
    this.painter.layers(brush, scene.layers, view, scene.geometry);
    for (const one of scene.measures) this.measure(brush, one);
    if (scene.cross) this.crossed(brush, scene.cross);
    this.unfinished(brush);
    if (scene.cursor) this.pointed(brush, scene.cursor);
    if (this.pointer && (scene.tool === "brush" || scene.tool === "eraser")) this.brushRing(brush, this.pointer);
    this.letters(brush);
    this.scaleBar(brush);
  }

  private measure(brush: CanvasRenderingContext2D, one: Measure): void {
    const length = distance(one.from, one.to, this.scene.geometry.step);
    const text = `${length.toFixed(length < 10 ? 1 : 0)} ${this.scene.unit}`;
    ruler(brush, this.screen(one.from), this.screen(one.to), text);
  }

  /** What is being drawn and not done yet. */
  private unfinished(brush: CanvasRenderingContext2D): void {
    const drag = this.drag;
    if (!drag) return;
    if (drag.kind === "box") box(brush, sides(drag.from, drag.last), { colour: ACTIVE, opacity: 1 }, this.view, this.scene.geometry);
    if (drag.kind === "measure") this.measure(brush, { from: drag.from, to: drag.last });
    if (drag.kind !== "scribble") return;
    brush.beginPath();
    drag.trail.forEach((point) => brush.lineTo(...this.screen(point)));
    brush.lineWidth = 4;
    brush.lineJoin = brush.lineCap = "round";
    brush.strokeStyle = ACTIVE;
    brush.stroke();
  }

  private crossed(brush: CanvasRenderingContext2D, place: Point): void {
    const [x, y] = this.screen(place);
    brush.strokeStyle = "rgb(127 178 238 / 70%)";
    brush.lineWidth = 1;
    brush.beginPath();
    for (const [x0, y0, x1, y1] of [[0, y, x - 12, y], [x + 12, y, this.canvas.clientWidth, y], [x, 0, x, y - 12], [x, y + 12, x, this.canvas.clientHeight]] as const) {
      brush.moveTo(x0, y0);
      brush.lineTo(x1, y1);
    }
    brush.stroke();
  }

  private pointed(brush: CanvasRenderingContext2D, place: Point): void {
    const [x, y] = this.screen(place);
    for (const [colour, width] of [["rgb(0 0 0 / 70%)", 4], [ACTIVE, 1.8]] as const) {
      brush.beginPath();
      brush.moveTo(x - 10, y);
      brush.lineTo(x + 10, y);
      brush.moveTo(x, y - 10);
      brush.lineTo(x, y + 10);
      brush.strokeStyle = colour;
      brush.lineWidth = width;
      brush.stroke();
    }
  }

  private brushRing(brush: CanvasRenderingContext2D, [x, y]: Point): void {
    brush.beginPath();
    brush.arc(x, y, this.brushRadius(), 0, 2 * Math.PI);
    brush.lineWidth = 1.5;
    brush.strokeStyle = this.scene.tool === "brush" ? "#ffffff" : "#ff8a80";
    brush.stroke();
  }

  private brushRadius(): number {
    return Math.max(Math.abs(factors(this.view, this.scene.geometry)[0]) * this.scene.brush, 2);
  }

  private letters(brush: CanvasRenderingContext2D): void {
    const told = this.scene.directions;
    if (!told) return;
    const [across, down] = this.scene.geometry.flip;
    const right = across ? opposite(told[0]) : told[0];
    const low = down ? opposite(told[1]) : told[1];
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const soft = "#9aa3b0";
    label(brush, opposite(right), [8, height / 2], soft);
    label(brush, right, [width - 18, height / 2], soft);
    label(brush, opposite(low), [width / 2 - 4, 18], soft);
    label(brush, low, [width / 2 - 4, height - 8], soft);
  }

  private scaleBar(brush: CanvasRenderingContext2D): void {
    const { unit } = this.scene;
    if (!this.scene.plane || unit !== "mm" || this.canvas.clientWidth < 240) return;
    const length = [500, 200, 100, 50, 20, 10, 5, 2, 1, 0.5, 0.1].find((mm) => mm * this.view.scale < this.canvas.clientWidth / 4);
    if (!length) return;
    const [y, right] = [this.canvas.clientHeight - 14, this.canvas.clientWidth - 14];
    brush.fillStyle = "#e6e8ec";
    brush.fillRect(right - length * this.view.scale, y, length * this.view.scale, 2);
    label(brush, `${length} mm`, [right - length * this.view.scale, y - 6], "#e6e8ec");
  }

  private screen(place: Point): Point {
    return toScreen(this.view, this.scene.geometry, place);
  }

  private place(at: Point): Point {
    return toImage(this.view, this.scene.geometry, at);
  }

  private at(event: PointerEvent | WheelEvent): Point {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  private inside([x, y]: Point): boolean {
    return x >= 0 && y >= 0 && x < this.scene.geometry.columns && y < this.scene.geometry.rows;
  }

  private down = (event: PointerEvent): void => {
    if (!this.scene.plane) return;
    this.canvas.setPointerCapture(event.pointerId);
    const at = this.at(event);
    this.fingers.set(event.pointerId, at);
    const place = this.place(at);
    const kind = this.kindOf(event);
    if (kind === "point") {
      if (this.inside(place)) this.events.onPoints?.([place]);
      return;
    }
    const onImage = kind === "pan" || kind === "window" ? at : place;
    this.drag = { kind, from: onImage, last: onImage, trail: [place] };
    if (kind === "stroke") this.events.onStroke?.("begin", place, place);
    if (kind === "cross") this.events.onPick?.(place);
  };

  private kindOf(event: PointerEvent): Drag["kind"] | "point" {
    if (event.button === 1 || (event.button === 0 && event.shiftKey) || this.fingers.size === 2) return "pan";
    if (event.button === 2 || this.scene.tool === "window") return "window";
    switch (this.scene.tool) {
      case "look":
        return this.events.onPick && event.ctrlKey === false && this.scene.cross ? "cross" : "pan";
      case "brush":
      case "eraser":
        return "stroke";
      default:
        return this.scene.tool;
    }
  }

  private move = (event: PointerEvent): void => {
    const at = this.at(event);
    const place = this.place(at);
    this.pointer = at;
    this.events.onCursor?.(this.inside(place) ? place : null);
    const before = this.fingers.get(event.pointerId);
    if (this.fingers.size === 2 && before) this.pinch(event.pointerId, before, at);
    if (before) this.fingers.set(event.pointerId, at);
    if (this.drag && this.fingers.size < 2) this.dragTo(at, place);
    this.refresh();
  };

  private dragTo(at: Point, place: Point): void {
    const drag = this.drag;
    if (!drag) return;
    const { last } = drag;
    if (drag.kind === "pan") {
      const view = this.view;
      this.setView({ ...view, x: view.x + at[0] - last[0], y: view.y + at[1] - last[1] });
      drag.last = at;
    } else if (drag.kind === "window") {
      this.events.onWindow?.(at[0] - last[0], at[1] - last[1]);
      drag.last = at;
    } else {
      if (drag.kind === "stroke") this.events.onStroke?.("move", last, place);
      if (drag.kind === "cross") this.events.onPick?.(place);
      const [x, y] = drag.trail[drag.trail.length - 1] ?? place;
      const step = SCRIBBLE_STEP / Math.max(Math.abs(factors(this.view, this.scene.geometry)[0]), 1e-9);
      if (Math.hypot(place[0] - x, place[1] - y) > step) drag.trail.push(place);
      drag.last = place;
    }
  }

  private pinch(finger: number, before: Point, at: Point): void {
    const other = [...this.fingers].find(([id]) => id !== finger)?.[1];
    if (!other) return;
    const grown = Math.hypot(at[0] - other[0], at[1] - other[1]) / Math.max(Math.hypot(before[0] - other[0], before[1] - other[1]), 1);
    const middle: Point = [(at[0] + other[0]) / 2, (at[1] + other[1]) / 2];
    const view = zoomed(this.view, grown, middle);
    this.setView({ ...view, x: view.x + (at[0] - before[0]) / 2, y: view.y + (at[1] - before[1]) / 2 });
  }

  private up = (event: PointerEvent): void => {
    this.fingers.delete(event.pointerId);
    const drag = this.drag;
    this.drag = null;
    if (drag) this.finish(drag);
    this.refresh();
  };

  private finish(drag: Drag): void {
    const { from, last } = drag;
    if (drag.kind === "stroke") this.events.onStroke?.("end", last, last);
    const far = Math.hypot(last[0] - from[0], last[1] - from[1]) * Math.abs(factors(this.view, this.scene.geometry)[0]) > 4;
    if (drag.kind === "measure" && far) this.events.onMeasure?.({ from, to: last });
    if (drag.kind === "box" && far) this.events.onBox?.(this.clipped(sides(from, last)));
    if (drag.kind === "scribble") this.events.onPoints?.(drag.trail.filter((point) => this.inside(point)));
  }

  private clipped([x0, y0, x1, y1]: [number, number, number, number]): [number, number, number, number] {
    const { rows, columns } = this.scene.geometry;
    return [Math.max(x0, 0), Math.max(y0, 0), Math.min(x1, columns), Math.min(y1, rows)];
  }

  private leave = (): void => {
    this.pointer = null;
    this.events.onCursor?.(null);
    this.refresh();
  };

  private wheel = (event: WheelEvent): void => {
    event.preventDefault();
    if (this.events.onStep && !event.ctrlKey) this.events.onStep(Math.sign(event.deltaY));
    else this.setView(zoomed(this.view, WHEEL_ZOOM ** -event.deltaY, this.at(event)));
  };
}

function sides(from: Point, to: Point): [number, number, number, number] {
  return [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.max(from[0], to[0]), Math.max(from[1], to[1])];
}
