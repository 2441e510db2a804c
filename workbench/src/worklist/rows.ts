import { api, type Filter, type Row } from "../shell/api";

export const ROW_HEIGHT = 60;
const PAGE = 100;

/** Rows of one filter, fetched a page at a time as they come into view; pages far away are let go. */
export class Rows {
  total = 0;
  ready = false;
  error: unknown = null;
  private pages = new Map<number, readonly Row[]>();
  private asked = new Set<number>();
  private stop = new AbortController();

  constructor(
    private readonly filter: Partial<Filter>,
    private readonly changed: () => void,
  ) {}

  at(place: number): Row | undefined {
    return this.pages.get(Math.floor(place / PAGE))?.[place % PAGE];
  }

  /** Make sure that the rows between two places are there or on their way. */
  want(first: number, last: number): void {
    for (let page = Math.floor(first / PAGE); page <= Math.floor(Math.max(last, first) / PAGE); page++) {
      if (!this.asked.has(page)) void this.fetch(page);
    }
  }

  close(): void {
    this.stop.abort();
  }

  private async fetch(page: number): Promise<void> {
    this.asked.add(page);
    try {
      const found = await api.studies(this.filter, page * PAGE, PAGE, this.stop.signal);
      this.total = found.total;
      this.pages.set(page, found.rows);
      this.letGo(page);
      this.error = null;
    } catch (error) {
      if (this.stop.signal.aborted) return;
      this.asked.delete(page);
      this.error = error;
    }
    this.ready = true;
    this.changed();
  }

  private letGo(near: number): void {
    for (const page of this.pages.keys()) {
      if (this.pages.size <= 40) return;
      if (Math.abs(page - near) > 15) {
        this.pages.delete(page);
        this.asked.delete(page);
      }
    }
  }
}
