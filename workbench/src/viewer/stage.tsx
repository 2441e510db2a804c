import { useEffect, useRef } from "preact/hooks";
import { Stage as Engine, type Scene, type StageEvents } from "../engine/stage";

/** A picture with what lies over it; `stamp` changes where masks were changed in place. */
export function Stage(props: { scene: Scene; events: StageEvents; stamp?: number; label: string; onEngine?: (engine: Engine) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const engine = useRef<Engine | null>(null);
  useEffect(() => {
    if (!canvas.current) return;
    const made = new Engine(canvas.current, props.scene, props.events);
    engine.current = made;
    props.onEngine?.(made);
    return () => made.close();
  }, []);
  useEffect(() => engine.current?.show(props.scene, props.events));
  useEffect(() => engine.current?.repaint(), [props.stamp]);
  return <canvas class="stage" ref={canvas} aria-label={props.label} role="img" />;
}
