//! Reports for people and for machines.
//!
//! A [`Report`] is what a scan came to; a [`Document`] is that, written down. Each form of it is one [`Render`] in its
//! own file, and [`RENDERERS`] lists them. This is the only place that knows a form of output, and [`show`] the only door by which text of a log
//! reaches a terminal: it is written by strangers.

pub mod audit;
pub mod document;
pub mod draft;
pub mod records;
pub mod routes;
pub mod show;
pub mod trace;

mod attack;
mod cells;
mod changes;
mod csv;
mod ecs;
mod facts;
mod fitted;
mod foreign;
#[cfg(test)]
mod golden;
mod html;
mod json;
mod markdown;
mod ndjson;
mod ocsf;
mod redact;
mod render;
mod sarif;
mod shell;
mod sigma;
mod stix;
mod text;
mod timesketch;
mod timesketch_csv;
mod timesketch_jsonl;
mod untrusted;
mod words;

pub use changes::{Change, Changes, Likeness};
pub use document::Document;
pub use foreign::foreign_keys;
pub use json::hex;
pub use redact::Redactor;
pub use render::{Input, Kept, Look, Passed, RENDERERS, Render, Report};
pub use untrusted::Untrusted;
