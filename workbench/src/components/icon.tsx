/** Line drawings on a grid of 20; they take the colour of the text. */
const PATHS = {
  move: "M10 2v16M2 10h16M10 2 7.5 4.5M10 2l2.5 2.5M10 18l-2.5-2.5M10 18l2.5-2.5M2 10l2.5-2.5M2 10l2.5 2.5M18 10l-2.5-2.5M18 10l-2.5 2.5",
  window: "M10 3a7 7 0 1 0 0 14zM10 3a7 7 0 0 1 0 14M13 5v10M15.5 7v6",
  measure: "M3 13.5 13.5 3 17 6.5 6.5 17zM6 10.5l1.8 1.8M8.5 8l1.2 1.2M11 5.5l1.8 1.8",
  box: "M4 4h12v12H4z",
  point: "M10 2v5M10 13v5M2 10h5M13 10h5M10 10h.01",
  scribble: "M3 14c2-7 4-9 5-8s-3 8-1 8 4-8 6-8-1 6 .5 7 2-1 3.5-3",
  brush: "M16.5 3.5 9 11M9 11c-2-1-4 0-4.5 2S3 16 2.5 16.5c3 1 7 .5 7.5-2.5 .2-1.2-.2-2.3-1-3z",
  eraser: "M8 16.5 3.5 12a1 1 0 0 1 0-1.400L10.6 3.500a1 1 0 0 1 1.4 0L16.5 8a1 1 0 0 1 0 1.400L9.5 16.500zM7 7l6.5 6.500M8 16.500h9",
  wipe: "M3 13.5 13.5 3 17 6.5 6.5 17zM5 4l11 12",
  reset: "M4 10a6 6 0 1 1 2 4.500M4 15v-4h4",
  invert: "M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14zM10 3v14M10 6h4.500M10 9h6.500M10 12h6M10 15h4",
  fit: "M3 7.500V3h4.500M12.5 3H17v4.500M17 12.500V17h-4.500M7.5 17H3v-4.5",
  space: "M10 2.500 16.5 6v8L10 17.500 3.5 14V6zM3.5 6 10 9.500 16.5 6M10 9.500v8",
  beside: "M3 4h14v12H3zM10 4v12",
  sun: "M10 6.500a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM10 2v1.500M10 16.500V18M2 10h1.500M16.5 10H18M4.3 4.300l1.1 1.100M14.6 14.600l1.1 1.100M4.3 15.700l1.1-1.100M14.6 5.400l1.1-1.1",
  moon: "M16.5 12A7 7 0 0 1 8 3.500a7 7 0 1 0 8.5 8.500z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
      <path d={PATHS[name]} fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
