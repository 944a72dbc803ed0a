//! `--content-root`: the persons inside the objects that left.
//!
//! An object of a storage service is looked for at `DIR/BUCKET/KEY`; and at `DIR/KEY` where `DIR` holds no folder of that
//! bucket and the objects are all of one bucket, so that no file passes for another's. A path of a web service is looked
//! for as it stands, its percent-encoding undone and its query left aside. No name leads out of `DIR`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use detect::{Became, Counted, DataMap, Inside, Objects, Verdict};
use scan::{Config, Found, Piece, Progress, Wanted};

/// A verdict with the persons inside the objects that left.
pub(crate) fn counted(
    root: &Path,
    verdict: Verdict,
    map: &Arc<DataMap>,
    how: (&Config, &Progress),
) -> Result<Verdict, scan::Error> {
    let objects = Arc::new(verdict.objects(map));
    let wanted = wanted(root, &objects);
    let observe = |inside: &mut Inside, piece: Piece<'_>| match piece {
        Piece::Begin => inside.begin(),
        Piece::Bytes(bytes) => inside.bytes(bytes),
        Piece::Record(record) => inside.record(record),
        Piece::Faults(count) => inside.faults(count),
        Piece::End => inside.end(),
    };
    let end = |all: &mut Counted, inside: Inside, place: usize, found: Found| {
        let became = match found {
            Found::Whole(bytes) => Became::Read(bytes),
            Found::Unread(_) => Became::Unread,
            Found::Missing => Became::Missing,
        };
        all.add(place, inside, became);
    };
    let begin = |place: usize| objects.inside(place);
    let counted = scan::contents((root, &wanted), how, objects.counted(), begin, observe, end, Counted::merge)?;
    Ok(verdict.with_contents(counted))
}

/// Where each object may lie.
fn wanted(root: &Path, objects: &Objects) -> Vec<Wanted> {
    let bucket = |name: &[u8]| name[..name.iter().position(|byte| *byte == b'/').unwrap_or(name.len())].to_vec();
    let buckets: BTreeSet<Vec<u8>> = objects.names().map(bucket).filter(|bucket| !bucket.is_empty()).collect();
    // A folder of that name may be one of keys too; then a key is looked for in it, and is missing at worst.
    let has_folder = |bucket: &[u8]| str::from_utf8(bucket).is_ok_and(|bucket| root.join(bucket).is_dir());
    let is_bare = buckets.len() == 1 && !buckets.first().is_some_and(|bucket| has_folder(bucket));
    let names = |name: &[u8]| match name.strip_prefix(&bucket(name)[..]) {
        Some(key) if is_bare && !name.starts_with(b"/") => vec![key.to_vec()],
        _ => vec![name.to_vec()],
    };
    let wanted = objects.names().enumerate();
    wanted.map(|(place, name)| Wanted { names: names(name), is_log: objects.is_log(place) }).collect()
}
