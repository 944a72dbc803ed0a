//! One pass over all sources in order, on one thread: for whoever shows lines, and not what they come to.
//!
//! [`fold`](crate::fold) gives each line to whoever is idle and keeps no order, as a judgement needs none. A parser
//! that prints what it reads does: here the sources come one after the other, and their lines as they stand. Nothing
//! is left out here but what was asked to be: a copy of a log is shown like any other.

use std::io::Read;

use accesslog::{Census, Chunk, Fault, Framing, Position, Reading, Seen, each_element, each_line};

use crate::budget::{Budget, Packed};
use crate::fold::account;
use crate::framer::Frame;
use crate::peel::Whose;
use crate::source;
use crate::unpack::{Place, Unpacked, Unpacker};
use crate::window::Standing;
use crate::{Account, Condition, Config, Inputs, Layers, Progress, SourceAccount};

/// What a walk meets.
pub enum Met<'a> {
    /// A source, before its lines, and how they are read.
    Source(&'a SourceAccount),
    /// A line of it.
    Line(&'a SourceAccount, &'a Seen<'a>),
    /// A line that is too long to be looked at, or not whole.
    Torn(&'a SourceAccount, Position, Fault),
}

/// Reads all sources in order and shows each line to `visit`; a source is left where `visit` says so.
pub fn walk(inputs: &Inputs, config: &Config, visit: &mut dyn FnMut(Met<'_>) -> bool) -> Account {
    let progress = Progress::default();
    let mut account = Account { sources: Vec::new(), skipped: inputs.skipped.clone() };
    for source in &inputs.sources {
        let place = Place { path: source.path.clone(), origin: source.origin, layers: Layers::default() };
        let (reader, packed) = match source::bytes(source, None, &progress) {
            Ok(opened) => opened,
            Err(error) => {
                account.sources.push(unread(&account, place, error.to_string()));
                continue;
            }
        };
        let is_on_disk = matches!(packed, Packed::Bytes(_)) && source.built_in.is_none();
        let budget = Budget::new(config.limits, packed);
        let mut meet = |unpacked: Unpacked<'_>| match unpacked {
            Unpacked::Log(place, text) => {
                let walked = log(account.sources.len() as u32, place, text, config, visit);
                account.sources.push(walked);
            }
            Unpacked::Unread(place, because) => account.sources.push(unread(&account, place, because)),
            Unpacked::Skipped(skipped) => account.skipped.push(skipped),
        };
        let selection = &inputs.selection;
        let mut unpacker =
            Unpacker { file: &source.path, is_on_disk, selection, budget, room: u32::MAX, visit: &mut meet };
        unpacker.content(reader, place, Whose::File);
    }
    account
}

fn unread(so_far: &Account, place: Place, because: String) -> SourceAccount {
    account(so_far.sources.len() as u32, place, Condition::Unread(because))
}

/// Shows the lines of one log.
fn log(
    number: u32,
    place: Place,
    text: Box<dyn Read + '_>,
    config: &Config,
    visit: &mut dyn FnMut(Met<'_>) -> bool,
) -> SourceAccount {
    let mut opened = match source::open(text, place.origin, number, config) {
        Ok(opened) => opened,
        Err(condition) => return account(number, place, condition),
    };
    let mut walked = account(number, place, Condition::Complete);
    walked.recognise(&opened.recognition);
    let mut reading = opened.recognition.reading.take().unwrap_or_else(|| Reading::listed(accesslog::FORMATS[0]));
    let mut census = Census::default();
    let mut goes_on = visit(Met::Source(&walked));
    let mut spare = Vec::new();
    while goes_on && let Some(frame) = opened.framer.next(|| std::mem::take(&mut spare)) {
        match frame {
            Frame::Lines(lines) => {
                let after = reading.after(lines.bytes());
                let chunk = Chunk { bytes: lines.bytes(), start: lines.start };
                let visit = |seen: &Seen<'_>| {
                    goes_on = goes_on && (is_outside(config, seen) || visit(Met::Line(&walked, seen)));
                };
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
                goes_on = visit(Met::Torn(&walked, fault.at, fault.fault));
            }
        }
    }
    walked.census = census;
    if let Some(error) = opened.framer.into_error().filter(|_| goes_on) {
        walked.condition = Condition::Incomplete(error.to_string());
    }
    walked
}

/// Whether a line is a record outside of the window that was asked for.
fn is_outside(config: &Config, seen: &Seen<'_>) -> bool {
    let time = seen.outcome.ok().flatten().map(|record| record.time);
    time.is_some_and(|time| config.window.standing(time) == Standing::Outside)
}
