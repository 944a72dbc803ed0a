//! The draft in English.

use std::io;

use accesslog::Time;

use super::Draft;
use super::tables::{self, Cells, Left, digest};
use crate::document::{Seal, Story};
use crate::facts::{contents, losses, signal, silence_within};
use crate::markdown::{code, prose};
use crate::words::{second, thousands};

const CELLS: Cells = Cells {
    stages: [
        "probe: looking for a way in",
        "extract: taking a key or secret",
        "use: using what was taken",
        "harvest: fetching many records",
    ],
    outcomes: ["succeeded", "cannot be told", "failed"],
    time: when,
    unknown: "not in the logs",
    tainted: " (the log is damaged: this line may never have been written)",
    kept: |kept, all| {
        let (kept, all) = (thousands(kept), thousands(all));
        format!("The saved report holds {kept} of the {all} requests line by line: successes and times are of those.")
    },
    more: |more| format!("{} more are in the saved report.", thousands(more)),
    signal: |name| {
        signal(name).map_or_else(|| code(name), |signal| format!("{} (`{}`)", signal.about(), signal.name()))
    },
    stage_heads: ["stage", "requests", "of them succeeded", "first", "last"],
    way_heads: ["stage", "what the requests did", "requests", "of them succeeded", "seen in one"],
    impact_heads: [
        "route, or bucket and prefix",
        "month (UTC)",
        "requests",
        "succeeded",
        "outcome unknown",
        "bytes",
        "different objects (at least - at most)",
        "first success",
        "last success",
    ],
    evidence_heads: [
        "stage",
        "time",
        "source:line",
        "client",
        "request",
        "what was seen",
        "outcome",
        "SHA-256 of the line",
    ],
    person_heads: ["identified by", "items that left", "persons, at least", "at most"],
    use_heads: ["client", "principal and access key", "program", "requests", "succeeded", "calls"],
    input_heads: ["log", "format", "lines", "records", "unreadable lines", "first record", "last record", "SHA-256"],
};

/// The headings that Japan's rule asks for, each with the point of the GDPR that asks for the like.
const HEADINGS: [(&str, &str); 9] = [
    ("Outline of the incident", "Art. 33(3)(a): nature of the breach"),
    ("Items of personal data", "Art. 33(3)(a): categories of data subjects and of records"),
    ("Number of persons", "Art. 33(3)(a): approximate number of data subjects and of records"),
    ("Cause", "Art. 33(3)(a): nature of the breach"),
    ("Secondary harm and its likelihood", "Art. 33(3)(c): likely consequences"),
    (
        "Response to the persons concerned",
        "Art. 33(3)(d): measures to mitigate; Art. 34: communication to the data subject",
    ),
    ("Publication", "Art. 34(3)(c): public communication"),
    ("Measures to prevent recurrence", "Art. 33(3)(d): measures taken or proposed"),
    ("Other matters for reference", "Art. 33(3)(b): contact point; Art. 33(5): documentation"),
];

fn when(time: Time) -> String {
    format!("{} UTC", second(time))
}

/// What a person must fill in.
fn fill(what: &str) -> String {
    format!("**[TO FILL IN: {what}]**")
}

fn heading(number: usize, out: &mut dyn io::Write) -> io::Result<()> {
    let (name, gdpr) = HEADINGS[number - 1];
    writeln!(out, "\n## {number}. {name}\n\n*PPC rule Art. 8(1) item {number}; GDPR {gdpr}*\n")
}

/// Writes the draft.
pub(super) fn write(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    opening(draft, out)?;
    heading(1, out)?;
    outline(draft, out)?;
    heading(2, out)?;
    items(draft, out)?;
    heading(3, out)?;
    persons(draft, out)?;
    heading(4, out)?;
    cause(draft, out)?;
    heading(5, out)?;
    harm(draft, out)?;
    heading(6, out)?;
    let persons = "to whom, when and how the persons were told, what was offered to them, and where they can ask";
    writeln!(out, "The logs show nothing of this.\n\n- {}", fill(persons))?;
    heading(7, out)?;
    writeln!(
        out,
        "The logs show nothing of this.\n\n- {}",
        fill("whether, when and where it was published, or why not")
    )?;
    heading(8, out)?;
    prevention(draft, out)?;
    heading(9, out)?;
    other(draft, out)?;
    annexes(draft, out)
}

