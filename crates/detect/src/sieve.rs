//! A sieve that finds, at hardly any cost, that no needle stands in a text, and confirms one that may.
//!
//! An automaton over fifteen hundred needles is megabytes of table that take longer to make than many a log to read, and
//! each step waits for the one before. The sieve is a bitmap and a small table that stay in the first cache, and its steps
//! are independent. Of each needle four bytes that are rare stand in the bitmap, by a hash; of a shorter needle the rarest
//! two in the table. A text that holds a needle holds its bytes, so nothing is held back that an automaton would find;
//! where they stand, the needles that are known by them are held against the text, so what is let through by chance costs
//! a comparison and not a walk through the automaton.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use hashbrown::HashSet;

/// How many bits the map of four bytes has: thirty-two kibibytes.
const QUAD_BITS: u32 = 18;

/// The bytes by which needles are known, and the needles.
pub(crate) struct Sieve {
    quads: Box<[u64; 1 << (QUAD_BITS - 6)]>,
    pairs: Box<Pairs>,
    holders_of_quads: Holders,
    holders_of_pairs: Holders,
}

/// The bytes by which a needle is known, [folded](fold), the first the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// A single byte, whatever stands before it.
    Byte(u8),
    Pair(u16),
    Quad(u32),
}

/// How many bytes before the end of the known ones, and how many behind it, are looked at together.
const AROUND: usize = 8;

