//! The draft of a report to a regulator.
//!
//! Whoever lost personal data has to tell an authority within days, under headings that the law gives. This fills in,
//! under each of them, what the logs show, with the lines that prove it, and says of the rest that a person must: how
//! many people, what was told to them, what was done. Nothing of that is guessed, and no clock is read: one saved
//! report gives one draft, to the byte.
//!
//! The headings are those of Japan's Enforcement Rules of the Act on the Protection of Personal Information, Article
//! 8(1), items 1 to 9, which ask for most; what Article 33(3) of the GDPR asks for is named beside them. Each language
//! is a template of its own, since officials write differently and not only in other words; the figures come from the
//! same tables for all. It is Markdown, and text of a log stands in it only by the escaping of that form.

mod en;
mod ja;
mod tables;

use std::io;

use crate::document::{Document, Seal, Story};

/// A language that a draft is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Japanese.
    Japanese,
}

/// What a draft is made of.
#[derive(Clone, Debug)]
pub struct Draft<'a> {
    document: &'a Document,
    seal: &'a Seal,
    stories: Vec<&'a Story>,
}

impl<'a> Draft<'a> {
    /// A draft about these incidents of a report, in the report's order; about its worst one if none is named.
    ///
    /// # Errors
    ///
    /// Why there is nothing to draft: the report holds no incident, or not that one.
    pub fn of(document: &'a Document, seal: &'a Seal, ids: &[String]) -> Result<Draft<'a>, String> {
        let holds = |id: &&String| document.stories.iter().any(|story| story.incident.id == **id);
        if let Some(missing) = ids.iter().find(|id| !holds(id)) {
            return Err(format!(
                "--incident {missing}: this report holds no such incident; `keytrace show` lists them"
            ));
        }
        let stories: Vec<&Story> = match ids {
            [] => document.stories.iter().take(1).collect(),
            _ => document.stories.iter().filter(|story| ids.contains(&story.incident.id)).collect(),
        };
        match stories.is_empty() {
            true => Err("this report holds no incident: there is nothing to draft".to_owned()),
            false => Ok(Draft { document, seal, stories }),
        }
    }

    /// Writes the draft as Markdown.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn write(&self, language: Language, out: &mut dyn io::Write) -> io::Result<()> {
        match language {
            Language::English => en::write(self, out),
            Language::Japanese => ja::write(self, out),
        }
    }
}
