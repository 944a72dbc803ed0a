//! The report for a browser: one file that needs nothing else.
//!
//! It opens from disk, loads nothing and sends nothing: a policy in its head forbids all but the one style and the one
//! script that stand in it, by their hashes, and forbids that script to make markup of text. What matters is told
//! in plain HTML first: what was found, what was read and what was not, each incident as a story. The script adds
//! what only it can: plots, and a table of all findings to filter and sort. Without it nothing but that is missing, and
//! printed, the page is a document to hand over.
//!
//! [`markup`] is the one door for the text of logs, [`summary`] and [`story`] are the page, [`data`] is what the script
//! reads. Everything is bounded, and where a bound is reached the page says so.

mod data;
mod markup;
mod story;
mod summary;

use std::io;

use base64::prelude::{BASE64_STANDARD, Engine};
use sha2::{Digest, Sha256};

use crate::document::Document;
use crate::render::{Look, Render};
use markup::Markup;

pub(crate) use markup::escaped;

/// How much of a page its stories may take, in bytes: what does not fit is in the list of incidents alone.
const STORIES_BYTES_MAX: usize = 7 << 18;

/// The one style.
const STYLE: &str = include_str!("html/parts/report.css");

/// The one script. Its parts are one scope: each stands on those before it.
const SCRIPT: &str = concat!(
    "(() => {\n\"use strict\";\n",
    include_str!("html/parts/base.js"),
    include_str!("html/parts/scales.js"),
    include_str!("html/parts/plots.js"),
    include_str!("html/parts/findings.js"),
    include_str!("html/parts/page.js"),
    "})();\n"
);

/// The form for a browser.
pub(crate) struct Html;

impl Render for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["html", "htm"]
    }

    fn about(&self) -> &'static str {
        "for a browser: one file with plots, a table to filter and sort, and a print for the record"
    }

    fn render(&self, document: &Document, _: Look, out: &mut dyn io::Write) -> io::Result<()> {
        out.write_all(page(document).as_bytes())
    }
}

/// The whole page.
fn page(document: &Document) -> String {
    let mut page = Markup::default();
    let told = stories(document);
    head(&mut page, document);
    page.put("<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n");
    summary::top(&mut page, document);
    page.put("<main id=\"main\" tabindex=\"-1\">\n");
    summary::overview(&mut page, document, told.len());
    page.put("<section id=\"incidents\" aria-label=\"Incidents\">\n");
    let count = told.len();
    for story in told {
        page.add(story);
    }
    summary::untold(&mut page, document, count);
    page.put("</section>\n");
    page.put(FINDINGS);
    summary::read(&mut page, &document.scan);
    page.put("</main>\n");
    summary::foot(&mut page, &document.scan);
    page.put("<script type=\"application/json\" id=\"data\">").data(&data::of(document, count)).put("</script>\n");
    page.put("<script>").put(SCRIPT).put("</script>\n</body>\n</html>\n");
    page.into_text()
}

/// Where the script puts the table of findings.
const FINDINGS: &str = "<section id=\"findings\" aria-labelledby=\"findings-title\">\n\
    <h2 id=\"findings-title\">Findings</h2>\n\
    <div id=\"findings-table\"><p class=\"note\">Every finding, to filter and to sort, is shown by the script of this page, \
    which has not run. The requests that tell most are under each incident.</p></div>\n</section>\n";

/// The stories that fit, in their order.
fn stories(document: &Document) -> Vec<Markup> {
    let mut bytes = 0;
    let told = document.stories.iter().map(story::of).take_while(|story| {
        bytes += story.bytes();
        bytes <= STORIES_BYTES_MAX
    });
    told.collect()
}

fn head(page: &mut Markup, document: &Document) {
    page.put("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.put("<meta http-equiv=\"Content-Security-Policy\" content=\"").say(policy()).put("\">\n");
    page.put("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.put("<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n");
    page.put("<title>").say(summary::headline(document)).put(" - keytrace</title>\n");
    page.put("<style>").put(STYLE).put("</style>\n</head>\n");
}

/// What the page may do: run this script, wear this style, nothing else. Text can never become markup in it.
fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between<'p>(page: &'p str, start: &str, end: &str) -> &'p str {
        page.split_once(start).and_then(|(_, rest)| rest.split_once(end)).expect("it is there").0
    }

    #[test]
    fn the_policy_names_the_very_script_and_style_of_the_page() {
        let page = page(&Document::default());
        let policy = between(&page, "Content-Security-Policy\" content=\"", "\"").replace("&#39;", "'");
        for (start, end, rule) in [("<script>", "</script>", "script-src"), ("<style>", "</style>", "style-src")] {
            let hash = BASE64_STANDARD.encode(Sha256::digest(between(&page, start, end)));
            assert!(policy.contains(&format!("{rule} 'sha256-{hash}';")), "{policy}");
        }
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"));
    }

    #[test]
    fn the_script_and_the_style_stay_in_their_elements_and_make_no_markup() {
        let makes_markup =
            ["innerHTML", "outerHTML", "insertAdjacent", "document.write", "DOMParser", "createContextual"];
        let runs_text = ["eval(", "Function(", "setAttribute(\"on", "javascript:", "import("];
        let reaches_out = ["fetch(", "XMLHttp", "WebSocket", "sendBeacon", "url(", "@import", "https:"];
        for word in makes_markup.iter().chain(&runs_text).chain(&reaches_out).chain(&["</", "<!--", "<script"]) {
            assert!(!SCRIPT.contains(word), "the script holds {word}");
            assert!(!STYLE.contains(word), "the style holds {word}");
        }
        assert_eq!(SCRIPT.matches("http:").count(), 1, "the name of what drawings are made of, alone");
    }
}