fn opening(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let version = prose(&draft.document.scan.version);
    writeln!(out, "# Draft report of a personal data breach\n")?;
    writeln!(
        out,
        "Drafted by keytrace {version} from a saved report on access logs. It says what the logs show and nothing else: what is \
         marked {} only the organisation can say, and the whole must be read and corrected before it is sent. It is no legal \
         advice. All times are in UTC, as converted from the logs; months are months of UTC.\n",
        fill("...")
    )?;
    match draft.seal {
        Seal::Whole(sum) => {
            writeln!(out, "The saved report is as it was written; the SHA-256 of its rows is {}.", digest(sum))?;
        }
        Seal::Broken => {
            writeln!(
                out,
                "**The seal of the saved report is broken: it was changed since it was written, and no figure here can be relied on.**"
            )?;
        }
        Seal::Missing => {
            writeln!(out, "**The saved report bears no seal: its end is missing, and figures may be too low.**")?;
        }
    }
    if draft.document.has_loss() {
        writeln!(
            out,
            "\n**Some logs were not read, or not to their end (section 9): every figure is a lower bound.**"
        )?;
    }
    writeln!(out, "\n- Reporting organisation: {}", fill("name, address, representative"))?;
    writeln!(
        out,
        "- Contact point (GDPR Art. 33(3)(b)): {}",
        fill("data protection officer or other contact, telephone, e-mail")
    )?;
    writeln!(out, "- The organisation became aware: {}", fill("date, time and zone; the logs cannot show it"))?;
    writeln!(out, "- Kind of report: {}", fill("preliminary or final; first or in phases"))?;
    writeln!(out, "\n## Time limits\n")?;
    writeln!(out, "| rule | what | limit, counted from becoming aware |\n| --- | --- | --- |")?;
    writeln!(
        out,
        "| Japan, APPI Art. 26(1), Enforcement Rules Art. 8(1) | prompt report | promptly; 3 to 5 days by the guidelines of the PPC |"
    )?;
    writeln!(
        out,
        "| Japan, Enforcement Rules Art. 8(2) | final report | 30 days; 60 days where a wrongful purpose is possible (Art. 7 item 3) |"
    )?;
    writeln!(
        out,
        "| GDPR Art. 33(1) | notification of the authority | 72 hours where feasible; later with the reasons for the delay |"
    )?;
    writeln!(out, "| GDPR Art. 33(4) | further information | in phases, without undue further delay |")?;
    writeln!(out, "\n## Where each point stands\n")?;
    writeln!(out, "| section | PPC rule | GDPR |\n| --- | --- | --- |")?;
    for (place, (name, gdpr)) in HEADINGS.iter().enumerate() {
        let number = place + 1;
        writeln!(out, "| {number}. {name} | Art. 8(1) item {number} | {gdpr} |")?;
    }
    Ok(())
}

/// Does something for each incident, under its own heading where there are several.
fn each(
    draft: &Draft<'_>,
    out: &mut dyn io::Write,
    tell: impl Fn(&Story, &mut dyn io::Write) -> io::Result<()>,
) -> io::Result<()> {
    for story in &draft.stories {
        if 1 < draft.stories.len() {
            writeln!(out, "\n### Incident {}\n", code(&story.incident.id))?;
        }
        tell(story, out)?;
    }
    Ok(())
}

fn outline(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    each(draft, out, |story, out| {
        let incident = &story.incident;
        writeln!(out, "**{}** (incident {})\n", incident.title.in_prose(), code(&incident.id))?;
        writeln!(out, "{}\n", incident.told().in_prose())?;
        let time = |time: Option<Time>| time.map_or(CELLS.unknown.to_owned(), when);
        writeln!(out, "- Period: {} to {}", time(incident.first_seen), time(incident.last_seen))?;
        writeln!(
            out,
            "- Requests: {}, of which {} got what they asked for",
            thousands(incident.findings),
            thousands(incident.successes)
        )?;
        let (severity, confidence) = (incident.severity.name(), incident.confidence.name());
        writeln!(out, "- Judged by keytrace: severity {severity}, confidence {confidence}")?;
        tables::stages(story, &CELLS, out)
    })?;
    writeln!(out, "\n- How it was noticed: {}", fill("by whom, when and by what"))?;
    writeln!(out, "- Service and system concerned: {}", fill("name, purpose, operator, processor if any"))
}

