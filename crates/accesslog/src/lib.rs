//! A zero-copy parser of access logs.
//!
//! Bytes come in as a [`Chunk`] of whole lines, and go out as [`Record`]s that borrow from it, each
//! with the [`Position`] it stands at. A line that is no record is a [`Fault`], which says where it
//! stops fitting and what was expected there; the [`Census`] counts every line as exactly one of
//! record, fault, blank or directive, so nothing is lost in silence.
//!
//! What is absent, deliberately: files, threads, decompression and clocks (crate `scan` has those),
//! and any opinion of a request (crate `detect`). Values are the bytes that stand in the log: nothing
//! is unescaped, decoded or lower-cased here, because evidence must be traceable to a byte.
//!
//! ```
//! let line = br#"192.0.2.7 - - [01/May/2024:00:02:15 +0900] "GET /a?b=1 HTTP/1.1" 200 512 "-" "curl/8.5""#;
//! let reading = accesslog::recognise(line).reading.expect("a combined line");
//! let record = reading.format.parse(line).unwrap().unwrap();
//! assert_eq!(record.target, Some(&b"/a?b=1"[..]));
//! assert_eq!(record.bytes, Some(512));
//! ```

pub mod escape;
pub mod kept;
pub mod time;

mod address;
mod census;
mod chunk;
mod elements;
mod fault;
mod field;
mod format;
mod formats;
mod forwarded;
mod grammar;
mod json;
mod layout;
mod logger;
mod marks;
mod observe;
mod ordinary;
mod reading;
mod recognition;
mod record;
mod stored;
mod syslog;
mod url;
mod wrapping;

pub use census::{Census, FAULTS_KEPT, FaultAt};
pub use chunk::{Chunk, LINE_BYTES_MAX, Line, Position};
pub use elements::{ENVELOPES, Elements};
pub use escape::Escape;
pub use fault::Fault;
pub use field::{Sink, Value};
pub use format::{Fields, Format};
pub use formats::{FORMATS, JsonMapError, JsonPaths, KeyTimes, any_of, json_map, key_times, w3c_fields};
pub use forwarded::{NetworkError, Networks, TrustedProxies};
pub use layout::{ConfigFormat, LayoutError, config_formats, log_format, log_format_of};
pub use observe::Observe;
pub use ordinary::Ordinary;
pub use reading::{
    FormatHandle, Framing, IsWanted, OVERLONG, Reading, Seen, each_element, each_line, named, parse_chunk,
    parse_chunk_of, parse_chunk_to, parse_elements, parse_elements_to,
};
pub use recognition::{Recognition, recognise};
pub use record::{Cloud, Record};
pub use time::Time;
pub use wrapping::{Unwrapped, Wrapping};
