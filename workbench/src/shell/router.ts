import { store, useStore } from "./store";

/** Where one is: `#/viewer?study=...` is the page `viewer` with a query. The address is the state one can send on. */
export interface Route {
  page: string;
  query: Readonly<Record<string, string>>;
}

export function parse(hash: string): Route {
  const [path = "", words = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return { page: path || "worklist", query: Object.fromEntries(new URLSearchParams(words)) };
}

export function link(page: string, query: Record<string, string | number | undefined> = {}): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== "") words.set(name, String(value));
  const told = words.toString();
  return `#/${page}${told ? `?${told}` : ""}`;
}

const route = store<Route>(parse(location.hash));
addEventListener("hashchange", () => route.set(parse(location.hash)));

export const useRoute = (): Route => useStore(route);
export const currentRoute = (): Route => route.get();

export function go(page: string, query: Record<string, string | number | undefined> = {}): void {
  location.hash = link(page, query);
}

/** Change the address without a step in the history: for filters and the like. */
export function amend(query: Record<string, string | number | undefined>): void {
  const now = route.get();
  history.replaceState(null, "", link(now.page, { ...now.query, ...query }));
  route.set(parse(location.hash));
}
