//! What is seen of a text when it is read: its census, and each record with all that it says.
//!
//! A record is kept as its bytes, as it may borrow from a buffer that is lent for a moment, and as to print it would take
//! longer than to read it.

use accesslog::{Census, Chunk, Cloud, Escape, Position, Reading, Record, Wrapping, parse_chunk};

/// What is seen of a text.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    /// Its lines, by what became of them.
    pub(super) census: Census,
    /// Where its records stand.
    pub(super) places: Vec<Position>,
    /// What they say, one behind the other.
    pub(super) records: Vec<u8>,
}

impl Seen {
    fn nothing() -> Seen {
        Seen { census: Census::default(), places: Vec::new(), records: Vec::new() }
    }

    /// Takes in a record that was found in a text, which stands there whole if it is as its server wrote it.
    fn take(&mut self, at: Position, record: &Record<'_>, text: (&[u8], &Reading)) {
        assert!(self.places.last().is_none_or(|before| *before < at), "places rise");
        self.places.push(at);
        if text.1.wrapping == Wrapping::Bare {
            inside(text.0, record);
        }
        write(record, &mut self.records);
    }

    /// Every line and every byte is accounted for.
    pub(super) fn assert_accounts_for(&self, text: &[u8]) {
        let census = &self.census;
        assert_eq!(
            census.records + census.blank + census.directives + census.fault_count(),
            census.lines,
            "every line counts"
        );
        assert_eq!((census.records, census.bytes), (self.places.len() as u64, text.len() as u64), "every byte counts");
        let is_in = |at: &Position| at.offset as usize + at.length as usize <= text.len();
        assert!(self.places.iter().all(is_in), "a record stands in its text");
    }
}

/// A text read at once.
pub(super) fn whole(text: &[u8], reading: &Reading) -> Seen {
    let mut seen = Seen::nothing();
    piece((text, Position { line: 1, ..Position::default() }), reading, &mut seen);
    seen
}

/// A text that two workers share, cut behind one of its lines.
pub(super) fn by_two(text: &[u8], cut: usize, reading: &Reading) -> Seen {
    let ends = || text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let (before, end) = match ends().count() {
        0 => (0, 0),
        count => (cut % count + 1, ends().nth(cut % count).unwrap_or_default()),
    };
    let start = Position { line: 1, ..Position::default() };
    let mut seen = Seen::nothing();
    piece((&text[..end], start), reading, &mut seen);
    let first = std::mem::take(&mut seen.census);
    let after = reading.after(&text[..end]).unwrap_or_else(|| reading.clone());
    piece((&text[end..], Position { offset: end as u64, line: 1 + before as u64, ..start }), &after, &mut seen);
    // In the other order, which is as good.
    seen.census.merge(first);
    seen
}

fn piece((bytes, start): (&[u8], Position), reading: &Reading, seen: &mut Seen) {
    let mut census = std::mem::take(&mut seen.census);
    parse_chunk(Chunk { bytes, start }, reading, &mut census, |at, record| seen.take(at, record, (bytes, reading)));
    seen.census = census;
}

/// Values borrow from the line, and from nothing else.
pub(super) fn inside(text: &[u8], record: &Record<'_>) {
    let all = text.as_ptr_range();
    let values = [record.client, record.user, record.request, record.target, record.referer, record.agent, record.host];
    for value in values.into_iter().flatten().filter(|value| !value.is_empty()) {
        let range = value.as_ptr_range();
        assert!(all.start <= range.start && range.end <= all.end, "a value stands in its text");
    }
}

/// All that a record says, but where it stands.
fn write(record: &Record<'_>, out: &mut Vec<u8>) {
    // A field that is new must be written, too.
    let Record {
        raw,
        time,
        client,
        user,
        request,
        method,
        target,
        query,
        protocol,
        status,
        bytes,
        referer,
        agent,
        host,
        duration,
        forwarded,
        request_id,
        scheme,
        port,
        request_bytes,
        upstream,
        tls_version,
        tls_cipher,
        cloud,
        // Where nothing is escaped it is the same how that would be undone.
        escape: _,
    } = *record;
    let is_plain = record.escape == Escape::Backslash && !raw.contains(&b'\\');
    let escape = if is_plain { Escape::Raw } else { record.escape };
    let Cloud { operation, bucket, key, error, service, region, principal, access_key_id } = cloud.unwrap_or_default();
    let texts = [
        client,
        user,
        request,
        method,
        target,
        query,
        protocol,
        referer,
        agent,
        host,
        forwarded,
        request_id,
        scheme,
        upstream,
        tls_version,
        tls_cipher,
        operation,
        bucket,
        key,
        error,
        service,
        region,
        principal,
        access_key_id,
    ];
    let numbers = [
        time.map(|time| time.0 as u64),
        status.map(u64::from),
        bytes,
        duration,
        port.map(u64::from),
        request_bytes,
        cloud.map(|_| 0),
        Some(escape as u64),
    ];
    let which = |is: &mut dyn Iterator<Item = bool>| is.fold(0_u32, |held, one| held << 1 | u32::from(one));
    out.extend(which(&mut texts.iter().map(Option::is_some)).to_le_bytes());
    out.extend(which(&mut numbers.iter().map(Option::is_some)).to_le_bytes());
    for text in texts.into_iter().flatten() {
        out.extend((text.len() as u32).to_le_bytes());
        out.extend(text);
    }
    numbers.into_iter().flatten().for_each(|number| out.extend(number.to_le_bytes()));
}
