import OpenSeadragon from "openseadragon";
import { useEffect, useRef } from "preact/hooks";
import { api, type SlideFacts } from "../shell/api";

/** OpenSeadragon would add a style of its own, which the policy refuses; where this mark stands it does not. */
function markStyled(): void {
  if (document.querySelector("style[data-openseadragon-mobile-css]")) return;
  const mark = document.createElementNS("urn:polyclinic", "style"); // a style by name alone, which nothing applies
  mark.setAttribute("data-openseadragon-mobile-css", "false");
  document.head.append(mark);
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
    viewer.addHandler("open", measure);
    viewer.addHandler("animation", measure);
    return () => viewer.destroy();
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
