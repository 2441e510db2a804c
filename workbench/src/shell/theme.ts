import { store } from "./store";

export type Theme = "light" | "dark";
const KEY = "polyclinic.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

function wanted(): Theme {
  const chosen = localStorage.getItem(KEY);
  return chosen === "light" || chosen === "dark" ? chosen : dark.matches ? "dark" : "light";
}

export const theme = store<Theme>(wanted());

export function startTheme(): void {
  const show = (now: Theme): void => {
    document.documentElement.dataset["theme"] = now;
  };
  show(theme.get());
  theme.watch(show);
  dark.addEventListener("change", () => theme.set(wanted()));
}

export function turnTheme(): void {
  const next: Theme = theme.get() === "dark" ? "light" : "dark";
  localStorage.setItem(KEY, next);
  theme.set(next);
}
