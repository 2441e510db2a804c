import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { defineConfig, type Plugin } from "vite";

const ROOT = import.meta.dirname;

/** Files whose change changes the build; the fingerprint of them is written beside the pages, and a test compares it. */
function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sources(path) : [path];
  });
}

function fingerprint(): Plugin {
  return {
    name: "fingerprint",
    generateBundle() {
      const files = [...sources(join(ROOT, "src")), join(ROOT, "index.html"), join(ROOT, "package-lock.json")];
      const names = files.map((file) => relative(ROOT, file).replaceAll("\\", "/")).sort();
      const hash = createHash("sha256");
      for (const name of names) hash.update(name + "\0").update(readFileSync(join(ROOT, name))).update("\0");
      this.emitFile({ type: "asset", fileName: "built-from.txt", source: hash.digest("hex") + "\n" });
    },
  };
}

/** A page is `src/NAME/page.tsx`; its chunk is called by the folder. */
function pageName(file: string): string {
  const own = basename(file).replace(/\.\w+$/, "");
  return own === "page" ? basename(dirname(file)) : own;
}

const NIIVUE = join(ROOT, "node_modules/@niivue/niivue/src");
const SHIPPED = {
  preact: "node_modules/preact/LICENSE",
  openseadragon: "node_modules/openseadragon/LICENSE.txt",
  niivue: "licences/niivue.txt", // its package comes without
  "gl-matrix": "node_modules/gl-matrix/LICENSE.md",
  "nifti-reader-js": "node_modules/nifti-reader-js/LICENSE",
  fflate: "node_modules/fflate/LICENSE",
  "array-equal": "node_modules/array-equal/LICENSE",
  uuid: "node_modules/@lukeed/uuid/license",
  "structured-clone": "node_modules/@ungap/structured-clone/LICENSE",
};

/** The licences of what is built into the pages go with them. */
function licences(): Plugin {
  return {
    name: "licences",
    generateBundle() {
      const texts = Object.entries(SHIPPED).map(([name, file]) => `${name}\n\n${readFileSync(join(ROOT, file), "utf-8")}`);
      this.emitFile({ type: "asset", fileName: "third-party-licences.txt", source: texts.join("\n\n") });
    },
  };
}

export default defineConfig({
  base: "/",
  plugins: [fingerprint(), licences()],
  resolve: {
    alias: [
      { find: /^numcodecs\/.*/, replacement: join(ROOT, "src/viewer/no-codec.ts") },
      // from its source, in two files, as its bundle is larger than the repository takes
      { find: "@niivue/niivue", replacement: join(NIIVUE, "niivue/index.ts") },
      { find: /^@\//, replacement: `${NIIVUE}/` },
    ],
  },
  server: { proxy: { "/v1": "http://127.0.0.1:8600" } },
  build: {
    outDir: "../src/polyclinic/serving/pages",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    rollupOptions: {
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: "niivue", test: /@niivue\/niivue\/src\/niivue\// },
            { name: "niivue-parts", test: /@niivue\/niivue\/(?!src\/niivue\/)|gl-matrix|nifti-reader|fflate|zarrita|array-equal|@lukeed|@ungap/ },
          ],
        },
        // plain names: the server answers with an ETag, and the committed files change only in place
        entryFileNames: "assets/[name].js",
        chunkFileNames: ({ facadeModuleId, name }) => `assets/${facadeModuleId ? pageName(facadeModuleId) : name}.js`,
        assetFileNames: "assets/[name][extname]",
      },
    },
  },
});
