//! What a request is judged by.
//!
//! A [`Detector`] takes in records one by one ([`Detector::observe`]), takes in what other workers saw
//! ([`Detector::merge`]), and judges ([`Detector::finish`]): it gives [`Incident`]s, the first to read first, each
//! made of [`Judged`] findings that say what was reached for, how it was dressed, and what it got.
//!
//! What is absent, deliberately: files, threads, clocks, and any form of report. The state obeys one law: what two
//! detectors saw, merged, is what one would have seen, in whatever order it came.

#[cfg(feature = "ablation")]
pub mod ablation;
#[cfg(not(feature = "ablation"))]
mod ablation;
mod actors;
mod ahead;
mod aims;
mod apart;
pub mod audit;
mod batch;
mod blind;
mod bounded;
mod breadth;
mod budget;
mod bytes;
mod catalog;
mod cells;
mod choices;
mod company;
mod containment;
mod crossing;
mod crowd;
mod crowded;
mod data_map;
pub mod decode;
mod detector;
mod doubts;
mod drawn;
mod embedded;
mod far;
mod few;
mod finding;
mod firsts;
mod grouped;
mod harvest;
mod hash;
mod host;
mod impact;
mod incident;
mod kept;
mod keys;
mod largest;
mod leads;
mod leaked;
mod lone_choice;
mod mask;
mod memo;
mod memory;
mod names;
#[cfg(test)]
mod objectives;
mod odd;
mod others;
mod outcome;
mod owners;
mod ownership;
mod parameter;
mod params;
mod parts;
mod pattern;
mod peers;
mod personal;
mod persons;
mod policy;
mod prefilter;
mod profile;
mod questions;
mod request;
mod route;
pub mod routes;
mod sampled;
mod scan;
mod sieve;
mod sighting;
mod signal;
mod signals;
mod signs;
mod sized;
mod story;
mod target;
mod tracer;
mod traces;
mod traffic;
pub mod trail;
mod turned;
mod turns;
mod usual;
mod view;
mod vocabulary;
mod walked;
mod walks;

pub use actors::Actors;
pub use aims::Aims;
pub use apart::{Alone, Apart};
pub use budget::{Among, Budget, Chance, Rarity};
pub use catalog::{Answer, Grade};
pub use containment::{Since, Watch, smallest_seen};
pub use data_map::{ContentForm, ContentRule, DataMap, DataPlace, DataRule, Held, ITEMS_MAX};
pub use decode::Layer;
pub use detector::{Detector, Limit, NotRun, Verdict, not_run};
pub use drawn::Openings;
pub use finding::{CloudCall, Confidence, FIELD_BYTES_MAX, Finding, Judged, Severity, Stage};
pub use hash::Key;
pub use impact::Impact;
pub use incident::{Actor, Incident, Reason, Sighting};
pub use leaked::{Became, Contents, Counted, Inside, Objects};
pub use mask::masked;
pub use memory::{MEMORY_BYTES, MEMORY_BYTES_MIN, Memory};
pub use outcome::{Case, Outcome};
pub use pattern::{Pattern, PatternError};
pub use persons::Persons;
pub use policy::{Allow, Policy, Suppressed};
pub use request::{Field, Request};
pub use signal::{Aim, Evidence, Role, Signal, Way, Weight};
pub use signals::SIGNALS;
pub use tracer::Tracer;
pub use traffic::{Stretch, Traffic};
pub use usual::RouteSizes;
pub use view::{View, views};
