import { DRAG_MODE, MULTIPLANAR_TYPE, Niivue, NVImage, SHOW_RENDER, SLICE_TYPE } from "@niivue/niivue";
import { rgb } from "../engine/layers";
import type { Window } from "../engine/window";
import { toVoxel, toWorld, type Affine } from "../engine/world";
import type { Place } from "./pane";

/** A region of the label map: its value there, and how it looks. */
export interface Label {
  value: number;
  colour: string;
  shown: boolean;
}

export interface SpaceEvents {
  onPlace: (place: Place) => void;
  onWindow: (window: Window) => void;
  onMeasure: (mm: number) => void;
}

export type Hand = "look" | "window" | "measure";

type Triple = readonly [number, number, number];
const HANDS: Record<Hand, DRAG_MODE> = { look: DRAG_MODE.crosshair, window: DRAG_MODE.windowing, measure: DRAG_MODE.measurement };
const GROUND = [16 / 255, 18 / 255, 22 / 255, 1];
const INK = [0.9, 0.91, 0.93, 1];
const ACTIVE = [1, 0.88, 0.4, 1];

/** A volume in three planes and as a rendering, by NiiVue; places go in and out in pixels of the whole, unthinned volume. */
export class Space {
  private readonly viewer: Niivue;
  private labels: NVImage | null = null;
  /** The place that was told last, which need not be gone to when it comes back. */
  private told = "";
  /** How many pixels (x, y, z) were averaged to one. */
  private steps: Triple = [1, 1, 1];

  private constructor(
    private readonly shape: Triple,
    private readonly events: SpaceEvents,
  ) {
    this.viewer = new Niivue({
      sliceType: SLICE_TYPE.MULTIPLANAR,
      multiplanarLayout: MULTIPLANAR_TYPE.GRID,
      multiplanarShowRender: SHOW_RENDER.ALWAYS,
      isRadiologicalConvention: true,
      sagittalNoseLeft: true,
      dragMode: DRAG_MODE.windowing,
      dragAndDropEnabled: false,
      backColor: GROUND,
      fontColor: new Float32Array(INK),
      crosshairColor: [...ACTIVE.slice(0, 3), 0.6],
      measureLineColor: ACTIVE,
      measureTextColor: ACTIVE,
      crosshairWidth: 0.4,
      rulerWidth: 2,
      tileMargin: 2,
      loadingText: "",
      logLevel: "error",
    });
  }

  /** Show a volume; `shape` is its (z, y, x) before it was thinned. */
  static async open(canvas: HTMLCanvasElement, volume: ArrayBuffer, shape: Triple, events: SpaceEvents): Promise<Space> {
    const made = new Space(shape, events);
    await made.viewer.attachToCanvas(canvas);
    canvas.removeAttribute("tabindex"); // the page has keys of its own
    await made.viewer.addVolumeFromUrl({ url: "volume.nii", buffer: volume });
    const [, x = 1, y = 1, z = 1] = made.image.hdr?.dims ?? [];
    made.steps = [Math.ceil(shape[2] / x), Math.ceil(shape[1] / y), Math.ceil(shape[0] / z)];
    made.viewer.onLocationChange = (told) => made.located((told as { mm: ArrayLike<number> }).mm);
    made.viewer.onIntensityChange = (image) => events.onWindow([image.cal_min ?? 0, image.cal_max ?? 1]);
    made.viewer.onMeasurementCompleted = (line) => events.onMeasure(line.distance);
    return made;
  }

  /** Lay the regions over it, in place of those before. */
  async lay(labels: ArrayBuffer | null, looks: readonly Label[], opacity: number): Promise<void> {
    const next = labels && (await NVImage.loadFromUrl({ url: "labels.nii", buffer: labels }));
    if (this.labels) this.viewer.removeVolume(this.labels);
    this.labels = next;
    if (!next) return;
    this.colour(looks, opacity);
    this.viewer.addVolume(next);
  }

  look(looks: readonly Label[], opacity: number): void {
    this.colour(looks, opacity);
    this.viewer.updateGLVolume();
  }

  private colour(looks: readonly Label[], opacity: number): void {
    if (!this.labels) return;
    const colours = looks.map((one) => rgb(one.colour));
    const column = (channel: number): number[] => [0, ...colours.map((one) => one[channel] ?? 0)];
    const seen = [0, ...looks.map((one) => (one.shown ? 255 : 0))];
    this.labels.setColormapLabel({ R: column(0), G: column(1), B: column(2), A: seen, I: [0, ...looks.map((one) => one.value)] });
    this.labels.opacity = opacity;
  }

  window([low, high]: Window, inverted: boolean): void {
    if (this.image.cal_min === low && this.image.cal_max === high && this.image.colormapInvert === inverted) return;
    [this.image.cal_min, this.image.cal_max, this.image.colormapInvert] = [low, high, inverted];
    this.viewer.updateGLVolume();
  }

  hand(hand: Hand): void {
    this.viewer.setMouseEventConfig({ leftButton: { primary: HANDS[hand] }, rightButton: DRAG_MODE.windowing, centerButton: DRAG_MODE.pan });
    this.viewer.setTouchEventConfig({ singleTouch: HANDS[hand], doubleTouch: DRAG_MODE.pan });
  }

  go(place: Place): void {
    if (place.join() === this.told) return; // it came from here
    const voxel = [2, 1, 0].map((axis, n) => ((place[axis] ?? 0) + 0.5) / (this.steps[n] ?? 1) - 0.5);
    this.viewer.scene.crosshairPos = this.viewer.mm2frac(toWorld(this.affine, voxel), 0, true);
    this.viewer.drawScene();
  }

  forgetMeasures(): void {
    this.viewer.clearMeasurements();
  }

  close(): void {
    this.viewer.cleanup();
    this.viewer.gl.getExtension("WEBGL_lose_context")?.loseContext(); // a browser has few
  }

  private get image(): NVImage {
    const [first] = this.viewer.volumes;
    if (!first) throw new Error("no volume is shown");
    return first;
  }

  private get affine(): Affine {
    return this.image.hdr?.affine ?? [];
  }

  /** The crosshair was moved: the place in the volume, from millimetres in the patient. */
  private located(mm: ArrayLike<number>): void {
    const voxel = toVoxel(this.affine, mm).map((value, n) => Math.floor((value + 0.5) * (this.steps[n] ?? 1)));
    const held = (axis: number): number => Math.min(Math.max(voxel[2 - axis] ?? 0, 0), (this.shape[axis] ?? 1) - 1);
    const place: Place = [held(0), held(1), held(2)];
    this.told = place.join();
    this.events.onPlace(place);
  }
}
