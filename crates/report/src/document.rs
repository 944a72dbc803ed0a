//! What a report says, whatever its form.
//!
//! A [`Document`] is a [`Report`](crate::Report) written down: plain values and text that is fit to be kept (secrets
//! cut, bytes that are no UTF-8 spelt out), without a reference to the log. All forms are made of it, and NDJSON *is*
//! it, row by row: so what one machine scanned another can show again in any form, and none of them can say more or
//! less than another. Text in it is still the text of strangers: each form has its own escaping.
//!
//! The rows are the contract with other programs: keys may be added, and are never renamed. Nothing in them depends
//! on how the scan ran (threads, compression, time of day), so that two scans of one log give the same bytes.

mod chance;
mod make;
mod named;
mod persons;
mod read;
mod reproduce;
mod rfc3339;
mod rows;

use std::collections::HashMap;

use detect::Severity;

pub use chance::Chance;
pub use make::of_report;
pub use persons::{Contents, Persons};
pub use read::{ReadError, Seal, read, read_with_seal};
pub use reproduce::Reproduce;
pub use rows::*;

use crate::facts::losses;

/// What a report says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// What was read, and what was not.
    pub scan: Scan,
    /// What happened, the first to read first.
    pub stories: Vec<Story>,
}

/// An incident and its findings.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// The incident.
    pub incident: Incident,
    /// What left by it, the most objects first.
    pub impact: Vec<Impact>,
    /// Its findings, by time.
    pub findings: Vec<Finding>,
}

impl Document {
    /// All findings, each with its incident.
    pub fn findings(&self) -> impl Iterator<Item = (&Incident, &Finding)> {
        self.stories.iter().flat_map(|story| story.findings.iter().map(|finding| (&story.incident, finding)))
    }

    /// Whether something that should have been read was not, or not to its end.
    pub fn has_loss(&self) -> bool {
        losses(&self.scan).next().is_some()
    }

    /// Whether there is an incident that is at least so severe.
    pub fn has(&self, severity: Severity) -> bool {
        self.stories.iter().any(|story| severity <= story.incident.severity)
    }

    /// A document of rows that come in any order.
    ///
    /// # Errors
    ///
    /// The identifier of an incident that another row names and no row holds.
    fn of_rows(
        scan: Scan,
        incidents: Vec<Incident>,
        impacts: Vec<Impact>,
        findings: Vec<Finding>,
    ) -> Result<Document, String> {
        let places: HashMap<String, usize> =
            incidents.iter().enumerate().map(|(place, incident)| (incident.id.clone(), place)).collect();
        let mut stories: Vec<Story> = incidents
            .into_iter()
            .map(|incident| Story { incident, impact: Vec::new(), findings: Vec::new() })
            .collect();
        let place_of = |id: &String| places.get(id).copied().ok_or_else(|| id.clone());
        for impact in impacts {
            stories[place_of(&impact.incident)?].impact.push(impact);
        }
        for finding in findings {
            stories[place_of(&finding.incident)?].findings.push(finding);
        }
        stories.sort_by_key(|story| story.incident.rank);
        Ok(Document { scan, stories })
    }
}
