import { api, type Row, type StudyPage } from "../shell/api";
import { amend, link } from "../shell/router";

/** The left side: the subject's visits, this visit's images, what is known of it. */
export function StudyPanel({ page, image, second }: { page: StudyPage; image: number; second: string }) {
  const { study, visits } = page;
  const images = study.images ?? [];
  return (
    <aside class="side left" aria-label="Study">
      <header>
        <h2 class="clip" title={study.id}>{study.id}</h2>
        <p class="small soft clip">{[study.subject, study.domain].filter(Boolean).join(" · ")}</p>
      </header>
      {visits.length > 1 && <TimeLine visits={visits} open={study.id} second={second} />}
      {images.length > 1 && (
        <section>
          <h3>Images</h3>
          <div class="strip">
            {images.map((one, number) => (
              <button key={number} class="pick" aria-pressed={number === image} title={one.path} onClick={() => amend({ image: number || undefined })}>
                <img src={api.thumbnail(study.id, number)} alt={`Image ${number + 1}`} width={52} height={52} />
              </button>
            ))}
          </div>
        </section>
      )}
      <Findings page={page} />
      <Told page={page} />
    </aside>
  );
}

/** Visits by time, to scale; a click opens one, the other button lays it beside. */
function TimeLine({ visits, open, second }: { visits: Row[]; open: string; second: string }) {
  return (
    <section>
      <h3>Visits</h3>
      <ol class="visits">
        {visits.map((visit) => (
          <li key={visit.id} class={visit.id === open ? "open" : ""}>
            <a href={link("viewer", { study: visit.id })}>
              <img src={api.thumbnail(visit.id)} alt="" width={44} height={44} />
              <span>
                <b class="figure">{visit.time_days === null ? "undated" : `day ${Math.round(visit.time_days)}`}</b>
                <span class="small soft clip">{visit.findings.join(", ") || "nothing noted"}</span>
              </span>
            </a>
            {visit.id !== open && (
              <button
                class="button quiet small"
                aria-pressed={visit.id === second}
                title="Side by side"
                onClick={() => amend({ with: visit.id === second ? undefined : visit.id })}
              >
                beside
              </button>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Findings({ page }: { page: StudyPage }) {
  const known = (page.study.findings ?? []).filter((one) => one.present !== false || one.change);
  if (known.length === 0) return null;
  return (
    <section>
      <h3>Findings</h3>
      <ul class="findings">
        {known.map((one) => (
          <li key={one.name}>
            <span class={one.present ? "" : "soft"}>{one.name}</span>
            <span class="small soft">{[one.present === null ? "uncertain" : one.present ? "" : "absent", one.change].filter(Boolean).join(", ")}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Told({ page }: { page: StudyPage }) {
  const { report, captions, labels } = page.study;
  return (
    <>
      {report && (
        <section class="report" lang={report.language}>
          <h3>Report</h3>
          {Object.entries(report.sections).map(([name, text]) => (
            <p key={name} dir="auto">
              <b>{name}</b> {text}
            </p>
          ))}
        </section>
      )}
      {captions?.map((text) => (
        <p key={text} class="small" dir="auto">{text}</p>
      ))}
      {labels && Object.keys(labels).length > 0 && (
        <section>
          <h3>Labels</h3>
          <ul class="findings">
            {Object.entries(labels).map(([name, value]) => (
              <li key={name}>
                <span>{name}</span>
                <span class="small soft">{String(value)}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
