import type { ComponentType } from "preact";

/** A page: its address, its name in the bar, the digit that opens it, and the code, fetched when it is first shown. */
export interface PageEntry {
  path: string;
  title: string;
  key: string;
  load: () => Promise<{ Page: ComponentType }>;
}

export const PAGES: readonly PageEntry[] = [
  { path: "worklist", title: "Worklist", key: "1", load: () => import("../worklist/page") },
  { path: "viewer", title: "Viewer", key: "2", load: () => import("../viewer/page") },
];
