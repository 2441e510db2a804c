import type { Plane } from "../shell/api.js";
import { heatColour, rgb, type Layer } from "./layers.js";
import { outline, type Edge } from "./runs.js";
import { factors, toScreen, type Geometry, type Point, type View } from "./view.js";
import { colours, type Window } from "./window.js";

type Canvas = OffscreenCanvas;
type Brush = CanvasRenderingContext2D;

const NAME_WIDTH = 90;
const NAME_HEIGHT = 14;

/** Turns planes and layers into bitmaps, once each, and puts them on a canvas. */
export class Painter {
  private plane: { key: string; of: Plane; canvas: Canvas } | null = null;
  private masks = new WeakMap<Uint8Array | Float32Array, { stamp: number; colour: string; canvas: Canvas; edges: Edge[] }>();
  /** Where names stand already, so that the next one steps aside. */
  private named: Point[] = [];
  /** Raised whenever a mask changed in place, as under a brush. */
  stamp = 0;

  image(brush: Brush, plane: Plane, window: Window, inverted: boolean, view: View, geometry: Geometry, smooth: boolean): void {
    const key = `${window[0]} ${window[1]} ${inverted}`;
    if (this.plane?.of !== plane || this.plane.key !== key) {
      const [, rows, columns] = plane.shape;
      this.plane = { key, of: plane, canvas: bitmap(colours(plane, window, inverted), rows, columns) };
    }
    put(brush, this.plane.canvas, view, geometry, smooth);
  }

  layers(brush: Brush, layers: readonly Layer[], view: View, geometry: Geometry): void {
    this.named = [];
    for (const layer of layers) this.layer(brush, layer, view, geometry);
  }

  private layer(brush: Brush, layer: Layer, view: View, geometry: Geometry): void {
    if (!layer.shown) return;
    if (layer.form === "mask") this.mask(brush, layer, view, geometry);
    else if (layer.form === "heat") this.heat(brush, layer, view, geometry);
    else if (layer.form === "box") box(brush, layer.box, layer, view, geometry);
    else for (const point of layer.points) dot(brush, toScreen(view, geometry, point), layer.colour);
  }

  private mask(brush: Brush, layer: Extract<Layer, { form: "mask" }>, view: View, geometry: Geometry): void {
    const { bits } = layer;
    let held = this.masks.get(bits.data);
    if (!held || held.stamp !== this.stamp || held.colour !== layer.colour) {
      const [red, green, blue] = rgb(layer.colour);
      const pixels = new Uint8ClampedArray(bits.data.length * 4);
      bits.data.forEach((value, i) => value && pixels.set([red, green, blue, 255], 4 * i));
      held = { stamp: this.stamp, colour: layer.colour, canvas: bitmap(pixels, bits.rows, bits.columns), edges: outline(bits) };
      this.masks.set(bits.data, held);
    }
    brush.globalAlpha = Math.min(layer.opacity * (layer.lit ? 1.6 : 1), 1);
    put(brush, held.canvas, view, geometry, false);
    brush.globalAlpha = layer.opacity > 0 ? 1 : 0;
    stroke(brush, held.edges, layer.colour, layer.lit ? 2.5 : 1.5, view, geometry);
    brush.globalAlpha = 1;
    if (layer.lit || (layer.named && layer.opacity > 0)) this.name(brush, layer, held.edges, view, geometry);
  }

  /** A mask's name over its highest edge on the screen, or below the names that stand there. */
  private name(brush: Brush, layer: Layer, edges: readonly Edge[], view: View, geometry: Geometry): void {
    let top: Point | null = null;
    for (const edge of edges) {
      if (edge.y0 !== edge.y1) continue;
      const place = toScreen(view, geometry, [(edge.x0 + edge.x1) / 2, edge.y0]);
      if (!top || place[1] < top[1]) top = place;
    }
    if (!top) return;
    const x = top[0];
    let y = Math.max(top[1] - 5, 14);
    while (this.named.some((held) => Math.abs(held[0] - x) < NAME_WIDTH && Math.abs(held[1] - y) < NAME_HEIGHT)) y += NAME_HEIGHT / 2;
    this.named.push([x, y]);
    label(brush, layer.name, [x, y], layer.colour, "center");
  }

  private heat(brush: Brush, layer: Extract<Layer, { form: "heat" }>, view: View, geometry: Geometry): void {
    let held = this.masks.get(layer.values);
    if (!held) {
      const pixels = heated(layer.values);
      held = { stamp: 0, colour: "", canvas: bitmap(pixels, layer.rows, layer.columns), edges: [] };
      this.masks.set(layer.values, held);
    }
    brush.globalAlpha = layer.opacity;
    put(brush, held.canvas, view, geometry, true);
    brush.globalAlpha = 1;
  }
}

