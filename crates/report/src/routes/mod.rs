//! The routes of a service, for people and for programs.
//!
//! Text of a log leaves by the same doors as everywhere: masked, and with nothing in it that a terminal obeys.

mod ndjson;
mod text;

pub use ndjson::write_ndjson;
pub use text::write_text;

use detect::routes::Inferred;

/// What is told of routes, and how much of it.
#[derive(Clone, Copy, Debug)]
pub struct RoutesReport<'a> {
    /// The version of the program that made it.
    pub version: &'static str,
    /// The routes.
    pub inferred: &'a Inferred,
    /// How many routes are shown, the busiest first.
    pub top: usize,
}
