//! The needles that are known by some bytes, and how they are held against a text in which these stand.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// How many bytes before the end of the known ones, and how many behind it, are looked at together.
const AROUND: usize = 8;

/// A needle, and how much of it stands before the end of the bytes by which it is known, these included.
///
/// A hundred needles may be known by the same bytes, and hostile text is made of such. So what a text must have
/// [`around`] the known bytes is asked first, of sixteen bytes at once, and of most needles that is all.
#[derive(Clone)]
pub(super) struct Holder {
    /// The bytes of the needle that stand around the known ones, letters without the bit of their case.
    around: u128,
    /// Where the needle has bytes there, and letters their case.
    mask: u128,
    place: usize,
    before: usize,
    /// How much of it stands behind that end.
    behind: usize,
    text: Box<[u8]>,
    /// Whether more of the needle stands elsewhere.
    has_more: bool,
}

impl Holder {
    pub(super) fn new(place: usize, needle: &[u8], before: usize) -> Holder {
        let (mut around, mut mask, mut has_more) = ([0; AROUND * 2], [0; AROUND * 2], false);
        for (at, byte) in needle.iter().enumerate() {
            match (AROUND + at).checked_sub(before).filter(|at| *at < AROUND * 2) {
                Some(at) => {
                    mask[at] = if byte.is_ascii_alphabetic() { !0x20 } else { !0 };
                    around[at] = byte & mask[at];
                }
                None => has_more = true,
            }
        }
        let (around, mask) = (u128::from_le_bytes(around), u128::from_le_bytes(mask));
        Holder { around, mask, place, before, behind: needle.len() - before, text: needle.into(), has_more }
    }

    /// The byte of the needle there, if it has one.
    fn byte_at(&self, shift: usize) -> Option<u8> {
        ((self.mask >> shift) as u8 != 0).then(|| folded_byte(self.around, shift))
    }

    /// Whether the needle stands in the text, the known bytes ending there.
    fn is_in(&self, text: &[u8], end: usize) -> bool {
        let whole = || text.get(end.checked_sub(self.before)?..)?.get(..self.text.len());
        !self.has_more || whole().is_some_and(|whole| whole.eq_ignore_ascii_case(&self.text))
    }
}

/// What stands around a place in a text. Beyond its ends stand zeros, which no needle holds.
#[inline]
fn around(text: &[u8], end: usize) -> u128 {
    let whole = end.checked_sub(AROUND).and_then(|begin| text.get(begin..end + AROUND)?.first_chunk());
    u128::from_le_bytes(whole.copied().unwrap_or_else(|| {
        let (mut bytes, begin) = ([0; AROUND * 2], end.saturating_sub(AROUND));
        let stands = &text[begin..text.len().min(end + AROUND)];
        bytes[AROUND + begin - end..][..stands.len()].copy_from_slice(stands);
        bytes
    }))
}

/// The needles that are known by the same bytes.
///
/// They are parted by one more byte around the known ones: that which parts them best.
struct List {
    /// Those that have no byte there first, then those of each byte.
    holders: Vec<Holder>,
    /// Where that byte is, in bits of what stands [`around`].
    shift: usize,
    /// The bytes, [folded](fold).
    bytes: Vec<u8>,
    /// A bit for each of them, by its lower six.
    has: u64,
    /// Where those that have none end, and those of each byte.
    ends: Vec<usize>,
}