/// A needle, and how much of it stands before the end of the bytes by which it is known, these included.
///
/// A hundred needles may be known by the same bytes, and hostile text is made of such. So what a text must have
/// [`around`] the known bytes is asked first, of sixteen bytes at once, and of most needles that is all.
#[derive(Clone)]
struct Holder {
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
    fn new(place: usize, needle: &[u8], before: usize) -> Holder {
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

/// The pairs of bytes that want a look, which is asked of every byte: each byte that begins one has a bit, and each that ends
/// one has those of all that it may stand behind.
///
/// There are as many bits as a word has. More bytes share them, and what is let through by that has no list.
struct Pairs {
    begun: [u64; 256],
    ended: [u64; 256],
}

impl Pairs {
    /// Those of some pairs, [folded](fold), in their order.
    fn new(pairs: impl Iterator<Item = u16>) -> Pairs {
        let mut all = Pairs { begun: [0; 256], ended: [0; 256] };
        let (mut bit, mut last) = (63, None);
        for pair in pairs {
            let [one, other] = pair.to_be_bytes();
            if last.replace(one) != Some(one) {
                bit = (bit + 1) % 64;
            }
            let letters = |folded: u8| [folded, folded & !0x20].map(usize::from);
            letters(one).iter().for_each(|byte| all.begun[*byte] |= 1 << bit);
            letters(other).iter().for_each(|byte| all.ended[*byte] |= 1 << bit);
        }
        all
    }
}

/// The needles that are known by some bytes.
struct Holders {
    /// By a hash of the bytes, with room: the bytes, and where among the lists their needles are, from 1.
    places: Vec<(u32, u32)>,
    lists: Vec<List>,
}

impl Holders {
    fn of(known: BTreeMap<u32, Vec<Holder>>) -> Holders {
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

impl Sieve {
    /// The sieve of needles, which are in lower case, not empty and without a zero.
    pub(crate) fn new(needles: &[Vec<u8>]) -> Sieve {
        assert!(needles.iter().all(|needle| !needle.contains(&0)), "what stands beyond a text is no part of a needle");
        let mut quads = Box::new([0; _]);
        let (mut of_quads, mut of_pairs): (BTreeMap<u32, Vec<Holder>>, BTreeMap<u32, Vec<Holder>>) = Default::default();
        let chosen = self::quads(needles);
        for (place, needle) in needles.iter().enumerate() {
            let (known, before) = known(needle, &chosen);
            let holder = Holder::new(place, needle, before);
            match known {
                Known::Quad(quad) => {
                    set(&mut *quads, quad_place(quad));
                    of_quads.entry(quad).or_default().push(holder);
                }
                Known::Pair(pair) => of_pairs.entry(pair.into()).or_default().push(holder),
                // It is one behind any other, or behind nothing.
                Known::Byte(byte) => {
                    for before in (0..=255_u32).filter(|before| before & 0x20 != 0) {
                        of_pairs.entry(before << 8 | u32::from(byte)).or_default().push(holder.clone());
                    }
                }
            }
        }
        let pairs = Box::new(Pairs::new(of_pairs.keys().map(|pair| *pair as u16)));
        Sieve { quads, pairs, holders_of_quads: Holders::of(of_quads), holders_of_pairs: Holders::of(of_pairs) }
    }

    /// Shows every needle that stands in the text, letters of either case being equal, until it is said to break: its place
    /// among the needles, and where in the text it ends. In no order; one that stands in it often is shown often.
    pub(crate) fn find(&self, text: &[u8], show: &mut dyn FnMut(usize, usize) -> ControlFlow<()>) -> ControlFlow<()> {
        let (quads, pairs) = (&*self.quads, &*self.pairs);
        let is_pair = |one: u8, other: u8| pairs.begun[usize::from(one)] & pairs.ended[usize::from(other)];
        let (mut quad, mut before) = (fold(0), 0);
        let (fours, rest) = text.as_chunks::<4>();
        for (number, &four) in fours.iter().enumerate() {
            // The four bytes before, and these: what ends at each of these is a shift away. Nearly always there is nothing at any
            // of them, which is asked of all at once.
            let both = u64::from(quad) << 32 | u64::from(fold(u32::from_be_bytes(four)));
            let [one, two, three, last] = four;
            let of_pairs = is_pair(before, one) | is_pair(one, two) | is_pair(two, three) | is_pair(three, last);
            let is_quad = |shift: u32| is_set(quads, quad_place((both >> shift) as u32));
            if (of_pairs != 0) | is_quad(24) | is_quad(16) | is_quad(8) | is_quad(0) {
                self.look((text, number * 4), quad, before, &four, show)?;
            }
            (quad, before) = (both as u32, last);
        }
        self.look((text, fours.len() * 4), quad, before, rest, show)
    }

    /// Looks at each of some bytes, which stand there in a text behind a quad and its last byte.
    fn look(
        &self,
        (text, from): (&[u8], usize),
        mut quad: u32,
        mut before: u8,
        bytes: &[u8],
        show: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for (end, &byte) in (from + 1..).zip(bytes) {
            quad = quad << 8 | u32::from(byte | 0x20);
            let is_pair = self.pairs.begun[usize::from(before)] & self.pairs.ended[usize::from(byte)] != 0;
            if is_pair || is_set(&*self.quads, quad_place(quad)) {
                self.confirm((text, end), quad, is_pair, show)?;
            }
            before = byte;
        }
        ControlFlow::Continue(())
    }

    /// The needles, in no order.
    #[cfg(test)]
    pub(crate) fn needles(&self) -> impl Iterator<Item = &[u8]> {
        let lists = self.holders_of_quads.lists.iter().chain(&self.holders_of_pairs.lists);
        lists.flat_map(|list| &list.holders).map(|holder| &*holder.text)
    }

    /// Shows the needles that are known by the bytes that end here and stand in the text.
    #[cold]
    fn confirm(
        &self,
        (text, end): (&[u8], usize),
        quad: u32,
        is_pair: bool,
        show: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let around = around(text, end);
        let of_pair = || self.holders_of_pairs.get(quad & 0xFFFF);
        let lists = [self.holders_of_quads.get(quad), if is_pair { of_pair() } else { None }];
        lists.into_iter().flatten().try_for_each(|list| list.confirm((text, end), around, show))
    }
}

/// A few phrases that are looked for together.
pub(crate) struct Phrases<const N: usize> {
    sieve: Sieve,
    lengths: [usize; N],
}

impl<const N: usize> Phrases<N> {
    /// These, in lower case.
    pub(crate) fn new(phrases: [&str; N]) -> Phrases<N> {
        Phrases { sieve: Sieve::new(&phrases.map(|phrase| phrase.as_bytes().to_vec())), lengths: phrases.map(str::len) }
    }

    /// Shows every phrase that stands in the text, letters of either case being equal: its place among them, and where it
    /// begins. In no order.
    pub(crate) fn find(&self, text: &[u8], mut show: impl FnMut(usize, usize)) {
        let _ = self.sieve.find(text, &mut |place, end| {
            show(place, end - self.lengths[place]);
            ControlFlow::Continue(())
        });
    }
}

/// Four bytes, letters in lower case. Some bytes that are no letters become others, which costs a comparison: so nothing
/// has to be asked of each.
fn fold(word: u32) -> u32 {
    word | 0x2020_2020
}

/// The bytes by which a needle is known, and where in it they end.
fn known(needle: &[u8], chosen: &HashSet<u32>) -> (Known, usize) {
    match *needle {
        [byte] => (Known::Byte(fold(byte.into()) as u8), 1),
        [_, _] | [_, _, _] => {
            let (at, pair) = needle.windows(2).enumerate().max_by_key(|(_, pair)| rarity(pair)).expect("two bytes");
            (Known::Pair(fold(word(pair)) as u16), at + 2)
        }
        _ => {
            let held = needle.windows(4).enumerate().filter(|(_, quad)| chosen.contains(&word(quad)));
            let (at, quad) = held.max_by_key(|(_, quad)| rarity(quad)).expect("every needle holds one that was chosen");
            (Known::Quad(fold(word(quad))), at + 4)
        }
    }
}

fn set(map: &mut [u64], bit: u32) {
    map[bit as usize / 64] |= 1 << (bit % 64);
}

fn is_set(map: &[u64], bit: u32) -> bool {
    map[bit as usize / 64] >> (bit % 64) & 1 == 1
}

/// The place of four bytes in their map.
fn quad_place(quad: u32) -> u32 {
    quad.wrapping_mul(0x9E37_79B1) >> (32 - QUAD_BITS)
}

fn word(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte))
}

/// Runs of four bytes of which each needle holds one, if it is that long: few, and rare in ordinary requests.
///
/// The fewer bits are set the fewer texts are let through by chance, so needles that are akin share a run.
fn quads(needles: &[Vec<u8>]) -> HashSet<u32> {
    let ordinary: HashSet<u32> = ORDINARY.as_bytes().windows(4).map(word).collect();
    let rarity_of_quad = |quad: &[u8]| if ordinary.contains(&word(quad)) { rarity(quad) / 4 } else { rarity(quad) };
    let mut holders: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (place, needle) in needles.iter().enumerate() {
        let rarest = needle.windows(4).map(rarity_of_quad).max().unwrap_or(0);
        for quad in needle.windows(4).filter(|quad| rarest <= rarity_of_quad(quad) + SLACK) {
            let holders = holders.entry(word(quad)).or_default();
            if holders.last() != Some(&place) {
                holders.push(place);
            }
        }
    }
    let mut by_use: Vec<(u32, Vec<usize>)> = holders.into_iter().collect();
    by_use.sort_by_key(|(quad, holders)| (Reverse(holders.len()), *quad));
    let mut is_held = vec![false; needles.len()];
    let mut chosen = HashSet::new();
    for (quad, holders) in by_use {
        if holders.iter().any(|holder| !is_held[*holder]) {
            holders.iter().for_each(|holder| is_held[*holder] = true);
            chosen.insert(quad);
        }
    }
    chosen
}

/// How much less rare than the rarest a run may be to be shared.
const SLACK: u32 = 1;

/// How rare a run is in ordinary requests, by its bytes.
fn rarity(run: &[u8]) -> u32 {
    run.iter().map(|byte| rarity_of_byte(*byte)).sum()
}

/// What stands in the targets of ordinary requests, whatever the site.
const ORDINARY: &str = "?product_id=&product=?product=/products/product-category/categories/collections/images/image/img/assets/static/media/uploads/\
    files/file/thumbs/thumbnail/api/v1/v2/v3/orders/order/cart/checkout/account/customer/users/user/profile/search?q=query=\
    &page=&per_page=&limit=&offset=&sort=&order=&id=?id=?page=?ver=?v=/blog/news/articles/article/posts/post/tags/tag/\
    comments/comment/feed/rss/index.html.htm.php.js.css.png.jpg.jpeg.gif.webp.svg.woff2.woff.ico.json.xml.txt.pdf.mp4.zip\
    app.js/vendor.js/main.js/bundle.js/proxy/&with=/logs/log/conference/web/website/logging/metrics/console/description/security/downloads/download.html/ing.html/ion.html/cache/systems/system/windows/key-/back-/attend/group/groups/manage/management/?com=/wp-content/plugins/themes/wp-includes/wp-json/wp-admin/admin-ajax/jquery.min.js/bootstrap.min.css/fonts/scripts/styles/\
    javascript/locales/language/pages/content/contact/about/help/support/login/logout/register/session/settings/download/\
    projects/project/events/event/video/videos/music/photos/photo/gallery/reviews/review/recommendations/notifications/\
    presentations/resources/resource/details/detail/view/show/list/item/items/shop/store/stores/brand/price/filter/filters/\
    https://www.http://.com/.co.jp/.org/.net/utm_source=&utm_medium=&utm_campaign=google/facebook/twitter/analytics/tracking/\
    favicon.ico/robots.txt/sitemap.xml/service-worker.js/manifest.json/graphql/socket.io/application/module/modules/component/\
    components/template/templates/production/development/version/release/latest/public/private/mobile/desktop/default/";

/// How rare a byte is in the targets of ordinary requests, from their letters' usual shares.
fn rarity_of_byte(byte: u8) -> u32 {
    match byte {
        b'/' | b'e' | b'a' | b't' | b'o' | b'i' | b's' | b'r' | b'n' => 1,
        b'c' | b'p' | b'l' | b'd' | b'm' | b'u' | b'0' | b'1' | b'2' => 2,
        b'g' | b'h' | b'b' | b'f' | b'=' | b'.' | b'-' | b'3'..=b'9' => 3,
        b'v' | b'w' | b'k' | b'y' | b'&' | b'?' | b'_' | b'%' => 4,
        b'x' | b'j' | b'z' | b'q' | b':' | b'+' | b' ' => 6,
        _ => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(needles: &[Vec<u8>], text: &[u8]) -> Vec<usize> {
        let mut found = Vec::new();
        let _ = Sieve::new(needles).find(text, &mut |place, _| {
            found.push(place);
            ControlFlow::Continue(())
        });
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn every_needle_that_stands_in_a_text_is_found_and_no_other() {
        let needles: Vec<Vec<u8>> =
            [&b".."[..], b"=//", b"heapdump", b".git/", b"${", b"\xC0"].iter().map(|needle| needle.to_vec()).collect();
        for (place, needle) in needles.iter().enumerate() {
            for (before, after) in [("", ""), ("/a/", ""), ("", "/b"), ("/products/", "?c=1")] {
                let text = [before.as_bytes(), &needle.to_ascii_uppercase(), after.as_bytes()].concat();
                assert_eq!(found(&needles, &text), [place], "{}", text.escape_ascii());
                let cut = [before.as_bytes(), &needle[1..], b"~", after.as_bytes()].concat();
                assert_eq!(found(&needles, &cut), [], "{}", cut.escape_ascii());
            }
        }
        assert_eq!(found(&needles, b"/..${=//.GIT/../"), [0, 1, 3, 4]);
    }

    #[test]
    fn phrases_are_found_where_they_begin() {
        let mut found = Vec::new();
        let phrases = Phrases::new(["env", ";env", "getenv(", "<%"]);
        phrases.find(b"a;ENV b getenv( <", |phrase, begin| found.push((phrase, begin)));
        found.sort_unstable();
        assert_eq!(found, [(0, 2), (0, 11), (1, 1), (2, 8)]);
    }

    #[test]
    fn ordinary_targets_are_held_back() {
        let needles = [b"heapdump".to_vec(), b"..".to_vec()];
        for target in ["/products/1107-starter", "/api/v1/orders/500401?page=1", "/assets/app.dd192a99.js"] {
            assert_eq!(found(&needles, target.as_bytes()), [], "{target}");
        }
    }
}
