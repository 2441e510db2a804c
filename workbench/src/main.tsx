import { render } from "preact";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/components.css";
import "./styles/shell.css";
import "./styles/worklist.css";
import "./styles/viewer.css";
import "./styles/study.css";
import "./styles/work.css";
import { startAbout } from "./shell/about";
import { listen } from "./shell/keys";
import { Shell } from "./shell/shell";
import { startTheme } from "./shell/theme";

startTheme();
startAbout();
listen();
const root = document.getElementById("app");
if (root) render(<Shell />, root);
