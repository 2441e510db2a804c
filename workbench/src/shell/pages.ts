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
  { path: "ask", title: "Ask", key: "3", load: () => import("../pages/ask") },
  { path: "report", title: "Report", key: "4", load: () => import("../pages/report") },
  { path: "explain", title: "Explain", key: "5", load: () => import("../pages/explain") },
  { path: "systems", title: "Systems", key: "6", load: () => import("../pages/systems") },
  { path: "cards", title: "Cards", key: "7", load: () => import("../pages/cards") },
  { path: "jobs", title: "Jobs", key: "8", load: () => import("../pages/jobs") },
];
