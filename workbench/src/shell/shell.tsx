import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import icon from "../icon.svg";
import { Dialog } from "../components/dialog";
import { Icon } from "../components/icon";
import { Notice } from "../components/notice";
import { about } from "./about";
import { liveKeys, useKeys, type Key } from "./keys";
import { PAGES } from "./pages";
import { currentRoute, go, link, useRoute } from "./router";
import { useStore } from "./store";
import { theme, turnTheme } from "./theme";
import { toasts } from "./toast";

/** The bar at the top, the page below it, and what lies over both. */
export function Shell() {
  const route = useRoute();
  const [help, setHelp] = useState(false);
  const entry = PAGES.find((one) => one.path === route.page);
  useKeys("Everywhere", [
    { key: "?", says: "Keys, this list", run: () => setHelp(true) },
    { key: "t", says: "Light or dark", run: turnTheme },
    ...PAGES.map((one): Key => ({ key: one.key, says: one.title, run: () => open(one.path) })),
  ]);
  return (
    <div class="shell">
      <Bar page={route.page} onHelp={() => setHelp(true)} />
      <main class="page">
        {entry ? <Loaded key={entry.path} entry={entry} /> : <Notice title="There is no such page">Choose one above.</Notice>}
      </main>
      {help && <KeyList onClose={() => setHelp(false)} />}
      <Toasts />
    </div>
  );
}

/** Pages about a study keep the one that is open. */
function open(path: string): void {
  const { study, image } = currentRoute().query;
  go(path, path === "worklist" ? {} : { study, image });
}

function Loaded({ entry }: { entry: (typeof PAGES)[number] }) {
  const [page, setPage] = useState<{ Page: ComponentType } | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => void entry.load().then(setPage, () => setFailed(true)), [entry]);
  if (failed) return <Notice title="The page could not be fetched">Is the server still running?</Notice>;
  return page ? <page.Page /> : null;
}

function Bar({ page, onHelp }: { page: string; onHelp: () => void }) {
  const { study, image } = useRoute().query;
  const shade = useStore(theme);
  return (
    <header class="top">
      <a class="brand" href={link("worklist")}>
        <img src={icon} alt="" />
        <span>Polyclinic</span>
      </a>
      <nav class="tabs" aria-label="Pages">
        {PAGES.map((one) => (
          <a
            key={one.path}
            class="tab"
            href={link(one.path, one.path === "worklist" ? {} : { study, image })}
            aria-current={one.path === page ? "page" : undefined}
          >
            {one.title}
          </a>
        ))}
      </nav>
      <div class="room" />
      <Standing />
      <button class="button quiet icon" onClick={turnTheme} aria-label={shade === "dark" ? "Light" : "Dark"} title="Light or dark (t)">
        <Icon name={shade === "dark" ? "sun" : "moon"} />
      </button>
      <button class="button quiet icon" onClick={onHelp} aria-label="Keys" title="Keys (?)">
        ?
      </button>
    </header>
  );
}

/** What is open: the collection, the model and its state, and that phantoms are no patients. */
function Standing() {
  const { name, note, model } = useStore(about);
  const said = { none: "no model", loading: "loading", ready: "", failed: "could not be loaded" }[model.state];
  return (
    <>
      {note && /phantom/i.test(note) && (
        <span class="chip warn" title={note}>
          phantoms, not patients
        </span>
      )}
      <span class="where clip" title={note ?? ""}>{name}</span>
      <span class="chip" title={model.error ?? "Research software, not a medical device."} data-testid="model">
        <span class={`dot ${model.state}`} />
        {[model.name, said].filter(Boolean).join(", ")}
      </span>
    </>
  );
}

const CALLED: Record<string, string> = {
  ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", " ": "Space",
};

const shown = (key: string): string => key.replace(/[^+]+$/, (last) => CALLED[last] ?? last).replace("ctrl+", "Ctrl ").replace("shift+", "Shift ");

function KeyList({ onClose }: { onClose: () => void }) {
  const groups = useStore(liveKeys).filter((group) => group.keys.length > 0 && group.title !== "Dialog");
  return (
    <Dialog title="Keys" onClose={onClose}>
      <div class="key-groups">
        {groups.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl>
              {group.keys.map((one) => (
                <div key={one.says} class="pair">
                  <dt>{one.says}</dt>
                  <dd>
                    {[one.key].flat().map((key) => (
                      <kbd key={key}>{shown(key)}</kbd>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p class="small soft foot">Polyclinic is research software and not a medical device.</p>
    </Dialog>
  );
}

function Toasts() {
  const held = useStore(toasts);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {held.map((one) => (
        <div key={one.id} class={`toast${one.bad ? " bad" : ""}`}>
          {one.text}
          {one.hint && <small>{one.hint}</small>}
        </div>
      ))}
    </div>
  );
}
