//! One pass over all sources in order, on one thread: for whoever shows lines, and not what they come to.
//!
//! [`fold`](crate::fold) gives each line to whoever is idle and keeps no order, as a judgement needs none. A parser
//! that prints what it reads does: here the sources come one after the other, and their lines as they stand.

use accesslog::{Census, Chunk, Fault, Framing, Position, Reading, Seen, each_element, each_line};

use crate::framer::Frame;
use crate::source::{self, Opened};
use crate::{Account, Condition, Config, Inputs, Progress, Source, SourceAccount};

/// What a walk meets.
pub enum Met<'a> {
    /// A source, before its lines, and how they are read.
    Source(&'a Source, &'a SourceAccount),
    /// A line of it.
    Line(&'a Source, &'a Seen<'a>),
    /// A line that is too long to be looked at, or not whole.
    Torn(&'a Source, Position, Fault),
}

/// Reads all sources in order and shows each line to `visit`; it ends early where `visit` says so.
pub fn walk(inputs: &Inputs, config: &Config, visit: &mut dyn FnMut(Met<'_>) -> bool) -> Account {
    let progress = Progress::default();
    let mut account = Account { sources: Vec::new(), skipped: inputs.skipped.clone() };
    for (number, source) in inputs.sources.iter().enumerate() {
        let mut walked = SourceAccount::of(source);
        match source::open(source, number as u32, config, &progress) {
            Err(condition) => walked.condition = condition,
            Ok(opened) => {
                walked.recognise(&opened);
                let goes_on = visit(Met::Source(source, &walked)) && lines(source, opened, &mut walked, visit);
                if !goes_on {
                    account.sources.push(walked);
                    return account;
                }
            }
        }
        account.sources.push(walked);
    }
    account
}

/// Shows the lines of one source; whether the walk goes on.
fn lines(
    source: &Source,
    opened: Opened<'_>,
    walked: &mut SourceAccount,
    visit: &mut dyn FnMut(Met<'_>) -> bool,
) -> bool {
    let Opened { mut framer, recognition, .. } = opened;
    let mut reading = recognition.reading.unwrap_or_else(|| Reading::listed(accesslog::FORMATS[0]));
    let mut census = Census::default();
    let mut goes_on = true;
    let mut spare = Vec::new();
    while goes_on && let Some(frame) = framer.next(|| std::mem::take(&mut spare)) {
        match frame {
            Frame::Lines(lines) => {
                let after = reading.after(lines.bytes());
                let chunk = Chunk { bytes: lines.bytes(), start: lines.start };
                let visit = |seen: &Seen<'_>| goes_on = goes_on && visit(Met::Line(source, seen));
                match reading.framing {
                    Framing::Lines => each_line(chunk, &reading, &mut census, visit),
                    Framing::Elements => each_element(chunk, &lines.places, &reading, &mut census, visit),
                }
                reading = after.unwrap_or(reading);
                spare = lines.into_buffer();
            }
            Frame::Fault(fault, bytes) => {
                census.lines += 1;
                census.bytes += bytes;
                census.add_fault(fault.at, fault.fault);
                goes_on = visit(Met::Torn(source, fault.at, fault.fault));
            }
        }
    }
    walked.census = census;
    if goes_on {
        walked.condition =
            framer.into_error().map_or(Condition::Complete, |error| Condition::Incomplete(error.to_string()));
    }
    goes_on
}
