import OpenSeadragon from "openseadragon";
import { useEffect, useRef } from "preact/hooks";
import { colourOf, rgb } from "../engine/layers";
import { decode } from "../engine/runs";
import { api, type Overlay, type SlideFacts } from "../shell/api";
import { tellError } from "../shell/toast";

/** OpenSeadragon would add a style of its own, which the policy refuses; where this mark stands it does not. */
function markStyled(): void {
  if (document.querySelector("style[data-openseadragon-mobile-css]")) return;
  const mark = document.createElementNS("urn:polyclinic", "style"); // a style by name alone, which nothing applies
  mark.setAttribute("data-openseadragon-mobile-css", "false");
  document.head.append(mark);
}

/** Lay a region over the slide: its mask as a picture that is stretched over all of it, its box as an outlined element. */
function lay(viewer: OpenSeadragon.Viewer, region: Overlay, facts: SlideFacts): void {
  const [rows, columns] = facts.picture;
  const unit = 1 / columns; // the viewer's unit is the slide's width
  const place = (x0: number, y0: number, x1: number, y1: number): OpenSeadragon.Rect =>
    new OpenSeadragon.Rect(x0 * unit, y0 * unit, (x1 - x0) * unit, (y1 - y0) * unit);
  if (region.mask) {
    const bits = decode(region.mask);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [bits.columns, bits.rows];
    const image = new ImageData(bits.columns, bits.rows);
    const colour = rgb(colourOf(region.name));
    bits.data.forEach((value, i) => value && image.data.set([...colour, 90], 4 * i));
    canvas.getContext("2d")?.putImageData(image, 0, 0);
    canvas.className = "slide-mask";
    viewer.addOverlay({ element: canvas, location: place(0, 0, columns, rows) });
  }
  if (region.box?.length !== 4) return;
  const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = region.box;
  const element = document.createElement("div");
  element.className = "slide-box";
  element.textContent = region.name;
  element.style.color = colourOf(region.name);
  viewer.addOverlay({ element, location: place(x0, y0, x1, y1) });
}

/** A whole slide: tiles as they are needed, zoom and pan with wheel, fingers and keys; the scale in micrometres. */
export function SlideStage({ study, image, facts }: { study: string; image: number; facts: SlideFacts }) {
  const place = useRef<HTMLDivElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  const words = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (!place.current) return;
    markStyled();
    const viewer = OpenSeadragon({
      element: place.current,
      showNavigationControl: false,
      showNavigator: true,
      navigatorPosition: "BOTTOM_LEFT",
      drawer: "canvas",
      animationTime: 0.5,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      maxZoomPixelRatio: 4,
      tileSources: {
        width: facts.width,
        height: facts.height,
        tileSize: facts.tile,
        minLevel: 0,
        maxLevel: facts.levels - 1,
        getTileUrl: (level: number, column: number, row: number) => api.tile(study, image, level, column, row),
      } as unknown as OpenSeadragon.TileSourceOptions,
    });
    const measure = (): void => {
      const step = facts.pixel_um?.[1];
      const item = viewer.world.getItemAt(0);
      if (!step || !item || !bar.current || !words.current) return;
      const shown = item.viewportToImageZoom(viewer.viewport.getZoom(true)); // screen pixels a slide pixel
      const length = [5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5].find((um) => (um / step) * shown < 180) ?? 5;
      bar.current.style.width = `${(length / step) * shown}px`;
      words.current.textContent = length >= 1000 ? `${length / 1000} mm` : `${length} µm`;
    };
    const stop = new AbortController();
    viewer.addHandler("open", () => {
      measure();
      api.overlays(study, image, "z", 0, stop.signal).then((regions) => regions.forEach((one) => lay(viewer, one, facts)), tellError);
    });
    viewer.addHandler("animation", measure);
    return () => {
      stop.abort();
      viewer.destroy();
    };
  }, [study, image, facts]);
  return (
    <figure class="pane slide" data-study={study}>
      <div class="deep" ref={place} />
      <div class="slide-scale">
        <span ref={words} />
        <div ref={bar} />
      </div>
      <figcaption class="figure">
        {facts.width.toLocaleString("en")} × {facts.height.toLocaleString("en")}
      </figcaption>
    </figure>
  );
}