fn items(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(
        out,
        "The logs show from where data left, when and how much, and not what it says. What left, by place and month:"
    )?;
    each(draft, out, |story, out| match story.impact.is_empty() {
        true => writeln!(out, "\nNothing is known to have left by this incident."),
        false => tables::impact(story, &CELLS, out),
    })?;
    writeln!(
        out,
        "\n- What each of these places holds: {}",
        fill("items of personal data: name, address, e-mail, purchase history, photo, ...")
    )?;
    writeln!(out, "- Special categories, means of payment: {}", fill("whether any place holds them"))?;
    writeln!(
        out,
        "- Age of the data: {}",
        fill("from when to when the data was collected; the month above is when it left")
    )?;
    writeln!(out, "- Categories of data subjects: {}", fill("customers, employees, children, ..."))
}

fn persons(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    each(draft, out, |story, out| {
        let left = Left::of(&story.impact);
        let objects = left.objects();
        writeln!(
            out,
            "Different objects (records or files) that left: {objects}, in {} successful requests, {} bytes.",
            thousands(left.successes),
            thousands(left.bytes)
        )?;
        if 0 < left.unknown {
            writeln!(out, "Of {} more requests the logs do not tell the outcome.", thousands(left.unknown))?;
        }
        counted(story, out)?;
        if let Some((empty, all, width)) = silence_within(&draft.document.scan, &story.incident) {
            writeln!(
                out,
                "\nNo upper bound can be given: in {} of the {} stretches of {} minutes from its first request to its last no log \
                 holds any request. What left in them, if anything did, is not counted, and a rate from the others would be a guess.",
                thousands(empty),
                thousands(all),
                width / 60
            )?;
        }
        writeln!(out)
    })?;
    writeln!(
        out,
        "An object is no person: one person may have many, and one object, such as a log or a table, may hold many persons. The \
         sum takes in all places of section 2, those from which keys were taken too. Where two numbers stand, the true one is \
         between them, as far as the logs reach.\n"
    )?;
    writeln!(
        out,
        "- Number of persons: {}",
        fill("number, at least and at most, and how it was counted from the objects")
    )?;
    writeln!(
        out,
        "- Persons by combination of items: {}",
        fill("for example name and address: so many; photo: so many")
    )?;
    writeln!(out, "- Persons in each country concerned: {}", fill("if persons elsewhere are concerned"))
}

/// The persons that the organisation's own map of its data tells apart.
fn counted(story: &Story, out: &mut dyn io::Write) -> io::Result<()> {
    if let Some(of) = &story.incident.contents {
        writeln!(out, "\nContents of the objects that left, as they lie with the organisation: {}.", contents(of))?;
    }
    if story.incident.persons.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\nPersons, counted by the identifiers that `keytrace.toml` of the organisation names, each once, by the combination of \
         items that left. At least: for certain. At most: where the logs leave open what a request got."
    )?;
    tables::persons(story, &CELLS, out)?;
    writeln!(out)?;
    for (kind, least) in tables::persons_least(story) {
        writeln!(out, "- Together at least {} by {}.", thousands(least), kind.in_code())?;
    }
    Ok(())
}

fn cause(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    each(draft, out, |story, out| {
        writeln!(out, "What the requests did, by stage:")?;
        tables::ways(story, &CELLS, out)?;
        writeln!(out, "\nWhat speaks for it:\n")?;
        for reason in &story.incident.why {
            writeln!(
                out,
                "- {}: saw {}; expected {}",
                code(&reason.signal),
                reason.seen.in_code(),
                reason.expected.in_prose()
            )?;
        }
        writeln!(out, "\nThe lines that prove it are in annex A.\n")
    })?;
    writeln!(
        out,
        "- Weakness that was used: {}",
        fill("fault of the program or setting, since when, why it was not found before")
    )?;
    writeln!(out, "- Confirmation by the service's own logs or by trying: {}", fill("what was confirmed, and how"))
}

fn harm(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    each(draft, out, |story, out| {
        writeln!(out, "Use of what was taken, and records that were fetched:")?;
        if !tables::uses(story, &CELLS, out)? {
            writeln!(
                out,
                "\nThe logs that were read show none. They show it only if they are those of the service on which it was used."
            )?;
        }
        writeln!(out)
    })?;
    writeln!(out, "Whether the data was passed on, sold or used against the persons is in no access log.\n")?;
    writeln!(
        out,
        "- Secondary harm known so far: {}",
        fill("complaints, fraud, publication elsewhere; or none known, as of which date")
    )?;
    writeln!(out, "- Likelihood and consequences for the persons: {}", fill("judgement by items of data"))
}