/** Values as colours that fade out towards the least. */
function heated(values: Float32Array): Uint8ClampedArray<ArrayBuffer> {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const pixels = new Uint8ClampedArray(values.length * 4);
  values.forEach((value, i) => {
    const share = (value - low) / Math.max(high - low, 1e-9);
    pixels.set([...heatColour(share), 255 * Math.min(share * 1.3, 1)], 4 * i);
  });
  return pixels;
}

function bitmap(pixels: Uint8ClampedArray<ArrayBuffer>, rows: number, columns: number): Canvas {
  const canvas = new OffscreenCanvas(columns, rows);
  canvas.getContext("2d")?.putImageData(new ImageData(pixels, columns, rows), 0, 0);
  return canvas;
}

/** Draw a bitmap over the whole image, whatever its own resolution. */
function put(brush: Brush, canvas: Canvas, view: View, geometry: Geometry, smooth: boolean): void {
  const [kx, ky] = factors(view, geometry);
  brush.save();
  brush.imageSmoothingEnabled = smooth;
  brush.imageSmoothingQuality = "high";
  brush.translate(view.x, view.y);
  brush.scale(kx, ky);
  brush.drawImage(canvas, -geometry.columns / 2, -geometry.rows / 2, geometry.columns, geometry.rows);
  brush.restore();
}

function stroke(brush: Brush, edges: readonly Edge[], colour: string, width: number, view: View, geometry: Geometry): void {
  brush.beginPath();
  for (const edge of edges) {
    brush.moveTo(...toScreen(view, geometry, [edge.x0, edge.y0]));
    brush.lineTo(...toScreen(view, geometry, [edge.x1, edge.y1]));
  }
  brush.lineWidth = width;
  brush.lineCap = "square";
  brush.strokeStyle = colour;
  brush.stroke();
}

export function box(
  brush: Brush,
  sides: readonly [number, number, number, number],
  look: { colour: string; name?: string; opacity: number; lit?: boolean },
  view: View,
  geometry: Geometry,
): void {
  const [left, top] = toScreen(view, geometry, [sides[0], sides[1]]);
  const [right, bottom] = toScreen(view, geometry, [sides[2], sides[3]]);
  const place: [number, number, number, number] = [Math.min(left, right), Math.min(top, bottom), Math.abs(right - left), Math.abs(bottom - top)];
  brush.globalAlpha = look.lit ? 0.22 : 0;
  brush.fillStyle = look.colour;
  brush.fillRect(...place);
  brush.globalAlpha = Math.min(0.4 + look.opacity, 1);
  brush.lineWidth = look.lit ? 3 : 2;
  brush.strokeStyle = look.colour;
  brush.strokeRect(...place);
  brush.globalAlpha = 1;
  if (look.name) label(brush, look.name, [place[0], place[1] - 6], look.colour);
}

export function dot(brush: Brush, [x, y]: Point, colour: string): void {
  brush.beginPath();
  brush.arc(x, y, 5, 0, 2 * Math.PI);
  brush.fillStyle = colour;
  brush.fill();
  brush.lineWidth = 1.5;
  brush.strokeStyle = "#000";
  brush.stroke();
}

export function label(brush: Brush, text: string, [x, y]: Point, colour: string, align: CanvasTextAlign = "start"): void {
  brush.textAlign = align;
  brush.font = '600 12px system-ui, "DejaVu Sans", sans-serif';
  brush.lineWidth = 3.5;
  brush.lineJoin = "round";
  brush.strokeStyle = "rgb(0 0 0 / 75%)";
  brush.strokeText(text, x, y);
  brush.fillStyle = colour;
  brush.fillText(text, x, y);
}

export function ruler(brush: Brush, from: Point, to: Point, text: string): void {
  brush.beginPath();
  brush.moveTo(...from);
  brush.lineTo(...to);
  brush.lineWidth = 3.5;
  brush.strokeStyle = "rgb(0 0 0 / 60%)";
  brush.stroke();
  brush.lineWidth = 1.5;
  brush.strokeStyle = "#ffe066";
  brush.stroke();
  dot(brush, from, "#ffe066");
  dot(brush, to, "#ffe066");
  label(brush, text, [(from[0] + to[0]) / 2 + 8, (from[1] + to[1]) / 2 - 8], "#ffe066");
}
