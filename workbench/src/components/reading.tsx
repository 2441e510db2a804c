import { about } from "../shell/about";
import { useStore } from "../shell/store";
import { Notice } from "./notice";

/** What every page says until the collection is read: how far it is. */
export function Reading() {
  const { listed } = useStore(about);
  return (
    <Notice title="Reading the collection" busy>
      {listed > 0 && <span class="figure">{listed.toLocaleString("en")} {listed === 1 ? "study" : "studies"} so far</span>}
    </Notice>
  );
}