fn prevention(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    each(draft, out, |story, out| {
        if !story.incident.next.is_empty() {
            writeln!(out, "Proposed by keytrace from what was seen; nothing of it is said to have been done:\n")?;
        }
        story.incident.next.iter().try_for_each(|advice| writeln!(out, "- [ ] {}", prose(advice)))?;
        writeln!(out)
    })?;
    writeln!(out, "- Measures taken: {}", fill("what was done and when: access stopped, keys revoked, fault mended"))?;
    writeln!(
        out,
        "- Nothing succeeded since: {}",
        fill("result of `keytrace check --since TIME`, with the hours that the logs cover")
    )?;
    writeln!(out, "- Measures planned: {}", fill("what and by when, technical and organisational"))
}

fn other(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let scan = &draft.document.scan;
    writeln!(out, "### What the logs do not hold\n")?;
    let span = scan.totals.first.zip(scan.totals.last);
    let span = span.map_or(CELLS.unknown.to_owned(), |(first, last)| format!("{} to {}", when(first), when(last)));
    writeln!(out, "- The logs cover {span}. What was before or after, they do not show.")?;
    if scan.window.since.or(scan.window.until).is_some() {
        let end = |time: Option<Time>| time.map_or("no limit".to_owned(), when);
        writeln!(
            out,
            "- Of that time this was looked at: begin {}, end {} (not included).",
            end(scan.window.since),
            end(scan.window.until)
        )?;
    }
    match tables::silence(scan) {
        Some((0, all, width)) => writeln!(
            out,
            "- Each of the {} stretches of {} minutes in it holds a request.",
            thousands(all),
            width / 60
        )?,
        Some((empty, all, width)) => writeln!(
            out,
            "- In {} of its {} stretches of {} minutes no log holds a request: nothing happened, or nothing was recorded.",
            thousands(empty),
            thousands(all),
            width / 60
        )?,
        None => {}
    }
    let totals = &scan.totals;
    writeln!(
        out,
        "- {} of {} lines could not be read as a record.",
        thousands(totals.faults),
        thousands(totals.lines)
    )?;
    if losses(scan).next().is_none() {
        writeln!(out, "- Everything that was given was read to its end.")?;
    } else {
        writeln!(out, "- Not read, or not to its end:\n")?;
        tables::lost(scan, &CELLS, out)?;
        writeln!(out)?;
    }
    for not_run in &scan.not_run {
        writeln!(out, "- The sign {} could not be looked for: {}", code(&not_run.signal), prose(&not_run.because))?;
    }
    for limit in &scan.limits_reached {
        writeln!(out, "- Bound reached, {} {}: {}", thousands(limit.limit), code(&limit.name), prose(&limit.meaning))?;
    }
    writeln!(out, "\n### What cannot be known from access logs\n")?;
    for line in [
        "What a request sent in its body, and what an answer held. That a request succeeded is inferred from its status, its size and what followed.",
        "Who stands behind an address, and whether one person or several did.",
        "What was done through logs that were not handed in, or that the service did not write.",
        "Whether the clocks of different machines agree: times are taken as they are written.",
        "What became of the data afterwards.",
    ] {
        writeln!(out, "- {line}")?;
    }
    writeln!(out, "\n### Further\n")?;
    writeln!(out, "- Other authorities, police, processors and insurers told: {}", fill("whom and when"))?;
    writeln!(out, "- Reasons for a delay, if there was one: {}", fill("reasons"))?;
    let rest = draft.document.stories.len() - draft.stories.len();
    let whether = fill("whether one of them is part of this, or needs a report of its own");
    match rest as u64 {
        0 => writeln!(out, "- The saved report holds no other incident."),
        rest => writeln!(out, "- Other incidents of the saved report, not told here: {}; {whether}", thousands(rest)),
    }
}

fn annexes(draft: &Draft<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "\n## Annex A: evidence\n")?;
    writeln!(
        out,
        "Of each stage the first and the last requests that succeeded; where none did, of all. `#` is the number of the record within its line's document."
    )?;
    each(draft, out, |story, out| tables::evidence(story, &CELLS, out))?;
    writeln!(out, "\n## Annex B: logs that were read\n")?;
    writeln!(
        out,
        "`keytrace verify` with the saved report and these logs checks every file and line that is named here."
    )?;
    tables::inputs(&draft.document.scan, &CELLS, out)
}