impl List {
    fn new(mut holders: Vec<Holder>) -> List {
        // How many must be held against a text, summed over the needles: all of them where a needle has no byte there.
        let cost = |shift: &usize| -> usize {
            let mut counts = [0; 256];
            let has_one = holders.iter().filter_map(|holder| holder.byte_at(*shift));
            let with = has_one.map(|byte| counts[usize::from(byte)] += 1).count();
            counts.iter().map(|count| count * count).sum::<usize>() + (holders.len() - with) * holders.len()
        };
        let shift =
            if holders.len() < FEW { 0 } else { (0..AROUND * 2).map(|at| at * 8).min_by_key(cost).unwrap_or(0) };
        holders.sort_by_key(|holder| holder.byte_at(shift));
        let groups = holders.chunk_by(|one, other| one.byte_at(shift) == other.byte_at(shift));
        let (mut bytes, mut ends) = (Vec::new(), vec![0]);
        for group in groups {
            match group[0].byte_at(shift) {
                None => ends[0] = group.len(),
                Some(byte) => {
                    bytes.push(byte);
                    ends.push(ends[bytes.len() - 1] + group.len());
                }
            }
        }
        let has = bytes.iter().fold(0, |has, byte| has | 1 << (byte % 64));
        List { holders, shift, bytes, has, ends }
    }

    /// Shows those that stand in a text around the known bytes, which end there.
    #[inline(always)]
    fn confirm(
        &self,
        (text, end): (&[u8], usize),
        around: u128,
        show: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let byte = folded_byte(around, self.shift);
        // Of most texts it is none of the bytes, and a bit tells so.
        let group = match self.has >> (byte % 64) & 1 {
            0 => None,
            _ => self.bytes.iter().position(|other| *other == byte),
        };
        confirm_each(&self.holders[..self.ends[0]], (text, end), around, show)?;
        match group {
            None => ControlFlow::Continue(()),
            Some(group) => {
                let of_byte = &self.holders[self.ends[group]..self.ends[group + 1]];
                confirm_each(of_byte, (text, end), around, show)
            }
        }
    }
}

#[inline(always)]
fn confirm_each(
    holders: &[Holder],
    (text, end): (&[u8], usize),
    around: u128,
    show: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
) -> ControlFlow<()> {
    for holder in holders {
        if around & holder.mask == holder.around && holder.is_in(text, end) {
            show(holder.place, end + holder.behind)?;
        }
    }
    ControlFlow::Continue(())
}

/// How many needles are too few to be parted.
const FEW: usize = 4;

/// A byte of what stands around some others, [folded](fold).
fn folded_byte(around: u128, shift: usize) -> u8 {
    (around >> shift) as u8 | 0x20
}

/// The needles that are known by some bytes.
pub(super) struct Holders {
    /// By a hash of the bytes, with room: the bytes, and where among the lists their needles are, from 1.
    places: Vec<(u32, u32)>,
    lists: Vec<List>,
}

impl Holders {
    pub(super) fn of(known: BTreeMap<u32, Vec<Holder>>) -> Holders {
        let mut places = vec![(0, 0); (known.len() * 4).next_power_of_two()];
        let mut lists = Vec::new();
        for (bytes, holders) in known {
            lists.push(List::new(holders));
            let mut place = Holders::first(bytes, places.len());
            while places[place].1 != 0 {
                place = (place + 1) % places.len();
            }
            places[place] = (bytes, lists.len() as u32);
        }
        Holders { places, lists }
    }

    /// Shows the needles that are known by these bytes and stand in a text around them, where they end there.
    #[inline]
    pub(super) fn confirm(
        &self,
        bytes: u32,
        (text, end): (&[u8], usize),
        show: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        match self.get(bytes) {
            Some(list) => list.confirm((text, end), around(text, end), show),
            None => ControlFlow::Continue(()),
        }
    }

    /// The needles, in no order.
    #[cfg(test)]
    pub(super) fn needles(&self) -> impl Iterator<Item = &[u8]> {
        self.lists.iter().flat_map(|list| &list.holders).map(|holder| &*holder.text)
    }

    fn get(&self, bytes: u32) -> Option<&List> {
        let mut place = Holders::first(bytes, self.places.len());
        loop {
            match self.places[place] {
                (_, 0) => return None,
                (known, list) if known == bytes => return Some(&self.lists[list as usize - 1]),
                _ => place = (place + 1) & (self.places.len() - 1),
            }
        }
    }

    /// Where among a power of two of places the search for some bytes begins.
    fn first(bytes: u32, places: usize) -> usize {
        (bytes.wrapping_mul(0x9E37_79B1) >> 8) as usize & (places - 1)
    }
}
