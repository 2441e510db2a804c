import { lazy, Suspense } from "preact/compat";
import { useEffect, useState } from "preact/hooks";
import { Notice } from "../components/notice";
import { Reading } from "../components/reading";
import { about } from "../shell/about";
import { Refusal } from "../shell/api";
import { link, useRoute } from "../shell/router";
import { useStore } from "../shell/store";
import { useFacts, useStudy } from "./loading";
import { PicturePage } from "./picture";
import { StudyPanel } from "./study";

const SlideStage = lazy(() => import("./slide").then((part) => ({ default: part.SlideStage })));

/** The study of the address, whatever form its image has. */
export function Page() {
  const { query } = useRoute();
  const { state } = useStore(about);
  const study = state === "ready" ? (query["study"] ?? "") : "";
  const image = Number(query["image"] ?? 0) || 0;
  const [stamp, setStamp] = useState(0);
  const page = useStudy(study, stamp);
  const facts = useFacts(study, image);
  useEffect(() => {
    if (study) document.title = `${study} · Polyclinic`;
    return () => void (document.title = "Polyclinic workbench");
  }, [study]);

  if (state === "reading") return <Reading />;
  if (!query["study"]) {
    return (
      <Notice title="Choose a study">
        Open one from the <a href={link("worklist")}>worklist</a>.
      </Notice>
    );
  }
  const error = page.error ?? (page.value?.study.images?.length ? facts.error : null);
  if (error && !page.value) return <Problem error={error} />;
  if (!page.value || page.value.study.id !== study) return <Notice title="Opening the study" busy />;
  const second = query["with"] ?? "";
  return (
    <div class="viewer">
      <StudyPanel page={page.value} image={image} second={second} />
      {error ? (
        <Problem error={error} />
      ) : !page.value.study.images?.length ? (
        <Notice title="This study has no image">What is known of it stands at the left.</Notice>
      ) : !facts.value ? (
        <Notice title="Reading the image" busy />
      ) : facts.value.form === "slide" ? (
        <Suspense fallback={<Notice title="Opening the slide" busy />}>
          <SlideStage study={study} image={image} facts={facts.value} />
        </Suspense>
      ) : (
        <PicturePage
          key={`${image} ${study}`}
          page={page.value}
          image={image}
          facts={facts.value}
          second={second}
          stamp={stamp}
          onSaved={() => setStamp((now) => now + 1)}
        />
      )}
    </div>
  );
}

function Problem({ error }: { error: unknown }) {
  const said = error instanceof Error ? error.message : "The study could not be opened";
  return <Notice title={said} bad>{error instanceof Refusal && error.hint}</Notice>;
}
