//! What an audit came to, for people and for programs.
//!
//! The audit counts; here the counts become claims, each with the source and the line by which it can be checked, the
//! worst first. It stands beside the report of a scan and shares nothing with it but the doors through which text of a
//! log leaves.

mod advice;
mod blind;
mod claims;
mod ndjson;
mod text;

use std::path::PathBuf;

use accesslog::Census;
use detect::audit::{Audited, Secret};

pub use advice::{APACHE, Advice, NGINX, advice};
pub use blind::Blind;
pub use ndjson::write_ndjson;
pub use text::write_text;

/// A log that was audited.
#[derive(Clone, Debug)]
pub struct AuditInput {
    /// Its number, by which positions name it.
    pub number: u32,
    /// Its path.
    pub path: PathBuf,
    /// Its format, where one was recognised.
    pub format: Option<&'static str>,
    /// What became of its lines.
    pub census: Census,
    /// Whether its text ends in the middle of a line.
    pub is_last_line_open: bool,
    /// Why it was not read to its end, if it was not.
    pub cut_short: Option<String>,
    /// Which kind of log it is, by the place of the kind among those the audit was finished with.
    pub kind: usize,
}

/// How bad a claim is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gravity {
    /// Good to know.
    Note,
    /// It weakens what the logs prove.
    Warning,
    /// Something is lost, or in danger.
    Serious,
}

impl Gravity {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Gravity::Note => "note",
            Gravity::Warning => "warning",
            Gravity::Serious => "serious",
        }
    }
}

/// Something that is wrong with the logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// How bad it is.
    pub gravity: Gravity,
    /// Its name, for programs.
    pub name: &'static str,
    /// The path of the source that it speaks of, if of one; ready to be shown.
    pub source: Option<String>,
    /// What is wrong, in a sentence or two, ready to be shown.
    pub says: String,
    /// The lines by which it can be checked, if there are any.
    pub lines: Vec<u64>,
}

/// What an audit came to.
#[derive(Clone, Debug)]
pub struct AuditReport {
    /// The version of the program that made it.
    pub version: &'static str,
    /// The logs that were read.
    pub inputs: Vec<AuditInput>,
    /// What is wrong with them, the worst first.
    pub claims: Vec<Claim>,
    /// Secrets and personal data in them, the most dangerous first.
    pub secrets: Vec<Secret>,
    /// What they cannot show, by format.
    pub blind: Vec<Blind>,
    /// What to have their servers log.
    pub advice: Vec<Advice>,
}

impl AuditReport {
    /// The report of an audit of these logs. `missing_files` are parts of rotated logs that should be there, by name.
    pub fn new(
        version: &'static str,
        mut inputs: Vec<AuditInput>,
        missing_files: &[String],
        audited: Audited,
    ) -> AuditReport {
        inputs.sort_by_key(|input| input.number);
        let claims = claims::claims(&inputs, missing_files, &audited);
        let blind = blind::blind(&inputs, &audited.sources);
        let mut advices: Vec<Advice> = Vec::new();
        for advice in blind.iter().flat_map(|blind| advice(blind.format, &blind.missing)) {
            if !advices.iter().any(|other| other.server == advice.server) {
                advices.push(advice);
            }
        }
        AuditReport { version, inputs, claims, secrets: audited.secrets, blind, advice: advices }
    }

    /// The path of a source.
    pub(crate) fn path_of(&self, number: u32) -> String {
        path_of(&self.inputs, number)
    }
}

/// The path of one of the inputs, which are in the order of their numbers.
fn path_of(inputs: &[AuditInput], number: u32) -> String {
    let input = inputs.binary_search_by_key(&number, |input| input.number).map(|place| &inputs[place]);
    input.map_or_else(
        |_| String::new(),
        |input| crate::show::Shown(input.path.as_os_str().as_encoded_bytes()).to_string(),
    )
}
