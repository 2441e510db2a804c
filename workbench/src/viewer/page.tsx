import { Notice } from "../components/notice";

export function Page() {
  return <Notice title="Choose a study">Open one from the worklist.</Notice>;
}
